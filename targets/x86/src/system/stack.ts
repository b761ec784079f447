/** A stack that a transfer of control works on before anything of the CPU has changed: faults leave no trace but in memory. */
import type { GuestFault } from "@tsemu/target";
import { WRITABLE } from "../addressing.ts";
import { seg } from "../state.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { DESC } from "./bits.ts";
import { indexOf, type Linear } from "./memory.ts";
import { at } from "./memory.ts";
import { ss } from "./descriptors.ts";

export interface StackSegment {
  readonly base: Linear;
  readonly first: number;
  readonly last: number;
  readonly writable: boolean;
  /** Bits of the stack pointer. */
  readonly width: 16 | 32 | 64;
}

export class Stack {
  readonly #cpu: X86Cpu;
  readonly #segment: StackSegment;
  readonly #mmuIdx: number;
  /** rSP, two words. */
  low: number;
  high: number;
  /** The fault of an access beyond the limits. */
  readonly #fault: () => GuestFault;

  constructor(cpu: X86Cpu, segment: StackSegment, low: number, high: number, cpl: number, fault: () => GuestFault = () => ss()) {
    this.#cpu = cpu;
    this.#segment = segment;
    this.low = low >>> 0;
    this.high = high >>> 0;
    this.#mmuIdx = indexOf(cpu, cpl);
    this.#fault = fault;
  }

  #move(bytes: number): void {
    const { width } = this.#segment;
    const sum = this.low + bytes;
    if (width === 16) this.low = ((this.low & 0xffff_0000) | (sum & 0xffff)) >>> 0;
    else {
      this.low = sum >>> 0;
      if (width === 64) this.high = (this.high + Math.floor(sum / 2 ** 32)) >>> 0;
    }
  }

  #address(size: number, write: boolean): Linear {
    const { base, first, last, width, writable } = this.#segment;
    if (width === 64) return { low: this.low, high: this.high };
    const offset = width === 16 ? this.low & 0xffff : this.low;
    if (offset < first || offset + size - 1 > last || (write && !writable)) throw this.#fault();
    const linear = at(base, offset);
    // Outside 64-bit code linear addresses have 32 bits.
    return { low: linear.low, high: 0 };
  }

  push(value: number, size: 2 | 4 | 8, high = 0): void {
    this.#move(-size);
    const address = this.#address(size, true);
    const { virtual } = this.#cpu.env;
    if (size === 8) {
      virtual.store(address.low, address.high, 4, this.#mmuIdx, value >>> 0);
      const upper = at(address, 4);
      virtual.store(upper.low, upper.high, 4, this.#mmuIdx, high >>> 0);
    } else virtual.store(address.low, address.high, size, this.#mmuIdx, value >>> 0);
  }

  /** Upper word of the last value of 8 bytes that was popped. */
  upper = 0;

  pop(size: 2 | 4 | 8): number {
    const address = this.#address(size, false);
    const { virtual } = this.#cpu.env;
    const value = virtual.load(address.low, address.high, size === 8 ? 4 : size, this.#mmuIdx);
    if (size === 8) {
      const upper = at(address, 4);
      this.upper = virtual.load(upper.low, upper.high, 4, this.#mmuIdx);
    } else this.upper = 0;
    this.#move(size);
    return value;
  }

  skip(bytes: number): void {
    this.#move(bytes);
  }

  /** rSP gets where the stack is now. */
  commit(): void {
    const { width } = this.#segment;
    const slot = this.#cpu.s.r[4]!;
    if (width === 64) this.#cpu.setWide(slot, this.low, this.high);
    else this.#cpu.setWide(slot, this.low, 0);
  }
}

/** The present stack segment. */
export function presentStack(cpu: X86Cpu): StackSegment {
  const g = cpu.s.segments[seg.SS]!;
  return {
    base: { low: cpu.get(g.base), high: cpu.high(g.base) },
    first: cpu.get(g.first),
    last: cpu.get(g.last),
    writable: (cpu.get(g.attributes) & WRITABLE) !== 0,
    width: cpu.code64 ? 64 : (cpu.get(g.attributes) & DESC.DB) !== 0 ? 32 : 16,
  };
}

export const presentStackAt = (cpu: X86Cpu): Stack => new Stack(cpu, presentStack(cpu), cpu.register(4), cpu.high(cpu.s.r[4]!), cpu.cpl);

/** A stack segment that is not loaded yet. */
export function stackOf(low: number, high: number, limit: number): StackSegment {
  const base = ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff00_0000)) >>> 0;
  const wide = (high & DESC.DB) !== 0;
  const down = (high & DESC.DC) !== 0;
  return {
    base: { low: base, high: 0 },
    first: down ? limit + 1 : 0,
    last: down ? (wide ? 0xffff_ffff : 0xffff) : limit,
    writable: (high & DESC.RW) !== 0,
    width: wide ? 32 : 16,
  };
}

/** In 64-bit code segments do not matter. */
export const flatStack: StackSegment = { base: { low: 0, high: 0 }, first: 0, last: 0xffff_ffff, writable: true, width: 64 };
