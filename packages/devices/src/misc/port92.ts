/** System control port A of PS/2 and later PCs, at port 0x92: the gate of address line 20, and a quick reset (82371SB, 2.5.3). */
import type { Device, IrqLine, MmioDevice } from "@tsemu/hw";

const RESET = 1;
const A20 = 2;

export interface Port92Options {
  /** High: addresses have a bit 20. */
  readonly a20: IrqLine;
  readonly onReset: () => void;
}

export class Port92 implements Device, MmioDevice {
  readonly #o: Port92Options;
  #value = 0;

  constructor(o: Port92Options) {
    this.#o = o;
  }

  reset(): void {
    this.#value = 0;
    // As PCs of today: the gate is open until somebody closes it.
    this.#o.a20.set(true);
  }

  read(): number {
    return this.#value;
  }

  write(_: number, value: number): void {
    const rises = (value & ~this.#value & RESET) !== 0;
    this.#value = value & 0xff;
    this.#o.a20.set((value & A20) !== 0);
    if (rises) this.#o.onReset();
  }
}
