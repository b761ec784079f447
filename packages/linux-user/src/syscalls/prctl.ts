/** prctl: what a process or thread may ask of the kernel about itself. */
import { fail } from "../errno.ts";
import { signalCount } from "../signals/guest-set.ts";
import { stringBytes } from "../mm/user-access.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { seccompMode, setSeccomp } from "./seccomp.ts";

const PR = {
  SET_PDEATHSIG: 1,
  GET_PDEATHSIG: 2,
  GET_DUMPABLE: 3,
  SET_DUMPABLE: 4,
  GET_KEEPCAPS: 7,
  SET_KEEPCAPS: 8,
  GET_TIMING: 13,
  SET_TIMING: 14,
  SET_NAME: 15,
  GET_NAME: 16,
  GET_SECCOMP: 21,
  SET_SECCOMP: 22,
  CAPBSET_READ: 23,
  GET_SECUREBITS: 27,
  SET_TIMERSLACK: 29,
  GET_TIMERSLACK: 30,
  SET_CHILD_SUBREAPER: 36,
  GET_CHILD_SUBREAPER: 37,
  SET_NO_NEW_PRIVS: 38,
  GET_NO_NEW_PRIVS: 39,
  GET_TID_ADDRESS: 40,
  SET_VMA: 0x5356_4d41,
} as const;
const DEFAULT_SLACK = 50_000;
const LAST_CAPABILITY = 40;

/** The flags that are only remembered: 0 or 1. */
function setFlag(argument: number, others: readonly number[], set: (value: boolean) => void): number {
  if (argument > 1 || others.some((other) => other !== 0)) return fail("EINVAL");
  set(argument === 1);
  return 0;
}

function prctl(call: Call, option: number, argument: number, ...others: readonly number[]): number {
  const { kernel, task, memory } = call;
  const { process } = task;
  switch (option) {
    case PR.SET_PDEATHSIG: {
      const signal = kernel.abi.numbers?.signal(argument) ?? argument;
      if (signal > signalCount(kernel.abi)) return fail("EINVAL");
      process.deathSignal = signal;
      return 0;
    }
    case PR.GET_PDEATHSIG:
      memory.setU32(argument, kernel.abi.numbers?.ownSignal(process.deathSignal) ?? process.deathSignal);
      return 0;
    case PR.GET_DUMPABLE:
      return process.dumpable;
    case PR.SET_DUMPABLE:
      if (argument > 1) return fail("EINVAL");
      process.dumpable = argument;
      return 0;
    case PR.GET_KEEPCAPS:
      return process.keepsCapabilities ? 1 : 0;
    case PR.SET_KEEPCAPS:
      return setFlag(argument, [], (on) => (process.keepsCapabilities = on));
    case PR.GET_TIMING:
      return 0;
    case PR.SET_TIMING:
      return argument === 0 ? 0 : fail("EINVAL");
    case PR.SET_NAME:
      task.name = memory.string(argument).slice(0, 15);
      return 0;
    case PR.GET_NAME: {
      const bytes = new Uint8Array(16);
      bytes.set(stringBytes(task.name));
      memory.write(argument, bytes);
      return 0;
    }
    case PR.GET_SECCOMP:
      return seccompMode(call);
    case PR.GET_SECUREBITS:
      return 0;
    case PR.CAPBSET_READ:
      return argument > LAST_CAPABILITY ? fail("EINVAL") : process.credentials.euid === 0 ? 1 : 0;
    case PR.GET_TIMERSLACK:
      return task.timerSlackNs;
    case PR.SET_TIMERSLACK:
      task.timerSlackNs = (argument | 0) <= 0 ? DEFAULT_SLACK : argument;
      return 0;
    case PR.GET_CHILD_SUBREAPER:
      memory.setU32(argument, process.isSubreaper ? 1 : 0);
      return 0;
    case PR.SET_CHILD_SUBREAPER:
      process.isSubreaper = argument !== 0;
      return 0;
    case PR.GET_NO_NEW_PRIVS:
      return argument !== 0 || others.some((other) => other !== 0) ? fail("EINVAL") : task.noNewPrivileges ? 1 : 0;
    case PR.SET_NO_NEW_PRIVS:
      if (argument !== 1) return fail("EINVAL");
      return setFlag(argument, others, (on) => (task.noNewPrivileges = on));
    case PR.GET_TID_ADDRESS:
      memory.setWord(argument, task.clearChildTid, kernel.abi.wordBytes);
      return 0;
    case PR.SET_SECCOMP:
      return setSeccomp(call, argument, others[0] ?? 0);
    default:
      if (option !== PR.SET_VMA) kernel.log.log("unimp", () => `prctl ${option} is not implemented`);
      return fail("EINVAL");
  }
}

export const prctlRows: readonly SyscallRow[] = [syscall("prctl", ["int", "hex", "hex", "hex", "hex"], prctl)];
