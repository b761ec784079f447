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
  /** Pages beyond were never used: they are zero. */
  #fresh = 1;

  constructor(space: AddressSpace, region: RamRegion, watcher: PageWatcher) {
    this.#bytes = space.memory.u8;
    this.#host = region.host;
    this.count = Math.floor(region.size / PAGE);
    this.#users = new Uint32Array(this.count);
    this.#users[ZERO_PAGE] = 1;
    this.#watcher = watcher;
  }

  /** Pages in use. */
  get used(): number {
    return this.#fresh - this.#free.length;
  }

  /** Little is left, and not for files. */
  get isNearlyFull(): boolean {
    return this.used > this.count - Math.floor(this.count / 16);
  }

  /** A page for one user; its content is whatever it was unless `zero`. Fails with ENOMEM. */
  allocate(zero: boolean): number {
    let page = this.#free.pop();
    if (page === undefined && this.#fresh < this.count) {
      page = this.#fresh++;
      this.#users[page] = 1;
      return page;
    }
    if (page === undefined && this.onPressure()) page = this.#free.pop();
    if (page === undefined) return fail("ENOMEM");
    this.#users[page] = 1;
    if (zero) this.bytes(page).fill(0);
    return page;
  }

  retain(page: number): void {
    if (page !== ZERO_PAGE) this.#users[page]!++;
  }

  release(page: number): void {
    if (page === ZERO_PAGE) return;
    const left = --this.#users[page]!;
    if (left > 0) return;
    this.#watcher.memoryWritten(page * PAGE, PAGE);
    this.#free.push(page);
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
