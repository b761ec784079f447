import { gzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { fdtNode, fdtTree, findNode, getCells, getString, parseFdt } from "./fdt.ts";
import { type ArmBootOptions, loadArmKernel } from "./kernel-arm.ts";
import { crc32 } from "./uimage.ts";

const MiB = 2 ** 20;
const base = 0x4000_0000;
const raw = (size: number) => ({ name: "Image", bytes: new Uint8Array(size).fill(0xaa) });
const boot = (o: Partial<ArmBootOptions>) =>
  loadArmKernel({ kernel: raw(100), ramBase: base, ramSize: 256 * MiB, boardId: 0xffff_ffff, ...o });
const word = (bytes: Uint8Array, at: number) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
const part = (image: ReturnType<typeof boot>, what: string) => image.parts.find((p) => p.what === what)!;

const zImage = (size: number, claimed: number) => {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x24, 0x016f_2818, true);
  view.setUint32(0x2c, claimed, true);
  return { name: "zImage", bytes };
};

const uImageOf = (data: Uint8Array, o: { os?: number; type?: number; compression?: number; load?: number; entry?: number }) => {
  const bytes = new Uint8Array(64 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x2705_1956);
  view.setUint32(12, data.length);
  view.setUint32(16, o.load ?? 0);
  view.setUint32(20, o.entry ?? 0);
  bytes.set([o.os ?? 5, 2, o.type ?? 2, o.compression ?? 0], 28);
  bytes.set(data, 64);
  view.setUint32(4, crc32(bytes.subarray(0, 64)));
  return { name: "uImage", bytes };
};

const elfOf = (pa: number, entry: number, code: Uint8Array, memorySize: number) => {
  const bytes = new Uint8Array(84 + code.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 40, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, 1, true);
  [1, 84, 0xc000_0000, pa, code.length, memorySize, 5, 4].forEach((x, i) => view.setUint32(52 + 4 * i, x, true));
  bytes.set(code, 84);
  return { name: "kernel.elf", bytes };
};

