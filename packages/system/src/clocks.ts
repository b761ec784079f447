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
  /** The machine did not run since the clock was last looked at: none of that time counts. */
  stood?(): void;
}

/** Host time that may pass unnoticed at a stretch, in ns: what a device access or the like takes. */
const GRACE = 50_000;
/** Host time that an instruction may take, in ns, before the CPU counts as held up. */
const SLOWEST_INSN = 200;
/** How fast the clock catches up: as if what it is behind were spread over so many ns. */
const CATCH_UP = 20e6;
/** How much faster than the host's time at most. A tick of a guest's timer takes some ms, and it must see each of them. */
const FASTEST = 8;
/** What it is behind at most, in ns: a host that never lets the CPU run makes the guest's time slow, and one that was asleep has it jump. */
const MOST_OWED = 5e9;

/**
 * Virtual time is the host's, in ns since the machine started, but without its jumps. While the emulator is held up (the host runs something
 * else, code is compiled) the guest cannot do anything, its timer interrupts included: a guest that waits for the time stamp counter to go on by
 * ten ticks must get about ten ticks meanwhile. So time passes only as far as instructions were executed, at some speed that is never reached,
 * and what is owed follows soon after: the clock runs faster, or jumps to the next deadline while the guest is idle.
 */
export class HostClock implements VirtualClock {
  readonly timers: TimerQueue;
  readonly exact = false;
  readonly #hostNow: () => number;
  readonly #executed: () => number;
  #virtual = 0;
  #owed = 0;
  /** Of the last look, in ns of the host's time, and instructions. */
  #host: number;
  #insns = 0;
  /** Instructions a ns of the host's time, by the last slices; steers the length of the next. */
  #rate = 0.05;

  /**
   * `nowMs`: the host's monotonic time; `executed`: instructions so far, about. `onDue`: somebody read the time, and it is past the next
   * deadline: a guest that does nothing but read it executes few instructions in that time, and would see time without its ticks.
   */
  constructor(nowMs: () => number, executed: () => number, onDue: () => void) {
    this.#hostNow = () => nowMs() * 1e6;
    this.#executed = executed;
    this.#host = this.#hostNow();
    this.timers = new TimerQueue(() => {
      const now = this.#now();
      if (now >= this.timers.deadline) onDue();
      return now;
    });
  }

  /** Host time since the last look. */
  #passed(): number {
    const host = this.#hostNow();
    const passed = Math.max(0, host - this.#host);
    this.#host = host;
    this.#insns = this.#executed();
    return passed;
  }

  /** So much passes for the guest, the rest later. */
  #pass(passed: number, now: number): void {
    if (passed > MOST_OWED) this.#virtual += passed;
    else {
      this.#owed = Math.min(this.#owed + passed - now, MOST_OWED);
      this.#virtual += now;
    }
  }

  #now(): number {
    const before = this.#insns;
    const passed = this.#passed();
    const plausible = Math.min(passed, GRACE + SLOWEST_INSN * Math.max(0, this.#insns - before));
    this.#pass(passed, plausible + Math.min(this.#owed, plausible * this.#faster));
    return Math.floor(this.#virtual);
  }

  /** By how much the clock is faster than the host's. */
  get #faster(): number {
    return Math.min(FASTEST - 1, this.#owed / CATCH_UP);
  }

  /** Tells how many instructions a slice took and how long. */
  measured(insns: number, ns: number): void {
    if (ns > 0 && insns > 1000) this.#rate = 0.7 * this.#rate + 0.3 * (insns / ns);
  }

  slice(largest: number): number {
    const left = (this.timers.deadline - this.#now()) / (1 + this.#faster);
    return Math.max(1000, Math.min(largest, Math.floor(left * this.#rate)));
  }

  idle(): number {
    const left = Math.max(0, this.timers.deadline - this.#now());
    const repaid = Math.min(left, this.#owed);
    this.#pass(0, repaid);
    return (left - repaid) / 1e6;
  }

  slept(): void {
    const passed = this.#passed();
    this.#pass(passed, Math.min(passed, Math.max(0, this.timers.deadline - this.#virtual)));
  }

  stood(): void {
    this.#passed();
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
