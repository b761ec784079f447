/** sendmsg and recvmsg: messages in pieces, with control messages beside them: open files, credentials, what is the protocol's. */
import { andThen, type Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { AF, MSG, SCM, SOL_SOCKET } from "../net/constants.ts";
import type { ControlMessage, Outgoing, Received, Socket, SocketCredentials } from "../net/socket.ts";
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
  /** What is left to the socket's protocol. */
  readonly control: readonly ControlMessage[];
}

/** The control messages that are given; of the socket's own level, under asm-generic's number. */
function controlMessages({ kernel, memory }: Call, { control, controlLength }: MessageHeader): ControlMessage[] {
  const word = kernel.abi.wordBytes;
  const head = alignTo(word + 8, word);
  const messages: ControlMessage[] = [];
  for (let at = 0; at + head <= controlLength; ) {
    const length = memory.word(control + at, word);
    if (length < head || at + length > controlLength) return fail("EINVAL");
    const level = memory.i32(control + at + word);
    messages.push({
      level: level === (kernel.abi.numbers?.ownSocketLevel ?? SOL_SOCKET) ? SOL_SOCKET : level,
      type: memory.i32(control + at + word + 4),
      bytes: memory.bytes(control + at + head, length - head),
    });
    at += alignTo(length, word);
  }
  return messages;
}

function readControl(call: Call, socket: Socket, header: MessageHeader): Ancillary {
  const { kernel, task } = call;
  const all = controlMessages(call, header);
  // Elsewhere, descriptors and credentials are passed over.
  const isOurs = ({ level, type }: ControlMessage): boolean => level === SOL_SOCKET && (type === SCM.RIGHTS || type === SCM.CREDENTIALS);
  const control = all.filter((message) => !isOurs(message));
  if (socket.domain === AF.INET || socket.domain === AF.INET6) return { files: [], credentials: undefined, control };
  if (control.some(({ level }) => level === SOL_SOCKET)) return fail("EINVAL");
  const files: OpenFile[] = [];
  let credentials: SocketCredentials | undefined;
  for (const { type, bytes } of all.filter(isOurs)) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const ints = Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view.getInt32(4 * i, kernel.abi.littleEndian));
    if (type === SCM.RIGHTS) {
      if (ints.length > MOST_FILES) return fail("EINVAL");
      files.push(...ints.map((fd) => task.files.get(fd)));
      continue;
    }
    const [pid, uid, gid] = ints;
    if (ints.length !== 3 || bytes.length !== 12) return fail("EINVAL");
    credentials = { pid: pid!, uid: uid!, gid: gid! };
    const own = credentialsOf(task);
    if (own.uid !== 0 && (own.pid !== pid || own.uid !== uid || own.gid !== gid)) return fail("EPERM");
  }
  return { files: files.map((file) => file.retain()), credentials, control };
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
  const room = (): number => header.controlLength - used;
  /** What there is too little room for is cut; where there is none for its head, nothing of it is there. */
  const put = ({ level, type, bytes }: ControlMessage): void => {
    if (room() < head + bytes.length) cut = true;
    if (room() < head) return;
    const at = header.control + used;
    const data = bytes.subarray(0, room() - head);
    memory.setWord(at, head + data.length, word);
    memory.setU32(at + word, level === SOL_SOCKET ? (kernel.abi.numbers?.ownSocketLevel ?? SOL_SOCKET) : level);
    memory.setU32(at + word + 4, type);
    memory.write(at + head, data);
    used += Math.min(alignTo(head + data.length, word), room());
  };
  const ints = (values: readonly number[]): Uint8Array => {
    const bytes = new Uint8Array(4 * values.length);
    values.forEach((value, i) => new DataView(bytes.buffer).setInt32(4 * i, value, kernel.abi.littleEndian));
    return bytes;
  };
  for (const message of received.control ?? []) put(message);
  if (socket.passesCredentials) {
    const { pid, uid, gid } = received.credentials ?? { pid: 0, uid: 65_534, gid: 65_534 };
    put({ level: SOL_SOCKET, type: SCM.CREDENTIALS, bytes: ints([pid, uid, gid]) });
  }
  const limit = task.process.limits[RLIMIT.NOFILE]!.soft;
  const numbers: number[] = [];
  const most = Math.max(0, Math.floor((room() - head) / 4));
  for (const file of received.files) {
    if (numbers.length < most && task.files.all.length < limit) numbers.push(task.files.add(file, limit, closeOnExec));
    else {
      cut = true;
      void file.release();
    }
  }
  if (numbers.length > 0) put({ level: SOL_SOCKET, type: SCM.RIGHTS, bytes: ints(numbers) });
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
  const { files, credentials, control } = readControl(call, socket, header);
  const message: Outgoing = { bytes, flags, to, files, credentials: credentials ?? credentialsOf(task), control };
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
