import { describe, expect, it } from "vitest";
import { devfn, PciBus } from "./bus.ts";
import { PciFunction } from "./function.ts";

const setUp = () => {
  const bus = new PciBus();
  const card = new PciFunction({ vendor: 0x1234, device: 0x5678, revision: 9, classCode: 0x02_0000, pin: 1 });
  const written: number[][] = [];
  card.addBar(0, "io", 0x20, { read: (offset, size) => 0x100 * size + offset, write: (...args) => void written.push(args) });
  card.addBar(1, "memory", 0x1000, { read: (offset) => offset, write: () => {} });
  bus.add(devfn(3, 0), card);
  return { bus, written, at: (register: number) => (devfn(3, 0) << 8) | register };
};

describe("a PCI bus", () => {
  it("shows who is there", () => {
    const { bus, at } = setUp();
    expect(bus.readConfig(at(0), 4)).toBe(0x5678_1234);
    expect(bus.readConfig(at(8), 4)).toBe(0x0200_0009);
    expect(bus.readConfig(at(0x0a), 2)).toBe(0x0200);
    expect(bus.readConfig(at(0x3d), 1)).toBe(1);
    expect(bus.readConfig(devfn(4, 0) << 8, 4)).toBe(0xffff_ffff);
    expect(bus.readConfig(0x1_0000 | at(0), 2)).toBe(0xffff);
  });

  it("sizes base address registers", () => {
    const { bus, at } = setUp();
    bus.writeConfig(at(0x10), 0xffff_ffff, 4);
    bus.writeConfig(at(0x14), 0xffff_ffff, 4);
    bus.writeConfig(at(0x18), 0xffff_ffff, 4);
    expect(bus.readConfig(at(0x10), 4)).toBe(0xffff_ffe1);
    expect(bus.readConfig(at(0x14), 4)).toBe(0xffff_f000);
    expect(bus.readConfig(at(0x18), 4)).toBe(0);
  });

  it("reaches what is enabled, where it was put", () => {
    const { bus, written, at } = setUp();
    bus.writeConfig(at(0x10), 0x1400, 4);
    bus.writeConfig(at(0x14), 0x1000_0000, 4);
    expect(bus.io.read(0x1404, 1)).toBe(0xff);
    bus.writeConfig(at(4), 1, 2);
    expect(bus.io.read(0x1404, 1)).toBe(0x104);
    expect(bus.memory.read(0x1000_0004, 4)).toBe(0xffff_ffff);
    bus.writeConfig(at(4), 3, 2);
    expect(bus.memory.read(0x1000_0004, 4)).toBe(4);
    bus.io.write(0x141f, 7, 1);
    expect(written).toEqual([[0x1f, 7, 1]]);
    bus.reset();
    expect(bus.io.read(0x1404, 2)).toBe(0xffff);
    expect(bus.readConfig(at(0x10), 4)).toBe(1);
  });
});
