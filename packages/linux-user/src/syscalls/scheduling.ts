/** Scheduling: priorities and policies are remembered, and told to who asks. All threads run in turn, whatever they are. */
import { fail } from "../errno.ts";
import { type Credentials, RLIMIT } from "../process.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import type { Task } from "../task.ts";
import { readSized } from "./sized-struct.ts";
import { writeTimespec } from "./time-values.ts";

const PRIO = { PROCESS: 0, PGRP: 1, USER: 2 } as const;
const SCHED = { OTHER: 0, FIFO: 1, RR: 2, BATCH: 3, IDLE: 5, DEADLINE: 6, RESET_ON_FORK: 0x4000_0000 } as const;
const [HIGHEST_NICE, LOWEST_NICE] = [-20, 19];
const MOST_PRIORITY = 99;
const RR_INTERVAL_NS = 100_000_000n;

const isRealTime = (policy: number): boolean => policy === SCHED.FIFO || policy === SCHED.RR;

const taskOf = ({ kernel, task }: Call, pid: number): Task => {
  if (pid < 0) return fail("EINVAL");
  return pid === 0 ? task : (kernel.tasks.get(pid) ?? fail("ESRCH"));
};

/** Does what the one is allow it to change how the other runs? */
const maySchedule = (mine: Credentials, its: Credentials): boolean => mine.euid === 0 || mine.euid === its.uid || mine.euid === its.euid;

const clampNice = (nice: number): number => Math.max(HIGHEST_NICE, Math.min(LOWEST_NICE, nice));

/** Who is not the superuser only gets further behind, or as far to the front as its limit says. */
const mayBeNice = ({ task }: Call, target: Task, nice: number): boolean =>
  nice >= target.nice || task.process.credentials.euid === 0 || 20 - nice <= target.process.limits[RLIMIT.NICE]!.soft;

/** getpriority's and setpriority's first two arguments: which threads. */
function chosen({ kernel, task }: Call, which: number, who: number): Task[] {
  const all = [...kernel.tasks.values()];
  const { process } = task;
  switch (which) {
    case PRIO.PROCESS:
      return who === 0 ? [task] : all.filter((t) => t.tid === who);
    case PRIO.PGRP:
      return all.filter((t) => t.process.group === (who === 0 ? process.group : who));
    case PRIO.USER:
      return all.filter((t) => t.process.credentials.uid === (who === 0 ? process.credentials.uid : who));
    default:
      return fail("EINVAL");
  }
}

function setpriority(call: Call, which: number, who: number, wanted: number): number {
  const nice = clampNice(wanted);
  const targets = chosen(call, which, who);
  if (targets.length === 0) return fail("ESRCH");
  const mine = call.task.process.credentials;
  let refused: "EPERM" | "EACCES" | undefined;
  for (const target of targets) {
    if (!maySchedule(mine, target.process.credentials)) refused = "EPERM";
    else if (!mayBeNice(call, target, nice)) refused = "EACCES";
    else target.nice = nice;
  }
  return refused === undefined ? 0 : fail(refused);
}

/** Sets all there is. Fails where the values make no sense, and where the caller has no right to them. */
function setPolicy(call: Call, target: Task, given: number, priority: number, nice?: number): number {
  const policy = given & ~SCHED.RESET_ON_FORK;
  const { process } = call.task;
  if (policy === SCHED.DEADLINE) {
    call.kernel.log.log("unimp", "SCHED_DEADLINE is not implemented");
    return fail(process.credentials.euid === 0 ? "EINVAL" : "EPERM");
  }
  const { OTHER, BATCH, IDLE } = SCHED;
  const isPlain = policy === OTHER || policy === BATCH || policy === IDLE;
  if (!isPlain && !isRealTime(policy)) return fail("EINVAL");
  if (isRealTime(policy) ? priority < 1 || priority > MOST_PRIORITY : priority !== 0) return fail("EINVAL");
  if (process.credentials.euid !== 0) {
    if (!maySchedule(process.credentials, target.process.credentials)) return fail("EPERM");
    const limit = target.process.limits[RLIMIT.RTPRIO]!.soft;
    if (isRealTime(policy) && ((limit === 0 && policy !== target.policy) || (priority > target.priority && priority > limit)))
      return fail("EPERM");
    if (nice !== undefined && isPlain && !mayBeNice(call, target, nice)) return fail("EPERM");
    // What was asked for once stays so.
    if (target.resetOnFork && (given & SCHED.RESET_ON_FORK) === 0) return fail("EPERM");
  }
  target.policy = policy;
  target.priority = priority;
  target.resetOnFork = (given & SCHED.RESET_ON_FORK) !== 0;
  if (nice !== undefined && isPlain) target.nice = clampNice(nice);
  return 0;
}

