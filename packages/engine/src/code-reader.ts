/** Guest code for the translator. */
import type { AddressSpace, EmulatorMemory, SoftMmu } from "@tsemu/memory";
import type { CodeReader } from "@tsemu/target";
import type { TranslatedBlock } from "./block-cache.ts";

/** Reads through the MMU's execute permission, page by page. */
export class MmuCodeReader implements CodeReader {
  readonly #memory: EmulatorMemory;
  readonly #space: AddressSpace;
  readonly #mmu: SoftMmu;
  #mmuIdx = 0;
  /** Of the block's first address; and the first page read from, behind which another upper word begins at 0. */
  #high = 0;
  #firstPage = -1;
  /** The page last read from: virtual page, and where it lies (-1: not in RAM). */
  #page = -1;
  #host = 0;

  constructor(space: AddressSpace, mmu: SoftMmu) {
    this.#memory = space.memory;
    this.#space = space;
    this.#mmu = mmu;
  }

  /** Starts reading for another block. */
  begin(mmuIdx: number, high: number): this {
    this.#mmuIdx = mmuIdx;
    this.#high = high;
    this.#page = -1;
    this.#firstPage = -1;
    return this;
  }

  u8(va: number): number {
    const page = (va & 0xfffff000) >>> 0;
    if (page !== this.#page) {
      if (this.#firstPage < 0) this.#firstPage = page;
      const carry = this.#mmu.wide && page < this.#firstPage ? 1 : 0;
      this.#host = this.#space.hostAddress(this.#mmu.fetch(page, (this.#high + carry) >>> 0, this.#mmuIdx));
      this.#page = page;
    }
    // Code in no RAM reads as zeros: fetching from devices would have side effects.
    return this.#host < 0 ? 0 : this.#memory.u8[this.#host + (va & 0xfff)]!;
  }

  u16(va: number): number {
    if ((va & 1) === 0) {
      this.u8(va);
      return this.#host < 0 ? 0 : this.#memory.u16[(this.#host + (va & 0xfff)) >>> 1]!;
    }
    return this.u8(va) | (this.u8(va + 1) << 8);
  }

  u32(va: number): number {
    if ((va & 3) === 0) {
      this.u8(va);
      return this.#host < 0 ? 0 : this.#memory.u32[(this.#host + (va & 0xfff)) >>> 2]!;
    }
    return (this.u16(va) | (this.u16(va + 2) << 16)) >>> 0;
  }
}

/** Reads a copy of the code at pc. */
export class BytesReader implements CodeReader {
  readonly #bytes: Uint8Array;
  readonly #pc: number;

  constructor(bytes: Uint8Array, pc: number) {
    this.#bytes = bytes;
    this.#pc = pc;
  }

  u8(va: number): number {
    const byte = this.#bytes[(va - this.#pc) >>> 0];
    if (byte === undefined) throw new Error("internal error: a block is read beyond its end");
    return byte;
  }

  u16(va: number): number {
    return this.u8(va) | (this.u8(va + 1) << 8);
  }

  u32(va: number): number {
    return (this.u16(va) | (this.u16(va + 2) << 16)) >>> 0;
  }
}

/** A copy of the code that a block was made of, wherever its addresses lead by now. */
export function codeOf({ pc, pa, pa2, bytes }: TranslatedBlock, space: AddressSpace): Uint8Array<ArrayBuffer> {
  const code = new Uint8Array(bytes);
  const inFirst = pa2 < 0 ? bytes : 0x1000 - (pc % 0x1000);
  const copy = (from: number, at: number, size: number): void => {
    const host = space.hostAddress(from);
    // As the translator read it: code in no RAM is zeros.
    if (host >= 0) code.set(space.memory.u8.subarray(host, host + size), at);
  };
  copy(pa, 0, inFirst);
  if (pa2 >= 0) copy(pa2, inFirst, bytes - inFirst);
  return code;
}
