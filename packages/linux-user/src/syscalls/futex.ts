/** The futex call, and the list of locks that a thread leaves behind. */
import { E, Errno, fail } from "../errno.ts";
import { MATCH_ANY } from "../futex.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { readTimespec } from "./time-values.ts";

const OP = { WAIT: 0, WAKE: 1, REQUEUE: 3, CMP_REQUEUE: 4, WAKE_OP: 5, WAIT_BITSET: 9, WAKE_BITSET: 10 } as const;
const COMMAND = 0x7f;
const CLOCK_REALTIME = 0x100;

async function wait(call: Call, va: number, value: number, bits: number, deadlineNs: number | undefined): Promise<number> {
  const { kernel, task, memory } = call;
  const { futexes } = kernel;
  if (bits === 0) return fail("EINVAL");
  const key = futexes.key(task.space, va);
  if (memory.u32(va) !== value >>> 0) return fail("EAGAIN");
  const sleeper = futexes.sleep(key, bits);
  try {
    while (!sleeper.woken) {
      // Woken at last, whatever else came: a wake-up must not be lost.
      if (!(await task.wait([sleeper.queue], deadlineNs)) && !sleeper.woken) return fail("ETIMEDOUT");
    }
  } catch (error) {
    if (sleeper.woken) return 0;
    if (error instanceof Errno && error.number === E.ERESTARTSYS && deadlineNs !== undefined) throw new Errno("ERESTARTNOHAND");
    throw error;
  } finally {
    futexes.leave(sleeper);
  }
  return 0;
}

/** FUTEX_WAKE_OP: changes the second word, and wakes its sleepers if it was as asked. */
function wakeOp({ kernel, task, memory }: Call, va: number, count: number, count2: number, va2: number, encoded: number): number {
  const { futexes } = kernel;
  const [key, key2] = [futexes.key(task.space, va), futexes.key(task.space, va2)];
  const argument = (encoded << 8) >> 20;
  const comparand = (encoded << 20) >> 20;
  const operand = ((encoded >>> 28) & 8) !== 0 ? 1 << (argument & 31) : argument;
  const old = memory.i32(va2);
  const changed = [operand, old + operand, old | operand, old & ~operand, old ^ operand][(encoded >>> 28) & 7];
  const holds = [old === comparand, old !== comparand, old < comparand, old <= comparand, old > comparand, old >= comparand][
    (encoded >>> 24) & 15
  ];
  if (changed === undefined || holds === undefined) return fail("ENOSYS");
  memory.setU32(va2, changed >>> 0);
  return futexes.wake(key, count) + (holds ? futexes.wake(key2, count2) : 0);
}

function futex(
  call: Call,
  va: number,
  op: number,
  value: number,
  at: number,
  va2: number,
  value3: number,
  wide: boolean,
): number | Promise<number> {
  const { kernel, task, memory } = call;
  const { futexes } = kernel;
  const key = (where: number): string => futexes.key(task.space, where);
  switch (op & COMMAND) {
    case OP.WAIT: {
      let end: number | undefined;
      if (at !== 0) {
        task.keptDeadlineNs ??= kernel.nowNs() + readTimespec(call, at, wide);
        end = task.keptDeadlineNs;
      }
      return wait(call, va, value, MATCH_ANY, end);
    }
    case OP.WAIT_BITSET: {
      if (at === 0) return wait(call, va, value, value3, undefined);
      const absolute = readTimespec(call, at, wide);
      const offset = (op & CLOCK_REALTIME) !== 0 ? Number(kernel.options.epochNs) : 0;
      return wait(call, va, value, value3, absolute - offset);
    }
    case OP.WAKE:
      return futexes.wake(key(va), value);
    case OP.WAKE_BITSET:
      return value3 === 0 ? fail("EINVAL") : futexes.wake(key(va), value, value3);
    case OP.REQUEUE:
    case OP.CMP_REQUEUE: {
      if ((op & COMMAND) === OP.CMP_REQUEUE && memory.u32(va) !== value3 >>> 0) return fail("EAGAIN");
      const [from, to] = [key(va), key(va2)];
      const woken = futexes.wake(from, value);
      return woken + futexes.requeue(from, to, at);
    }
    case OP.WAKE_OP:
      return wakeOp(call, va, value, at, va2, value3);
    default:
      // Priority inheritance among them: libraries do without where it is not there.
      kernel.log.log("unimp", () => `futex operation ${op & COMMAND} is not implemented`);
      return fail("ENOSYS");
  }
}

export const futexRows: readonly SyscallRow[] = [
  syscall("futex", ["ptr", "hex", "uint", "ptr", "ptr", "uint"], (call, va, op, value, at, va2, value3) =>
    futex(call, va, op, value, at, va2, value3, false),
  ),
  syscall("futex_time64", ["ptr", "hex", "uint", "ptr", "ptr", "uint"], (call, va, op, value, at, va2, value3) =>
    futex(call, va, op, value, at, va2, value3, true),
  ),
  syscall("set_robust_list", ["ptr", "size"], ({ kernel, task }, head, length) => {
    if (length !== 3 * kernel.abi.wordBytes) return fail("EINVAL");
    task.robustList = head;
    task.robustListLength = length;
    return 0;
  }),
  syscall("get_robust_list", ["pid", "ptr", "ptr"], ({ kernel, task, memory }, tid, head, length) => {
    const whose = tid === 0 ? task : (kernel.tasks.get(tid) ?? fail("ESRCH"));
    memory.setWord(head, whose.robustList, kernel.abi.wordBytes);
    memory.setWord(length, whose.robustListLength, kernel.abi.wordBytes);
    return 0;
  }),
];
