/** Who waits for something to change: tasks, and polls of many files at once. */
export class WaitQueue {
  readonly #waiters = new Set<() => void>();

  /** Calls `waiter` at every wake-up until what is returned is called. */
  add(waiter: () => void): () => void {
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }

  /** Something changed: all who wait look again. */
  wake(): void {
    // A waiter that is called may come back at once; it is not called twice.
    for (const waiter of Array.from(this.#waiters)) waiter();
  }

  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }
}
