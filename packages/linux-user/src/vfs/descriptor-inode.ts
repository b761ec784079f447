/** What /proc/PID/fd leads to for files that lie in no file system: pipes, sockets, what the emulator was given as standard input and output. */
import type { Awaitable } from "../awaitable.ts";
import { S } from "./constants.ts";
import { type Caller, type FileSystem, Inode, type OpenFile, type Stat, type Statfs } from "./types.ts";

const PIPEFS_MAGIC = 0x5049_5045;

/** Neither mounted nor listed: it only answers statfs. */
class NamelessFiles implements FileSystem {
  readonly type = "pipefs";
  readonly root: Inode;
  constructor(root: Inode) {
    this.root = root;
  }
  statfs(): Statfs {
    return { type: PIPEFS_MAGIC, bsize: 4096, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 };
  }
}

export class DescriptorInode extends Inode {
  readonly fs: FileSystem = new NamelessFiles(this);
  readonly type: number;
  readonly #file: OpenFile;

  constructor(file: OpenFile) {
    super();
    const stat = file.stat();
    this.type = stat instanceof Promise ? 0 : stat.mode & S.IFMT;
    this.#file = file;
  }

  override stat(): Awaitable<Stat> {
    return this.#file.stat();
  }

  override open(flags: number, caller: Caller): Awaitable<OpenFile> {
    return this.#file.openAgain(flags, caller);
  }
}
