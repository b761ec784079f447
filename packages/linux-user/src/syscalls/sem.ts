/** Semaphores of System V: semget, semop, semctl. */
import type { LinuxAbi } from "@tsemu/target";
import { fail, notRestarted } from "../errno.ts";
import { IPC, READ, WRITE } from "../ipc/ipc-table.ts";
import { MOST_SEMAPHORES, MOST_SETS, MOST_VALUE, type SemaphoreOperation, SemaphoreSet, waits } from "../ipc/semaphores.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { ipcSet, ipcStat, IPC_64, seconds } from "./ipc-common.ts";
import { readTimespec } from "./time-values.ts";

const SEM = {
  GETPID: 11,
  GETVAL: 12,
  GETALL: 13,
  GETNCNT: 14,
  GETZCNT: 15,
  SETVAL: 16,
  SETALL: 17,
  STAT: 18,
  INFO: 19,
  STAT_ANY: 20,
} as const;
const MOST_IN_A_SET = 32_000;
const MOST_OPERATIONS = 500;
/** struct sembuf: number, operation, flags. */
const SEMBUF = 6;

function semget({ kernel, task }: Call, key: number, count: number, flags: number): number {
  if (count < 0 || count > MOST_IN_A_SET) return fail("EINVAL");
  const { credentials } = task.process;
  const inUse = kernel.semaphores.table.all.reduce((sum, set) => sum + set.values.length, 0);
  return kernel.semaphores.table.get(
    key,
    flags,
    credentials,
    (id) => {
      if (count === 0) fail("EINVAL");
      if (inUse + count > MOST_SEMAPHORES) fail("ENOSPC");
      return new SemaphoreSet(id, key, flags, credentials, kernel.realtimeNs(), count);
    },
    (old) => void (count > old.values.length && fail("EINVAL")),
  );
}

async function semop(call: Call, id: number, at: number, count: number, timeoutNs: number | undefined): Promise<number> {
  const { kernel, task, memory } = call;
  if (count < 1 || id < 0) return fail("EINVAL");
  if (count > MOST_OPERATIONS) return fail("E2BIG");
  const bytes = memory.bytes(at, count * SEMBUF);
  const view = new DataView(bytes.buffer);
  const { littleEndian } = kernel.abi;
  const operations = Array.from(
    { length: count },
    (_, i): SemaphoreOperation => ({
      index: view.getUint16(SEMBUF * i, littleEndian),
      change: view.getInt16(SEMBUF * i + 2, littleEndian),
      flags: view.getUint16(SEMBUF * i + 4, littleEndian),
    }),
  );
  const set = kernel.semaphores.table.find(id);
  if (operations.some(({ index }) => index >= set.values.length)) return fail("EFBIG");
  set.check(operations.some(({ change }) => change !== 0) ? WRITE : READ, task.process.credentials);
  const deadline = timeoutNs === undefined ? undefined : kernel.nowNs() + timeoutNs;
  for (;;) {
    const obstacle = set.perform(operations, task.process);
    if (obstacle === undefined) {
      set.operatedNs = kernel.realtimeNs();
      return 0;
    }
    if (!waits(obstacle)) return fail("EAGAIN");
    const waiting = { index: obstacle.index, forZero: obstacle.change === 0 };
    set.waiting.add(waiting);
    try {
      if (!(await task.wait([set.changed], deadline))) return fail("EAGAIN");
    } catch (error) {
      throw notRestarted(error);
    } finally {
      set.waiting.delete(waiting);
    }
    if (set.isRemoved) return fail("EIDRM");
  }
}

/** struct seminfo: ten ints. In SEM_INFO two of them say what is in use. */
function info(call: Call, at: number, inUse: boolean): number {
  const { table } = call.kernel.semaphores;
  const total = table.all.reduce((sum, set) => sum + set.values.length, 0);
  const [usz, aem] = inUse ? [table.all.length, total] : [20, MOST_VALUE];
  [
    MOST_SEMAPHORES,
    MOST_SETS,
    MOST_SEMAPHORES,
    MOST_SEMAPHORES,
    MOST_IN_A_SET,
    MOST_OPERATIONS,
    MOST_OPERATIONS,
    usz,
    MOST_VALUE,
    aem,
  ].forEach((value, i) => call.memory.setU32(at + 4 * i, value));
  return table.highest;
}

