/** The page cache: pages of host files that are or were mapped, kept for the next process that maps them. */
import type { HostFiles, HostStat } from "@tsemu/hw";
import { host } from "../errno.ts";
import type { PagePool } from "../mm/page-pool.ts";
import { PageSource } from "../mm/page-source.ts";

/** A handle of the host that several keep. */
export class HostHandle {
  readonly number: number;
  readonly #files: HostFiles;
  #users = 1;

  constructor(files: HostFiles, number: number) {
    this.#files = files;
    this.number = number;
  }

  retain(): this {
    this.#users++;
    return this;
  }

  release(): void {
    if (--this.#users === 0) host(() => this.#files.close(this.number));
  }
}

interface Cached {
  readonly source: PageSource;
  handle: HostHandle;
  writable: boolean;
  mtimeNs: bigint;
  size: number;
}

/** Files kept though nobody maps them; each costs an open handle. */
const MOST_IDLE = 128;

const keyOf = (stat: HostStat): string => `${stat.dev}:${stat.ino}`;

export class FilePages {
  readonly #files: HostFiles;
  readonly #pool: PagePool;
  /** In the order of their last use. */
  readonly #cached = new Map<string, Cached>();

  constructor(files: HostFiles, pool: PagePool) {
    this.#files = files;
    this.#pool = pool;
  }

  /** The pages of an open file. `writable`: the handle may write, so that changed pages can be stored through it. */
  source(handle: HostHandle, writable: boolean): PageSource {
    const stat = host(() => this.#files.fstat(handle.number));
    const key = keyOf(stat);
    let cached = this.#cached.get(key);
    if (cached !== undefined && (cached.mtimeNs !== stat.mtimeNs || cached.size !== stat.size)) {
      // Somebody else wrote to it: what is cached is out of date.
      if (!cached.source.hasDirty) cached.source.drop();
      cached.mtimeNs = stat.mtimeNs;
      cached.size = stat.size;
    }
    if (cached === undefined) {
      cached = this.#make(handle, writable, stat);
      this.#evict();
    } else if (writable && !cached.writable) {
      cached.handle.release();
      cached.handle = handle.retain();
      cached.writable = true;
    }
    this.#cached.delete(key);
    this.#cached.set(key, cached);
    return cached.source;
  }

  #make(handle: HostHandle, writable: boolean, stat: HostStat): Cached {
    const files = this.#files;
    const cached: Cached = {
      handle: handle.retain(),
      writable,
      mtimeNs: stat.mtimeNs,
      size: stat.size,
      source: new PageSource(
        this.#pool,
        {
          placeOf: this.#pool.placeOf(keyOf(stat)),
          size: () => host(() => files.fstat(cached.handle.number).size),
          fill: (offset, into) => {
            for (let at = 0; at < into.length; ) {
              const n = host(() => files.read(cached.handle.number, into.subarray(at), offset + at));
              if (n === 0) break;
              at += n;
            }
          },
          store: (offset, bytes) => {
            host(() => files.write(cached.handle.number, bytes, offset));
            this.#restamp(cached);
          },
        },
        // What was stored to a shared mapping is in the file at the latest when the last mapping goes.
        (source) => void source.sync(),
      ),
    };
    return cached;
  }

  #restamp(cached: Cached): void {
    const stat = host(() => this.#files.fstat(cached.handle.number));
    cached.mtimeNs = stat.mtimeNs;
    cached.size = stat.size;
  }

  /** The cached file of an open one, if there is any. */
  #of(stat: HostStat): Cached | undefined {
    return this.#cached.size === 0 ? undefined : this.#cached.get(keyOf(stat));
  }

  /** No file is cached at all: nothing can be out of date. */
  get isEmpty(): boolean {
    return this.#cached.size === 0;
  }

  /** Before a read of the file: stores to mappings are to be seen. */
  flush(stat: HostStat): Promise<void> | undefined {
    const cached = this.#of(stat);
    return cached?.source.hasDirty === true ? cached.source.sync() : undefined;
  }

  /** The file was written to by a call. */
  written(stat: HostStat, offset: number, bytes: Uint8Array): void {
    const cached = this.#of(stat);
    if (cached === undefined) return;
    cached.source.written(offset, bytes);
    this.#restamp(cached);
  }

  truncated(stat: HostStat, size: number): void {
    const cached = this.#of(stat);
    if (cached === undefined) return;
    cached.source.truncated(size);
    this.#restamp(cached);
  }

  /** Gives back pages that nobody maps. Returns whether there were any. */
  shrink(): boolean {
    let shrunk = false;
    for (const [key, cached] of this.#cached) {
      if (cached.source.isMapped) continue;
      shrunk ||= !cached.source.isEmpty;
      this.#drop(key, cached);
    }
    return shrunk;
  }

  #evict(): void {
    if (this.#cached.size <= MOST_IDLE) return;
    for (const [key, cached] of this.#cached) {
      if (cached.source.isMapped) continue;
      this.#drop(key, cached);
      return;
    }
  }

  #drop(key: string, cached: Cached): void {
    cached.source.drop();
    cached.handle.release();
    this.#cached.delete(key);
  }
}
