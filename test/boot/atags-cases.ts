/** Boots without a device tree, of which QEMU's memory at the kernel's first instruction was recorded. */
import { Buffer } from "node:buffer";

export interface AtagsCase {
  readonly name: string;
  readonly megabytes: number;
  readonly initrdBytes?: number;
  readonly append?: string;
}

export const atagsCases: readonly AtagsCase[] = [
  { name: "nothing but a kernel", megabytes: 128 },
  { name: "an empty command line", megabytes: 128, append: "" },
  ...["c", "co", "con", "cons", "console=ttyAMA0"].map((append) => ({ name: `a command line of ${append.length}`, megabytes: 64, append })),
  { name: "an initrd", megabytes: 128, initrdBytes: 5000 },
  { name: "an initrd of one page in 32 MiB", megabytes: 32, initrdBytes: 4096 },
  { name: "an initrd in 256 MiB", megabytes: 256, initrdBytes: 1 },
  { name: "everything", megabytes: 96, initrdBytes: 123_457, append: "console=ttyAMA0 root=/dev/ram0 rw quiet" },
  { name: "a long command line", megabytes: 128, append: Array.from({ length: 100 }, (_, i) => `option${i}`).join(" ") },
];

/** What is recorded of the memory's beginning: the stub and the list, with room behind it. */
export const recordedBytes = 0x600;
export const entry = 0x1_0000;

/** The kernel: `b .` over and over. */
export const kernelBytes = (): Uint8Array<ArrayBuffer> => new Uint8Array(new Uint32Array(32).fill(0xeaff_fffe).buffer);
export const initrdBytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));

/** One row of test/vectors/arm/atags.json. */
export interface AtagsRecord {
  readonly name: string;
  /** r0 to r15 at the kernel's first instruction. */
  readonly registers: readonly number[];
  /** Its low byte: mode, state, masks. (The flags are UNKNOWN after a reset.) */
  readonly psr: number;
  /** Memory from the start of RAM, base64 of it without the zeros at the end. */
  readonly memory: string;
}

export const packMemory = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, bytes.findLastIndex((b) => b !== 0) + 1)).toString("base64");
