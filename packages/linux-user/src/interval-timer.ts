/** A timer that fires once or again and again, and counts how often it should have: what timerfd and timer_create are made of. */
/** What timers go by. */
export interface TimerClock {
  /** In ns. */
  now(): number;
  /** Calls back at that time unless what is returned is called before. */
  at(deadlineNs: number, fire: () => void): () => void;
}

export interface TimerSetting {
  /** Until it fires first, in ns; 0: it does not. */
  readonly leftNs: number;
  readonly intervalNs: number;
}

/** Shorter intervals are counted, but not each fires by itself. */
const SHORTEST_NS = 50_000;

export class IntervalTimer {
  readonly #clock: TimerClock;
  readonly #expired: (times: number) => void;
  #deadlineNs = 0;
  #intervalNs = 0;
  #disarm: (() => void) | undefined;

  /** `expired` is told how many periods have passed since it was told last. */
  constructor(clock: TimerClock, expired: (times: number) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  get setting(): TimerSetting {
    const armed = this.#disarm !== undefined;
    return { leftNs: armed ? Math.max(1, this.#deadlineNs - this.#clock.now()) : 0, intervalNs: this.#intervalNs };
  }

  arm(deadlineNs: number, intervalNs: number): void {
    this.disarm();
    this.#intervalNs = intervalNs;
    this.#start(deadlineNs, deadlineNs);
  }

  disarm(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#intervalNs = 0;
  }

  /** `firesNs`: when it really does. */
  #start(deadlineNs: number, firesNs: number): void {
    this.#deadlineNs = deadlineNs;
    this.#disarm = this.#clock.at(firesNs, () => this.#fire());
  }

  #fire(): void {
    this.#disarm = undefined;
    const interval = this.#intervalNs;
    let times = 1;
    if (interval > 0) {
      // Periods that nobody had time for are counted, not made up for one by one.
      const now = this.#clock.now();
      times += Math.max(0, Math.floor((now - this.#deadlineNs) / interval));
      const next = this.#deadlineNs + times * interval;
      this.#start(next, Math.max(next, now + SHORTEST_NS));
    }
    this.#expired(times);
  }
}
