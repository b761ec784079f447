/**
 * The pages that guest memory is made of: one range of the emulator's memory, which the host backs with memory only where it was
 * touched. A page has a count of its users (page tables, caches); the last to give it back frees it. Page 0 is full of zeros and
 * never written: what was never written anywhere shares it.
 */
import type { AddressSpace, RamRegion } from "@tsemu/memory";
import { fail } from "../errno.ts";

export const PAGE = 0x1000;
export const PAGE_SHIFT = 12;
export const ZERO_PAGE = 0;

/** Told when a page's content goes, so that code made of it is forgotten. */
export interface PageWatcher {
  memoryWritten(pa: number, size: number): void;
}

export class PagePool {
  readonly #bytes: Uint8Array;
  readonly #host: number;
  readonly #users: Uint32Array;
  readonly #free: number[] = [];
  readonly #watcher: PageWatcher;
  /** Asked for pages that can be done without (caches) when there are no more. Returns whether it gave any back. */
  onPressure: () => boolean = () => false;
  /** Told when an object got shorter: mappings of it lose the pages beyond. */
  onTruncated: (source: object, size: number) => void = () => {};
  readonly count: number;
  /** Pages beyond were used only if somebody asked for them by number. */
  #fresh = 1;
  /** Of those, the ones in use now; and, by number, which were ever in use: others are zero. */
  #ahead = 0;
  readonly #touched: Uint8Array;

  constructor(space: AddressSpace, region: RamRegion, watcher: PageWatcher) {
    this.#bytes = space.memory.u8;
    this.#host = region.host;
    this.count = Math.floor(region.size / PAGE);
    this.#users = new Uint32Array(this.count);
    this.#touched = new Uint8Array(this.count);
    this.#users[ZERO_PAGE] = 1;
    this.#watcher = watcher;
  }

  /** Pages in use. */
  get used(): number {
    return this.#fresh - this.#free.length + this.#ahead;
  }

  /** Little is left, and not for files. */
  get isNearlyFull(): boolean {
    return this.used > this.count - Math.floor(this.count / 16);
  }

  /**
   * A page for one user; its content is whatever it was unless `zero`. `wanted`: the one to be given if nobody has it and the pool has not come that far.
   * Fails with ENOMEM.
   */
  allocate(zero: boolean, wanted = 0): number {
    const isFree = wanted >= this.#fresh && wanted < this.count && this.#users[wanted] === 0;
    if (isFree) this.#ahead++;
    let page = isFree ? wanted : (this.#free.pop() ?? this.#takeFresh());
    if (page === undefined && this.onPressure()) page = this.#free.pop();
    if (page === undefined) return fail("ENOMEM");
    this.#users[page] = 1;
    if (zero && this.#touched[page] === 1) this.bytes(page).fill(0);
    this.#touched[page] = 1;
    return page;
  }

  #takeFresh(): number | undefined {
    while (this.#fresh < this.count) {
      const page = this.#fresh++;
      if (this.#users[page] === 0) return page;
      this.#ahead--;
    }
    return undefined;
  }

  /** The pages in the second half of the pool that an object gets by number, one after the other, from its name. */
  placeOf(name: string): (index: number) => number {
    let hash = 0x811c_9dc5;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x0100_0193);
    const half = this.count >>> 1;
    return (index) => half + (((hash >>> 0) + index) % (this.count - half));
  }

  retain(page: number): void {
    if (page !== ZERO_PAGE) this.#users[page]!++;
  }

  release(page: number): void {
    if (page === ZERO_PAGE) return;
    const left = --this.#users[page]!;
    if (left > 0) return;
    this.#watcher.memoryWritten(page * PAGE, PAGE);
    if (page < this.#fresh) this.#free.push(page);
    else this.#ahead--;
  }

  users(page: number): number {
    return this.#users[page]!;
  }

  /** The page's bytes, for reading; whoever writes tells `written`. */
  bytes(page: number): Uint8Array {
    const at = this.#host + page * PAGE;
    return this.#bytes.subarray(at, at + PAGE);
  }

  /** Copies into a page, and has code made of it forgotten. */
  write(page: number, offset: number, bytes: Uint8Array): void {
    this.#watcher.memoryWritten(page * PAGE + offset, bytes.length);
    this.#bytes.set(bytes, this.#host + page * PAGE + offset);
  }

  copy(to: number, from: number): void {
    const source = this.#host + from * PAGE;
    this.#bytes.copyWithin(this.#host + to * PAGE, source, source + PAGE);
  }
}
