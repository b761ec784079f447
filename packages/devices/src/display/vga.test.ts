import { Logger } from "@tsemu/base";
import { FakeClock } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { devfn, PciBus } from "../pci/bus.ts";
import { paint, textOf } from "./frame.ts";
import { StandardVga } from "./standard-vga.ts";

const MiB = 2 ** 20;
/** What QEMU's registers hold once SeaVGABIOS has set mode 3; see there. */
const mode3 = {
  misc: 0x67,
  seq: "03 00 03 00 02",
  crtc: "5f 4f 50 82 55 81 bf 1f 00 4f 0d 0e 00 00 02 80 9c 8e 8f 28 1f 96 b9 a3 ff",
  gfx: "00 00 00 00 00 10 0e 0f ff",
  attr: "00 01 02 03 04 05 14 07 38 39 3a 3b 3c 3d 3e 3f 0c 00 0f 08 00",
};
/** Mode 0x13 as the BIOS sets it (Technical Reference, "Video BIOS"). */
const mode13 = {
  misc: 0x63,
  seq: "03 01 0f 00 0e",
  crtc: "5f 4f 50 82 54 80 bf 1f 00 41 00 00 00 00 00 00 9c 8e 8f 28 40 96 b9 a3 ff",
  gfx: "00 00 00 00 00 40 05 0f ff",
  attr: "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 41 00 0f 00 00",
};
/** Mode 0x12. */
const mode12 = {
  misc: 0xe3,
  seq: "03 01 0f 00 06",
  crtc: "5f 4f 50 82 54 80 0b 3e 00 40 00 00 00 00 00 00 ea 8c df 28 00 e7 04 e3 ff",
  gfx: "00 00 00 00 00 00 05 0f ff",
  attr: "00 01 02 03 04 05 14 07 38 39 3a 3b 3c 3d 3e 3f 01 00 0f 00 00",
};

const setUp = () => {
  const bus = new PciBus();
  const memory = { size: 16 * MiB, bytes: new Uint8Array(16 * MiB) };
  const vga = new StandardVga({ name: "vga", clock: new FakeClock(), log: new Logger(), bus, slot: 2, memory });
  vga.reset();
  const out = (port: number, value: number): void => vga.ports.write(port - 0x3b0, value, 1);
  const read = (port: number): number => vga.ports.read(port - 0x3b0, 1);
  const indexed = (port: number, index: number, value: number): void => {
    out(port, index);
    out(port + 1, value);
  };
  const bytes = (text: string): number[] => text.split(" ").map((byte) => Number.parseInt(byte, 16));
  const setMode = (mode: typeof mode3): void => {
    out(0x3c2, mode.misc);
    bytes(mode.seq).forEach((value, i) => indexed(0x3c4, i, value));
    indexed(0x3d4, 0x11, 0);
    bytes(mode.crtc).forEach((value, i) => indexed(0x3d4, i, value));
    bytes(mode.gfx).forEach((value, i) => indexed(0x3ce, i, value));
    read(0x3da);
    bytes(mode.attr).forEach((value, i) => {
      out(0x3c0, i);
      out(0x3c0, value);
    });
    out(0x3c0, 0x20);
    out(0x3c8, 0);
    // 64 colours as the BIOS has them: two bits for each component.
    for (let i = 0; i < 256; i++) for (const bit of [4, 2, 1]) out(0x3c9, ((i & bit) !== 0 ? 42 : 0) + ((i & (bit << 3)) !== 0 ? 21 : 0));
  };
  const store = (address: number, value: number, size = 1): void => vga.window.write(address - 0xa_0000, value, size);
  const load = (address: number, size = 1): number => vga.window.read(address - 0xa_0000, size);
  const vbe = (index: number, value: number): void => {
    vga.vbePorts.write(0, index, 2);
    vga.vbePorts.write(1, value, 2);
  };
  const dot = (x: number, y: number): number => {
    const { rgba, width } = paint(vga.frame());
    const at = 4 * (y * width + x);
    return (rgba[at]! << 16) | (rgba[at + 1]! << 8) | rgba[at + 2]!;
  };
  return { vga, bus, memory, out, read, indexed, setMode, store, load, vbe, dot };
};

