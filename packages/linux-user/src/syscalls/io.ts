/** Reading, writing, seeking, and what is done with descriptors. */
import type { LinuxNumbers } from "@tsemu/target";
import { andThen, type Awaitable } from "../awaitable.ts";
import { E, Errno, fail } from "../errno.ts";
import { PAGE } from "../mm/page-pool.ts";
import { RLIMIT } from "../process.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { CHANGEABLE, O } from "../vfs/constants.ts";
import { MemoryFile } from "../vfs/memory-file.ts";
import { IN } from "../vfs/notifications.ts";
import { Socket } from "../net/socket.ts";
import { makePipe, PipeEnd } from "../vfs/pipe.ts";
import type { IoctlMemory, OpenFile } from "../vfs/types.ts";
import { withinFileLimit } from "./file-size-limit.ts";
import { flock, lockCommands, recordLock } from "./locks.ts";
import { interfaceIoctl, isInterfaceRequest } from "./interfaces.ts";
import { archOpenFlags, genericOpenFlags } from "./open.ts";

/** Most bytes of one call, as in Linux. */
const MOST = 0x7fff_f000;
/** Most bytes that pass through the kernel's buffer at a time. */
const BUFFER = 0x4_0000;
const MOST_VECTORS = 1024;

const readable = ({ task }: Call, fd: number): OpenFile => {
  const file = task.files.get(fd);
  return file.isReadable ? file : fail("EBADF");
};
const writable = ({ task }: Call, fd: number): OpenFile => {
  const file = task.files.get(fd);
  return file.isWritable ? file : fail("EBADF");
};

/** Those who watch the file hear of bytes read and written. */
const accessed = ({ kernel }: Call, file: OpenFile, read: Awaitable<number>): Awaitable<number> =>
  kernel.notifications.after(file, IN.ACCESS, read);
const modified = ({ kernel }: Call, file: OpenFile, written: Awaitable<number>): Awaitable<number> =>
  kernel.notifications.after(file, IN.MODIFY, written);

type ReadInto = (into: Uint8Array, done: number) => Awaitable<number>;
type WriteFrom = (from: Uint8Array, done: number) => Awaitable<number>;

/** Reads once, as much as fits the buffer; large reads go on as long as the buffer comes back full. */
function readMemory({ memory }: Call, va: number, size: number, read: ReadInto): Awaitable<number> {
  const length = Math.min(size, MOST);
  // A bad address must not cost the bytes that were read.
  if (length > 0 && memory.writable(va, Math.min(length, PAGE)) === 0) return fail("EFAULT");
  const buffer = new Uint8Array(Math.min(length, BUFFER));
  const step = (done: number): Awaitable<number> => {
    const into = buffer.subarray(0, Math.min(buffer.length, length - done));
    let result: Awaitable<number>;
    try {
      result = read(into, done);
    } catch (error) {
      if (done > 0 && error instanceof Errno) return done;
      throw error;
    }
    const after = (n: number): Awaitable<number> => {
      memory.write(va + done, into.subarray(0, n));
      const all = done + n;
      return n === BUFFER && all < length ? step(all) : all;
    };
    if (!(result instanceof Promise)) return after(result);
    return result.then(after, (error: unknown) => {
      if (done > 0 && error instanceof Errno) return done;
      throw error;
    });
  };
  return step(0);
}

function writeMemory({ memory }: Call, va: number, size: number, write: WriteFrom): Awaitable<number> {
  const length = Math.min(size, MOST);
  const step = (done: number): Awaitable<number> => {
    let result: Awaitable<number>;
    const n = Math.min(BUFFER, length - done);
    try {
      result = write(memory.bytes(va + done, n), done);
    } catch (error) {
      if (done > 0 && error instanceof Errno) return done;
      throw error;
    }
    const after = (written: number): Awaitable<number> => {
      const all = done + written;
      return written === n && all < length ? step(all) : all;
    };
    if (!(result instanceof Promise)) return after(result);
    return result.then(after, (error: unknown) => {
      if (done > 0 && error instanceof Errno) return done;
      throw error;
    });
  };
  return step(0);
}

export interface Vector {
  readonly va: number;
  readonly size: number;
}

