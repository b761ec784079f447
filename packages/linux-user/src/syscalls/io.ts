/** Reading, writing, seeking. */
import { andThen, type Awaitable } from "../awaitable.ts";
import { Errno, fail } from "../errno.ts";
import { PAGE } from "../mm/page-pool.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { S } from "../vfs/constants.ts";
import { IN } from "../vfs/notifications.ts";
import type { OpenFile } from "../vfs/types.ts";
import { withinFileLimit } from "./file-size-limit.ts";

/** Most bytes of one call, as in Linux. */
const MOST = 0x7fff_f000;
/** Most bytes that pass through the kernel's buffer at a time. */
const BUFFER = 0x4_0000;
const MOST_VECTORS = 1024;

export const readable = ({ task }: Call, fd: number): OpenFile => {
  const file = task.files.get(fd);
  return file.isReadable ? file : fail("EBADF");
};
export const writable = ({ task }: Call, fd: number): OpenFile => {
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
  // Two words, of which where words have 64 bits the first is all.
  const at = ({ kernel }: Call, low: number, high: number): number =>
    kernel.abi.wordBytes === 8 ? low : (high | 0) * 2 ** 32 + (low >>> 0);
  return [
    syscall(name, ["fd", "ptr", "int", "long", "uint"], (call, fd, list, count, low, high) =>
      run(call, fd, vectors(call, list, count), offsetOf(at(call, low, high))),
    ),
    syscall(`${name}2`, ["fd", "ptr", "int", "long", "uint", "hex"], (call, fd, list, count, low, high, flags) => {
      if ((flags & ~(RWF_HINTS | RWF_APPEND)) !== 0) return fail("EOPNOTSUPP");
      const offset = at(call, low, high);
      const from = vectors(call, list, count);
      if ((flags & RWF_APPEND) === 0 || name === "preadv") return run(call, fd, from, offset === -1 ? undefined : offsetOf(offset));
      return andThen(call.task.files.get(fd).stat(), ({ size }) => run(call, fd, from, size));
    }),
  ];
}

function syncFileRange({ task }: Call, fd: number, offset: number, count: number, flags: number): Awaitable<number> {
  const file = task.files.get(fd);
  if ((flags & ~7) !== 0 || offset < 0 || count < 0) return fail("EINVAL");
  return andThen(file.sync(), () => 0);
}

export const fileRows: readonly SyscallRow[] = [
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
  syscall("fadvise64", ["fd", "off", "size", "int"], ({ task }, fd) => (task.files.get(fd), 0)),
  syscall("sync_file_range", ["fd", "off", "off", "hex"], syncFileRange),
  ...["arm_sync_file_range", "sync_file_range2"].map((name) =>
    syscall(name, ["fd", "hex", "off", "off"], (call, fd, flags, offset, count) => syncFileRange(call, fd, offset, count, flags)),
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
  const { mode } = await source.stat();
  if (![S.IFREG, S.IFBLK, S.IFCHR].some((type) => type === (mode & S.IFMT))) return fail(at === 0 ? "EINVAL" : "ESPIPE");
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
