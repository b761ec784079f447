/**
 * Netlink as far as it tells of network interfaces and their addresses (rtnetlink): what getifaddrs, if_nameindex and `ip address` ask
 * for. Nothing can be changed. Routes and neighbours are not known: lists of them are empty.
 */
import type { HostInterface } from "@tsemu/hw";
import type { Awaitable } from "../awaitable.ts";
import { E, fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Task } from "../task.ts";
import { POLL } from "../vfs/constants.ts";
import type { Caller } from "../vfs/types.ts";
import { AF, MSG } from "./constants.ts";
import { acknowledgement, addressMessage, DONE, linkMessage, messageHeader, nullTerminated, readAttributes } from "./netlink-messages.ts";
import { type Outgoing, type Received, Socket } from "./socket.ts";

/** struct sockaddr_nl: family, padding, port, groups. */
const SOCKADDR = 12;
/** struct nlmsghdr: length, type, flags, sequence number, port. */
const HEADER = 16;
const NLM_F = { ACK: 4, DUMP: 0x300 } as const;
const RTM = { NEWLINK: 16, GETLINK: 18, NEWADDR: 20, GETADDR: 22, LAST: 123 } as const;
const IFLA_IFNAME = 3;
/** Messages of one answer that go into a datagram together. */
const DATAGRAM = 4096;

interface Request {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

export class NetlinkSocket extends Socket {
  readonly isListening = false;
  readonly #kernel: Kernel;
  #inbox: Uint8Array[] = [];
  #port = 0;
  #groups = 0;

  constructor(kernel: Kernel, type: number, flags: number) {
    super(AF.NETLINK, type, 0, flags, kernel.realtimeNs());
    this.#kernel = kernel;
  }

  get #little(): boolean {
    return this.#kernel.abi.littleEndian;
  }

