/** Seccomp: what calls a thread may make, by its own decision, and what becomes of the others. */
import type { LinuxAbi } from "@tsemu/target";
import { type BpfInsn, runFilter } from "./bpf.ts";
import { E } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { SIG } from "./signals/numbers.ts";
import { forceSignal } from "./signals/send.ts";
import type { Task } from "./task.ts";

/** Strict: only to read, write and end. Filter: as its filters say, all of them. */
export type Seccomp = { readonly mode: "strict" } | { readonly mode: "filter"; readonly filters: readonly (readonly BpfInsn[])[] };

/** A filter's answer: an action in the upper half, and data for it in the lower. */
export const ACTION = {
  KILL_PROCESS: 0x8000_0000,
  KILL_THREAD: 0,
  TRAP: 0x3_0000,
  ERRNO: 0x5_0000,
  USER_NOTIF: 0x7fc0_0000,
  TRACE: 0x7ff0_0000,
  LOG: 0x7ffc_0000,
  ALLOW: 0x7fff_0000,
} as const;
const MASK = 0xffff_0000;
/** struct seccomp_data: number, architecture, pc, six arguments of 64 bits. */
export const DATA_BYTES = 64;
const SYS_SECCOMP = 1;
const MOST_ERRNO = 4095;
/** What strict mode lets through. */
const strict = new Set(["read", "write", "exit", "rt_sigreturn", "sigreturn"]);

/** AUDIT_ARCH_... */
export const auditArch = ({ elfMachine, littleEndian, wordBytes, auditConvention }: LinuxAbi): number =>
  (elfMachine | (littleEndian ? 0x4000_0000 : 0) | (wordBytes === 8 ? 0x8000_0000 : 0) | (auditConvention ?? 0)) >>> 0;

function seccompData(kernel: Kernel, pc: number): DataView {
  const { abi, request } = kernel;
  const { littleEndian } = abi;
  const view = new DataView(new ArrayBuffer(DATA_BYTES));
  const wide = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), littleEndian);
  view.setUint32(0, request.number, littleEndian);
  view.setUint32(4, auditArch(abi), littleEndian);
  wide(8, pc);
  for (let i = 0; i < 6; i++) wide(16 + 8 * i, request.args[i] ?? 0);
  return view;
}

/** The answer that lets the least through; of equal ones that of the newest filter. */
function verdict(filters: readonly (readonly BpfInsn[])[], data: DataView, littleEndian: boolean): number {
  let least: number = ACTION.ALLOW;
  for (const filter of filters.toReversed()) {
    const answer = runFilter(filter, data, littleEndian);
    if ((answer & MASK) < (least & MASK)) least = answer;
  }
  return least;
}

/** Where the program goes on after the call. */
function pcAfter({ vcpu, abi }: Kernel): number {
  const { bytes, u32 } = vcpu.state;
  const before = bytes.slice();
  abi.finishSyscall(vcpu.cpu, 0);
  const pc = u32[vcpu.target.pc.offset >> 2]!;
  bytes.set(before);
  return pc;
}

/** Looks at the call that the task, which is in the CPU, is about to make. False: it is not to be made, and has been dealt with. */
export function passesSeccomp(kernel: Kernel, task: Task, name: string | undefined): boolean {
  const { seccomp } = task;
  if (seccomp === undefined) return true;
  if (seccomp.mode === "strict") {
    if (name !== undefined && strict.has(name)) return true;
    kernel.exitProcess(task.process, SIG.SIGKILL);
    return false;
  }
  const { vcpu, request, abi } = kernel;
  const pc = pcAfter(kernel);
  const answer = verdict(seccomp.filters, seccompData(kernel, pc), abi.littleEndian);
  const data = answer & 0xffff;
  switch ((answer & MASK) >>> 0) {
    case ACTION.ALLOW:
    case ACTION.LOG:
      return true;
    case ACTION.ERRNO:
      kernel.finishCall(task, -Math.min(data, MOST_ERRNO));
      return false;
    case ACTION.TRAP: {
      abi.finishSyscall(vcpu.cpu, request.args[0]! | 0);
      forceSignal(task, {
        signal: SIG.SIGSYS,
        code: SYS_SECCOMP,
        call: { address: pc, number: request.number, arch: auditArch(abi), error: data },
      });
      return false;
    }
    // Nobody listens, and nobody traces.
    case ACTION.USER_NOTIF:
    case ACTION.TRACE:
      kernel.finishCall(task, -E.ENOSYS);
      return false;
    case ACTION.KILL_THREAD:
      if (task.process.tasks.size > 1) {
        kernel.exitTask(task, SIG.SIGSYS);
        return false;
      }
      break;
  }
  kernel.exitProcess(task.process, SIG.SIGSYS | (task.process.limits[4]!.soft > 0 ? 0x80 : 0));
  return false;
}
