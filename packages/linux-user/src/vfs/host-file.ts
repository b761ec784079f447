/** Regular files and directories of the host, open. */
import { type HostFiles, hostOpen } from "@tsemu/hw";
import { andThen, type Awaitable } from "../awaitable.ts";
import { fail, host } from "../errno.ts";
import type { PageSource } from "../mm/page-source.ts";
import { O } from "./constants.ts";
import { type FilePages, HostHandle } from "./file-pages.ts";
import type { HostInode } from "./host-fs.ts";
import { type Attributes, type DirEntry, type IoctlMemory, OpenFile, type Stat, seekIn } from "./types.ts";

const FIONREAD = 0x541b;

export class HostRegular extends OpenFile {
  readonly #files: HostFiles;
  readonly #pages: FilePages;
  readonly #handle: HostHandle;
  readonly #inode: HostInode | undefined;
  /**
   * Of a file that others on the host have open too, standard output for one: where it stands there. Reads and writes that begin there move
   * it on for the others.
   */
  #shared: number | undefined;

  /** Takes over the handle. */
  constructor(files: HostFiles, pages: FilePages, inode: HostInode | undefined, handle: number | HostHandle, flags: number) {
    super(flags, inode);
    this.#inode = inode;
    this.#files = files;
    this.#pages = pages;
    this.#handle = typeof handle === "number" ? new HostHandle(files, handle) : handle;
  }

  /** The name that it was opened by leads to it no longer. */
  get isUnlinked(): boolean {
    return this.#inode !== undefined && !this.#inode.isNamed(this.stat());
  }

  override get path(): string {
    return this.isUnlinked ? `${super.path} (deleted)` : super.path;
  }

  /** A file that was open already. It stays open. */
  static inherited(files: HostFiles, pages: FilePages, handle: number): HostRegular {
    const { position, flags } = files.inherited(handle);
    const access = (flags & 3) === 3 ? O.RDWR : (flags & hostOpen.write) !== 0 ? O.WRONLY : O.RDONLY;
    const file = new HostRegular(files, pages, undefined, handle, access | ((flags & hostOpen.append) !== 0 ? O.APPEND : 0));
    file.position = position;
    file.#shared = position;
    file.title = "/ (unreachable)";
    return file;
  }

  override stat(): Stat {
    return host(() => this.#files.fstat(this.#handle.number));
  }

  /** With a position of its own. It may do no more than what was open already. */
  override openAgain(flags: number): OpenFile {
    const file = new HostRegular(this.#files, this.#pages, undefined, this.#handle.retain(), flags & ~O.TRUNC);
    if ((file.isReadable && !this.isReadable) || (file.isWritable && !this.isWritable)) {
      this.#handle.release();
      return fail("EACCES");
    }
    if ((flags & O.TRUNC) !== 0) file.truncate(0);
    return file;
  }

  protected override close(): void {
    if (this.#shared === undefined) this.#handle.release();
  }

  override read(into: Uint8Array): Awaitable<number> {
    if (this.position === this.#shared) {
      const n = host(() => this.#files.read(this.#handle.number, into, undefined));
      this.position = this.#shared += n;
      return n;
    }
    return andThen(this.readAt(into, this.position), (n) => {
      this.position += n;
      return n;
    });
  }

  override readAt(into: Uint8Array, offset: number): Awaitable<number> {
    const read = (): number => host(() => this.#files.read(this.#handle.number, into, offset));
    const flushing = this.#pages.isEmpty ? undefined : this.#pages.flush(this.stat());
    return flushing === undefined ? read() : flushing.then(read);
  }

  override write(from: Uint8Array): number {
    if ((this.flags & O.APPEND) !== 0 && this.#shared === undefined) this.position = this.stat().size;
    if (this.#shared !== undefined && (this.position === this.#shared || (this.flags & O.APPEND) !== 0)) {
      const written = host(() => this.#files.write(this.#handle.number, from, undefined));
      this.position = this.#shared += written;
      return written;
    }
    const n = this.writeAt(from, this.position);
    this.position += n;
    return n;
  }

  override writeAt(from: Uint8Array, offset: number): number {
    const n = host(() => this.#files.write(this.#handle.number, from, offset));
    if (!this.#pages.isEmpty) this.#pages.written(this.stat(), offset, from.subarray(0, n));
    return n;
  }

  override seek(offset: number, whence: number): Awaitable<number> {
    return seekIn(this, offset, whence, () => this.stat().size);
  }

  override truncate(size: number): void {
    host(() => this.#files.truncate(this.#handle.number, size));
    if (!this.#pages.isEmpty) this.#pages.truncated(this.stat(), size);
  }

  override sync(): void {
    host(() => this.#files.sync(this.#handle.number));
  }

  override setAttributes(changes: Attributes): Awaitable<void> {
    if (changes.mode !== undefined) {
      const { mode, ...others } = changes;
      host(() => this.#files.fchmod(this.#handle.number, mode & 0o7777));
      return Object.keys(others).length === 0 ? undefined : super.setAttributes(others);
    }
    return super.setAttributes(changes);
  }

  override ioctl(request: number, argument: number, memory: IoctlMemory): number {
    if (request !== FIONREAD) return fail("ENOTTY");
    memory.setU32(argument, Math.max(0, this.stat().size - this.position));
    return 0;
  }

  override pageSource(): PageSource {
    return this.#pages.source(this.#handle, this.isWritable);
  }
}

export class HostDirectory extends OpenFile {
  readonly #files: HostFiles;
  readonly #handle: HostHandle;
  readonly #directory: HostInode;
  /** Read when it is first asked for and after a rewind: it must not change while it is gone through. */
  #list: readonly DirEntry[] | undefined;

  constructor(files: HostFiles, inode: HostInode, handle: number, flags: number) {
    super(flags, inode);
    this.#files = files;
    this.#directory = inode;
    this.#handle = new HostHandle(files, handle);
  }

  override stat(): Stat {
    return host(() => this.#files.fstat(this.#handle.number));
  }

  protected override close(): void {
    this.#handle.release();
  }

  override read(): number {
    return fail("EISDIR");
  }

  override seek(offset: number, whence: number): Awaitable<number> {
    if (offset === 0 && whence === 0) this.#list = undefined;
    return seekIn(this, offset, whence, () => Number.MAX_SAFE_INTEGER);
  }

  override sync(): void {
    host(() => this.#files.sync(this.#handle.number));
  }

  override entries(): readonly DirEntry[] {
    if (this.#list === undefined) {
      this.#directory.check();
      const own = this.stat().ino;
      const dots = [".", ".."].map((name) => ({ name, ino: own, type: 0o040000 }));
      const { path } = this.#directory;
      const names = host(() => this.#files.readdir(path)).map(({ name, type }) => ({
        name,
        type,
        ino: host(() => this.#files.lstatIfThere(path === "/" ? `/${name}` : `${path}/${name}`))?.ino ?? 1n,
      }));
      const { specials } = this.#directory.fs;
      const others = specials.isEmpty ? [] : [...(specials.in(this.stat()) ?? [])];
      this.#list = [...dots, ...names, ...others.map(([name, inode]) => ({ name, ino: inode.ino, type: inode.type }))];
    }
    return this.#list.slice(this.position);
  }
}
