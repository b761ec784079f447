/** Guest code for the translator: reads through the MMU's execute permission, page by page. */
import type { EmulatorMemory, AddressSpace, SoftMmu } from "@tsemu/memory";
import type { CodeReader } from "@tsemu/target";

export class MmuCodeReader implements CodeReader {
  readonly #memory: EmulatorMemory;
  readonly #space: AddressSpace;
  readonly #mmu: SoftMmu;
  #mmuIdx = 0;
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
    this.#page = -1;
    return this;
  }

  u8(va: number): number {
    const page = (va & 0xfffff000) >>> 0;
    if (page !== this.#page) {
      this.#host = this.#space.hostAddress(this.#mmu.fetch(page, this.#mmuIdx));
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
