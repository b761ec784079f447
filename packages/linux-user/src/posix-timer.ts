/** A timer of timer_create: sends a signal, and counts the periods for which that was still waiting to be delivered. */
import { IntervalTimer, type TimerClock } from "./interval-timer.ts";
import type { Kernel } from "./kernel.ts";
import type { Process } from "./process.ts";
import type { SignalInfo } from "./signals/info.ts";
import { SI } from "./signals/numbers.ts";
import { sendToProcess, sendToTask } from "./signals/send.ts";

/** A clock, and what its time reads when the clock that it goes by is at 0. */
export interface SettableClock extends TimerClock {
  readonly offsetNs: number;
}

export interface TimerEvent {
  /** 0: nobody is told. */
  readonly signal: number;
  readonly value: number;
  /** The thread that gets it; absent: the process. */
  readonly tid?: number | undefined;
}

export class PosixTimer {
  readonly id: number;
  readonly clock: SettableClock;
  /** Periods beside the one that the last signal was for. */
  overruns = 0;
  readonly #kernel: Kernel;
  readonly #process: Process;
  readonly #event: TimerEvent;
  readonly #timer: IntervalTimer;
  #sent: SignalInfo | undefined;

  constructor(kernel: Kernel, process: Process, id: number, clock: SettableClock, event: TimerEvent) {
    this.id = id;
    this.clock = clock;
    this.#kernel = kernel;
    this.#process = process;
    this.#event = event;
    this.#timer = new IntervalTimer(clock, (times) => this.#expired(times));
  }

  get setting(): IntervalTimer["setting"] {
    return this.#timer.setting;
  }

  arm(deadlineNs: number, intervalNs: number): void {
    this.#timer.arm(deadlineNs, intervalNs);
  }

  disarm(): void {
    this.#timer.disarm();
  }

  #expired(times: number): void {
    const { signal, value, tid } = this.#event;
    if (signal === 0) return;
    const kernel = this.#kernel;
    const task = tid === undefined ? undefined : kernel.tasks.get(tid);
    const queue = tid === undefined ? this.#process.pending : task?.pending;
    if (queue === undefined) return;
    if (this.#sent !== undefined && queue.holds(this.#sent)) {
      this.overruns += times;
      return;
    }
    this.overruns = times - 1;
    const overruns = (): number => this.overruns;
    const info: SignalInfo = {
      signal,
      code: SI.TIMER,
      timer: this.id,
      value,
      // Counted until it is delivered.
      get overrun() {
        return overruns();
      },
    };
    this.#sent = info;
    if (task === undefined) sendToProcess(kernel, this.#process, info);
    else sendToTask(kernel, task, info);
  }
}