describe("loadArmKernel", () => {
  it("places kernel, initrd and device tree as QEMU does", () => {
    const dtb = fdtTree(fdtNode(""));
    const image = boot({ dtb, initrd: { name: "initrd", bytes: new Uint8Array(5000) }, commandLine: "console=ttyAMA0" });
    expect(image.entry).toBe(base);
    expect(image.parts.map((p) => [p.what, p.pa])).toEqual([
      ["kernel", base + 0x1_0000],
      ["initrd", base + 128 * MiB],
      ["device tree", base + 128 * MiB + 8192],
      ["boot stub", base],
    ]);
    const tree = parseFdt(part(image, "device tree").bytes);
    const chosen = findNode(tree, "/chosen")!;
    expect(getString(chosen, "bootargs")).toBe("console=ttyAMA0");
    expect(getCells(chosen, "linux,initrd-start")).toEqual([base + 128 * MiB]);
    expect(getCells(chosen, "linux,initrd-end")).toEqual([base + 128 * MiB + 5000]);
    expect(findNode(dtb, "/chosen"), "the caller's tree is left alone").toBeUndefined();
    const stub = part(image, "boot stub").bytes;
    expect([16, 20, 24].map((at) => word(stub, at))).toEqual([0xffff_ffff, base + 128 * MiB + 8192, base + 0x1_0000]);
  });

  it("puts the initrd halfway into a small RAM, and beyond a large kernel", () => {
    const initrd = { name: "initrd", bytes: new Uint8Array(10) };
    expect(part(boot({ ramSize: 64 * MiB, initrd }), "initrd").pa).toBe(base + 32 * MiB);
    expect(part(boot({ ramSize: 64 * MiB, kernel: raw(40 * MiB + 1), initrd }), "initrd").pa).toBe(base + 0x1_0000 + 40 * MiB + 4096);
  });

  it("writes the ATAGS list without a device tree", () => {
    const image = boot({ ramBase: 0, ramSize: 128 * MiB, boardId: 0x183, commandLine: "abcd", initrd: raw(16) });
    const list = part(image, "ATAGS");
    expect(list.pa).toBe(0x100);
    expect(Array.from({ length: list.bytes.length / 4 }, (_, i) => word(list.bytes, 4 * i))).toEqual([
      5,
      0x5441_0001,
      1,
      0x1000,
      0,
      4,
      0x5441_0002,
      128 * MiB,
      0,
      4,
      0x5442_0005,
      64 * MiB,
      16,
      4,
      0x5441_0009,
      0x6463_6261,
      0,
      0,
      0,
    ]);
  });

  it("says what does not fit", () => {
    const initrd = { name: "rd", bytes: new Uint8Array(40 * MiB) };
    expect(() => boot({ kernel: raw(0) })).toThrow("could not load kernel 'Image'");
    expect(() => boot({ kernel: raw(2 * MiB), ramSize: MiB })).toThrow(
      "kernel 'Image' is too large to fit in RAM (kernel size 2097152, RAM size 1048576)",
    );
    expect(() => boot({ ramSize: 64 * MiB, initrd })).toThrow("could not load initrd 'rd': too big to fit into RAM after the kernel");
    const full = { name: "rd", bytes: new Uint8Array(32 * MiB) };
    expect(() => boot({ ramSize: 64 * MiB, initrd: full, dtb: fdtTree(fdtNode("")) })).toThrow("Not enough space for DTB");
  });

  it("finds a truncated zImage", () => {
    expect(() => boot({ kernel: zImage(1000, 1001) })).toThrow(
      "could not load kernel 'zImage': truncated zImage (1001 bytes expected, 1000 found)",
    );
    expect(boot({ kernel: zImage(1000, 1000) }).parts[0]!.bytes.length).toBe(1000);
  });

  it("loads uImages, plain, compressed and without load address", () => {
    const data = Uint8Array.from({ length: 5000 }, (_, i) => i);
    const plain = boot({ kernel: uImageOf(data, { load: base + 0x8000, entry: base + 0x8040 }) });
    expect(part(plain, "kernel").pa).toBe(base + 0x8000);
    expect(word(part(plain, "boot stub").bytes, 24)).toBe(base + 0x8040);
    const packed = boot({ kernel: uImageOf(gzipSync(data), { load: base + 0x8000, entry: base + 0x8000, compression: 1 }) });
    expect(part(packed, "kernel").bytes).toEqual(data);
    const anywhere = boot({ kernel: uImageOf(data, { type: 14, entry: 0x40 }) });
    expect(word(part(anywhere, "boot stub").bytes, 24)).toBe(base + 0x0200_0040);
    const firmware = boot({ kernel: uImageOf(data, { os: 17, load: base, entry: base + 4 }) });
    expect([firmware.entry, firmware.parts.length]).toEqual([base + 4, 1]);
    expect(() => boot({ kernel: uImageOf(data, { compression: 3 }) })).toThrow("Unable to load u-boot images with compression type 3");
    const cut = uImageOf(data, {});
    expect(() => boot({ kernel: { ...cut, bytes: cut.bytes.subarray(0, 1000) } })).toThrow("truncated uImage");
    expect(() => boot({ kernel: uImageOf(data, { load: base }) })).toThrow("the kernel overlaps the boot stub at 0x40000000");
  });

  it("enters an ELF file directly, its bss zeroed, and the device tree below it if there is room", () => {
    const code = Uint8Array.of(1, 2, 3, 4);
    const image = boot({ kernel: elfOf(base + 0x1_0000, base + 0x1_0001, code, 16), dtb: fdtTree(fdtNode("")) });
    expect(image.entry).toBe(base + 0x1_0001);
    expect(image.parts[0]).toEqual({ what: "kernel", pa: base + 0x1_0000, bytes: Uint8Array.of(1, 2, 3, 4, ...Array(12).fill(0)) });
    expect(part(image, "device tree").pa).toBe(base);
    expect(boot({ kernel: elfOf(base, base, code, 4), dtb: fdtTree(fdtNode("")) }).parts.length).toBe(1);
    expect(() => boot({ kernel: elfOf(base, base, code, 0xffff_ffff) })).toThrow("too large to fit in RAM");
    const cut = elfOf(base, base, code, 4);
    expect(() => boot({ kernel: { ...cut, bytes: cut.bytes.subarray(0, 86) } })).toThrow("truncated");
  });
});
