/**
 * Asynchronous input and output, as Linux has had it before io_uring. Reads and writes are carried out when they are submitted, which is
 * what Linux does with files that are not open with O_DIRECT; polls go on by themselves.
 */
import { type AioEvent, AioContext, type PendingOperation } from "../aio.ts";
import { E, Errno, fail } from "../errno.ts";
import { addressRange } from "../loader/exec.ts";
import { MAP, map } from "../mm/mmap.ts";
import { PAGE } from "../mm/page-pool.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { POLL } from "../vfs/constants.ts";
import { EventFile } from "../vfs/eventfd.ts";
import type { OpenFile } from "../vfs/types.ts";
import { fileRows } from "./io.ts";
import { masked } from "./poll.ts";
import { readTimespec } from "./time-values.ts";

const MOST_EVENTS = 65_536;
const OP = { PREAD: 0, PWRITE: 1, FSYNC: 2, FDSYNC: 3, POLL: 5, PREADV: 7, PWRITEV: 8 } as const;
const FLAG_RESFD = 1;
const FLAG_IOPRIO = 2;
const EVENT_BYTES = 32;
const IOCB_BYTES = 64;

/** struct iocb. */
interface Iocb {
  readonly at: number;
  readonly data: bigint;
  readonly flagsOfWrite: number;
  readonly operation: number;
  readonly fd: number;
  readonly buffer: number;
  readonly size: number;
  readonly offset: number;
  readonly flags: number;
  readonly eventFd: number;
}

function readIocb({ kernel, memory }: Call, at: number): Iocb {
  const view = new DataView(memory.bytes(at, IOCB_BYTES).buffer);
  const little = kernel.abi.littleEndian;
  const wide = (offset: number): number => Number(view.getBigInt64(offset, little));
  if (view.getBigUint64(48, little) !== 0n) return fail("EINVAL");
  return {
    at,
    data: view.getBigUint64(0, little),
    flagsOfWrite: view.getUint32(little ? 12 : 8, little),
    operation: view.getUint16(16, little),
    fd: view.getInt32(20, little),
    buffer: wide(24),
    size: wide(32),
    offset: wide(40),
    flags: view.getUint32(56, little),
    eventFd: view.getInt32(60, little),
  };
}

const contextOf = ({ task }: Call, id: number): AioContext => task.space.aio.get(id) ?? fail("EINVAL");

function setup(call: Call, count: number, at: number): number {
  const { kernel, task, memory } = call;
  const word = kernel.abi.wordBytes;
  if (memory.word(at, word) !== 0 || count === 0) return fail("EINVAL");
  if (count > MOST_EVENTS) return fail("EAGAIN");
  // Libraries look for a ring of events where the context is. A page of zeros is none, and they ask the kernel.
  const request = { va: 0, length: PAGE, prot: 3, flags: MAP.PRIVATE | MAP.ANONYMOUS, name: "/[aio] (deleted)" };
  const id = map(task.space, request, addressRange(kernel, task.space.stackLimit));
  try {
    memory.setWord(at, id, word);
  } catch (error) {
    task.space.unmap(id, id + PAGE);
    throw error;
  }
  task.space.aio.set(id, new AioContext(count));
  return 0;
}

function destroy(call: Call, id: number): number {
  contextOf(call, id).destroy();
  call.task.space.aio.delete(id);
  call.task.space.unmap(id, id + PAGE);
  return 0;
}

const rows = new Map(fileRows.map((row) => [row.name, row]));
const run = async (call: Call, name: string, ...args: number[]): Promise<number> => (await rows.get(name)!.run(call, ...args)) as number;

/** Reads or writes at the operation's place; what has no places, wherever it is. */
async function transfer(call: Call, { fd, buffer, size, offset }: Iocb, at: string, plain: string, halves: boolean): Promise<number> {
  if (offset < 0) return fail("EINVAL");
  try {
    const place = halves ? [offset % 2 ** 32, Math.floor(offset / 2 ** 32)] : [offset];
    return await run(call, at, fd, buffer, size, ...place);
  } catch (error) {
    if (error instanceof Errno && error.number === E.ESPIPE) return run(call, plain, fd, buffer, size);
    throw error;
  }
}

const operations: Readonly<Record<number, (call: Call, iocb: Iocb) => Promise<number>>> = {
  [OP.PREAD]: (call, iocb) => transfer(call, iocb, "pread64", "read", false),
  [OP.PWRITE]: (call, iocb) => transfer(call, iocb, "pwrite64", "write", false),
  [OP.PREADV]: (call, iocb) => transfer(call, iocb, "preadv", "readv", true),
  [OP.PWRITEV]: (call, iocb) => transfer(call, iocb, "pwritev", "writev", true),
  [OP.FSYNC]: (call, { fd }) => run(call, "fsync", fd),
  [OP.FDSYNC]: (call, { fd }) => run(call, "fdatasync", fd),
};

