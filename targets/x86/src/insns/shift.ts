/** Shifts and rotates. Counts are taken modulo 32, or 64 with 8-byte operands; a count of 0 changes no flag. */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import { carryFlag, extended, setCarryAndCrossed, setResult } from "../flags.ts";
import type { ConstantOperand, Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";

/** What a shift needs: the operand's value in a word of 32 or 64 bits, and constants and results of that width. */
interface Shift {
  readonly value: Value;
  /** The masked count, as an i32 and in the operand's type. */
  readonly count: Value;
  readonly wide: Value;
  readonly bits: number;
  constant(value: number): Value;
}

/** Where the shift ends: its result, CF (0 or 1), and OF ^ CF as a sign bit. Results of rotates have no other flags. */
interface Shifted {
  readonly result: Value;
  readonly carry: Value;
  readonly crossed: Value;
  /** The flags that follow from the result. */
  readonly all: boolean;
}

type Compute = (s: Shift) => Shifted;

/** The upper word, for sign bits. */
const top = (t: X86Translator, value: Value): Value => (value.type === "i64" ? t.ir.wrap(t.ir.shrU(value, t.ir.i64(32))) : value);
const bit0 = (t: X86Translator, value: Value): Value => t.ir.and(value.type === "i64" ? t.ir.wrap(value) : value, t.ir.i32(1));

/** Does the count, and nothing where it is 0. */
function shift(t: X86Translator, a: Operand, b: Operand, signed: boolean, compute: Compute): void {
  const { ir } = t;
  const { size } = a;
  const mask = size === 8 ? 63 : 31;
  const constant = (value: number): Value => (size === 8 ? ir.i64(value) : ir.i32(value));
  const apply = (count: Value): void => {
    const value = signed ? a.get() : a.getU();
    const { result, carry, crossed, all } = compute({
      value,
      count,
      wide: size === 8 ? ir.extendU(count) : count,
      bits: 8 * size,
      constant,
    });
    a.set(result);
    setCarryAndCrossed(t, carry, crossed, all ? "clear" : "keep");
    if (all) setResult(t, extended(t, result, size));
  };
  if (b.kind === "constant") {
    const count = (b as ConstantOperand).number & mask;
    if (count !== 0) apply(ir.i32(count));
    // The destination is written all the same: a register of 4 bytes loses its upper half, memory must be writable.
    else a.set(a.get());
    return;
  }
  const count = ir.and(b.getU(), ir.i32(mask));
  if (a.kind === "memory") a.getU();
  else if (size === 4 && t.is64) a.set(a.get());
  ir.if(count, () => apply(count));
  t.known = undefined;
}

export const SHL: Execute = (t, a, b) =>
  shift(t, a, b, false, ({ value, wide, bits, constant }) => {
    const { ir } = t;
    const narrow = bits < 32;
    // CF is the last bit that went out; of narrow operands it is in the result, or gone if the count is beyond their width.
    const result = ir.shl(value, wide);
    const carry = narrow ? ir.and(ir.shrU(result, ir.i32(bits)), ir.i32(1)) : bit0(t, ir.shrU(value, ir.sub(constant(bits), wide)));
    const sign = narrow ? ir.shl(result, ir.i32(32 - bits)) : top(t, result);
    return { result, carry, crossed: sign, all: true };
  });

export const SHR: Execute = (t, a, b) =>
  shift(t, a, b, false, ({ value, wide, bits, constant }) => {
    const { ir } = t;
    const carry = bit0(t, ir.shrU(value, ir.sub(wide, constant(1))));
    // OF is the sign before, of counts of 1; of others it is undefined.
    const sign = bits < 32 ? ir.shl(value, ir.i32(32 - bits)) : top(t, value);
    return { result: ir.shrU(value, wide), carry, crossed: ir.xor(sign, ir.shl(carry, ir.i32(31))), all: true };
  });

export const SAR: Execute = (t, a, b) =>
  shift(t, a, b, true, ({ value, wide, constant }) => {
    const { ir } = t;
    const carry = bit0(t, ir.shrS(value, ir.sub(wide, constant(1))));
    return { result: ir.shrS(value, wide), carry, crossed: ir.shl(carry, ir.i32(31)), all: true };
  });

/** A narrow value repeated until it fills 32 bits, so that a rotation of the word is one of it. */
const repeated = (t: X86Translator, value: Value, bits: number): Value => {
  const { ir } = t;
  if (bits >= 32) return value;
  const twice = ir.or(value, ir.shl(value, ir.i32(bits)));
  return bits === 16 ? twice : ir.or(twice, ir.shl(twice, ir.i32(16)));
};

export const ROL: Execute = (t, a, b) =>
  shift(t, a, b, false, ({ value, wide, bits }) => {
    const { ir } = t;
    const result = ir.rotl(repeated(t, value, bits), wide);
    const carry = bit0(t, result);
    const sign = bits < 32 ? ir.shl(result, ir.i32(32 - bits)) : top(t, result);
    return { result, carry, crossed: sign, all: false };
  });

export const ROR: Execute = (t, a, b) =>
  shift(t, a, b, false, ({ value, wide, bits }) => {
    const { ir } = t;
    const result = ir.rotr(repeated(t, value, bits), wide);
    const sign = top(t, result);
    return { result, carry: ir.shrU(sign, ir.i32(31)), crossed: ir.shl(sign, ir.i32(1)), all: false };
  });

/** Rotates through CF: the operand and CF are one number of bits + 1. */
const rotateThroughCarry =
  (left: boolean): Execute =>
  (t, a, b) =>
    shift(t, a, b, false, ({ value, count, bits }) => {
      const { ir } = t;
      if (bits === 64) return rotate65(t, value, count, left);
      if (bits === 32) return rotate33(t, value, count, left);
      // 9 or 17 bits fit a word: the count modulo that many.
      const width = bits + 1;
      const n = ir.op("i32.rem_u", count, ir.i32(width));
      const whole = ir.or(value, ir.shl(carryFlag(t), ir.i32(bits)));
      const m = left ? n : ir.op("i32.rem_u", ir.sub(ir.i32(width), n), ir.i32(width));
      const rotated = ir.or(ir.shl(whole, m), ir.shrU(whole, ir.sub(ir.i32(width), m)));
      const carry = ir.and(ir.shrU(rotated, ir.i32(bits)), ir.i32(1));
      const sign = ir.shl(rotated, ir.i32(32 - bits));
      return { result: rotated, carry, crossed: ofRotate(t, sign, carry, left), all: false };
    });

/** OF is, left: the sign against CF; right: the two highest bits against each other. */
const ofRotate = (t: X86Translator, sign: Value, carry: Value, left: boolean): Value => {
  const { ir } = t;
  return left ? sign : ir.xor(ir.xor(sign, ir.shl(sign, ir.i32(1))), ir.shl(carry, ir.i32(31)));
};

/** 33 bits in an i64; counts are 1 to 31. */
function rotate33(t: X86Translator, value: Value, count: Value, left: boolean): Shifted {
  const { ir } = t;
  const whole = ir.or(ir.extendU(value), ir.shl(ir.extendU(carryFlag(t)), ir.i64(32)));
  const n = ir.extendU(left ? count : ir.sub(ir.i32(33), count));
  const rotated = ir.or(ir.shl(whole, n), ir.shrU(whole, ir.sub(ir.i64(33), n)));
  const result = ir.wrap(rotated);
  const carry = ir.and(ir.wrap(ir.shrU(rotated, ir.i64(32))), ir.i32(1));
  return { result, carry, crossed: ofRotate(t, result, carry, left), all: false };
}

/** 65 bits; counts are 1 to 63. */
function rotate65(t: X86Translator, value: Value, count: Value, left: boolean): Shifted {
  const { ir } = t;
  const n = ir.extendU(count);
  const carryIn = ir.extendU(carryFlag(t));
  const less = ir.sub(n, ir.i64(1));
  const rest = ir.sub(ir.i64(64), n);
  let result: Value;
  let carry: Value;
  if (left) {
    // Bits that come round again: value >> (65 - n), nothing if n is 1.
    const round = ir.shrU(ir.shrU(value, ir.i64(1)), rest);
    result = ir.or(ir.or(ir.shl(value, n), ir.shl(carryIn, less)), round);
    carry = ir.wrap(ir.and(ir.shrU(value, rest), ir.i64(1)));
  } else {
    const round = ir.shl(ir.shl(value, ir.i64(1)), rest);
    result = ir.or(ir.or(ir.shrU(value, n), ir.shl(carryIn, rest)), round);
    carry = ir.wrap(ir.and(ir.shrU(value, less), ir.i64(1)));
  }
  return { result, carry, crossed: ofRotate(t, top(t, result), carry, left), all: false };
}

export const RCL = rotateThroughCarry(true);
export const RCR = rotateThroughCarry(false);

/** SHLD, SHRD: bits of the second operand come in. */
const doubleShift =
  (left: boolean): Execute =>
  (t, a, b, c) =>
    shift(t, a, c, false, ({ value, count, wide, bits, constant }) => {
      const { ir } = t;
      const other = b.getU();
      if (bits === 16) {
        // The operands as one word, three times over for counts beyond 16 (undefined; so do most CPUs).
        const pair = left ? ir.or(ir.shl(value, ir.i32(16)), other) : ir.or(ir.shl(other, ir.i32(16)), value);
        const wider = ir.extendU(pair);
        const n = ir.extendU(count);
        const whole = left
          ? ir.shl(ir.or(ir.shl(wider, ir.i64(16)), ir.extendU(value)), n)
          : ir.shrU(ir.or(wider, ir.shl(ir.extendU(value), ir.i64(32))), ir.sub(n, ir.i64(1)));
        const result = left ? ir.wrap(ir.shrU(whole, ir.i64(32))) : ir.wrap(ir.shrU(whole, ir.i64(1)));
        const carry = ir.and(left ? ir.wrap(ir.shrU(whole, ir.i64(48))) : ir.wrap(whole), ir.i32(1));
        return { result, carry, crossed: ir.xor(ir.shl(ir.xor(result, value), ir.i32(16)), ir.shl(carry, ir.i32(31))), all: true };
      }
      const rest = ir.sub(constant(bits), wide);
      const result = left ? ir.or(ir.shl(value, wide), ir.shrU(other, rest)) : ir.or(ir.shrU(value, wide), ir.shl(other, rest));
      const carry = bit0(t, ir.shrU(value, left ? rest : ir.sub(wide, constant(1))));
      return { result, carry, crossed: ir.xor(top(t, ir.xor(result, value)), ir.shl(carry, ir.i32(31))), all: true };
    });
export const SHLD = doubleShift(true);
export const SHRD = doubleShift(false);
