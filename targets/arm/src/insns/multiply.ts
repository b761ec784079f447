/** Multiply instructions (ARM DDI 0406C, A4.4.3). R[d] or RdHi:RdLo from R[n], R[m], and R[a]; all UNPREDICTABLE with PC. */
import type { Value } from "@tsemu/ir";
import * as state from "../state.ts";
import type { ArmTranslator } from "../translator.ts";

type Cpu = ArmTranslator;
interface Rrr {
  readonly rd: number;
  readonly rn: number;
  readonly rm: number;
}
interface Rrrr extends Rrr {
  readonly ra: number;
}
interface Long {
  readonly rdHi: number;
  readonly rdLo: number;
  readonly rn: number;
  readonly rm: number;
}

/** The low (0) or high (1) halfword, as a signed number. */
const half = ({ ir }: Cpu, value: Value, high: number): Value => (high ? ir.shrS(value, ir.i32(16)) : ir.extend16S(value));
const high32 = ({ ir }: Cpu, value: Value): Value => ir.wrap(ir.shrU(value, ir.i64(32)));
const pair = (cpu: Cpu, hi: number, lo: number): Value => {
  const { ir } = cpu;
  return ir.or(ir.shl(ir.extendU(cpu.R(hi)), ir.i64(32)), ir.extendU(cpu.R(lo)));
};
const setPair = (cpu: Cpu, { rdHi, rdLo }: Long, value: Value): void => {
  const low = cpu.ir.wrap(value);
  const high = high32(cpu, value);
  cpu.setR(rdLo, low);
  cpu.setR(rdHi, high);
};
/** The 64-bit product of two 32-bit values. */
const product = ({ ir }: Cpu, signed: boolean, a: Value, b: Value): Value =>
  signed ? ir.mul(ir.extendS(a), ir.extendS(b)) : ir.mul(ir.extendU(a), ir.extendU(b));

/** Q = 1 if the sign bit of `overflow` is set. */
const setQIfNegative = (cpu: Cpu, overflow: Value): void => {
  const { ir } = cpu;
  ir.set(state.qf, ir.or(ir.get(state.qf), ir.shrU(overflow, ir.i32(31))));
};

/** a + b, with Q set if it overflows as signed. */
const addSettingQ = (cpu: Cpu, a: Value, b: Value): Value => {
  const sum = cpu.add(a, b);
  setQIfNegative(cpu, sum.overflow());
  return sum.result;
};

function setResult(cpu: Cpu, rd: number, s: number, result: Value): void {
  cpu.setR(rd, result);
  if (s) cpu.setNZ(result);
}

export const MUL = (cpu: Cpu, { rd, rn, rm, s }: Rrr & { s: number }): void => setResult(cpu, rd, s, cpu.ir.mul(cpu.R(rn), cpu.R(rm)));
export const MLA = (cpu: Cpu, { rd, rn, rm, ra, s }: Rrrr & { s: number }): void =>
  setResult(cpu, rd, s, cpu.ir.add(cpu.ir.mul(cpu.R(rn), cpu.R(rm)), cpu.R(ra)));
export const MLS = (cpu: Cpu, { rd, rn, rm, ra }: Rrrr): void => cpu.setR(rd, cpu.ir.sub(cpu.R(ra), cpu.ir.mul(cpu.R(rn), cpu.R(rm))));

/** UMULL, SMULL, and with `accumulate` UMLAL, SMLAL. */
export const longMultiply =
  (signed: boolean, accumulate: boolean) =>
  (cpu: Cpu, fields: Long & { s: number }): void => {
    const wide = product(cpu, signed, cpu.R(fields.rn), cpu.R(fields.rm));
    const result = accumulate ? cpu.ir.add(pair(cpu, fields.rdHi, fields.rdLo), wide) : wide;
    setPair(cpu, fields, result);
    if (fields.s) cpu.setNZ64(result);
  };

/** UMAAL: R[n] * R[m] + RdHi + RdLo, which always fits. */
export function UMAAL(cpu: Cpu, fields: Long): void {
  const { ir } = cpu;
  const wide = product(cpu, false, cpu.R(fields.rn), cpu.R(fields.rm));
  setPair(cpu, fields, ir.add(ir.add(wide, ir.extendU(cpu.R(fields.rdHi))), ir.extendU(cpu.R(fields.rdLo))));
}

/** SMULxy; n and m say which halfword. */
export const SMULxy = (cpu: Cpu, { rd, rn, rm, n, m }: Rrr & { n: number; m: number }): void =>
  cpu.setR(rd, cpu.ir.mul(half(cpu, cpu.R(rn), n), half(cpu, cpu.R(rm), m)));
/** SMLAxy: the product cannot overflow, the addition sets Q. */
export const SMLAxy = (cpu: Cpu, { rd, rn, rm, ra, n, m }: Rrrr & { n: number; m: number }): void =>
  cpu.setR(rd, addSettingQ(cpu, cpu.ir.mul(half(cpu, cpu.R(rn), n), half(cpu, cpu.R(rm), m)), cpu.R(ra)));
/** Bits 47:16 of R[n] times a halfword of R[m]. */
const wordByHalf = (cpu: Cpu, rn: number, rm: number, m: number): Value => {
  const { ir } = cpu;
  return ir.wrap(ir.shrU(product(cpu, true, cpu.R(rn), half(cpu, cpu.R(rm), m)), ir.i64(16)));
};
export const SMULWy = (cpu: Cpu, { rd, rn, rm, m }: Rrr & { m: number }): void => cpu.setR(rd, wordByHalf(cpu, rn, rm, m));
export const SMLAWy = (cpu: Cpu, { rd, rn, rm, ra, m }: Rrrr & { m: number }): void =>
  cpu.setR(rd, addSettingQ(cpu, wordByHalf(cpu, rn, rm, m), cpu.R(ra)));
