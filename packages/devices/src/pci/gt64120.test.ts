import { Logger } from "@tsemu/base";
import { FakeClock } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { devfn, PciBus } from "./bus.ts";
import { PciFunction } from "./function.ts";
import { Gt64120 } from "./gt64120.ts";

const setUp = (bigEndian = false) => {
  const bus = new PciBus();
  bus.add(devfn(10, 0), new PciFunction({ vendor: 0x8086, device: 0x7110, revision: 2, classCode: 0x06_0100 }));
  const gt = new Gt64120({ name: "gt", clock: new FakeClock(), log: new Logger(), bus, bigEndian, acknowledge: () => 0x21 });
  return { gt, bus };
};

describe("GT-64120", () => {
  it("is device 0 of its own bus, and reaches the others", () => {
    const { gt } = setUp();
    gt.write(0xcf8, 0x8000_0000, 4);
    expect(gt.read(0xcfc, 4)).toBe(0x4620_11ab);
    gt.write(0xcf8, 0x8000_5000, 4);
    expect(gt.read(0xcfc, 4)).toBe(0x7110_8086);
    expect(gt.read(0xcfe, 2)).toBe(0x7110);
    gt.write(0xcf8, 0x0000_5000, 4);
    expect(gt.read(0xcfc, 4)).toBe(0);
  });

  it("swaps other devices' configuration for a big-endian processor", () => {
    const { gt } = setUp(true);
    gt.write(0xcf8, 0x8000_0000, 4);
    expect(gt.read(0xcfc, 4)).toBe(0x4620_11ab);
    gt.write(0xcf8, 0x8000_5000, 4);
    expect(gt.read(0xcfc, 4)).toBe(0x8680_1071);
    gt.write(0xcf8, 0x8000_503c, 4);
    gt.write(0xcfc, 0x0500_0000, 4);
    expect(gt.read(0xcff, 1)).toBe(5);
    gt.write(0xcff, 9, 1);
    expect(gt.read(0xcfc, 4)).toBe(0x0900_0000);
  });

  it("keeps its decoders, and remaps one to one", () => {
    const { gt } = setUp();
    gt.write(0x48, 0xc0, 4);
    gt.write(0x50, 0x40, 4);
    expect([gt.read(0x48, 4), gt.read(0x50, 4), gt.read(0xf0, 4)]).toEqual([0xc0, 0x40, 0xc0]);
    gt.write(0xf0, 0, 4);
    expect(gt.read(0xf0, 4)).toBe(0);
    gt.reset();
    expect(gt.read(0x48, 4)).toBe(0x80);
  });

  it("notes that nobody answered, until the bit is cleared with a zero", () => {
    const { gt } = setUp();
    gt.write(0xcf8, 0x8000_5000, 4);
    gt.read(0xcfc, 4);
    expect(gt.read(0xc18, 4)).toBe(0);
    gt.write(0xcf8, 0x8000_5800, 4);
    expect(gt.read(0xcfc, 4)).toBe(0xffff_ffff);
    expect(gt.read(0xc18, 4)).toBe(0x4_0000);
    gt.write(0xc18, 0xfff3_ffff, 4);
    expect(gt.read(0xc18, 4)).toBe(0);
  });

  it("acknowledges interrupts", () => {
    const { gt } = setUp();
    expect(gt.read(0xc34, 4)).toBe(0x21);
  });
});
