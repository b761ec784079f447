/**
 * Booting a kernel on 32-bit ARM without firmware: the boot protocol of Linux (Documentation/arch/arm/booting) with the placement
 * of QEMU's ARM boards, so that a command line that works there works here.
 *
 *   RAM base            a few instructions that load r0 = 0, r1 = machine number, r2 = DTB or ATAGS, and jump to the kernel
 *   RAM base + 0x100    the ATAGS list, if there is no device tree
 *   RAM base + 0x10000  the kernel (zImage or another flat binary), or wherever a uImage says; a raw Linux Image at + 0x8000
 *   + min(size/2, 128M) the initrd, further up if the kernel reaches there
 *   after it            the device tree, on a 4 KiB boundary
 *
 * An ELF file, or a uImage of another system than Linux, is entered directly, as bare metal: no stub, no initrd, and a device tree
 * at the RAM base if the program leaves room there.
 */
import { alignUp, UserError } from "@tsemu/base";
import { isElf, parseElf } from "./elf.ts";
import { cloneTree, type FdtTree, serialiseFdt, setChosen } from "./fdt.ts";
import { isUImage, parseUImage, uImage } from "./uimage.ts";

export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ArmBootOptions {
  readonly kernel: NamedFile;
  readonly initrd?: NamedFile | undefined;
  readonly commandLine?: string | undefined;
  readonly ramBase: number;
  readonly ramSize: number;
  /** The machine number for r1; boards known only by device tree say 0xffffffff. */
  readonly boardId: number;
  /** Completed (initrd, bootargs) in a copy. Without it the kernel gets ATAGS. */
  readonly dtb?: FdtTree | undefined;
}

export interface MemoryPart {
  /** What it is, for messages. */
  readonly what: string;
  readonly pa: number;
  readonly bytes: Uint8Array;
}

export interface BootImage {
  readonly parts: readonly MemoryPart[];
  /** Where the CPU starts; bit 0 set means Thumb state. */
  readonly entry: number;
  /** General registers at the start, r0 first; those left out are 0. */
  readonly registers: readonly number[];
  /** The CPU starts at its reset vector instead. */
  readonly fromReset?: true;
}

const MiB = 2 ** 20;
const kernelOffset = 0x1_0000;
const atagsOffset = 0x100;
/** Linux's TEXT_OFFSET. */
const imageOffset = 0x8000;
const noLoadOffset = 0x0200_0000;
const page = 4096;

interface PlacedKernel {
  readonly parts: readonly MemoryPart[];
  readonly entry: number;
  readonly isLinux: boolean;
  /** The addresses it is known to take: first byte, and the byte after the last. */
  readonly low: number;
  readonly high: number;
}

/** Places everything in memory. Whatever does not fit is a UserError. */
export const loadArmKernel = (o: ArmBootOptions): BootImage => {
  const kernel = placeKernel(o);
  return kernel.isLinux ? bootLinux(o, kernel) : bootBareMetal(o, kernel);
};

/** A tree alone at the RAM base, where firmware (`-bios`) looks for it. */
export const placeFirmwareDtb = (dtb: FdtTree, ramBase: number, ramSize: number): MemoryPart => {
  const bytes = serialiseFdt(dtb);
  if (bytes.length > ramSize) throw new UserError("Not enough space for DTB after kernel/initrd");
  return { what: "device tree", pa: ramBase, bytes };
};

const placeKernel = (o: ArmBootOptions): PlacedKernel => {
  const { name, bytes } = o.kernel;
  if (bytes.length === 0) throw new UserError(`could not load kernel '${name}'`);
  if (isElf(bytes)) return placeElf(o);
  if (isUImage(bytes)) return placeUImage(o);
  checkZImage(o.kernel);
  const offset = isLinuxImage(bytes) ? imageOffset : kernelOffset;
  const pa = o.ramBase + offset;
  if (bytes.length > o.ramSize - offset) tooLarge(name, bytes.length, o.ramSize);
  return { parts: [{ what: "kernel", pa, bytes }], entry: pa, isLinux: true, low: pa, high: pa + bytes.length };
};

