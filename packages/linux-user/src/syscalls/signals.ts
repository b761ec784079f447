/** Signal calls: actions, masks, sending, waiting, returning from handlers. */
import { E, Errno, fail, notRestarted } from "../errno.ts";
import type { Process } from "../process.ts";
import type { SignalAction } from "../signals/actions.ts";
import { altStackFlags, isOnAltStack } from "../signals/deliver.ts";
import { layOutInfo, readInfo, type SignalInfo } from "../signals/info.ts";
import { SI, SIG } from "../signals/numbers.ts";
import { forceSignal, mayQueue, sendToProcess, sendToTask } from "../signals/send.ts";
import { ownSignalSet, readSignalSet, signalCount, signalSetAsBytes, signalSetBytes, signalSetFrom } from "../signals/guest-set.ts";
import { SignalSet } from "../signals/signal-set.ts";
import { type Call, type CallResult, NO_RESULT, syscall, type SyscallRow } from "../syscall-table.ts";
import type { Task } from "../task.ts";
import { readTimespec } from "./time-values.ts";

const unblockable = SignalSet.of(SIG.SIGKILL, SIG.SIGSTOP);

const readSet = ({ kernel, memory }: Call, at: number): SignalSet => readSignalSet(kernel.abi, memory, at);

/** The action that a signal has; a new one takes its place if there is one. */
export function act({ kernel, task }: Call, signal: number, wanted: SignalAction | undefined): SignalAction {
  if (signal < 1 || signal > signalCount(kernel.abi)) return fail("EINVAL");
  if (wanted !== undefined && unblockable.has(signal)) return fail("EINVAL");
  const { actions } = task.process;
  const before = actions.get(signal);
  if (wanted === undefined) return before;
  actions.set(signal, { ...wanted, mask: wanted.mask.minus(unblockable) });
  // What is pending and now ignored goes.
  if (actions.ignores(signal))
    for (const pending of [task.process.pending, ...[...task.process.tasks].map((t) => t.pending)]) pending.remove(SignalSet.of(signal));
  return before;
}

function sigaction(call: Call, signal: number, wanted: number, old: number, size: number): number {
  const { kernel, memory } = call;
  if (size !== signalSetBytes(kernel.abi)) return fail("EINVAL");
  const layout = kernel.layout("sigaction");
  let action: SignalAction | undefined;
  if (wanted !== 0) {
    const bytes = memory.bytes(wanted, layout.size);
    const get = (name: string): number => layout.get(bytes, name);
    const mask = readSignalSet(kernel.abi, memory, wanted + layout.offset("mask"));
    const flags = kernel.abi.numbers?.sigactionFlags(get("flags")) ?? get("flags");
    action = { handler: get("handler"), flags, restorer: layout.has("restorer") ? get("restorer") : 0, mask };
  }
  const { handler, flags, restorer, mask } = act(call, signal, action);
  if (old !== 0) {
    const ownFlags = kernel.abi.numbers?.ownSigactionFlags(flags) ?? flags;
    memory.write(old, layout.build({ handler, flags: ownFlags, restorer }));
    memory.write(old + layout.offset("mask"), signalSetAsBytes(kernel.abi, mask));
  }
  return 0;
}

/** The call of before there were real-time signals: masks are one word. */
function oldSigaction(call: Call, signal: number, wanted: number, old: number): number {
  const { kernel, memory } = call;
  const { abi } = kernel;
  const layout = kernel.layout("old_sigaction");
  let action: SignalAction | undefined;
  if (wanted !== 0) {
    const bytes = memory.bytes(wanted, layout.size);
    const get = (name: string): number => layout.get(bytes, name);
    const flags = abi.numbers?.sigactionFlags(get("flags")) ?? get("flags");
    action = {
      handler: get("handler"),
      flags,
      restorer: layout.has("restorer") ? get("restorer") : 0,
      mask: signalSetFrom(abi, [get("mask")]),
    };
  }
  const { handler, flags, restorer, mask } = act(call, signal, action);
  if (old !== 0) {
    const ownFlags = abi.numbers?.ownSigactionFlags(flags) ?? flags;
    memory.write(old, layout.build({ handler, flags: ownFlags, restorer, mask: ownSignalSet(abi, mask).low }));
  }
  return 0;
}

const HOW = { BLOCK: 0, UNBLOCK: 1, SETMASK: 2 } as const;

function changeMask(task: Task, how: number, set: SignalSet): void {
  if (how === HOW.BLOCK) task.mask = task.mask.union(set.minus(unblockable));
  else if (how === HOW.UNBLOCK) task.mask = task.mask.minus(set);
  else if (how === HOW.SETMASK) task.mask = set.minus(unblockable);
  else fail("EINVAL");
}

function sigprocmask(call: Call, how: number, wanted: number, old: number, size: number): number {
  const { kernel, task, memory } = call;
  if (size !== signalSetBytes(kernel.abi)) return fail("EINVAL");
  const before = task.mask;
  if (wanted !== 0) changeMask(task, how, readSet(call, wanted));
  if (old !== 0) memory.write(old, signalSetAsBytes(kernel.abi, before));
  return 0;
}

