/**
 * Kernels that begin in 32-bit protected mode: of the Multiboot Specification 0.6.96, and ELF files with an entry point for PVH guests
 * (XEN_ELFNOTE_PHYS32_ENTRY; the start of day structure of Xen's x86/hvm interface). Where they go, and what they are told:
 *
 *   0x2_0000   multiboot information or hvm_start_info, the list of modules, the strings
 *   0x3_0000   the map of memory, from the firmware
 *   its own    the kernel: as its header or its segments say
 *   behind it  the modules, each from a page on
 */
import { alignUp, UserError } from "@tsemu/base";
import { type ElfFile, isElf, parseElf } from "./elf.ts";
import type { ElfBootParameters } from "./elf-boot-rom.ts";
import type { NamedFile } from "./kernel-arm.ts";
import type { X86KernelPart } from "./kernel-x86.ts";

/** A file of -initrd with what is to be said of it. */
export interface KernelModule extends NamedFile {
  readonly commandLine: string;
}

export interface X86ElfKernel {
  readonly kernel: X86KernelPart;
  readonly modules: X86KernelPart | undefined;
  readonly information: X86KernelPart;
  readonly rom: ElfBootParameters;
}

export interface X86ElfOptions {
  readonly kernel: NamedFile;
  readonly modules: readonly KernelModule[];
  readonly commandLine: string;
  /** RAM below 4 GiB. */
  readonly ramBytes: number;
}

const informationAt = 0x2_0000;
const mapAt = 0x3_0000;
const KiB = 1024;
/** KiB of memory below 640 KiB: the last one is the firmware's. */
const conventional = 639;
const page = 4096;
/** Firmware keeps its tables at the end of RAM, usually in this much. */
const usualTables = 0x2_0000;
const firmwareTables = usualTables + 0x1_0000;
/** Kernels have had to begin above this. */
const lowest = 0x10_0000;
const EM_386 = 3;
const EM_X86_64 = 62;
const PT_LOAD = 1;
const PT_NOTE = 4;

export const isMultiboot = ({ bytes }: NamedFile): boolean => multibootHeader(bytes) !== undefined;

export const isX86ElfKernel = ({ bytes }: NamedFile): boolean => multibootHeader(bytes) !== undefined || isElf(bytes);

export const loadX86ElfKernel = (o: X86ElfOptions): X86ElfKernel => {
  const header = multibootHeader(o.kernel.bytes);
  return header === undefined ? loadPvh(o) : loadMultiboot(o, header);
};

const fail = ({ kernel: { name } }: X86ElfOptions, why: string): never => {
  throw new UserError(`could not load kernel '${name}': ${why}`);
};

interface Image {
  readonly part: X86KernelPart;
  readonly entry: number;
}

/** One stretch of memory from the first to the last byte of what is loaded. */
const placeSegments = (o: X86ElfOptions, pieces: readonly { at: number; bytes: Uint8Array; size: number }[]): X86KernelPart => {
  const used = pieces.filter(({ size }) => size > 0);
  if (used.length === 0) fail(o, "it has no segments to load");
  const first = Math.min(...used.map(({ at }) => at));
  const end = Math.max(...used.map(({ at, size }) => at + size));
  if (first < lowest || end > o.ramBytes - firmwareTables)
    fail(o, `it lies from 0x${first.toString(16)} to 0x${end.toString(16)}, which is not all free memory`);
  const bytes = new Uint8Array(end - first);
  for (const piece of used) bytes.set(piece.bytes.subarray(0, piece.size), piece.at - first);
  return { address: first, bytes };
};

const placeElf = (o: X86ElfOptions, elf: ElfFile): X86KernelPart =>
  placeSegments(
    o,
    elf.segments.filter(({ type }) => type === PT_LOAD).map(({ pa, bytes, memorySize }) => ({ at: Number(pa), bytes, size: memorySize })),
  );

