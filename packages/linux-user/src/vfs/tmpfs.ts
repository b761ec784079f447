/** tmpfs: files that live in memory, as long as the emulator runs. Also where memfd's files are, under no name. */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import type { PagePool } from "../mm/page-pool.ts";
import { O, S } from "./constants.ts";
import { MemoryContent, MemoryFile, type MemoryInode } from "./memory-file.ts";
import { openFifo, Pipe } from "./pipe.ts";
import { type Attributes, type Caller, type DirEntry, type FileSystem, Inode, OpenFile, type Stat, type Statfs, seekIn } from "./types.ts";

const TMPFS_MAGIC = 0x0102_1994;
const MOST_FILES = 1 << 17;

export interface TmpOptions {
  readonly device: bigint;
  readonly pool: PagePool;
  /** Since 1970. */
  now(): bigint;
  /** Whom new files belong to. */
  owner(): { readonly uid: number; readonly gid: number };
}

export class TmpFileSystem implements FileSystem {
  readonly type = "tmpfs";
  readonly root: TmpInode;
  readonly options: TmpOptions;
  #lastNumber = 0n;
  #inodes = 0;

  constructor(options: TmpOptions, mode: number) {
    this.options = options;
    this.root = new TmpInode(this, S.IFDIR | mode, 0n);
  }

  /** The number of a new file. */
  nextNumber(): bigint {
    if (this.#inodes >= MOST_FILES) return fail("ENOSPC");
    this.#inodes++;
    return ++this.#lastNumber;
  }

  /** A file has no name any more. */
  forget(): void {
    this.#inodes--;
  }

  statfs(): Statfs {
    const { pool } = this.options;
    const free = pool.count - pool.used;
    return {
      type: TMPFS_MAGIC,
      bsize: 4096,
      blocks: pool.count,
      bfree: free,
      bavail: free,
      files: MOST_FILES,
      ffree: MOST_FILES - this.#inodes,
    };
  }

  /** A FIFO or socket that lies elsewhere. */
  makeSpecial(mode: number): TmpInode {
    return new TmpInode(this, mode, 0n);
  }

  /** A file under no name, opened for both; `flags` may restrict that. */
  openUnnamed(mode: number, flags: number): MemoryFile {
    const inode = new TmpInode(this, S.IFREG | mode, 0n);
    const file = new MemoryFile(inode, flags);
    inode.unlinked();
    return file;
  }
}

export class TmpInode extends Inode implements MemoryInode {
  readonly fs: TmpFileSystem;
  readonly type: number;
  readonly ino: bigint;
  /** Extended attributes. */
  override readonly attributes = new Map<string, Uint8Array>();
  readonly #rdev: bigint;
  readonly #entries: Map<string, TmpInode> | undefined;
  readonly #content: MemoryContent | undefined;
  #pipe: Pipe | undefined;
  #target = "";
  #mode: number;
  #nlink: number;
  #uid: number;
  #gid: number;
  #atimeNs: bigint;
  #mtimeNs: bigint;
  #ctimeNs: bigint;
  /** Removed while it was open: nothing more can be made in it. */
  #isDead = false;

  constructor(fs: TmpFileSystem, mode: number, rdev: bigint) {
    super();
    this.fs = fs;
    this.type = mode & S.IFMT;
    this.ino = fs.nextNumber();
    this.#mode = mode & 0o7777;
    this.#rdev = rdev;
    const { uid, gid } = fs.options.owner();
    this.#uid = uid;
    this.#gid = gid;
    this.#atimeNs = this.#mtimeNs = this.#ctimeNs = fs.options.now();
    this.#nlink = this.type === S.IFDIR ? 2 : 1;
    this.#entries = this.type === S.IFDIR ? new Map() : undefined;
    this.#content = this.type === S.IFREG ? new MemoryContent(fs.options.pool) : undefined;
  }

  get content(): MemoryContent {
    return this.#content!;
  }

  touched(what: "read" | "written"): void {
    const now = this.fs.options.now();
    if (what === "read") this.#atimeNs = now;
    else this.#mtimeNs = this.#ctimeNs = now;
  }

  override stat(): Stat {
    const size = this.#content?.size ?? (this.#entries === undefined ? this.#target.length : (this.#entries.size + 2) * 20);
    return {
      dev: this.fs.options.device,
      ino: this.ino,
      mode: this.type | this.#mode,
      nlink: this.#nlink,
      uid: this.#uid,
      gid: this.#gid,
      rdev: this.#rdev,
      size,
      blksize: 4096,
      blocks: this.#content === undefined ? 0 : Math.ceil(size / 4096) * 8,
      atimeNs: this.#atimeNs,
      mtimeNs: this.#mtimeNs,
      ctimeNs: this.#ctimeNs,
    };
  }

