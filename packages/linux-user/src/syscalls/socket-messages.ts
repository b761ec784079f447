/** sendmsg and recvmsg: messages in pieces, with open files and credentials beside them. */
import { andThen, type Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { MSG, SCM, SOL_SOCKET } from "../net/constants.ts";
import type { Outgoing, Received, Socket, SocketCredentials } from "../net/socket.ts";
import { credentialsOf } from "../net/unix-socket.ts";
import { RLIMIT } from "../process.ts";
import type { Call } from "../syscall-table.ts";
import type { OpenFile } from "../vfs/types.ts";

/** Most bytes of one message. */
const MOST = 0x10_0000;
const MOST_VECTORS = 1024;
const MOST_FILES = 253;
const LONGEST_ADDRESS = 128;

export interface MessageHeader {
  readonly name: number;
  readonly nameLength: number;
  readonly vectors: readonly { readonly va: number; readonly size: number }[];
  readonly control: number;
  readonly controlLength: number;
}

export function readHeader({ kernel, memory }: Call, at: number): MessageHeader {
  const layout = kernel.layout("msghdr");
  const bytes = memory.bytes(at, layout.size);
  const get = (name: string): number => layout.get(bytes, name);
  const count = get("iovlen");
  if (count > MOST_VECTORS) return fail("EMSGSIZE");
  const word = kernel.abi.wordBytes;
  const vectors = Array.from({ length: count }, (_, i) => {
    const vector = get("iov") + 2 * word * i;
    return { va: memory.word(vector, word), size: memory.word(vector + word, word) };
  });
  return { name: get("name"), nameLength: get("namelen"), vectors, control: get("control"), controlLength: get("controllen") };
}

const sizeOf = (header: MessageHeader): number => header.vectors.reduce((sum, { size }) => sum + size, 0);

/** A sockaddr out of memory. */
export function readAddress({ memory }: Call, at: number, length: number): Uint8Array {
  if (length < 0 || length > LONGEST_ADDRESS) return fail("EINVAL");
  return memory.bytes(at, length);
}

/** A sockaddr into memory, cut to the room there is; its whole length into the word beside it. */
export function writeAddress({ memory }: Call, at: number, lengthAt: number, address: Uint8Array): void {
  if (at === 0) return;
  const room = memory.i32(lengthAt);
  if (room < 0) fail("EINVAL");
  memory.write(at, address.subarray(0, room));
  memory.setU32(lengthAt, address.length);
}

// ---- control messages: a length (a word), level, type, data; each at a word's boundary

const alignTo = (size: number, word: number): number => Math.ceil(size / word) * word;

interface Ancillary {
  readonly files: OpenFile[];
  readonly credentials: SocketCredentials | undefined;
}

function readControl({ kernel, task, memory }: Call, { control, controlLength }: MessageHeader): Ancillary {
  const word = kernel.abi.wordBytes;
  const head = alignTo(word + 8, word);
  const files: OpenFile[] = [];
  let credentials: SocketCredentials | undefined;
  for (let at = 0; at + head <= controlLength; ) {
    const length = memory.word(control + at, word);
    if (length < head || at + length > controlLength) return fail("EINVAL");
    const [level, type] = [memory.i32(control + at + word), memory.i32(control + at + word + 4)];
    const data = control + at + head;
    if (level !== (kernel.abi.numbers?.ownSocketLevel ?? SOL_SOCKET)) return fail("EINVAL");
    if (type === SCM.RIGHTS) {
      const count = Math.floor((length - head) / 4);
      if (count > MOST_FILES) return fail("EINVAL");
      for (let i = 0; i < count; i++) files.push(task.files.get(memory.i32(data + 4 * i)));
    } else if (type === SCM.CREDENTIALS) {
      credentials = { pid: memory.i32(data), uid: memory.i32(data + 4), gid: memory.i32(data + 8) };
      const { pid, uid, gid } = credentialsOf(task);
      if (uid !== 0 && (credentials.pid !== pid || credentials.uid !== uid || credentials.gid !== gid)) return fail("EPERM");
    } else return fail("EINVAL");
    at += alignTo(length, word);
  }
  return { files: files.map((file) => file.retain()), credentials };
}

/** Returns the bytes used, and whether something did not fit. */
function writeControl(
  call: Call,
  socket: Socket,
  header: MessageHeader,
  received: Received,
  closeOnExec: boolean,
): { used: number; cut: boolean } {
  const { kernel, task, memory } = call;
  const word = kernel.abi.wordBytes;
  const head = alignTo(word + 8, word);
  let used = 0;
  let cut = false;
  const put = (type: number, values: readonly number[]): void => {
    const at = header.control + used;
    memory.setWord(at, head + 4 * values.length, word);
    memory.setU32(at + word, kernel.abi.numbers?.ownSocketLevel ?? SOL_SOCKET);
    memory.setU32(at + word + 4, type);
    values.forEach((value, i) => memory.setU32(at + head + 4 * i, value));
    used += Math.min(alignTo(head + 4 * values.length, word), header.controlLength - used);
  };
  const room = (): number => Math.max(0, Math.floor((header.controlLength - used - head) / 4));
  if (socket.passesCredentials) {
    const { pid, uid, gid } = received.credentials ?? { pid: 0, uid: 65_534, gid: 65_534 };
    if (room() >= 3) put(SCM.CREDENTIALS, [pid, uid, gid]);
    else cut = true;
  }
  const limit = task.process.limits[RLIMIT.NOFILE]!.soft;
  const numbers: number[] = [];
  for (const file of received.files) {
    if (numbers.length < room() && task.files.all.length < limit) numbers.push(task.files.add(file, limit, closeOnExec));
    else {
      cut = true;
      void file.release();
    }
  }
  if (numbers.length > 0) put(SCM.RIGHTS, numbers);
  return { used, cut };
}

// ---- the calls

export function sendMessage(call: Call, socket: Socket, header: MessageHeader, flags: number): Awaitable<number> {
  const { memory, task } = call;
  const size = sizeOf(header);
  if (size > MOST && !socket.isStream) return fail("EMSGSIZE");
  const bytes = new Uint8Array(Math.min(size, MOST));
  let at = 0;
  for (const vector of header.vectors) {
    const n = Math.min(vector.size, bytes.length - at);
    memory.read(vector.va, bytes.subarray(at, at + n));
    at += n;
  }
  const to = header.name === 0 || header.nameLength === 0 ? undefined : readAddress(call, header.name, header.nameLength);
  const { files, credentials } = readControl(call, header);
  const message: Outgoing = { bytes, flags, to, files, credentials: credentials ?? credentialsOf(task) };
  const undo = (error: unknown): never => {
    for (const file of files) void file.release();
    throw error;
  };
  try {
    const sent = socket.send(message, task);
    return sent instanceof Promise ? sent.catch(undo) : sent;
  } catch (error) {
    return undo(error);
  }
}

export function receiveMessage(call: Call, socket: Socket, at: number, flags: number): Awaitable<number> {
  const { kernel, task, memory } = call;
  const header = readHeader(call, at);
  const layout = kernel.layout("msghdr");
  const buffer = new Uint8Array(Math.min(sizeOf(header), MOST));
  return andThen(socket.receive(buffer, flags, task), (received) => {
    let done = 0;
    for (const { va, size } of header.vectors) {
      const n = Math.min(size, received.count - done);
      if (n <= 0) break;
      memory.write(va, buffer.subarray(done, done + n));
      done += n;
    }
    const from = received.from ?? new Uint8Array(0);
    if (header.name !== 0) memory.write(header.name, from.subarray(0, header.nameLength));
    const { used, cut } = writeControl(call, socket, header, received, (flags & MSG.CMSG_CLOEXEC) !== 0);
    const isCut = received.length > received.count;
    const words = kernel.abi.wordBytes;
    if (header.name !== 0) memory.setU32(at + layout.offset("namelen"), from.length);
    memory.setWord(at + layout.offset("controllen"), used, words);
    memory.setU32(at + layout.offset("flags"), (isCut ? MSG.TRUNC : 0) | (cut ? MSG.CTRUNC : 0) | (flags & MSG.CMSG_CLOEXEC));
    return isCut && (flags & MSG.TRUNC) !== 0 ? received.length : received.count;
  });
}
