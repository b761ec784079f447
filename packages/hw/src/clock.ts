/** Time as devices see it: nanoseconds of guest virtual time, a float64 integer that starts near 0 and never goes back. */
export interface Clock {
  now(): number;
  /** A timer that calls `fire` once after each `arm`, at or soon after its deadline, between two guest blocks. */
  timer(fire: () => void): Timer;
}

export interface Timer {
  /** (Re)sets the deadline, in ns of virtual time. A deadline in the past fires at once (but not inside this call). */
  arm(deadlineNs: number): void;
  disarm(): void;
  readonly armed: boolean;
}

/** The timers of one machine in deadline order; the engine owns it and supplies `now`. */
export class TimerQueue implements Clock {
  readonly #armed: QueuedTimer[] = [];
  readonly #now: () => number;
  readonly #onChange: () => void;

  /** `onChange` is called when the earliest deadline may have moved. */
  constructor(now: () => number, onChange: () => void = () => {}) {
    this.#now = now;
    this.#onChange = onChange;
  }

  now(): number {
    return this.#now();
  }

  /** The earliest deadline, or Infinity. */
  get deadline(): number {
    return this.#armed[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Fires every timer whose deadline has come, earliest first; each once, even if it is armed again for a time that is past, and none
   * whose time comes only while others fire, since that could go on for ever.
   */
  runDue(): void {
    let first = this.#armed[0];
    const now = this.#now();
    if (first === undefined || first.deadline > now) return;
    const fired = new Set<QueuedTimer>();
    for (; first !== undefined && first.deadline <= now; first = this.#armed.find((t) => !fired.has(t))) {
      this.#armed.splice(this.#armed.indexOf(first), 1);
      first.armed = false;
      fired.add(first);
      first.fire();
    }
  }

  timer(fire: () => void): Timer {
    return new QueuedTimer(this, fire);
  }

  /** @internal */
  insert(timer: QueuedTimer): void {
    this.remove(timer);
    timer.armed = true;
    let i = this.#armed.length;
    while (i > 0 && this.#armed[i - 1]!.deadline > timer.deadline) i--;
    this.#armed.splice(i, 0, timer);
    if (i === 0) this.#onChange();
  }

  /** @internal */
  remove(timer: QueuedTimer): void {
    if (!timer.armed) return;
    timer.armed = false;
    this.#armed.splice(this.#armed.indexOf(timer), 1);
  }
}

class QueuedTimer implements Timer {
  armed = false;
  deadline = 0;
  readonly fire: () => void;
  readonly #queue: TimerQueue;

  constructor(queue: TimerQueue, fire: () => void) {
    this.#queue = queue;
    this.fire = fire;
  }

  arm(deadlineNs: number): void {
    // Removed under its old deadline first: the queue is sorted by it.
    this.#queue.remove(this);
    this.deadline = deadlineNs;
    this.#queue.insert(this);
  }

  disarm(): void {
    this.#queue.remove(this);
  }
}
