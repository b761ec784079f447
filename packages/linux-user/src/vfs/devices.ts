/** Devices that there are on every machine: null, zero, full, random, tty. */
import type { HostFiles, RandomPort } from "@tsemu/hw";
import { fail, host } from "../errno.ts";
import type { PagePool } from "../mm/page-pool.ts";
import { PageSource, sharedMemory } from "../mm/page-source.ts";
import { O, S } from "./constants.ts";
import { hostFlags } from "./host-flags.ts";
import { HostStream } from "./host-stream.ts";
import { type Attributes, type Caller, type FileSystem, Inode, OpenFile, type Stat, type Statfs } from "./types.ts";

const TMPFS_MAGIC = 0x0102_1994;
/** Where a shared mapping of /dev/zero ends: it has no size of its own. */
const LARGEST_MAPPING = 2 ** 32;

export interface DeviceKind {
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  open(inode: Inode, flags: number, caller: Caller): OpenFile;
}

/** One device as a file system of its own: it is mounted over its name. */
export class DeviceFileSystem implements FileSystem {
  readonly type = "devtmpfs";
  readonly root: Inode;

  constructor(kind: DeviceKind, now: () => bigint) {
    this.root = new DeviceInode(this, kind, now());
  }

  statfs(): Statfs {
    return { type: TMPFS_MAGIC, bsize: 4096, blocks: 0, bfree: 0, bavail: 0, files: 1, ffree: 0 };
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** A device under a name in a file system that makes it. */
export const deviceInode = (fs: FileSystem, kind: DeviceKind, timeNs: bigint, owner: Owner): Inode =>
  new DeviceInode(fs, kind, timeNs, owner);

class DeviceInode extends Inode {
  readonly fs: FileSystem;
  readonly type = S.IFCHR;
  readonly #kind: DeviceKind;
  readonly #timeNs: bigint;

  readonly #owner: Owner;

  constructor(fs: FileSystem, kind: DeviceKind, timeNs: bigint, owner: Owner = { uid: 0, gid: 0, mode: 0o666 }) {
    super();
    this.#owner = owner;
    this.fs = fs;
    this.#kind = kind;
    this.#timeNs = timeNs;
  }

  override stat(): Stat {
    const { major, minor } = this.#kind;
    return {
      dev: 5n,
      ino: BigInt(major * 256 + minor),
      mode: S.IFCHR | this.#owner.mode,
      nlink: 1,
      uid: this.#owner.uid,
      gid: this.#owner.gid,
      rdev: BigInt(major * 256 + minor),
      size: 0,
      blksize: 4096,
      blocks: 0,
      atimeNs: this.#timeNs,
      mtimeNs: this.#timeNs,
      ctimeNs: this.#timeNs,
    };
  }

  override open(flags: number, caller: Caller): OpenFile {
    return this.#kind.open(this, flags, caller);
  }

  /** To set its length, times or mode is nothing to do. */
  override setAttributes(changes: Attributes): void {
    const { uid, gid } = this.#owner;
    if ((changes.uid ?? uid) !== uid || (changes.gid ?? gid) !== gid) fail("EPERM");
  }
}

/** A device whose bytes come from and go nowhere in particular. */
class EndlessFile extends OpenFile {
  readonly #inode: Inode;
  readonly #read: (into: Uint8Array) => number;
  readonly #isFull: boolean;
  readonly #pages: (() => PageSource) | undefined;

  constructor(inode: Inode, flags: number, read: (into: Uint8Array) => number, isFull: boolean, pages?: () => PageSource) {
    super(flags, inode);
    this.#inode = inode;
    this.#read = read;
    this.#isFull = isFull;
    this.#pages = pages;
  }

  override stat(): ReturnType<Inode["stat"]> {
    return this.#inode.stat();
  }
  override read(into: Uint8Array): number {
    return this.#read(into);
  }
  override readAt(into: Uint8Array): number {
    return this.#read(into);
  }
  override write(from: Uint8Array): number {
    return this.#isFull && from.length > 0 ? fail("ENOSPC") : from.length;
  }
  override writeAt(from: Uint8Array): number {
    return this.write(from);
  }
  override seek(): number {
    return 0;
  }
  override pageSource(): PageSource {
    return this.#pages?.() ?? fail("ENODEV");
  }
}

const zeros = (into: Uint8Array): number => {
  into.fill(0);
  return into.length;
};

/** `files`: where the terminal is that the emulator runs in. `ownTerminal`: that of the caller's session, if it is one of ours. */
export function commonDevices(
  random: RandomPort,
  pool: PagePool,
  files: HostFiles,
  ownTerminal: (flags: number, caller: Caller) => OpenFile | undefined,
): readonly DeviceKind[] {
  const memory = (
    name: string,
    minor: number,
    read: (into: Uint8Array) => number,
    isFull = false,
    pages?: () => PageSource,
  ): DeviceKind => ({ name, major: 1, minor, open: (inode, flags) => new EndlessFile(inode, flags, read, isFull, pages) });
  const noise = (into: Uint8Array): number => {
    random.fill(into);
    return into.length;
  };
  const zeroPages = (): PageSource => sharedMemory(pool, LARGEST_MAPPING);
  return [
    memory("null", 3, () => 0),
    memory("zero", 5, zeros, false, zeroPages),
    memory("full", 7, zeros, true, zeroPages),
    memory("random", 8, noise),
    memory("urandom", 9, noise),
    {
      name: "tty",
      major: 5,
      minor: 0,
      open: (_inode, flags, caller) =>
        ownTerminal(flags, caller) ??
        new HostStream(
          files,
          host(() => files.open("/dev/tty", hostFlags(flags & ~O.CREAT), 0)),
          flags,
        ),
    },
  ];
}
