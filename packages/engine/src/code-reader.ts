/** Guest code for the translator: reads through the MMU's execute permission, page by page. */
import type { EmulatorMemory, AddressSpace, SoftMmu } from "@tsemu/memory";
import type { CodeReader } from "@tsemu/target";
import type { TranslatedBlock } from "./block-cache.ts";

export class MmuCodeReader implements CodeReader {
  readonly #memory: EmulatorMemory;
  readonly #space: AddressSpace;
  readonly #mmu: SoftMmu;
  #mmuIdx = 0;
  /** The pages of the block being read, by their places in the emulator's memory; undefined: the MMU says. */
  #block: { readonly page: number; readonly first: number; readonly second: number } | undefined;
  /** The page last read from: virtual page, and where it lies (-1: not in RAM). */
  #page = -1;
  #host = 0;

  constructor(space: AddressSpace, mmu: SoftMmu) {
    this.#memory = space.memory;
    this.#space = space;
    this.#mmu = mmu;
  }

  /** Starts reading for another block. */
  begin(mmuIdx: number): this {
    this.#mmuIdx = mmuIdx;
    this.#block = undefined;
    this.#page = -1;
    return this;
  }

  /** Starts reading the code that a block was made of, wherever its addresses lead by now. */
  beginBlock({ pc, pa, pa2 }: Pick<TranslatedBlock, "pc" | "pa" | "pa2">): this {
    const page = (pc & 0xfffff000) >>> 0;
    this.#block = {
      page,
      first: this.#space.hostAddress(pa - (pa % 0x1000)),
      second: pa2 < 0 ? -1 : this.#space.hostAddress(pa2 - (pa2 % 0x1000)),
    };
    this.#page = -1;
    return this;
  }

  #find(page: number): number {
    const block = this.#block;
    if (block === undefined) return this.#space.hostAddress(this.#mmu.fetch(page, this.#mmuIdx));
    return page === block.page ? block.first : block.second;
  }

  u8(va: number): number {
    const page = (va & 0xfffff000) >>> 0;
    if (page !== this.#page) {
      this.#host = this.#find(page);
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
