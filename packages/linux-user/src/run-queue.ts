/** The tasks that can run, in turn. */
import type { Task } from "./task.ts";

export class RunQueue {
  #tasks: Task[] = [];
  #arrived: (() => void) | undefined;
  #failed: ((error: unknown) => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  get isEmpty(): boolean {
    return this.#tasks.length === 0 && this.#failure === undefined;
  }

  add(task: Task): void {
    if (this.#tasks.includes(task)) return;
    this.#tasks.push(task);
    this.wake();
  }

  /** The next one, out of the queue. Throws what `fail` was told. */
  take(): Task | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#tasks.shift();
  }

  /** That one, if it can run. */
  takeOnly(task: Task): Task | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    const found = this.#tasks.includes(task);
    if (found) this.remove(task);
    return found ? task : undefined;
  }

  remove(task: Task): void {
    const index = this.#tasks.indexOf(task);
    if (index >= 0) this.#tasks.splice(index, 1);
  }

  /** Resolves when there is something to do. */
  arrival(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#arrived = resolve;
      this.#failed = reject;
    });
  }

  wake(): void {
    this.#arrived?.();
  }

  /** Something is broken: whoever takes next gets it. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#failed?.(error);
  }
}
