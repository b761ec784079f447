/** The timer of a local APIC: counts down from the initial count, once or again and again, or fires at a time that the CPU was told. */
import type { Clock, Timer } from "@tsemu/hw";

/** Of the LVT entry, bits 17 and 18. */
export const timerMode = { oneShot: 0, periodic: 1, deadline: 2 } as const;
/** The count register counts ns before the divider: 1 GHz, as with QEMU. */
const NS_PER_COUNT = 1;
/** The shortest period: what a guest asks for below it would leave no time for anything else. */
const SHORTEST_NS = 20_000;

export class ApicTimer {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #fire: () => void;
  #mode: number = timerMode.oneShot;
  #divide = 0;
  #initial = 0;
  #start = 0;
  #deadline = 0;
  /** Has the present count still to reach 0? The clock goes on while this is worked out: what is due already fires all the same. */
  #counting = false;

  constructor(clock: Clock, fire: () => void) {
    this.#clock = clock;
    this.#fire = fire;
    this.#timer = clock.timer(() => this.#due());
  }

  reset(): void {
    this.#mode = timerMode.oneShot;
    this.#divide = this.#initial = this.#deadline = 0;
    this.#timer.disarm();
  }

  get initial(): number {
    return this.#initial;
  }

  set initial(count: number) {
    if (this.#mode === timerMode.deadline) return;
    this.#initial = count;
    this.#start = this.#clock.now();
    this.#counting = count !== 0;
    this.#schedule();
  }

  /** The divide configuration register: its bits 0, 1 and 3. */
  get divide(): number {
    return this.#divide;
  }

  set divide(value: number) {
    this.#divide = value & 0xb;
    this.#schedule();
  }

  set mode(mode: number) {
    if (mode === this.#mode) return;
    // From and to the deadline mode both sides are disarmed (Intel SDM 3A, 11.5.4.1).
    if (mode === timerMode.deadline || this.#mode === timerMode.deadline) this.#initial = this.#deadline = 0;
    this.#mode = mode;
    this.#schedule();
  }

  get deadlineNs(): number {
    return this.#deadline;
  }

  set deadlineNs(ns: number) {
    if (this.#mode !== timerMode.deadline) return;
    this.#deadline = ns;
    this.#schedule();
  }

  /** ns that a count takes. */
  get #unit(): number {
    const shift = ((this.#divide & 3) | ((this.#divide & 8) >>> 1)) + 1;
    return NS_PER_COUNT * 2 ** (shift & 7);
  }

  get current(): number {
    if (this.#initial === 0) return 0;
    const counted = Math.floor((this.#clock.now() - this.#start) / this.#unit);
    if (this.#mode === timerMode.periodic) return this.#initial - (counted % this.#initial);
    return Math.max(0, this.#initial - counted);
  }

  #schedule(): void {
    if (this.#mode === timerMode.deadline) {
      if (this.#deadline === 0) this.#timer.disarm();
      else this.#timer.arm(this.#deadline);
      return;
    }
    const period = this.#initial * this.#unit;
    const now = this.#clock.now();
    if (period === 0) this.#timer.disarm();
    else if (this.#mode === timerMode.periodic) {
      const next = this.#start + (Math.floor((now - this.#start) / period) + 1) * period;
      this.#timer.arm(period >= SHORTEST_NS ? next : now + SHORTEST_NS);
    } else if (this.#counting) this.#timer.arm(this.#start + period);
    else this.#timer.disarm();
  }

  #due(): void {
    if (this.#mode === timerMode.deadline) this.#deadline = 0;
    if (this.#mode !== timerMode.periodic) this.#counting = false;
    this.#schedule();
    this.#fire();
  }
}
