/** Streams of the host: standard input and output, terminals, named pipes, devices. Reads that have to wait do so without stopping other tasks. */
import type { HostFiles } from "@tsemu/hw";
import type { Awaitable } from "../awaitable.ts";
import { Errno, fail, fromHost, host } from "../errno.ts";
import { WaitQueue } from "../wait-queue.ts";
import { POLL, S } from "./constants.ts";
import type { HostInode } from "./host-fs.ts";
import { HostTerminal } from "./host-terminal.ts";
import { SharedStream } from "./shared-stream.ts";
import { type Caller, type IoctlMemory, OpenFile, type Stat } from "./types.ts";

/** As /proc/PID/fd has it. What is no name leads nowhere outside of a root. */
function titleOf({ mode, ino }: Stat, isTerminal: boolean): string {
  const type = mode & S.IFMT;
  if (type === S.IFIFO) return `pipe:[${ino}]`;
  if (type === S.IFSOCK) return `socket:[${ino}]`;
  return isTerminal ? "/dev/tty" : "/dev/null";
}

export class HostStream extends OpenFile {
  readonly #files: HostFiles;
  readonly #handle: number;
  readonly #terminal: HostTerminal | undefined;
  /** Reads of it may have to wait: neither a file nor a device that always answers. */
  readonly #mayWait: boolean;
  readonly #changed = new WaitQueue();
  /** What was read and nobody took yet. */
  #buffer = new Uint8Array(0);
  #atEnd = false;
  #error: Errno | undefined;
  #reading = false;

  /** Takes over the handle, but for 0 to 2, which stay open. */
  constructor(files: HostFiles, handle: number, flags: number, inode?: HostInode) {
    super(flags, inode);
    this.#files = files;
    this.#handle = handle;
    const type = this.stat().mode & S.IFMT;
    this.#terminal = type === S.IFCHR && files.isTerminal(handle) ? new HostTerminal(files, handle) : undefined;
    this.title = titleOf(this.stat(), this.#terminal !== undefined);
    this.#mayWait = this.#terminal !== undefined || type === S.IFIFO || type === S.IFSOCK;
  }

  override stat(): Stat {
    return host(() => this.#files.fstat(this.#handle));
  }

  override openAgain(flags: number): OpenFile {
    return new SharedStream(this, flags);
  }

  protected override close(): void {
    this.#terminal?.restore();
    if (this.#handle > 2) host(() => this.#files.close(this.#handle));
  }

  override read(into: Uint8Array, caller: Caller): Awaitable<number> {
    if (into.length === 0) return 0;
    if (!this.#mayWait) return host(() => this.#files.read(this.#handle, into, undefined));
    if (this.#buffer.length > 0) return this.#take(into);
    if (!this.#atEnd && this.isNonBlocking) {
      this.expectReadiness();
      return fail("EAGAIN");
    }
    return this.#readWhenThere(into, caller);
  }

  /** A read of the host cannot be called off: what it brings stays here if the caller is interrupted. */
  async #readWhenThere(into: Uint8Array, caller: Caller): Promise<number> {
    while (this.#buffer.length === 0) {
      if (this.#error !== undefined) {
        const error = this.#error;
        this.#error = undefined;
        throw error;
      }
      if (this.#atEnd) {
        // The end of a terminal's input is no end for ever.
        if (this.#terminal !== undefined) this.#atEnd = false;
        return 0;
      }
      this.#probe(into.length);
      await caller.wait([this.#changed]);
    }
    return this.#take(into);
  }

  #take(into: Uint8Array): number {
    const n = Math.min(into.length, this.#buffer.length);
    into.set(this.#buffer.subarray(0, n));
    this.#buffer = this.#buffer.subarray(n);
    return n;
  }

  /** Starts a read, if none is under way. No more is read than was asked for: the rest belongs to whoever reads next. */
  #probe(most: number): void {
    if (this.#reading) return;
    this.#reading = true;
    const buffer = new Uint8Array(Math.min(most, 0x1_0000));
    this.#files.readLater(this.#handle, buffer).then(
      (n) => {
        this.#reading = false;
        if (n === 0) this.#atEnd = true;
        else this.#buffer = buffer.subarray(0, n);
        this.#changed.wake();
      },
      (error: unknown) => {
        this.#reading = false;
        this.#error = fromHost(error);
        this.#changed.wake();
      },
    );
  }

  override write(from: Uint8Array): Awaitable<number> {
    let written = 0;
    while (written < from.length) {
      try {
        written += this.#files.write(this.#handle, from.subarray(written), undefined);
      } catch (error) {
        // A pipe or terminal that somebody else has made non-blocking.
        if ((error as { code?: unknown }).code === "EAGAIN") continue;
        if (written > 0) return written;
        throw fromHost(error);
      }
    }
    return written;
  }

  override get isTerminal(): boolean {
    return this.#terminal !== undefined;
  }
  override ioctl(request: number, argument: number, memory: IoctlMemory): number {
    return this.#terminal === undefined ? fail("ENOTTY") : this.#terminal.ioctl(request, argument, memory);
  }

  override poll(): number {
    let events = POLL.OUT | POLL.WRNORM;
    if (!this.isWritable) events = 0;
    if (this.isReadable && (!this.#mayWait || this.#buffer.length > 0 || this.#atEnd)) events |= POLL.IN | POLL.RDNORM;
    if (this.#atEnd) events |= POLL.HUP;
    return events;
  }

  override get readiness(): WaitQueue {
    return this.#changed;
  }

  override expectReadiness(): void {
    if (this.#mayWait && this.isReadable && this.#buffer.length === 0 && !this.#atEnd) this.#probe(1);
  }
}