/** Waits for a signal that is let through; goes on only to deliver it. */
async function suspend({ task }: Call, mask: SignalSet | undefined): Promise<number> {
  if (mask !== undefined) {
    task.savedMask = task.mask;
    task.mask = mask.minus(unblockable);
  }
  try {
    // Nobody wakes it but a signal.
    for (;;) await task.wait([]);
  } catch (error) {
    if (error instanceof Errno && error.number === E.ERESTARTSYS) throw new Errno("ERESTARTNOHAND");
    throw error;
  }
}

function sigreturn({ kernel, task }: Call, realTime: boolean): CallResult {
  const { vcpu, abi } = kernel;
  let frame: ReturnType<typeof abi.popSignalFrame>;
  try {
    frame = abi.popSignalFrame(vcpu.cpu, task.memory, realTime);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
  }
  if (frame === undefined) {
    forceSignal(task, { signal: SIG.SIGSEGV, code: SI.KERNEL });
    return NO_RESULT;
  }
  task.mask = signalSetFrom(abi, frame.mask).minus(unblockable);
  if (frame.altStack !== undefined && !isOnAltStack(task, abi.stackPointer(vcpu.cpu)))
    task.altStack = { ...frame.altStack, flags: frame.altStack.flags & ~1 };
  return NO_RESULT;
}

export const infoFrom = ({ process }: Task, signal: number, code: number): SignalInfo => ({
  signal,
  code,
  pid: process.pid,
  uid: process.credentials.uid,
});

export const mayKill = (from: Process, to: Process, signal: number): boolean => {
  const [a, b] = [from.credentials, to.credentials];
  if (a.euid === 0 || [a.euid, a.uid].some((id) => id === b.uid || id === b.suid)) return true;
  return signal === SIG.SIGCONT && from.session === to.session;
};

function kill({ kernel, task }: Call, pid: number, signal: number): number {
  if (signal < 0 || signal > signalCount(kernel.abi)) return fail("EINVAL");
  const { process } = task;
  const all = [...kernel.processes.values()];
  const group = pid === 0 ? process.group : -pid;
  const chosen =
    pid > 0
      ? all.filter((p) => p.pid === pid)
      : pid === -1
        ? all.filter((p) => p !== process && p !== kernel.init)
        : all.filter((p) => p.group === group);
  if (chosen.length === 0) {
    const thread = pid > 0 ? kernel.tasks.get(pid) : undefined;
    if (thread === undefined) return fail("ESRCH");
    chosen.push(thread.process);
  }
  const allowed = chosen.filter((p) => mayKill(process, p, signal));
  if (allowed.length === 0) return fail("EPERM");
  if (signal !== 0) for (const target of allowed) sendToProcess(kernel, target, infoFrom(task, signal, SI.USER));
  return 0;
}

function tgkill({ kernel, task }: Call, group: number | undefined, tid: number, signal: number, info?: SignalInfo): number {
  if (signal < 0 || signal > signalCount(kernel.abi) || tid <= 0) return fail("EINVAL");
  const target = kernel.tasks.get(tid);
  if (target === undefined || (group !== undefined && target.process.pid !== group)) return fail("ESRCH");
  if (!mayKill(task.process, target.process, signal)) return fail("EPERM");
  if (info !== undefined) {
    if (info.code >= 0 && target.process !== task.process) return fail("EPERM");
    mayQueue(target.process);
  }
  if (signal !== 0) sendToTask(kernel, target, info ?? infoFrom(task, signal, SI.TKILL));
  return 0;
}

async function sigtimedwait(call: Call, set: number, infoAt: number, time: number, size: number, wide: boolean): Promise<number> {
  const { kernel, task, memory } = call;
  if (size !== signalSetBytes(kernel.abi)) return fail("EINVAL");
  const wanted = readSet(call, set).minus(unblockable);
  const deadline = time === 0 ? undefined : kernel.nowNs() + readTimespec(call, time, wide);
  for (;;) {
    const signal = task.pending.set.union(task.process.pending.set).intersection(wanted).first;
    if (signal !== 0) {
      const info = task.pending.take(signal) ?? task.process.pending.take(signal)!;
      if (infoAt !== 0) memory.write(infoAt, layOutInfo(info, kernel.abi));
      return signal;
    }
    if (deadline !== undefined && kernel.nowNs() >= deadline) return fail("EAGAIN");
    // Let through while it waits, so that whoever sends wakes it; taken above before it could be delivered.
    const before = task.mask;
    task.mask = before.minus(wanted);
    try {
      await task.wait([kernel.signalArrived], deadline);
    } catch (error) {
      const arrived = !task.pending.set.union(task.process.pending.set).intersection(wanted).isEmpty;
      if (!arrived) throw notRestarted(error);
    } finally {
      task.mask = before;
    }
  }
}