  override setAttributes(changes: Attributes): void {
    if (changes.size !== undefined) {
      if (this.#content === undefined) return fail(this.isDirectory ? "EISDIR" : "EINVAL");
      this.#content.truncate(changes.size);
      this.touched("written");
    }
    this.#mode = changes.mode === undefined ? this.#mode : changes.mode & 0o7777;
    this.#uid = changes.uid ?? this.#uid;
    this.#gid = changes.gid ?? this.#gid;
    this.#atimeNs = changes.atimeNs ?? this.#atimeNs;
    this.#mtimeNs = changes.mtimeNs ?? this.#mtimeNs;
    this.#ctimeNs = this.fs.options.now();
  }

  override open(flags: number, caller: Caller): Awaitable<OpenFile> {
    switch (this.type) {
      case S.IFDIR:
        return new TmpDirectory(this, flags);
      case S.IFREG:
        if ((flags & O.TRUNC) !== 0) this.setAttributes({ size: 0 });
        return new MemoryFile(this, flags);
      case S.IFIFO:
        this.#pipe ??= new Pipe(this.#ctimeNs);
        return openFifo(this.#pipe, this, flags, caller);
      default:
        return fail("ENXIO");
    }
  }

  override readlink(): string {
    return this.isSymlink ? this.#target : fail("EINVAL");
  }

  #directory(): Map<string, TmpInode> {
    return this.#entries ?? fail("ENOTDIR");
  }

  /** Its entries, for a list of them. */
  get entries(): ReadonlyMap<string, TmpInode> {
    return this.#directory();
  }

  override lookup(name: string): TmpInode {
    return this.#directory().get(name) ?? fail("ENOENT");
  }

  #put(name: string, inode: TmpInode): TmpInode {
    const entries = this.#directory();
    if (this.#isDead) return fail("ENOENT");
    if (entries.has(name)) return fail("EEXIST");
    entries.set(name, inode);
    this.touched("written");
    return inode;
  }

  override create(name: string, mode: number, rdev: bigint): TmpInode {
    const type = mode & S.IFMT || S.IFREG;
    // Devices are what the host has: none can be made here.
    if (type === S.IFCHR || type === S.IFBLK) return fail("EPERM");
    return this.#put(name, new TmpInode(this.fs, type | (mode & 0o7777), rdev));
  }

  override openUnnamed(mode: number, flags: number): OpenFile {
    this.#directory();
    return this.fs.openUnnamed(mode, flags);
  }

  override mkdir(name: string, mode: number): void {
    this.#put(name, new TmpInode(this.fs, S.IFDIR | mode, 0n));
    this.#nlink++;
  }

  override symlink(name: string, target: string): void {
    const link = new TmpInode(this.fs, S.IFLNK | 0o777, 0n);
    link.#target = target;
    this.#put(name, link);
  }

  override link(name: string, existing: Inode): void {
    if (!(existing instanceof TmpInode) || existing.fs !== this.fs) return fail("EXDEV");
    // One that had no name any more has one again.
    if (existing.#nlink === 0) existing.#content?.retain();
    this.#put(name, existing);
    existing.#nlink++;
  }

  override unlink(name: string): void {
    const inode = this.lookup(name);
    if (inode.isDirectory) return fail("EISDIR");
    this.#entries!.delete(name);
    this.touched("written");
    inode.unlinked();
  }

  /** One name less. */
  unlinked(): void {
    this.#ctimeNs = this.fs.options.now();
    if (--this.#nlink > 0) return;
    this.fs.forget();
    this.#content?.release();
  }

  override rmdir(name: string): void {
    const inode = this.lookup(name);
    if (inode.#directory().size > 0) return fail("ENOTEMPTY");
    this.#entries!.delete(name);
    inode.#isDead = true;
    inode.#nlink = 0;
    this.fs.forget();
    this.#nlink--;
    this.touched("written");
  }

  #contains(other: TmpInode): boolean {
    // Directories may lie in one another deeper than functions may call themselves.
    const open: TmpInode[] = [this];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === other) return true;
      for (const entry of next.#entries?.values() ?? []) if (entry.isDirectory) open.push(entry);
    }
    return false;
  }

  override rename(name: string, to: Inode, toName: string): void {
    if (!(to instanceof TmpInode) || to.fs !== this.fs) return fail("EXDEV");
    const moved = this.lookup(name);
    const old = to.#directory().get(toName);
    if (old === moved) return;
    if (moved.isDirectory && moved.#contains(to)) return fail("EINVAL");
    if (old !== undefined) {
      if (moved.isDirectory && !old.isDirectory) return fail("ENOTDIR");
      if (!moved.isDirectory && old.isDirectory) return fail("EISDIR");
      if (old.isDirectory) to.rmdir(toName);
      else to.unlink(toName);
    }
    this.#entries!.delete(name);
    to.#put(toName, moved);
    if (moved.isDirectory) {
      this.#nlink--;
      to.#nlink++;
    }
    this.touched("written");
  }
}

class TmpDirectory extends OpenFile {
  readonly #directory: TmpInode;
  /** Read when it is first asked for and after a rewind: it must not change while it is gone through. */
  #list: readonly DirEntry[] | undefined;

  constructor(inode: TmpInode, flags: number) {
    super(flags, inode);
    this.#directory = inode;
  }

  override stat(): Stat {
    return this.#directory.stat();
  }

  override read(): number {
    return fail("EISDIR");
  }

  override sync(): void {}

  override seek(offset: number, whence: number): Awaitable<number> {
    if (offset === 0 && whence === 0) this.#list = undefined;
    return seekIn(this, offset, whence, () => Number.MAX_SAFE_INTEGER);
  }

  override entries(): readonly DirEntry[] {
    if (this.#list === undefined) {
      const { ino, entries } = this.#directory;
      const dots = [".", ".."].map((name) => ({ name, ino, type: S.IFDIR as number }));
      this.#list = [...dots, ...[...entries].map(([name, inode]) => ({ name, ino: inode.ino, type: inode.type }))];
    }
    return this.#list.slice(this.position);
  }
}
