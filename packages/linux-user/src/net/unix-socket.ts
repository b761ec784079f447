/** Sockets of AF_UNIX: streams, datagrams and packets in order between the emulator's processes. Messages lie in the receiver's inbox. */
import type { Awaitable } from "../awaitable.ts";
import { fail, Errno } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Task } from "../task.ts";
import { POLL } from "../vfs/constants.ts";
import type { Caller, OpenFile } from "../vfs/types.ts";
import { WaitQueue } from "../wait-queue.ts";
import { AF, MSG, SHUT, SOCK } from "./constants.ts";
import { broken, type Outgoing, type Received, Socket, type SocketCredentials } from "./socket.ts";

interface Message {
  bytes: Uint8Array;
  readonly from: Uint8Array | undefined;
  files: readonly OpenFile[];
  readonly credentials: SocketCredentials | undefined;
}

/** Datagrams that wait at one socket. */
const MOST_DATAGRAMS = 11;
const MOST_BACKLOG = 4096;

export const credentialsOf = (task: Task): SocketCredentials => task.identity;

async function releaseAll(files: readonly OpenFile[]): Promise<void> {
  await undefined;
  for (const file of files) await file.release();
}

export class UnixSocket extends Socket {
  readonly #kernel: Kernel;
  readonly #inbox: Message[] = [];
  #inboxBytes = 0;
  /** Woken when something was taken out of the inbox. */
  readonly #roomMade = new WaitQueue();
  #name: Uint8Array;
  #isBound = false;
  #peer: UnixSocket | undefined;
  /** The other side of the connection has gone. */
  #isHungUp = false;
  #noReads = false;
  #noWrites = false;
  /** Of a listening one: connections that wait for accept. */
  #backlog: UnixSocket[] | undefined;
  #mostBacklog = 0;
  #listener: SocketCredentials | undefined;
  isClosed = false;
  /** Gives up its abstract name. */
  onNameless: () => void = () => {};

  constructor(kernel: Kernel, type: number, flags: number) {
    super(AF.UNIX, type, 0, flags, kernel.realtimeNs());
    this.#kernel = kernel;
    this.#name = new Uint8Array(2);
    new DataView(this.#name.buffer).setUint16(0, AF.UNIX, kernel.abi.littleEndian);
  }

  static pair(kernel: Kernel, type: number, flags: number, credentials: SocketCredentials): [UnixSocket, UnixSocket] {
    const [a, b] = [new UnixSocket(kernel, type, flags), new UnixSocket(kernel, type, flags)];
    a.#join(b);
    a.peerCredentials = b.peerCredentials = credentials;
    return [a, b];
  }

  #join(other: UnixSocket): void {
    this.#peer = other;
    other.#peer = this;
  }

  override get isListening(): boolean {
    return this.#backlog !== undefined;
  }
  override get name(): Uint8Array {
    return this.#name;
  }
  override get peerName(): Uint8Array {
    return this.#peer?.name ?? fail("ENOTCONN");
  }
  override get available(): number {
    return this.isStream ? this.#inboxBytes : (this.#inbox[0]?.bytes.length ?? 0);
  }

