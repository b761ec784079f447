/**
 * Single-precision arithmetic on vectors, always with the standard FPSCR value: round to nearest, denormals are zeros, default NaN.
 * The host's vector instructions do the work wherever they give the same result and no exception would newly be noted;
 * otherwise the soft-float functions take the elements one by one. A program notes its first inexact result for ever after,
 * so that the common case needs only its operands and results to be ordinary numbers.
 */
import type { Value } from "@tsemu/ir";
import { flag, rounding, type SoftFloatFunction } from "@tsemu/softfloat";
import * as state from "../state.ts";
import type { ArmTranslator } from "../translator.ts";
import { plainCall, standardCall } from "../vfp/helpers.ts";
import { setV, splatConst } from "./operands.ts";

const word = (cpu: ArmTranslator, element: number): Value => splatConst(cpu, 32, BigInt(element));
const and = (cpu: ArmTranslator, ...masks: Value[]): Value => masks.reduce((a, b) => cpu.ir.op("v128.and", a, b));
const or = (cpu: ArmTranslator, a: Value, b: Value): Value => cpu.ir.op("v128.or", a, b);

/** The bits of a number without its sign. */
const magnitude = (cpu: ArmTranslator, v: Value): Value => cpu.ir.op("v128.and", v, word(cpu, 0x7fff_ffff));
const isZero = (cpu: ArmTranslator, v: Value): Value => cpu.ir.op("i32x4.eq", magnitude(cpu, v), cpu.ir.v128(0n));
/** Not a denormal number. */
const notDenormal = (cpu: ArmTranslator, v: Value): Value =>
  cpu.ir.op("i32x4.ge_u", cpu.ir.op("i32x4.sub", magnitude(cpu, v), word(cpu, 1)), word(cpu, 0x007f_ffff));
/** Finite, and larger than the smallest normal number (which a tiny result may have been rounded to). */
const isOrdinary = (cpu: ArmTranslator, v: Value): Value =>
  cpu.ir.op("i32x4.lt_u", cpu.ir.op("i32x4.sub", magnitude(cpu, v), word(cpu, 0x0080_0001)), word(cpu, 0x7f80_0000 - 0x0080_0001));
const notNaN = (cpu: ArmTranslator, v: Value): Value => cpu.ir.op("i32x4.le_u", magnitude(cpu, v), word(cpu, 0x7f80_0000));

/** 1 where every lane of the mask is set. */
const allTrue = (cpu: ArmTranslator, mask: Value): Value => cpu.ir.op("i32x4.all_true", mask);
/** 1 where every lane is set and an inexact result has been noted. */
const allTrueAndInexact = (cpu: ArmTranslator, mask: Value): Value => {
  const { ir } = cpu;
  return ir.and(allTrue(cpu, mask), ir.shrU(ir.and(ir.get(state.neonFlags), ir.i32(flag.inexact)), ir.i32(4)));
};

const sumIsExactlyRight = (cpu: ArmTranslator, a: Value, b: Value, sum: Value): Value =>
  and(cpu, notDenormal(cpu, a), notDenormal(cpu, b), or(cpu, isOrdinary(cpu, sum), isZero(cpu, sum)));
/** A product that is 0 though no factor is has underflowed. */
const productIsExactlyRight = (cpu: ArmTranslator, a: Value, b: Value, product: Value): Value => {
  const zero = and(cpu, isZero(cpu, product), or(cpu, isZero(cpu, a), isZero(cpu, b)));
  return and(cpu, notDenormal(cpu, a), notDenormal(cpu, b), or(cpu, isOrdinary(cpu, product), zero));
};

const laneCount = (q: number): number => (q === 1 ? 4 : 2);

