/** UDP over the host's, and UDP-Lite without it. The host's socket is made when the first call needs a port. */
import type { HostAddress, HostDatagrams, HostNet } from "@tsemu/hw";
import type { Awaitable } from "../awaitable.ts";
import { fail, fromHost } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { POLL } from "../vfs/constants.ts";
import type { Caller } from "../vfs/types.ts";
import { AF, MSG, SHUT, SOCK } from "./constants.ts";
import { anyAddress, canonical, hostAddress, isAny, sockaddr } from "./inet-address.ts";
import { type Arrival, arrivalControl, type Travel, travelOf } from "./ip-control.ts";
import type { DatagramTarget } from "./local-datagrams.ts";
import { broken, type Outgoing, type Received, Socket } from "./socket.ts";

export const IPPROTO_UDP = 17;
export const IPPROTO_UDPLITE = 136;
const LARGEST = 65_507;
const V6ONLY = "41:26";
const BROADCAST = "1:6";
/** As on every Linux. */
const LOOPBACK_INDEX = 1;

interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: HostAddress;
  readonly arrival: Arrival;
}

export class InetDatagrams extends Socket implements DatagramTarget {
  readonly #kernel: Kernel;
  readonly #net: HostNet;
  #host: Promise<HostDatagrams> | undefined;
  #made: HostDatagrams | undefined;
  #peer: HostAddress | undefined;
  /** Sockets of IPv6 with a mapped address have nothing to do with IPv6. */
  #only6 = false;
  #inbox: Datagram[] = [];
  #inboxBytes = 0;
  #noReads = false;
  #noWrites = false;
  readonly isListening = false;

  constructor(kernel: Kernel, net: HostNet, family: number, protocol: number, flags: number) {
    super(family, SOCK.DGRAM, protocol, flags, kernel.realtimeNs());
    this.#kernel = kernel;
    this.#net = net;
  }

