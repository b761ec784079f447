/** Message queues of System V: msgget, msgsnd, msgrcv, msgctl. */
import { fail, notRestarted } from "../errno.ts";
import { IPC, READ, WRITE } from "../ipc/ipc-table.ts";
import { LONGEST_MESSAGE, MessageQueue, MOST_BYTES, MOST_QUEUES } from "../ipc/message-queues.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { ipcSet, ipcStat, IPC_64, seconds } from "./ipc-common.ts";

const MSG = { NOERROR: 0o10000, EXCEPT: 0o20000, COPY: 0o40000, STAT: 11, INFO: 12, STAT_ANY: 13 } as const;

function msgget({ kernel, task }: Call, key: number, flags: number): number {
  const { credentials } = task.process;
  const make = (id: number): MessageQueue => new MessageQueue(id, key, flags, credentials, kernel.realtimeNs());
  return kernel.messages.table.get(key, flags, credentials, make, () => {});
}

/** Waits for a change of the queue; fails when it is removed, or a signal comes. */
async function change({ task }: Call, queue: MessageQueue): Promise<void> {
  try {
    await task.wait([queue.changed]);
  } catch (error) {
    throw notRestarted(error);
  }
  if (queue.isRemoved) fail("EIDRM");
}

async function msgsnd(call: Call, id: number, at: number, size: number, flags: number): Promise<number> {
  const { kernel, task, memory } = call;
  const word = kernel.abi.wordBytes;
  const type = word === 4 ? memory.i32(at) : memory.i64(at);
  if (size > LONGEST_MESSAGE || id < 0 || type < 1) return fail("EINVAL");
  const bytes = memory.bytes(at + word, size);
  const queue = kernel.messages.table.find(id);
  queue.check(WRITE, task.process.credentials);
  while (!queue.hasRoom(size)) {
    if ((flags & IPC.NOWAIT) !== 0) return fail("EAGAIN");
    await change(call, queue);
  }
  queue.put({ type, bytes });
  queue.lastSender = task.process.pid;
  queue.sentNs = kernel.realtimeNs();
  return 0;
}

async function msgrcv(call: Call, id: number, at: number, size: number, type: number, flags: number): Promise<number> {
  const { kernel, task, memory } = call;
  if (id < 0 || (size | 0) < 0) return fail("EINVAL");
  // To look without taking is for those who save processes.
  if ((flags & MSG.COPY) !== 0) return fail("ENOSYS");
  const queue = kernel.messages.table.find(id);
  queue.check(READ, task.process.credentials);
  for (;;) {
    const message = queue.find(type, (flags & MSG.EXCEPT) !== 0);
    if (message !== undefined) {
      if (message.bytes.length > size && (flags & MSG.NOERROR) === 0) return fail("E2BIG");
      const bytes = message.bytes.subarray(0, size);
      queue.take(message);
      queue.lastReceiver = task.process.pid;
      queue.receivedNs = kernel.realtimeNs();
      memory.setWord(at, message.type, kernel.abi.wordBytes);
      memory.write(at + kernel.abi.wordBytes, bytes);
      return bytes.length;
    }
    if ((flags & IPC.NOWAIT) !== 0) return fail("ENOMSG");
    await change(call, queue);
  }
}

/** struct msginfo: seven ints and a short. In MSG_INFO three of them say what is in use. */
function info(call: Call, at: number, inUse: boolean): number {
  const { table } = call.kernel.messages;
  const sum = (of: (queue: MessageQueue) => number): number => table.all.reduce((total, queue) => total + of(queue), 0);
  const counts = inUse ? [table.all.length, sum((q) => q.messages.length), sum((q) => q.bytes)] : [512_000, MOST_BYTES, MOST_BYTES];
  const [pool, map, tql] = counts as [number, number, number];
  [pool, map, LONGEST_MESSAGE, MOST_BYTES, MOST_QUEUES, 16, tql].forEach((value, i) => call.memory.setU32(at + 4 * i, value));
  call.memory.setU32(at + 28, 0xffff);
  return table.highest;
}

function msgctl(call: Call, id: number, given: number, at: number): number {
  const { kernel, task } = call;
  const { table } = kernel.messages;
  const { credentials } = task.process;
  const command = given & ~IPC_64;
  if (id < 0) return fail("EINVAL");
  switch (command) {
    case IPC.RMID: {
      const queue = table.find(id);
      queue.checkOwner(credentials);
      kernel.messages.remove(queue);
      return 0;
    }
    case IPC.SET: {
      const queue = table.find(id);
      const layout = kernel.layout("msqid64_ds");
      const wanted = layout.get(call.memory.bytes(at, layout.size), "qbytes");
      queue.checkOwner(credentials);
      if (wanted > MOST_BYTES && credentials.euid !== 0) return fail("EPERM");
      ipcSet(call, queue, at, "msqid64_ds");
      queue.mostBytes = wanted;
      queue.changed.wake();
      return 0;
    }
    case IPC.STAT:
    case MSG.STAT:
    case MSG.STAT_ANY:
      return ipcStat(call, table, id, { byPlace: command !== IPC.STAT, any: command === MSG.STAT_ANY }, at, "msqid64_ds", (queue) => ({
        stime: seconds(queue.sentNs),
        rtime: seconds(queue.receivedNs),
        cbytes: queue.bytes,
        qnum: queue.messages.length,
        qbytes: queue.mostBytes,
        lspid: queue.lastSender,
        lrpid: queue.lastReceiver,
      }));
    case IPC.INFO:
    case MSG.INFO:
      return info(call, at, command === MSG.INFO);
    default:
      return fail("EINVAL");
  }
}

export const msgRows: readonly SyscallRow[] = [
  syscall("msgget", ["int", "oct"], msgget),
  syscall("msgsnd", ["int", "ptr", "size", "oct"], msgsnd),
  syscall("msgrcv", ["int", "ptr", "size", "long", "oct"], msgrcv),
  syscall("msgctl", ["int", "hex", "ptr"], msgctl),
];
