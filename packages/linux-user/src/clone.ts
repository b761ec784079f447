/** New threads and processes: clone, in all its forms. */
import type { UserMemory } from "@tsemu/target";
import { fail } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { Process, RLIMIT } from "./process.ts";
import { SIG } from "./signals/numbers.ts";
import { type FsContext, Task } from "./task.ts";
import { PidFile } from "./vfs/pidfd.ts";

export const CLONE = {
  VM: 0x100,
  FS: 0x200,
  FILES: 0x400,
  SIGHAND: 0x800,
  PIDFD: 0x1000,
  PTRACE: 0x2000,
  VFORK: 0x4000,
  PARENT: 0x8000,
  THREAD: 0x1_0000,
  NEWNS: 0x2_0000,
  SYSVSEM: 0x4_0000,
  SETTLS: 0x8_0000,
  PARENT_SETTID: 0x10_0000,
  CHILD_CLEARTID: 0x20_0000,
  DETACHED: 0x40_0000,
  UNTRACED: 0x80_0000,
  CHILD_SETTID: 0x100_0000,
  NEWCGROUP: 0x200_0000,
  NEWUTS: 0x400_0000,
  NEWIPC: 0x800_0000,
  NEWUSER: 0x1000_0000,
  NEWPID: 0x2000_0000,
  NEWNET: 0x4000_0000,
} as const;

/** Separate worlds are not modelled: who asks for one is refused as without the right to it. */
const NAMESPACES = CLONE.NEWNS | CLONE.NEWCGROUP | CLONE.NEWUTS | CLONE.NEWIPC | CLONE.NEWUSER | CLONE.NEWPID | CLONE.NEWNET;

export interface CloneRequest {
  readonly flags: number;
  /** Signal at the child's end. */
  readonly exitSignal: number;
  /** 0: that of the parent. */
  readonly stack: number;
  readonly parentTid: number;
  readonly childTid: number;
  readonly tls: number;
  /** Where the child's pidfd goes (CLONE_PIDFD). */
  readonly pidfd?: number;
  /** CLONE_CLEAR_SIGHAND: the child has no handlers. */
  readonly clearHandlers?: boolean;
}

/** Threads of all processes together, by default: beyond, clone fails (RLIMIT_NPROC guards the rest). */
export const MOST_TASKS = 4096;

/** The task in the CPU makes another one; returns the child. The caller ends the call with its tid. */
export function clone(kernel: Kernel, parent: Task, request: CloneRequest): Task {
  const { flags } = request;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  if (has(NAMESPACES)) fail("EPERM");
  if (has(CLONE.PIDFD) && (has(CLONE.THREAD) || has(CLONE.DETACHED))) fail("EINVAL");
  if (request.clearHandlers === true && has(CLONE.SIGHAND)) fail("EINVAL");
  if (has(CLONE.THREAD) && !has(CLONE.SIGHAND)) fail("EINVAL");
  if (has(CLONE.SIGHAND) && !has(CLONE.VM)) fail("EINVAL");
  if (kernel.tasks.size >= Math.min(kernel.options.mostTasks ?? MOST_TASKS, parent.process.limits[RLIMIT.NPROC]!.soft)) fail("EAGAIN");
  const tid = kernel.allocatePid();
  const process = has(CLONE.THREAD) ? parent.process : newProcess(kernel, parent, tid, request);
  const fs: FsContext = has(CLONE.FS) ? parent.fs : { ...parent.fs };
  const { space, files } = parent;
  if (has(CLONE.VM)) space.users++;
  if (has(CLONE.FILES)) files.users++;
  const child = new Task(
    tid,
    process,
    {
      space: has(CLONE.VM) ? space : space.fork(),
      files: has(CLONE.FILES) ? files : files.copy(),
      fs,
      name: parent.name,
      registers: childRegisters(kernel, request, parent.memory),
    },
    kernel.services,
    kernel.abi.littleEndian,
  );
  child.mask = parent.mask;
  // A thread begins without an alternate stack; a child that has a stack of its own too.
  if (!has(CLONE.VM) || has(CLONE.VFORK)) child.altStack = parent.altStack;
  if (request.clearHandlers === true) process.actions.resetForExec();
  child.nice = parent.nice;
  child.policy = parent.policy;
  child.priority = parent.priority;
  child.timerSlackNs = parent.timerSlackNs;
  child.noNewPrivileges = parent.noNewPrivileges;
  child.seccomp = parent.seccomp;
  child.ioPriority = parent.ioPriority;
  if (parent.resetOnFork) child.resetScheduling();
  if (has(CLONE.PIDFD)) {
    const file = new PidFile(process, 0, kernel.realtimeNs());
    // The child is there already; it has not run yet.
    try {
      parent.memory.setU32(request.pidfd!, parent.files.add(file, parent.process.limits[RLIMIT.NOFILE]!.soft, true));
    } catch (error) {
      kernel.exitTask(child, 0);
      throw error;
    }
  }
  if (has(CLONE.PARENT_SETTID)) parent.memory.setU32(request.parentTid, tid);
  if (has(CLONE.CHILD_SETTID)) child.memory.setU32(request.childTid, tid);
  if (has(CLONE.CHILD_CLEARTID)) child.clearChildTid = request.childTid;
  kernel.add(child);
  return child;
}

function newProcess(kernel: Kernel, parent: Task, pid: number, { flags, exitSignal }: CloneRequest): Process {
  const old = parent.process;
  const process = new Process(
    pid,
    (flags & CLONE.PARENT) !== 0 ? old.parent : old,
    (flags & CLONE.SIGHAND) !== 0 ? old.actions : old.actions.copy(),
    old.credentials,
    [...old.limits],
    kernel.nowNs(),
  );
  process.group = old.group;
  process.session = old.session;
  process.executable = old.executable;
  process.dumpable = old.dumpable;
  process.exitSignal = (flags & CLONE.PARENT) !== 0 ? old.exitSignal : exitSignal;
  kernel.addProcess(process);
  return process;
}

/** The parent's registers with the call ended, on the stack and with the TLS asked for. */
function childRegisters(kernel: Kernel, { flags, stack, tls }: CloneRequest, memory: UserMemory): Uint8Array {
  const { abi, vcpu } = kernel;
  const { bytes } = vcpu.state;
  const parents = bytes.slice();
  abi.finishSyscall(vcpu.cpu, 0);
  if (stack !== 0) abi.setStackPointer(vcpu.cpu, stack);
  if ((flags & CLONE.SETTLS) !== 0) abi.setTls(vcpu.cpu, tls, memory);
  const registers = bytes.slice();
  bytes.set(parents);
  return registers;
}

/** vfork: waits until the child has other memory, or none. */
export async function waitForVfork(child: Task, space = child.space): Promise<void> {
  while (child.status !== "dead" && child.space === space) {
    // Only what ends the parent ends this wait: it has no way to go on before.
    await new Promise<void>((resolve) => {
      const leave = child.process.memoryLeft.add(() => {
        leave();
        resolve();
      });
    });
  }
}

export const forkRequest: CloneRequest = { flags: 0, exitSignal: SIG.SIGCHLD, stack: 0, parentTid: 0, childTid: 0, tls: 0 };
