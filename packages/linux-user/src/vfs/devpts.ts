/** /dev/pts: a name for every pseudo-terminal that is open, and /dev/ptmx, which makes them. */
import { fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Task } from "../task.ts";
import { O, S } from "./constants.ts";
import { type DeviceKind, deviceInode } from "./devices.ts";
import { Pty, PtyMaster, PtySlave } from "./pty.ts";
import { type Caller, type DirEntry, type FileSystem, Inode, OpenFile, type Stat, type Statfs } from "./types.ts";

const DEVPTS_MAGIC = 0x1cd1;
const SLAVE_MAJOR = 136;
const MOST = 4096;

/** The pseudo-terminals that there are. */
export class Ptys {
  readonly #kernel: Kernel;
  readonly all = new Map<number, Pty>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  make(): Pty {
    if (this.all.size >= MOST) return fail("ENOSPC");
    let number = 0;
    while (this.all.has(number)) number++;
    const pty = new Pty(this.#kernel, number);
    this.all.set(number, pty);
    return pty;
  }
  remove(pty: Pty): void {
    this.all.delete(pty.number);
  }
  /** /dev/tty of that task. */
  openTerminal(flags: number, task: Task): OpenFile | undefined {
    const pty = this.ofSession(task.process.session);
    if (pty === undefined) return undefined;
    const kind = { name: "tty", major: SLAVE_MAJOR, minor: pty.number, open: () => fail("ENXIO") };
    const inode = deviceInode(this.#kernel.mounts.root().inode.fs, kind, this.#kernel.realtimeNs(), { uid: 0, gid: 5, mode: 0o666 });
    return new PtySlave(pty, inode, flags | O.NOCTTY, task);
  }
  /** The terminal of a session. */
  ofSession(session: number): Pty | undefined {
    return [...this.all.values()].find((pty) => pty.session === session);
  }
}

export const ptmx = (kernel: Kernel): DeviceKind => ({
  name: "ptmx",
  major: 5,
  minor: 2,
  open: (inode, flags) => new PtyMaster(kernel.ptys.make(), inode, flags),
});

export class PtsFileSystem implements FileSystem {
  readonly type = "devpts";
  readonly root: Inode;
  constructor(kernel: Kernel) {
    this.root = new PtsDirectory(this, kernel);
  }
  statfs(): Statfs {
    return { type: DEVPTS_MAGIC, bsize: 4096, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 };
  }
}

class PtsDirectory extends Inode {
  readonly fs: FileSystem;
  readonly type = S.IFDIR;
  readonly #kernel: Kernel;
  readonly #timeNs: bigint;

  constructor(fs: FileSystem, kernel: Kernel) {
    super();
    this.fs = fs;
    this.#kernel = kernel;
    this.#timeNs = kernel.realtimeNs();
  }

  override stat(): Stat {
    const [atimeNs, mtimeNs, ctimeNs] = [this.#timeNs, this.#timeNs, this.#timeNs];
    return {
      dev: 0x16n,
      ino: 1n,
      mode: S.IFDIR | 0o755,
      nlink: 2,
      uid: 0,
      gid: 0,
      rdev: 0n,
      size: 0,
      blksize: 1024,
      blocks: 0,
      atimeNs,
      mtimeNs,
      ctimeNs,
    };
  }

  override lookup(name: string): Inode {
    const pty = /^(0|[1-9][0-9]*)$/.test(name) ? this.#kernel.ptys.all.get(Number(name)) : undefined;
    if (pty === undefined) return fail("ENOENT");
    const { uid } = this.#kernel.options.identity;
    return deviceInode(
      this.fs,
      {
        name,
        major: SLAVE_MAJOR,
        minor: pty.number,
        open: (inode, flags, caller) => new PtySlave(pty, inode, flags, caller as Task),
      },
      this.#timeNs,
      { uid, gid: 5, mode: 0o620 },
    );
  }

  override open(flags: number, _caller: Caller): OpenFile {
    return new PtsList(this, flags, () => [...this.#kernel.ptys.all.keys()]);
  }
}

class PtsList extends OpenFile {
  readonly #directory: PtsDirectory;
  readonly #numbers: () => readonly number[];

  constructor(directory: PtsDirectory, flags: number, numbers: () => readonly number[]) {
    super(flags, directory);
    this.#directory = directory;
    this.#numbers = numbers;
  }
  override stat(): Stat {
    return this.#directory.stat();
  }
  override seek(offset: number): number {
    this.position = offset;
    return offset;
  }
  override entries(): readonly DirEntry[] {
    const dots = [".", ".."].map((name) => ({ name, ino: 1n, type: S.IFDIR as number }));
    const all = [...dots, ...this.#numbers().map((n) => ({ name: String(n), ino: BigInt(n + 3), type: S.IFCHR as number }))];
    return all.slice(this.position);
  }
}
