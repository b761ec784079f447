/** Interrupts as messages, MSI-X (PCI Local Bus Specification 3.0, 6.8.2): a capability, and a table in memory of where each message goes. */
import { lanes, merge, type MmioDevice } from "@tsemu/hw";
import type { PciFunction } from "./function.ts";

const entryBytes = 16;
const PENDING = 0x800;
export const msixBytes = 4096;
const CAPABILITY = 0x11;
// Message control
const ENABLE = 0x8000;
const ALL_MASKED = 0x4000;
// Vector control
const MASKED = 1;

export interface MsixOptions {
  readonly function: PciFunction;
  /** Where the capability lies, and the next one. */
  readonly at: number;
  readonly next: number;
  readonly bar: number;
  readonly vectors: number;
  readonly send: (address: number, data: number) => void;
}

export class Msix {
  readonly #o: MsixOptions;
  readonly #table: Uint32Array;
  readonly #pending: Uint8Array;

  constructor(o: MsixOptions) {
    this.#o = o;
    this.#table = new Uint32Array((entryBytes / 4) * o.vectors);
    this.#pending = new Uint8Array(o.vectors);
    const { function: fn, at } = o;
    fn.define(at, 1, CAPABILITY);
    fn.define(at + 1, 1, o.next);
    fn.define(at + 2, 2, o.vectors - 1, ENABLE | ALL_MASKED);
    fn.define(at + 4, 4, o.bar);
    fn.define(at + 8, 4, PENDING | o.bar);
    fn.addBar(o.bar, "memory", msixBytes, this.#memory);
    this.reset();
  }

  reset(): void {
    this.#table.fill(0);
    for (let n = 0; n < this.#o.vectors; n++) this.#table[4 * n + 3] = MASKED;
    this.#pending.fill(0);
  }

  get enabled(): boolean {
    return (this.#control & ENABLE) !== 0;
  }

  get #control(): number {
    return this.#o.function.get(this.#o.at + 2, 2);
  }

  /** Sends the message of a vector, or remembers it while that is masked. */
  fire(vector: number): void {
    if (vector >= this.#o.vectors || !this.enabled) return;
    if ((this.#control & ALL_MASKED) !== 0 || (this.#table[4 * vector + 3]! & MASKED) !== 0) this.#pending[vector] = 1;
    else this.#o.send(this.#table[4 * vector]!, this.#table[4 * vector + 2]!);
  }

  /** After masks may have changed. */
  update(): void {
    for (let n = 0; n < this.#o.vectors; n++) {
      if (this.#pending[n] === 0) continue;
      this.#pending[n] = 0;
      this.fire(n);
    }
  }

  readonly #memory: MmioDevice = {
    read: (offset, size) => {
      if (offset >= PENDING) {
        const first = 8 * (offset - PENDING);
        let bits = 0;
        for (let i = 0; i < 8 * size && i < 32; i++) if (this.#pending[first + i] === 1) bits |= 1 << i;
        return bits >>> 0;
      }
      return lanes(this.#table[offset >>> 2] ?? 0, offset, size);
    },
    write: (offset, value, size) => {
      const word = offset >>> 2;
      if (word >= this.#table.length) return;
      this.#table[word] = merge(this.#table[word]!, offset, value, size);
      this.update();
    },
  };
}