export function vectors({ kernel, memory }: Call, at: number, count: number): Vector[] {
  if (count < 0 || count > MOST_VECTORS) return fail("EINVAL");
  const word = kernel.abi.wordBytes;
  const list = Array.from({ length: count }, (_, i) => ({
    va: memory.word(at + 2 * word * i, word),
    size: memory.word(at + 2 * word * i + word, word),
  }));
  if (list.some(({ size }) => size > MOST)) return fail("EINVAL");
  return list;
}

/** One vector after the other until one is not filled. */
function eachVector(list: readonly Vector[], act: (vector: Vector, done: number) => Awaitable<number>): Awaitable<number> {
  const step = (i: number, done: number): Awaitable<number> => {
    const vector = list[i];
    if (vector === undefined) return done;
    if (vector.size === 0) return step(i + 1, done);
    let result: Awaitable<number>;
    try {
      result = act(vector, done);
    } catch (error) {
      if (done > 0 && error instanceof Errno) return done;
      throw error;
    }
    return andThen(result, (n) => (n < vector.size ? done + n : step(i + 1, done + n)));
  };
  return step(0, 0);
}

/** Written in one piece, so that it arrives in one piece in a pipe. */
function writev(call: Call, list: readonly Vector[], write: (from: Uint8Array) => Awaitable<number>): Awaitable<number> {
  const size = list.reduce((sum, v) => sum + v.size, 0);
  if (size > BUFFER) return eachVector(list, ({ va, size: n }) => writeMemory(call, va, n, write));
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const v of list) {
    call.memory.read(v.va, bytes.subarray(at, at + v.size));
    at += v.size;
  }
  return write(bytes);
}

const writeLimited = (call: Call, file: OpenFile, from: Uint8Array): Awaitable<number> =>
  andThen(withinFileLimit(call, file, from), (part) => file.write(part, call.task));
const writeLimitedAt = (call: Call, file: OpenFile, from: Uint8Array, offset: number): Awaitable<number> =>
  andThen(withinFileLimit(call, file, from, offset), (part) => file.writeAt(part, offset));

const offsetOf = (offset: number): number => (offset < 0 ? fail("EINVAL") : offset);

/** RWF bits that mean nothing here: what is written is there at once. */
const RWF_HINTS = 1 | 2 | 4 | 8;
const RWF_APPEND = 16;

type Positioned = (call: Call, fd: number, list: readonly Vector[], offset: number | undefined) => Awaitable<number>;

/** preadv, pwritev and what came after them: flags, and -1 for where the file stands (undefined). */
function positioned(name: "preadv" | "pwritev", run: Positioned): readonly SyscallRow[] {
  const at = (low: number, high: number): number => (high | 0) * 2 ** 32 + low;
  return [
    syscall(name, ["fd", "ptr", "int", "uint", "uint"], (call, fd, list, count, low, high) =>
      run(call, fd, vectors(call, list, count), offsetOf(at(low, high))),
    ),
    syscall(`${name}2`, ["fd", "ptr", "int", "uint", "uint", "hex"], (call, fd, list, count, low, high, flags) => {
      if ((flags & ~(RWF_HINTS | RWF_APPEND)) !== 0) return fail("EOPNOTSUPP");
      const offset = at(low, high);
      const from = vectors(call, list, count);
      if ((flags & RWF_APPEND) === 0 || name === "preadv") return run(call, fd, from, offset === -1 ? undefined : offsetOf(offset));
      return andThen(call.task.files.get(fd).stat(), ({ size }) => run(call, fd, from, size));
    }),
  ];
}

