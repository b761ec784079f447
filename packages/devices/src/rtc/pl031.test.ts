import { Logger } from "@tsemu/base";
import { FakeClock, RecordedLine } from "@tsemu/hw";
import { expect, it } from "vitest";
import { Pl031 } from "./pl031.ts";

const rtc = () => {
  const clock = new FakeClock();
  const irq = new RecordedLine();
  return { clock, irq, chip: new Pl031({ name: "rtc", clock, log: new Logger(), irq, wallClockSeconds: () => 1_000_000.9 }) };
};

it("PL031 counts seconds from the wall clock, across a reset", () => {
  const { chip, clock } = rtc();
  expect(chip.read(0, 4)).toBe(1_000_000);
  clock.step(2.5e9);
  chip.reset();
  expect(chip.read(0, 4)).toBe(1_000_002);
  chip.write(8, 0xffff_ffff, 4);
  expect([chip.read(0, 4), chip.read(8, 4)]).toEqual([0xffff_ffff, 0xffff_ffff]);
  clock.step(1e9);
  expect(chip.read(0, 4)).toBe(0);
  expect([chip.read(0xc, 4), chip.read(0xfe0, 4)]).toEqual([1, 0x31]);
});

it("PL031 raises its alarm in the second that matches", () => {
  const { chip, clock, irq } = rtc();
  chip.write(0x10, 1, 4);
  chip.write(4, 1_000_003, 4);
  clock.step(2.999e9);
  expect(irq.level).toBe(false);
  clock.step(0.001e9);
  expect(irq.level).toBe(true);
  expect(chip.read(0x18, 4)).toBe(1);
  chip.write(0x1c, 1, 4);
  expect(irq.level).toBe(false);
  chip.write(4, 1_000_003, 4);
  expect(irq.level).toBe(true);
});
