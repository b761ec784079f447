/** Regular files of tmpfs and memfd: their bytes lie in pages of the pool, which mappings share. */
import { andThen, type Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { PAGE, type PagePool, ZERO_PAGE } from "../mm/page-pool.ts";
import { PageSource } from "../mm/page-source.ts";
import { O } from "./constants.ts";
import { type IoctlMemory, type Inode, OpenFile, type Stat, seekIn } from "./types.ts";

export const SEAL = { SEAL: 1, SHRINK: 2, GROW: 4, WRITE: 8, FUTURE_WRITE: 0x10 } as const;
const FIONREAD = 0x541b;
const LARGEST = 2 ** 43;

export class MemoryContent {
  size = 0;
  /** SEAL bits: what can no longer be done to it. */
  seals: number = SEAL.SEAL;
  readonly source: PageSource;
  readonly #pool: PagePool;
  /** Names and open files. */
  #users = 1;

  constructor(pool: PagePool) {
    this.#pool = pool;
    this.source = new PageSource(pool, { size: () => this.size, fill: () => {} }, () => this.#dropIfUnused());
  }

  retain(): void {
    this.#users++;
  }

  release(): void {
    this.#users--;
    this.#dropIfUnused();
  }

  #dropIfUnused(): void {
    if (this.#users === 0 && !this.source.isMapped) this.source.drop();
  }

  read(into: Uint8Array, offset: number): number {
    const length = Math.max(0, Math.min(into.length, this.size - offset));
    for (let at = 0; at < length; ) {
      const inPage = (offset + at) % PAGE;
      const n = Math.min(length - at, PAGE - inPage);
      const page = this.source.cached(Math.floor((offset + at) / PAGE)) ?? ZERO_PAGE;
      into.set(this.#pool.bytes(page).subarray(inPage, inPage + n), at);
      at += n;
    }
    return length;
  }

  write(from: Uint8Array, offset: number): number {
    if ((this.seals & (SEAL.WRITE | SEAL.FUTURE_WRITE)) !== 0) return fail("EPERM");
    const end = offset + from.length;
    if (end > LARGEST) return fail("EFBIG");
    if (end > this.size && (this.seals & SEAL.GROW) !== 0) return fail("EPERM");
    const before = this.size;
    // A page is there for what is within the size.
    if (from.length > 0) this.size = Math.max(before, end);
    for (let at = 0; at < from.length; ) {
      const index = Math.floor((offset + at) / PAGE);
      const inPage = (offset + at) % PAGE;
      const n = Math.min(from.length - at, PAGE - inPage);
      // Programs need memory too: files get no more when little is left.
      if (this.source.cached(index) === undefined && this.#pool.isNearlyFull) {
        this.size = Math.max(before, at > 0 ? offset + at : 0);
        return at > 0 ? at : fail("ENOSPC");
      }
      // Nothing has to be waited for: there is no other place that its pages come from.
      const page = this.source.page(index) as number;
      this.#pool.write(page, inPage, from.subarray(at, at + n));
      at += n;
    }
    return from.length;
  }

  truncate(size: number): void {
    if (size > LARGEST) return fail("EFBIG");
    if (size < this.size && (this.seals & SEAL.SHRINK) !== 0) return fail("EPERM");
    if (size > this.size && (this.seals & SEAL.GROW) !== 0) return fail("EPERM");
    if (size < this.size) this.source.truncated(size);
    this.size = size;
  }
}

/** What an open file tells its inode. */
export interface MemoryInode extends Inode {
  readonly content: MemoryContent;
  touched(what: "read" | "written"): void;
}

export class MemoryFile extends OpenFile {
  readonly #inode: MemoryInode;

  constructor(inode: MemoryInode, flags: number) {
    super(flags, inode);
    this.#inode = inode;
    inode.content.retain();
  }

  get content(): MemoryContent {
    return this.#inode.content;
  }

  protected override close(): void {
    this.content.release();
  }

  override stat(): Awaitable<Stat> {
    return this.#inode.stat();
  }

  addSeals(seals: number): number {
    if (!this.isWritable) return fail("EPERM");
    if ((seals & ~0x1f) !== 0) return fail("EINVAL");
    if ((this.content.seals & SEAL.SEAL) !== 0) return fail("EPERM");
    if ((seals & SEAL.WRITE) !== 0 && this.content.source.isMapped) return fail("EBUSY");
    this.content.seals |= seals;
    return 0;
  }

  override read(into: Uint8Array): number {
    const n = this.readAt(into, this.position);
    this.position += n;
    return n;
  }

  override readAt(into: Uint8Array, offset: number): number {
    this.#inode.touched("read");
    return this.content.read(into, offset);
  }

  override write(from: Uint8Array): number {
    if ((this.flags & O.APPEND) !== 0) this.position = this.content.size;
    const n = this.writeAt(from, this.position);
    this.position += n;
    return n;
  }

  override writeAt(from: Uint8Array, offset: number): number {
    this.#inode.touched("written");
    return this.content.write(from, offset);
  }

  override seek(offset: number, whence: number): Awaitable<number> {
    return seekIn(this, offset, whence, () => this.content.size);
  }

  override truncate(size: number): void {
    this.content.truncate(size);
    this.#inode.touched("written");
  }

  override sync(): void {}

  override ioctl(request: number, argument: number, memory: IoctlMemory): Awaitable<number> {
    if (request !== FIONREAD) return fail("ENOTTY");
    return andThen(this.content.size - this.position, (left) => {
      memory.setU32(argument, Math.max(0, left));
      return 0;
    });
  }

  override pageSource(): PageSource {
    return this.content.source;
  }
}
