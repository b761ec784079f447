/** futex_waitv: sleeps on several words at once. */
import { E, Errno, fail } from "../errno.ts";
import { MATCH_ANY } from "../futex.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { CLOCK } from "./clocks.ts";
import { readTimespec } from "./time-values.ts";

const MOST = 128;
/** struct futex_waitv: value, address, flags, nothing; the first two with 64 bits everywhere. */
const STRIDE = 24;
const SIZE_U32 = 2;
const PRIVATE = 128;

function waiters({ memory }: Call, at: number, count: number): { readonly va: number; readonly value: number }[] {
  return Array.from({ length: count }, (_, i) => {
    const entry = at + i * STRIDE;
    const flags = memory.u32(entry + 16);
    if ((flags & ~(SIZE_U32 | PRIVATE)) !== 0 || (flags & SIZE_U32) === 0 || memory.u32(entry + 20) !== 0) return fail("EINVAL");
    return { value: memory.i64(entry), va: memory.i64(entry + 8) };
  });
}

async function futexWaitv(call: Call, at: number, count: number, flags: number, time: number, clock: number): Promise<number> {
  const { kernel, task, memory } = call;
  const { futexes } = kernel;
  if (flags !== 0 || count === 0 || count > MOST || at === 0) return fail("EINVAL");
  let deadlineNs: number | undefined;
  if (time !== 0) {
    if (clock !== CLOCK.REALTIME && clock !== CLOCK.MONOTONIC) return fail("EINVAL");
    deadlineNs = readTimespec(call, time, true) - (clock === CLOCK.REALTIME ? Number(kernel.options.epochNs) : 0);
  }
  const list = waiters(call, at, count).map((waiter) => ({ ...waiter, key: futexes.key(task.space, waiter.va) }));
  // Between this and going to sleep nobody else runs.
  for (const { va, value } of list) if (memory.u32(va) !== value) return fail("EAGAIN");
  const sleepers = list.map(({ key }) => futexes.sleep(key, MATCH_ANY));
  const woken = (): number => sleepers.findIndex((sleeper) => sleeper.woken);
  try {
    while (woken() < 0)
      if (
        !(await task.wait(
          sleepers.map(({ queue }) => queue),
          deadlineNs,
        )) &&
        woken() < 0
      )
        return fail("ETIMEDOUT");
  } catch (error) {
    if (woken() >= 0) return woken();
    // The time is absolute: the call may begin anew.
    if (error instanceof Errno && error.number === E.ERESTARTSYS) throw new Errno("ERESTARTSYS");
    throw error;
  } finally {
    for (const sleeper of sleepers) futexes.leave(sleeper);
  }
  return woken();
}

export const futexWaitvRows: readonly SyscallRow[] = [syscall("futex_waitv", ["ptr", "uint", "hex", "ptr", "int"], futexWaitv)];
