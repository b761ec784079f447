/** A timer that fires once or again and again, and counts how often it should have: what timerfd and timer_create are made of. */
import type { TaskServices } from "./task.ts";

export interface TimerSetting {
  /** Until it fires first, in ns; 0: it does not. */
  readonly leftNs: number;
  readonly intervalNs: number;
}

export class IntervalTimer {
  readonly #services: Pick<TaskServices, "at">;
  readonly #now: () => number;
  readonly #expired: (times: number) => void;
  #deadlineNs = 0;
  #intervalNs = 0;
  #disarm: (() => void) | undefined;

  /** `now`: monotonic ns. `expired` is told how many periods have passed since it was told last. */
  constructor(services: Pick<TaskServices, "at">, now: () => number, expired: (times: number) => void) {
    this.#services = services;
    this.#now = now;
    this.#expired = expired;
  }

  get setting(): TimerSetting {
    const armed = this.#disarm !== undefined;
    return { leftNs: armed ? Math.max(1, this.#deadlineNs - this.#now()) : 0, intervalNs: this.#intervalNs };
  }

  arm(deadlineNs: number, intervalNs: number): void {
    this.disarm();
    this.#intervalNs = intervalNs;
    this.#start(deadlineNs);
  }

  disarm(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#intervalNs = 0;
  }

  #start(deadlineNs: number): void {
    this.#deadlineNs = deadlineNs;
    this.#disarm = this.#services.at(deadlineNs, () => this.#fire());
  }

  #fire(): void {
    this.#disarm = undefined;
    const interval = this.#intervalNs;
    let times = 1;
    if (interval > 0) {
      // Periods that nobody had time for are counted, not made up for one by one.
      times += Math.max(0, Math.floor((this.#now() - this.#deadlineNs) / interval));
      this.#start(this.#deadlineNs + times * interval);
    }
    this.#expired(times);
  }
}
