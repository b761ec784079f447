/** Semaphore sets of System V: operations on several at once, all or none, and taken back when a process ends. */
import { fail } from "../errno.ts";
import type { Credentials, Process } from "../process.ts";
import { WaitQueue } from "../wait-queue.ts";
import { IPC, IpcObject, IpcTable } from "./ipc-table.ts";

export const MOST_VALUE = 32_767;
export const MOST_SETS = 32_000;
/** Of all sets together. */
export const MOST_SEMAPHORES = 1_024_000;
export const SEM_UNDO = 0x1000;

export interface SemaphoreOperation {
  readonly index: number;
  /** Added; 0: waits until the value is 0. */
  readonly change: number;
  readonly flags: number;
}

/** Somebody who waits: for which semaphore, and whether for it to be 0. */
export interface Waiting {
  readonly index: number;
  readonly forZero: boolean;
}

export class SemaphoreSet extends IpcObject {
  readonly values: number[];
  /** Who operated on each last. */
  readonly pids: number[];
  readonly changed = new WaitQueue();
  readonly waiting = new Set<Waiting>();
  operatedNs = 0n;
  /** What is added when the process ends. */
  readonly undo = new Map<Process, number[]>();

  constructor(id: number, key: number, mode: number, credentials: Credentials, nowNs: bigint, count: number) {
    super(id, key, mode, credentials, nowNs);
    this.values = Array.from({ length: count }, () => 0);
    this.pids = Array.from({ length: count }, () => 0);
  }

  /** Does all of them, or none: then what has to be waited for. Fails with ERANGE. */
  perform(operations: readonly SemaphoreOperation[], process: Process): SemaphoreOperation | undefined {
    const values = [...this.values];
    const undo = [...(this.undo.get(process) ?? this.values.map(() => 0))];
    for (const operation of operations) {
      const { index, change, flags } = operation;
      const value = values[index]! + change;
      if (change === 0 ? value !== 0 : value < 0) return operation;
      if (value > MOST_VALUE) return fail("ERANGE");
      values[index] = value;
      if ((flags & SEM_UNDO) === 0) continue;
      undo[index]! -= change;
      if (Math.abs(undo[index]!) > MOST_VALUE) return fail("ERANGE");
    }
    values.forEach((value, i) => (this.values[i] = value));
    for (const { index } of operations) this.pids[index] = process.pid;
    if (operations.some(({ flags }) => (flags & SEM_UNDO) !== 0)) this.undo.set(process, undo);
    if (operations.some(({ change }) => change !== 0)) this.changed.wake();
    return undefined;
  }

  /** Values are set, and what was to be taken back of them is forgotten. */
  set(values: ReadonlyMap<number, number>, pid: number): void {
    for (const [index, value] of values) {
      this.values[index] = value;
      this.pids[index] = pid;
      for (const undo of this.undo.values()) undo[index] = 0;
    }
    this.changed.wake();
  }

  countWaiting(index: number, forZero: boolean): number {
    return [...this.waiting].filter((w) => w.index === index && w.forZero === forZero).length;
  }

  takeBack(process: Process): void {
    const undo = this.undo.get(process);
    if (undo === undefined) return;
    this.undo.delete(process);
    undo.forEach((change, i) => {
      if (change === 0) return;
      this.values[i] = Math.max(0, Math.min(MOST_VALUE, this.values[i]! + change));
      this.pids[i] = process.pid;
    });
    this.changed.wake();
  }
}

export class SemaphoreSets {
  readonly table = new IpcTable<SemaphoreSet>(MOST_SETS);

  processEnded(process: Process): void {
    for (const set of this.table.all) set.takeBack(process);
  }

  remove(set: SemaphoreSet): void {
    this.table.remove(set);
    set.changed.wake();
  }
}

export const waits = ({ flags }: SemaphoreOperation): boolean => (flags & IPC.NOWAIT) === 0;
