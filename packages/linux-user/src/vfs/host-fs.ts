/**
 * The host's files as a file system: a directory of the host and what is under it. An inode is a path on the host, looked at when it
 * is asked; names are resolved by us, one after the other, so that links lead where the guest's root says.
 */
import type { HostFiles, HostStat, RandomPort } from "@tsemu/hw";
import type { Awaitable } from "../awaitable.ts";
import { fail, host } from "../errno.ts";
import { S } from "./constants.ts";
import type { FilePages } from "./file-pages.ts";
import { HostDirectory, HostRegular } from "./host-file.ts";
import { HostStream } from "./host-stream.ts";
import type { SpecialFiles } from "./special-files.ts";
import type { TmpInode } from "./tmpfs.ts";
import { type Attributes, type Caller, type FileSystem, Inode, type OpenFile, type Stat, type Statfs } from "./types.ts";
import { hostFlags } from "./host-flags.ts";

/** What all directories of the host have in common. */
export interface HostShared {
  readonly files: HostFiles;
  readonly pages: FilePages;
  readonly specials: SpecialFiles;
  readonly random: RandomPort;
}

export class HostFileSystem implements FileSystem {
  readonly type = "host";
  readonly root: Inode;
  readonly files: HostFiles;
  readonly pages: FilePages;
  readonly specials: SpecialFiles;
  readonly random: RandomPort;
  /** Whether nothing outside of it may be reached. */
  readonly isJail: boolean;
  readonly #path: string;

  /** `path`: the host's directory that is the root, without a slash at its end ("" for the host's own root). Of a jail, a real path. */
  constructor(shared: HostShared, path: string, isJail: boolean) {
    const { files, pages, specials, random } = shared;
    this.random = random;
    this.files = files;
    this.pages = pages;
    this.specials = specials;
    this.isJail = isJail;
    this.#path = path;
    this.root = new HostInode(this, path === "" ? "/" : path, S.IFDIR);
  }

  statfs(): Statfs {
    return host(() => this.files.statfs(this.#path === "" ? "/" : this.#path));
  }
}

export class HostInode extends Inode {
  readonly fs: HostFileSystem;
  readonly type: number;
  readonly path: string;
  /** What the lookup found; good for one use, as the host's files change without us. */
  #fresh: HostStat | undefined;

  constructor(fs: HostFileSystem, path: string, type: number, fresh?: HostStat) {
    super();
    this.fs = fs;
    this.path = path;
    this.type = type;
    this.#fresh = fresh;
  }

  /**
   * Programs can have put a link to anywhere in the place of what was found under this name, or of a directory above it. The host must
   * not follow it. The programs do not run between this and the call that follows.
   */
  check(): void {
    const { files, isJail } = this.fs;
    if (!isJail) return;
    const directory = this.isDirectory ? this.path : this.path.slice(0, this.path.lastIndexOf("/")) || "/";
    if (host(() => files.realpath(directory)) !== directory) fail("ENOENT");
    if (!this.isDirectory && (host(() => files.lstat(this.path)).mode & S.IFMT) !== this.type) fail("ENOENT");
  }

  /** Is this still the file of the name that it was found under? */
  isNamed({ dev, ino }: Stat): boolean {
    const there = host(() => this.fs.files.lstatIfThere(this.path));
    return there !== undefined && there.dev === dev && there.ino === ino;
  }

  #files<T>(call: (files: HostFiles) => T): T {
    this.check();
    return host(() => call(this.fs.files));
  }

  #child(name: string): string {
    return this.path === "/" ? `/${name}` : `${this.path}/${name}`;
  }

  override stat(): Stat {
    const fresh = this.#fresh;
    this.#fresh = undefined;
    return fresh ?? this.#files((f) => f.lstat(this.path));
  }

  #special(name: string): TmpInode | undefined {
    const { specials } = this.fs;
    return specials.isEmpty ? undefined : specials.in(this.#files((f) => f.lstat(this.path)))?.get(name);
  }

  override lookup(name: string): Inode {
    if (!this.isDirectory) return fail("ENOTDIR");
    const special = this.#special(name);
    if (special !== undefined) return special;
    const path = this.#child(name);
    const stat = this.#files((f) => f.lstatIfThere(path));
    if (stat === undefined) return fail("ENOENT");
    return new HostInode(this.fs, path, stat.mode & S.IFMT, stat);
  }

  override readlink(): string {
    if (!this.isSymlink) return fail("EINVAL");
    return this.#files((f) => f.readlink(this.path));
  }

