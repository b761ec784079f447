/** TCP over the host's: connections and listeners. A bound socket already listens on the host, so that its port is known and its own. */
import type { HostAddress, HostConnection, HostConnectionEvents, HostListener, HostNet } from "@tsemu/hw";
import type { Awaitable } from "../awaitable.ts";
import { Errno, fail, fromHost } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Task } from "../task.ts";
import { POLL } from "../vfs/constants.ts";
import type { Caller } from "../vfs/types.ts";
import { AF, MSG, SHUT, SOCK } from "./constants.ts";
import { anyAddress, hostAddress, sockaddr } from "./inet-address.ts";
import { broken, type Outgoing, type Received, Socket } from "./socket.ts";

const IPPROTO_TCP = 6;
/** More than that is not taken from the host before it is read. */
const MOST_BUFFERED = 0x4_0000;
const V6ONLY = "41:26";

export class InetStream extends Socket implements HostConnectionEvents {
  readonly #kernel: Kernel;
  readonly #net: HostNet;
  #state: "fresh" | "bound" | "listening" | "connecting" | "connected" = "fresh";
  #listener: HostListener | undefined;
  #connection: HostConnection | undefined;
  /** Addresses outlive the connection. */
  #local: HostAddress | undefined;
  #remote: HostAddress | undefined;
  readonly #backlog: InetStream[] = [];
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #isFull = false;
  #atEnd = false;
  #noReads = false;
  #noWrites = false;

  constructor(kernel: Kernel, net: HostNet, family: number, flags: number) {
    super(family, SOCK.STREAM, IPPROTO_TCP, flags, kernel.realtimeNs());
    this.#kernel = kernel;
    this.#net = net;
  }

  #address(at: HostAddress | undefined): Uint8Array {
    return sockaddr(this.domain, at ?? anyAddress(this.domain), this.#kernel.abi.littleEndian);
  }
  override get isListening(): boolean {
    return this.#state === "listening";
  }
  override get name(): Uint8Array {
    return this.#address(this.#local);
  }
  override get peerName(): Uint8Array {
    return this.#state === "connected" && this.#remote !== undefined ? this.#address(this.#remote) : fail("ENOTCONN");
  }
  override get available(): number {
    return this.#buffered;
  }

  // ---- events of the host's connection

