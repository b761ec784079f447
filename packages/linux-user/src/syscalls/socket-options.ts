/** getsockopt and setsockopt. Most options are only remembered: what they are about is the host's business. */
import { fail } from "../errno.ts";
import { SO, SOL_SOCKET } from "../net/constants.ts";
import { IPPROTO_UDP, IPPROTO_UDPLITE } from "../net/inet-datagram.ts";
import { IP, IPV6 } from "../net/ip-control.ts";
import { InetStream } from "../net/inet-stream.ts";
import type { Socket } from "../net/socket.ts";
import type { Call } from "../syscall-table.ts";

const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const LONGEST = 4096;
const SMALLEST_BUFFER = 2304;
const LARGEST_BUFFER = 212_992;
/** Levels that there are: SOL_SOCKET, IP, TCP, UDP, IPv6, UDP-Lite. */
const levels = new Set([SOL_SOCKET, IP.LEVEL, IPPROTO_TCP, IPPROTO_UDP, IPV6.LEVEL, IPPROTO_UDPLITE]);
/** What options that nobody has set are, if not 0; by level and name: hops of all kinds, and whether multicasts come back. */
const defaults: Readonly<Record<string, number>> = { "0:2": 64, "0:33": 1, "0:34": 1, "41:16": 64, "41:18": 1, "41:19": 1 };

const i32 = ({ kernel }: Call, ...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, i) => new DataView(bytes.buffer).setInt32(4 * i, value, kernel.abi.littleEndian));
  return bytes;
};

/** A timeval; its words have 64 bits for the options that are new. */
function timeout(call: Call, ns: number, wide: boolean): Uint8Array {
  const word = wide ? 8 : call.kernel.abi.wordBytes;
  const bytes = new Uint8Array(2 * word);
  const view = new DataView(bytes.buffer);
  [Math.floor(ns / 1e9), Math.floor((ns % 1e9) / 1e3)].forEach((value, i) => {
    if (word === 8) view.setBigInt64(8 * i, BigInt(value), call.kernel.abi.littleEndian);
    else view.setInt32(4 * i, value, call.kernel.abi.littleEndian);
  });
  return bytes;
}

function readTimeout(call: Call, at: number, size: number, wide: boolean): number {
  const word = wide ? 8 : call.kernel.abi.wordBytes;
  if (size < 2 * word) return fail("EINVAL");
  const [seconds, us] = [0, word].map((o) => (word === 8 ? call.memory.i64(at + o) : call.memory.i32(at + o)));
  if (us! < 0 || us! >= 1e6) return fail("EDOM");
  return seconds! < 0 ? 0 : seconds! * 1e9 + us! * 1e3;
}

function socketOption(call: Call, socket: Socket, name: number): Uint8Array | undefined {
  switch (name) {
    case SO.TYPE:
      return i32(call, call.kernel.abi.numbers?.ownSocketType(socket.socketType) ?? socket.socketType);
    case SO.DOMAIN:
      return i32(call, socket.domain);
    case SO.PROTOCOL:
      return i32(call, socket.protocol);
    case SO.ERROR: {
      const { error } = socket;
      socket.error = undefined;
      return i32(call, error === undefined ? 0 : (call.kernel.abi.numbers?.ownError(error.number) ?? error.number));
    }
    case SO.SNDBUF:
      return i32(call, socket.sendBuffer);
    case SO.RCVBUF:
      return i32(call, socket.receiveBuffer);
    case SO.ACCEPTCONN:
      return i32(call, socket.isListening ? 1 : 0);
    case SO.PASSCRED:
      return i32(call, socket.passesCredentials ? 1 : 0);
    case SO.PEERCRED: {
      const { pid, uid, gid } = socket.peerCredentials ?? { pid: 0, uid: -1, gid: -1 };
      return i32(call, pid, uid, gid);
    }
    case SO.RCVTIMEO:
    case SO.RCVTIMEO_NEW:
      return timeout(call, socket.receiveTimeoutNs, name === SO.RCVTIMEO_NEW);
    case SO.SNDTIMEO:
    case SO.SNDTIMEO_NEW:
      return timeout(call, socket.sendTimeoutNs, name === SO.SNDTIMEO_NEW);
    default:
      return undefined;
  }
}

export function getsockopt(call: Call, socket: Socket, level: number, name: number, at: number, sizeAt: number): number {
  const { memory } = call;
  const size = memory.i32(sizeAt);
  if (size < 0) return fail("EINVAL");
  if (!levels.has(level)) return fail("EOPNOTSUPP");
  const known = level === SOL_SOCKET ? socketOption(call, socket, name) : undefined;
  const key = `${level}:${name}`;
  const untouched = level === SOL_SOCKET && name === SO.LINGER ? i32(call, 0, 0) : i32(call, defaults[key] ?? 0);
  const value = known ?? socket.options.get(key) ?? untouched;
  const bytes = value.subarray(0, size);
  memory.write(at, bytes);
  memory.setU32(sizeAt, bytes.length);
  return 0;
}

export function setsockopt(call: Call, socket: Socket, level: number, name: number, at: number, size: number): number {
  const { memory } = call;
  if (size < 0 || size > LONGEST) return fail("EINVAL");
  if (!levels.has(level)) return fail("ENOPROTOOPT");
  const int = (): number => (size < 4 ? fail("EINVAL") : memory.i32(at));
  if (level === SOL_SOCKET)
    switch (name) {
      case SO.TYPE:
      case SO.DOMAIN:
      case SO.PROTOCOL:
      case SO.ERROR:
      case SO.ACCEPTCONN:
      case SO.PEERCRED:
        return fail("ENOPROTOOPT");
      // Twice what is asked for, as the kernel counts its own needs too.
      case SO.SNDBUF:
        socket.sendBuffer = Math.max(2 * SMALLEST_BUFFER, 2 * Math.min(int(), LARGEST_BUFFER));
        return 0;
      case SO.RCVBUF:
        socket.receiveBuffer = Math.max(SMALLEST_BUFFER, 2 * Math.min(int(), LARGEST_BUFFER));
        return 0;
      case SO.PASSCRED:
        socket.passesCredentials = int() !== 0;
        return 0;
      case SO.RCVTIMEO:
      case SO.RCVTIMEO_NEW:
        socket.receiveTimeoutNs = readTimeout(call, at, size, name === SO.RCVTIMEO_NEW);
        return 0;
      case SO.SNDTIMEO:
      case SO.SNDTIMEO_NEW:
        socket.sendTimeoutNs = readTimeout(call, at, size, name === SO.SNDTIMEO_NEW);
        return 0;
    }
  if (level === IPPROTO_TCP && name === TCP_NODELAY && socket instanceof InetStream) socket.setNoDelay(int() !== 0);
  socket.options.set(`${level}:${name}`, memory.bytes(at, size));
  return 0;
}