/** The int of a union semun that is passed as a word: its first four bytes. */
const intOfUnion = ({ wordBytes, littleEndian }: Pick<LinuxAbi, "wordBytes" | "littleEndian">, union: number): number =>
  wordBytes === 8 && !littleEndian ? Math.floor(union / 2 ** 32) | 0 : union | 0;

/** The commands that read or set values. */
function values(call: Call, set: SemaphoreSet, index: number, command: number, union: number): number {
  const { kernel, task, memory } = call;
  const argument = command === SEM.SETVAL ? intOfUnion(kernel.abi, union) : union;
  const { credentials, pid } = task.process;
  const isAll = command === SEM.GETALL || command === SEM.SETALL;
  const sets = command === SEM.SETVAL || command === SEM.SETALL;
  if (command === SEM.SETVAL && (argument < 0 || argument > MOST_VALUE)) return fail("ERANGE");
  set.check(sets ? WRITE : READ, credentials);
  if (!isAll && (index < 0 || index >= set.values.length)) return fail("EINVAL");
  switch (command) {
    case SEM.GETVAL:
      return set.values[index]!;
    case SEM.GETPID:
      return set.pids[index]!;
    case SEM.GETNCNT:
      return set.countWaiting(index, false);
    case SEM.GETZCNT:
      return set.countWaiting(index, true);
    case SEM.GETALL: {
      const bytes = new Uint8Array(2 * set.values.length);
      set.values.forEach((value, i) => new DataView(bytes.buffer).setUint16(2 * i, value, kernel.abi.littleEndian));
      memory.write(argument, bytes);
      return 0;
    }
    default: {
      const bytes = isAll ? memory.bytes(argument, 2 * set.values.length) : undefined;
      const all = bytes === undefined ? undefined : new DataView(bytes.buffer);
      const wanted =
        all === undefined
          ? new Map([[index, argument]])
          : new Map(set.values.map((_, i) => [i, all.getUint16(2 * i, kernel.abi.littleEndian)]));
      if ([...wanted.values()].some((value) => value > MOST_VALUE)) return fail("ERANGE");
      set.set(wanted, pid);
      set.changedNs = kernel.realtimeNs();
      return 0;
    }
  }
}

function semctl(call: Call, id: number, index: number, given: number, argument: number): number {
  const { kernel, task } = call;
  const { table } = kernel.semaphores;
  const command = given & ~IPC_64;
  if (id < 0) return fail("EINVAL");
  switch (command) {
    case IPC.RMID: {
      const set = table.find(id);
      set.checkOwner(task.process.credentials);
      kernel.semaphores.remove(set);
      return 0;
    }
    case IPC.SET:
      ipcSet(call, table.find(id), argument, "semid64_ds");
      return 0;
    case IPC.STAT:
    case SEM.STAT:
    case SEM.STAT_ANY:
      return ipcStat(call, table, id, { byPlace: command !== IPC.STAT, any: command === SEM.STAT_ANY }, argument, "semid64_ds", (set) => ({
        otime: seconds(set.operatedNs),
        nsems: set.values.length,
      }));
    case IPC.INFO:
    case SEM.INFO:
      return info(call, argument, command === SEM.INFO);
    default:
      if (command < SEM.GETPID || command > SEM.SETALL) return fail("EINVAL");
      return values(call, table.find(id), index, command, argument);
  }
}

const timed = (call: Call, at: number, wide: boolean): number | undefined => (at === 0 ? undefined : readTimespec(call, at, wide));

export const semRows: readonly SyscallRow[] = [
  syscall("semget", ["int", "int", "oct"], semget),
  syscall("semop", ["int", "ptr", "uint"], (call, id, at, count) => semop(call, id, at, count, undefined)),
  syscall("semtimedop", ["int", "ptr", "uint", "ptr"], (call, id, at, count, time) => semop(call, id, at, count, timed(call, time, false))),
  syscall("semtimedop_time64", ["int", "ptr", "uint", "ptr"], (call, id, at, count, time) =>
    semop(call, id, at, count, timed(call, time, true)),
  ),
  syscall("semctl", ["int", "int", "hex", "hex"], semctl),
];