const ioRows: readonly SyscallRow[] = [
  syscall("read", ["fd", "ptr", "size"], (call, fd, va, size) => {
    const file = readable(call, fd);
    return accessed(
      call,
      file,
      readMemory(call, va, size, (into) => file.read(into, call.task)),
    );
  }),
  syscall("write", ["fd", "buf", "size"], (call, fd, va, size) => {
    const file = writable(call, fd);
    return modified(
      call,
      file,
      writeMemory(call, va, size, (from) => writeLimited(call, file, from)),
    );
  }),
  syscall("readv", ["fd", "ptr", "int"], (call, fd, at, count) => {
    const file = readable(call, fd);
    const read = eachVector(vectors(call, at, count), ({ va, size }) => readMemory(call, va, size, (into) => file.read(into, call.task)));
    return accessed(call, file, read);
  }),
  syscall("writev", ["fd", "ptr", "int"], (call, fd, at, count) => {
    const file = writable(call, fd);
    return modified(
      call,
      file,
      writev(call, vectors(call, at, count), (from) => writeLimited(call, file, from)),
    );
  }),
  syscall("pread64", ["fd", "ptr", "size", "off"], (call, fd, va, size, offset) => {
    const file = readable(call, fd);
    return accessed(
      call,
      file,
      readMemory(call, va, size, (into, done) => file.readAt(into, offsetOf(offset) + done)),
    );
  }),
  syscall("pwrite64", ["fd", "buf", "size", "off"], (call, fd, va, size, offset) => {
    const file = writable(call, fd);
    return modified(
      call,
      file,
      writeMemory(call, va, size, (from, done) => writeLimitedAt(call, file, from, offsetOf(offset) + done)),
    );
  }),
  ...positioned("preadv", (call, fd, list, offset) => {
    const file = readable(call, fd);
    const read = eachVector(list, ({ va, size }, done) =>
      readMemory(call, va, size, (into, more) =>
        offset === undefined ? file.read(into, call.task) : file.readAt(into, offset + done + more),
      ),
    );
    return accessed(call, file, read);
  }),
  ...positioned("pwritev", (call, fd, list, offset) => {
    const file = writable(call, fd);
    const written = eachVector(list, ({ va, size }, done) =>
      writeMemory(call, va, size, (from, more) =>
        offset === undefined ? writeLimited(call, file, from) : writeLimitedAt(call, file, from, offset + done + more),
      ),
    );
    return modified(call, file, written);
  }),
  syscall("lseek", ["fd", "long", "int"], ({ task }, fd, offset, whence) => task.files.get(fd).seek(offset, whence)),
  syscall("_llseek", ["fd", "uint", "uint", "ptr", "int"], ({ task, memory }, fd, high, low, at, whence) =>
    andThen(task.files.get(fd).seek((high | 0) * 2 ** 32 + low, whence), (position) => {
      memory.setI64(at, position);
      return 0;
    }),
  ),
  ...["fsync", "fdatasync", "syncfs"].map((name) => syscall(name, ["fd"], ({ task }, fd) => andThen(task.files.get(fd).sync(), () => 0))),
  syscall("sync", [], () => 0),
  // Advice about files is not needed here.
  syscall("arm_fadvise64_64", ["fd", "int", "off", "off"], ({ task }, fd) => (task.files.get(fd), 0)),
  syscall("fadvise64_64", ["fd", "off", "off", "int"], ({ task }, fd) => (task.files.get(fd), 0)),
  ...["arm_sync_file_range", "sync_file_range2"].map((name) =>
    syscall(name, ["fd", "hex", "off", "off"], ({ task }, fd, flags, offset, count) => {
      const file = task.files.get(fd);
      if ((flags & ~7) !== 0 || offset < 0 || count < 0) return fail("EINVAL");
      return andThen(file.sync(), () => 0);
    }),
  ),
  syscall("readahead", ["fd", "off", "size"], ({ task }, fd) => (task.files.get(fd), 0)),
  ...["sendfile", "sendfile64"].map((name) =>
    syscall(name, ["fd", "fd", "ptr", "size"], (call, out, from, at, size) =>
      sendfile(call, out, from, at, size, name === "sendfile64" || call.kernel.abi.wordBytes === 8),
    ),
  ),
];

