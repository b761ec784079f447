/** Sending signals: to a thread, to a process, to groups of them; what is ignored is dropped here. */
import type { Kernel } from "../kernel.ts";
import { fail } from "../errno.ts";
import { type Process, RLIMIT } from "../process.ts";
import type { Task } from "../task.ts";
import type { SignalInfo } from "./info.ts";
import { SIG, SIG_DFL, SIG_IGN } from "./numbers.ts";
import { SignalSet } from "./signal-set.ts";

const stops = SignalSet.of(SIG.SIGSTOP, SIG.SIGTSTP, SIG.SIGTTIN, SIG.SIGTTOU);
const continues = SignalSet.of(SIG.SIGCONT);

/** What a signal does at once, before anybody takes it: SIGCONT wakes, and the two kinds undo each other. */
function beforeQueueing(kernel: Kernel, process: Process, signal: number): void {
  if (signal === SIG.SIGCONT || signal === SIG.SIGKILL) {
    if (signal === SIG.SIGCONT) removeEverywhere(process, stops);
    if (process.stopped !== 0) kernel.resume(process, signal === SIG.SIGCONT);
  } else if (stops.has(signal)) removeEverywhere(process, continues);
}

function removeEverywhere(process: Process, signals: SignalSet): void {
  process.pending.remove(signals);
  for (const task of process.tasks) task.pending.remove(signals);
}

/** To one thread. */
export function sendToTask(kernel: Kernel, task: Task, info: SignalInfo): void {
  const { process } = task;
  if (process.exiting || task.status === "dead") return;
  beforeQueueing(kernel, process, info.signal);
  if (process.actions.ignores(info.signal) && !task.mask.has(info.signal)) return;
  task.pending.add(info);
  if (!task.mask.has(info.signal)) task.interrupt();
  else kernel.signalArrived.wake();
}

/** Fails with EAGAIN where as many are queued for the process as may be; those that carry a value must not be lost. */
export function mayQueue(process: Process): void {
  const queued = [...process.tasks].reduce((sum, task) => sum + task.pending.length, process.pending.length);
  if (queued >= process.limits[RLIMIT.SIGPENDING]!.soft) fail("EAGAIN");
}

/** To a process: whichever thread does not block it takes it. */
export function sendToProcess(kernel: Kernel, process: Process, info: SignalInfo): void {
  if (process.exiting) return;
  beforeQueueing(kernel, process, info.signal);
  const leader = process.leader;
  const taker = leader !== undefined && !leader.mask.has(info.signal) ? leader : [...process.tasks].find((t) => !t.mask.has(info.signal));
  if (process.actions.ignores(info.signal) && taker !== undefined) return;
  process.pending.add(info);
  if (taker === undefined) {
    // Blocked everywhere: who waits for it with sigtimedwait or signalfd looks.
    kernel.signalArrived.wake();
    return;
  }
  taker.interrupt();
}

/** A fault's signal: it cannot be blocked or ignored, only handled. */
export function forceSignal(task: Task, info: SignalInfo): void {
  const { actions } = task.process;
  const action = actions.get(info.signal);
  if (action.handler === SIG_IGN || task.mask.has(info.signal)) {
    actions.set(info.signal, { ...action, handler: SIG_DFL });
    task.mask = task.mask.without(info.signal);
  }
  task.pending.add(info);
}
