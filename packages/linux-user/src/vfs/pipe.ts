/** Pipes: bytes from whoever writes to whoever reads, through a buffer of 64 KiB. */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { WaitQueue } from "../wait-queue.ts";
import { O, POLL, S } from "./constants.ts";
import { type Caller, type Inode, type IoctlMemory, OpenFile, type Stat } from "./types.ts";

/** The buffer is made of pages; what is left of one is only used by a write that fits into it. That can be seen from outside: a pipe is full
 * earlier than after 64 KiB. */
const PAGE = 4096;
const SLOTS = 16;
const MOST = 1 << 20;
/** Writes of no more come out in one piece. */
const ATOMIC = 4096;
const FIONREAD = 0x541b;

interface Slot {
  readonly page: Uint8Array;
  from: number;
  to: number;
  /** Written with O_DIRECT: read by itself, and what does not fit is lost. */
  readonly isPacket: boolean;
}

let nextNumber = 1n;

/** What the buffers of all pipes together may have: more than the soft limit, and new ones are small, and none grows. */
export class PipeBudget {
  readonly #most: number;
  #slots = 0;

  constructor(most = 16_384) {
    this.#most = most;
  }

  get isSpent(): boolean {
    return this.#slots >= this.#most;
  }

  take(slots: number): void {
    this.#slots += slots;
  }
}

const SMALL = 2;

export class Pipe {
  readonly #slots: Slot[] = [];
  /** Bytes in the buffer. */
  length = 0;
  slots: number;
  readers = 0;
  writers = 0;
  /** How often an end was opened: who waits for the other side must not miss one that was closed again. */
  opened = { readers: 0, writers: 0 };
  readonly changed = new WaitQueue();
  readonly ino = nextNumber++;
  readonly created: bigint;

  readonly #budget: PipeBudget | undefined;

  constructor(nowNs: bigint, budget?: PipeBudget) {
    this.created = nowNs;
    this.#budget = budget;
    this.slots = budget?.isSpent === true ? SMALL : SLOTS;
    budget?.take(this.slots);
  }

  /** Both sides are closed: its buffer is given back. */
  closed(): void {
    this.#budget?.take(-this.slots);
  }

