/** Signals sent and not yet delivered: standard ones once, real-time ones as often as they were sent. */
import type { SignalInfo } from "./info.ts";
import { SIGRTMIN } from "./numbers.ts";
import { SignalSet } from "./signal-set.ts";

/** Beyond, a signal that is pending already is only that. */
const MOST = 4096;

export class PendingSignals {
  set = SignalSet.empty;
  #queue: SignalInfo[] = [];

  /** How many are queued (RLIMIT_SIGPENDING). */
  get length(): number {
    return this.#queue.length;
  }

  add(info: SignalInfo): void {
    if (this.set.has(info.signal) && (info.signal < SIGRTMIN || this.#queue.length >= MOST)) return;
    this.set = this.set.with(info.signal);
    this.#queue.push(info);
  }

  /** Takes the first of that signal out. */
  take(signal: number): SignalInfo | undefined {
    const index = this.#queue.findIndex((info) => info.signal === signal);
    if (index < 0) return undefined;
    const [info] = this.#queue.splice(index, 1);
    if (!this.#queue.some((other) => other.signal === signal)) this.set = this.set.without(signal);
    return info;
  }

  /** Is this very one still here? */
  holds(info: SignalInfo): boolean {
    return this.#queue.includes(info);
  }

  remove(signals: SignalSet): void {
    if (this.set.intersection(signals).isEmpty) return;
    this.#queue = this.#queue.filter((info) => !signals.has(info.signal));
    this.set = this.set.minus(signals);
  }
}
