/** A thread: what the scheduler runs. Its registers lie in the CPU while it runs, in `registers` otherwise. */
import type { AltStack } from "@tsemu/target";
import { CpuClock } from "./cpu-clock.ts";
import { Errno } from "./errno.ts";
import { UserAccess } from "./mm/user-access.ts";
import type { UserSpace } from "./mm/user-space.ts";
import type { Process } from "./process.ts";
import type { Seccomp } from "./seccomp.ts";
import type { SignalInfo } from "./signals/info.ts";
import { PendingSignals } from "./signals/pending.ts";
import { SignalSet } from "./signals/signal-set.ts";
import type { Descriptors } from "./vfs/descriptors.ts";
import type { Location } from "./vfs/path.ts";
import type { Caller } from "./vfs/types.ts";
import type { WaitQueue } from "./wait-queue.ts";

/** Where a task's names begin; shared by CLONE_FS. */
export interface FsContext {
  root: Location;
  cwd: Location;
  umask: number;
}

export type TaskStatus = "runnable" | "blocked" | "dead";

const SS_DISABLE = 2;

/** What the kernel does for a task that waits or sends itself a signal. */
export interface TaskServices {
  /** How many tasks sleep in wait(). */
  waiting: number;
  signal(task: Task, name: Parameters<Caller["signal"]>[0]): void;
  /** Calls back at that time unless what is returned is called before. */
  at(deadlineNs: number, fire: () => void): () => void;
}

export class Task implements Caller {
  readonly tid: number;
  readonly process: Process;
  space: UserSpace;
  files: Descriptors;
  fs: FsContext;
  readonly registers: Uint8Array;
  status: TaskStatus = "runnable";
  /** Name of up to 15 bytes. */
  name: string;
  mask = SignalSet.empty;
  /** The mask to go back to after a call that waited with another one. */
  savedMask: SignalSet | undefined;
  readonly pending = new PendingSignals();
  altStack: AltStack = { sp: 0, size: 0, flags: SS_DISABLE };
  /** Set to 0, and woken as a futex, when the thread ends. */
  clearChildTid = 0;
  robustList = 0;
  robustListLength = 0;
  /** How the call ended that it was blocked in; taken up when it runs again. */
  outcome: { readonly result: number | Errno } | undefined;
  /** ERESTART..., while signals are delivered after a call that one interrupted. */
  restart = 0;
  /** When the relative time of a call ends that was interrupted and is carried out again. */
  keptDeadlineNs: number | undefined;
  readonly cpu = new CpuClock();
  /** How it is to be scheduled. All run in turn, whatever that says. */
  nice = 0;
  policy = 0;
  priority = 0;
  resetOnFork = false;
  timerSlackNs = 50_000;
  noNewPrivileges = false;
  /** What calls it may make; absent: all. */
  seccomp: Seccomp | undefined;
  /** What the kernel keeps of ioprio_set. */
  ioPriority = 0;
  readonly memory: UserAccess;
  /** Why it sleeps in wait(): ends the sleep with a failure. */
  #interrupt: (() => void) | undefined;
  readonly #services: TaskServices;

  constructor(
    tid: number,
    process: Process,
    parts: {
      readonly space: UserSpace;
      readonly files: Descriptors;
      readonly fs: FsContext;
      readonly name: string;
      readonly registers: Uint8Array;
    },
    services: TaskServices,
    littleEndian: boolean,
  ) {
    this.tid = tid;
    this.process = process;
    this.space = parts.space;
    this.files = parts.files;
    this.fs = parts.fs;
    this.name = parts.name;
    this.registers = parts.registers;
    this.#services = services;
    this.memory = new UserAccess(() => this.space, parts.space.pool, littleEndian);
    process.tasks.add(this);
  }

  /** Signals that it would have to deal with now. */
  get deliverable(): SignalSet {
    return this.pending.set.union(this.process.pending.set).minus(this.mask);
  }

  get identity(): { readonly pid: number; readonly uid: number; readonly gid: number } {
    const { pid, credentials } = this.process;
    return { pid, uid: credentials.euid, gid: credentials.egid };
  }

  get isWaiting(): boolean {
    return this.#interrupt !== undefined;
  }

  /** Ends a wait, if it is in one: there is a signal. */
  interrupt(): void {
    this.#interrupt?.();
  }

  wait(queues: readonly WaitQueue[], deadlineNs?: number): Promise<boolean> {
    if (this.status === "dead" || !this.deliverable.isEmpty) return Promise.reject(new Errno("ERESTARTSYS"));
    return new Promise((resolve, reject) => {
      const leave: (() => void)[] = [];
      this.#services.waiting++;
      const end = (): void => {
        this.#services.waiting--;
        this.#interrupt = undefined;
        for (const out of leave) out();
      };
      const woken = (): void => {
        end();
        resolve(true);
      };
      for (const queue of queues) leave.push(queue.add(woken));
      if (deadlineNs !== undefined && deadlineNs !== Number.POSITIVE_INFINITY)
        leave.push(
          this.#services.at(deadlineNs, () => {
            end();
            resolve(false);
          }),
        );
      this.#interrupt = () => {
        end();
        reject(new Errno("ERESTARTSYS"));
      };
    });
  }

  /** A table of descriptors of its own. */
  unshareFiles(): void {
    if (this.files.users === 1) return;
    this.files.users--;
    this.files = this.files.copy();
  }

  /** Back to how everybody begins. */
  resetScheduling(): void {
    if (this.policy === 1 || this.policy === 2) this.policy = 0;
    this.priority = 0;
    this.nice = Math.max(0, this.nice);
    this.resetOnFork = false;
  }

  pendingOf(set: SignalSet): SignalSet {
    return this.pending.set.union(this.process.pending.set).intersection(set);
  }

  takeSignal(set: SignalSet): SignalInfo | undefined {
    const signal = this.pendingOf(set).first;
    return signal === 0 ? undefined : (this.pending.take(signal) ?? this.process.pending.take(signal));
  }

  signal(name: Parameters<Caller["signal"]>[0]): void {
    this.#services.signal(this, name);
  }
}