/** struct sched_attr: size, policy, 64 flags, nice, priority, three 64-bit times, two clamps. */
const [OLD_ATTR, ATTR] = [48, 56];

function setattr(call: Call, pid: number, at: number, flags: number): number {
  if (at === 0 || pid < 0 || flags !== 0) return fail("EINVAL");
  const little = call.kernel.abi.littleEndian;
  const size = call.memory.u32(at) || OLD_ATTR;
  if (size < OLD_ATTR) {
    call.memory.setU32(at, ATTR);
    return fail("E2BIG");
  }
  const view = readSized(call, at, size, OLD_ATTR, ATTR);
  const attrFlags = Number(view.getBigUint64(8, little));
  if ((attrFlags & ~1) !== 0) return fail("EINVAL");
  const policy = view.getUint32(4, little);
  if ((policy | 0) < 0) return fail("EINVAL");
  return setPolicy(
    call,
    taskOf(call, pid),
    policy | ((attrFlags & 1) !== 0 ? SCHED.RESET_ON_FORK : 0),
    view.getUint32(20, little),
    view.getInt32(16, little),
  );
}

function getattr(call: Call, pid: number, at: number, size: number, flags: number): number {
  if (at === 0 || pid < 0 || size < OLD_ATTR || size > 4096 || flags !== 0) return fail("EINVAL");
  const target = taskOf(call, pid);
  const bytes = new Uint8Array(ATTR);
  const view = new DataView(bytes.buffer);
  const little = call.kernel.abi.littleEndian;
  const used = Math.min(size, ATTR);
  view.setUint32(0, used, little);
  view.setUint32(4, target.policy, little);
  view.setBigUint64(8, target.resetOnFork ? 1n : 0n, little);
  if (isRealTime(target.policy)) view.setUint32(20, target.priority, little);
  else view.setInt32(16, target.nice, little);
  call.memory.write(at, bytes.subarray(0, used));
  return 0;
}

const priorityLimit = (policy: number, realTime: number): number => {
  if (isRealTime(policy)) return realTime;
  return policy === SCHED.OTHER || policy === SCHED.BATCH || policy === SCHED.IDLE || policy === SCHED.DEADLINE ? 0 : fail("EINVAL");
};

const rrInterval = (name: string, wide: boolean): SyscallRow =>
  syscall(name, ["pid", "ptr"], (call, pid, at) => {
    const { policy } = taskOf(call, pid);
    writeTimespec(call, at, policy === SCHED.RR ? RR_INTERVAL_NS : policy === SCHED.FIFO ? 0n : 4_000_000n, wide);
    return 0;
  });

const IOPRIO = { PROCESS: 1, PGRP: 2, USER: 3 } as const;
/** Class in the upper bits: none, real-time, best effort, idle; the level in the lower ones. */
const IOPRIO_CLASS_SHIFT = 13;

const ioChosen = (call: Call, which: number, who: number): Task[] => {
  if (which < IOPRIO.PROCESS || which > IOPRIO.USER) return fail("EINVAL");
  const targets = chosen(call, which - 1, who);
  return targets.length === 0 ? fail("ESRCH") : targets;
};

