/** A process: what its threads have in common. */
import { CpuClock } from "./cpu-clock.ts";
import type { IntervalTimer } from "./interval-timer.ts";
import type { SignalActions } from "./signals/actions.ts";
import { PendingSignals } from "./signals/pending.ts";
import type { PosixTimer } from "./posix-timer.ts";
import type { Task } from "./task.ts";
import type { Location } from "./vfs/path.ts";
import { WaitQueue } from "./wait-queue.ts";

export interface Credentials {
  readonly uid: number;
  readonly euid: number;
  readonly suid: number;
  readonly gid: number;
  readonly egid: number;
  readonly sgid: number;
  readonly groups: readonly number[];
}

export interface Limit {
  readonly soft: number;
  readonly hard: number;
}

export const NO_LIMIT = Number.POSITIVE_INFINITY;
/** RLIMIT numbers of asm-generic. */
export const RLIMIT = {
  CPU: 0,
  FSIZE: 1,
  DATA: 2,
  STACK: 3,
  CORE: 4,
  RSS: 5,
  NPROC: 6,
  NOFILE: 7,
  MEMLOCK: 8,
  AS: 9,
  SIGPENDING: 11,
  MSGQUEUE: 12,
  NICE: 13,
  RTPRIO: 14,
} as const;

/** As wait4 tells it: exit code << 8, or the signal. */
export type ExitStatus = number;

export class Process {
  readonly pid: number;
  parent: Process | undefined;
  readonly children = new Set<Process>();
  group: number;
  session: number;
  readonly tasks = new Set<Task>();
  readonly pending = new PendingSignals();
  actions: SignalActions;
  credentials: Credentials;
  limits: Limit[];
  /** Set once it has ended and waits for its parent. */
  exitStatus: ExitStatus | undefined;
  /** Set as soon as all its threads are to end. */
  exiting = false;
  /** Stopped by that signal; 0: it runs. */
  stopped = 0;
  /** What changed since the parent was told: for wait with WUNTRACED or WCONTINUED. */
  news: "stopped" | "continued" | undefined;
  /** A child ended, stopped or went on. */
  readonly childNews = new WaitQueue();
  /** Signal that the parent gets at its end; 0: none. */
  exitSignal: number;
  /** Woken when it has ended: by whoever polls a pidfd of it. */
  readonly ended = new WaitQueue();
  /** prctl: the signal that it gets when its parent ends (0: none), and whether orphans among its descendants become its children. */
  deathSignal = 0;
  isSubreaper = false;
  /** The program, as /proc/PID/exe has it. */
  executable: Location | undefined;
  /** PR_SET_DUMPABLE and such need no more than to be remembered. */
  dumpable = 1;
  keepsCapabilities = false;
  /** What it has registered with membarrier. */
  barriers = 0;
  /** That of all its threads, also those that have ended. */
  readonly cpu = new CpuClock();
  /** That of the children that it has waited for, in ns. */
  childrenCpuNs = 0;
  readonly startedNs: number;
  /** Hears of it when a vfork's child lets go of the parent's memory. */
  readonly memoryLeft = new WaitQueue();
  /** Of setitimer, by their numbers. */
  readonly itimers = new Map<number, IntervalTimer>();

  /** What timer_create made. */
  readonly timers = new Map<number, PosixTimer>();

  constructor(
    pid: number,
    parent: Process | undefined,
    actions: SignalActions,
    credentials: Credentials,
    limits: Limit[],
    startedNs: number,
  ) {
    this.pid = pid;
    this.parent = parent;
    this.group = parent?.group ?? pid;
    this.session = parent?.session ?? pid;
    this.actions = actions;
    this.credentials = credentials;
    this.limits = limits;
    this.exitSignal = 17;
    this.startedNs = startedNs;
    parent?.children.add(this);
  }

  /** When it runs another program, which keeps those of setitimer. */
  dropTimers(): void {
    for (const timer of this.timers.values()) timer.disarm();
    this.timers.clear();
  }

  /** The thread that has the process's number; another one once it has ended. */
  get leader(): Task | undefined {
    for (const task of this.tasks) if (task.tid === this.pid) return task;
    return [...this.tasks][0];
  }
}