/** What is wrong with the operation itself is the caller's to hear; what goes wrong with it is its result. */
async function submitOne(call: Call, context: AioContext, at: number): Promise<void> {
  const { task, kernel } = call;
  const iocb = readIocb(call, at);
  const { operation, flags, fd, buffer } = iocb;
  if (context.isFull) fail("EAGAIN");
  const file = task.files.get(fd);
  if ((flags & ~(FLAG_RESFD | FLAG_IOPRIO)) !== 0) fail("EINVAL");
  const notified = (flags & FLAG_RESFD) === 0 ? undefined : task.files.get(iocb.eventFd);
  if (notified !== undefined && !(notified instanceof EventFile)) fail("EINVAL");
  const done = (result: number): void => {
    const event: AioEvent = { data: iocb.data, object: BigInt(at), result };
    context.add(event);
    const one = new Uint8Array(8);
    new DataView(one.buffer).setBigUint64(0, 1n, kernel.abi.littleEndian);
    if (notified !== undefined) void notified.write(one, task);
  };
  if (operation === OP.POLL) {
    if (iocb.size !== 0 || iocb.offset !== 0) fail("EINVAL");
    poll(call, context, file, buffer & 0xffff, { data: iocb.data, object: BigInt(at) }, done);
    return;
  }
  const carryOut = operations[operation];
  if (carryOut === undefined) return fail("EINVAL");
  let result: number;
  try {
    result = await carryOut(call, iocb);
  } catch (error) {
    // What cannot be begun is the submission's failure; the rest is the result.
    if (!(error instanceof Errno) || error.number >= E.ERESTARTSYS) throw error;
    if (error.number === E.EBADF || error.number === E.EINVAL) throw error;
    result = -(kernel.abi.numbers?.ownError(error.number) ?? error.number);
  }
  done(result);
}

function poll(
  { task }: Call,
  context: AioContext,
  file: OpenFile,
  wanted: number,
  names: Pick<PendingOperation, "data" | "object">,
  done: (result: number) => void,
): void {
  const mask = wanted | POLL.ERR | POLL.HUP;
  const now = file.poll(task) & mask;
  if (now !== 0) {
    done(now);
    return;
  }
  file.retain();
  if ((wanted & (POLL.IN | POLL.RDNORM)) !== 0) file.expectReadiness();
  const stop = (): void => {
    leave();
    void file.release();
  };
  const operation: PendingOperation = { ...names, cancel: stop };
  const leave = file.readiness.add((brought) => {
    // As in Linux, all that a wake-up says it brings is told where some of it was asked for.
    const events = brought === -1 ? file.poll(task) & mask : brought;
    if ((events & mask) === 0) return;
    context.end(operation);
    stop();
    done(events);
  });
  context.begin(operation);
}

async function submit(call: Call, id: number, count: number, list: number): Promise<number> {
  const context = contextOf(call, id);
  if (count < 0) return fail("EINVAL");
  const word = call.kernel.abi.wordBytes;
  for (let i = 0; i < count; i++) {
    try {
      await submitOne(call, context, call.memory.word(list + i * word, word));
    } catch (error) {
      if (i > 0 && error instanceof Errno) return i;
      throw error;
    }
  }
  return count;
}

async function getevents(call: Call, id: number, least: number, most: number, at: number, time: number, wide: boolean): Promise<number> {
  const { kernel, task, memory } = call;
  const timeoutNs = time === 0 ? undefined : readTimespec(call, time, wide);
  const context = contextOf(call, id);
  if (least < 0 || most < 0 || least > most) return fail("EINVAL");
  const deadlineNs = timeoutNs === undefined ? undefined : kernel.nowNs() + timeoutNs;
  try {
    while (context.ready < least && !context.isGone) if (!(await task.wait([context.changed], deadlineNs))) break;
  } catch (error) {
    if (!(error instanceof Errno) || error.number !== E.ERESTARTSYS) throw error;
    if (context.ready === 0) return fail("EINTR");
  }
  const events = context.take(most);
  const bytes = new Uint8Array(events.length * EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  const little = kernel.abi.littleEndian;
  events.forEach(({ data, object, result }, i) => {
    view.setBigUint64(i * EVENT_BYTES, data, little);
    view.setBigUint64(i * EVENT_BYTES + 8, object, little);
    view.setBigInt64(i * EVENT_BYTES + 16, BigInt(result), little);
  });
  memory.write(at, bytes);
  return events.length;
}

/** struct __aio_sigset: where the mask is, and its size. */
const maskOf = ({ kernel, memory }: Call, at: number): number => (at === 0 ? 0 : memory.word(at, kernel.abi.wordBytes));

export const aioRows: readonly SyscallRow[] = [
  syscall("io_setup", ["uint", "ptr"], setup),
  syscall("io_destroy", ["ptr"], destroy),
  syscall("io_submit", ["ptr", "long", "ptr"], submit),
  syscall("io_cancel", ["ptr", "ptr", "ptr"], (call, id, iocb) => {
    contextOf(call, id).cancel(BigInt(iocb));
    return fail("EINPROGRESS");
  }),
  syscall("io_getevents", ["ptr", "long", "long", "ptr", "ptr"], (call, id, least, most, at, time) =>
    getevents(call, id, least, most, at, time, false),
  ),
  ...(["io_pgetevents", "io_pgetevents_time64"] as const).map((name) =>
    syscall(name, ["ptr", "long", "long", "ptr", "ptr", "ptr"], (call, id, least, most, at, time, mask) =>
      masked(call, maskOf(call, mask), () => getevents(call, id, least, most, at, time, name !== "io_pgetevents")),
    ),
  ),
];
