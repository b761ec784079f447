/** ipc(2): the one call through which some architectures' C libraries make those of System V IPC (ipc/syscall.c). */
import { fail } from "../errno.ts";
import { andThen } from "../awaitable.ts";
import { type Call, type CallResult, syscall, type SyscallRow } from "../syscall-table.ts";
import type { Awaitable } from "../awaitable.ts";
import { msgRows } from "./msg.ts";
import { semRows } from "./sem.ts";
import { shmRows } from "./shm.ts";

const rows = new Map([...semRows, ...msgRows, ...shmRows].map((row) => [row.name, row]));
const make = (name: string, call: Call, ...args: number[]): Awaitable<CallResult> => rows.get(name)!.run(call, ...args);

/** The arguments of ipc: first, second, third, pointer, fifth. */
type Arguments = readonly [first: number, second: number, third: number, at: number, fifth: number];

const operations: Readonly<Record<number, (call: Call, a: Arguments, version: number) => Awaitable<CallResult>>> = {
  1: (call, [id, count, , at]) => make("semop", call, id, at, count),
  2: (call, [key, count, flags]) => make("semget", call, key, count, flags),
  // The fourth argument of semctl, a union, is in memory.
  3: (call, [id, number, command, at]) => {
    if (at === 0) return fail("EINVAL");
    return make("semctl", call, id, number, command, call.memory.word(at, call.kernel.abi.wordBytes));
  },
  4: (call, [id, count, , at, time]) => make("semtimedop", call, id, at, count, time),
  11: (call, [id, size, flags, at]) => make("msgsnd", call, id, at, size, flags),
  12: (call, [id, size, flags, at, type], version) => {
    if (version !== 0) return make("msgrcv", call, id, at, size, type | 0, flags);
    // Of old, where the message goes and its type were in memory.
    if (at === 0) return fail("EINVAL");
    const word = call.kernel.abi.wordBytes;
    return make("msgrcv", call, id, call.memory.word(at, word), size, call.memory.word(at + word, word) | 0, flags);
  },
  13: (call, [key, flags]) => make("msgget", call, key, flags),
  14: (call, [id, command, , at]) => make("msgctl", call, id, command, at),
  // The address is stored, not returned.
  21: (call, [id, flags, result, at], version) => {
    if (version === 1) return fail("EINVAL");
    return andThen(make("shmat", call, id, at, flags), (va) => {
      if (typeof va !== "number" || (va < 0 && va >= -4095)) return va;
      call.memory.setWord(result >>> 0, va, call.kernel.abi.wordBytes);
      return 0;
    });
  },
  22: (call, [, , , at]) => make("shmdt", call, at),
  23: (call, [key, size, flags]) => make("shmget", call, key, size >>> 0, flags),
  24: (call, [id, command, , at]) => make("shmctl", call, id, command, at),
};

export const ipcRows: readonly SyscallRow[] = [
  syscall("ipc", ["uint", "int", "int", "int", "ptr", "hex"], (call, which, first, second, third, at, fifth) => {
    const operation = operations[which & 0xffff];
    return operation === undefined ? fail("ENOSYS") : operation(call, [first, second, third, at, fifth], which >>> 16);
  }),
];
