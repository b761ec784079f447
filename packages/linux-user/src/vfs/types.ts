/**
 * What a file system is made of. An Inode is a file of whatever kind; an OpenFile is what open() makes of it, shared by all
 * descriptors that dup and fork give it. A file system of its own kind implements both and is mounted (path.ts). Anything may answer
 * later: a call that gets a promise waits for it, and its task with it.
 */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import type { PageSource } from "../mm/page-source.ts";
import type { SignalInfo } from "../signals/info.ts";
import type { SignalSet } from "../signals/signal-set.ts";
import { WaitQueue } from "../wait-queue.ts";
import { O, POLL, S, SEEK } from "./constants.ts";
import type { Location } from "./path.ts";

export interface Stat {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: bigint;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  /** Nanoseconds since 1970. */
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

export interface Statfs {
  readonly type: number;
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export interface DirEntry {
  readonly name: string;
  readonly ino: bigint;
  /** Type bits of a mode; 0: not known. */
  readonly type: number;
}

/** What changes of a file's attributes; absent: stays. */
export interface Attributes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly atimeNs?: bigint;
  readonly mtimeNs?: bigint;
}

export interface FileSystem {
  /** As /proc/mounts has it: "tmpfs". */
  readonly type: string;
  readonly root: Inode;
  statfs(): Awaitable<Statfs>;
}

/** What an open file may ask of the task that uses it. */
export interface Caller {
  /** Who it is, for those it talks to. */
  readonly identity?: { readonly pid: number; readonly uid: number; readonly gid: number };
  /** Waits until one of the queues wakes it, or until the time (ns, monotonic) has come: false then. Fails with ERESTARTSYS when a signal comes. */
  wait(queues: readonly WaitQueue[], deadlineNs?: number): Promise<boolean>;
  /** Sends itself a signal, e.g. SIGPIPE. */
  signal(name: "SIGPIPE" | "SIGTTIN" | "SIGTTOU" | "SIGXFSZ"): void;
  /** Signals of the set that wait for it or its process. */
  pendingOf(set: SignalSet): SignalSet;
  /** Takes the first of them, so that it is not delivered. */
  takeSignal(set: SignalSet): SignalInfo | undefined;
}

/** Memory of the caller for ioctl's arguments. */
export interface IoctlMemory {
  readonly littleEndian: boolean;
  read(va: number, into: Uint8Array): void;
  write(va: number, bytes: Uint8Array): void;
  i32(va: number): number;
  setU32(va: number, value: number): void;
}

/** A file as it lies in a file system. What a kind of file does not have fails as Linux has it fail. */
export abstract class Inode {
  abstract readonly fs: FileSystem;
  /** Type bits of its mode; it never changes. */
  abstract readonly type: number;
  /** Extended attributes, where the file system has them. */
  readonly attributes?: Map<string, Uint8Array>;
  abstract stat(): Awaitable<Stat>;
  /** `flags`: O bits; what concerns names (CREAT, NOFOLLOW ..) was dealt with. */
  abstract open(flags: number, caller: Caller): Awaitable<OpenFile>;

  get isDirectory(): boolean {
    return this.type === S.IFDIR;
  }
  get isSymlink(): boolean {
    return this.type === S.IFLNK;
  }

  setAttributes(_changes: Attributes): Awaitable<void> {
    return fail("EPERM");
  }
  readlink(): Awaitable<string> {
    return fail("EINVAL");
  }
  /** A link that leads to a file and not to a name (/proc/PID/fd, exe, cwd): where. */
  magicTarget(): Inode | undefined {
    return undefined;
  }

  // Of directories; names have no slash and are neither "." nor "..".
  /** Fails with ENOENT. */
  lookup(_name: string): Awaitable<Inode> {
    return fail("ENOTDIR");
  }
  /** A regular file, or with type bits in the mode a FIFO, socket or device. */
  create(_name: string, _mode: number, _rdev: bigint): Awaitable<Inode> {
    return fail("EPERM");
  }
  /** A regular file under no name, open (O_TMPFILE). */
  openUnnamed(_mode: number, _flags: number, _caller: Caller): Awaitable<OpenFile> {
    return fail("EOPNOTSUPP");
  }
  mkdir(_name: string, _mode: number): Awaitable<void> {
    return fail("EPERM");
  }
  symlink(_name: string, _target: string): Awaitable<void> {
    return fail("EPERM");
  }
  link(_name: string, _existing: Inode): Awaitable<void> {
    return fail("EPERM");
  }
  unlink(_name: string): Awaitable<void> {
    return fail("EPERM");
  }
  rmdir(_name: string): Awaitable<void> {
    return fail("EPERM");
  }
  rename(_name: string, _to: Inode, _toName: string): Awaitable<void> {
    return fail("EPERM");
  }
}

/** Readiness that never changes, for files that are always ready. */
const never = new WaitQueue();

export abstract class OpenFile {
  /** O bits, without those that only concerned the opening. */
  flags: number;
  position = 0;
  /** Descriptors, and others who keep it. */
  #users = 1;
  /** Where it was found; for getcwd, fchdir and the *at calls. */
  at: Location | undefined;
  /** What /proc/PID/fd calls it, where it was not found under a name. */
  title = "";
  /** Of files that lie in a file system. */
  readonly inode: Inode | undefined;

