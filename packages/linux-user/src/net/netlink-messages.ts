/** Messages of rtnetlink as bytes: a header, a structure, attributes that say their length and kind. */
import type { HostInterface, HostInterfaceAddress } from "@tsemu/hw";
import { byteString, cString } from "../mm/user-access.ts";
import { AF, IFF } from "./constants.ts";
import { sockaddr } from "./inet-address.ts";

const ERROR = 2;
export const DONE = 3;
const MULTI = 2;
const HEADER = 16;
const IFLA = { ADDRESS: 1, BROADCAST: 2, IFNAME: 3, MTU: 4, TXQLEN: 13, OPERSTATE: 16, LINKMODE: 17 } as const;
const IFA = { ADDRESS: 1, LOCAL: 2, LABEL: 3, BROADCAST: 4, FLAGS: 8 } as const;
const IFA_F_PERMANENT = 0x80;
const OPERSTATE = { UNKNOWN: 0, DOWN: 2, UP: 6 } as const;
/** How far an address reaches. */
const SCOPE = { UNIVERSE: 0, LINK: 253, HOST: 254 } as const;

const u32 = (value: number, little: boolean): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, little);
  return bytes;
};

function attribute(type: number, value: Uint8Array, little: boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((4 + value.length) / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + value.length, little);
  view.setUint16(2, type, little);
  bytes.set(value, 4);
  return bytes;
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

export function readAttributes(bytes: Uint8Array, little: boolean): ReadonlyMap<number, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = view.getUint16(at, little);
    if (length < 4 || at + length > bytes.length) break;
    found.set(view.getUint16(at + 2, little), bytes.subarray(at + 4, at + length));
    at += Math.ceil(length / 4) * 4;
  }
  return found;
}

export const nullTerminated = (bytes: Uint8Array): string => byteString(bytes).replace(/\0.*$/s, "");

interface Answer {
  readonly sequence: number;
  readonly port: number;
  /** One of several. */
  readonly isPart: boolean;
}

export function messageHeader(type: number, payload: Uint8Array, { sequence, port, isPart }: Answer, little: boolean): Uint8Array {
  const bytes = new Uint8Array(HEADER + Math.ceil(payload.length / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, HEADER + payload.length, little);
  view.setUint16(4, type, little);
  view.setUint16(6, isPart ? MULTI : 0, little);
  view.setUint32(8, sequence, little);
  view.setUint32(12, port, little);
  bytes.set(payload, HEADER);
  return bytes;
}

/** NLMSG_ERROR: the number (0: all is well), and the request's header. */
export function acknowledgement(
  request: { readonly sequence: number; readonly bytes: Uint8Array },
  error: number,
  port: number,
  little: boolean,
): Uint8Array {
  const quoted = error === 0 ? request.bytes.subarray(0, HEADER) : request.bytes;
  return messageHeader(ERROR, joined([u32(-error, little), quoted]), { sequence: request.sequence, port, isPart: false }, little);
}

/** struct ifinfomsg and attributes: an interface. */
export function linkMessage({ name, index, flags, type, mtu, queueLength, mac }: HostInterface, little: boolean): Uint8Array {
  const info = new Uint8Array(16);
  const view = new DataView(info.buffer);
  view.setUint16(2, type, little);
  view.setInt32(4, index, little);
  view.setUint32(8, flags, little);
  const isLoopback = (flags & IFF.LOOPBACK) !== 0;
  const state = isLoopback ? OPERSTATE.UNKNOWN : (flags & IFF.RUNNING) !== 0 ? OPERSTATE.UP : OPERSTATE.DOWN;
  const put = (kind: number, value: Uint8Array): Uint8Array => attribute(kind, value, little);
  return joined([
    info,
    put(IFLA.IFNAME, cString(name)),
    put(IFLA.TXQLEN, u32(queueLength, little)),
    put(IFLA.OPERSTATE, Uint8Array.of(state)),
    put(IFLA.LINKMODE, Uint8Array.of(0)),
    put(IFLA.MTU, u32(mtu, little)),
    put(IFLA.ADDRESS, mac),
    put(IFLA.BROADCAST, new Uint8Array(mac.length).fill(isLoopback ? 0 : 0xff)),
  ]);
}

/** The bytes of an address of that family; undefined if it is of another. */
export function addressBytes({ host }: HostInterfaceAddress, family: number): Uint8Array | undefined {
  if ((family === AF.INET6) !== host.includes(":")) return undefined;
  const address = sockaddr(family, { host, port: 0 }, true);
  return family === AF.INET ? address.slice(4, 8) : address.slice(8, 24);
}

/** The mask of a network of IPv4. */
export const netmask = (prefix: number): number => (prefix === 0 ? 0 : (0xffff_ffff << (32 - prefix)) >>> 0);

/** The address that all of the network hear; undefined where there is none. */
export function broadcastBytes({ flags }: HostInterface, { prefix }: HostInterfaceAddress, address: Uint8Array): Uint8Array | undefined {
  if ((flags & IFF.BROADCAST) === 0 || address.length !== 4 || prefix > 30) return undefined;
  const value = new DataView(address.buffer, address.byteOffset).getUint32(0) | ~netmask(prefix);
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** struct ifaddrmsg and attributes: an address of that family; undefined if it is of another. */
export function addressMessage(
  device: HostInterface,
  address: HostInterfaceAddress,
  family: number,
  little: boolean,
): Uint8Array | undefined {
  const bytes = addressBytes(address, family);
  if (bytes === undefined) return undefined;
  const isLinkLocal = family === AF.INET6 && bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
  const info = Uint8Array.of(family, address.prefix, IFA_F_PERMANENT, SCOPE.UNIVERSE, 0, 0, 0, 0);
  if ((device.flags & IFF.LOOPBACK) !== 0) info[3] = SCOPE.HOST;
  else if (isLinkLocal) info[3] = SCOPE.LINK;
  new DataView(info.buffer).setUint32(4, device.index, little);
  const put = (kind: number, value: Uint8Array): Uint8Array => attribute(kind, value, little);
  const broadcast = broadcastBytes(device, address, bytes);
  return joined([
    info,
    put(IFA.ADDRESS, bytes),
    ...(family === AF.INET ? [put(IFA.LOCAL, bytes)] : []),
    ...(broadcast === undefined ? [] : [put(IFA.BROADCAST, broadcast)]),
    ...(family === AF.INET ? [put(IFA.LABEL, cString(device.name))] : []),
    put(IFA.FLAGS, u32(IFA_F_PERMANENT, little)),
  ]);
}