const ioprioRows: readonly SyscallRow[] = [
  syscall("ioprio_get", ["int", "int"], (call, which, who) => {
    const values = ioChosen(call, which, who).map((t) => t.ioPriority);
    // The most urgent of them; none at all counts as a class of its own, last.
    return Math.min(...values.map((v) => (v >>> IOPRIO_CLASS_SHIFT === 0 ? 0x1_0000 | v : v))) & 0xffff;
  }),
  syscall("ioprio_set", ["int", "int", "hex"], (call, which, who, value) => {
    const [kind, level] = [value >>> IOPRIO_CLASS_SHIFT, value & 7];
    if (kind > 3 || (kind === 0 && level !== 0)) return fail("EINVAL");
    if (kind === 1 && call.task.process.credentials.euid !== 0) return fail("EPERM");
    for (const target of ioChosen(call, which, who)) {
      if (!maySchedule(call.task.process.credentials, target.process.credentials)) return fail("EPERM");
      target.ioPriority = value;
    }
    return 0;
  }),
];

export const schedulingRows: readonly SyscallRow[] = [
  // 1 to 40, so that no value looks like an error.
  syscall("getpriority", ["int", "int"], (call, which, who) => {
    const values = chosen(call, which, who).map((t) => 20 - t.nice);
    return values.length === 0 ? fail("ESRCH") : Math.max(...values);
  }),
  syscall("setpriority", ["int", "int", "int"], setpriority),
  syscall("nice", ["int"], (call, increment) => {
    const nice = clampNice(call.task.nice + Math.max(-40, Math.min(40, increment)));
    if (increment < 0 && !mayBeNice(call, call.task, nice)) return fail("EPERM");
    call.task.nice = nice;
    return 0;
  }),
  syscall("sched_yield", [], ({ kernel }) => {
    kernel.vcpu.requestStop();
    return 0;
  }),
  syscall("sched_getaffinity", ["pid", "size", "ptr"], (call, pid, size, at) => {
    const word = call.kernel.abi.wordBytes;
    if (size < word || size % word !== 0) return fail("EINVAL");
    taskOf(call, pid);
    // One CPU, whatever the host has: that is what there is.
    call.memory.setWord(at, 1, word);
    return word;
  }),
  syscall("sched_setaffinity", ["pid", "size", "ptr"], (call, pid, size, at) => {
    const mask = size === 0 ? 0 : call.memory.u8(call.kernel.abi.littleEndian ? at : at + Math.min(size, call.kernel.abi.wordBytes) - 1);
    const target = taskOf(call, pid);
    if (!maySchedule(call.task.process.credentials, target.process.credentials)) return fail("EPERM");
    return (mask & 1) !== 0 ? 0 : fail("EINVAL");
  }),
  syscall("sched_getscheduler", ["pid"], (call, pid) => {
    const target = taskOf(call, pid);
    return target.policy | (target.resetOnFork ? SCHED.RESET_ON_FORK : 0);
  }),
  syscall("sched_setscheduler", ["pid", "int", "ptr"], (call, pid, policy, at) => {
    if (at === 0 || pid < 0 || policy < 0) return fail("EINVAL");
    const priority = call.memory.i32(at);
    return setPolicy(call, taskOf(call, pid), policy, priority);
  }),
  syscall("sched_getparam", ["pid", "ptr"], (call, pid, at) => {
    if (at === 0) return fail("EINVAL");
    call.memory.setU32(at, taskOf(call, pid).priority);
    return 0;
  }),
  syscall("sched_setparam", ["pid", "ptr"], (call, pid, at) => {
    if (at === 0 || pid < 0) return fail("EINVAL");
    const priority = call.memory.i32(at);
    const target = taskOf(call, pid);
    return setPolicy(call, target, target.policy | (target.resetOnFork ? SCHED.RESET_ON_FORK : 0), priority);
  }),
  syscall("sched_setattr", ["pid", "ptr", "hex"], setattr),
  syscall("sched_getattr", ["pid", "ptr", "size", "hex"], getattr),
  syscall("sched_get_priority_max", ["int"], (_call, policy) => priorityLimit(policy, MOST_PRIORITY)),
  syscall("sched_get_priority_min", ["int"], (_call, policy) => priorityLimit(policy, 1)),
  rrInterval("sched_rr_get_interval", false),
  rrInterval("sched_rr_get_interval_time64", true),
  ...ioprioRows,
];
