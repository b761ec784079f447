/** Futexes: threads that sleep on a word of memory. The word is known by its page in the pool where it is shared, else by its address space. */
import { fail } from "./errno.ts";
import { PAGE } from "./mm/page-pool.ts";
import type { UserSpace } from "./mm/user-space.ts";
import { WaitQueue } from "./wait-queue.ts";

interface Sleeper {
  key: string;
  readonly bits: number;
  readonly queue: WaitQueue;
  woken: boolean;
}

/** All bits: a wait or wake that does not choose. */
export const MATCH_ANY = 0xffff_ffff;

export class Futexes {
  /** In the order in which they went to sleep. */
  readonly #sleepers = new Map<string, Set<Sleeper>>();

  /** What the word at va is known by. */
  key(space: UserSpace, va: number): string {
    if (va % 4 !== 0) return fail("EINVAL");
    const vma = space.vmas.at(va) ?? fail("EFAULT");
    if (!vma.shared) return `${space.key}:${va}`;
    const page = space.pageFor(va, "read");
    if (typeof page !== "number") return fail("EFAULT");
    return `page:${page}:${va % PAGE}`;
  }

  sleep(key: string, bits: number): Sleeper {
    const sleeper: Sleeper = { key, bits, queue: new WaitQueue(), woken: false };
    this.#add(sleeper);
    return sleeper;
  }

  #add(sleeper: Sleeper): void {
    let set = this.#sleepers.get(sleeper.key);
    if (set === undefined) {
      set = new Set();
      this.#sleepers.set(sleeper.key, set);
    }
    set.add(sleeper);
  }

  leave(sleeper: Sleeper): void {
    const set = this.#sleepers.get(sleeper.key);
    set?.delete(sleeper);
    if (set?.size === 0) this.#sleepers.delete(sleeper.key);
  }

  /** Wakes up to `count` who chose any of `bits`; returns how many. */
  wake(key: string, count: number, bits = MATCH_ANY): number {
    let woken = 0;
    for (const sleeper of Array.from(this.#sleepers.get(key) ?? [])) {
      if (woken >= count) break;
      if ((sleeper.bits & bits) === 0) continue;
      this.leave(sleeper);
      sleeper.woken = true;
      sleeper.queue.wake();
      woken++;
    }
    return woken;
  }

  /** Moves up to `count` sleepers to another word; returns how many. */
  requeue(from: string, to: string, count: number): number {
    let moved = 0;
    for (const sleeper of Array.from(this.#sleepers.get(from) ?? [])) {
      if (moved >= count) break;
      this.leave(sleeper);
      sleeper.key = to;
      this.#add(sleeper);
      moved++;
    }
    return moved;
  }
}
