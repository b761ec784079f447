/** Contexts of Linux's asynchronous input and output (io_setup): operations whose ends are collected as events. */
import { fail } from "./errno.ts";
import { WaitQueue } from "./wait-queue.ts";

/** struct io_event. `object`: the address of the operation's iocb. */
export interface AioEvent {
  readonly data: bigint;
  readonly object: bigint;
  readonly result: number;
}

/** An operation that goes on by itself. */
export interface PendingOperation {
  readonly data: bigint;
  readonly object: bigint;
  /** Ends it without an event. */
  cancel(): void;
}

export class AioContext {
  /** Operations and events that there is room for. */
  readonly size: number;
  readonly #events: AioEvent[] = [];
  readonly #pending = new Set<PendingOperation>();
  /** There is an event, or the context is gone. */
  readonly changed = new WaitQueue();
  isGone = false;

  constructor(size: number) {
    this.size = size;
  }

  get isFull(): boolean {
    return this.#events.length + this.#pending.size >= this.size;
  }

  get ready(): number {
    return this.#events.length;
  }

  add(event: AioEvent): void {
    this.#events.push(event);
    this.changed.wake();
  }

  take(most: number): AioEvent[] {
    return this.#events.splice(0, most);
  }

  begin(operation: PendingOperation): void {
    this.#pending.add(operation);
  }

  end(operation: PendingOperation): void {
    this.#pending.delete(operation);
  }

  /** Ends an operation: its event says nothing. Fails with EINVAL where there is no such operation under way. */
  cancel(object: bigint): void {
    const found = [...this.#pending].find((operation) => operation.object === object) ?? fail("EINVAL");
    this.#pending.delete(found);
    found.cancel();
    this.add({ data: found.data, object, result: 0 });
  }

  destroy(): void {
    this.isGone = true;
    for (const operation of this.#pending) operation.cancel();
    this.#pending.clear();
    this.changed.wake();
  }
}
