/** Pipes: bytes from whoever writes to whoever reads, through a buffer of 64 KiB. */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { WaitQueue } from "../wait-queue.ts";
import { O, POLL, S } from "./constants.ts";
import { type Caller, type IoctlMemory, OpenFile, type Stat } from "./types.ts";

const CAPACITY = 0x1_0000;
/** Writes of no more come out in one piece. */
const ATOMIC = 4096;
const FIONREAD = 0x541b;

let nextNumber = 1n;

export class Pipe {
  readonly #chunks: Uint8Array[] = [];
  /** Bytes in the buffer. */
  length = 0;
  capacity = CAPACITY;
  readers = 0;
  writers = 0;
  readonly changed = new WaitQueue();
  readonly ino = nextNumber++;
  readonly created: bigint;

  constructor(nowNs: bigint) {
    this.created = nowNs;
  }

  get room(): number {
    return this.capacity - this.length;
  }

  put(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
    this.length += bytes.length;
    this.changed.wake();
  }

  take(into: Uint8Array): number {
    let at = 0;
    for (let chunk = this.#chunks[0]; chunk !== undefined && at < into.length; chunk = this.#chunks[0]) {
      const n = Math.min(chunk.length, into.length - at);
      into.set(chunk.subarray(0, n), at);
      at += n;
      if (n === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(n);
    }
    this.length -= at;
    if (at > 0) this.changed.wake();
    return at;
  }

  stat(): Stat {
    return {
      dev: 0x0cn,
      ino: this.ino,
      mode: S.IFIFO | 0o600,
      nlink: 1,
      uid: 0,
      gid: 0,
      rdev: 0n,
      size: 0,
      blksize: 4096,
      blocks: 0,
      atimeNs: this.created,
      mtimeNs: this.created,
      ctimeNs: this.created,
    };
  }
}

/** One end, or (of a FIFO opened for both) both. */
export class PipeEnd extends OpenFile {
  readonly #pipe: Pipe;

  constructor(pipe: Pipe, flags: number) {
    super(flags);
    this.#pipe = pipe;
    this.title = `pipe:[${pipe.ino}]`;
    if (this.isReadable) pipe.readers++;
    if (this.isWritable) pipe.writers++;
  }

  get pipe(): Pipe {
    return this.#pipe;
  }

  override stat(): Stat {
    return this.#pipe.stat();
  }

  protected override close(): void {
    if (this.isReadable) this.#pipe.readers--;
    if (this.isWritable) this.#pipe.writers--;
    this.#pipe.changed.wake();
  }

  override read(into: Uint8Array, caller: Caller): Awaitable<number> {
    if (into.length === 0) return 0;
    if (this.#pipe.length > 0) return this.#pipe.take(into);
    if (this.#pipe.writers === 0) return 0;
    if (this.isNonBlocking) return fail("EAGAIN");
    return this.#waitAndRead(into, caller);
  }

  async #waitAndRead(into: Uint8Array, caller: Caller): Promise<number> {
    const pipe = this.#pipe;
    while (pipe.length === 0 && pipe.writers > 0) await caller.wait([pipe.changed]);
    return pipe.take(into);
  }

  override write(from: Uint8Array, caller: Caller): Awaitable<number> {
    const pipe = this.#pipe;
    if (pipe.readers === 0) return this.#broken(caller);
    if (pipe.room >= from.length) {
      if (from.length > 0) pipe.put(from);
      return from.length;
    }
    if (!this.isNonBlocking) return this.#waitAndWrite(from, caller);
    const n = from.length <= ATOMIC ? 0 : pipe.room;
    if (n === 0) return fail("EAGAIN");
    pipe.put(from.subarray(0, n));
    return n;
  }

  #broken(caller: Caller): number {
    caller.signal("SIGPIPE");
    return fail("EPIPE");
  }

  async #waitAndWrite(from: Uint8Array, caller: Caller): Promise<number> {
    const pipe = this.#pipe;
    let written = 0;
    while (written < from.length) {
      if (pipe.readers === 0) return written > 0 ? written : this.#broken(caller);
      const least = from.length <= ATOMIC ? from.length : 1;
      if (pipe.room < least) {
        try {
          await caller.wait([pipe.changed]);
        } catch (error) {
          if (written > 0) return written;
          throw error;
        }
        continue;
      }
      const n = Math.min(pipe.room, from.length - written);
      pipe.put(from.subarray(written, written + n));
      written += n;
    }
    return written;
  }

  override ioctl(request: number, argument: number, memory: IoctlMemory): number {
    if (request !== FIONREAD) return fail("ENOTTY");
    memory.setU32(argument, this.#pipe.length);
    return 0;
  }

  override poll(): number {
    const pipe = this.#pipe;
    let events = 0;
    if (this.isReadable) {
      if (pipe.length > 0) events |= POLL.IN | POLL.RDNORM;
      if (pipe.writers === 0) events |= POLL.HUP;
    }
    if (this.isWritable) {
      if (pipe.room >= ATOMIC) events |= POLL.OUT | POLL.WRNORM;
      if (pipe.readers === 0) events |= POLL.ERR;
    }
    return events;
  }

  override get readiness(): WaitQueue {
    return this.#pipe.changed;
  }
}

/** The two ends of a new pipe. */
export function makePipe(flags: number, nowNs: bigint): { readonly reader: PipeEnd; readonly writer: PipeEnd } {
  const pipe = new Pipe(nowNs);
  const kept = flags & (O.NONBLOCK | O.DIRECT);
  return { reader: new PipeEnd(pipe, O.RDONLY | kept), writer: new PipeEnd(pipe, O.WRONLY | kept) };
}