async function sendfile(call: Call, out: number, from: number, at: number, size: number, wide: boolean): Promise<number> {
  const { memory, task } = call;
  const source = readable(call, from);
  const target = writable(call, out);
  let position = at === 0 ? source.position : wide ? memory.i64(at) : memory.u32(at);
  let sent = 0;
  while (sent < size) {
    const buffer = new Uint8Array(Math.min(size - sent, BUFFER));
    const n = await source.readAt(buffer, position);
    if (n === 0) break;
    let written: number;
    try {
      written = await target.write(buffer.subarray(0, n), task);
    } catch (error) {
      if (sent > 0 && error instanceof Errno) break;
      throw error;
    }
    position += written;
    sent += written;
    if (written < n) break;
  }
  await accessed(call, source, sent);
  await modified(call, target, sent);
  if (at === 0) source.position = position;
  else if (wide) memory.setI64(at, position);
  else memory.setU32(at, position);
  return sent;
}

const F = {
  DUPFD: 0,
  GETFD: 1,
  SETFD: 2,
  GETFL: 3,
  SETFL: 4,
  SETOWN: 8,
  GETOWN: 9,
  DUPFD_CLOEXEC: 1030,
  SETPIPE_SZ: 1031,
  GETPIPE_SZ: 1032,
  ADD_SEALS: 1033,
  GET_SEALS: 1034,
} as const;

function fcntl(call: Call, fd: number, command: number, argument: number): Awaitable<number> {
  const { kernel, task } = call;
  const entry = task.files.entry(fd);
  const { file } = entry;
  const limit = task.process.limits[RLIMIT.NOFILE]!.soft;
  const lock = lockCommands.get(command);
  if (lock !== undefined) return recordLock(call, file, lock, argument);
  switch (command) {
    case F.DUPFD:
    case F.DUPFD_CLOEXEC:
      if (argument >= limit) return fail("EINVAL");
      return task.files.add(file.retain(), limit, command === F.DUPFD_CLOEXEC, argument);
    case F.GETFD:
      return entry.closeOnExec ? 1 : 0;
    case F.SETFD:
      entry.closeOnExec = (argument & 1) !== 0;
      return 0;
    case F.GETFL:
      return archOpenFlags(kernel, file.flags);
    case F.SETFL:
      file.flags = (file.flags & ~CHANGEABLE) | (genericOpenFlags(kernel, argument) & CHANGEABLE);
      return 0;
    case F.GETPIPE_SZ:
      return file instanceof PipeEnd ? file.pipe.slots * PAGE : fail("EBADF");
    case F.SETPIPE_SZ:
      return file instanceof PipeEnd ? file.pipe.resize(argument) : fail("EBADF");
    case F.GET_SEALS:
      return file instanceof MemoryFile ? file.content.seals : fail("EINVAL");
    case F.ADD_SEALS:
      return file instanceof MemoryFile ? file.addSeals(argument) : fail("EINVAL");
    case F.SETOWN:
      return 0;
    case F.GETOWN:
      return 0;
    default:
      kernel.log.log("unimp", () => `fcntl command ${command} is not implemented`);
      return fail("EINVAL");
  }
}

const TCGETS = 0x5401;
const TCSETSF = 0x5404;
const FIOCLEX = 0x5451;
const FIONCLEX = 0x5450;
const FIONBIO = 0x5421;

/** Memory in which a struct termios of the architecture looks like asm-generic's. */
function termiosMemory({ kernel, memory }: Call, numbers: LinuxNumbers): IoctlMemory {
  const { littleEndian } = kernel.abi;
  return {
    littleEndian,
    read: (va, into) => into.set(numbers.termios(memory.bytes(va, numbers.termiosBytes), littleEndian)),
    write: (va, bytes) => memory.write(va, numbers.ownTermios(bytes, littleEndian)),
    i32: (va) => memory.i32(va),
    setU32: (va, value) => memory.setU32(va, value),
  };
}

function ioctl(call: Call, fd: number, request: number, argument: number): Awaitable<number> {
  const { kernel, task, memory } = call;
  const entry = task.files.entry(fd);
  const { file } = entry;
  if ((file.flags & O.PATH) !== 0) return fail("EBADF");
  if (request === FIOCLEX || request === FIONCLEX) {
    entry.closeOnExec = request === FIOCLEX;
    return 0;
  }
  if (request === FIONBIO) {
    file.flags = memory.i32(argument) !== 0 ? file.flags | O.NONBLOCK : file.flags & ~O.NONBLOCK;
    return 0;
  }
  const numbers = kernel.abi.numbers;
  const seen = numbers !== undefined && request >= TCGETS && request <= TCSETSF ? termiosMemory(call, numbers) : memory;
  try {
    if (file instanceof Socket && isInterfaceRequest(request)) return interfaceIoctl(kernel, request, argument, memory);
    return file.ioctl(request, argument, seen, task);
  } catch (error) {
    if (error instanceof Errno && error.number === E.ENOTTY)
      kernel.log.log("unimp", () => `ioctl 0x${request.toString(16)} of ${file.path} is not implemented`);
    throw error;
  }
}

