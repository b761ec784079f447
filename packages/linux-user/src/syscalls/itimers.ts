/** setitimer and alarm: three timers of a process, of which two go by its CPU time. */
import { fail } from "../errno.ts";
import { IntervalTimer } from "../interval-timer.ts";
import { SI, SIG } from "../signals/numbers.ts";
import { sendToProcess } from "../signals/send.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { clockOf, CLOCK } from "./clocks.ts";

const ITIMER = { REAL: 0, VIRTUAL: 1, PROF: 2 } as const;

/** By their numbers. What a program does and what the kernel does for it are not told apart: both count as its own time. */
const kinds = [
  { clock: CLOCK.MONOTONIC, signal: SIG.SIGALRM },
  { clock: CLOCK.PROCESS_CPUTIME, signal: SIG.SIGVTALRM },
  { clock: CLOCK.PROCESS_CPUTIME, signal: SIG.SIGPROF },
] as const;

function timerOf(call: Call, which: number): IntervalTimer {
  const { kernel, task } = call;
  const { process } = task;
  const { clock, signal } = kinds[which] ?? fail("EINVAL");
  let timer = process.itimers.get(which);
  if (timer === undefined) {
    timer = new IntervalTimer(clockOf(call, clock), () => sendToProcess(kernel, process, { signal, code: SI.KERNEL }));
    process.itimers.set(which, timer);
  }
  return timer;
}

/** Sets one; 0 for what is left turns it off. */
function arm(call: Call, which: number, leftNs: number, intervalNs: number): void {
  const timer = timerOf(call, which);
  if (leftNs === 0) timer.disarm();
  else timer.arm(clockOf(call, kinds[which]!.clock).now() + leftNs, intervalNs);
}

function put(call: Call, at: number, timer: IntervalTimer): void {
  const parts = (ns: number): [number, number] => [Math.floor(ns / 1e9), Math.floor((ns % 1e9) / 1e3)];
  const { leftNs, intervalNs } = timer.setting;
  // What is armed never reads as 0.
  const [[interval_sec, interval_usec], [value_sec, value_usec]] = [parts(intervalNs), parts(leftNs === 0 ? 0 : Math.max(1000, leftNs))];
  call.memory.write(at, call.kernel.layout("itimerval").build({ interval_sec, interval_usec, value_sec, value_usec }));
}

export const itimerRows: readonly SyscallRow[] = [
  syscall("alarm", ["uint"], (call, seconds) => {
    const { leftNs } = timerOf(call, ITIMER.REAL).setting;
    arm(call, ITIMER.REAL, seconds * 1e9, 0);
    // Rounded, but never to 0.
    return leftNs === 0 ? 0 : Math.max(1, Math.round(leftNs / 1e9));
  }),
  syscall("getitimer", ["int", "ptr"], (call, which, at) => {
    call.kernel.chargeCpu();
    put(call, at, timerOf(call, which));
    return 0;
  }),
  syscall("setitimer", ["int", "ptr", "ptr"], (call, which, wanted, old) => {
    const { kernel, memory } = call;
    kernel.chargeCpu();
    const timer = timerOf(call, which);
    const layout = kernel.layout("itimerval");
    const bytes = wanted === 0 ? new Uint8Array(layout.size) : memory.bytes(wanted, layout.size);
    const get = (name: string): number => layout.get(bytes, name);
    if ([get("value_usec"), get("interval_usec")].some((us) => us < 0 || us >= 1e6)) return fail("EINVAL");
    if ([get("value_sec"), get("interval_sec")].some((seconds) => seconds < 0)) return fail("EINVAL");
    if (old !== 0) put(call, old, timer);
    arm(call, which, get("value_sec") * 1e9 + get("value_usec") * 1e3, get("interval_sec") * 1e9 + get("interval_usec") * 1e3);
    return 0;
  }),
];
