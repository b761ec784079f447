/** Integer operations on vectors, for any element size. `size`: 0 bytes .. 3 doublewords. */
import type { Value } from "@tsemu/ir";
import type { ArmTranslator } from "../translator.ts";
import { esize, setQCIf, shapes, splatConst } from "./operands.ts";

const minimum = (size: number): bigint => 1n << BigInt(esize(size) - 1);

/** The most negative element in every lane. */
export const signBits = (cpu: ArmTranslator, size: number): Value => splatConst(cpu, esize(size), minimum(size));

export const op = (cpu: ArmTranslator, size: number, name: string, ...args: Value[]): Value =>
  cpu.ir.op(`${shapes[size]!}.${name}`, ...args);

const signed = (name: string, unsigned: boolean): string => `${name}_${unsigned ? "u" : "s"}`;

export const add = (cpu: ArmTranslator, size: number, a: Value, b: Value): Value => op(cpu, size, "add", a, b);
export const sub = (cpu: ArmTranslator, size: number, a: Value, b: Value): Value => op(cpu, size, "sub", a, b);
export const shiftLeft = (cpu: ArmTranslator, size: number, a: Value, n: number): Value =>
  n === 0 ? a : op(cpu, size, "shl", a, cpu.i32(n));
/** A shift right by 0 to the element size. */
export const shiftRight = (cpu: ArmTranslator, size: number, a: Value, n: number, unsigned: boolean): Value => {
  if (n === 0) return a;
  if (n < esize(size)) return op(cpu, size, signed("shr", unsigned), a, cpu.i32(n));
  return unsigned ? cpu.ir.v128(0n) : op(cpu, size, "shr_s", a, cpu.i32(esize(size) - 1));
};
/** All ones where the element is negative. */
export const signMask = (cpu: ArmTranslator, size: number, a: Value): Value => op(cpu, size, "shr_s", a, cpu.i32(esize(size) - 1));

/** All ones where a < b. */
export function lessThan(cpu: ArmTranslator, size: number, a: Value, b: Value, unsigned: boolean): Value {
  if (size < 3 || !unsigned) return op(cpu, size, size < 3 ? signed("lt", unsigned) : "lt_s", a, b);
  const flip = signBits(cpu, size);
  return op(cpu, size, "lt_s", cpu.ir.op("v128.xor", a, flip), cpu.ir.op("v128.xor", b, flip));
}

export const select = (cpu: ArmTranslator, mask: Value, yes: Value, no: Value): Value => cpu.ir.op("v128.bitselect", yes, no, mask);

/** (a + b) >> 1 without losing the carry. */
export function halvingAdd(cpu: ArmTranslator, size: number, a: Value, b: Value, unsigned: boolean): Value {
  const { ir } = cpu;
  return add(cpu, size, ir.op("v128.and", a, b), shiftRight(cpu, size, ir.op("v128.xor", a, b), 1, unsigned));
}
/** (a + b + 1) >> 1 without losing the carry. */
export function roundingHalvingAdd(cpu: ArmTranslator, size: number, a: Value, b: Value, unsigned: boolean): Value {
  const { ir } = cpu;
  if (unsigned && size < 2) return op(cpu, size, "avgr_u", a, b);
  return sub(cpu, size, ir.op("v128.or", a, b), shiftRight(cpu, size, ir.op("v128.xor", a, b), 1, unsigned));
}
/** (a - b) >> 1 without losing the borrow. */
export function halvingSub(cpu: ArmTranslator, size: number, a: Value, b: Value, unsigned: boolean): Value {
  const { ir } = cpu;
  return sub(cpu, size, shiftRight(cpu, size, ir.op("v128.xor", a, b), 1, unsigned), ir.op("v128.andnot", b, a));
}

/** The saturated value for lanes of signed elements that went beyond: the largest, or the least where `a` is negative. */
const saturatedFor = (cpu: ArmTranslator, size: number, a: Value): Value =>
  cpu.ir.op("v128.xor", signMask(cpu, size, a), splatConst(cpu, esize(size), minimum(size) - 1n));

