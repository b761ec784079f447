/** What /proc/PID/fd leads to where a descriptor is open on something without a name: pipes can be opened again, others not. */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { S } from "./constants.ts";
import { HostStream } from "./host-stream.ts";
import { PipeEnd } from "./pipe.ts";
import { type FileSystem, Inode, type OpenFile, type Stat } from "./types.ts";

export class OpenedInode extends Inode {
  readonly fs: FileSystem;
  readonly #file: OpenFile;

  constructor(kernel: Kernel, file: OpenFile) {
    super();
    this.fs = kernel.unnamedFiles;
    this.#file = file;
  }

  get type(): number {
    const stat = this.#file.stat();
    // Nothing of this kind has to be waited for.
    return stat instanceof Promise ? S.IFCHR : stat.mode & S.IFMT;
  }

  override stat(): Awaitable<Stat> {
    return this.#file.stat();
  }

  override open(flags: number): Awaitable<OpenFile> {
    const file = this.#file;
    if (file instanceof PipeEnd) return new PipeEnd(file.pipe, flags);
    // The host's streams cannot be had twice: it is the same one.
    if (file instanceof HostStream) return file.retain();
    return fail("ENXIO");
  }
}
