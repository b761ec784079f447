import { readFileSync } from "node:fs";
import { UserError } from "@tsemu/base";
import { describe, expect, it } from "vitest";
import { elfBootRom } from "./elf-boot-rom.ts";
import { isX86ElfKernel, loadX86ElfKernel } from "./kernel-x86-elf.ts";

const MiB = 2 ** 20;
const fileOf = (name: string): Uint8Array => readFileSync(new URL(`../../../test/guests/bare/${name}`, import.meta.url));
const load = (bytes: Uint8Array, ramBytes = 64 * MiB) =>
  loadX86ElfKernel({
    kernel: { name: "k", bytes },
    modules: [1, 5000].map((length) => ({ name: "m", bytes: new Uint8Array(length).fill(7), commandLine: `m ${length}` })),
    commandLine: "line",
    ramBytes,
  });
const message = (bytes: Uint8Array, ramBytes?: number): string => {
  try {
    load(bytes, ramBytes);
    return "none";
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
};

/** A multiboot header with addresses of its own, 8 bytes into a file. */
const withAddresses = (headerAddress: number, loadAddress: number, loadEnd: number, bssEnd: number): Uint8Array => {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  const flags = 0x1_0003;
  [0x1bad_b002, flags, -(0x1bad_b002 + flags), headerAddress, loadAddress, loadEnd, bssEnd, loadAddress + 4].forEach((value, i) =>
    view.setUint32(8 + 4 * i, value, true),
  );
  return bytes;
};

describe("kernels that begin in protected mode", () => {
  it("are placed with their modules behind them", () => {
    const { kernel, modules, rom } = load(fileOf("multiboot-x86.elf"));
    expect([kernel.address, rom.entry, rom.eax]).toEqual([0x10_0000, 0x10_000c, 0x2bad_b002]);
    expect([modules!.address, modules!.bytes.length]).toEqual([0x10_5000, 0x3000]);
    expect([modules!.bytes[0], modules!.bytes[1], modules!.bytes[0x1000]]).toEqual([7, 0, 7]);
    expect(load(fileOf("pvh-x86.elf")).rom).toMatchObject({ entry: 0x10_0000, eax: 0, unit: 1 });
  });

  it("may say in their header where they go", () => {
    const { kernel, rom } = load(withAddresses(0x20_0008, 0x20_0000, 0, 0x20_1000));
    expect([kernel.address, kernel.bytes.length, rom.entry]).toEqual([0x20_0000, 0x1000, 0x20_0004]);
    expect(kernel.bytes[8]).toBe(0x02);
  });

  it.each<[string, Uint8Array, number?]>([
    ["it lies from 0x100000 to 0x104014, which is not all free memory", fileOf("multiboot-x86.elf"), 1 * MiB],
    ["its header's addresses are wrong", withAddresses(0x20_0100, 0x20_0000, 0, 0)],
    ["its header's addresses are wrong", withAddresses(0x20_0008, 0x20_0000, 0x20_0100, 0)],
    ["its header's addresses are wrong", withAddresses(0x20_0008, 0x20_0000, 0x1f_0000, 0)],
    ["it lies from 0x8 to 0x88, which is not all free memory", withAddresses(0x10, 8, 0, 0)],
    ["it lies from 0x200000 to 0xfffffff0, which is not all free memory", withAddresses(0x20_0008, 0x20_0000, 0, 0xffff_fff0)],
    ["Error loading uncompressed kernel without PVH ELF Note", fileOf("hello-arm.elf")],
  ])("%s", (why, bytes, ram) => expect(message(bytes, ram)).toBe(`could not load kernel 'k': ${why}`));

  it("do no harm when they are damaged", () => {
    for (const name of ["multiboot-x86.elf", "pvh-x86.elf"]) {
      const whole = fileOf(name);
      for (let length = 0; length < whole.length; length += 3) {
        const cut = { name, bytes: whole.subarray(0, length) };
        if (isX86ElfKernel(cut)) message(cut.bytes);
      }
      for (let at = 0; at < whole.length; at++)
        for (const value of [0, 1, 0x7f, 0xff]) {
          const bytes = Uint8Array.from(whole);
          bytes[at] = value;
          if (isX86ElfKernel({ name, bytes })) message(bytes);
        }
    }
  });
});

it("the ROM is one for the firmware", () => {
  const rom = elfBootRom({ entry: 0x12_3456, eax: 1, ebx: 2, map: 0x3_0000, within: 4, length: 0x2_0000, unit: 24 });
  expect([rom[0], rom[1], rom[2]! * 512, rom.reduce((sum, byte) => (sum + byte) & 0xff, 0)]).toEqual([0x55, 0xaa, rom.length, 0]);
  expect(new DataView(rom.buffer).getUint32(0x40, true)).toBe(0x12_3456);
});