/** Takes the saturated value in the lanes of the mask, and notes that in QC. */
const saturateIf = (cpu: ArmTranslator, overflow: Value, saturated: Value, exact: Value): Value => {
  setQCIf(cpu, overflow);
  return select(cpu, overflow, saturated, exact);
};

export function saturatingAdd(cpu: ArmTranslator, size: number, a: Value, b: Value, unsigned: boolean): Value {
  const { ir } = cpu;
  const sum = add(cpu, size, a, b);
  if (size < 2) {
    const saturated = op(cpu, size, signed("add_sat", unsigned), a, b);
    setQCIf(cpu, ir.op("v128.xor", saturated, sum));
    return saturated;
  }
  if (unsigned) {
    const carry = lessThan(cpu, size, sum, a, true);
    setQCIf(cpu, carry);
    return ir.op("v128.or", sum, carry);
  }
  const overflow = signMask(cpu, size, ir.op("v128.and", ir.op("v128.xor", a, sum), ir.op("v128.xor", b, sum)));
  return saturateIf(cpu, overflow, saturatedFor(cpu, size, a), sum);
}

export function saturatingSub(cpu: ArmTranslator, size: number, a: Value, b: Value, unsigned: boolean): Value {
  const { ir } = cpu;
  const difference = sub(cpu, size, a, b);
  if (size < 2) {
    const saturated = op(cpu, size, signed("sub_sat", unsigned), a, b);
    setQCIf(cpu, ir.op("v128.xor", saturated, difference));
    return saturated;
  }
  if (unsigned) {
    const borrow = lessThan(cpu, size, a, b, true);
    setQCIf(cpu, borrow);
    return ir.op("v128.andnot", difference, borrow);
  }
  const overflow = signMask(cpu, size, ir.op("v128.and", ir.op("v128.xor", a, b), ir.op("v128.xor", a, difference)));
  return saturateIf(cpu, overflow, saturatedFor(cpu, size, a), difference);
}

export const maximum = (cpu: ArmTranslator, size: number, a: Value, b: Value, unsigned: boolean): Value =>
  op(cpu, size, signed("max", unsigned), a, b);
export const minimumOf = (cpu: ArmTranslator, size: number, a: Value, b: Value, unsigned: boolean): Value =>
  op(cpu, size, signed("min", unsigned), a, b);
/** |a - b|, as an unsigned element. */
export const absoluteDifference = (cpu: ArmTranslator, size: number, a: Value, b: Value, unsigned: boolean): Value =>
  sub(cpu, size, maximum(cpu, size, a, b, unsigned), minimumOf(cpu, size, a, b, unsigned));

/** Lanes of a shuffle that takes every second element of two vectors in turn, from element `first`. */
export const everySecond = (size: number, first: 0 | 1): number[] => {
  const bytes = 1 << size;
  return Array.from({ length: 16 }, (_, b) => (Math.floor(b / bytes) * 2 + first) * bytes + (b % bytes));
};

/** The product's low part. */
export function multiply(cpu: ArmTranslator, size: number, a: Value, b: Value): Value {
  const { ir } = cpu;
  if (size > 0) return op(cpu, size, "mul", a, b);
  const low = ir.op("i16x8.extmul_low_i8x16_u", a, b);
  return ir.shuffle(low, ir.op("i16x8.extmul_high_i8x16_u", a, b), everySecond(0, 0));
}

/** Products of polynomials over {0, 1} of 8 bits, in lanes of size 0 (the low part) or, with zero-extended operands, 1. */
export function polynomialMultiply(cpu: ArmTranslator, size: number, a: Value, b: Value): Value {
  const { ir } = cpu;
  let product: Value | undefined;
  for (let bit = 0; bit < 8; bit++) {
    const mask = signMask(cpu, size, shiftLeft(cpu, size, b, esize(size) - 1 - bit));
    const term = ir.op("v128.and", mask, shiftLeft(cpu, size, a, bit));
    product = product === undefined ? term : ir.op("v128.xor", product, term);
  }
  return product!;
}

