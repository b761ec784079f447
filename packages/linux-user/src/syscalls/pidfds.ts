/** Processes as open files, and the memory of other processes. */
import { Errno, fail } from "../errno.ts";
import { Process, RLIMIT } from "../process.ts";
import { signalCount } from "../signals/guest-set.ts";
import { readInfo } from "../signals/info.ts";
import { SI } from "../signals/numbers.ts";
import { mayQueue, sendToProcess } from "../signals/send.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import type { Task } from "../task.ts";
import { O } from "../vfs/constants.ts";
import { GeneratedList } from "../vfs/generated-fs.ts";
import { PidFile } from "../vfs/pidfd.ts";
import { type Vector, vectors } from "./io.ts";
import { MADV, madvise } from "./memory.ts";
import { genericOpenFlags } from "./open.ts";
import { infoFrom, mayKill } from "./signals.ts";

export const pidFile = ({ task }: Call, fd: number): PidFile => {
  const file = task.files.get(fd);
  return file instanceof PidFile ? file : fail("EBADF");
};

/** Where /proc/PID stands for the process too, as it did before there were pidfds. */
function signalled(call: Call, fd: number): Process {
  const file = call.task.files.get(fd);
  return file instanceof GeneratedList && file.subject instanceof Process ? file.subject : pidFile(call, fd).process;
}

function open(call: Call, pid: number, given: number): number {
  const { kernel, task } = call;
  const flags = genericOpenFlags(kernel, given);
  if ((flags & ~O.NONBLOCK) !== 0 || pid <= 0) return fail("EINVAL");
  const process = kernel.processes.get(pid);
  if (process === undefined) return fail(kernel.tasks.has(pid) ? "EINVAL" : "ESRCH");
  return task.files.add(new PidFile(process, flags, kernel.realtimeNs()), task.process.limits[RLIMIT.NOFILE]!.soft, true);
}

function send(call: Call, fd: number, signal: number, infoAt: number, flags: number): number {
  const { kernel, task, memory } = call;
  if (flags !== 0) return fail("EINVAL");
  const process = signalled(call, fd);
  const bytes = infoAt === 0 ? undefined : memory.bytes(infoAt, 128);
  const info = bytes === undefined ? infoFrom(task, signal, SI.USER) : readInfo(signal, bytes, kernel.abi);
  if (bytes !== undefined) {
    const own = memory.i32(infoAt);
    if ((kernel.abi.numbers?.signal(own) ?? own) !== signal) return fail("EINVAL");
    if (info.code >= 0 && process !== task.process) return fail("EPERM");
  }
  if (signal < 0 || signal > signalCount(kernel.abi)) return fail("EINVAL");
  if (kernel.processes.get(process.pid) !== process) return fail("ESRCH");
  if (!mayKill(task.process, process, signal)) return fail("EPERM");
  if (bytes !== undefined) mayQueue(process);
  if (signal !== 0) sendToProcess(kernel, process, info);
  return 0;
}

/** A thread of another process whose memory and files the caller may look into. */
function inspected({ task }: Call, target: Task | undefined): Task {
  if (target === undefined) return fail("ESRCH");
  const [mine, its] = [task.process.credentials, target.process.credentials];
  if (target.process !== task.process && mine.euid !== 0 && (its.uid !== mine.uid || its.suid !== mine.uid)) return fail("EPERM");
  return target;
}

function getfd(call: Call, pidfd: number, fd: number, flags: number): number {
  if (flags !== 0) return fail("EINVAL");
  const { task } = call;
  const target = inspected(call, pidFile(call, pidfd).process.leader);
  return task.files.add(target.files.get(fd).retain(), task.process.limits[RLIMIT.NOFILE]!.soft, true);
}

/** Copies between the vectors of two memories until either list ends; what was copied before a bad address counts. */
function transfer(from: Task, sources: readonly Vector[], to: Task, targets: readonly Vector[]): number {
  const PIECE = 0x1000;
  let done = 0;
  let [source, target, inSource, inTarget] = [0, 0, 0, 0];
  for (;;) {
    while (source < sources.length && inSource === sources[source]!.size) [source, inSource] = [source + 1, 0];
    while (target < targets.length && inTarget === targets[target]!.size) [target, inTarget] = [target + 1, 0];
    const [s, t] = [sources[source], targets[target]];
    if (s === undefined || t === undefined) return done;
    const [at, into] = [s.va + inSource, t.va + inTarget];
    // No piece crosses a page of either, so that all of it is there or none.
    const n = Math.min(s.size - inSource, t.size - inTarget, PIECE - (at % PIECE), PIECE - (into % PIECE));
    try {
      to.memory.write(into, from.memory.bytes(at, n));
    } catch (error) {
      if (done > 0 && error instanceof Errno) return done;
      throw error;
    }
    done += n;
    inSource += n;
    inTarget += n;
  }
}

function processVm(call: Call, writes: boolean, args: readonly number[]): number {
  const [pid, local, localCount, remote, remoteCount, flags] = args as [number, number, number, number, number, number];
  const { kernel, task } = call;
  if (flags !== 0) return fail("EINVAL");
  const [mine, its] = [vectors(call, local, localCount), vectors(call, remote, remoteCount)];
  const target = inspected(call, kernel.processes.get(pid)?.leader ?? kernel.tasks.get(pid));
  return writes ? transfer(task, mine, target, its) : transfer(target, its, task, mine);
}

const adviceForOthers = new Set<number>([MADV.WILLNEED, MADV.COLD, MADV.PAGEOUT, MADV.COLLAPSE]);

/** Advice that takes nothing away, about another process. */
function processMadvise(call: Call, fd: number, at: number, count: number, advice: number, flags: number): number {
  if (flags !== 0) return fail("EINVAL");
  const list = vectors(call, at, count);
  const target = inspected(call, pidFile(call, fd).process.leader);
  if (!adviceForOthers.has(advice)) return fail("EINVAL");
  if (call.task.process.credentials.euid !== 0) return fail("EPERM");
  let done = 0;
  try {
    for (const { va, size } of list) {
      madvise({ task: target }, va, size, advice);
      done += size;
    }
  } catch (error) {
    if (done === 0 || !(error instanceof Errno)) throw error;
  }
  return done;
}

/** Takes the memory of a process that is about to end. Here it goes with the process. */
function processMrelease(call: Call, fd: number, flags: number): number {
  if (flags !== 0) return fail("EINVAL");
  const { process } = pidFile(call, fd);
  return fail(process.tasks.size === 0 ? "ESRCH" : "EINVAL");
}

export const pidfdRows: readonly SyscallRow[] = [
  syscall("process_madvise", ["fd", "ptr", "int", "int", "hex"], processMadvise),
  syscall("process_mrelease", ["fd", "hex"], processMrelease),
  syscall("pidfd_open", ["pid", "openFlags"], open),
  syscall("pidfd_send_signal", ["fd", "signal", "ptr", "hex"], send),
  syscall("pidfd_getfd", ["fd", "fd", "hex"], getfd),
  syscall("process_vm_readv", ["pid", "ptr", "int", "ptr", "int", "hex"], (call, ...args) => processVm(call, false, args)),
  syscall("process_vm_writev", ["pid", "ptr", "int", "ptr", "int", "hex"], (call, ...args) => processVm(call, true, args)),
];
