import { Logger } from "@tsemu/base";
import { FakeClock, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { devfn, PciBus } from "./bus.ts";
import { Piix4 } from "./piix4.ts";

const setUp = () => {
  const bus = new PciBus();
  const clock = new FakeClock();
  const irqs = Array.from({ length: 16 }, () => new RecordedLine());
  let off = 0;
  const piix = new Piix4({ name: "piix4", clock, log: new Logger(), bus, slot: 10, irqs, onPowerOff: () => off++ });
  return { bus, clock, irqs, piix, at: (fn: number, register: number) => (devfn(10, fn) << 8) | register, offs: () => off };
};

describe("PIIX4", () => {
  it("routes PCI interrupts, and moves them", () => {
    const { bus, irqs, piix, at } = setUp();
    piix.pirq(0).set(true);
    piix.pirq(1).set(true);
    expect(irqs.some((line) => line.level)).toBe(false);
    bus.writeConfig(at(0, 0x60), 0x0a0a, 2);
    expect(irqs[10]!.level).toBe(true);
    piix.pirq(0).set(false);
    expect(irqs[10]!.level).toBe(true);
    bus.writeConfig(at(0, 0x61), 0x0b, 1);
    expect([irqs[10]!.level, irqs[11]!.level]).toEqual([false, true]);
    piix.reset();
    expect(irqs[11]!.level).toBe(false);
  });

  it("switches off through registers whose place is programmed", () => {
    const { bus, at, offs } = setUp();
    expect(bus.readConfig(at(3, 0), 4)).toBe(0x7113_8086);
    bus.writeConfig(at(3, 0x40), 0x1000, 4);
    expect(bus.readConfig(at(3, 0x40), 4)).toBe(0x1001);
    bus.io.write(0x1004, 0x2000, 2);
    expect(offs()).toBe(0);
    bus.writeConfig(at(3, 0x80), 1, 1);
    bus.io.write(0x1004, 0x0401, 2);
    expect([offs(), bus.io.read(0x1004, 2)]).toEqual([0, 0x0401]);
    bus.io.write(0x1004, 0x2000, 2);
    expect(offs()).toBe(1);
  });

  it("has a timer of 3.58 MHz and 24 bits", () => {
    const { bus, clock, at } = setUp();
    bus.writeConfig(at(3, 0x40), 0x1000, 4);
    bus.writeConfig(at(3, 0x80), 1, 1);
    clock.step(1e9);
    expect(bus.io.read(0x1008, 4)).toBe(3_579_545);
    clock.step(4e9);
    expect(bus.io.read(0x1008, 4)).toBe((5 * 3_579_545) % 2 ** 24);
  });
});
