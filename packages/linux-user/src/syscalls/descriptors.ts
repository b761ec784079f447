/** What is done with descriptors: closing, copying, fcntl, ioctl, pipes. */
import type { LinuxNumbers } from "@tsemu/target";
import { andThen, type Awaitable } from "../awaitable.ts";
import { E, Errno, fail } from "../errno.ts";
import { PAGE } from "../mm/page-pool.ts";
import { Socket } from "../net/socket.ts";
import { RLIMIT } from "../process.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { CHANGEABLE, O } from "../vfs/constants.ts";
import { MemoryFile } from "../vfs/memory-file.ts";
import { makePipe, PipeEnd } from "../vfs/pipe.ts";
import type { IoctlMemory } from "../vfs/types.ts";
import { interfaceIoctl, isInterfaceRequest } from "./interfaces.ts";
import { flock, lockCommands, recordLock } from "./locks.ts";
import { archOpenFlags, genericOpenFlags } from "./open.ts";

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

/** The upper half of the numbers of requests to terminals. */
const TERMINAL_REQUESTS = 0x54;

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
    // What asks whether a file is a terminal has its answer.
    const isAnswer = request >>> 8 === TERMINAL_REQUESTS && !file.isTerminal;
    if (error instanceof Errno && error.number === E.ENOTTY && !isAnswer)
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

export const descriptorRows: readonly SyscallRow[] = [
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
