/** How the PIIX bridges connect the PCI interrupts PIRQA to PIRQD to ISA requests: by four bytes of configuration space (82371AB, 4.1.10). */
import type { IrqLine } from "@tsemu/hw";
import type { PciFunction } from "./function.ts";

const PIRQRC = 0x60;
const DISABLED = 0x80;
const requests = 16;

export class PirqRouter {
  readonly #function: PciFunction;
  readonly #irqs: readonly IrqLine[];
  /** Levels of PIRQA to PIRQD. */
  #pirq = 0;
  /** Requests that are driven because of them. */
  #driven = 0;

  /** `irqs`: ISA requests 0 to 15. The bridge calls `route` after each write of its configuration. */
  constructor(bridge: PciFunction, irqs: readonly IrqLine[]) {
    this.#function = bridge;
    this.#irqs = irqs;
    for (let n = 0; n < 4; n++) bridge.define(PIRQRC + n, 1, DISABLED, 0x8f);
  }

  /** PIRQA to PIRQD. */
  input(n: number): IrqLine {
    return {
      set: (level) => {
        this.#pirq = level ? this.#pirq | (1 << n) : this.#pirq & ~(1 << n);
        this.route();
      },
    };
  }

  route(): void {
    let driven = 0;
    for (let n = 0; n < 4; n++) {
      const to = this.#function.get(PIRQRC + n, 1);
      if ((to & DISABLED) === 0 && ((this.#pirq >>> n) & 1) !== 0) driven |= 1 << (to & 0xf);
    }
    const changed = driven ^ this.#driven;
    this.#driven = driven;
    for (let n = 0; n < requests; n++) if (((changed >>> n) & 1) !== 0) this.#irqs[n]?.set(((driven >>> n) & 1) !== 0);
  }
}
