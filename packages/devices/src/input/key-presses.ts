/** Presses keys of a keyboard for somebody who is not there: one combination after the other, as fast as a fast typist. */
import type { Clock, Timer } from "@tsemu/hw";
import type { KeyName } from "./ps2-keys.ts";

/** What takes keys. False if it has no room, or nobody listens to it. */
export interface Keyboard {
  key(name: KeyName, down: boolean): boolean;
}

interface Step {
  readonly key: KeyName;
  readonly down: boolean;
  /** Time before the next step. */
  readonly ns: number;
}

/** Between the end of a combination and the next. */
const pauseNs = 20e6;
/** A guest that does not listen does not get more than this later on. */
const mostSteps = 4096;

export class KeyPresses {
  readonly #clock: Clock;
  readonly #keyboard: Keyboard;
  readonly #steps: Step[] = [];
  readonly #timer: Timer;

  constructor(clock: Clock, keyboard: Keyboard) {
    this.#clock = clock;
    this.#keyboard = keyboard;
    this.#timer = clock.timer(() => this.#step());
  }

  /** All keys go down in this order and, so many ns later, up in the opposite one. */
  press(keys: readonly KeyName[], holdNs: number): void {
    if (this.#steps.length + 2 * keys.length > mostSteps) return;
    const idle = this.#steps.length === 0;
    keys.forEach((key, i) => this.#steps.push({ key, down: true, ns: i === keys.length - 1 ? holdNs : 0 }));
    keys.toReversed().forEach((key, i) => this.#steps.push({ key, down: false, ns: i === keys.length - 1 ? pauseNs : 0 }));
    if (idle) this.#timer.arm(this.#clock.now());
  }

  reset(): void {
    this.#timer.disarm();
    this.#steps.length = 0;
  }

  #step(): void {
    for (let step = this.#steps.shift(); step !== undefined; step = this.#steps.shift()) {
      // What finds no room is lost, as with a keyboard.
      this.#keyboard.key(step.key, step.down);
      if (step.ns === 0) continue;
      this.#timer.arm(this.#clock.now() + step.ns);
      return;
    }
  }
}
