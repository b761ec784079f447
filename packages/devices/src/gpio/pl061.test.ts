import { Logger } from "@tsemu/base";
import { FakeClock, RecordedLine } from "@tsemu/hw";
import { expect, it } from "vitest";
import { Pl061 } from "./pl061.ts";

const gpio = () => {
  const irq = new RecordedLine();
  const outputs = Array.from({ length: 8 }, () => new RecordedLine());
  return { irq, outputs, chip: new Pl061({ name: "gpio", clock: new FakeClock(), log: new Logger(), irq, outputs }) };
};

it("PL061 masks data by address and drives outputs", () => {
  const { chip, outputs } = gpio();
  chip.write(0x400, 0x0f, 4);
  chip.write(0x3fc, 0xff, 4);
  expect(chip.read(0x3fc, 4)).toBe(0x0f);
  chip.write(0x3 << 2, 0, 4);
  expect(chip.read(0x3fc, 4)).toBe(0x0c);
  expect(chip.read(0x4 << 2, 4)).toBe(4);
  expect(outputs.map((o) => o.level)).toEqual([false, false, true, true, false, false, false, false]);
  chip.input(6).set(true);
  chip.input(2).set(false);
  expect(chip.read(0x3fc, 4)).toBe(0x4c);
});

it("PL061 latches edges and follows levels", () => {
  const { chip, irq } = gpio();
  chip.write(0x410, 0xff, 4);
  chip.write(0x40c, 1 << 3, 4);
  chip.input(3).set(true);
  chip.input(3).set(false);
  expect(irq.level).toBe(true);
  expect(chip.read(0x418, 4)).toBe(8);
  chip.write(0x41c, 8, 4);
  expect(irq.level).toBe(false);
  chip.write(0x408, 8, 4); // both edges
  chip.input(3).set(true);
  chip.write(0x41c, 8, 4);
  chip.input(3).set(false);
  expect(irq.level).toBe(true);
  chip.write(0x404, 8, 4); // by level, high: it is low now
  expect(irq.level).toBe(false);
  chip.input(3).set(true);
  chip.write(0x41c, 8, 4);
  expect(irq.level, "a level cannot be cleared").toBe(true);
  chip.input(3).set(false);
  expect(irq.level).toBe(false);
});
