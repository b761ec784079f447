/** Socket calls. */
import { andThen, type Awaitable } from "../awaitable.ts";
import { Errno, fail, notRestarted } from "../errno.ts";
import { AF, MSG, SOCK } from "../net/constants.ts";
import { InetDatagrams, IPPROTO_UDP, IPPROTO_UDPLITE } from "../net/inet-datagram.ts";
import { InetStream } from "../net/inet-stream.ts";
import { NetlinkSocket } from "../net/netlink.ts";
import { Socket } from "../net/socket.ts";
import { credentialsOf, UnixSocket } from "../net/unix-socket.ts";
import { RLIMIT } from "../process.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { O } from "../vfs/constants.ts";
import { genericOpenFlags } from "./open.ts";
import { readAddress, readHeader, receiveMessage, sendMessage, writeAddress } from "./socket-messages.ts";
import { getsockopt, setsockopt } from "./socket-options.ts";
import { readTimespec } from "./time-values.ts";

const MOST = 0x10_0000;
const MOST_MESSAGES = 1024;

const socketOf = ({ task }: Call, fd: number): Socket => {
  const file = task.files.get(fd);
  return file instanceof Socket ? file : fail("ENOTSOCK");
};

const add = ({ task }: Call, socket: Socket, flags: number): number =>
  task.files.add(socket, task.process.limits[RLIMIT.NOFILE]!.soft, (flags & O.CLOEXEC) !== 0);

const flagsOf = ({ kernel }: Call, given: number): number => {
  const flags = genericOpenFlags(kernel, given);
  return (flags & ~(O.CLOEXEC | O.NONBLOCK)) === 0 ? flags : fail("EINVAL");
};

const unixTypes = new Set<number>([SOCK.STREAM, SOCK.DGRAM, SOCK.SEQPACKET]);

function socket(call: Call, domain: number, given: number, protocol: number): number {
  const { kernel } = call;
  const type = given & SOCK.TYPE;
  const flags = flagsOf(call, given & ~SOCK.TYPE);
  if (domain === AF.UNIX) {
    if (protocol !== 0 && protocol !== AF.UNIX) return fail("EPROTONOSUPPORT");
    return unixTypes.has(type) ? add(call, new UnixSocket(kernel, type, flags), flags) : fail("ESOCKTNOSUPPORT");
  }
  if (domain === AF.INET || domain === AF.INET6) {
    const { net } = kernel.options;
    if (net === undefined) return fail("EAFNOSUPPORT");
    if (type === SOCK.STREAM && (protocol === 0 || protocol === 6)) return add(call, new InetStream(kernel, net, domain, flags), flags);
    if (type === SOCK.DGRAM && (protocol === 0 || protocol === IPPROTO_UDP || protocol === IPPROTO_UDPLITE))
      return add(call, new InetDatagrams(kernel, net, domain, protocol === 0 ? IPPROTO_UDP : protocol, flags), flags);
    if (type === SOCK.RAW) return fail("EPERM");
    return fail(type === SOCK.STREAM || type === SOCK.DGRAM ? "EPROTONOSUPPORT" : "ESOCKTNOSUPPORT");
  }
  if (domain === AF.NETLINK) {
    if (type !== SOCK.RAW && type !== SOCK.DGRAM) return fail("ESOCKTNOSUPPORT");
    // Routing, of which there is a part; the rest of the kernel's subsystems are not there.
    if (protocol !== 0) return fail("EPROTONOSUPPORT");
    return add(call, new NetlinkSocket(kernel, type, flags), flags);
  }
  kernel.log.log("unimp", () => `sockets of family ${domain} are not implemented`);
  return fail("EAFNOSUPPORT");
}

function socketpair(call: Call, domain: number, given: number, protocol: number, at: number): number {
  const { kernel, task, memory } = call;
  const type = given & SOCK.TYPE;
  const flags = flagsOf(call, given & ~SOCK.TYPE);
  if (domain !== AF.UNIX) return fail(domain === AF.INET || domain === AF.INET6 ? "EOPNOTSUPP" : "EAFNOSUPPORT");
  if (protocol !== 0 && protocol !== AF.UNIX) return fail("EPROTONOSUPPORT");
  if (!unixTypes.has(type)) return fail("ESOCKTNOSUPPORT");
  const [a, b] = UnixSocket.pair(kernel, type, flags, credentialsOf(task));
  const first = add(call, a, flags);
  try {
    const second = add(call, b, flags);
    memory.setU32(at, first);
    memory.setU32(at + 4, second);
  } catch (error) {
    void task.files.close(first);
    throw error;
  }
  return 0;
}

function accept(call: Call, fd: number, at: number, lengthAt: number, given: number): Awaitable<number> {
  const flags = flagsOf(call, given);
  return andThen(socketOf(call, fd).accept(call.task, flags & O.NONBLOCK), (accepted) => {
    if (at !== 0) {
      // A name that is gone already is empty.
      let name = accepted.name.subarray(0, 2);
      try {
        name = accepted.peerName;
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
      }
      writeAddress(call, at, lengthAt, name);
    }
    return add(call, accepted, flags);
  });
}

function sendto(call: Call, fd: number, va: number, size: number, flags: number, at: number, length: number): Awaitable<number> {
  const target = socketOf(call, fd);
  if (size > MOST && !target.isStream) return fail("EMSGSIZE");
  const bytes = call.memory.bytes(va, Math.min(size, MOST));
  const to = at === 0 ? undefined : readAddress(call, at, length);
  return target.send({ bytes, flags, to, files: [], credentials: credentialsOf(call.task) }, call.task);
}

