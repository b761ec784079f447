/** CPU time of a thread or of a process: a clock that goes on only while it runs, and the timers set by it. */
import { TimerQueue } from "@tsemu/hw";
import type { TimerClock } from "./interval-timer.ts";

export class CpuClock implements TimerClock {
  #ns = 0;
  #timers: TimerQueue | undefined;

  now(): number {
    return this.#ns;
  }

  /** It ran for that long. */
  charge(ns: number): void {
    this.#ns += ns;
  }

  at(deadlineNs: number, fire: () => void): () => void {
    this.#timers ??= new TimerQueue(() => this.#ns);
    const timer = this.#timers.timer(fire);
    timer.arm(deadlineNs);
    return () => timer.disarm();
  }

  runDue(): void {
    this.#timers?.runDue();
  }
}
