/**
 * Locks on files between the emulator's processes: ranges of bytes (fcntl), whose owner is a process's table of descriptors or, for the
 * F_OFD commands, an open file; and whole files (flock), whose owner is an open file. The two kinds do not see each other.
 */
import { Errno, fail } from "../errno.ts";
import { WaitQueue } from "../wait-queue.ts";
import type { Caller, OpenFile, Stat } from "./types.ts";

export interface Lock {
  readonly owner: object;
  readonly isWrite: boolean;
  /** Bytes start..end, without the last. */
  readonly start: number;
  readonly end: number;
  /** Who asked for it; -1 where the owner is an open file. */
  readonly pid: number;
}

interface Locked {
  locks: readonly Lock[];
  readonly changed: WaitQueue;
}

const keyOf = ({ dev, ino }: Stat): string => `${dev}:${ino}`;

const overlaps = (a: Pick<Lock, "start" | "end">, b: Pick<Lock, "start" | "end">): boolean => a.start < b.end && b.start < a.end;

export class LockTable {
  readonly #files = new Map<string, Locked>();
  /** Owners that wait, and for whom: circles of them would wait for ever. */
  readonly #waiting = new Map<object, object>();

  /** A lock of somebody else's that is in the way. */
  conflict(stat: Stat, wanted: Lock): Lock | undefined {
    const locks = this.#files.get(keyOf(stat))?.locks ?? [];
    return locks.find((lock) => lock.owner !== wanted.owner && (lock.isWrite || wanted.isWrite) && overlaps(lock, wanted));
  }

  /** Takes a lock; what the owner had in that range goes. Fails with EAGAIN where it would have to wait. */
  take(stat: Stat, wanted: Lock): void {
    if (this.conflict(stat, wanted) !== undefined) fail("EAGAIN");
    this.release(stat, wanted.owner, wanted.start, wanted.end);
    const key = keyOf(stat);
    const locked = this.#files.get(key) ?? { locks: [], changed: new WaitQueue() };
    locked.locks = [...locked.locks, wanted];
    this.#files.set(key, locked);
    // A writer's that became a reader's lets others in.
    locked.changed.wake();
  }

  async takeWaiting(stat: Stat, wanted: Lock, caller: Caller): Promise<void> {
    for (;;) {
      const other = this.conflict(stat, wanted);
      if (other === undefined) return this.take(stat, wanted);
      for (let next: object | undefined = other.owner; next !== undefined; next = this.#waiting.get(next))
        if (next === wanted.owner) fail("EDEADLK");
      this.#waiting.set(wanted.owner, other.owner);
      try {
        await caller.wait([this.#files.get(keyOf(stat))!.changed]);
      } finally {
        this.#waiting.delete(wanted.owner);
      }
    }
  }

  /** Gives up an owner's locks in a range; those that reach beyond it are cut. */
  release(stat: Stat, owner: object, start = 0, end = Number.POSITIVE_INFINITY): void {
    const key = keyOf(stat);
    const locked = this.#files.get(key);
    if (locked === undefined) return;
    const range = { start, end };
    locked.locks = locked.locks.flatMap((lock) => {
      if (lock.owner !== owner || !overlaps(lock, range)) return [lock];
      const parts = [
        { ...lock, end: Math.min(lock.end, start) },
        { ...lock, start: Math.max(lock.start, end) },
      ];
      return parts.filter((part) => part.start < part.end);
    });
    if (locked.locks.length === 0) this.#files.delete(key);
    locked.changed.wake();
  }
}

/** Both kinds of locks, and when they go by themselves. */
export class FileLocks {
  readonly ranges = new LockTable();
  readonly whole = new LockTable();
  readonly #watched = new WeakSet<OpenFile>();

  /** The locks of an open file go with its last descriptor. */
  goWith(file: OpenFile, stat: Stat): void {
    if (this.#watched.has(file)) return;
    this.#watched.add(file);
    file.onClosed(() => {
      this.ranges.release(stat, file);
      this.whole.release(stat, file);
    });
  }

  /** A process's locks on a file go as soon as it closes any descriptor of that file. */
  closedBy(table: object, file: OpenFile): void {
    try {
      const stat = file.stat();
      if (!(stat instanceof Promise)) this.ranges.release(stat, table);
    } catch (error) {
      // What has no inode any more has no locks.
      if (!(error instanceof Errno)) throw error;
    }
  }
}
