/** On the way back to the program: signals that are due are taken, ignored, obeyed or handed to their handlers. */
import { E, Errno } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Task } from "../task.ts";
import type { SignalAction } from "./actions.ts";
import { ownSignalSet } from "./guest-set.ts";
import { layOutInfo, type SignalInfo } from "./info.ts";
import { defaultAction, SA, SI, SIG, SIG_DFL, SIG_IGN, signalName } from "./numbers.ts";
import { forceSignal } from "./send.ts";
import { SignalSet } from "./signal-set.ts";

/** Signals of what the thread itself just did come first. */
const synchronous = SignalSet.of(SIG.SIGSEGV, SIG.SIGBUS, SIG.SIGILL, SIG.SIGTRAP, SIG.SIGFPE, SIG.SIGSYS);
const kill = SignalSet.of(SIG.SIGKILL);

const next = (due: SignalSet): number => due.intersection(kill).first || due.intersection(synchronous).first || due.first;

const SS_ONSTACK = 1;
const SS_DISABLE = 2;
const SS_AUTODISARM = 0x8000_0000;

/** Is the stack pointer on the alternate stack? */
export const isOnAltStack = (task: Task, sp: number): boolean =>
  (task.altStack.flags & SS_AUTODISARM) === 0 && sp > task.altStack.sp && sp - task.altStack.sp <= task.altStack.size;

/** The state of the alternate stack as programs see it. */
export const altStackFlags = (task: Task, sp: number): number =>
  task.altStack.size === 0 ? SS_DISABLE : isOnAltStack(task, sp) ? SS_ONSTACK : 0;

/** The task is the one whose registers are in the CPU. Afterwards it may be dead or stopped. */
export function deliverSignals(kernel: Kernel, task: Task): void {
  const { process } = task;
  for (let due = task.deliverable; !due.isEmpty; due = task.deliverable) {
    const signal = next(due);
    const info = task.pending.take(signal) ?? process.pending.take(signal)!;
    if (kernel.debugger?.holds(task, info) === true) return;
    const action = process.actions.get(signal);
    if (action.handler === SIG_IGN) continue;
    if (action.handler !== SIG_DFL) {
      handle(kernel, task, info, action);
      continue;
    }
    const what = defaultAction(signal);
    if (what === "ignore" || what === "continue") continue;
    if (what === "stop") {
      kernel.stop(process, signal);
      return;
    }
    kernel.log.log("int", () => `process ${process.pid} ended by ${signalName(signal)}`);
    kernel.exitProcess(process, signal | (what === "core" && process.limits[4]!.soft > 0 ? 0x80 : 0), info);
    return;
  }
  // Nothing was handed to a handler that would go back to it.
  if (task.savedMask !== undefined) {
    task.mask = task.savedMask;
    task.savedMask = undefined;
  }
  // An interrupted call begins anew: pc still is at it.
  task.restart = 0;
}

function handle(kernel: Kernel, task: Task, info: SignalInfo, action: SignalAction): void {
  const { abi } = kernel;
  const { cpu } = kernel.vcpu;
  if (task.restart !== 0) {
    const again = task.restart === E.ERESTARTNOINTR || (task.restart === E.ERESTARTSYS && (action.flags & SA.RESTART) !== 0);
    if (!again) kernel.finishCall(task, -E.EINTR);
    task.restart = 0;
    task.keptDeadlineNs = undefined;
  }
  const sp = abi.stackPointer(cpu);
  const { altStack } = task;
  const onAlt = (action.flags & SA.ONSTACK) !== 0 && altStack.size > 0 && !isOnAltStack(task, sp);
  const before = task.savedMask ?? task.mask;
  task.savedMask = undefined;
  const ownBefore = ownSignalSet(abi, before);
  try {
    abi.pushSignalFrame(cpu, task.memory, {
      signal: abi.numbers?.ownSignal(info.signal) ?? info.signal,
      info: layOutInfo(info, abi),
      handler: action.handler,
      wantsInfo: (action.flags & SA.SIGINFO) !== 0,
      restorer: (action.flags & SA.RESTORER) !== 0 ? action.restorer : undefined,
      stackPointer: onAlt ? altStack.sp + altStack.size : sp,
      mask: ownBefore.words,
      altStack: { ...altStack, flags: altStackFlags(task, sp) },
      fault: info.fault ?? { trapNo: 0, errorCode: 0, address: 0 },
    });
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    // There is no room for the frame: the thread cannot go on. A handler for that would need a frame too.
    if (info.signal === SIG.SIGSEGV) task.process.actions.set(SIG.SIGSEGV, { ...action, handler: SIG_DFL });
    forceSignal(task, { signal: SIG.SIGSEGV, code: SI.KERNEL });
    return;
  }
  if ((altStack.flags & SS_AUTODISARM) !== 0) task.altStack = { sp: 0, size: 0, flags: SS_DISABLE };
  task.mask = before.union(action.mask);
  if ((action.flags & SA.NODEFER) === 0) task.mask = task.mask.with(info.signal);
  task.mask = task.mask.without(SIG.SIGKILL).without(SIG.SIGSTOP);
  if ((action.flags & SA.RESETHAND) !== 0) task.process.actions.set(info.signal, { ...action, handler: SIG_DFL });
  kernel.log.log("int", () => `thread ${task.tid} handles ${signalName(info.signal)} at 0x${action.handler.toString(16)}`);
}