/**
 * Is this an uncompressed Linux kernel (arch/arm/boot/Image)? It has no magic number, but runs only at TEXT_OFFSET from the start of RAM, where
 * QEMU does not put it. Its entry has begun with a call and the same two instructions (MRS r9, CPSR; EOR r9, r9, #HYP_MODE) since Linux 3.6.
 */
const isLinuxImage = (bytes: Uint8Array): boolean => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length > 12 && view.getUint32(4, true) === 0xe10f_9000 && view.getUint32(8, true) === 0xe229_901a;
};

const EM_ARM = 40;
const PT_LOAD = 1;

const placeElf = (o: ArmBootOptions): PlacedKernel => {
  const elf = parseElf(o.kernel.bytes, `could not load kernel '${o.kernel.name}'`);
  if (elf.machine !== EM_ARM || elf.bits !== 32 || !elf.littleEndian) {
    throw new UserError(`could not load kernel '${o.kernel.name}': not a little-endian 32-bit ARM ELF file`);
  }
  const parts: MemoryPart[] = [];
  let low = 2 ** 32;
  let high = 0;
  for (const segment of elf.segments) {
    if (segment.type !== PT_LOAD || segment.memorySize === 0) continue;
    const pa = Number(segment.pa);
    // Beyond what a board's RAM can hold there is nothing to fill, and an absurd size must not be allocated.
    if (segment.memorySize > o.ramSize || segment.bytes.length > segment.memorySize) {
      tooLarge(o.kernel.name, Math.max(segment.memorySize, segment.bytes.length), o.ramSize);
    }
    const bytes = new Uint8Array(segment.memorySize);
    bytes.set(segment.bytes);
    parts.push({ what: "kernel", pa, bytes });
    low = Math.min(low, pa);
    high = Math.max(high, pa + bytes.length);
  }
  if (parts.length === 0) throw new UserError(`could not load kernel '${o.kernel.name}': no segments to load`);
  return { parts, entry: Number(elf.entry), isLinux: false, low, high };
};

const placeUImage = (o: ArmBootOptions): PlacedKernel => {
  const image = parseUImage(o.kernel.bytes, o.kernel.name);
  if (image.type !== uImage.typeKernel && image.type !== uImage.typeKernelNoLoad) {
    throw new UserError(`could not load kernel '${o.kernel.name}': Wrong image type ${image.type}`);
  }
  const noLoad = image.type === uImage.typeKernelNoLoad;
  const pa = noLoad ? o.ramBase + noLoadOffset : image.loadAddress;
  if (image.data.length > o.ramSize) tooLarge(o.kernel.name, image.data.length, o.ramSize);
  // The entry of an image without a load address counts from its start.
  const entry = noLoad ? pa + image.entry : image.entry;
  const parts = [{ what: "kernel", pa, bytes: image.data }];
  return { parts, entry, isLinux: image.os === uImage.osLinux, low: pa, high: pa + image.data.length };
};

/** A zImage tells its own size, in its first 0x30 bytes: a file cut short is found here and not by a crash in the guest. */
const checkZImage = ({ name, bytes }: NamedFile): void => {
  if (bytes.length < 0x30) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0x24, true) !== 0x016f_2818) return;
  const size = view.getUint32(0x2c, true) - view.getUint32(0x28, true);
  if (size > bytes.length) {
    throw new UserError(`could not load kernel '${name}': truncated zImage (${size} bytes expected, ${bytes.length} found)`);
  }
};

const bootLinux = (o: ArmBootOptions, kernel: PlacedKernel): BootImage => {
  const parts = [...kernel.parts];
  const ramEnd = o.ramBase + o.ramSize;
  const usual = o.ramBase + Math.min(o.ramSize / 2, 128 * MiB);
  const initrdStart = alignUp(Math.max(usual, kernel.high), page);
  let initrdEnd = initrdStart;
  if (o.initrd !== undefined) {
    initrdEnd = initrdStart + o.initrd.bytes.length;
    if (initrdEnd > ramEnd) throw new UserError(`could not load initrd '${o.initrd.name}': too big to fit into RAM after the kernel`);
    parts.push({ what: "initrd", pa: initrdStart, bytes: o.initrd.bytes });
  }
  let argument: number;
  if (o.dtb !== undefined) {
    const tree = cloneTree(o.dtb);
    setChosen(tree, { bootargs: o.commandLine, ...(o.initrd === undefined ? {} : { initrdStart, initrdEnd }) });
    // Some kernels clear the rest of the page in which the initrd ends.
    argument = alignUp(initrdEnd, page);
    const bytes = serialiseFdt(tree);
    if (argument + bytes.length > ramEnd) throw new UserError("Not enough space for DTB after kernel/initrd");
    parts.push({ what: "device tree", pa: argument, bytes });
  } else {
    argument = o.ramBase + atagsOffset;
    parts.push({ what: "ATAGS", pa: argument, bytes: atags(o, initrdStart, initrdEnd) });
  }
  parts.push({ what: "boot stub", pa: o.ramBase, bytes: bootStub(o.boardId, argument, kernel.entry) });
  checkOverlaps(parts);
  return { parts, entry: o.ramBase, registers: [] };
};

