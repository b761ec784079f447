/**
 * Booting a kernel on MIPS without firmware, as YAMON hands over to it (MD00008, YAMON User's Manual) and with the placement of QEMU's
 * Malta, so that a command line that works there works here:
 *
 *   0x0000_1000  a few instructions, from the board: they program its bridges, load a0 to a3 and sp, and jump to the kernel
 *   0x0000_2000  arguments and environment: two arrays of pointers, then the strings
 *   (in kseg0)   the kernel, an ELF file, where its addresses say
 *   end of RAM   the initrd, from a multiple of 64 KiB on; between 64 and 128 KiB after it are for the kernel's first map of memory
 *
 * The kernel is called with a0 = number of arguments, a1 = the arguments, a2 = the environment, a3 = bytes of memory. The initrd is announced on
 * the command line, as rd_start= and rd_size=.
 */
import { UserError } from "@tsemu/base";
import { isElf, parseElf } from "./elf.ts";
import type { BootImage, MemoryPart, NamedFile } from "./kernel-arm.ts";

export interface MipsBootOptions {
  readonly kernel: NamedFile;
  readonly initrd?: NamedFile | undefined;
  readonly commandLine?: string | undefined;
  /** What lies from 0 on. */
  readonly ramSize: number;
  /** With what lies elsewhere. */
  readonly wholeRamSize?: number;
  /** The widest kernel that the CPUs run. */
  readonly bits: 32 | 64;
  readonly bigEndian: boolean;
  /** What the environment says beside the size of memory. */
  readonly environment: Readonly<Record<string, string>>;
  /** Words to store before the kernel begins: uncached addresses, and values as a CPU of this byte order has them in a register. */
  readonly stores: readonly (readonly [va: number, value: number])[];
}

const EM_MIPS = 8;
const PT_LOAD = 1;
const KSEG0 = 0x8000_0000;
const stubAt = 0x1000;
const environmentAt = 0x2000;
const environmentEnd = 0x4000;
/** Pointers of the arguments, and of the environment: pairs, up to a null. */
const argumentEntries = 2;
const initrdPage = 0x1_0000;
const mapBytes = 128 * 1024;
// Registers by number.
const [t0, t1, a0, a1, a2, a3, sp] = [8, 9, 4, 5, 6, 7, 29] as const;

/** Places everything in memory. Whatever does not fit is a UserError. */
export const loadMipsKernel = (o: MipsBootOptions): BootImage => {
  const { parts, entry, high } = placeKernel(o);
  const initrd = o.initrd === undefined ? undefined : placeInitrd(o, o.initrd, high);
  // A 64-bit kernel takes the address as sign-extended, as it does everything here that is in kseg0.
  const announced = initrd === undefined ? "" : `rd_start=0x${(KSEG0 + initrd.pa).toString(16)} rd_size=${initrd.bytes.length} `;
  const commandLine = `${announced}${o.commandLine ?? ""}`;
  const environment = placeEnvironment(o, commandLine);
  const stub = placeStub(o, entry);
  return { parts: [...parts, stub, environment, ...(initrd === undefined ? [] : [initrd])], entry: KSEG0 + stubAt, registers: [] };
};

const placeKernel = (o: MipsBootOptions): { parts: MemoryPart[]; entry: number; high: number } => {
  const fail = (why: string): never => {
    throw new UserError(`could not load kernel '${o.kernel.name}': ${why}`);
  };
  if (!isElf(o.kernel.bytes)) fail("not an ELF file");
  const elf = parseElf(o.kernel.bytes, `could not load kernel '${o.kernel.name}'`);
  const order = o.bigEndian ? "big" : "little";
  if (elf.machine !== EM_MIPS || elf.bits > o.bits || elf.littleEndian === o.bigEndian)
    fail(`not a ${order}-endian ${o.bits}-bit MIPS ELF file`);
  if (elf.bits === 64 && BigInt.asIntN(32, elf.entry) !== BigInt.asIntN(64, elf.entry)) fail("its entry point is not in kseg0");
  const parts: MemoryPart[] = [];
  let high = 0;
  for (const segment of elf.segments) {
    if (segment.type !== PT_LOAD || segment.memorySize === 0) continue;
    // kseg0, kseg1 and xkphys are the same memory.
    const pa = Number(segment.va & 0x1fff_ffffn);
    if (segment.bytes.length > segment.memorySize || pa + segment.memorySize > o.ramSize) fail("it does not fit into RAM");
    const bytes = new Uint8Array(segment.memorySize);
    bytes.set(segment.bytes);
    parts.push({ what: "kernel", pa, bytes });
    high = Math.max(high, pa + bytes.length);
  }
  if (parts.length === 0) fail("no segments to load");
  return { parts, entry: Number(elf.entry & 0xffff_ffffn), high };
};

const placeInitrd = (o: MipsBootOptions, { name, bytes }: NamedFile, kernelEnd: number): MemoryPart => {
  const pa = Math.ceil((o.ramSize - bytes.length - mapBytes) / initrdPage) * initrdPage;
  if (pa < kernelEnd) throw new UserError(`memory too small for initial ram disk '${name}'`);
  return { what: "initrd", pa, bytes };
};

const placeEnvironment = (o: MipsBootOptions, commandLine: string): MemoryPart => {
  const variables = Object.entries({ memsize: String(o.ramSize), ememsize: String(o.wholeRamSize ?? o.ramSize), ...o.environment }).flat();
  const strings = [o.kernel.name, commandLine, ...variables].map((text) => new TextEncoder().encode(`${text}\0`));
  // Two null pointers: each of the arrays ends with one.
  const pointers = strings.length + 2;
  const size = 4 * pointers + strings.reduce((sum, string) => sum + string.length, 0);
  if (environmentAt + size > environmentEnd) throw new UserError("the command line is too long");
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 4 * pointers;
  strings.forEach((string, i) => {
    const slot = i < argumentEntries ? i : i + 1;
    view.setUint32(4 * slot, KSEG0 + environmentAt + at, !o.bigEndian);
    bytes.set(string, at);
    at += string.length;
  });
  return { what: "environment", pa: environmentAt, bytes };
};

const placeStub = (o: MipsBootOptions, entry: number): MemoryPart => {
  const code: number[] = [];
  const LUI = (rt: number, immediate: number): unknown => code.push(0x3c00_0000 | (rt << 16) | immediate);
  const ORI = (rt: number, immediate: number): unknown => code.push(0x3400_0000 | (rt << 21) | (rt << 16) | immediate);
  const load = (rt: number, value: number): void => {
    LUI(rt, value >>> 16);
    ORI(rt, value & 0xffff);
  };
  for (const [va, value] of o.stores) {
    load(t0, va);
    load(t1, value);
    code.push(0xac00_0000 | (t0 << 21) | (t1 << 16)); // SW t1, 0(t0)
  }
  const pointers = KSEG0 + environmentAt;
  load(sp, pointers - 64);
  load(a0, argumentEntries);
  load(a1, pointers);
  load(a2, pointers + 4 * (argumentEntries + 1));
  load(a3, o.ramSize);
  load(t0, entry);
  code.push((t0 << 21) | 8, 0); // JR t0; NOP
  const bytes = new Uint8Array(4 * code.length);
  const view = new DataView(bytes.buffer);
  code.forEach((word, i) => view.setUint32(4 * i, word >>> 0, !o.bigEndian));
  return { what: "boot code", pa: stubAt, bytes };
};