/** A vector of as many elements as the registers have, each computed as a float. */
export function eachFloat(cpu: ArmTranslator, q: number, compute: (lane: number) => Value): Value {
  const { ir } = cpu;
  let result = ir.op("f32x4.splat", compute(0));
  for (let i = 1; i < laneCount(q); i++) result = ir.lane("f32x4.replace_lane", i, result, compute(i));
  return result;
}
/** The same, computed as bits. */
export function eachWord(cpu: ArmTranslator, q: number, compute: (lane: number) => Value): Value {
  const { ir } = cpu;
  let result = ir.op("i32x4.splat", compute(0));
  for (let i = 1; i < laneCount(q); i++) result = ir.lane("i32x4.replace_lane", i, result, compute(i));
  return result;
}
const floatAt = (cpu: ArmTranslator, v: Value, lane: number): Value => cpu.ir.lane("f32x4.extract_lane", lane, v);
const wordAt = (cpu: ArmTranslator, v: Value, lane: number): Value => cpu.ir.lane("i32x4.extract_lane", lane, v);

/** Sets the destination to `fast` where the condition holds, otherwise to `slow`. */
function setEither(cpu: ArmTranslator, q: number, vd: number, condition: Value, fast: Value, slow: () => Value): void {
  cpu.ir.if(
    condition,
    () => setV(cpu, q, vd, fast),
    () => setV(cpu, q, vd, slow()),
  );
}

type Arithmetic = "add" | "sub" | "mul";

/** D = n op m; with `then`, a last step that has no exceptions. */
export function floatArithmetic(
  cpu: ArmTranslator,
  q: number,
  vd: number,
  name: Arithmetic,
  n: Value,
  m: Value,
  then = (v: Value): Value => v,
): void {
  const fast = cpu.ir.op(`f32x4.${name}`, n, m);
  const right = name === "mul" ? productIsExactlyRight(cpu, n, m, fast) : sumIsExactlyRight(cpu, n, m, fast);
  setEither(cpu, q, vd, allTrueAndInexact(cpu, right), then(fast), () =>
    then(eachFloat(cpu, q, (i) => standardCall(cpu, `f32_${name}`, floatAt(cpu, n, i), floatAt(cpu, m, i)))),
  );
}

/** VMLA, VMLS: D = D +- n * m, with the product rounded. */
export function multiplyAccumulate(cpu: ArmTranslator, q: number, vd: number, n: Value, m: Value, name: "add" | "sub", d: Value): void {
  const product = cpu.ir.op("f32x4.mul", n, m);
  const fast = cpu.ir.op(`f32x4.${name}`, d, product);
  const right = and(cpu, productIsExactlyRight(cpu, n, m, product), sumIsExactlyRight(cpu, d, product, fast));
  setEither(cpu, q, vd, allTrueAndInexact(cpu, right), fast, () =>
    eachFloat(cpu, q, (i) => {
      const rounded = standardCall(cpu, "f32_mul", floatAt(cpu, n, i), floatAt(cpu, m, i));
      return standardCall(cpu, `f32_${name}`, floatAt(cpu, d, i), rounded);
    }),
  );
}

/** VFMA, VFMS: D = D +- n * m, rounded once. */
export function fusedMultiplyAdd(cpu: ArmTranslator, q: number, vd: number, n: Value, m: Value, negate: boolean, d: Value): void {
  const factor = negate ? cpu.ir.op("f32x4.neg", n) : n;
  const result = eachFloat(cpu, q, (i) =>
    standardCall(cpu, "f32_mul_add", floatAt(cpu, factor, i), floatAt(cpu, m, i), floatAt(cpu, d, i)),
  );
  setV(cpu, q, vd, result);
}

/** VMAX, VMIN. */
export function floatMinMax(cpu: ArmTranslator, q: number, vd: number, name: "min" | "max", n: Value, m: Value): void {
  const numbers = and(cpu, notDenormal(cpu, n), notDenormal(cpu, m), notNaN(cpu, n), notNaN(cpu, m));
  setEither(cpu, q, vd, allTrue(cpu, numbers), cpu.ir.op(`f32x4.${name}`, n, m), () =>
    eachWord(cpu, q, (i) => standardCall(cpu, `f32_${name}`, wordAt(cpu, n, i), wordAt(cpu, m, i))),
  );
}

