/** The two virtual clocks: the host's, and the instruction count. */
import { TimerQueue } from "@tsemu/hw";

export interface VirtualClock {
  readonly timers: TimerQueue;
  /** Largest slice in instructions that does not pass the next deadline by much. */
  slice(largest: number): number;
  /** Must slices end at an exact instruction? */
  readonly exact: boolean;
  /** The CPU waits for an interrupt: how long to sleep, in ms of the host's time, until something is due; 0 where the clock just jumped there. */
  idle(): number;
  /** So many ms of the host's time were spent waiting. */
  slept?(ms: number): void;
}

/** The most that a guest sees at once of time in which it did not run, in ns. */
const MOST_AT_ONCE = 10e6;
/** The rest is made up for by going faster by one part in so many. */
const CATCH_UP = 8;

/**
 * Virtual time is the host's, in ns since the start. Where the host gave the emulator no time, the guest does not see all of that at once while
 * it is running: it would find timers late that it could not have served, and kernels at their start take such timers for broken. It sees the
 * rest little by little, or when it waits for an interrupt anyway.
 */
export class RealTimeClock implements VirtualClock {
  readonly timers: TimerQueue;
  readonly exact = false;
  readonly #host: () => number;
  /** Instructions a ns, by the last slices; steers the length of the next. */
  #rate = 0.05;
  /** The host's time when it was last looked at, and how much of it the guest has not seen yet. */
  #seen = 0;
  #hidden = 0;

  /**
   * `onDue`: somebody read the time, and it is past the next deadline. A guest that does nothing but read it executes few instructions in
   * that time; without this the slice would go on, and the guest would see time without its ticks.
   */
  constructor(nowMs: () => number, onDue: () => void) {
    const start = nowMs();
    this.#host = () => (nowMs() - start) * 1e6;
    this.timers = new TimerQueue(() => {
      const now = this.#now();
      if (now >= this.timers.deadline) onDue();
      return now;
    });
  }

  #now(): number {
    const now = this.#host();
    const passed = now - this.#seen;
    this.#seen = now;
    if (passed > MOST_AT_ONCE) this.#hidden += passed - MOST_AT_ONCE;
    else this.#hidden = Math.max(0, this.#hidden - passed / CATCH_UP);
    return Math.floor(now - this.#hidden);
  }

  /** Tells how many instructions a slice took and how long. */
  measured(insns: number, ns: number): void {
    if (ns > 0 && insns > 1000) this.#rate = 0.7 * this.#rate + 0.3 * (insns / ns);
  }

  slice(largest: number): number {
    const left = this.timers.deadline - this.#now();
    return Math.max(1000, Math.min(largest, Math.floor(left * this.#rate)));
  }

  idle(): number {
    this.#showAll();
    return Math.max(0, (this.timers.deadline - this.#now()) / 1e6);
  }

  slept(): void {
    this.#showAll();
  }

  #showAll(): void {
    this.#seen = this.#host();
    this.#hidden = 0;
  }
}

/**
 * Virtual time is the number of instructions executed, 2^shift ns each (`-icount shift=N`). Waiting for the next deadline takes no time
 * (`sleep=off`: every run is the same), or the host's time.
 */
export class InstructionClock implements VirtualClock {
  readonly timers: TimerQueue;
  readonly exact = true;
  readonly #nsPerInsn: number;
  readonly #count: () => number;
  readonly #sleep: boolean;
  #skipped = 0;

  constructor(shift: number, instructionCount: () => number, onChange: () => void, sleep = false) {
    this.#sleep = sleep;
    this.#nsPerInsn = 2 ** shift;
    this.#count = instructionCount;
    this.timers = new TimerQueue(() => this.#now(), onChange);
  }

  #now(): number {
    return this.#count() * this.#nsPerInsn + this.#skipped;
  }

  slice(largest: number): number {
    return Math.max(1, Math.min(largest, Math.ceil((this.timers.deadline - this.#now()) / this.#nsPerInsn)));
  }

  idle(): number {
    const { deadline } = this.timers;
    if (deadline === Number.POSITIVE_INFINITY) return deadline;
    const wait = Math.max(0, deadline - this.#now());
    if (this.#sleep) return wait / 1e6;
    this.#skipped += wait;
    return 0;
  }

  slept(ms: number): void {
    if (this.#sleep) this.#skipped += Math.max(0, Math.min(Math.ceil(ms * 1e6), this.timers.deadline - this.#now()));
  }
}
