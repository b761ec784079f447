/**
 * What goes beside datagrams of IPv4 and IPv6 as control messages: hop limit, traffic class, the address a datagram was sent to. The
 * host tells none of it, so a program hears of it only where the sender is one of the emulator's own.
 */
import type { HostAddress } from "@tsemu/hw";
import { fail } from "../errno.ts";
import { AF, SOL_SOCKET } from "./constants.ts";
import { sockaddr } from "./inet-address.ts";
import type { ControlMessage, Socket } from "./socket.ts";

export const IP = { TOS: 1, TTL: 2, PKTINFO: 8, RECVTTL: 12, RECVTOS: 13, RECVORIGDSTADDR: 20, LEVEL: 0 } as const;
export const IPV6 = {
  UNICAST_HOPS: 16,
  RECVPKTINFO: 49,
  PKTINFO: 50,
  RECVHOPLIMIT: 51,
  HOPLIMIT: 52,
  DONTFRAG: 62,
  RECVTCLASS: 66,
  TCLASS: 67,
  RECVORIGDSTADDR: 74,
  LEVEL: 41,
} as const;
/** When a datagram came: the option and its message, nanoseconds in a unit of the second number, and whether both always have 64 bits. */
const timestamps = [
  { name: 64, unit: 1n, wide: true },
  { name: 35, unit: 1n, wide: false },
  { name: 63, unit: 1000n, wide: true },
  { name: 29, unit: 1000n, wide: false },
] as const;
const HOPS = 64;

/** How a datagram travels. */
export interface Travel {
  readonly hops: number;
  readonly trafficClass: number;
}

/** How it has come. */
export interface Arrival {
  readonly atNs: bigint;
  /** Where it was sent to and by which interface, where that is known. */
  readonly to?: HostAddress | undefined;
  readonly interfaceIndex: number;
  readonly travel?: Travel | undefined;
}

/** A remembered option's number: some may be given as one byte. */
function numberOf(socket: Socket, level: number, name: number, littleEndian: boolean): number | undefined {
  const bytes = socket.options.get(`${level}:${name}`);
  if (bytes === undefined || bytes.length === 0) return undefined;
  if (bytes.length < 4) return bytes[0];
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, littleEndian);
}

const isOn = (socket: Socket, level: number, name: number): boolean =>
  socket.options.get(`${level}:${name}`)?.some((b) => b !== 0) === true;

/** How a datagram sent with these messages travels; what is not said is as the socket's options have it. */
export function travelOf(socket: Socket, control: readonly ControlMessage[], littleEndian: boolean): Travel {
  const six = socket.domain === AF.INET6;
  const own = (level: number, name: number): number => numberOf(socket, level, name, littleEndian) ?? -1;
  let hops = six ? own(IPV6.LEVEL, IPV6.UNICAST_HOPS) : own(IP.LEVEL, IP.TTL);
  let trafficClass = six ? own(IPV6.LEVEL, IPV6.TCLASS) : own(IP.LEVEL, IP.TOS);
  for (const { level, type, bytes } of control) {
    const int = (least: number, most: number, oneByte = false): number => {
      if (bytes.length !== 4 && !(oneByte && bytes.length === 1)) return fail("EINVAL");
      const value = bytes.length === 1 ? bytes[0]! : new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, littleEndian);
      return value >= least && value <= most ? value : fail("EINVAL");
    };
    if (level === SOL_SOCKET) fail("EINVAL");
    if (six && level === IPV6.LEVEL) {
      if (type === IPV6.HOPLIMIT) hops = int(-1, 255);
      else if (type === IPV6.TCLASS) trafficClass = int(-1, 255);
      else if (type === IPV6.DONTFRAG) int(0, 1);
      // Which of the host's addresses it is sent from is the host's choice.
      else if (type !== IPV6.PKTINFO || bytes.length < 20) fail("EINVAL");
    } else if (!six && level === IP.LEVEL) {
      if (type === IP.TTL) hops = int(1, 255);
      else if (type === IP.TOS) trafficClass = int(0, 255, true);
      else if (type !== IP.PKTINFO || bytes.length !== 12) fail("EINVAL");
    }
  }
  return { hops: hops < 0 ? HOPS : hops, trafficClass: Math.max(0, trafficClass) };
}

const ints = (littleEndian: boolean, ...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, i) => new DataView(bytes.buffer).setInt32(4 * i, value, littleEndian));
  return bytes;
};

/** The messages that the socket asks for with its options. `wordBytes`: of a timeval. */
export function arrivalControl(socket: Socket, arrival: Arrival, littleEndian: boolean, wordBytes: number): ControlMessage[] {
  const { atNs, to, interfaceIndex, travel } = arrival;
  const messages: ControlMessage[] = [];
  const put = (level: number, type: number, bytes: Uint8Array): void => void messages.push({ level, type, bytes });
  const timestamp = timestamps.find(({ name }) => isOn(socket, SOL_SOCKET, name));
  if (timestamp !== undefined) {
    const word = timestamp.wide ? 8 : wordBytes;
    const bytes = new Uint8Array(2 * word);
    const view = new DataView(bytes.buffer);
    [atNs / 1_000_000_000n, (atNs % 1_000_000_000n) / timestamp.unit].forEach((value, i) => {
      if (word === 8) view.setBigInt64(8 * i, value, littleEndian);
      else view.setInt32(4 * i, Number(value), littleEndian);
    });
    put(SOL_SOCKET, timestamp.name, bytes);
  }
  if (socket.domain === AF.INET) {
    if (to !== undefined && isOn(socket, IP.LEVEL, IP.PKTINFO)) {
      const address = sockaddr(AF.INET, to, littleEndian).subarray(4, 8);
      put(IP.LEVEL, IP.PKTINFO, Uint8Array.of(...ints(littleEndian, interfaceIndex), ...address, ...address));
    }
    if (travel !== undefined && isOn(socket, IP.LEVEL, IP.RECVTTL)) put(IP.LEVEL, IP.TTL, ints(littleEndian, travel.hops));
    if (travel !== undefined && isOn(socket, IP.LEVEL, IP.RECVTOS)) put(IP.LEVEL, IP.TOS, Uint8Array.of(travel.trafficClass));
    if (to !== undefined && isOn(socket, IP.LEVEL, IP.RECVORIGDSTADDR))
      put(IP.LEVEL, IP.RECVORIGDSTADDR, sockaddr(AF.INET, to, littleEndian));
    return messages;
  }
  if (to !== undefined && isOn(socket, IPV6.LEVEL, IPV6.RECVPKTINFO))
    put(
      IPV6.LEVEL,
      IPV6.PKTINFO,
      Uint8Array.of(...sockaddr(AF.INET6, to, littleEndian).subarray(8, 24), ...ints(littleEndian, interfaceIndex)),
    );
  if (travel !== undefined && isOn(socket, IPV6.LEVEL, IPV6.RECVHOPLIMIT)) put(IPV6.LEVEL, IPV6.HOPLIMIT, ints(littleEndian, travel.hops));
  if (travel !== undefined && isOn(socket, IPV6.LEVEL, IPV6.RECVTCLASS))
    put(IPV6.LEVEL, IPV6.TCLASS, ints(littleEndian, travel.trafficClass));
  if (to !== undefined && isOn(socket, IPV6.LEVEL, IPV6.RECVORIGDSTADDR))
    put(IPV6.LEVEL, IPV6.RECVORIGDSTADDR, sockaddr(AF.INET6, to, littleEndian));
  return messages;
}
