/** POSIX message queues: mq_open and its relatives. */
import { fail } from "../errno.ts";
import { PosixQueue, QueueFile, type Registration } from "../ipc/posix-queues.ts";
import { NetlinkSocket } from "../net/netlink.ts";
import { RLIMIT } from "../process.ts";
import { signalCount } from "../signals/guest-set.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { O } from "../vfs/constants.ts";
import { archOpenFlags, genericOpenFlags } from "./open.ts";
import { readTimespec } from "./time-values.ts";
import { SIGEV } from "./timers.ts";

const USUAL = { most: 10, longest: 8192 } as const;
/** What anybody may have; the superuser more. */
const ANYBODY = { most: 10, longest: 8192 } as const;
const SUPERUSER = { most: 65_536, longest: 16_777_216 } as const;
const PRIORITIES = 32_768;
const COOKIE = 32;

function sizeFrom({ kernel, task, memory }: Call, at: number): { readonly most: number; readonly longest: number } {
  if (at === 0) return USUAL;
  const layout = kernel.layout("mq_attr");
  const bytes = memory.bytes(at, layout.size);
  const size = { most: layout.get(bytes, "maxmsg"), longest: layout.get(bytes, "msgsize") };
  const largest = task.process.credentials.euid === 0 ? SUPERUSER : ANYBODY;
  if (size.most <= 0 || size.longest <= 0 || size.most > largest.most || size.longest > largest.longest) return fail("EINVAL");
  return size;
}

function nameAt({ memory }: Call, at: number): string {
  const name = memory.path(at);
  if (name === "") return fail("ENOENT");
  if (name.includes("/") || name === "." || name === "..") return fail("EACCES");
  return name.length > 255 ? fail("ENAMETOOLONG") : name;
}

function open(call: Call, path: number, given: number, mode: number, attributes: number): number {
  const { kernel, task } = call;
  const flags = genericOpenFlags(kernel, given);
  const name = nameAt(call, path);
  const { credentials, limits } = task.process;
  let queue = kernel.posixQueues.find(name);
  if (queue === undefined) {
    if ((flags & O.CREAT) === 0) return fail("ENOENT");
    queue = new PosixQueue(kernel, sizeFrom(call, attributes), mode & 0o777 & ~task.fs.umask, credentials);
    kernel.posixQueues.add(name, queue, limits[RLIMIT.MSGQUEUE]!.soft);
  } else {
    if ((flags & O.CREAT) !== 0 && (flags & O.EXCL) !== 0) return fail("EEXIST");
    kernel.posixQueues.check(queue, flags, credentials);
  }
  const file = new QueueFile(queue, name, flags & (O.ACCMODE | O.NONBLOCK));
  return task.files.add(file, limits[RLIMIT.NOFILE]!.soft, (flags & O.CLOEXEC) !== 0);
}

const queueFile = ({ task }: Call, fd: number): QueueFile => {
  const file = task.files.get(fd);
  return file instanceof QueueFile ? file : fail("EBADF");
};

/** When to give up, on the monotonic clock: the calls have an absolute time of the real one. */
function deadline(call: Call, at: number, wide: boolean): number | undefined {
  return at === 0 ? undefined : readTimespec(call, at, wide) - Number(call.kernel.options.epochNs);
}

async function send(call: Call, fd: number, at: number, size: number, priority: number, until: number | undefined): Promise<number> {
  const { task, memory } = call;
  if (priority >= PRIORITIES) return fail("EINVAL");
  const file = queueFile(call, fd);
  const { queue } = file;
  if (!file.isWritable) return fail("EBADF");
  if (size > queue.longest) return fail("EMSGSIZE");
  const bytes = memory.bytes(at, size);
  while (queue.messages.length >= queue.most) {
    if (file.isNonBlocking) return fail("EAGAIN");
    if (!(await task.wait([queue.changed], until))) return fail("ETIMEDOUT");
  }
  queue.put({ priority, bytes }, task.process);
  return 0;
}