  connected(): void {
    this.#state = "connected";
    this.#local = this.#connection?.local ?? this.#local;
    this.#remote = this.#connection?.remote ?? this.#remote;
    this.#connection?.setReading(true);
    this.changed.wake(POLL.OUT | POLL.WRNORM);
  }
  data(bytes: Uint8Array): void {
    if (this.#noReads) return;
    this.#chunks.push(bytes);
    this.#buffered += bytes.length;
    if (this.#buffered >= MOST_BUFFERED) this.#connection?.setReading(false);
    this.changed.wake(POLL.IN | POLL.RDNORM);
  }
  ended(): void {
    this.#atEnd = true;
    this.changed.wake();
  }
  drained(): void {
    this.#isFull = false;
    this.changed.wake(POLL.OUT | POLL.WRNORM);
  }
  failed(code: string): void {
    this.error = fromHost({ code });
    if (this.#state === "connecting") {
      this.#state = "fresh";
      this.#connection = undefined;
    } else this.#noWrites = this.#atEnd = true;
    this.changed.wake();
  }

  // ---- connections

  override async bind(address: Uint8Array): Promise<void> {
    if (this.#state !== "fresh") fail("EINVAL");
    await this.#bindTo(hostAddress(this.domain, address, this.#kernel.abi.littleEndian));
  }

  async #bindTo(at: HostAddress): Promise<void> {
    const only6 = this.options.get(V6ONLY)?.some((b) => b !== 0) === true && this.domain === AF.INET6;
    try {
      this.#listener = await this.#net.listen(at, only6, (connection) => this.#incoming(connection));
    } catch (error) {
      throw fromHost(error);
    }
    this.#local = this.#listener.local;
    this.#state = "bound";
  }

  #incoming(connection: HostConnection): HostConnectionEvents {
    const socket = new InetStream(this.#kernel, this.#net, this.domain, 0);
    socket.#connection = connection;
    if (this.#state !== "listening") connection.close();
    else {
      socket.connected();
      this.#backlog.push(socket);
      this.changed.wake(POLL.IN | POLL.RDNORM);
    }
    return socket;
  }

  override async listen(): Promise<void> {
    if (this.#state === "fresh") await this.#bindTo(anyAddress(this.domain));
    if (this.#state !== "bound" && this.#state !== "listening") fail("EINVAL");
    this.#state = "listening";
  }

  override accept(task: Task, flags: number): Awaitable<Socket> {
    if (this.#state !== "listening") return fail("EINVAL");
    const next = (): Socket | undefined => {
      const socket = this.#backlog.shift();
      if (socket !== undefined) socket.flags |= flags;
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
      }
    };
    return wait();
  }

  #deadline(timeoutNs: number): number | undefined {
    return timeoutNs === 0 ? undefined : this.#kernel.nowNs() + timeoutNs;
  }

  override async connect(address: Uint8Array, task: Task): Promise<void> {
    if (this.#state === "connected") fail("EISCONN");
    if (this.#state === "listening") fail("EISCONN");
    if (this.#state === "connecting") {
      if (this.isNonBlocking) fail("EALREADY");
    } else {
      this.throwError();
      const to = hostAddress(this.domain, address, this.#kernel.abi.littleEndian);
      const from = this.#listener?.local;
      this.#listener?.close();
      this.#listener = undefined;
      this.#state = "connecting";
      this.#remote = to;
      this.#connection = this.#net.connect(to, from, this);
    }
    if (this.isNonBlocking) fail("EINPROGRESS");
    const deadline = this.#deadline(this.sendTimeoutNs);
    while ((this.#state as string) === "connecting") if (!(await task.wait([this.changed], deadline))) fail("EINPROGRESS");
    this.throwError();
  }

  // ---- bytes

  override send({ bytes, flags, files }: Outgoing, caller: Caller): Awaitable<number> {
    if (files.length > 0 || (flags & MSG.OOB) !== 0) return fail("EOPNOTSUPP");
    this.throwError();
    if (this.#noWrites) return broken(flags, caller);
    if (this.#state !== "connected") return this.#state === "connecting" ? fail("EAGAIN") : broken(flags, caller);
    if (!this.#isFull) return this.#write(bytes);
    return this.waits(flags) ? this.#waitAndSend(bytes, flags, caller) : fail("EAGAIN");
  }

  #write(bytes: Uint8Array): number {
    // Node keeps what it is given until it is sent: these bytes are nobody else's.
    if (!this.#connection!.write(bytes.slice())) this.#isFull = true;
    return bytes.length;
  }

  async #waitAndSend(bytes: Uint8Array, flags: number, caller: Caller): Promise<number> {
    const deadline = this.#deadline(this.sendTimeoutNs);
    while (this.#isFull && !this.#noWrites) await this.waitFor([this.changed], caller, deadline);
    this.throwError();
    return this.#noWrites ? broken(flags, caller) : this.#write(bytes);
  }

  override receive(into: Uint8Array, flags: number, caller: Caller): Awaitable<Received> {
    if ((flags & MSG.OOB) !== 0) return fail("EINVAL");
    // Nothing is ever in the queue of errors.
    if ((flags & MSG.ERRQUEUE) !== 0) return fail("EAGAIN");
    const wanted = (flags & MSG.WAITALL) !== 0 ? into.length : 1;
    if (this.#buffered >= wanted && this.#buffered > 0) return this.#take(into, flags);
    if (this.#buffered === 0) {
      this.throwError();
      if (this.#state !== "connected" && this.#state !== "connecting") return fail("ENOTCONN");
    }
    if (this.#atEnd || this.#noReads || into.length === 0) return this.#take(into, flags);
    if (!this.waits(flags)) return this.#buffered > 0 ? this.#take(into, flags) : fail("EAGAIN");
    return this.#waitAndTake(into, wanted, flags, caller);
  }

  async #waitAndTake(into: Uint8Array, wanted: number, flags: number, caller: Caller): Promise<Received> {
    const deadline = this.#deadline(this.receiveTimeoutNs);
    while (this.#buffered < Math.min(wanted, MOST_BUFFERED) && !this.#atEnd && !this.#noReads) {
      try {
        await this.waitFor([this.changed], caller, deadline);
      } catch (error) {
        if (this.#buffered > 0 && error instanceof Errno) break;
        throw error;
      }
    }
    if (this.#buffered === 0) this.throwError();
    return this.#take(into, flags);
  }

  #take(into: Uint8Array, flags: number): Received {
    let count = 0;
    const left: Uint8Array[] = [];
    for (const chunk of this.#chunks) {
      const n = Math.min(into.length - count, chunk.length);
      into.set(chunk.subarray(0, n), count);
      count += n;
      if (n < chunk.length) left.push(chunk.subarray(n));
    }
    if ((flags & MSG.PEEK) === 0) {
      const wasFull = this.#buffered >= MOST_BUFFERED;
      this.#chunks = left;
      this.#buffered -= count;
      if (wasFull && this.#buffered < MOST_BUFFERED) this.#connection?.setReading(true);
    }
    return { count, length: count, files: [] };
  }

  override shutdown(how: number): void {
    if (this.#state === "listening" && how !== SHUT.WR) {
      this.#listener?.close();
      this.#listener = undefined;
      this.#state = "bound";
      return;
    }
    if (this.#state !== "connected") return fail("ENOTCONN");
    if (how !== SHUT.WR) this.#noReads = true;
    if (how !== SHUT.RD && !this.#noWrites) {
      this.#noWrites = true;
      this.#connection?.end();
    }
    this.changed.wake();
  }

  setNoDelay(on: boolean): void {
    this.#connection?.setNoDelay(on);
  }

  protected override close(): void {
    this.#listener?.close();
    for (const socket of this.#backlog) void socket.release();
    // What still comes is nobody's.
    this.#noReads = true;
    this.#connection?.setReading(true);
    this.#connection?.close();
  }

  override poll(): number {
    if (this.#state === "listening") return this.#backlog.length > 0 ? POLL.IN | POLL.RDNORM : 0;
    let events = this.error === undefined ? 0 : POLL.ERR | POLL.IN | POLL.OUT;
    if (this.#state === "connecting") return events;
    if (this.#state !== "connected") return events | POLL.OUT | POLL.WRNORM | POLL.HUP;
    const isOver = this.#atEnd || this.#noReads;
    if (this.#buffered > 0 || isOver) events |= POLL.IN | POLL.RDNORM;
    if (isOver) events |= POLL.RDHUP;
    if (isOver && this.#noWrites) events |= POLL.HUP;
    if (!this.#isFull) events |= POLL.OUT | POLL.WRNORM;
    return events;
  }
}
