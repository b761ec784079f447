/**
 * A Linux kernel for PCs as its file is (Documentation/arch/x86/boot: bzImage, protocol 2.00 and later): the setup in real mode and the kernel
 * itself, with the fields that a boot loader fills in; and where they go.
 */
import { UserError } from "@tsemu/base";
import type { NamedFile } from "./kernel-arm.ts";

const sector = 512;
const page = 4096;
const setupAddress = 0x1_0000;
const commandLineAddress = 0x2_0000;
const kernelAddress = 0x10_0000;
/** For kernels that do not say how far up the initrd may lie. */
const usualInitrdLimit = 0x37ff_ffff;
/** Firmware keeps its tables at the end of RAM. */
const firmwareTables = 0x2_0000 + 0x1_0000;
const header = {
  SETUP_SECTS: 0x1f1,
  MAGIC: 0x202,
  VERSION: 0x206,
  TYPE_OF_LOADER: 0x210,
  LOADFLAGS: 0x211,
  RAMDISK_IMAGE: 0x218,
  RAMDISK_SIZE: 0x21c,
  HEAP_END_PTR: 0x224,
  CMD_LINE_PTR: 0x228,
  INITRD_ADDR_MAX: 0x22c,
} as const;
const LOADED_HIGH = 1;
const CAN_USE_HEAP = 0x80;
const SOME_LOADER = 0xff;
const endOfHeap = 0xfe00;

export interface X86KernelPart {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface X86Kernel {
  readonly setup: X86KernelPart;
  readonly kernel: X86KernelPart;
  readonly commandLine: X86KernelPart;
  readonly initrd: X86KernelPart | undefined;
}

export interface X86BootOptions {
  readonly kernel: NamedFile;
  readonly initrd?: NamedFile | undefined;
  readonly commandLine?: string | undefined;
  /** RAM below 4 GiB. */
  readonly ramBytes: number;
}

export const loadX86Kernel = ({ kernel: { name, bytes }, initrd, commandLine = "", ramBytes }: X86BootOptions): X86Kernel => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLinux = bytes.length > 2 * sector && view.getUint32(header.MAGIC, true) === 0x5372_6448; // "HdrS"
  if (!isLinux) throw new UserError(`could not load kernel '${name}': not a Linux kernel for PCs (bzImage)`);
  const version = view.getUint16(header.VERSION, true);
  if (version < 0x202 || (bytes[header.LOADFLAGS]! & LOADED_HIGH) === 0)
    throw new UserError(`could not load kernel '${name}': boot protocols before 2.02 and zImages are not supported`);
  const setupBytes = ((bytes[header.SETUP_SECTS]! || 4) + 1) * sector;
  if (setupBytes >= bytes.length) throw new UserError(`could not load kernel '${name}': the file is too short`);
  const setup = bytes.slice(0, setupBytes);
  const fields = new DataView(setup.buffer);
  setup[header.TYPE_OF_LOADER] = SOME_LOADER;
  setup[header.LOADFLAGS]! |= CAN_USE_HEAP;
  fields.setUint16(header.HEAP_END_PTR, endOfHeap - 0x200, true);
  fields.setUint32(header.CMD_LINE_PTR, commandLineAddress, true);
  const limit = version >= 0x203 ? view.getUint32(header.INITRD_ADDR_MAX, true) : usualInitrdLimit;
  const placed = initrd === undefined ? undefined : placeInitrd(initrd, Math.min(limit + 1, ramBytes - firmwareTables));
  if (placed !== undefined) {
    if (placed.address < kernelAddress + bytes.length - setupBytes)
      throw new UserError(`memory is too small for kernel and initrd '${initrd!.name}'`);
    fields.setUint32(header.RAMDISK_IMAGE, placed.address, true);
    fields.setUint32(header.RAMDISK_SIZE, placed.bytes.length, true);
  }
  return {
    setup: { address: setupAddress, bytes: setup },
    kernel: { address: kernelAddress, bytes: bytes.subarray(setupBytes) },
    commandLine: { address: commandLineAddress, bytes: new TextEncoder().encode(`${commandLine}\0`) },
    initrd: placed,
  };
};

const placeInitrd = ({ bytes }: NamedFile, end: number): X86KernelPart => ({
  address: end - bytes.length - ((end - bytes.length) % page),
  bytes,
});