  #open(at: HostAddress): Promise<HostDatagrams> {
    const only6 = this.domain === AF.INET6 && this.options.get(V6ONLY)?.some((b) => b !== 0) === true;
    this.#only6 = only6;
    const events = {
      data: (bytes: Uint8Array, from: HostAddress): void => this.#arrived({ bytes, from, arrival: this.#fromHost() }),
      failed: (code: string): void => {
        this.error = fromHost({ code });
        this.changed.wake();
      },
    };
    const { datagrams } = this.#kernel;
    const open = async (): Promise<HostDatagrams> =>
      this.protocol === IPPROTO_UDP ? this.#net.datagrams(at, only6, events) : datagrams.open(this.protocol, at);
    this.#host ??= open().then(
      (made) => {
        this.#made = made;
        datagrams.add(this);
        return made;
      },
      (error: unknown) => {
        this.#host = undefined;
        throw fromHost(error);
      },
    );
    return this.#host;
  }

  /** What is known of a datagram that the host brings: the address, where the socket has only one. */
  #fromHost(): Arrival {
    const local = this.#made?.local;
    const isOne = local !== undefined && !isAny(local.host);
    const named = isOne
      ? this.#net.interfaces().find((i) => i.addresses.some((a) => canonical(a.host) === canonical(local.host)))
      : undefined;
    return { atNs: this.#kernel.realtimeNs(), to: isOne ? local : undefined, interfaceIndex: named?.index ?? 0 };
  }

  // ---- for others of the emulator's sockets

  get local(): HostAddress | undefined {
    return this.#made?.local;
  }
  get peer(): HostAddress | undefined {
    return this.#peer;
  }
  get families(): readonly (4 | 6)[] {
    return this.domain === AF.INET ? [4] : this.#only6 ? [6] : [4, 6];
  }

  take(bytes: Uint8Array, from: HostAddress, to: HostAddress, travel: Travel): void {
    this.#arrived({ bytes, from, arrival: { atNs: this.#kernel.realtimeNs(), to, interfaceIndex: LOOPBACK_INDEX, travel } });
  }

  /** What there is no room for is lost, as it may be. */
  #arrived(datagram: Datagram): void {
    if (this.#noReads || this.#inboxBytes > this.receiveBuffer) return;
    this.#inbox.push(datagram);
    this.#inboxBytes += datagram.bytes.length;
    this.changed.wake(POLL.IN | POLL.RDNORM);
  }

  #address(at: HostAddress): Uint8Array {
    return sockaddr(this.domain, at, this.#kernel.abi.littleEndian);
  }
  override get name(): Uint8Array {
    return this.#address(this.#made?.local ?? anyAddress(this.domain));
  }
  override get peerName(): Uint8Array {
    return this.#address(this.#peer ?? fail("ENOTCONN"));
  }
  override get available(): number {
    return this.#inbox[0]?.bytes.length ?? 0;
  }

  override async bind(address: Uint8Array): Promise<void> {
    if (this.#host !== undefined) fail("EINVAL");
    await this.#open(hostAddress(this.domain, address, this.#kernel.abi.littleEndian));
  }
  override listen(): void {
    return fail("EOPNOTSUPP");
  }
  override accept(): Socket {
    return fail("EOPNOTSUPP");
  }

  override async connect(address: Uint8Array): Promise<void> {
    const little = this.#kernel.abi.littleEndian;
    const isOff = address.length >= 2 && new DataView(address.buffer, address.byteOffset).getUint16(0, little) === AF.UNSPEC;
    const to = isOff ? undefined : hostAddress(this.domain, address, little);
    const host = await this.#open(anyAddress(this.domain));
    try {
      // Linux connects to port 0, which finds out the local address; hosts need not.
      await host.connect(to?.port === 0 ? { ...to, port: 9 } : to);
    } catch (error) {
      throw fromHost(error);
    }
    this.#peer = to;
  }

  override send({ bytes, flags, to, files, control }: Outgoing, caller: Caller): Awaitable<number> {
    if (files.length > 0 || (flags & MSG.OOB) !== 0) return fail("EOPNOTSUPP");
    this.throwError();
    if (this.#noWrites) return broken(flags, caller);
    if (to === undefined && this.#peer === undefined) return fail("EDESTADDRREQ");
    if (bytes.length > LARGEST) return fail("EMSGSIZE");
    const target = to === undefined ? this.#peer! : hostAddress(this.domain, to, this.#kernel.abi.littleEndian);
    if (target.port === 0) return fail("EINVAL");
    const travel = travelOf(this, control ?? [], this.#kernel.abi.littleEndian);
    const go = (host: HostDatagrams): number => {
      if (this.options.get(BROADCAST)?.some((b) => b !== 0) === true) host.setBroadcast(true);
      // One that is connected sends to nobody else.
      const own = bytes.slice();
      if (!this.#kernel.datagrams.deliver(this.protocol, own, host.local, this.#peer ?? target, travel))
        host.send(own, this.#peer === undefined ? target : undefined);
      return bytes.length;
    };
    return this.#made === undefined ? this.#open(anyAddress(this.domain)).then(go) : go(this.#made);
  }

  override receive(into: Uint8Array, flags: number, caller: Caller): Awaitable<Received> {
    // Nothing is ever in the queue of errors.
    if ((flags & MSG.ERRQUEUE) !== 0) return fail("EAGAIN");
    if (this.#inbox.length > 0) return this.#take(into, flags);
    this.throwError();
    if (this.#noReads) return { count: 0, length: 0, files: [] };
    return this.waits(flags) ? this.#waitAndTake(into, flags, caller) : fail("EAGAIN");
  }

  async #waitAndTake(into: Uint8Array, flags: number, caller: Caller): Promise<Received> {
    const deadline = this.receiveTimeoutNs === 0 ? undefined : this.#kernel.nowNs() + this.receiveTimeoutNs;
    while (this.#inbox.length === 0) {
      await this.waitFor([this.changed], caller, deadline);
      this.throwError();
      if (this.#noReads) return { count: 0, length: 0, files: [] };
    }
    return this.#take(into, flags);
  }

  #take(into: Uint8Array, flags: number): Received {
    const { bytes, from, arrival } = this.#inbox[0]!;
    const count = Math.min(into.length, bytes.length);
    into.set(bytes.subarray(0, count));
    if ((flags & MSG.PEEK) === 0) {
      this.#inbox.shift();
      this.#inboxBytes -= bytes.length;
    }
    const { littleEndian, wordBytes } = this.#kernel.abi;
    const control = arrivalControl(this, arrival, littleEndian, wordBytes);
    return { count, length: bytes.length, from: this.#address(from), files: [], control };
  }

  override shutdown(how: number): void {
    if (this.#peer === undefined) return fail("ENOTCONN");
    if (how !== SHUT.WR) this.#noReads = true;
    if (how !== SHUT.RD) this.#noWrites = true;
    this.changed.wake();
  }

  protected override close(): void {
    this.#kernel.datagrams.remove(this);
    void this.#host?.then(
      (host) => host.close(),
      () => {},
    );
    this.#inbox = [];
  }

  override poll(): number {
    const isOver = this.#noReads;
    return (
      POLL.OUT |
      POLL.WRNORM |
      (this.#inbox.length > 0 || isOver ? POLL.IN | POLL.RDNORM : 0) |
      (this.error === undefined ? 0 : POLL.ERR) |
      (isOver ? POLL.RDHUP : 0)
    );
  }
}