  /** How many of so many bytes can be put now. */
  room(wanted: number): number {
    const free = (this.slots - this.#slots.length) * PAGE;
    const rest = wanted % PAGE;
    const last = this.#slots.at(-1);
    const merged = last !== undefined && !last.isPacket && rest > 0 && last.to + rest <= PAGE ? rest : 0;
    return Math.min(wanted, free + merged);
  }

  /** A writer would not have to wait, by what poll says. */
  get hasRoom(): boolean {
    return this.#slots.length < this.slots;
  }

  /** Puts bytes, for which there is room. */
  put(bytes: Uint8Array, isPacket = false): void {
    let at = 0;
    const rest = bytes.length % PAGE;
    const last = this.#slots.at(-1);
    if (last !== undefined && !last.isPacket && !isPacket && rest > 0 && last.to + rest <= PAGE) {
      last.page.set(bytes.subarray(0, rest), last.to);
      last.to += rest;
      at = rest;
    }
    for (; at < bytes.length; at += PAGE) {
      const page = new Uint8Array(PAGE);
      const part = bytes.subarray(at, at + PAGE);
      page.set(part);
      this.#slots.push({ page, from: 0, to: part.length, isPacket });
    }
    this.length += bytes.length;
    this.changed.wake(POLL.IN | POLL.RDNORM);
  }

  /** Another size: a power of two of pages, not less than there are in use. Returns it in bytes. */
  resize(bytes: number): number {
    if (bytes > MOST) return fail("EPERM");
    const slots = 2 ** Math.ceil(Math.log2(Math.max(1, Math.ceil(bytes / PAGE))));
    if (slots < this.#slots.length) return fail("EBUSY");
    if (slots > this.slots && this.#budget?.isSpent === true) return fail("EPERM");
    this.#budget?.take(slots - this.slots);
    this.slots = slots;
    this.changed.wake();
    return slots * PAGE;
  }

  /** The first bytes, which stay. */
  peek(most: number): Uint8Array {
    const into = new Uint8Array(Math.min(most, this.length));
    let at = 0;
    for (const { page, from, to } of this.#slots) {
      const part = page.subarray(from, Math.min(to, from + into.length - at));
      into.set(part, at);
      at += part.length;
      if (at === into.length) break;
    }
    return into;
  }

  take(into: Uint8Array): number {
    let at = 0;
    for (let slot = this.#slots[0]; slot !== undefined && at < into.length; slot = this.#slots[0]) {
      const n = Math.min(slot.to - slot.from, into.length - at);
      into.set(slot.page.subarray(slot.from, slot.from + n), at);
      at += n;
      slot.from += n;
      if (slot.isPacket) this.length -= slot.to - slot.from;
      if (slot.isPacket || slot.from === slot.to) this.#slots.shift();
      if (slot.isPacket) break;
    }
    this.length -= at;
    if (at > 0) this.changed.wake(POLL.OUT | POLL.WRNORM);
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
  /** A reader hears of writers that left, but not of those before it. */
  readonly #writersBefore: number;

  /** `inode`: of a FIFO, what it is called by. */
  constructor(pipe: Pipe, flags: number, inode?: Inode) {
    super(flags, inode);
    this.#pipe = pipe;
    this.#writersBefore = pipe.opened.writers;
    this.title = `pipe:[${pipe.ino}]`;
    if (this.isReadable) {
      pipe.readers++;
      pipe.opened.readers++;
    }
    if (this.isWritable) {
      pipe.writers++;
      pipe.opened.writers++;
    }
  }

  get pipe(): Pipe {
    return this.#pipe;
  }

  override stat(): Awaitable<Stat> {
    return this.inode?.stat() ?? this.#pipe.stat();
  }

  /** Other than that of a FIFO, this waits for nobody. */
  override openAgain(flags: number): OpenFile {
    const end = new PipeEnd(this.#pipe, flags);
    this.#pipe.changed.wake();
    return end;
  }

  protected override close(): void {
    if (this.isReadable) this.#pipe.readers--;
    if (this.isWritable) this.#pipe.writers--;
    if (this.#pipe.readers === 0 && this.#pipe.writers === 0) this.#pipe.closed();
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
    if (pipe.room(from.length) === from.length) {
      if (from.length > 0) pipe.put(from, this.#isPacketed);
      return from.length;
    }
    if (!this.isNonBlocking) return this.#waitAndWrite(from, caller);
    const n = from.length <= ATOMIC ? 0 : pipe.room(from.length);
    if (n === 0) return fail("EAGAIN");
    pipe.put(from.subarray(0, n), this.#isPacketed);
    return n;
  }

  get #isPacketed(): boolean {
    return (this.flags & O.DIRECT) !== 0;
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
      const n = pipe.room(from.length - written);
      if (n < (from.length <= ATOMIC ? from.length : 1)) {
        try {
          await caller.wait([pipe.changed]);
        } catch (error) {
          if (written > 0) return written;
          throw error;
        }
        continue;
      }
      pipe.put(from.subarray(written, written + n), this.#isPacketed);
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
      if (pipe.writers === 0 && pipe.opened.writers > this.#writersBefore) events |= POLL.HUP;
    }
    if (this.isWritable) {
      if (pipe.hasRoom) events |= POLL.OUT | POLL.WRNORM;
      if (pipe.readers === 0) events |= POLL.ERR;
    }
    return events;
  }

  override get readiness(): WaitQueue {
    return this.#pipe.changed;
  }
}

/** The two ends of a new pipe. */
export function makePipe(flags: number, nowNs: bigint, budget?: PipeBudget): { readonly reader: PipeEnd; readonly writer: PipeEnd } {
  const pipe = new Pipe(nowNs, budget);
  const kept = flags & (O.NONBLOCK | O.DIRECT);
  return { reader: new PipeEnd(pipe, O.RDONLY | kept), writer: new PipeEnd(pipe, O.WRONLY | kept) };
}

/** Opens a FIFO: waits until there is somebody on the other side too, unless that is not wanted or this is both sides. */
export function openFifo(pipe: Pipe, inode: Inode, flags: number, caller: Caller): Awaitable<PipeEnd> {
  const access = flags & O.ACCMODE;
  const isNonBlocking = (flags & O.NONBLOCK) !== 0;
  if (access === O.WRONLY && isNonBlocking && pipe.readers === 0) return fail("ENXIO");
  const end = new PipeEnd(pipe, flags, inode);
  pipe.changed.wake();
  const other = access === O.RDONLY ? "writers" : "readers";
  if (access === O.RDWR || pipe[other] > 0 || isNonBlocking) return end;
  return waitForOther(pipe, end, other, caller);
}

async function waitForOther(pipe: Pipe, end: PipeEnd, other: "readers" | "writers", caller: Caller): Promise<PipeEnd> {
  const before = pipe.opened[other];
  try {
    while (pipe.opened[other] === before) await caller.wait([pipe.changed]);
    return end;
  } catch (error) {
    await end.release();
    throw error;
  }
}