const bootBareMetal = (o: ArmBootOptions, kernel: PlacedKernel): BootImage => {
  const parts = [...kernel.parts];
  if (o.dtb !== undefined) {
    const tree = cloneTree(o.dtb);
    setChosen(tree, { bootargs: o.commandLine });
    const dtb = { what: "device tree", pa: o.ramBase, bytes: serialiseFdt(tree) };
    const room = kernel.high <= o.ramBase || kernel.low >= o.ramBase + dtb.bytes.length;
    if (room && dtb.bytes.length <= o.ramSize) parts.push(dtb);
  }
  return { parts, entry: kernel.entry, registers: [] };
};

/** The first code of all: three loads from the words behind it, the last into the pc. */
const bootStub = (boardId: number, argument: number, entry: number): Uint8Array =>
  littleEndianWords([
    0xe3a0_0000, // mov r0, #0
    0xe59f_1004, // ldr r1, [pc, #4]
    0xe59f_2004, // ldr r2, [pc, #4]
    0xe59f_f004, // ldr pc, [pc, #4]
    boardId >>> 0,
    argument,
    entry,
  ]);

const tags = { none: 0, core: 0x5441_0001, mem: 0x5441_0002, initrd2: 0x5442_0005, commandLine: 0x5441_0009 } as const;

/** The tag list: each tag is its size in words, its number, its contents. */
const atags = (o: ArmBootOptions, initrdStart: number, initrdEnd: number): Uint8Array => {
  if (o.ramSize >= 4096 * MiB) {
    throw new UserError("RAM size must be less than 4GB to boot Linux kernel using ATAGS (try passing a device tree using -dtb)");
  }
  // CORE: flags (read-only root), page size, root device.
  const words = [5, tags.core, 1, 0x1000, 0, 4, tags.mem, o.ramSize, o.ramBase];
  if (initrdEnd > initrdStart) words.push(4, tags.initrd2, initrdStart, initrdEnd - initrdStart);
  if (o.commandLine !== undefined && o.commandLine !== "") {
    const text = new TextEncoder().encode(`${o.commandLine}\0`);
    const padded = new Uint8Array(alignUp(text.length, 4));
    padded.set(text);
    const view = new DataView(padded.buffer);
    words.push(2 + padded.length / 4, tags.commandLine);
    for (let i = 0; i < padded.length; i += 4) words.push(view.getUint32(i, true));
  }
  words.push(0, tags.none);
  const list = littleEndianWords(words);
  // The kernel may lie right behind; Linux itself takes 1024 bytes of command line at most.
  if (list.length > kernelOffset - atagsOffset) throw new UserError("kernel command line too long");
  return list;
};

const littleEndianWords = (words: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  return bytes;
};

const checkOverlaps = (parts: readonly MemoryPart[]): void => {
  const sorted = parts.filter((p) => p.bytes.length > 0).sort((a, b) => a.pa - b.pa);
  for (let i = 1; i < sorted.length; i++) {
    const [below, above] = [sorted[i - 1]!, sorted[i]!];
    if (below.pa + below.bytes.length > above.pa) {
      throw new UserError(`the ${below.what} overlaps the ${above.what} at 0x${above.pa.toString(16)}`);
    }
  }
};

const tooLarge = (name: string, size: number, ramSize: number): never => {
  throw new UserError(`kernel '${name}' is too large to fit in RAM (kernel size ${size}, RAM size ${ramSize})`);
};
