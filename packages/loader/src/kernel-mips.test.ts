import { describe, expect, it } from "vitest";
import { loadMipsKernel, type MipsBootOptions } from "./kernel-mips.ts";

const MiB = 2 ** 20;

/** An ELF file of one segment at that virtual address. */
const elfOf = (va: number, code: Uint8Array, o: { memorySize?: number; bigEndian?: boolean; machine?: number } = {}) => {
  const bytes = new Uint8Array(84 + code.length);
  const view = new DataView(bytes.buffer);
  const little = o.bigEndian !== true;
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, little ? 1 : 2, 1]);
  view.setUint16(16, 2, little);
  view.setUint16(18, o.machine ?? 8, little);
  view.setUint32(24, va + 4, little);
  view.setUint32(28, 52, little);
  view.setUint16(42, 32, little);
  view.setUint16(44, 1, little);
  [1, 84, va, va, code.length, o.memorySize ?? code.length, 5, 4].forEach((x, i) => view.setUint32(52 + 4 * i, x, little));
  bytes.set(code, 84);
  return { name: "vmlinux", bytes };
};

const kernel = elfOf(0x8010_0000, new Uint8Array(1000), { memorySize: 5000 });
const boot = (o: Partial<MipsBootOptions> = {}) =>
  loadMipsKernel({ kernel, ramSize: 64 * MiB, bits: 32, bigEndian: false, environment: { modetty0: "38400n8r" }, stores: [], ...o });
const part = (image: ReturnType<typeof boot>, what: string) => image.parts.find((p) => p.what === what)!;

/** The strings that an array of pointers leads to, up to its null. */
const stringsAt = (image: ReturnType<typeof boot>, va: number, little = true): string[] => {
  const { pa, bytes } = part(image, "environment");
  const view = new DataView(bytes.buffer);
  const strings: string[] = [];
  for (let at = va - 0x8000_0000 - pa; ; at += 4) {
    const pointer = view.getUint32(at, little);
    if (pointer === 0) return strings;
    const from = pointer - 0x8000_0000 - pa;
    strings.push(new TextDecoder().decode(bytes.subarray(from, bytes.indexOf(0, from))));
  }
};

/** Runs the boot code, which has LUI, ORI, SW and JR alone: registers, stores, and where it goes. */
const runStub = (image: ReturnType<typeof boot>, little = true) => {
  const { pa, bytes } = part(image, "boot code");
  expect(image.entry).toBe(0x8000_0000 + pa);
  const view = new DataView(bytes.buffer);
  const r = new Uint32Array(32);
  const stores: [number, number][] = [];
  for (let at = 0; ; at += 4) {
    const word = view.getUint32(at, little);
    const rs = (word >>> 21) & 31;
    const rt = (word >>> 16) & 31;
    if (word >>> 26 === 0x0f) r[rt] = word << 16;
    else if (word >>> 26 === 0x0d) r[rt] = r[rs]! | (word & 0xffff);
    else if (word >>> 26 === 0x2b) stores.push([r[rs]!, r[rt]!]);
    else {
      expect([word >>> 26, word & 0x3f, view.getUint32(at + 4, little)]).toEqual([0, 8, 0]);
      return { r, stores, target: r[rs]! };
    }
  }
};

describe("a kernel for MIPS", () => {
  it("goes where its addresses say, with the memory it wants", () => {
    const { pa, bytes } = part(boot(), "kernel");
    expect([pa, bytes.length]).toEqual([0x10_0000, 5000]);
  });

  it.each([false, true])("gets arguments, environment and size of memory (big-endian: %s)", (bigEndian) => {
    const image = boot({
      kernel: elfOf(0x8010_0000, new Uint8Array(16), { bigEndian }),
      bigEndian,
      commandLine: "console=ttyS0",
      stores: [[0xbbe0_0068, 0xdf]],
    });
    const { r, stores, target } = runStub(image, !bigEndian);
    expect(target).toBe(0x8010_0004);
    expect(stores).toEqual([[0xbbe0_0068, 0xdf]]);
    expect([r[4], r[7]]).toEqual([2, 64 * MiB]);
    expect(r[29]).toBeLessThan(0x8000_2000);
    expect(stringsAt(image, r[5]!, !bigEndian)).toEqual(["vmlinux", "console=ttyS0"]);
    expect(stringsAt(image, r[6]!, !bigEndian)).toEqual([
      "memsize",
      String(64 * MiB),
      "ememsize",
      String(64 * MiB),
      "modetty0",
      "38400n8r",
    ]);
  });

  it("finds its initrd at the end of memory", () => {
    const image = boot({ initrd: { name: "initrd", bytes: new Uint8Array(100_000) }, commandLine: "quiet" });
    const { pa } = part(image, "initrd");
    expect(pa % 0x1_0000).toBe(0);
    expect(pa + 100_000).toBeLessThanOrEqual(64 * MiB - 64 * 1024);
    expect(pa + 100_000).toBeGreaterThan(64 * MiB - 128 * 1024 - 1);
    expect(stringsAt(image, runStub(image).r[5]!)[1]).toBe(`rd_start=0x${(0x8000_0000 + pa).toString(16)} rd_size=100000 quiet`);
  });

  it.each<[string, Partial<MipsBootOptions>]>([
    ["not an ELF file", { kernel: { name: "x", bytes: new Uint8Array(100) } }],
    ["not a little-endian 32-bit MIPS ELF file", { kernel: elfOf(0x8010_0000, new Uint8Array(4), { bigEndian: true }) }],
    ["not a little-endian 32-bit MIPS ELF file", { kernel: elfOf(0x8010_0000, new Uint8Array(4), { machine: 40 }) }],
    ["it does not fit into RAM", { kernel: elfOf(0x8010_0000, new Uint8Array(4), { memorySize: 64 * MiB }) }],
    ["memory too small for initial ram disk 'i'", { initrd: { name: "i", bytes: new Uint8Array(64 * MiB) } }],
    ["the command line is too long", { commandLine: "x".repeat(10_000) }],
  ])("%s", (message, o) => expect(() => boot(o)).toThrow(message));
});
