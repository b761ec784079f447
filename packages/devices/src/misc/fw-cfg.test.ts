import { Logger } from "@tsemu/base";
import { FakeClock, FakeMemory } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { FwCfg } from "./fw-cfg.ts";

const setUp = () => {
  const dma = new FakeMemory(0x4000_0000, 0x10000);
  const files = new Map([
    ["opt/b", Uint8Array.of(1, 2, 3, 4, 5)],
    ["opt/a", new TextEncoder().encode("alpha")],
  ]);
  const device = new FwCfg({ name: "fw_cfg", clock: new FakeClock(), log: new Logger(), dma, files });
  const select = (key: number) => device.write(8, ((key & 0xff) << 8) | (key >>> 8), 2);
  const bytes = (n: number) => Array.from({ length: n }, () => device.read(0, 1));
  return { dma, device, select, bytes };
};

describe("fw_cfg", () => {
  it("shows signature and interfaces", () => {
    const { device, select, bytes } = setUp();
    expect(device.read(0, 4)).toBe(0x554d_4551);
    select(1);
    expect(bytes(5)).toEqual([3, 0, 0, 0, 0]);
    expect([device.read(16, 4), device.read(20, 4)]).toEqual([0x554d_4551, 0x4746_4320]);
  });

  it("lists its files by name", () => {
    const { select, bytes } = setUp();
    select(0x19);
    expect(bytes(4)).toEqual([0, 0, 0, 2]);
    const entry = bytes(64);
    expect(entry.slice(0, 14)).toEqual([0, 0, 0, 5, 0, 0x20, 0, 0, ...new TextEncoder().encode("opt/a"), 0]);
    select(0x21);
    expect(bytes(6)).toEqual([1, 2, 3, 4, 5, 0]);
  });

  it("transfers by DMA, clears what lies beyond, refuses writes", () => {
    const { dma, device } = setUp();
    const view = new DataView(dma.bytes.buffer);
    const run = (control: number, length: number) => {
      view.setUint32(0x100, control);
      view.setUint32(0x104, length);
      view.setBigUint64(0x108, 0x4000_0200n);
      device.write(16, 0, 4);
      device.write(20, 0x0001_0040, 4); // 0x40000100 as a big-endian store
      return view.getUint32(0x100);
    };
    dma.bytes.fill(0xff, 0x200, 0x210);
    expect(run((0x21 << 16) | 8 | 2, 8)).toBe(0);
    expect([...dma.bytes.subarray(0x200, 0x209)]).toEqual([1, 2, 3, 4, 5, 0, 0, 0, 0xff]);
    expect(run((0x21 << 16) | 8 | 4, 3)).toBe(0);
    expect(run(2, 2)).toBe(0);
    expect([...dma.bytes.subarray(0x200, 0x202)]).toEqual([4, 5]);
    expect(run(16, 4)).toBe(1);
    expect(run((0x20 << 16) | 8 | 2, 0xffff_ffff)).toBe(0);
  });
});
