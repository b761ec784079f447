/** The mappings of one address space: ranges that do not overlap, in order. */
import type { PageSource } from "./page-source.ts";

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;

export interface Vma {
  readonly start: number;
  /** First address behind it. */
  readonly end: number;
  readonly prot: number;
  readonly shared: boolean;
  /** Where content comes from; absent: zeros. */
  readonly source: PageSource | undefined;
  /** Offset in the source of `start`; a multiple of the page size. */
  readonly offset: number;
  /** What /proc/PID/maps calls it. */
  readonly name: string;
  /** Of the file, for /proc/PID/maps. */
  readonly file?: { readonly device: number; readonly inode: number } | undefined;
  /** Stores to a shared mapping are allowed at most if the file was open for writing. */
  readonly mayWrite: boolean;
  readonly growsDown: boolean;
  /** The end of the data segment: brk moves it. */
  readonly isHeap?: boolean | undefined;
}

export class VmaList {
  /** In order of addresses. */
  #list: Vma[] = [];
  #last: Vma | undefined;

  get all(): readonly Vma[] {
    return this.#list;
  }

  /** Index of the first mapping that ends behind va. */
  #from(va: number): number {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#list[middle]!.end <= va) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The mapping that holds va. */
  at(va: number): Vma | undefined {
    const last = this.#last;
    if (last !== undefined && va >= last.start && va < last.end) return last;
    const found = this.#list[this.#from(va)];
    if (found === undefined || found.start > va) return undefined;
    this.#last = found;
    return found;
  }

  /** The first mapping that ends behind va. */
  after(va: number): Vma | undefined {
    return this.#list[this.#from(va)];
  }

  /** The mapping that lies before va, and does not hold it. */
  before(va: number): Vma | undefined {
    return this.#list[this.#from(va) - 1];
  }

  overlapping(start: number, end: number): Vma[] {
    const found: Vma[] = [];
    for (let i = this.#from(start); i < this.#list.length && this.#list[i]!.start < end; i++) found.push(this.#list[i]!);
    return found;
  }

  /** Takes the range out; returns what was there, cut to the range. */
  remove(start: number, end: number): Vma[] {
    this.#searched = undefined;
    const first = this.#from(start);
    const removed: Vma[] = [];
    const kept: Vma[] = [];
    let i = first;
    for (; i < this.#list.length && this.#list[i]!.start < end; i++) {
      const vma = this.#list[i]!;
      if (vma.start < start) kept.push(cut(vma, vma.start, start));
      removed.push(cut(vma, Math.max(start, vma.start), Math.min(end, vma.end)));
      if (vma.end > end) kept.push(cut(vma, end, vma.end));
    }
    this.#replace(first, i - first, kept);
    return removed;
  }

  /** Puts a mapping where nothing is; joins it with its neighbours if they are alike. */
  insert(vma: Vma): void {
    const at = this.#from(vma.start);
    const previous = this.#list[at - 1];
    const next = this.#list[at];
    let merged = vma;
    let from = at;
    let remove = 0;
    if (previous !== undefined && previous.end === merged.start && alike(previous, merged)) {
      merged = { ...previous, end: merged.end };
      from = at - 1;
      remove = 1;
    }
    if (next !== undefined && merged.end === next.start && alike(merged, next)) {
      merged = { ...merged, end: next.end };
      remove++;
    }
    this.#replace(from, remove, [merged]);
  }

  /** Takes on all mappings of another list. */
  copyFrom(other: VmaList): void {
    this.#searched = undefined;
    this.#replace(0, this.#list.length, other.#list);
  }

  /** How many there are. */
  get size(): number {
    return this.#list.length;
  }

  /** From `end` to `top` there is no free range of that size: the next search need not look there. */
  #searched: { readonly top: number; readonly size: number; readonly end: number } | undefined;

  /** The one place where the list changes: sources learn how many mappings they have. */
  #replace(at: number, count: number, by: readonly Vma[]): void {
    for (const vma of by) vma.source?.mapped();
    for (const vma of this.#list.splice(at, count, ...by)) vma.source?.unmapped();
    this.#last = undefined;
  }

  /** The highest free range of that size below `top`, at `alignment`; undefined if there is none above `bottom`. */
  findFree(size: number, bottom: number, top: number, alignment = 0x1000): number | undefined {
    const known = this.#searched;
    const begins = known?.top === top && size >= known.size ? known.end : top;
    const found = this.#search(size, bottom, begins, alignment);
    if (found !== undefined) this.#searched = { top, size, end: found + size };
    return found;
  }

  #search(size: number, bottom: number, top: number, alignment: number): number | undefined {
    let end = top;
    for (let i = this.#from(top); i >= 0; i--) {
      const vma = this.#list[i];
      if (vma !== undefined && vma.start < end) {
        const start = end - size;
        const at = start - (((start % alignment) + alignment) % alignment);
        if (vma.end <= at && at >= bottom) return at;
        end = Math.min(end, vma.start);
      }
      if (i === 0) break;
    }
    const start = end - size;
    const at = start - (((start % alignment) + alignment) % alignment);
    return at >= bottom ? at : undefined;
  }
}

const cut = (vma: Vma, start: number, end: number): Vma =>
  start === vma.start && end === vma.end ? vma : { ...vma, start, end, offset: vma.offset + (start - vma.start) };

const alike = (a: Vma, b: Vma): boolean =>
  a.prot === b.prot &&
  a.shared === b.shared &&
  a.source === b.source &&
  (a.source === undefined || a.offset + (a.end - a.start) === b.offset) &&
  a.name === b.name &&
  a.mayWrite === b.mayWrite &&
  a.growsDown === b.growsDown &&
  a.isHeap === b.isHeap;
