/** NMI status and control, at port 0x61 (82371SB, 2.5.1): counter 2 of the interval timer with its gate, the speaker, the refresh clock. No speaker is heard. */
import type { Clock, Device, MmioDevice } from "@tsemu/hw";

const GATE = 1;
const WRITABLE = 0x0f;
const REFRESH = 0x10;
const OUTPUT = 0x20;
/** RAM is refreshed every 15 us; the bit changes with every refresh. */
const REFRESH_NS = 15_085;

export interface Port61Options {
  readonly clock: Clock;
  readonly timer: { setGate2(level: boolean): void; readonly output2: boolean };
}

export class Port61 implements Device, MmioDevice {
  readonly #o: Port61Options;
  #value = 0;

  constructor(o: Port61Options) {
    this.#o = o;
  }

  reset(): void {
    this.#value = 0;
    this.#o.timer.setGate2(false);
  }

  read(): number {
    const refresh = Math.floor(this.#o.clock.now() / REFRESH_NS) % 2 === 1 ? REFRESH : 0;
    return this.#value | refresh | (this.#o.timer.output2 ? OUTPUT : 0);
  }

  write(_: number, value: number): void {
    this.#value = value & WRITABLE;
    this.#o.timer.setGate2((value & GATE) !== 0);
  }
}