function recvfrom(call: Call, fd: number, va: number, size: number, flags: number, at: number, lengthAt: number): Awaitable<number> {
  const source = socketOf(call, fd);
  const buffer = new Uint8Array(Math.min(size, MOST));
  return andThen(source.receive(buffer, flags, call.task), ({ count, length, from, files }) => {
    for (const file of files) void file.release();
    call.memory.write(va, buffer.subarray(0, count));
    if (at !== 0) writeAddress(call, at, lengthAt, from ?? new Uint8Array(0));
    return (flags & MSG.TRUNC) !== 0 ? length : count;
  });
}

/** struct mmsghdr: a msghdr and a length. */
async function eachMessage(call: Call, at: number, count: number, act: (header: number, i: number) => Awaitable<number>): Promise<number> {
  const layout = call.kernel.layout("msghdr");
  const word = call.kernel.abi.wordBytes;
  const stride = Math.ceil((layout.size + 4) / word) * word;
  for (let i = 0; i < Math.min(count, MOST_MESSAGES); i++) {
    try {
      const n = await act(at + i * stride, i);
      call.memory.setU32(at + i * stride + layout.size, n);
    } catch (error) {
      if (i > 0 && error instanceof Errno) return i;
      throw error;
    }
  }
  return Math.min(count, MOST_MESSAGES);
}

const MSG_WAITFORONE = 0x1_0000;

function recvmmsg(call: Call, fd: number, at: number, count: number, flags: number, time: number, wide: boolean): Promise<number> {
  const { kernel } = call;
  const source = socketOf(call, fd);
  const deadline = time === 0 ? undefined : kernel.nowNs() + readTimespec(call, time, wide);
  return eachMessage(call, at, count, (header, i) => {
    // The time is looked at between messages, and no sooner.
    if (i > 0 && deadline !== undefined && kernel.nowNs() >= deadline) throw new Errno("EAGAIN");
    const oneFlags = (flags & ~MSG_WAITFORONE) | (i > 0 && (flags & MSG_WAITFORONE) !== 0 ? MSG.DONTWAIT : 0);
    return receiveMessage(call, source, header, oneFlags);
  });
}

/** A connection that is interrupted goes on by itself: the call does not begin anew. */
async function connect(call: Call, fd: number, at: number, length: number): Promise<number> {
  try {
    await socketOf(call, fd).connect(readAddress(call, at, length), call.task);
    return 0;
  } catch (error) {
    throw notRestarted(error);
  }
}

export const socketRows: readonly SyscallRow[] = [
  syscall("socket", ["int", "hex", "int"], socket),
  syscall("socketpair", ["int", "hex", "int", "ptr"], socketpair),
  syscall("bind", ["fd", "ptr", "int"], (call, fd, at, length) =>
    andThen(socketOf(call, fd).bind(readAddress(call, at, length), call.task), () => 0),
  ),
  syscall("listen", ["fd", "int"], (call, fd, backlog) => andThen(socketOf(call, fd).listen(backlog, call.task), () => 0)),
  syscall("accept", ["fd", "ptr", "ptr"], (call, fd, at, lengthAt) => accept(call, fd, at, lengthAt, 0)),
  syscall("accept4", ["fd", "ptr", "ptr", "openFlags"], accept),
  syscall("connect", ["fd", "ptr", "int"], connect),
  syscall("getsockname", ["fd", "ptr", "ptr"], (call, fd, at, lengthAt) => {
    writeAddress(call, at, lengthAt, socketOf(call, fd).name);
    return 0;
  }),
  syscall("getpeername", ["fd", "ptr", "ptr"], (call, fd, at, lengthAt) => {
    writeAddress(call, at, lengthAt, socketOf(call, fd).peerName);
    return 0;
  }),
  syscall("send", ["fd", "buf", "size", "hex"], (call, fd, va, size, flags) => sendto(call, fd, va, size, flags, 0, 0)),
  syscall("sendto", ["fd", "buf", "size", "hex", "ptr", "int"], sendto),
  syscall("recv", ["fd", "ptr", "size", "hex"], (call, fd, va, size, flags) => recvfrom(call, fd, va, size, flags, 0, 0)),
  syscall("recvfrom", ["fd", "ptr", "size", "hex", "ptr", "ptr"], recvfrom),
  syscall("sendmsg", ["fd", "ptr", "hex"], (call, fd, at, flags) => sendMessage(call, socketOf(call, fd), readHeader(call, at), flags)),
  syscall("recvmsg", ["fd", "ptr", "hex"], (call, fd, at, flags) => receiveMessage(call, socketOf(call, fd), at, flags)),
  syscall("sendmmsg", ["fd", "ptr", "uint", "hex"], (call, fd, at, count, flags) => {
    const target = socketOf(call, fd);
    return eachMessage(call, at, count, (header) => sendMessage(call, target, readHeader(call, header), flags));
  }),
  syscall("recvmmsg", ["fd", "ptr", "uint", "hex", "ptr"], (call, fd, at, count, flags, time) =>
    recvmmsg(call, fd, at, count, flags, time, false),
  ),
  syscall("recvmmsg_time64", ["fd", "ptr", "uint", "hex", "ptr"], (call, fd, at, count, flags, time) =>
    recvmmsg(call, fd, at, count, flags, time, true),
  ),
  syscall("shutdown", ["fd", "int"], (call, fd, how) => {
    const target = socketOf(call, fd);
    if (how < 0 || how > 2) return fail("EINVAL");
    return andThen(target.shutdown(how), () => 0);
  }),
  syscall("setsockopt", ["fd", "int", "int", "ptr", "int"], (call, fd, level, name, at, size) =>
    setsockopt(call, socketOf(call, fd), level, name, at, size),
  ),
  syscall("getsockopt", ["fd", "int", "int", "ptr", "ptr"], (call, fd, level, name, at, sizeAt) =>
    getsockopt(call, socketOf(call, fd), level, name, at, sizeAt),
  ),
];
