/** Who waits for something to change: tasks, and polls of many files at once. */
export class WaitQueue {
  readonly #waiters = new Set<(events: number) => void>();

  /** Calls `waiter` at every wake-up until what is returned is called. */
  add(waiter: (events: number) => void): () => void {
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }

  /** Something changed: all who wait look again. `events`: the POLL bits that it may have brought; without it any of them. */
  wake(events = -1): void {
    // A waiter that is called may come back at once; it is not called twice.
    for (const waiter of Array.from(this.#waiters)) waiter(events);
  }

  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }
}
