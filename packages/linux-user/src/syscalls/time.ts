/** Clocks, sleeping, and the timers of setitimer. */
import { E, Errno, fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Process } from "../process.ts";
import { SI, SIG } from "../signals/numbers.ts";
import { sendToProcess } from "../signals/send.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { readTimespec, writeTimespec } from "./time-values.ts";

const CLOCK = {
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

const processCpu = (process: Process): number => [...process.tasks].reduce((sum, task) => sum + task.cpuNs, process.cpuNs);

function clockNs({ kernel, task }: Call, clock: number): bigint {
  if (isRealtime(clock)) return kernel.realtimeNs();
  if (isMonotonic(clock)) return BigInt(kernel.nowNs());
  if (clock === CLOCK.PROCESS_CPUTIME) return BigInt(processCpu(task.process));
  if (clock === CLOCK.THREAD_CPUTIME) return BigInt(task.cpuNs);
  if (clock < 0) {
    // A process's or thread's own clock: ~pid << 3, and what it measures.
    const id = ~(clock >> 3);
    const process = id === 0 ? task.process : (kernel.processes.get(id) ?? kernel.tasks.get(id)?.process);
    if (process !== undefined)
      return BigInt((clock & 4) !== 0 ? (kernel.tasks.get(id === 0 ? task.tid : id)?.cpuNs ?? 0) : processCpu(process));
  }
  return fail("EINVAL");
}

/** Sleeps until then. Interrupted it says how much is left, and goes on with that if no handler ran. */
async function sleepUntil(call: Call, deadlineNs: number, remaining: number, wide: boolean): Promise<number> {
  const { kernel, task } = call;
  try {
    while (kernel.nowNs() < deadlineNs) await task.wait([], deadlineNs);
    return 0;
  } catch (error) {
    if (!(error instanceof Errno) || error.number !== E.ERESTARTSYS) throw error;
    if (remaining !== 0) writeTimespec(call, remaining, BigInt(Math.max(0, deadlineNs - kernel.nowNs())), wide);
    throw new Errno("ERESTARTNOHAND");
  }
}

function sleep(call: Call, at: number, remaining: number, wide: boolean): Promise<number> {
  const { kernel, task } = call;
  const ns = readTimespec(call, at, wide);
  task.keptDeadlineNs ??= kernel.nowNs() + ns;
  return sleepUntil(call, task.keptDeadlineNs, remaining, wide);
}

const ABSOLUTE = 1;

function clockNanosleep(call: Call, clock: number, flags: number, at: number, remaining: number, wide: boolean): Promise<number> {
  if (!isRealtime(clock) && !isMonotonic(clock)) return fail(clock === CLOCK.THREAD_CPUTIME ? "EINVAL" : "EOPNOTSUPP");
  if ((flags & ABSOLUTE) === 0) return sleep(call, at, remaining, wide);
  const wanted = readTimespec(call, at, wide);
  const deadline = isRealtime(clock) ? wanted - Number(call.kernel.options.epochNs) : wanted;
  return sleepUntil(call, deadline, 0, wide);
}

const rows = (suffix: "" | "64", wide: boolean): readonly SyscallRow[] => {
  const long = suffix === "" ? "" : "_time64";
  return [
    syscall(`clock_gettime${suffix}`, ["int", "ptr"], (call, clock, at) => {
      writeTimespec(call, at, clockNs(call, clock), wide);
      return 0;
    }),
    syscall(`clock_settime${suffix}`, ["int", "ptr"], () => fail("EPERM")),
    syscall(`clock_getres${long}`, ["int", "ptr"], (call, clock, at) => {
      clockNs(call, clock);
      const coarse = clock === CLOCK.REALTIME_COARSE || clock === CLOCK.MONOTONIC_COARSE;
      if (at !== 0) writeTimespec(call, at, coarse ? 4_000_000n : 1n, wide);
      return 0;
    }),
    syscall(`clock_nanosleep${long}`, ["int", "hex", "ptr", "ptr"], (call, clock, flags, at, remaining) =>
      clockNanosleep(call, clock, flags, at, remaining, wide),
    ),
  ];
};

/** ITIMER_REAL; the others count CPU time and are not there yet. */
function armAlarm(kernel: Kernel, process: Process, ns: number, intervalNs: number): void {
  process.alarm.disarm();
  if (ns === 0) {
    process.alarm = { deadlineNs: 0, intervalNs: 0, disarm: () => {} };
    return;
  }
  const start = (deadlineNs: number): void => {
    const disarm = kernel.services.at(deadlineNs, () => {
      sendToProcess(kernel, process, { signal: SIG.SIGALRM, code: SI.KERNEL });
      if (intervalNs > 0) start(Math.max(deadlineNs + intervalNs, kernel.nowNs()));
      else process.alarm = { deadlineNs: 0, intervalNs: 0, disarm: () => {} };
    });
    process.alarm = { deadlineNs, intervalNs, disarm };
  };
  start(kernel.nowNs() + ns);
}

function getAlarm({ kernel, task }: Call): { readonly left: number; readonly interval: number } {
  const { deadlineNs, intervalNs } = task.process.alarm;
  return { left: deadlineNs === 0 ? 0 : Math.max(1000, deadlineNs - kernel.nowNs()), interval: intervalNs };
}

function putItimer(call: Call, at: number): void {
  const { left, interval } = getAlarm(call);
  const parts = (ns: number): [number, number] => [Math.floor(ns / 1e9), Math.floor((ns % 1e9) / 1e3)];
  const [[interval_sec, interval_usec], [value_sec, value_usec]] = [parts(interval), parts(left)];
  call.memory.write(at, call.kernel.layout("itimerval").build({ interval_sec, interval_usec, value_sec, value_usec }));
}

export const timeRows: readonly SyscallRow[] = [
  ...rows("", false),
  ...rows("64", true),
  syscall("time", ["ptr"], ({ kernel, memory }, at) => {
    const seconds = Number(kernel.realtimeNs() / 1_000_000_000n);
    if (at !== 0) memory.setWord(at, seconds, kernel.abi.wordBytes);
    return seconds;
  }),
  syscall("gettimeofday", ["ptr", "ptr"], ({ kernel, memory }, at, zone) => {
    const us = Number(kernel.realtimeNs() / 1000n);
    if (at !== 0) memory.write(at, kernel.layout("timeval").build({ sec: Math.floor(us / 1e6), usec: us % 1e6 }));
    if (zone !== 0) memory.write(zone, new Uint8Array(8));
    return 0;
  }),
  syscall("settimeofday", ["ptr", "ptr"], () => fail("EPERM")),
  syscall("nanosleep", ["ptr", "ptr"], (call, at, remaining) => sleep(call, at, remaining, false)),
  syscall("alarm", ["uint"], (call, seconds) => {
    const { left } = getAlarm(call);
    armAlarm(call.kernel, call.task.process, seconds * 1e9, 0);
    return Math.ceil(left / 1e9);
  }),
  syscall("getitimer", ["int", "ptr"], (call, which, at) => {
    if (which !== 0) return fail("EINVAL");
    putItimer(call, at);
    return 0;
  }),
  syscall("setitimer", ["int", "ptr", "ptr"], (call, which, wanted, old) => {
    if (which < 0 || which > 2) return fail("EINVAL");
    if (which !== 0) {
      call.kernel.log.log("unimp", "setitimer: only ITIMER_REAL is implemented");
      return fail("EINVAL");
    }
    const layout = call.kernel.layout("itimerval");
    const bytes = wanted === 0 ? new Uint8Array(layout.size) : call.memory.bytes(wanted, layout.size);
    const get = (name: string): number => layout.get(bytes, name);
    if ([get("value_usec"), get("interval_usec")].some((us) => us < 0 || us >= 1e6)) return fail("EINVAL");
    if (old !== 0) putItimer(call, old);
    armAlarm(
      call.kernel,
      call.task.process,
      get("value_sec") * 1e9 + get("value_usec") * 1e3,
      get("interval_sec") * 1e9 + get("interval_usec") * 1e3,
    );
    return 0;
  }),
  syscall("times", ["ptr"], ({ kernel, task, memory }, at) => {
    const ticks = (ns: number): number => Math.floor(ns / 1e7);
    const { process } = task;
    if (at !== 0) memory.write(at, kernel.layout("tms").build({ utime: ticks(processCpu(process)), cutime: ticks(process.childrenCpuNs) }));
    return ticks(kernel.nowNs()) % 2 ** 31;
  }),
  syscall("getrusage", ["int", "ptr"], ({ kernel, task, memory }, who, at) => {
    const ns = who === -1 ? task.process.childrenCpuNs : who === 1 ? task.cpuNs : who === 0 ? processCpu(task.process) : fail("EINVAL");
    memory.write(at, kernel.layout("rusage").build({ utime_sec: Math.floor(ns / 1e9), utime_usec: Math.floor((ns % 1e9) / 1e3) }));
    return 0;
  }),
];
