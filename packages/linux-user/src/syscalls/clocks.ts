/** Clocks by their numbers: those of the machine, and the CPU time of processes and threads. */
import { fail } from "../errno.ts";
import type { TimerClock } from "../interval-timer.ts";
import type { SettableClock } from "../posix-timer.ts";
import type { Call } from "../syscall-table.ts";

export const CLOCK = {
  REALTIME: 0,
  MONOTONIC: 1,
  PROCESS_CPUTIME: 2,
  THREAD_CPUTIME: 3,
  MONOTONIC_RAW: 4,
  REALTIME_COARSE: 5,
  MONOTONIC_COARSE: 6,
  BOOTTIME: 7,
  REALTIME_ALARM: 8,
  BOOTTIME_ALARM: 9,
  TAI: 11,
} as const;

export const isRealtime = (clock: number): boolean =>
  clock === CLOCK.REALTIME || clock === CLOCK.REALTIME_COARSE || clock === CLOCK.REALTIME_ALARM || clock === CLOCK.TAI;
export const isMonotonic = (clock: number): boolean =>
  clock === CLOCK.MONOTONIC ||
  clock === CLOCK.MONOTONIC_RAW ||
  clock === CLOCK.MONOTONIC_COARSE ||
  clock === CLOCK.BOOTTIME ||
  clock === CLOCK.BOOTTIME_ALARM;

/** Of a clock of somebody's own: whether it is a thread's, and for what it is not. */
const PER_THREAD = 4;
const KIND = 3;
const NOT_A_KIND = 3;

/** The clock of CPU time with that number; fails where it is none, or of nobody. */
function cpuClock({ kernel, task }: Call, clock: number): TimerClock {
  if (clock === CLOCK.PROCESS_CPUTIME) return task.process.cpu;
  if (clock === CLOCK.THREAD_CPUTIME) return task.cpu;
  if (clock >= 0 || (clock & KIND) === NOT_A_KIND) return fail("EINVAL");
  // ~pid << 3 and what it measures.
  const id = ~(clock >> 3);
  if ((clock & PER_THREAD) === 0) return (id === 0 ? task.process : (kernel.processes.get(id) ?? fail("EINVAL"))).cpu;
  const thread = id === 0 ? task : kernel.tasks.get(id);
  return thread?.process === task.process ? thread.cpu : fail("EINVAL");
}

/** What timers of that clock go by. */
export function clockOf(call: Call, clock: number): SettableClock {
  const { kernel } = call;
  if (isRealtime(clock) || isMonotonic(clock))
    return {
      offsetNs: isRealtime(clock) ? Number(kernel.options.epochNs) : 0,
      now: () => kernel.nowNs(),
      at: (deadlineNs, fire) => kernel.services.at(deadlineNs, fire),
    };
  const cpu = cpuClock(call, clock);
  return { offsetNs: 0, now: () => cpu.now(), at: (deadlineNs, fire) => cpu.at(deadlineNs, fire) };
}

/** The same; fails for those that only tell the time. */
export function settableClock(call: Call, clock: number): SettableClock {
  if (clock === CLOCK.MONOTONIC_RAW || clock === CLOCK.REALTIME_COARSE || clock === CLOCK.MONOTONIC_COARSE) return fail("EOPNOTSUPP");
  // There is no hardware that would wake a machine up.
  if (clock === CLOCK.REALTIME_ALARM || clock === CLOCK.BOOTTIME_ALARM) return fail("EOPNOTSUPP");
  return clockOf(call, clock);
}

/** What the clock reads. */
export function clockNs(call: Call, clock: number): bigint {
  const { kernel } = call;
  if (isRealtime(clock)) return kernel.realtimeNs();
  if (isMonotonic(clock)) return BigInt(kernel.nowNs());
  kernel.chargeCpu();
  return BigInt(cpuClock(call, clock).now());
}