/** The modules behind the kernel, and where each of them is. */
const placeModules = (o: X86ElfOptions, behind: X86KernelPart): { part: X86KernelPart | undefined; at: number[] } => {
  const first = alignUp(behind.address + behind.bytes.length, page);
  let end = first;
  const at = o.modules.map(({ bytes }) => {
    const place = end;
    end = alignUp(end + bytes.length, page);
    return place;
  });
  if (end > o.ramBytes - firmwareTables) fail(o, "memory is too small for it and its modules");
  if (end === first) return { part: undefined, at };
  const bytes = new Uint8Array(end - first);
  o.modules.forEach((module, i) => bytes.set(module.bytes, at[i]! - first));
  return { part: { address: first, bytes }, at };
};

/** Structures and strings at the place for what the kernel is told. */
class Information {
  readonly #view: DataView;
  #end: number;

  constructor(o: X86ElfOptions, structures: number) {
    const strings = [o.commandLine, loader, ...o.modules.map((module) => module.commandLine)];
    const encoder = new TextEncoder();
    const bytes = strings.reduce((sum, text) => sum + encoder.encode(text).length + 1, structures);
    if (bytes > mapAt - informationAt) fail(o, "the command line is too long");
    this.#view = new DataView(new ArrayBuffer(mapAt - informationAt + mostMapEntries * mapEntryBytes));
    this.#end = structures;
  }

