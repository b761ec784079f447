/** What all sockets have in common, whatever they are of: their options, reading and writing them like files. */
import { andThen, type Awaitable } from "../awaitable.ts";
import { Errno, fail } from "../errno.ts";
import type { Task } from "../task.ts";
import { O, S } from "../vfs/constants.ts";
import { type Caller, type IoctlMemory, OpenFile, type Stat } from "../vfs/types.ts";
import { WaitQueue } from "../wait-queue.ts";
import { MSG, SOCK } from "./constants.ts";

/** struct ucred. */
export interface SocketCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Something beside the bytes of a message: what it is, by level and type, and its bytes as the program has them. */
export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly bytes: Uint8Array;
}

export interface Outgoing {
  readonly bytes: Uint8Array;
  /** MSG bits. */
  readonly flags: number;
  /** A sockaddr; absent: whoever it is connected to. */
  readonly to?: Uint8Array | undefined;
  /** Open files that go with it; the message has them for itself. */
  readonly files: readonly OpenFile[];
  readonly credentials?: SocketCredentials | undefined;
  /** Other control messages that were given. */
  readonly control?: readonly ControlMessage[] | undefined;
}

export interface Received {
  /** Bytes put into the buffer. */
  readonly count: number;
  /** Bytes that the message had; more than `count` if it was cut. */
  readonly length: number;
  /** The sender's sockaddr, where there is one. */
  readonly from?: Uint8Array | undefined;
  readonly files: readonly OpenFile[];
  readonly credentials?: SocketCredentials | undefined;
  readonly control?: readonly ControlMessage[] | undefined;
}

const FIONREAD = 0x541b;
const SOCKFS = 0x08n;
export const BUFFER_BYTES = 212_992;

let nextNumber = 1n;

export abstract class Socket extends OpenFile {
  readonly domain: number;
  readonly socketType: number;
  readonly protocol: number;
  readonly ino = nextNumber++;
  readonly changed = new WaitQueue();
  /** Options that are only remembered, by level and name. */
  readonly options = new Map<string, Uint8Array>();
  sendBuffer = BUFFER_BYTES;
  receiveBuffer = BUFFER_BYTES;
  /** In ns; 0: as long as it takes. */
  receiveTimeoutNs = 0;
  sendTimeoutNs = 0;
  passesCredentials = false;
  /** Told once, by the next call or SO_ERROR. */
  error: Errno | undefined;
  /** Who is on the other side (SO_PEERCRED). */
  peerCredentials: SocketCredentials | undefined;
  readonly #created: bigint;

  constructor(domain: number, type: number, protocol: number, flags: number, nowNs: bigint) {
    super(O.RDWR | (flags & O.NONBLOCK));
    this.domain = domain;
    this.socketType = type;
    this.protocol = protocol;
    this.title = `socket:[${this.ino}]`;
    this.#created = nowNs;
  }

  get isStream(): boolean {
    return this.socketType === SOCK.STREAM;
  }
  /** Its peer is one and the same: not so for datagrams. */
  get isConnectionBased(): boolean {
    return this.socketType !== SOCK.DGRAM;
  }

  abstract get isListening(): boolean;
  abstract bind(address: Uint8Array, task: Task): Awaitable<void>;
  abstract listen(backlog: number, task: Task): Awaitable<void>;
  abstract accept(task: Task, flags: number): Awaitable<Socket>;
  abstract connect(address: Uint8Array, task: Task): Awaitable<void>;
  abstract send(message: Outgoing, caller: Caller): Awaitable<number>;
  abstract receive(into: Uint8Array, flags: number, caller: Caller): Awaitable<Received>;
  /** `how`: SHUT. */
  abstract shutdown(how: number): Awaitable<void>;
  /** Its own address as a sockaddr. */
  abstract get name(): Uint8Array;
  /** Fails with ENOTCONN. */
  abstract get peerName(): Uint8Array;
  /** Bytes that wait to be read. */
  abstract get available(): number;

  /** Fails with the error that has come up, once. */
  throwError(): void {
    const { error } = this;
    this.error = undefined;
    if (error !== undefined) throw error;
  }

  /** Does a call with these flags wait? */
  waits(flags: number): boolean {
    return !this.isNonBlocking && (flags & MSG.DONTWAIT) === 0;
  }

  /** Waits for a change; EAGAIN when that takes longer than the option says. `deadlineNs`: what `deadline` gave. */
  async waitFor(queues: readonly WaitQueue[], caller: Caller, deadlineNs: number | undefined): Promise<void> {
    if (!(await caller.wait(queues, deadlineNs))) fail("EAGAIN");
  }

  override stat(): Stat {
    const time = this.#created;
    return {
      dev: SOCKFS,
      ino: this.ino,
      mode: S.IFSOCK | 0o777,
      nlink: 1,
      uid: 0,
      gid: 0,
      rdev: 0n,
      size: 0,
      blksize: 4096,
      blocks: 0,
      atimeNs: time,
      mtimeNs: time,
      ctimeNs: time,
    };
  }

  override read(into: Uint8Array, caller: Caller): Awaitable<number> {
    return andThen(this.receive(into, 0, caller), ({ count, files }) => {
      for (const file of files) void file.release();
      return count;
    });
  }

  override write(from: Uint8Array, caller: Caller): Awaitable<number> {
    return this.send({ bytes: from, flags: 0, files: [], credentials: caller.identity }, caller);
  }

  override ioctl(request: number, argument: number, memory: IoctlMemory): number {
    if (request !== FIONREAD) return fail("ENOTTY");
    memory.setU32(argument, this.available);
    return 0;
  }

  override get readiness(): WaitQueue {
    return this.changed;
  }
}

/** The failure of a send to where nobody reads any more. */
export function broken(flags: number, caller: Caller): never {
  if ((flags & MSG.NOSIGNAL) === 0) caller.signal("SIGPIPE");
  return fail("EPIPE");
}