/** Masks of all ones where the comparison holds. */
export function floatCompare(cpu: ArmTranslator, q: number, vd: number, name: "eq" | "ge" | "gt", n: Value, m: Value): void {
  const numbers = and(cpu, notDenormal(cpu, n), notDenormal(cpu, m), notNaN(cpu, n), notNaN(cpu, m));
  setEither(cpu, q, vd, allTrue(cpu, numbers), cpu.ir.op(`f32x4.${name}`, n, m), () =>
    eachWord(cpu, q, (i) => standardCall(cpu, `f32_${name}`, wordAt(cpu, n, i), wordAt(cpu, m, i))),
  );
}

export const floatAbs = (cpu: ArmTranslator, v: Value): Value => magnitude(cpu, v);
export const floatNeg = (cpu: ArmTranslator, v: Value): Value => cpu.ir.op("v128.xor", v, word(cpu, 0x8000_0000));

/** A function of one or two elements' bits that always goes through the soft-float library. */
export const eachByLibrary = (cpu: ArmTranslator, q: number, name: SoftFloatFunction, ...operands: Value[]): Value =>
  eachWord(cpu, q, (i) => standardCall(cpu, name, ...operands.map((v) => wordAt(cpu, v, i))));

/** VRECPE and VRSQRTE of unsigned fixed-point elements: no exceptions. */
export const eachByEstimate = (cpu: ArmTranslator, q: number, name: SoftFloatFunction, m: Value): Value =>
  eachWord(cpu, q, (i) => plainCall(cpu, name, wordAt(cpu, m, i)));

/** VCVT to integers or fixed point with `fraction` bits, toward zero. */
export function floatToFixed(cpu: ArmTranslator, q: number, vd: number, m: Value, fraction: number, unsigned: boolean): void {
  const { ir } = cpu;
  const slow = (): Value =>
    eachWord(cpu, q, (i) =>
      standardCall(cpu, unsigned ? "f32_to_u32" : "f32_to_i32", wordAt(cpu, m, i), ir.i32(fraction), ir.i32(rounding.towardZero)),
    );
  if (fraction !== 0) return setV(cpu, q, vd, slow());
  // In range: magnitude below 2^31 (for unsigned results, no sign either).
  const inRange = ir.op("i32x4.lt_u", unsigned ? m : magnitude(cpu, m), word(cpu, 0x4f00_0000));
  const fast = ir.op(`i32x4.trunc_sat_f32x4_${unsigned ? "u" : "s"}`, m);
  setEither(cpu, q, vd, allTrueAndInexact(cpu, and(cpu, inRange, notDenormal(cpu, m))), fast, slow);
}

/** VCVT from integers or fixed point. */
export function fixedToFloat(cpu: ArmTranslator, q: number, vd: number, m: Value, fraction: number, unsigned: boolean): void {
  const { ir } = cpu;
  const slow = (): Value =>
    eachWord(cpu, q, (i) =>
      standardCall(cpu, unsigned ? "u32_to_f32" : "i32_to_f32", wordAt(cpu, m, i), ir.i32(fraction), ir.i32(rounding.nearestEven)),
    );
  if (fraction !== 0) return setV(cpu, q, vd, slow());
  const inexact = ir.and(ir.get(state.neonFlags), ir.i32(flag.inexact));
  setEither(cpu, q, vd, inexact, ir.op(`f32x4.convert_i32x4_${unsigned ? "u" : "s"}`, m), slow);
}

/** VCVT of four single-precision elements to half precision: a doubleword. */
export function singleToHalf(cpu: ArmTranslator, m: Value): Value {
  const { ir } = cpu;
  let result: Value = ir.v128(0n);
  for (let i = 0; i < 4; i++) result = ir.lane("i16x8.replace_lane", i, result, standardCall(cpu, "f32_to_f16", wordAt(cpu, m, i)));
  return result;
}
/** VCVT of four half-precision elements. */
export const halfToSingle = (cpu: ArmTranslator, m: Value): Value =>
  eachWord(cpu, 1, (i) => standardCall(cpu, "f16_to_f32", cpu.ir.lane("i16x8.extract_lane_u", i, m)));