  override open(flags: number, _caller: Caller): Awaitable<OpenFile> {
    const { files, pages } = this.fs;
    switch (this.type) {
      case S.IFDIR: {
        // Opened on the host too, so that permissions count; for what is done with it the path serves.
        const handle = this.#files((f) => f.open(this.path, hostFlags(flags), 0));
        return new HostDirectory(files, this, handle, flags);
      }
      case S.IFREG: {
        const handle = this.#files((f) => f.open(this.path, hostFlags(flags), 0));
        return new HostRegular(files, pages, this, handle, flags);
      }
      case S.IFIFO:
        this.check();
        return host(() => files.openLater(this.path, hostFlags(flags), 0)).then(
          (handle) => new HostStream(files, handle, flags, this),
          (error: unknown) =>
            host<never>(() => {
              throw error;
            }),
        );
      case S.IFSOCK:
        return fail("ENXIO");
      default: {
        // Devices reach beyond any directory.
        if (this.fs.isJail) return fail("EACCES");
        const handle = this.#files((f) => f.open(this.path, hostFlags(flags), 0));
        return new HostStream(files, handle, flags, this);
      }
    }
  }

  override create(name: string, mode: number, _rdev: bigint): Inode {
    const path = this.#child(name);
    const type = mode & S.IFMT;
    if (type === S.IFIFO || type === S.IFSOCK) {
      if (this.#files((f) => f.lstatIfThere(path)) !== undefined) return fail("EEXIST");
      return this.fs.specials.create(
        this.#files((f) => f.lstat(this.path)),
        name,
        mode,
      );
    }
    if (type !== 0 && type !== S.IFREG) return fail("EPERM");
    const handle = this.#files((f) => f.open(path, hostFlags(0o301), mode & 0o7777));
    this.#files((f) => f.close(handle));
    return new HostInode(this.fs, path, S.IFREG);
  }

  /** Made under a name that nobody guesses, which goes at once. */
  override async openUnnamed(mode: number, flags: number, caller: Caller): Promise<OpenFile> {
    const random = new Uint8Array(8);
    this.fs.random.fill(random);
    const inode = this.create(
      `.tsemu-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`,
      S.IFREG | mode,
      0n,
    ) as HostInode;
    try {
      return await inode.open(flags, caller);
    } finally {
      this.#files((f) => f.unlink(inode.path));
    }
  }

  override mkdir(name: string, mode: number): void {
    this.#files((f) => f.mkdir(this.#child(name), mode));
  }
  override symlink(name: string, target: string): void {
    this.#files((f) => f.symlink(target, this.#child(name)));
  }
  override link(name: string, existing: Inode): void {
    if (!(existing instanceof HostInode)) return fail("EXDEV");
    existing.check();
    this.#files((f) => f.link(existing.path, this.#child(name)));
  }
  override unlink(name: string): void {
    if (this.#special(name) !== undefined) {
      this.fs.specials.remove(
        this.#files((f) => f.lstat(this.path)),
        name,
      );
      return;
    }
    this.#files((f) => f.unlink(this.#child(name)));
  }
  override rmdir(name: string): void {
    const path = this.#child(name);
    const { specials } = this.fs;
    if (!specials.isEmpty && specials.in(this.#files((f) => f.lstat(path))) !== undefined) return fail("ENOTEMPTY");
    this.#files((f) => f.rmdir(path));
  }
  override rename(name: string, to: Inode, toName: string): void {
    if (!(to instanceof HostInode)) return fail("EXDEV");
    to.check();
    const special = this.#special(name);
    if (special !== undefined) {
      const { specials } = this.fs;
      specials.remove(
        this.#files((f) => f.lstat(this.path)),
        name,
      );
      specials.put(
        this.#files((f) => f.lstat(to.path)),
        toName,
        special,
      );
      return;
    }
    if (to.#special(toName) !== undefined) to.unlink(toName);
    this.#files((f) => f.rename(this.#child(name), to.#child(toName)));
  }

  override setAttributes(changes: Attributes): void {
    const { mode, uid, gid, size, atimeNs, mtimeNs } = changes;
    if (size !== undefined) {
      const handle = this.#files((f) => f.open(this.path, hostFlags(1), 0));
      try {
        this.#files((f) => f.truncate(handle, size));
        this.fs.pages.truncated(
          this.#files((f) => f.fstat(handle)),
          size,
        );
      } finally {
        this.#files((f) => f.close(handle));
      }
    }
    if (uid !== undefined || gid !== undefined) this.#files((f) => f.lchown(this.path, uid ?? -1, gid ?? -1));
    if (mode !== undefined) this.#files((f) => f.chmod(this.path, mode & 0o7777));
    if (atimeNs !== undefined || mtimeNs !== undefined) {
      const now = this.#files((f) => f.lstat(this.path));
      this.#files((f) => f.lutimes(this.path, atimeNs ?? now.atimeNs, mtimeNs ?? now.mtimeNs));
    }
  }
}