  word(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  /** The address of a string. */
  string(text: string): number {
    const bytes = new TextEncoder().encode(text);
    new Uint8Array(this.#view.buffer).set(bytes, this.#end);
    const address = informationAt + this.#end;
    this.#end += bytes.length + 1;
    return address;
  }

  get part(): X86KernelPart {
    return { address: informationAt, bytes: new Uint8Array(this.#view.buffer) };
  }
}

const loader = "tsemu";
const mapEntryBytes = 24;
const mostMapEntries = 128;

// ---- multiboot

const MAGIC = 0x1bad_b002;
const LOADED_BY_MULTIBOOT = 0x2bad_b002;
const searched = 8 * KiB;
const headerWords = 8;
/** The header has addresses of its own. */
const HAS_ADDRESSES = 1 << 16;
const VIDEO = 1 << 2;
/** What the information has: memory, boot device, command line, modules, map, the loader's name. */
const given = 0x24f;
const BOOT_DEVICE = 0x8000_ffff;
const informationBytes = 88;
const moduleBytes = 16;
const mapWithin = 4;

interface MultibootHeader {
  readonly at: number;
  readonly flags: number;
  readonly words: readonly number[];
}

const multibootHeader = (bytes: Uint8Array): MultibootHeader | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 12 <= Math.min(searched, bytes.length); at += 4) {
    if (view.getUint32(at, true) !== MAGIC) continue;
    const flags = view.getUint32(at + 4, true);
    if (((MAGIC + flags + view.getUint32(at + 8, true)) | 0) !== 0) continue;
    const words = Array.from({ length: headerWords }, (_, i) => (at + 4 * i + 4 <= bytes.length ? view.getUint32(at + 4 * i, true) : 0));
    return { at, flags, words };
  }
  return undefined;
};

const multibootImage = (o: X86ElfOptions, { at, flags, words }: MultibootHeader): Image => {
  const { name, bytes } = o.kernel;
  if ((flags & VIDEO) !== 0 && (flags & HAS_ADDRESSES) === 0 && !isElf(bytes)) fail(o, "it is neither ELF nor has addresses");
  if (isElf(bytes) && (flags & HAS_ADDRESSES) === 0) {
    const elf = parseElf(bytes, name);
    if (elf.machine === EM_X86_64) fail(o, "Cannot load x86-64 image, give a 32bit one.");
    if (elf.machine !== EM_386 || elf.bits !== 32 || !elf.littleEndian) fail(o, "it is for another architecture");
    return { part: placeElf(o, elf), entry: Number(elf.entry) };
  }
  if ((flags & HAS_ADDRESSES) === 0) fail(o, "it is neither ELF nor has addresses");
  const [, , , headerAddress = 0, loadAddress = 0, loadEnd = 0, bssEnd = 0, entry = 0] = words;
  const from = at - (headerAddress - loadAddress);
  if (from < 0 || from > at) fail(o, "its header's addresses are wrong");
  const size = loadEnd === 0 ? bytes.length - from : loadEnd - loadAddress;
  if (size < 0 || from + size > bytes.length) fail(o, "its header's addresses are wrong");
  const whole = Math.max(size, bssEnd === 0 ? 0 : bssEnd - loadAddress);
  return { part: placeSegments(o, [{ at: loadAddress, bytes: bytes.subarray(from, from + size), size: whole }]), entry };
};

const loadMultiboot = (o: X86ElfOptions, header: MultibootHeader): X86ElfKernel => {
  const { part, entry } = multibootImage(o, header);
  const modules = placeModules(o, part);
  const info = new Information(o, informationBytes + moduleBytes * o.modules.length);
  info.word(0, given);
  info.word(4, conventional);
  info.word(8, (o.ramBytes - usualTables) / KiB - 1024);
  info.word(12, BOOT_DEVICE);
  info.word(16, info.string(o.commandLine));
  info.word(20, o.modules.length);
  info.word(24, o.modules.length === 0 ? 0 : informationAt + informationBytes);
  info.word(48, mapAt);
  // Each entry says its size without this word.
  for (let i = 0; i < mostMapEntries; i++) info.word(mapAt - informationAt + mapEntryBytes * i, mapEntryBytes - mapWithin);
  info.word(64, info.string(loader));
  o.modules.forEach(({ bytes, commandLine }, i) => {
    const row = informationBytes + moduleBytes * i;
    info.word(row, modules.at[i]!);
    info.word(row + 4, modules.at[i]! + bytes.length);
    info.word(row + 8, info.string(commandLine));
  });
  const rom = {
    entry,
    eax: LOADED_BY_MULTIBOOT,
    ebx: informationAt,
    map: mapAt,
    within: mapWithin,
    length: informationAt + 44,
    unit: mapEntryBytes,
  };
  return { kernel: part, modules: modules.part, information: info.part, rom };
};

// ---- PVH

const PHYS32_ENTRY = 18;
const START_MAGIC = 0x336e_c578;
const startBytes = 56;
const pvhModuleBytes = 32;

/** The entry of a note of Xen's in one of the segments. */
const pvhEntry = (elf: ElfFile): number | undefined => {
  for (const { type, bytes } of elf.segments) {
    if (type !== PT_NOTE) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + 12 <= bytes.length; ) {
      const [nameSize, size, kind] = [0, 4, 8].map((field) => view.getUint32(at + field, true)) as [number, number, number];
      const description = at + 12 + alignUp(nameSize, 4);
      const isXen = new TextDecoder().decode(bytes.subarray(at + 12, at + 12 + nameSize)) === "Xen\0";
      if (isXen && kind === PHYS32_ENTRY && size >= 4 && description + 4 <= bytes.length) return view.getUint32(description, true);
      at = description + alignUp(size, 4);
    }
  }
  return undefined;
};

const loadPvh = (o: X86ElfOptions): X86ElfKernel => {
  const elf = parseElf(o.kernel.bytes, `could not load kernel '${o.kernel.name}'`);
  const entry = pvhEntry(elf) ?? fail(o, "Error loading uncompressed kernel without PVH ELF Note");
  if (elf.machine !== EM_386 && elf.machine !== EM_X86_64) fail(o, "it is for another architecture");
  const kernel = placeElf(o, elf);
  const modules = placeModules(o, kernel);
  const info = new Information(o, startBytes + pvhModuleBytes * o.modules.length);
  info.word(0, START_MAGIC);
  info.word(4, 1);
  info.word(12, o.modules.length);
  info.word(16, o.modules.length === 0 ? 0 : informationAt + startBytes);
  info.word(24, info.string(o.commandLine));
  info.word(40, mapAt);
  o.modules.forEach(({ bytes, commandLine }, i) => {
    const row = startBytes + pvhModuleBytes * i;
    info.word(row, modules.at[i]!);
    info.word(row + 8, bytes.length);
    info.word(row + 16, info.string(commandLine));
  });
  const rom = { entry, eax: 0, ebx: informationAt, map: mapAt, within: 0, length: informationAt + 48, unit: 1 };
  return { kernel, modules: modules.part, information: info.part, rom };
};