  constructor(flags: number, inode?: Inode) {
    this.flags = flags;
    this.inode = inode;
  }

  abstract stat(): Awaitable<Stat>;

  /** Another open file of the same, through /proc/PID/fd; of those that lie in a file system the inode makes it. */
  openAgain(_flags: number, _caller: Caller): Awaitable<OpenFile> {
    return fail("ENXIO");
  }

  get path(): string {
    return this.at?.path ?? this.title;
  }

  retain(): this {
    this.#users++;
    return this;
  }

  release(): Awaitable<void> {
    if (--this.#users > 0) return;
    for (const forget of this.#onClosed ?? []) forget();
    return this.close();
  }

  #onClosed: Set<() => void> | undefined;

  /** Calls back when nobody has the file any more, unless what is returned is called before. */
  onClosed(forget: () => void): () => void {
    this.#onClosed ??= new Set();
    this.#onClosed.add(forget);
    return () => this.#onClosed?.delete(forget);
  }

  /** Nobody has it any more. */
  protected close(): Awaitable<void> {}

  get isReadable(): boolean {
    return (this.flags & O.ACCMODE) !== O.WRONLY && (this.flags & O.PATH) === 0;
  }
  get isWritable(): boolean {
    return (this.flags & O.ACCMODE) !== O.RDONLY && (this.flags & O.PATH) === 0;
  }
  get isNonBlocking(): boolean {
    return (this.flags & O.NONBLOCK) !== 0;
  }

  /** Fills `into` from where the file stands; returns the bytes read, 0 at the end. */
  read(_into: Uint8Array, _caller: Caller): Awaitable<number> {
    return fail("EINVAL");
  }
  write(_from: Uint8Array, _caller: Caller): Awaitable<number> {
    return fail("EINVAL");
  }
  /** The same at a place of its own; fails with ESPIPE for what has no places. */
  readAt(_into: Uint8Array, _offset: number): Awaitable<number> {
    return fail("ESPIPE");
  }
  writeAt(_from: Uint8Array, _offset: number): Awaitable<number> {
    return fail("ESPIPE");
  }
  seek(_offset: number, _whence: number): Awaitable<number> {
    return fail("ESPIPE");
  }
  truncate(_size: number): Awaitable<void> {
    return fail("EINVAL");
  }
  sync(): Awaitable<void> {
    return fail("EINVAL");
  }
  setAttributes(changes: Attributes): Awaitable<void> {
    return this.inode === undefined ? fail("EINVAL") : this.inode.setAttributes(changes);
  }
  /** The entries from where the directory stands; `position` counts them. */
  entries(): Awaitable<readonly DirEntry[]> {
    return fail("ENOTDIR");
  }
  ioctl(_request: number, _argument: number, _memory: IoctlMemory, _caller: Caller): Awaitable<number> {
    return fail("ENOTTY");
  }
  get isTerminal(): boolean {
    return false;
  }
  /** What a mapping of it shows; `shared` mappings may write if `mayWrite`. */
  pageSource(): Awaitable<PageSource> {
    return fail("ENODEV");
  }
  /** POLL bits that hold now; `caller` matters where they are not the same for everybody (signalfd). */
  poll(_caller: Caller): number {
    return POLL.IN | POLL.OUT | POLL.RDNORM | POLL.WRNORM;
  }
  /** Woken when `poll` may have changed. */
  get readiness(): WaitQueue {
    return never;
  }
  /** May epoll watch it? Files that are always ready, and directories, it may not. */
  get isPollable(): boolean {
    return this.inode === undefined || (this.inode.type !== S.IFREG && this.inode.type !== S.IFDIR);
  }
  /** Somebody is going to wait for readiness: whoever has to do something to learn of it does so now. */
  expectReadiness(): void {}
}

/** seek() of a file of that size. */
export function seekIn(file: OpenFile, offset: number, whence: number, size: () => Awaitable<number>): Awaitable<number> {
  const move = (to: number): number => {
    if (to < 0 || to > Number.MAX_SAFE_INTEGER) return fail("EINVAL");
    file.position = to;
    return to;
  };
  switch (whence) {
    case SEEK.SET:
      return move(offset);
    case SEEK.CUR:
      return move(file.position + offset);
    case SEEK.END: {
      const end = size();
      return end instanceof Promise ? end.then((e) => move(e + offset)) : move(end + offset);
    }
    case SEEK.DATA:
    case SEEK.HOLE: {
      // Files count as having no holes but the one at the end.
      const within = (end: number): number => (offset < 0 || offset >= end ? fail("ENXIO") : move(whence === SEEK.DATA ? offset : end));
      const end = size();
      return end instanceof Promise ? end.then(within) : within(end);
    }
    default:
      return fail("EINVAL");
  }
}