function sigaltstack({ kernel, task, memory }: Call, wanted: number, old: number): number {
  const layout = kernel.layout("sigaltstack");
  const sp = kernel.abi.stackPointer(kernel.vcpu.cpu);
  const before = layout.build({ sp: task.altStack.sp, flags: altStackFlags(task, sp), size: task.altStack.size });
  if (wanted !== 0) {
    const bytes = memory.bytes(wanted, layout.size);
    const flags = layout.get(bytes, "flags");
    if (isOnAltStack(task, sp) && task.altStack.size > 0) return fail("EPERM");
    const SS_DISABLE = 2;
    const AUTODISARM = 0x8000_0000 | 0;
    if ((flags & ~AUTODISARM) > SS_DISABLE) return fail("EINVAL");
    if ((flags & SS_DISABLE) !== 0) task.altStack = { sp: 0, size: 0, flags: SS_DISABLE };
    else {
      const size = layout.get(bytes, "size");
      if (size < 2048) return fail("ENOMEM");
      task.altStack = { sp: layout.get(bytes, "sp"), size, flags: flags & AUTODISARM };
    }
  }
  if (old !== 0) memory.write(old, before);
  return 0;
}

/** The calls from before real-time signals: masks of one word. */
const oldRows: readonly SyscallRow[] = [
  syscall("sigprocmask", ["int", "ptr", "ptr"], ({ kernel, task, memory }, how, wanted, old) => {
    const before = task.mask;
    if (wanted !== 0) {
      const { low } = signalSetFrom(kernel.abi, [memory.u32(wanted)]);
      changeMask(task, how, new SignalSet([low, ...(how === HOW.SETMASK ? before.words.slice(1) : [])]));
    }
    if (old !== 0) memory.setU32(old, ownSignalSet(kernel.abi, before).low);
    return 0;
  }),
  syscall("sigpending", ["ptr"], ({ kernel, task, memory }, at) => {
    const set = task.pending.set.union(task.process.pending.set).intersection(task.mask);
    memory.setU32(at, ownSignalSet(kernel.abi, set).low);
    return 0;
  }),
  syscall("sigsuspend", ["ptr", "int", "uint"], (call, at, _unused, mask) => {
    const { abi } = call.kernel;
    return suspend(call, abi.numbers?.suspendsByAddress === true ? readSet(call, at) : signalSetFrom(abi, [mask]));
  }),
  syscall("sigreturn", [], (call) => sigreturn(call, false)),
];

export const signalRows: readonly SyscallRow[] = [
  ...oldRows,
  syscall("rt_sigaction", ["signal", "ptr", "ptr", "size"], sigaction),
  syscall("rt_sigprocmask", ["int", "ptr", "ptr", "size"], sigprocmask),
  syscall("rt_sigpending", ["ptr", "size"], ({ kernel, task, memory }, at, size) => {
    if (size > signalSetBytes(kernel.abi)) return fail("EINVAL");
    const set = task.pending.set.union(task.process.pending.set).intersection(task.mask);
    memory.write(at, signalSetAsBytes(kernel.abi, set).subarray(0, size));
    return 0;
  }),
  syscall("rt_sigsuspend", ["ptr", "size"], (call, set, size) =>
    size === signalSetBytes(call.kernel.abi) ? suspend(call, readSet(call, set)) : fail("EINVAL"),
  ),
  syscall("pause", [], (call) => suspend(call, undefined)),
  syscall("sigaction", ["signal", "ptr", "ptr"], oldSigaction),
  syscall("rt_sigreturn", [], (call) => sigreturn(call, true)),
  syscall("rt_sigtimedwait", ["ptr", "ptr", "ptr", "size"], (call, set, info, time, size) =>
    sigtimedwait(call, set, info, time, size, false),
  ),
  syscall("rt_sigtimedwait_time64", ["ptr", "ptr", "ptr", "size"], (call, set, info, time, size) =>
    sigtimedwait(call, set, info, time, size, true),
  ),
  syscall("kill", ["pid", "signal"], kill),
  syscall("tkill", ["pid", "signal"], (call, tid, signal) => tgkill(call, undefined, tid, signal)),
  syscall("tgkill", ["pid", "pid", "signal"], (call, group, tid, signal) => tgkill(call, group, tid, signal)),
  syscall("rt_sigqueueinfo", ["pid", "signal", "ptr"], ({ kernel, task, memory }, pid, signal, at) => {
    const info = readInfo(signal, memory.bytes(at, 128), kernel.abi);
    const target = kernel.processes.get(pid) ?? fail("ESRCH");
    if (info.code >= 0 && target !== task.process) return fail("EPERM");
    if (signal < 0 || signal > signalCount(kernel.abi)) return fail("EINVAL");
    if (!mayKill(task.process, target, signal)) return fail("EPERM");
    if (signal === 0) return 0;
    mayQueue(target);
    sendToProcess(kernel, target, info);
    return 0;
  }),
  syscall("rt_tgsigqueueinfo", ["pid", "pid", "signal", "ptr"], (call, group, tid, signal, at) =>
    tgkill(call, group, tid, signal, readInfo(signal, call.memory.bytes(at, 128), call.kernel.abi)),
  ),
  syscall("sigaltstack", ["ptr", "ptr"], sigaltstack),
];