/** Elements of size `size` from the low half of a vector, as elements of twice the size. */
export const widenLow = (cpu: ArmTranslator, size: number, a: Value, unsigned: boolean): Value =>
  op(cpu, size + 1, `${signed(`extend_low_${shapes[size]!}`, unsigned)}`, a);
/** Products of the low halves, in elements of twice the size. */
export const multiplyLong = (cpu: ArmTranslator, size: number, a: Value, b: Value, unsigned: boolean): Value =>
  op(cpu, size + 1, `${signed(`extmul_low_${shapes[size]!}`, unsigned)}`, a, b);

/** Lanes of all ones where both are the least number: the only case in which a doubled product overflows. */
const bothLeast = (cpu: ArmTranslator, size: number, a: Value, b: Value): Value => {
  const least = signBits(cpu, size);
  return cpu.ir.op("v128.and", op(cpu, size, "eq", a, least), op(cpu, size, "eq", b, least));
};

/** VQDMULH and VQRDMULH: the high half of 2ab. Size 1 or 2. */
export function saturatingDoublingHigh(cpu: ArmTranslator, size: number, a: Value, b: Value, rounding: boolean): Value {
  const { ir } = cpu;
  const both = bothLeast(cpu, size, a, b);
  setQCIf(cpu, both);
  if (size === 1 && rounding) return ir.op("i16x8.q15mulr_sat_s", a, b);
  const half = (part: string): Value => {
    const product = op(cpu, size + 1, `extmul_${part}_${shapes[size]!}_s`, a, b);
    const rounded = rounding ? add(cpu, size + 1, product, splatConst(cpu, esize(size + 1), 1n << BigInt(esize(size) - 2))) : product;
    return shiftRight(cpu, size + 1, rounded, esize(size) - 1, false);
  };
  const low = half("low");
  const high = half("high");
  if (size === 1) return ir.op("i16x8.narrow_i32x4_s", low, high);
  // Only 2^31 does not fit; less one it is the largest.
  return ir.op("v128.xor", ir.shuffle(low, high, everySecond(2, 0)), both);
}

/** VQDMULL: 2ab of the low halves, in elements of twice the size. */
export function saturatingDoublingLong(cpu: ArmTranslator, size: number, a: Value, b: Value): Value {
  const { ir } = cpu;
  const doubled = shiftLeft(cpu, size + 1, multiplyLong(cpu, size, a, b, false), 1);
  // 2^(2n-1) does not fit: it came out as the least number, and its complement is the largest.
  const overflow = op(cpu, size + 1, "eq", doubled, signBits(cpu, size + 1));
  setQCIf(cpu, overflow);
  return ir.op("v128.xor", doubled, overflow);
}

/** Elements of size `size` + 1 of two vectors, saturated into size `size`. `from`, `to`: are they unsigned? */
export function saturatingNarrow(cpu: ArmTranslator, size: number, a: Value, from: boolean, to: boolean): Value {
  const { ir } = cpu;
  const wide = size + 1;
  const bits = esize(size);
  // Clamped where it is, and QC from the difference; then every second element.
  const largest = splatConst(cpu, 2 * bits, to ? (1n << BigInt(bits)) - 1n : (1n << BigInt(bits - 1)) - 1n);
  const tooLarge = lessThan(cpu, wide, largest, a, from);
  let clamped = select(cpu, tooLarge, largest, a);
  if (!from) {
    const least = to ? ir.v128(0n) : splatConst(cpu, 2 * bits, -(1n << BigInt(bits - 1)));
    clamped = select(cpu, lessThan(cpu, wide, a, least, false), least, clamped);
  }
  setQCIf(cpu, ir.op("v128.xor", clamped, a));
  return narrow(cpu, size, clamped);
}

/** The low parts of elements of size `size` + 1, in the low half (and once more in the high half). */
export const narrow = (cpu: ArmTranslator, size: number, a: Value): Value => cpu.ir.shuffle(a, a, everySecond(size, 0));
/** Their high parts. */
export const narrowHigh = (cpu: ArmTranslator, size: number, a: Value): Value => cpu.ir.shuffle(a, a, everySecond(size, 1));
