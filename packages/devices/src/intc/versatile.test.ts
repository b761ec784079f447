import { Logger } from "@tsemu/base";
import { FakeClock, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { VersatileSysreg } from "../misc/versatile-sysreg.ts";
import { Pl190 } from "./pl190.ts";
import { VersatileSic } from "./versatile-sic.ts";

const wires = () => ({ name: "x", clock: new FakeClock(), log: new Logger() });
const ENABLE = 0x10;
const VECTADDR = 0x30;

const vic = () => {
  const [irq, fiq] = [new RecordedLine(), new RecordedLine()];
  return { irq, fiq, chip: new Pl190({ ...wires(), irq, fiq }) };
};

describe("PL190", () => {
  it("passes enabled inputs to IRQ or FIQ", () => {
    const { chip, irq, fiq } = vic();
    chip.input(31).set(true);
    expect(chip.read(8, 4)).toBe(0x8000_0000);
    expect(irq.level).toBe(false);
    chip.write(ENABLE, 0x8000_0000, 4);
    expect([irq.level, fiq.level, chip.read(0, 4)]).toEqual([true, false, 0x8000_0000]);
    chip.write(0xc, 0x8000_0000, 4);
    expect([irq.level, fiq.level, chip.read(0, 4), chip.read(4, 4)]).toEqual([false, true, 0, 0x8000_0000]);
    chip.write(0x14, 0x8000_0000, 4);
    expect(fiq.level).toBe(false);
    chip.write(ENABLE, 2, 4);
    chip.write(0x18, 2, 4);
    expect([irq.level, chip.read(0x18, 4)]).toEqual([true, 2]);
    chip.write(0x1c, 2, 4);
    expect(irq.level).toBe(false);
  });

  it("nests by vector", () => {
    const { chip, irq } = vic();
    chip.write(ENABLE, 0xff, 4);
    chip.write(0x34, 0xdef0, 4);
    chip.write(0x100, 0x1000, 4);
    chip.write(0x200, 0x20 | 5, 4);
    chip.write(0x104, 0x1004, 4);
    chip.write(0x204, 0x20 | 3, 4);
    chip.input(1).set(true);
    expect(chip.read(VECTADDR, 4)).toBe(0xdef0);
    expect(irq.level).toBe(false);
    chip.input(3).set(true);
    expect(irq.level).toBe(true);
    expect(chip.read(VECTADDR, 4)).toBe(0x1004);
    chip.input(5).set(true);
    expect(chip.read(VECTADDR, 4)).toBe(0x1000);
    chip.input(5).set(false);
    chip.write(VECTADDR, 0, 4);
    expect(irq.level, "3 is being served").toBe(false);
    chip.input(3).set(false);
    chip.write(VECTADDR, 0, 4);
    chip.write(VECTADDR, 0, 4);
    expect(irq.level, "1 is still there").toBe(true);
  });
});

it("the SIC sends its interrupts together, or lets them through", () => {
  const outputs = Array.from({ length: 32 }, () => new RecordedLine());
  const chip = new VersatileSic({ ...wires(), outputs });
  chip.input(3).set(true);
  chip.input(25).set(true);
  expect(chip.read(4, 4)).toBe(0x0200_0008);
  chip.write(8, 8, 4);
  chip.write(0x20, 0xffff_ffff, 4);
  expect(outputs.flatMap((o, n) => (o.level ? [n] : []))).toEqual([25, 31]);
  expect([chip.read(0, 4), chip.read(0x20, 4)]).toEqual([8, 0x7fe0_0000]);
  chip.write(0xc, 8, 4);
  chip.write(0x24, 1 << 25, 4);
  expect(outputs.some((o) => o.level)).toBe(false);
});

it("the system registers identify the board, count, and reset it when unlocked", () => {
  let resets = 0;
  const w = wires();
  const chip = new VersatileSysreg({ ...w, id: 0x4100_7004, processorIds: [0x0200_0000, 0xff00_0000], onReset: () => resets++ });
  expect([0, 0x44, 0x50, 0x84, 0x88].map((at) => chip.read(at, 4))).toEqual([0x4100_7004, 1, 0x1f00, 0x0200_0000, 0xff00_0000]);
  w.clock.step(1e9);
  expect([chip.read(0x5c, 4), chip.read(0x24, 4)]).toEqual([24_000_000, 100]);
  chip.write(0x40, 0x105, 4);
  chip.write(0x0c, 5, 4);
  expect([resets, chip.read(0x0c, 4)]).toEqual([0, 0]);
  chip.write(0x20, 0xa05f, 4);
  chip.write(0x0c, 5, 4);
  chip.write(0x40, 0x105, 4);
  expect([resets, chip.read(0x0c, 4)]).toEqual([1, 5]);
  chip.write(0x30, 6, 4);
  chip.write(0x34, 2, 4);
  expect(chip.read(0x30, 4)).toBe(4);
});
