/** DSPControl (MIPS32 Architecture For Programmers, volume IV-e): pos, scount, c, EFI, ouflag, ccond. */
import type { MipsCpu } from "../mips-cpu.ts";

const POS = 0x3f;
const SCOUNT_SHIFT = 7;
const C = 1 << 13;
const EFI = 1 << 14;
const CCOND_SHIFT = 24;

/** Bits of ouflag, as they are in the register. */
export const ouflag = { accumulator: 16, add: 20, multiply: 21, shift: 22, extract: 23 } as const;

/** What each bit of RDDSP's and WRDSP's mask stands for. */
const fields = [POS, 0x3f << SCOUNT_SHIFT, C, 0xff << 16, 0xf << CCOND_SHIFT, EFI];

export class DspControl {
  readonly #u32: Uint32Array;
  readonly #at: number;

  constructor(cpu: MipsCpu) {
    this.#u32 = cpu.state.u32;
    this.#at = cpu.s.dspControl.offset >> 2;
  }

  get #bits(): number {
    return this.#u32[this.#at]!;
  }
  #put(mask: number, value: number): void {
    this.#u32[this.#at] = (this.#bits & ~mask) | (value & mask);
  }

  /** Notes an overflow or a saturation. */
  overflow(bit: number): void {
    this.#put(1 << bit, -1);
  }
  get pos(): number {
    return this.#bits & POS;
  }
  set pos(value: number) {
    this.#put(POS, value);
  }
  get scount(): number {
    return (this.#bits >>> SCOUNT_SHIFT) & 0x3f;
  }
  get carry(): number {
    return (this.#bits & C) !== 0 ? 1 : 0;
  }
  set carry(value: number) {
    this.#put(C, value === 0 ? 0 : -1);
  }
  set extractFailed(value: boolean) {
    this.#put(EFI, value ? -1 : 0);
  }
  get conditions(): number {
    return (this.#bits >>> CCOND_SHIFT) & 15;
  }
  /** The low `count` condition bits. */
  setConditions(count: number, bits: number): void {
    this.#put(((1 << count) - 1) << CCOND_SHIFT, bits << CCOND_SHIFT);
  }

  /** RDDSP. */
  read(mask: number): number {
    return this.#bits & maskOf(mask);
  }
  /** WRDSP. */
  write(mask: number, value: number): void {
    this.#put(maskOf(mask), value);
  }
}

const maskOf = (mask: number): number => fields.reduce((bits, field, i) => ((mask >>> i) & 1 ? bits | field : bits), 0);
