/** Clocks and sleeping. */
import { E, Errno, fail } from "../errno.ts";
import type { TimerClock } from "../interval-timer.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { WaitQueue } from "../wait-queue.ts";
import { CLOCK, clockNs, settableClock } from "./clocks.ts";
import { readTimespec, writeTimespec } from "./time-values.ts";

/** Sleeps until that clock has come to it. Interrupted it says how much is left, and goes on with that if no handler ran. */
async function sleepUntil(call: Call, clock: TimerClock, deadlineNs: number, remaining: number, wide: boolean): Promise<number> {
  const { task } = call;
  const due = new WaitQueue();
  const disarm = clock.at(deadlineNs, () => due.wake());
  try {
    while (clock.now() < deadlineNs) await task.wait([due]);
    return 0;
  } catch (error) {
    if (!(error instanceof Errno) || error.number !== E.ERESTARTSYS) throw error;
    if (remaining !== 0) writeTimespec(call, remaining, BigInt(Math.max(0, deadlineNs - clock.now())), wide);
    throw new Errno("ERESTARTNOHAND");
  } finally {
    disarm();
  }
}

const ABSOLUTE = 1;

function clockNanosleep(call: Call, id: number, flags: number, at: number, remaining: number, wide: boolean): Promise<number> {
  if (id === CLOCK.THREAD_CPUTIME) return fail("EINVAL");
  const clock = settableClock(call, id);
  const ns = readTimespec(call, at, wide);
  if ((flags & ABSOLUTE) !== 0) return sleepUntil(call, clock, ns - clock.offsetNs, 0, wide);
  call.task.keptDeadlineNs ??= clock.now() + ns;
  return sleepUntil(call, clock, call.task.keptDeadlineNs, remaining, wide);
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
  syscall("nanosleep", ["ptr", "ptr"], (call, at, remaining) => clockNanosleep(call, CLOCK.MONOTONIC, 0, at, remaining, false)),
  syscall("times", ["ptr"], ({ kernel, task, memory }, at) => {
    const ticks = (ns: number): number => Math.floor(ns / 1e7);
    const { process } = task;
    kernel.chargeCpu();
    if (at !== 0) memory.write(at, kernel.layout("tms").build({ utime: ticks(process.cpu.now()), cutime: ticks(process.childrenCpuNs) }));
    return ticks(kernel.nowNs()) % 2 ** 31;
  }),
  syscall("getrusage", ["int", "ptr"], ({ kernel, task, memory }, who, at) => {
    kernel.chargeCpu();
    const { process } = task;
    const ns = who === -1 ? process.childrenCpuNs : who === 1 ? task.cpu.now() : who === 0 ? process.cpu.now() : fail("EINVAL");
    memory.write(at, kernel.layout("rusage").build({ utime_sec: Math.floor(ns / 1e9), utime_usec: Math.floor((ns % 1e9) / 1e3) }));
    return 0;
  }),
];