  #address(port: number, groups: number): Uint8Array {
    const bytes = new Uint8Array(SOCKADDR);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, AF.NETLINK, this.#little);
    view.setUint32(4, port, this.#little);
    view.setUint32(8, groups, this.#little);
    return bytes;
  }
  override get name(): Uint8Array {
    return this.#address(this.#port, this.#groups);
  }
  /** The kernel. */
  override get peerName(): Uint8Array {
    return this.#address(0, 0);
  }
  override get available(): number {
    return this.#inbox[0]?.length ?? 0;
  }
  override get isConnectionBased(): boolean {
    return false;
  }

  /** The first socket of a process has its number for a port. */
  #autobind(task: Task): void {
    if (this.#port !== 0) return;
    const taken = task.files.all.some(([, file]) => file instanceof NetlinkSocket && file.#port === task.process.pid);
    this.#port = taken ? (0xffff_f000 - Number(this.ino)) >>> 0 : task.process.pid;
  }

  override bind(address: Uint8Array, task: Task): void {
    const view = new DataView(address.buffer, address.byteOffset, address.byteLength);
    if (address.length < SOCKADDR || view.getUint16(0, this.#little) !== AF.NETLINK) return fail("EINVAL");
    const port = view.getUint32(4, this.#little);
    if (this.#port !== 0 && port !== this.#port && port !== 0) return fail("EINVAL");
    if (port === 0) this.#autobind(task);
    else this.#port = port;
    this.#groups = view.getUint32(8, this.#little);
  }
  override listen(): void {
    return fail("EOPNOTSUPP");
  }
  override accept(): Socket {
    return fail("EOPNOTSUPP");
  }
  override connect(_address: Uint8Array, task: Task): void {
    this.#autobind(task);
  }
  override shutdown(): void {
    return fail("EOPNOTSUPP");
  }

  /** A datagram from the kernel. */
  deliver(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
    this.changed.wake(POLL.IN | POLL.RDNORM);
  }

  override send({ bytes, flags, to, files }: Outgoing, caller: Caller): number {
    if (files.length > 0 || (flags & MSG.OOB) !== 0) return fail("EOPNOTSUPP");
    if (to !== undefined && new DataView(to.buffer, to.byteOffset).getUint32(4, this.#little) !== 0) return fail("ECONNREFUSED");
    this.#autobind(caller as Task);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + HEADER <= bytes.length; ) {
      const length = view.getUint32(at, this.#little);
      if (length < HEADER || at + length > bytes.length) break;
      this.#answer({
        type: view.getUint16(at + 4, this.#little),
        flags: view.getUint16(at + 6, this.#little),
        sequence: view.getUint32(at + 8, this.#little),
        bytes: bytes.slice(at, at + length),
      });
      at += Math.ceil(length / 4) * 4;
    }
    return bytes.length;
  }

  #answer(request: Request): void {
    const { type, flags } = request;
    if (type < RTM.NEWLINK) return;
    const error = (number: number): void => this.deliver(acknowledgement(request, number, this.#port, this.#little));
    if (type > RTM.LAST) return error(E.EOPNOTSUPP);
    const isDump = (flags & NLM_F.DUMP) !== 0;
    // Of each four numbers the third asks.
    if (type % 4 !== 2) return error(E.EPERM);
    const interfaces = this.#kernel.options.net?.interfaces() ?? [];
    if (type === RTM.GETLINK && !isDump) {
      const found = this.#chosen(request, interfaces);
      if (found === undefined) return error(E.ENODEV);
      if (found === "none") return error(E.EINVAL);
      this.deliver(this.#message(RTM.NEWLINK, request, linkMessage(found, this.#little), false));
      if ((flags & NLM_F.ACK) !== 0) error(0);
      return;
    }
    if (!isDump) return error(E.EOPNOTSUPP);
    this.#dump(request, interfaces);
  }

  /** The interface that a request is about: by its number or its name; "none" where it has neither. */
  #chosen({ bytes }: Request, interfaces: readonly HostInterface[]): HostInterface | "none" | undefined {
    const IFINFO = 16;
    if (bytes.length < HEADER + IFINFO) return "none";
    const index = new DataView(bytes.buffer).getInt32(HEADER + 4, this.#little);
    if (index !== 0) return interfaces.find((i) => i.index === index);
    const name = readAttributes(bytes.subarray(HEADER + IFINFO), this.#little).get(IFLA_IFNAME);
    return name === undefined ? "none" : interfaces.find((i) => i.name === nullTerminated(name));
  }

  #message(type: number, request: Request, payload: Uint8Array, isPart: boolean): Uint8Array {
    return messageHeader(type, payload, { sequence: request.sequence, port: this.#port, isPart }, this.#little);
  }

  #dump(request: Request, interfaces: readonly HostInterface[]): void {
    const little = this.#little;
    const family = request.bytes[HEADER] ?? AF.UNSPEC;
    let messages: Uint8Array[] = [];
    if (request.type === RTM.GETLINK)
      messages = interfaces.map((one) => this.#message(RTM.NEWLINK, request, linkMessage(one, little), true));
    else if (request.type === RTM.GETADDR)
      messages = [AF.INET, AF.INET6]
        .filter((wanted) => family === AF.UNSPEC || family === wanted)
        .flatMap((wanted) => interfaces.flatMap((one) => one.addresses.map((address) => addressMessage(one, address, wanted, little))))
        .flatMap((payload) => (payload === undefined ? [] : [this.#message(RTM.NEWADDR, request, payload, true)]));
    else this.#kernel.log.log("unimp", () => `netlink: a list of kind ${request.type} is empty`);
    let part: number[] = [];
    for (const message of messages) {
      if (part.length + message.length > DATAGRAM) {
        this.deliver(Uint8Array.from(part));
        part = [];
      }
      part.push(...message);
    }
    if (part.length > 0) this.deliver(Uint8Array.from(part));
    this.deliver(this.#message(DONE, request, new Uint8Array(4), true));
  }

  override receive(into: Uint8Array, flags: number, caller: Caller): Awaitable<Received> {
    if (this.#inbox.length > 0) return this.#take(into, flags);
    this.throwError();
    return this.waits(flags) ? this.#waitAndTake(into, flags, caller) : fail("EAGAIN");
  }

  async #waitAndTake(into: Uint8Array, flags: number, caller: Caller): Promise<Received> {
    const deadline = this.receiveTimeoutNs === 0 ? undefined : this.#kernel.nowNs() + this.receiveTimeoutNs;
    while (this.#inbox.length === 0) await this.waitFor([this.changed], caller, deadline);
    return this.#take(into, flags);
  }

  #take(into: Uint8Array, flags: number): Received {
    const bytes = this.#inbox[0]!;
    const count = Math.min(into.length, bytes.length);
    into.set(bytes.subarray(0, count));
    if ((flags & MSG.PEEK) === 0) this.#inbox.shift();
    return { count, length: bytes.length, from: this.peerName, files: [], credentials: { pid: 0, uid: 0, gid: 0 } };
  }

  override poll(): number {
    return POLL.OUT | POLL.WRNORM | (this.#inbox.length > 0 ? POLL.IN | POLL.RDNORM : 0);
  }
}
