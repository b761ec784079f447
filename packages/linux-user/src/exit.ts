/** The end of threads and processes, and how parents learn of it. */
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import type { Process } from "./process.ts";
import type { SignalInfo } from "./signals/info.ts";
import { SA, SI, SIG, SIG_IGN } from "./signals/numbers.ts";
import { sendToProcess } from "./signals/send.ts";
import type { Task } from "./task.ts";
import { isOrphaned, signalGroup } from "./vfs/job-control.ts";

/** Words of struct robust_list_head: the list, the futex's offset from an entry, an operation under way. */
const OWNER_DIED = 0x4000_0000;
const WAITERS = 0x8000_0000;
const TID_MASK = 0x3fff_ffff;
/** A list that is longer is no good. */
const LONGEST_ROBUST_LIST = 2048;

/** One thread ends. The process does when the last has. `code`: exit's argument. */
export function endTask(kernel: Kernel, task: Task, code: number): void {
  if (task.status === "dead") return;
  const { process } = task;
  leave(kernel, task);
  if (process.tasks.size === 0) endProcess(kernel, process, (code & 0xff) << 8);
}

/** What a thread has is given back. */
function leave(kernel: Kernel, task: Task): void {
  const { process } = task;
  walkRobustList(kernel, task);
  if (task.clearChildTid !== 0 && task.space.users > 1) {
    quietly(() => {
      task.memory.setU32(task.clearChildTid, 0);
      kernel.futexes.wake(kernel.futexes.key(task.space, task.clearChildTid), 1);
    });
  }
  task.status = "dead";
  task.interrupt();
  kernel.queue.remove(task);
  kernel.tasks.delete(task.tid);
  process.tasks.delete(task);
  task.files.leave();
  task.space.leave();
  process.memoryLeft.wake();
}

/** The process ends with that status: all its threads, then what its parent is told. */
export function endProcess(kernel: Kernel, process: Process, status: number, _cause?: SignalInfo): void {
  if (process.exitStatus !== undefined) return;
  process.exiting = true;
  process.exitStatus = status;
  for (const task of Array.from(process.tasks)) leave(kernel, task);
  for (const timer of process.itimers.values()) timer.disarm();
  process.dropTimers();
  kernel.semaphores.processEnded(process);
  kernel.log.log("int", () => `process ${process.pid} ends with status 0x${status.toString(16)}`);
  const signal = status & 0x7f;
  if (process === kernel.init) {
    kernel.finish(signal === 0 ? { kind: "exit", code: (status >> 8) & 0xff } : { kind: "signal", signal });
    return;
  }
  process.ended.wake();
  leaveJobs(kernel, process);
  orphan(kernel, process);
  const { parent } = process;
  if (parent === undefined) {
    kernel.processes.delete(process.pid);
    return;
  }
  tellParent(kernel, process, parent);
}

/** The signal, and the news for those who wait. */
function tellParent(kernel: Kernel, process: Process, parent: Process): void {
  const status = process.exitStatus!;
  const signal = status & 0x7f;
  const action = parent.actions.get(SIG.SIGCHLD);
  const isReaped = process.exitSignal === SIG.SIGCHLD && (action.handler === SIG_IGN || (action.flags & SA.NOCLDWAIT) !== 0);
  if (isReaped) reap(kernel, process);
  if (process.exitSignal !== 0) {
    const code = signal === 0 ? SI.CLD_EXITED : (status & 0x80) !== 0 ? SI.CLD_DUMPED : SI.CLD_KILLED;
    const ticks = Math.floor(process.cpu.now() / 1e7);
    sendToProcess(kernel, parent, {
      signal: process.exitSignal,
      code,
      pid: process.pid,
      uid: process.credentials.uid,
      status: signal === 0 ? (status >> 8) & 0xff : signal,
      userTime: ticks,
      systemTime: 0,
    });
  }
  parent.childNews.wake();
}

/** What its end means for the jobs of its session: without a leader there is no terminal, and a stopped group that nobody looks after goes on. */
function leaveJobs(kernel: Kernel, process: Process): void {
  if (process.session === process.pid) kernel.ptys.ofSession(process.session)?.leaderEnded();
  const groups = new Set([process.group, ...[...process.children].map((child) => child.group)]);
  for (const group of groups) {
    const members = [...kernel.processes.values()].filter((p) => p.group === group && p.exitStatus === undefined);
    // It looked after them if it was of their session and another group.
    const wasKept = members.some((p) => p.parent === process && process.group !== group && process.session === p.session);
    const lostMember = group === process.group && process.parent !== undefined && process.parent.session === process.session;
    if (!(wasKept || lostMember) || !members.some((p) => p.stopped !== 0) || !isOrphaned(kernel, group, process)) continue;
    for (const name of ["SIGHUP", "SIGCONT"] as const) signalGroup(kernel, group, name);
  }
}

/** The children of one that has ended: they become those of an ancestor that asked for it, or nobody's. */
function orphan(kernel: Kernel, process: Process): void {
  let heir = process.parent;
  while (heir !== undefined && !heir.isSubreaper) heir = heir.parent;
  for (const child of process.children) {
    child.parent = heir;
    if (heir !== undefined) {
      heir.children.add(child);
      child.exitSignal = SIG.SIGCHLD;
      if (child.exitStatus !== undefined) tellParent(kernel, child, heir);
    } else if (child.exitStatus !== undefined) {
      // Nobody will ask for it any more.
      kernel.processes.delete(child.pid);
    }
    const { deathSignal } = child;
    if (deathSignal !== 0)
      sendToProcess(kernel, child, { signal: deathSignal, code: SI.USER, pid: process.pid, uid: process.credentials.uid });
  }
  process.children.clear();
}

/** Its parent was told, or does not want to be. */
export function reap(kernel: Kernel, process: Process): void {
  const { parent } = process;
  if (parent !== undefined) parent.childrenCpuNs += process.cpu.now() + process.childrenCpuNs;
  parent?.children.delete(process);
  kernel.processes.delete(process.pid);
}

/** Locks that the thread holds as it ends are marked, and one who waits for each is woken. */
function walkRobustList(kernel: Kernel, task: Task): void {
  const head = task.robustList;
  if (head === 0) return;
  const bytes = kernel.abi.wordBytes;
  quietly(() => {
    const offset = bytes === 8 ? task.memory.i64(head + bytes) : task.memory.i32(head + bytes);
    const pending = task.memory.word(head + 2 * bytes, bytes);
    let entry = task.memory.word(head, bytes);
    for (let i = 0; entry !== head && entry !== 0 && i < LONGEST_ROBUST_LIST; i++) {
      const at = entry - (entry % 2);
      if (at !== pending) ownerDied(kernel, task, at + offset);
      entry = task.memory.word(at, bytes);
    }
    if (pending !== 0) ownerDied(kernel, task, pending - (pending % 2) + offset);
  });
}

function ownerDied(kernel: Kernel, task: Task, va: number): void {
  const word = task.memory.u32(va);
  if ((word & TID_MASK) !== task.tid) return;
  task.memory.setU32(va, (word & WAITERS) | OWNER_DIED);
  if ((word & WAITERS) !== 0) kernel.futexes.wake(kernel.futexes.key(task.space, va), 1);
}

/** The memory of a thread that ends may be anything. */
function quietly(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
  }
}
