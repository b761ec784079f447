/** Which page of the pool is at which address of an address space, and what may be done there at present. */
import { PAGE_SHIFT } from "./page-pool.ts";

/** An entry: page number << 12 | flags; 0 if there is no page. R, W and X allow; W also means that a store needs no copy before. */
export const PTE_PRESENT = 1;
export const PTE_R = 2;
export const PTE_W = 4;
export const PTE_X = 8;

const CHUNK_SHIFT = 10;
const CHUNK = 1 << CHUNK_SHIFT;

export const pageOfPte = (pte: number): number => pte >>> PAGE_SHIFT;
export const makePte = (page: number, flags: number): number => ((page << PAGE_SHIFT) | PTE_PRESENT | flags) >>> 0;

export class PageTable {
  #chunks = new Map<number, Uint32Array>();
  #lastNumber = -1;
  #last: Uint32Array | undefined;

  #chunk(number: number): Uint32Array | undefined {
    if (number === this.#lastNumber) return this.#last;
    const chunk = this.#chunks.get(number);
    this.#lastNumber = number;
    this.#last = chunk;
    return chunk;
  }

  get(va: number): number {
    const index = Math.floor(va / 2 ** PAGE_SHIFT);
    return this.#chunk(Math.floor(index / CHUNK))?.[index % CHUNK] ?? 0;
  }

  set(va: number, pte: number): void {
    const index = Math.floor(va / 2 ** PAGE_SHIFT);
    const number = Math.floor(index / CHUNK);
    let chunk = this.#chunk(number);
    if (chunk === undefined) {
      if (pte === 0) return;
      chunk = new Uint32Array(CHUNK);
      this.#chunks.set(number, chunk);
      this.#last = chunk;
    }
    chunk[index % CHUNK] = pte;
  }

  /** Replaces every present entry of the range by what `change` returns. */
  update(start: number, end: number, change: (pte: number, va: number) => number): void {
    const first = Math.floor(start / 2 ** (PAGE_SHIFT + CHUNK_SHIFT));
    const last = Math.floor((end - 1) / 2 ** (PAGE_SHIFT + CHUNK_SHIFT));
    // A few chunks of a large range exist: it is cheaper to go by those.
    const numbers =
      last - first > this.#chunks.size
        ? [...this.#chunks.keys()].filter((n) => n >= first && n <= last)
        : Array.from({ length: last - first + 1 }, (_, i) => first + i);
    for (const number of numbers) {
      const chunk = this.#chunks.get(number);
      if (chunk === undefined) continue;
      const base = number * CHUNK;
      const from = Math.max(0, Math.floor(start / 2 ** PAGE_SHIFT) - base);
      const to = Math.min(CHUNK, Math.ceil(end / 2 ** PAGE_SHIFT) - base);
      for (let i = from; i < to; i++) {
        const pte = chunk[i]!;
        if (pte !== 0) chunk[i] = change(pte, (base + i) * 2 ** PAGE_SHIFT);
      }
    }
  }

  clear(): void {
    this.#chunks.clear();
    this.#lastNumber = -1;
    this.#last = undefined;
  }
}
