/** Operations of the DSP ASE on accumulators: 64 bits in a HI and a LO. They are rare enough for BigInt. */
import type { MipsCpu } from "../mips-cpu.ts";
import { DspControl, ouflag } from "./control.ts";
import { productQ15 } from "./operations.ts";

/** What an operation gets: the accumulator's value, which it may change, and where overflows are noted. */
interface Accumulator {
  readonly d: DspControl;
  value: bigint;
  /** The accumulator's bit of ouflag. */
  readonly flag: number;
}

/** Returns a register's new value, if it has one. */
type AccumulatorOperation = (ac: Accumulator, rs: number, rt: number) => number | void;

const byte = (x: number, n: number): number => (x >>> (8 * n)) & 0xff;
const high = (x: number): number => x >> 16;
const low = (x: number): number => (x << 16) >> 16;

const sumOf =
  (sign: 1 | -1, terms: (ac: Accumulator, rs: number, rt: number) => number): AccumulatorOperation =>
  (ac, rs, rt) => {
    ac.value += BigInt(sign * terms(ac, rs, rt));
  };

const bytesProduct =
  (first: 0 | 2) =>
  (_: Accumulator, rs: number, rt: number): number =>
    byte(rs, first + 1) * byte(rt, first + 1) + byte(rs, first) * byte(rt, first);
const straight = (_: Accumulator, rs: number, rt: number): number => high(rs) * high(rt) + low(rs) * low(rt);
const crossed = (_: Accumulator, rs: number, rt: number): number => high(rs) * low(rt) + low(rs) * high(rt);
const difference = (_: Accumulator, rs: number, rt: number): number => high(rs) * high(rt) - low(rs) * low(rt);
const q15 = (ac: Accumulator, a: number, b: number): number => productQ15(ac.d, ac.flag, a, b);
const straightQ = (ac: Accumulator, rs: number, rt: number): number => q15(ac, high(rs), high(rt)) + q15(ac, low(rs), low(rt));
const crossedQ = (ac: Accumulator, rs: number, rt: number): number => q15(ac, high(rs), low(rt)) + q15(ac, low(rs), high(rt));
const differenceQ = (ac: Accumulator, rs: number, rt: number): number => q15(ac, high(rs), high(rt)) - q15(ac, low(rs), low(rt));

/** The accumulator saturated to so many bits. */
function saturate(ac: Accumulator, bits: 32 | 64): void {
  const most = (1n << BigInt(bits - 1)) - 1n;
  const value = ac.value > most ? most : ac.value < -most - 1n ? -most - 1n : ac.value;
  if (value !== ac.value) ac.d.overflow(ac.flag);
  ac.value = value;
}

const saturated =
  (bits: 32 | 64, run: AccumulatorOperation): AccumulatorOperation =>
  (ac, rs, rt) => {
    run(ac, rs, rt);
    saturate(ac, bits);
  };

const q31 =
  (sign: 1n | -1n): AccumulatorOperation =>
  (ac, rs, rt) => {
    let product = 2n * BigInt(rs | 0) * BigInt(rt | 0);
    if ((rs | 0) === -0x8000_0000 && (rt | 0) === -0x8000_0000) {
      ac.d.overflow(ac.flag);
      product = 0x7fff_ffff_ffff_ffffn;
    }
    ac.value += sign * product;
  };

/** MAQ_SA looks at 33 bits of the sum. */
const maqSaturated =
  (part: (x: number) => number): AccumulatorOperation =>
  (ac, rs, rt) => {
    const sum = BigInt.asUintN(64, ac.value + BigInt(q15(ac, part(rs), part(rt))));
    const [top, sign] = [(sum >> 32n) & 1n, (sum >> 31n) & 1n];
    ac.value = BigInt.asIntN(32, sum);
    if (top === sign) return;
    ac.value = top === 0n ? 0x7fff_ffffn : -0x8000_0000n;
    ac.d.overflow(ac.flag);
  };

/** EXTR and its like: the accumulator shifted by rs, with one more bit for rounding; what does not fit a word is noted. */
const extract =
  (rounded: boolean, saturates: boolean): AccumulatorOperation =>
  ({ d, value }, rs) => {
    const shifted = (value << 1n) >> BigInt(rs & 31);
    const up = shifted + 1n;
    const fits = (x: bigint): boolean => x >= -(1n << 32n) && x < 1n << 32n;
    if (!fits(shifted) && !saturates && !rounded) d.overflow(ouflag.extract);
    if (!fits(up)) d.overflow(ouflag.extract);
    if (saturates && !fits(up)) return up < 0n ? -0x8000_0000 : 0x7fff_ffff;
    return Number(BigInt.asIntN(32, (rounded ? up : shifted) >> 1n));
  };

