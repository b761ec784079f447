/** Bytes from file to file: copy_file_range, splice, tee, vmsplice; and room for them: fallocate. */
import { Errno, fail } from "../errno.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { O, S } from "../vfs/constants.ts";
import { PipeEnd } from "../vfs/pipe.ts";
import type { Caller, OpenFile } from "../vfs/types.ts";
import { readable, writable } from "./io.ts";

const BUFFER = 0x4_0000;

/** Where one side stands: at a place in memory that is moved on, or where the file stands. */
class Side {
  readonly file: OpenFile;
  readonly #call: Call;
  readonly #at: number;
  #offset: number;

  constructor(call: Call, file: OpenFile, at: number) {
    this.file = file;
    this.#call = call;
    this.#at = at;
    this.#offset = at === 0 ? 0 : call.memory.i64(at);
    if (this.#offset < 0) fail("EINVAL");
  }
  read(into: Uint8Array): number | Promise<number> {
    return this.#at === 0 ? this.file.read(into, this.#call.task) : this.file.readAt(into, this.#offset);
  }
  write(from: Uint8Array): number | Promise<number> {
    return this.#at === 0 ? this.file.write(from, this.#call.task) : this.file.writeAt(from, this.#offset);
  }
  /** So many bytes were taken from here. */
  moved(n: number): void {
    if (this.#at === 0) return;
    this.#offset += n;
    this.#call.memory.setI64(this.#at, this.#offset);
  }
}

async function copyFileRange(
  call: Call,
  from: number,
  fromAt: number,
  to: number,
  toAt: number,
  size: number,
  flags: number,
): Promise<number> {
  if (flags !== 0) return fail("EINVAL");
  const [source, target] = [new Side(call, readable(call, from), fromAt), new Side(call, writable(call, to), toAt)];
  for (const { file } of [source, target]) {
    const type = (await file.stat()).mode & S.IFMT;
    if (type === S.IFDIR) fail("EISDIR");
    if (type !== S.IFREG) fail("EINVAL");
  }
  if ((target.file.flags & O.APPEND) !== 0) fail("EBADF");
  let done = 0;
  while (done < size) {
    const buffer = new Uint8Array(Math.min(BUFFER, size - done));
    const n = await source.read(buffer);
    if (n === 0) break;
    source.moved(n);
    // A file takes everything, or fails.
    const written = await target.write(buffer.subarray(0, n));
    target.moved(written);
    done += written;
  }
  return done;
}

const SPLICE_NONBLOCK = 2;

/** Waits until a pipe has something, or room; undefined when it has ended. */
async function pipeReady(end: PipeEnd, wants: "bytes" | "room", waits: boolean, caller: Caller): Promise<number> {
  const { pipe } = end;
  for (;;) {
    const n = wants === "bytes" ? pipe.length : pipe.room(BUFFER);
    if (n > 0) return n;
    if (wants === "bytes" && pipe.writers === 0) return 0;
    if (wants === "room" && pipe.readers === 0) {
      caller.signal("SIGPIPE");
      return fail("EPIPE");
    }
    if (!waits || end.isNonBlocking) return fail("EAGAIN");
    await caller.wait([pipe.changed]);
  }
}

async function splice(call: Call, from: number, fromAt: number, to: number, toAt: number, size: number, flags: number): Promise<number> {
  const { task } = call;
  const [input, output] = [readable(call, from), writable(call, to)];
  if (size === 0) return 0;
  const [inPipe, outPipe] = [input instanceof PipeEnd, output instanceof PipeEnd];
  if (!inPipe && !outPipe) return fail("EINVAL");
  if ((inPipe && fromAt !== 0) || (outPipe && toAt !== 0)) return fail("ESPIPE");
  if (input instanceof PipeEnd && output instanceof PipeEnd && input.pipe === output.pipe) return fail("EINVAL");
  const waits = (flags & SPLICE_NONBLOCK) === 0;
  let most = Math.min(size, BUFFER);
  // What is taken from the one must find room in the other.
  if (output instanceof PipeEnd) most = Math.min(most, await pipeReady(output, "room", waits, task));
  if (input instanceof PipeEnd) most = Math.min(most, await pipeReady(input, "bytes", waits, task));
  if (most === 0) return 0;
  const [source, target] = [new Side(call, input, fromAt), new Side(call, output, toAt)];
  const buffer = new Uint8Array(most);
  const n = await source.read(buffer);
  if (n === 0) return 0;
  source.moved(n);
  let done = 0;
  while (done < n) {
    const written = await target.write(buffer.subarray(done, n));
    target.moved(written);
    done += written;
  }
  return done;
}

async function tee(call: Call, from: number, to: number, size: number, flags: number): Promise<number> {
  const [input, output] = [readable(call, from), writable(call, to)];
  if (!(input instanceof PipeEnd) || !(output instanceof PipeEnd) || input.pipe === output.pipe) return fail("EINVAL");
  const waits = (flags & SPLICE_NONBLOCK) === 0;
  const room = await pipeReady(output, "room", waits, call.task);
  const there = await pipeReady(input, "bytes", waits, call.task);
  const bytes = input.pipe.peek(Math.min(size, room, there));
  if (bytes.length > 0) output.pipe.put(bytes);
  return bytes.length;
}

async function vmsplice(call: Call, fd: number, at: number, count: number): Promise<number> {
  const { kernel, task, memory } = call;
  const file = task.files.get(fd);
  if (!(file instanceof PipeEnd)) return fail("EBADF");
  if (count > 1024) return fail("EINVAL");
  const word = kernel.abi.wordBytes;
  let done = 0;
  for (let i = 0; i < count; i++) {
    const [va, size] = [memory.word(at + 2 * word * i, word), memory.word(at + 2 * word * i + word, word)];
    try {
      if (file.isWritable) done += await file.write(memory.bytes(va, size), task);
      else {
        const buffer = new Uint8Array(Math.min(size, BUFFER));
        const n = await file.read(buffer, task);
        memory.write(va, buffer.subarray(0, n));
        done += n;
        if (n < size) break;
      }
    } catch (error) {
      if (done > 0 && error instanceof Errno) break;
      throw error;
    }
  }
  return done;
}

const MOST_ZEROS = 2 ** 30;
const FALLOC = { KEEP_SIZE: 1, PUNCH_HOLE: 2, ZERO_RANGE: 0x10 } as const;

async function fallocate(call: Call, fd: number, mode: number, offset: number, length: number): Promise<number> {
  const file = writable(call, fd);
  if (offset < 0 || length <= 0) return fail("EINVAL");
  const { mode: fileMode, size } = await file.stat();
  if ((fileMode & S.IFMT) === S.IFIFO) return fail("ESPIPE");
  if ((fileMode & S.IFMT) !== S.IFREG) return fail("ENODEV");
  const known = FALLOC.KEEP_SIZE | FALLOC.PUNCH_HOLE | FALLOC.ZERO_RANGE;
  if ((mode & ~known) !== 0) return fail("EOPNOTSUPP");
  const punches = (mode & FALLOC.PUNCH_HOLE) !== 0;
  if (punches && (mode & FALLOC.KEEP_SIZE) === 0) return fail("EOPNOTSUPP");
  if (punches || (mode & FALLOC.ZERO_RANGE) !== 0) {
    const end = Math.min(size, offset + length);
    // It is zeros that are written, as the host cannot be asked for holes: not for a large part of a sparse file.
    if (end - offset > MOST_ZEROS) return fail("EOPNOTSUPP");
    for (let at = offset; at < end; at += BUFFER) await file.writeAt(new Uint8Array(Math.min(BUFFER, end - at)), at);
  }
  if ((mode & FALLOC.KEEP_SIZE) === 0 && offset + length > size) await file.truncate(offset + length);
  return 0;
}

export const transferRows: readonly SyscallRow[] = [
  syscall("copy_file_range", ["fd", "ptr", "fd", "ptr", "size", "hex"], copyFileRange),
  syscall("splice", ["fd", "ptr", "fd", "ptr", "size", "hex"], splice),
  syscall("tee", ["fd", "fd", "size", "hex"], tee),
  syscall("vmsplice", ["fd", "ptr", "uint", "hex"], (call, fd, at, count) => vmsplice(call, fd, at, count)),
  syscall("fallocate", ["fd", "hex", "off", "off"], fallocate),
];
