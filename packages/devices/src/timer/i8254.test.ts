import { Logger } from "@tsemu/base";
import { FakeClock, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { I8254, pitHz } from "./i8254.ts";

const setUp = () => {
  const clock = new FakeClock();
  const irq = new RecordedLine();
  return { clock, irq, pit: new I8254({ name: "pit", clock, log: new Logger(), irq }) };
};
/** Virtual time of so many ticks, and a little. */
const ticks = (n: number): number => Math.ceil((n * 1e9) / pitHz) + 10;
const load = (pit: I8254, n: number, mode: number, count: number): void => {
  pit.write(3, (n << 6) | 0x30 | (mode << 1));
  pit.write(n, count & 0xff);
  pit.write(n, count >>> 8);
};

describe("8254", () => {
  it("raises its line at the end of the count in mode 0", () => {
    const { clock, irq, pit } = setUp();
    load(pit, 0, 0, 1000);
    clock.step(ticks(998));
    expect(irq.level).toBe(false);
    clock.step(ticks(2));
    expect(irq.level).toBe(true);
    expect(irq.rises).toBe(1);
    load(pit, 0, 0, 10);
    expect(irq.level).toBe(false);
  });

  it.each([2, 3])("is periodic in mode %i", (mode) => {
    const { clock, irq, pit } = setUp();
    load(pit, 0, mode, 11932);
    const before = irq.rises;
    clock.step(1e9);
    expect(irq.rises - before).toBeGreaterThanOrEqual(99);
    expect(irq.rises - before).toBeLessThanOrEqual(100);
  });

  it("latches a count", () => {
    const { clock, pit } = setUp();
    load(pit, 2, 2, 0);
    pit.setGate2(true);
    clock.step(ticks(0x1234));
    pit.write(3, 0x80);
    clock.step(ticks(100));
    expect(pit.read(2) | (pit.read(2) << 8)).toBe(0x1_0000 - 0x1234);
    expect(pit.read(2) | (pit.read(2) << 8)).toBeLessThan(0x1_0000 - 0x1234 - 98);
  });

  it("reads status and count back", () => {
    const { clock, pit } = setUp();
    load(pit, 0, 2, 0x4000);
    clock.step(ticks(0x100));
    pit.write(3, 0xc2);
    expect(pit.read(0)).toBe(0xb4);
    expect(pit.read(0)).toBe((0x4000 - 0x100) & 0xff);
    expect(pit.read(0)).toBe((0x4000 - 0x100) >>> 8);
  });

  it("counts with counter 2 while its gate is high", () => {
    const { clock, pit } = setUp();
    load(pit, 2, 0, 100);
    clock.step(ticks(200));
    expect(pit.output2).toBe(false);
    pit.setGate2(true);
    clock.step(ticks(101));
    expect(pit.output2).toBe(true);
  });
});
