/** seccomp, and the part of prctl that is the same. */
import { type BpfInsn, isValidFilter } from "../bpf.ts";
import { fail } from "../errno.ts";
import { ACTION, DATA_BYTES, type Seccomp } from "../seccomp.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import type { Task } from "../task.ts";

const MODE = { STRICT: 0, FILTER: 1, GET_ACTION_AVAIL: 2, GET_NOTIF_SIZES: 3 } as const;
const FLAG = { TSYNC: 1, LOG: 2, SPEC_ALLOW: 4, NEW_LISTENER: 8, TSYNC_ESRCH: 16, WAIT_KILLABLE: 32 } as const;
const known = FLAG.TSYNC | FLAG.LOG | FLAG.SPEC_ALLOW | FLAG.NEW_LISTENER | FLAG.TSYNC_ESRCH | FLAG.WAIT_KILLABLE;
const MOST_INSNS = 4096;
const INSN_BYTES = 8;
/** Actions that are carried out here. */
const available = new Set<number>([
  ACTION.KILL_PROCESS,
  ACTION.KILL_THREAD,
  ACTION.TRAP,
  ACTION.ERRNO,
  ACTION.TRACE,
  ACTION.LOG,
  ACTION.ALLOW,
]);

function readFilter({ kernel, memory }: Call, at: number): readonly BpfInsn[] {
  const { wordBytes, littleEndian } = kernel.abi;
  const head = new DataView(memory.bytes(at, 2).buffer);
  const length = head.getUint16(0, littleEndian);
  const va = memory.word(at + wordBytes, wordBytes);
  if (length === 0 || length > MOST_INSNS) return fail("EINVAL");
  const view = new DataView(memory.bytes(va, length * INSN_BYTES).buffer);
  const program = Array.from({ length }, (_, i) => ({
    code: view.getUint16(i * INSN_BYTES, littleEndian),
    jt: view.getUint8(i * INSN_BYTES + 2),
    jf: view.getUint8(i * INSN_BYTES + 3),
    k: view.getUint32(i * INSN_BYTES + 4, littleEndian),
  }));
  return isValidFilter(program, DATA_BYTES) ? program : fail("EINVAL");
}

/** Are the filters of one the first ones of the other? */
const precedes = (a: Seccomp | undefined, b: Seccomp | undefined): boolean => {
  if (a === undefined) return true;
  if (a.mode !== "filter" || b?.mode !== "filter") return false;
  return a.filters.every((filter, i) => b.filters[i] === filter);
};

function setFilter(call: Call, flags: number, at: number): number {
  const { kernel, task } = call;
  if ((flags & ~known) !== 0) return fail("EINVAL");
  if ((flags & (FLAG.NEW_LISTENER | FLAG.WAIT_KILLABLE)) !== 0) {
    kernel.log.log("unimp", "seccomp: there are no listeners");
    return fail("EINVAL");
  }
  if (task.seccomp?.mode === "strict") return fail("EINVAL");
  const filter = readFilter(call, at);
  if (!task.noNewPrivileges && task.process.credentials.euid !== 0) return fail("EACCES");
  const others: Task[] = (flags & FLAG.TSYNC) === 0 ? [] : [...task.process.tasks].filter((other) => other !== task);
  const stranger = others.find((other) => !precedes(other.seccomp, task.seccomp));
  if (stranger !== undefined) return (flags & FLAG.TSYNC_ESRCH) === 0 ? stranger.tid : fail("ESRCH");
  task.seccomp = { mode: "filter", filters: [...(task.seccomp?.filters ?? []), filter] };
  for (const other of others) {
    other.seccomp = task.seccomp;
    if (task.noNewPrivileges) other.noNewPrivileges = true;
  }
  return 0;
}

function setStrict({ task }: Call): number {
  if (task.seccomp !== undefined && task.seccomp.mode !== "strict") return fail("EINVAL");
  task.seccomp = { mode: "strict" };
  return 0;
}

function seccomp(call: Call, operation: number, flags: number, at: number): number {
  switch (operation) {
    case MODE.STRICT:
      return flags !== 0 || at !== 0 ? fail("EINVAL") : setStrict(call);
    case MODE.FILTER:
      return setFilter(call, flags, at);
    case MODE.GET_ACTION_AVAIL:
      if (flags !== 0) return fail("EINVAL");
      return available.has(call.memory.u32(at)) ? 0 : fail("EOPNOTSUPP");
    default:
      // Of listeners, which there are none of.
      return fail("EINVAL");
  }
}

/** PR_SET_SECCOMP: its modes have other numbers. */
export function setSeccomp(call: Call, mode: number, at: number): number {
  if (mode === 1) return setStrict(call);
  return mode === 2 ? setFilter(call, 0, at) : fail("EINVAL");
}

/** PR_GET_SECCOMP. Who is in strict mode never gets here. */
export const seccompMode = ({ task }: Call): number => (task.seccomp === undefined ? 0 : task.seccomp.mode === "strict" ? 1 : 2);

export const seccompRows: readonly SyscallRow[] = [syscall("seccomp", ["uint", "hex", "ptr"], seccomp)];