describe("a VGA", () => {
  it("shows nothing until it is set up", () => {
    expect(setUp().vga.frame()).toMatchObject({ kind: "blank" });
  });

  it("shows text with its font, colours and cursor", () => {
    const { vga, setMode, store, load, indexed, dot, out } = setUp();
    setMode(mode3);
    // A font of its own in plane 2: an upper bar for A.
    indexed(0x3c4, 2, 4);
    indexed(0x3c4, 4, 6);
    indexed(0x3ce, 5, 0);
    indexed(0x3ce, 6, 4);
    store(0xa_0000 + 32 * 0x41, 0xff);
    indexed(0x3c4, 2, 3);
    indexed(0x3c4, 4, 2);
    indexed(0x3ce, 5, 0x10);
    indexed(0x3ce, 6, 0x0e);
    store(0xb_8000 + 2 * 81, 0x1e41, 2);
    expect(load(0xb_8000 + 2 * 81, 2)).toBe(0x1e41);
    const frame = vga.frame();
    if (frame.kind !== "text") throw new Error(frame.kind);
    expect([frame.columns, frame.rows, frame.cellWidth, frame.cellHeight]).toEqual([80, 25, 9, 16]);
    expect(textOf(frame)[1]).toBe(" A");
    // Yellow on blue.
    expect([dot(9, 16), dot(9, 17), dot(0, 16)]).toEqual([0xffff55, 0x0000aa, 0]);
    indexed(0x3d4, 0x0e, 0);
    indexed(0x3d4, 0x0f, 80);
    expect(vga.frame()).toMatchObject({ cursor: { row: 1, column: 0, first: 13, last: 14 } });
    indexed(0x3d4, 0x0a, 0x20);
    expect(vga.frame()).toMatchObject({ cursor: undefined });
    out(0x3c4, 1);
    out(0x3c5, 0x20);
    expect(vga.frame().kind).toBe("blank");
  });

  it("shows 256 colours, each dot a byte", () => {
    const { vga, setMode, store, dot } = setUp();
    setMode(mode13);
    store(0xa_0000 + 320 * 100 + 50, 0x0c3c, 2);
    const frame = vga.frame();
    expect([frame.kind, "width" in frame && frame.width, "height" in frame && frame.height]).toEqual(["picture", 320, 200]);
    expect([dot(50, 100), dot(51, 100), dot(52, 100)]).toEqual([0xff5555, 0xaa0055, 0]);
  });

  it("draws in planes: by write modes, masks, functions and latches", () => {
    const { setMode, store, load, indexed, dot } = setUp();
    setMode(mode12);
    // Set/reset: colour 14 in the dots of the bit mask.
    indexed(0x3ce, 0, 14);
    indexed(0x3ce, 1, 0xf);
    indexed(0x3ce, 8, 0x81);
    load(0xa_0000);
    store(0xa_0000, 0);
    expect([dot(0, 0), dot(1, 0), dot(7, 0)]).toEqual([0xffff55, 0, 0xffff55]);
    // Write mode 2: the colour is the data. XOR with what is there.
    indexed(0x3ce, 5, 2);
    indexed(0x3ce, 3, 0x18);
    indexed(0x3ce, 8, 0xff);
    load(0xa_0000);
    store(0xa_0000, 3);
    expect([dot(0, 0), dot(1, 0)]).toEqual([0xff55ff, 0x00aaaa]);
    // Write mode 1: the latches.
    indexed(0x3ce, 5, 1);
    load(0xa_0000);
    store(0xa_0000 + 80, 0xaa);
    expect([dot(0, 1), dot(1, 1)]).toEqual([0xff55ff, 0x00aaaa]);
    // Write mode 3: the data is a mask for set/reset.
    indexed(0x3ce, 5, 3);
    indexed(0x3ce, 3, 0);
    indexed(0x3ce, 0, 4);
    load(0xa_0000);
    store(0xa_0000, 0x40);
    expect([dot(0, 0), dot(1, 0)]).toEqual([0xff55ff, 0xaa0000]);
    // Read mode 1: where is colour 4? All planes count, or only some.
    indexed(0x3ce, 5, 8);
    indexed(0x3ce, 2, 4);
    indexed(0x3ce, 7, 0xf);
    expect(load(0xa_0000)).toBe(0x40);
    indexed(0x3ce, 7, 0);
    expect(load(0xa_0000)).toBe(0xff);
    // Read mode 0: one plane.
    indexed(0x3ce, 5, 0);
    indexed(0x3ce, 4, 2);
    expect(load(0xa_0000)).toBe(0xc1);
    // Only planes in the map mask change; the data is rotated.
    indexed(0x3c4, 2, 1);
    indexed(0x3ce, 1, 0);
    indexed(0x3ce, 3, 1);
    load(0xa_0000 + 160);
    store(0xa_0000 + 160, 0x01);
    expect([dot(0, 2), dot(7, 2)]).toEqual([0x0000aa, 0]);
  });

  it("protects its timing, and shows colours once they are whole", () => {
    const { out, read, indexed, setMode } = setUp();
    setMode(mode3);
    indexed(0x3d4, 0, 0x11);
    out(0x3d4, 0);
    expect(read(0x3d5)).toBe(0x5f);
    indexed(0x3d4, 7, 0x10);
    expect(read(0x3d5)).toBe(0x1f);
    out(0x3c8, 5);
    out(0x3c9, 1);
    out(0x3c9, 2);
    out(0x3c7, 5);
    expect(read(0x3c9)).toBe(42);
    expect(read(0x3b5)).toBe(0xff);
    const before = read(0x3da);
    expect(read(0x3da)).not.toBe(before);
  });

  it("has modes of any size, whose memory is on the bus", () => {
    const { vga, bus, memory, vbe, dot } = setUp();
    expect(bus.readConfig(devfn(2, 0) << 8, 4)).toBe(0x1111_1234);
    vga.vbePorts.write(0, 0, 2);
    expect(vga.vbePorts.read(1, 2)).toBe(0xb0c5);
    memory.bytes.fill(0x55, 0, 4 * MiB);
    vbe(1, 800);
    vbe(2, 600);
    vbe(3, 32);
    vbe(4, 0x41);
    expect(vga.frame()).toMatchObject({ kind: "picture", width: 800, height: 600 });
    expect(dot(799, 599)).toBe(0);
    bus.writeConfig((devfn(2, 0) << 8) | 0x10, 0xe000_0000, 4);
    bus.writeConfig((devfn(2, 0) << 8) | 4, 2, 2);
    bus.memory.write(0xe000_0000 + 4 * (800 * 10 + 20), 0x12_3456, 4);
    expect(dot(20, 10)).toBe(0x12_3456);
    // Scrolled, and in sixteen bits.
    vbe(9, 10);
    expect(dot(20, 0)).toBe(0x12_3456);
    vbe(4, 0);
    vbe(3, 16);
    vbe(4, 0xc1);
    vga.window.write(2, 0xf81f, 2);
    expect(dot(1, 0)).toBe(0xff_00ff);
    vbe(5, 1);
    vga.window.write(0, 0x07e0, 2);
    expect([memory.bytes[0x1_0000], memory.bytes[0x1_0001]]).toEqual([0xe0, 0x07]);
    vbe(4, 2);
    vga.vbePorts.write(0, 1, 2);
    expect(vga.vbePorts.read(1, 2)).toBe(16_000);
    bus.writeConfig((devfn(2, 0) << 8) | 0x18, 0xfeb0_0000, 4);
    expect([bus.memory.read(0xfeb0_0500, 2), bus.memory.read(0xfeb0_0604, 4)]).toEqual([0xb0c5, 0x1e1e_1e1e]);
  });
});