/** EXTP: bits from DSPControl.pos down. */
const extractField =
  (decrements: boolean): AccumulatorOperation =>
  ({ d, value }, rs) => {
    const size = rs & 31;
    const { pos } = d;
    const next = pos - (size + 1);
    d.extractFailed = next < -1;
    if (next < -1) return 0;
    if (decrements) d.pos = next;
    return Number(BigInt.asIntN(32, (BigInt.asUintN(64, value) >> BigInt(pos - size)) & ((1n << BigInt(size + 1)) - 1n)));
  };

const list: Readonly<Record<string, AccumulatorOperation>> = {
  "DPAU.H.QBL": sumOf(1, bytesProduct(2)),
  "DPAU.H.QBR": sumOf(1, bytesProduct(0)),
  "DPSU.H.QBL": sumOf(-1, bytesProduct(2)),
  "DPSU.H.QBR": sumOf(-1, bytesProduct(0)),
  "DPA.W.PH": sumOf(1, straight),
  "DPS.W.PH": sumOf(-1, straight),
  "DPAX.W.PH": sumOf(1, crossed),
  "DPSX.W.PH": sumOf(-1, crossed),
  "MULSA.W.PH": sumOf(1, difference),
  "DPAQ_S.W.PH": sumOf(1, straightQ),
  "DPSQ_S.W.PH": sumOf(-1, straightQ),
  "DPAQX_S.W.PH": sumOf(1, crossedQ),
  "DPSQX_S.W.PH": sumOf(-1, crossedQ),
  "DPAQX_SA.W.PH": saturated(32, sumOf(1, crossedQ)),
  "DPSQX_SA.W.PH": saturated(32, sumOf(-1, crossedQ)),
  "MULSAQ_S.W.PH": sumOf(1, differenceQ),
  "DPAQ_SA.L.W": saturated(64, q31(1n)),
  "DPSQ_SA.L.W": saturated(64, q31(-1n)),
  "MAQ_S.W.PHL": sumOf(1, (ac, rs, rt) => q15(ac, high(rs), high(rt))),
  "MAQ_S.W.PHR": sumOf(1, (ac, rs, rt) => q15(ac, low(rs), low(rt))),
  "MAQ_SA.W.PHL": maqSaturated(high),
  "MAQ_SA.W.PHR": maqSaturated(low),
  "EXTR.W": extract(false, false),
  "EXTR_R.W": extract(true, false),
  "EXTR_RS.W": extract(true, true),
  "EXTR_S.H": ({ d, value }, rs) => {
    const shifted = value >> BigInt(rs & 31);
    if (shifted >= -0x8000n && shifted <= 0x7fffn) return Number(shifted);
    d.overflow(ouflag.extract);
    return shifted < 0n ? -0x8000 : 0x7fff;
  },
  EXTP: extractField(false),
  EXTPDP: extractField(true),
  /** The accumulator shifted right by six signed bits. */
  SHILO: (ac, rs) => {
    const n = (rs << 26) >> 26;
    const bits = BigInt.asUintN(64, ac.value);
    ac.value = n >= 0 ? bits >> BigInt(n) : bits << BigInt(-n);
  },
  MTHLIP: (ac, rs) => {
    ac.value = (BigInt.asUintN(32, ac.value) << 32n) | BigInt(rs >>> 0);
    if (ac.d.pos <= 32) ac.d.pos += 32;
  },
};

const entries = Object.entries(list);
const numbers = new Map(entries.map(([name], i) => [name, i]));

export function accumulatorOperation(name: string): number {
  const number = numbers.get(name);
  if (number === undefined) throw new Error(`internal error: no DSP operation ${name}`);
  return number;
}

/** Runs one on accumulator `n`. */
export function accumulate(cpu: MipsCpu, operation: number, n: number, rs: number, rt: number): number {
  const { u32, i32 } = cpu.state;
  const [hi, lo] = [cpu.s.hi[n]!.offset >> 2, cpu.s.lo[n]!.offset >> 2];
  const value = (BigInt(i32[hi]!) << 32n) | BigInt(u32[lo]!);
  const ac: Accumulator = { d: new DspControl(cpu), value, flag: ouflag.accumulator + n };
  const result = entries[operation]![1](ac, rs, rt) ?? 0;
  i32[hi] = Number(BigInt.asIntN(32, ac.value >> 32n));
  i32[lo] = Number(BigInt.asIntN(32, ac.value));
  if (cpu.is64) {
    i32[hi + 1] = i32[hi]! >> 31;
    i32[lo + 1] = i32[lo]! >> 31;
  }
  return result | 0;
}