  override async bind(address: Uint8Array, task: Task): Promise<void> {
    if (this.#isBound) fail("EINVAL");
    this.#name = await this.#kernel.unixNames.bind(this.#kernel, task, address, this);
    this.#isBound = true;
  }

  override listen(backlog: number, task: Task): void {
    if (!this.isConnectionBased) return fail("EOPNOTSUPP");
    if (!this.#isBound || this.#peer !== undefined) return fail("EINVAL");
    this.#backlog ??= [];
    this.#mostBacklog = backlog < 0 ? MOST_BACKLOG : Math.min(backlog, MOST_BACKLOG);
    this.#listener = credentialsOf(task);
    this.#roomMade.wake();
  }

  override accept(task: Task, flags: number): Awaitable<Socket> {
    const backlog = this.#backlog ?? fail(this.isConnectionBased ? "EINVAL" : "EOPNOTSUPP");
    const next = (): UnixSocket | undefined => {
      const socket = backlog.shift();
      if (socket !== undefined) {
        socket.flags |= flags;
        this.#roomMade.wake();
      }
      return socket;
    };
    const first = next();
    if (first !== undefined) return first;
    if (!this.waits(0)) return fail("EAGAIN");
    const deadline = this.#deadline(this.receiveTimeoutNs);
    const wait = async (): Promise<Socket> => {
      for (;;) {
        await this.waitFor([this.changed], task, deadline);
        const socket = next();
        if (socket !== undefined) return socket;
        if (this.#noReads) fail("EINVAL");
      }
    };
    return wait();
  }

  #deadline(timeoutNs: number): number | undefined {
    return timeoutNs === 0 ? undefined : this.#kernel.nowNs() + timeoutNs;
  }

  override async connect(address: Uint8Array, task: Task): Promise<void> {
    const family = new DataView(address.buffer, address.byteOffset).getUint16(0, this.#kernel.abi.littleEndian);
    if (!this.isConnectionBased && family === AF.UNSPEC) {
      this.#peer = undefined;
      return;
    }
    if (family !== AF.UNIX) fail("EINVAL");
    if (this.isConnectionBased && this.#peer !== undefined) fail("EISCONN");
    if (this.isListening) fail("EINVAL");
    const target = await this.#kernel.unixNames.find(this.#kernel, task, address);
    if (target.socketType !== this.socketType) fail("EPROTOTYPE");
    if (!this.isConnectionBased) {
      if (target.#peer !== undefined && target.#peer !== this) fail("EPERM");
      this.#peer = target;
      return;
    }
    const deadline = this.#deadline(this.sendTimeoutNs);
    for (;;) {
      const backlog = target.#backlog;
      if (backlog === undefined || target.isClosed || target.#noReads) return fail("ECONNREFUSED");
      if (backlog.length <= target.#mostBacklog) break;
      if (!this.waits(0)) return fail("EAGAIN");
      await this.waitFor([target.#roomMade], task, deadline);
    }
    const other = new UnixSocket(this.#kernel, this.socketType, 0);
    other.#name = target.#name;
    other.passesCredentials = target.passesCredentials;
    other.peerCredentials = credentialsOf(task);
    this.peerCredentials = target.#listener;
    this.#join(other);
    target.#backlog!.push(other);
    target.changed.wake(POLL.IN | POLL.RDNORM);
    this.changed.wake(POLL.OUT | POLL.WRNORM);
  }

  get #peerIsSilent(): boolean {
    return this.#peer !== undefined && this.#peer.#noWrites;
  }

  // ---- sending

  override send(message: Outgoing, caller: Caller): Awaitable<number> {
    if ((message.flags & MSG.OOB) !== 0) return fail("EOPNOTSUPP");
    if (!this.isConnectionBased) return this.#sendDatagram(message, caller);
    if (message.to !== undefined && this.isStream) return fail(this.#peer === undefined ? "EOPNOTSUPP" : "EISCONN");
    this.throwError();
    if (this.#noWrites || this.#isHungUp) return broken(message.flags, caller);
    const peer = this.#peer ?? fail("ENOTCONN");
    if (!this.isStream && message.bytes.length > this.sendBuffer) return fail("EMSGSIZE");
    if (peer.#noReads) return broken(message.flags, caller);
    const room = this.#room(peer, message.bytes.length);
    if (room === message.bytes.length) return this.#put(peer, message, message.bytes);
    if (this.waits(message.flags)) return this.#waitAndSend(peer, message, caller);
    return room > 0 ? this.#put(peer, message, message.bytes.subarray(0, room)) : fail("EAGAIN");
  }

  /** How much of a message of that size the peer takes now; packets go whole. */
  #room(peer: UnixSocket, wanted: number): number {
    const free = Math.max(0, this.sendBuffer - peer.#inboxBytes);
    if (this.isStream) return Math.min(wanted, free);
    return free >= wanted && peer.#inbox.length < MOST_DATAGRAMS * 16 ? wanted : 0;
  }

  #put(peer: UnixSocket, { files, credentials }: Outgoing, bytes: Uint8Array): number {
    if (bytes.length === 0 && this.isStream) return 0;
    peer.#inbox.push({ bytes: bytes.slice(), files, credentials, from: this.#isBound ? this.#name : undefined });
    peer.#inboxBytes += bytes.length;
    peer.changed.wake(POLL.IN | POLL.RDNORM);
    return bytes.length;
  }

  async #waitAndSend(peer: UnixSocket, message: Outgoing, caller: Caller): Promise<number> {
    const { bytes, flags } = message;
    const deadline = this.#deadline(this.sendTimeoutNs);
    let sent = 0;
    let rest = message;
    for (;;) {
      if (this.#noWrites || this.#isHungUp || peer.#noReads) return sent > 0 ? sent : broken(flags, caller);
      const room = this.#room(peer, bytes.length - sent);
      if (room > 0) {
        sent += this.#put(peer, rest, bytes.subarray(sent, sent + room));
        rest = { ...message, files: [] };
      }
      if (sent === bytes.length) return sent;
      try {
        await this.waitFor([peer.#roomMade, this.changed], caller, deadline);
      } catch (error) {
        if (sent > 0) return sent;
        throw error;
      }
    }
  }

  #sendDatagram(message: Outgoing, caller: Caller): Awaitable<number> {
    if (this.#noWrites) return broken(message.flags, caller);
    const { to } = message;
    if (to === undefined) return this.#deliver(this.#peer ?? fail(this.#isHungUp ? "ECONNREFUSED" : "ENOTCONN"), message, caller);
    return this.#kernel.unixNames.find(this.#kernel, caller as Task, to).then((target) => {
      if (target.socketType !== this.socketType) return fail("EPROTOTYPE");
      if (target.#peer !== undefined && target.#peer !== this) return fail("EPERM");
      return this.#deliver(target, message, caller);
    });
  }

  #deliver(target: UnixSocket, message: Outgoing, caller: Caller): Awaitable<number> {
    const { bytes, flags } = message;
    if (bytes.length > this.sendBuffer) return fail("EMSGSIZE");
    const isFull = (): boolean => {
      if (target.isClosed) fail("ECONNREFUSED");
      if (target.#noReads) broken(flags, caller);
      return target.#inbox.length >= MOST_DATAGRAMS || target.#inboxBytes > this.sendBuffer;
    };
    if (!isFull()) return this.#put(target, message, bytes);
    if (!this.waits(flags)) return fail("EAGAIN");
    const deadline = this.#deadline(this.sendTimeoutNs);
    const wait = async (): Promise<number> => {
      while (isFull()) await this.waitFor([target.#roomMade], caller, deadline);
      return this.#put(target, message, bytes);
    };
    return wait();
  }

  // ---- receiving

  override receive(into: Uint8Array, flags: number, caller: Caller): Awaitable<Received> {
    if ((flags & MSG.OOB) !== 0) return fail("EOPNOTSUPP");
    if (this.isListening || (this.isConnectionBased && this.#peer === undefined && !this.#isHungUp))
      return fail(this.isStream ? "EINVAL" : "ENOTCONN");
    if (this.#inbox.length > 0 && ((flags & MSG.WAITALL) === 0 || this.#inboxBytes >= into.length || !this.isStream))
      return this.#take(into, flags);
    const ended = this.#ended();
    if (ended !== undefined) return ended;
    if (!this.waits(flags)) return this.#inbox.length > 0 ? this.#take(into, flags) : fail("EAGAIN");
    return this.#waitAndTake(into, flags, caller);
  }

  /** What a receive gives when nothing waits and nothing will come. */
  #ended(): Received | undefined {
    if (this.#inbox.length > 0) return undefined;
    this.throwError();
    const nothing = { count: 0, length: 0, files: [] };
    if (this.#noReads) return nothing;
    return this.isConnectionBased && (this.#isHungUp || this.#peerIsSilent) ? nothing : undefined;
  }

  async #waitAndTake(into: Uint8Array, flags: number, caller: Caller): Promise<Received> {
    const deadline = this.#deadline(this.receiveTimeoutNs);
    const wantsAll = (flags & MSG.WAITALL) !== 0 && this.isStream && (flags & MSG.PEEK) === 0;
    let all: Received | undefined;
    for (;;) {
      if (this.#inbox.length > 0) {
        const part = this.#take(into.subarray(all?.count ?? 0), flags);
        all = {
          ...part,
          count: (all?.count ?? 0) + part.count,
          length: (all?.length ?? 0) + part.length,
          files: [...(all?.files ?? []), ...part.files],
        };
        if (!wantsAll || all.count === into.length) return all;
        continue;
      }
      const ended = this.#ended();
      if (ended !== undefined) return all ?? ended;
      try {
        await this.waitFor([this.changed], caller, deadline);
      } catch (error) {
        if (all !== undefined && error instanceof Errno) return all;
        throw error;
      }
    }
  }

  #take(into: Uint8Array, flags: number): Received {
    const peeks = (flags & MSG.PEEK) !== 0;
    const first = this.#inbox[0]!;
    const files = peeks ? first.files.map((file) => file.retain()) : first.files;
    const { from, credentials } = first;
    let count = 0;
    let { length } = first.bytes;
    if (!this.isStream) {
      count = Math.min(into.length, length);
      into.set(first.bytes.subarray(0, count));
      if (!peeks) this.#drop(first, length);
    } else {
      // Bytes run together, but not past files that came with some of them.
      for (let i = 0; count < into.length; ) {
        const message = this.#inbox[i];
        if (message === undefined || (i > 0 && peeks && message.files.length > 0) || (message !== first && message.files.length > 0)) break;
        const n = Math.min(into.length - count, message.bytes.length);
        into.set(message.bytes.subarray(0, n), count);
        count += n;
        if (peeks) i++;
        else this.#drop(message, n);
        if (files.length > 0) break;
      }
      length = count;
    }
    if (!peeks) {
      this.#roomMade.wake();
      this.#peer?.changed.wake(POLL.OUT | POLL.WRNORM);
    }
    return { count, length, from, files, credentials };
  }

  /** So many bytes of the first message are gone, and its files. */
  #drop(message: Message, n: number): void {
    this.#inboxBytes -= n;
    message.files = [];
    if (!this.isStream || n === message.bytes.length) this.#inbox.shift();
    else message.bytes = message.bytes.subarray(n);
  }

  // ---- the end

  override shutdown(how: number): void {
    if (this.isConnectionBased && this.#peer === undefined && !this.isListening) return fail("ENOTCONN");
    if (how !== SHUT.WR) this.#noReads = true;
    if (how !== SHUT.RD) this.#noWrites = true;
    const peer = this.isConnectionBased ? this.#peer : undefined;
    this.changed.wake();
    this.#roomMade.wake();
    peer?.changed.wake();
  }

  protected override close(): Awaitable<void> {
    this.isClosed = true;
    this.onNameless();
    const hadUnread = this.#inbox.length > 0;
    const files = this.#inbox.flatMap((message) => message.files);
    this.#inbox.length = 0;
    for (const waiting of this.#backlog ?? []) void waiting.release();
    const peer = this.#peer;
    if (peer !== undefined && (this.isConnectionBased || peer.#peer === this)) {
      peer.#isHungUp = true;
      peer.#peer = undefined;
      // What was sent here is lost, and its sender is told.
      if (hadUnread && this.isConnectionBased) peer.error = new Errno("ECONNRESET");
      peer.changed.wake();
    }
    this.#roomMade.wake();
    // One of them may be a socket that has another in its inbox, and so on: each in its own turn, or there would be no end to it.
    return files.length === 0 ? undefined : releaseAll(files);
  }

  override poll(): number {
    if (this.#backlog !== undefined) return this.#backlog.length > 0 ? POLL.IN | POLL.RDNORM : 0;
    let events = this.error === undefined ? 0 : POLL.ERR;
    const isOver = this.#noReads || (this.isConnectionBased && (this.#isHungUp || this.#peerIsSilent));
    if (this.#inbox.length > 0 || isOver) events |= POLL.IN | POLL.RDNORM;
    if (isOver) events |= POLL.RDHUP;
    const isApart = this.isConnectionBased && this.#peer === undefined;
    if (isApart || (this.#noReads && this.#noWrites)) events |= POLL.HUP;
    const peer = this.#peer;
    const hasRoom =
      peer === undefined ||
      (peer.#inboxBytes <= (this.sendBuffer / 4) * 3 && (this.socketType !== SOCK.DGRAM || peer.#inbox.length < MOST_DATAGRAMS));
    if (hasRoom) events |= POLL.OUT | POLL.WRNORM;
    return events;
  }
}