async function receive(call: Call, fd: number, at: number, size: number, priorityAt: number, until: number | undefined): Promise<number> {
  const { task, memory } = call;
  const file = queueFile(call, fd);
  const { queue } = file;
  if (!file.isReadable) return fail("EBADF");
  if (size < queue.longest) return fail("EMSGSIZE");
  while (queue.messages.length === 0) {
    if (file.isNonBlocking) return fail("EAGAIN");
    queue.receivers++;
    try {
      if (!(await task.wait([queue.changed], until))) return fail("ETIMEDOUT");
    } finally {
      queue.receivers--;
    }
  }
  const { priority, bytes } = queue.take();
  if (priorityAt !== 0) memory.setU32(priorityAt, priority);
  memory.write(at, bytes);
  return bytes.length;
}

function readRegistration(call: Call, at: number): Registration {
  const { kernel, task, memory } = call;
  const layout = kernel.layout("sigevent");
  const bytes = memory.bytes(at, layout.size);
  const get = (name: string): number => layout.get(bytes, name);
  const [own, notify, value] = [get("signal"), get("notify"), get("value")];
  const { numbers } = call.kernel.abi;
  const signal = notify === SIGEV.SIGNAL && numbers !== undefined ? numbers.signal(own) : own;
  const { process } = task;
  if (notify === SIGEV.NONE) return { process, signal: 0, value };
  if (notify === SIGEV.SIGNAL) return signal < 0 || signal > signalCount(call.kernel.abi) ? fail("EINVAL") : { process, signal, value };
  if (notify !== SIGEV.THREAD) return fail("EINVAL");
  // A library's way to have a function called: the "signal" is a socket, the value is where a cookie lies.
  const cookie = memory.bytes(value, COOKIE);
  const file = task.files.get(signal);
  return file instanceof NetlinkSocket ? { process, signal: 0, value: 0, socket: { file: file.retain(), cookie } } : fail("EINVAL");
}

function notify(call: Call, fd: number, at: number): number {
  const registration = at === 0 ? undefined : readRegistration(call, at);
  const { process, files } = { process: call.task.process, files: call.task.files };
  const file = queueFile(call, fd);
  const { queue } = file;
  if (registration === undefined) queue.unregister(process);
  else {
    queue.register(registration);
    // Whoever closes its descriptor does not want to be told any more.
    const previous = files.onClosed;
    files.onClosed = (closed) => {
      previous?.(closed);
      if (closed === file) queue.unregister(process);
    };
  }
  return 0;
}

function getsetattr(call: Call, fd: number, wanted: number, old: number): number {
  const { kernel, memory } = call;
  const layout = kernel.layout("mq_attr");
  const bytes = wanted === 0 ? undefined : memory.bytes(wanted, layout.size);
  const flags = bytes === undefined ? 0 : genericOpenFlags(kernel, layout.get(bytes, "flags"));
  if ((flags & ~O.NONBLOCK) !== 0) return fail("EINVAL");
  const file = queueFile(call, fd);
  const { most, longest, messages } = file.queue;
  const before = layout.build({
    flags: archOpenFlags(kernel, file.flags & O.NONBLOCK),
    maxmsg: most,
    msgsize: longest,
    curmsgs: messages.length,
  });
  if (bytes !== undefined) file.flags = (file.flags & ~O.NONBLOCK) | flags;
  if (old !== 0) memory.write(old, before);
  return 0;
}

const timed = (suffix: "" | "_time64", wide: boolean): readonly SyscallRow[] => [
  syscall(`mq_timedsend${suffix}`, ["fd", "buf", "size", "uint", "ptr"], (call, fd, at, size, priority, time) =>
    send(call, fd, at, size, priority, deadline(call, time, wide)),
  ),
  syscall(`mq_timedreceive${suffix}`, ["fd", "ptr", "size", "ptr", "ptr"], (call, fd, at, size, priorityAt, time) =>
    receive(call, fd, at, size, priorityAt, deadline(call, time, wide)),
  ),
];

export const mqRows: readonly SyscallRow[] = [
  syscall("mq_open", ["path", "openFlags", "oct", "ptr"], open),
  syscall("mq_unlink", ["path"], (call, path) => {
    const name = nameAt(call, path);
    const queue = call.kernel.posixQueues.find(name);
    const { euid } = call.task.process.credentials;
    if (queue !== undefined && euid !== 0 && euid !== queue.uid) return fail("EACCES");
    call.kernel.posixQueues.unlink(name);
    return 0;
  }),
  ...timed("", false),
  ...timed("_time64", true),
  syscall("mq_notify", ["fd", "ptr"], notify),
  syscall("mq_getsetattr", ["fd", "ptr", "ptr"], getsetattr),
];
