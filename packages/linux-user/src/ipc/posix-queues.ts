/** POSIX message queues: messages with priorities in a queue that has a name, open like a file; and telling a process that one arrived. */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { stringBytes } from "../mm/user-access.ts";
import type { NetlinkSocket } from "../net/netlink.ts";
import type { Credentials, Process } from "../process.ts";
import { SI } from "../signals/numbers.ts";
import { sendToProcess } from "../signals/send.ts";
import { O, POLL, S } from "../vfs/constants.ts";
import { type Caller, OpenFile, type Stat } from "../vfs/types.ts";
import { WaitQueue } from "../wait-queue.ts";

export interface QueuedMessage {
  readonly priority: number;
  readonly bytes: Uint8Array;
}

/** Who wants to be told of a message that finds the queue empty: by a signal (0: not even that), or a datagram on a netlink socket. */
export interface Registration {
  readonly process: Process;
  readonly signal: number;
  readonly value: number;
  readonly socket?: { readonly file: NetlinkSocket; readonly cookie: Uint8Array };
}

/** The last byte of a cookie says what happened. */
const [WOKEN, REMOVED] = [1, 2];

let lastNumber = 0n;

export class PosixQueue {
  readonly most: number;
  readonly longest: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly ino = ++lastNumber;
  readonly changed = new WaitQueue();
  readonly createdNs: bigint;
  messages: QueuedMessage[] = [];
  /** Tasks that wait for a message: then nobody else is told. */
  receivers = 0;
  #registration: Registration | undefined;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, size: { readonly most: number; readonly longest: number }, mode: number, { euid, egid }: Credentials) {
    this.#kernel = kernel;
    this.most = size.most;
    this.longest = size.longest;
    this.mode = mode;
    this.uid = euid;
    this.gid = egid;
    this.createdNs = kernel.realtimeNs();
  }

  get registration(): Registration | undefined {
    return this.#registration;
  }

  register(registration: Registration): void {
    if (this.#registration !== undefined) fail("EBUSY");
    this.#registration = registration;
  }

  /** That process does not want to be told any more. */
  unregister(process: Process): void {
    if (this.#registration?.process !== process) return;
    this.#toSocket(this.#registration, REMOVED);
    this.#registration = undefined;
  }

  #toSocket({ socket }: Registration, what: number): void {
    if (socket === undefined) return;
    const bytes = socket.cookie.slice();
    bytes[bytes.length - 1] = what;
    socket.file.deliver(bytes);
    void socket.file.release();
  }

  /** Behind those of the same priority. */
  put(message: QueuedMessage, sender: Process): void {
    const wasEmpty = this.messages.length === 0;
    const at = this.messages.findIndex((m) => m.priority < message.priority);
    this.messages.splice(at < 0 ? this.messages.length : at, 0, message);
    this.changed.wake();
    const registration = this.#registration;
    if (!wasEmpty || this.receivers > 0 || registration === undefined) return;
    this.#registration = undefined;
    const { process, signal, value } = registration;
    this.#toSocket(registration, WOKEN);
    if (signal !== 0) sendToProcess(this.#kernel, process, { signal, code: SI.MESGQ, value, pid: sender.pid, uid: sender.credentials.uid });
  }

  take(): QueuedMessage {
    const message = this.messages.shift()!;
    this.changed.wake();
    return message;
  }

  get bytes(): number {
    return this.messages.reduce((sum, m) => sum + m.bytes.length, 0);
  }
}

export class QueueFile extends OpenFile {
  readonly queue: PosixQueue;

  constructor(queue: PosixQueue, name: string, flags: number) {
    super(flags);
    this.queue = queue;
    this.title = `/${name}`;
  }

  override stat(): Stat {
    const { ino, mode, uid, gid, createdNs } = this.queue;
    return {
      dev: 0x12n,
      ino,
      mode: S.IFREG | mode,
      nlink: 1,
      uid,
      gid,
      rdev: 0n,
      size: 80,
      blksize: 4096,
      blocks: 0,
      atimeNs: createdNs,
      mtimeNs: createdNs,
      ctimeNs: createdNs,
    };
  }

  /** What there is to know of the queue, as text. */
  override read(into: Uint8Array, _caller: Caller): Awaitable<number> {
    const n = this.readAt(into, this.position) as number;
    this.position += n;
    return n;
  }

  override readAt(into: Uint8Array, offset: number): Awaitable<number> {
    const { bytes, registration } = this.queue;
    const notify = registration === undefined ? 0 : registration.socket !== undefined ? 2 : registration.signal === 0 ? 1 : 0;
    const padded = (value: number): string => String(value).padEnd(5);
    const text = `QSIZE:${String(bytes).padEnd(10)} NOTIFY:${padded(notify)} SIGNO:${padded(registration?.signal ?? 0)} NOTIFY_PID:${String(registration?.process.pid ?? 0).padEnd(6)}\n`;
    const part = stringBytes(text).subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }

  override get isPollable(): boolean {
    return true;
  }

  override poll(): number {
    const { messages, most } = this.queue;
    return (messages.length > 0 ? POLL.IN | POLL.RDNORM : 0) | (messages.length < most ? POLL.OUT | POLL.WRNORM : 0);
  }

  override get readiness(): WaitQueue {
    return this.queue.changed;
  }
}

/** However far a program raises its limit. */
const MOST_BYTES = 64 << 20;

/** Bytes that a queue of that size counts as, against the limit of its owner. */
const costOf = ({ most, longest }: Pick<PosixQueue, "most" | "longest">): number => most * (longest + 80);

export class PosixQueues {
  readonly #byName = new Map<string, PosixQueue>();

  find(name: string): PosixQueue | undefined {
    return this.#byName.get(name);
  }

  /** `limit`: of bytes, for all queues of one user. */
  add(name: string, queue: PosixQueue, limit: number): void {
    const MOST = 256;
    if (this.#byName.size >= MOST) fail("ENOSPC");
    const mine = [...this.#byName.values()].filter(({ uid }) => uid === queue.uid).reduce((sum, q) => sum + costOf(q), 0);
    if (mine + costOf(queue) > Math.min(limit, MOST_BYTES)) fail("EMFILE");
    this.#byName.set(name, queue);
  }

  /** Whoever has it open keeps it. */
  unlink(name: string): void {
    if (!this.#byName.delete(name)) fail("ENOENT");
  }

  /** Fails with EACCES unless the mode allows what the flags of open ask for. */
  check({ uid, gid, mode }: PosixQueue, flags: number, { euid, egid, groups }: Credentials): void {
    const wanted = [4, 2, 6][flags & O.ACCMODE] ?? fail("EINVAL");
    const shift = euid === uid ? 6 : egid === gid || groups.includes(gid) ? 3 : 0;
    if (euid !== 0 && ((mode >> shift) & wanted) !== wanted) fail("EACCES");
  }
}
