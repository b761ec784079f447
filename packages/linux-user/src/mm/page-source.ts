/** Where the pages of a mapping come from: a file's cached pages, or memory that several mappings share. */
import type { Awaitable } from "../awaitable.ts";
import { PAGE, type PagePool } from "./page-pool.ts";

/** Content for pages that are not there yet, and where changed ones go. */
export interface PageBacking {
  /** Bytes of the object; mappings beyond it are SIGBUS. */
  size(): number;
  /** Fills a page, whose index is below the size; what is past the end is left as it is (zero). */
  fill(offset: number, into: Uint8Array): Awaitable<void>;
  /**
   * The page of the pool that it is to have if that is free: one that it had in an earlier run too, since code kept from that is known by where it
   * lies.
   */
  readonly placeOf?: (index: number) => number;
  /** Writes back changed bytes. */
  store?(offset: number, bytes: Uint8Array): Awaitable<void>;
}

/** The pages of one object, shared by all who map it. */
export class PageSource {
  readonly backing: PageBacking;
  readonly #pool: PagePool;
  readonly #pages = new Map<number, number>();
  readonly #dirty = new Set<number>();
  /** Mappings of it. */
  #mappings = 0;
  readonly #onUnmapped: ((source: PageSource) => void) | undefined;

  /** `onUnmapped` is called when the last mapping goes. */
  constructor(pool: PagePool, backing: PageBacking, onUnmapped?: (source: PageSource) => void) {
    this.#pool = pool;
    this.backing = backing;
    this.#onUnmapped = onUnmapped;
  }

  get mappings(): number {
    return this.#mappings;
  }

  get isMapped(): boolean {
    return this.#mappings > 0;
  }

  /** A mapping more. */
  mapped(): void {
    this.#mappings++;
  }

  unmapped(): void {
    if (--this.#mappings === 0) this.#onUnmapped?.(this);
  }

  /** The page with that index, filled if need be; undefined past the end. The caller retains it. */
  page(index: number): Awaitable<number> | undefined {
    const known = this.#pages.get(index);
    if (known !== undefined) return known;
    if (index * PAGE >= this.backing.size()) return undefined;
    const page = this.#pool.allocate(true, this.backing.placeOf?.(index));
    let filled: Awaitable<void>;
    try {
      filled = this.backing.fill(index * PAGE, this.#pool.bytes(page));
    } catch (error) {
      this.#pool.release(page);
      throw error;
    }
    if (!(filled instanceof Promise)) {
      this.#pages.set(index, page);
      return page;
    }
    return filled.then(
      () => {
        const other = this.#pages.get(index);
        if (other === undefined) this.#pages.set(index, page);
        else this.#pool.release(page);
        return other ?? page;
      },
      (error: unknown) => {
        this.#pool.release(page);
        throw error;
      },
    );
  }

  /** The page if it is cached. */
  cached(index: number): number | undefined {
    return this.#pages.get(index);
  }

  get isEmpty(): boolean {
    return this.#pages.size === 0;
  }

  get hasDirty(): boolean {
    return this.#dirty.size > 0;
  }

  markDirty(index: number): void {
    if (this.backing.store !== undefined) this.#dirty.add(index);
  }

  /** Writes changed pages back. */
  async sync(): Promise<void> {
    for (const index of this.#dirty) {
      this.#dirty.delete(index);
      const page = this.#pages.get(index);
      const length = Math.min(PAGE, this.backing.size() - index * PAGE);
      if (page === undefined || length <= 0) continue;
      await this.backing.store?.(index * PAGE, this.#pool.bytes(page).slice(0, length));
    }
  }

  /** The object's bytes changed by other means than a mapping: what is cached of them follows. */
  written(offset: number, bytes: Uint8Array): void {
    if (this.#pages.size === 0) return;
    for (let at = 0; at < bytes.length; ) {
      const inPage = (offset + at) % PAGE;
      const n = Math.min(bytes.length - at, PAGE - inPage);
      const page = this.#pages.get(Math.floor((offset + at) / PAGE));
      if (page !== undefined) this.#pool.write(page, inPage, bytes.subarray(at, at + n));
      at += n;
    }
  }

  /** The object was cut to `size` bytes: pages beyond go, the rest of the last one becomes zero. */
  truncated(size: number): void {
    if (this.isMapped) this.#pool.onTruncated(this, size);
    for (const [index, page] of this.#pages) {
      if (index * PAGE >= size) {
        this.#pages.delete(index);
        this.#dirty.delete(index);
        this.#pool.release(page);
      } else if ((index + 1) * PAGE > size) this.#pool.write(page, size % PAGE, new Uint8Array(PAGE - (size % PAGE)));
    }
  }

  /** Forgets all pages. Mappings keep those that they have. */
  drop(): void {
    for (const page of this.#pages.values()) this.#pool.release(page);
    this.#pages.clear();
    this.#dirty.clear();
  }
}

/** Memory without a file, of that size, that lives as long as it is mapped: shared anonymous mappings. */
export const sharedMemory = (pool: PagePool, size: number): PageSource =>
  new PageSource(pool, { size: () => size, fill: () => {} }, (source) => source.drop());
