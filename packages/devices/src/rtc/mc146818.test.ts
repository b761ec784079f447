import { Logger } from "@tsemu/base";
import { FakeClock, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { Mc146818 } from "./mc146818.ts";

const setUp = (start: string) => {
  const clock = new FakeClock();
  const irq = new RecordedLine();
  const base = Date.parse(start) / 1000;
  const rtc = new Mc146818({ name: "rtc", clock, log: new Logger(), irq, wallClockSeconds: () => base + clock.now() / 1e9 });
  const get = (index: number): number => {
    rtc.write(0, index);
    return rtc.read(1);
  };
  const put = (index: number, value: number): void => {
    rtc.write(0, index);
    rtc.write(1, value);
  };
  return { clock, irq, rtc, get, put };
};

describe("MC146818", () => {
  it("tells the time in BCD, in binary, and in twelve hours", () => {
    const { get, put } = setUp("2024-02-29T17:45:59Z");
    expect([0x32, 9, 8, 7, 6, 4, 2, 0].map(get)).toEqual([0x20, 0x24, 0x02, 0x29, 5, 0x17, 0x45, 0x59]);
    put(11, 0x06);
    expect([9, 7, 4, 2, 0].map(get)).toEqual([24, 29, 17, 45, 59]);
    put(11, 0);
    expect(get(4)).toBe(0x85);
  });

  it("goes on, announcing each update", () => {
    const { clock, get } = setUp("2024-12-31T23:59:59Z");
    expect(get(10) & 0x80).toBe(0);
    clock.step(998e6);
    expect(get(10) & 0x80).toBe(0x80);
    clock.step(3e6);
    expect(get(10) & 0x80).toBe(0);
    expect([9, 8, 7, 4, 2, 0].map(get)).toEqual([0x25, 1, 1, 0, 0, 0]);
    // Periodic, update-ended, and the alarm, which is set for midnight.
    expect([get(12), get(12)]).toEqual([0x70, 0]);
  });

  it("begins a second when the machine starts, within one of the host's", () => {
    const { clock, get } = setUp("2024-12-31T23:59:58.700Z");
    clock.step(500e6);
    expect([get(10) & 0x80, get(0)]).toEqual([0, 0x58]);
    clock.step(499.9e6);
    expect([get(10) & 0x80, get(0)]).toEqual([0x80, 0x58]);
    clock.step(0.2e6);
    expect([get(10) & 0x80, get(0)]).toEqual([0, 0x59]);
  });

  it("is set", () => {
    const { clock, get, put } = setUp("2024-01-01T00:00:00Z");
    put(11, 0x86);
    clock.step(5e9);
    expect(get(0)).toBe(0);
    for (const [index, value] of [
      [9, 30],
      [8, 6],
      [7, 15],
      [4, 12],
      [2, 34],
      [0, 56],
    ] as const)
      put(index, value);
    put(11, 0x06);
    clock.step(2e9);
    expect([9, 8, 7, 4, 2, 0].map(get)).toEqual([30, 6, 15, 12, 34, 58]);
  });

  it("interrupts with each second, until REGISTER C is read", () => {
    const { clock, irq, get, put } = setUp("2024-01-01T00:00:00Z");
    put(11, 0x12);
    clock.step(1.1e9);
    expect(irq.level).toBe(true);
    expect(get(12) & 0x90).toBe(0x90);
    expect(irq.level).toBe(false);
    expect(get(12)).toBe(0);
    clock.step(3e9);
    expect(irq.rises).toBe(2);
  });

  it("interrupts periodically", () => {
    const { clock, irq, get, put } = setUp("2024-01-01T00:00:00Z");
    put(10, 0x26);
    put(11, 0x42);
    let seen = 0;
    for (let i = 0; i < 1000; i++) {
      clock.step(1e6);
      if (irq.level && (get(12) & 0x40) !== 0) seen++;
    }
    // 1024 Hz, looked at 1000 times.
    expect(seen).toBeGreaterThan(990);
  });

  it("wakes at the alarm's time", () => {
    const { clock, irq, get, put } = setUp("2024-01-01T10:00:00Z");
    put(1, 0x05);
    put(3, 0xc0);
    put(5, 0xc0);
    put(11, 0x22);
    clock.step(4.5e9);
    expect(irq.level).toBe(false);
    clock.step(1e9);
    expect(irq.level).toBe(true);
    expect(get(12) & 0xa0).toBe(0xa0);
  });

  it("keeps memory and time over a reset, but no interrupts", () => {
    const { clock, irq, rtc, get, put } = setUp("2024-01-01T10:00:00Z");
    put(0x40, 0xab);
    put(11, 0x12);
    rtc.reset();
    clock.step(2e9);
    expect(irq.level).toBe(false);
    expect(get(0x40)).toBe(0xab);
    expect(get(0)).toBe(2);
  });
});