function dup3({ task }: Call, from: number, to: number, closeOnExec: boolean): number {
  const file = task.files.get(from);
  if (to < 0 || to >= task.process.limits[RLIMIT.NOFILE]!.soft) return fail("EBADF");
  if (from !== to) task.files.put(to, file.retain(), closeOnExec);
  return to;
}

/** A pipe with its two descriptors, which `deliver` tells the program of. */
function newPipe({ kernel, task }: Call, given: number, deliver: (reading: number, writing: number) => void): number {
  const flags = genericOpenFlags(kernel, given);
  if ((flags & ~(O.CLOEXEC | O.NONBLOCK | O.DIRECT)) !== 0) return fail("EINVAL");
  const { reader, writer } = makePipe(flags, kernel.realtimeNs(), kernel.pipeBudget);
  const limit = task.process.limits[RLIMIT.NOFILE]!.soft;
  const closeOnExec = (flags & O.CLOEXEC) !== 0;
  const first = task.files.add(reader, limit, closeOnExec);
  let second: number;
  try {
    second = task.files.add(writer, limit, closeOnExec);
    deliver(first, second);
  } catch (error) {
    void task.files.close(first);
    throw error;
  }
  return first;
}

function pipe(call: Call, at: number, given: number): number {
  newPipe(call, given, (reading, writing) => {
    call.memory.setU32(at, reading);
    call.memory.setU32(at + 4, writing);
  });
  return 0;
}

const CLOSE_RANGE = { UNSHARE: 2, CLOEXEC: 4 } as const;

const descriptorRows: readonly SyscallRow[] = [
  syscall("close", ["fd"], ({ task }, fd) => andThen(task.files.close(fd), () => 0)),
  syscall("close_range", ["uint", "uint", "hex"], ({ task }, first, last, flags) => {
    if (first > last || (flags & ~(CLOSE_RANGE.UNSHARE | CLOSE_RANGE.CLOEXEC)) !== 0) return fail("EINVAL");
    if ((flags & CLOSE_RANGE.UNSHARE) !== 0) task.unshareFiles();
    for (const [fd] of task.files.all) {
      if (fd < first || fd > last) continue;
      if ((flags & CLOSE_RANGE.CLOEXEC) !== 0) task.files.entry(fd).closeOnExec = true;
      else void task.files.close(fd);
    }
    return 0;
  }),
  syscall("dup", ["fd"], ({ task }, fd) => task.files.add(task.files.get(fd).retain(), task.process.limits[RLIMIT.NOFILE]!.soft)),
  syscall("dup2", ["fd", "fd"], (call, from, to) => dup3(call, from, to, false)),
  syscall("dup3", ["fd", "fd", "openFlags"], (call, from, to, flags) => {
    if (from === to || (flags & ~O.CLOEXEC) !== 0) return fail("EINVAL");
    return dup3(call, from, to, flags !== 0);
  }),
  syscall("pipe", ["ptr"], (call, at) => pipe(call, at, 0)),
  syscall("pipe_in_registers", [], (call) =>
    newPipe(call, 0, (_reading, writing) => call.kernel.abi.setSecondResult?.(call.kernel.vcpu.cpu, writing)),
  ),
  syscall("pipe2", ["ptr", "openFlags"], pipe),
  syscall("fcntl", ["fd", "int", "hex"], fcntl),
  syscall("fcntl64", ["fd", "int", "hex"], fcntl),
  syscall("ioctl", ["fd", "hex", "hex"], ioctl),
  syscall("flock", ["fd", "int"], flock),
];

export const fileRows: readonly SyscallRow[] = [...ioRows, ...descriptorRows];
