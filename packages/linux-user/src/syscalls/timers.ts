/** timer_create and what belongs to it. */
import { fail } from "../errno.ts";
import { PosixTimer, type TimerEvent } from "../posix-timer.ts";
import { signalCount } from "../signals/guest-set.ts";
import { SIG } from "../signals/numbers.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { settableClock } from "./clocks.ts";
import { armingOf, writeSetting } from "./time-values.ts";

export const SIGEV = { SIGNAL: 0, NONE: 1, THREAD: 2, THREAD_ID: 4 } as const;
const ABSTIME = 1;

function readEvent({ kernel, task, memory }: Call, at: number, id: number): TimerEvent {
  if (at === 0) return { signal: SIG.SIGALRM, value: id };
  const layout = kernel.layout("sigevent");
  const bytes = memory.bytes(at, layout.size);
  const get = (name: string): number => layout.get(bytes, name);
  const [own, notify, value] = [get("signal"), get("notify"), get("value")];
  const signal = kernel.abi.numbers?.signal(own) ?? own;
  if (notify === SIGEV.NONE) return { signal: 0, value };
  if (notify !== SIGEV.SIGNAL && notify !== SIGEV.THREAD && notify !== SIGEV.THREAD_ID) return fail("EINVAL");
  if (signal <= 0 || signal > signalCount(kernel.abi)) return fail("EINVAL");
  if (notify !== SIGEV.THREAD_ID) return { signal, value };
  const tid = get("tid");
  return kernel.tasks.get(tid)?.process === task.process ? { signal, value, tid } : fail("EINVAL");
}

function create(call: Call, clock: number, eventAt: number, idAt: number): number {
  const { kernel, task, memory } = call;
  const { process } = task;
  const base = settableClock(call, clock);
  if (process.timers.size >= process.limits[11]!.soft) return fail("EAGAIN");
  let id = 0;
  while (process.timers.has(id)) id++;
  const timer = new PosixTimer(kernel, process, id, base, readEvent(call, eventAt, id));
  memory.setU32(idAt, id);
  process.timers.set(id, timer);
  return 0;
}

const timerOf = ({ task }: Call, id: number): PosixTimer => task.process.timers.get(id) ?? fail("EINVAL");

const rows = (suffix: "" | "64", wide: boolean): readonly SyscallRow[] => [
  syscall(`timer_settime${suffix}`, ["int", "hex", "ptr", "ptr"], (call, id, flags, at, old) => {
    if (at === 0) return fail("EINVAL");
    const timer = timerOf(call, id);
    const { deadlineNs, intervalNs } = armingOf(call, at, wide, (flags & ABSTIME) !== 0, timer.clock);
    const before = timer.setting;
    if (deadlineNs === undefined) timer.disarm();
    else timer.arm(deadlineNs, intervalNs);
    if (old !== 0) writeSetting(call, old, before, wide);
    return 0;
  }),
  syscall(`timer_gettime${suffix}`, ["int", "ptr"], (call, id, at) => {
    writeSetting(call, at, timerOf(call, id).setting, wide);
    return 0;
  }),
];

export const timerRows: readonly SyscallRow[] = [
  syscall("timer_create", ["int", "ptr", "ptr"], create),
  ...rows("", false),
  ...rows("64", true),
  syscall("timer_getoverrun", ["int"], (call, id) => timerOf(call, id).overruns),
  syscall("timer_delete", ["int"], (call, id) => {
    timerOf(call, id).disarm();
    call.task.process.timers.delete(id);
    return 0;
  }),
];