export function SMLALxy(cpu: Cpu, fields: Long & { n: number; m: number }): void {
  const { ir } = cpu;
  const narrow = ir.mul(half(cpu, cpu.R(fields.rn), fields.n), half(cpu, cpu.R(fields.rm), fields.m));
  setPair(cpu, fields, ir.add(pair(cpu, fields.rdHi, fields.rdLo), ir.extendS(narrow)));
}

/** The two products of halfwords of the dual multiplies: low and high; `x` exchanges the halfwords of R[m]. */
function dualProducts(cpu: Cpu, { rn, rm, x }: { rn: number; rm: number; x: number }): [Value, Value] {
  const n = cpu.R(rn);
  const m = cpu.R(rm);
  const { ir } = cpu;
  return [ir.mul(half(cpu, n, 0), half(cpu, m, x)), ir.mul(half(cpu, n, 1), half(cpu, m, 1 - x))];
}

/** SMUAD: only -32768 * -32768 twice overflows. */
export function SMUAD(cpu: Cpu, fields: Rrr & { x: number }): void {
  const [low, high] = dualProducts(cpu, fields);
  cpu.setR(fields.rd, addSettingQ(cpu, low, high));
}
export function SMUSD(cpu: Cpu, fields: Rrr & { x: number }): void {
  const [low, high] = dualProducts(cpu, fields);
  cpu.setR(fields.rd, cpu.ir.sub(low, high));
}
/** SMLAD: Q says whether the sum of all three overflows, not a part of it. */
export function SMLAD(cpu: Cpu, fields: Rrrr & { x: number }): void {
  const { ir } = cpu;
  const [low, high] = dualProducts(cpu, fields);
  const sum = ir.add(ir.add(ir.extendS(low), ir.extendS(high)), ir.extendS(cpu.R(fields.ra)));
  const result = ir.wrap(sum);
  cpu.setR(fields.rd, result);
  cpu.setQIf(ir.ne(ir.extendS(result), sum));
}
export function SMLSD(cpu: Cpu, fields: Rrrr & { x: number }): void {
  const [low, high] = dualProducts(cpu, fields);
  cpu.setR(fields.rd, addSettingQ(cpu, cpu.ir.sub(low, high), cpu.R(fields.ra)));
}
/** SMLALD and SMLSLD. */
export const dualLong =
  (subtract: boolean) =>
  (cpu: Cpu, fields: Long & { x: number }): void => {
    const { ir } = cpu;
    const [low, high] = dualProducts(cpu, fields);
    const both = subtract ? ir.sub(ir.extendS(low), ir.extendS(high)) : ir.add(ir.extendS(low), ir.extendS(high));
    setPair(cpu, fields, ir.add(pair(cpu, fields.rdHi, fields.rdLo), both));
  };

/** The high word of (R[a]:0 +- R[n] * R[m]), with `r` rounded. */
const mostSignificant =
  (combine: (cpu: Cpu, accumulator: Value, wide: Value) => Value) =>
  (cpu: Cpu, { rd, rn, rm, ra, r }: Rrrr & { r: number }): void => {
    const { ir } = cpu;
    const wide = product(cpu, true, cpu.R(rn), cpu.R(rm));
    const sum = combine(cpu, ir.shl(ir.extendU(cpu.R(ra)), ir.i64(32)), wide);
    cpu.setR(rd, high32(cpu, r ? ir.add(sum, ir.i64(0x8000_0000n)) : sum));
  };
export const SMMLA = mostSignificant((cpu, accumulator, wide) => cpu.ir.add(accumulator, wide));
export const SMMLS = mostSignificant((cpu, accumulator, wide) => cpu.ir.sub(accumulator, wide));
export function SMMUL(cpu: Cpu, { rd, rn, rm, r }: Rrr & { r: number }): void {
  const { ir } = cpu;
  const wide = product(cpu, true, cpu.R(rn), cpu.R(rm));
  cpu.setR(rd, high32(cpu, r ? ir.add(wide, ir.i64(0x8000_0000n)) : wide));
}

/** SDIV and UDIV: x / 0 is 0 here (no trapping profile), and the IR's division is that. */
export const SDIV = (cpu: Cpu, { rd, rn, rm }: Rrr): void => cpu.setR(rd, cpu.ir.op("i32.div_s", cpu.R(rn), cpu.R(rm)));
export const UDIV = (cpu: Cpu, { rd, rn, rm }: Rrr): void => cpu.setR(rd, cpu.ir.op("i32.div_u", cpu.R(rn), cpu.R(rm)));

/** a + b or a - b, saturated to signed 32 bits; sets Q if it was. */
function saturating(cpu: Cpu, a: Value, b: Value, subtract: boolean): Value {
  const { ir } = cpu;
  const sum = subtract ? ir.sub(a, b) : ir.add(a, b);
  const overflow = ir.op(subtract ? "i32.sub_overflow" : "i32.add_overflow", a, b);
  setQIfNegative(cpu, overflow);
  // On overflow the true result has the sign of a.
  const limit = ir.xor(ir.shrS(a, ir.i32(31)), ir.i32(0x7fff_ffff));
  return ir.select(ir.ltS(overflow, ir.i32(0)), limit, sum);
}
/** QADD, QSUB, QDADD, QDSUB: R[m] +- R[n], or twice R[n], saturated. */
export const saturatingAddition =
  (double: boolean, subtract: boolean) =>
  (cpu: Cpu, { rd, rn, rm }: Rrr): void => {
    const n = cpu.R(rn);
    const operand = double ? saturating(cpu, n, n, false) : n;
    cpu.setR(rd, saturating(cpu, cpu.R(rm), operand, subtract));
  };
