/**
 * The arithmetic flags, as state.ts says they are kept: setters for the kinds of operations, and the conditions of Jcc, SETcc and CMOVcc.
 *
 * Values of narrow operands are sign-extended (operands.ts): then their order as unsigned numbers is that of the words, and bit 31 of
 * carries is the carry out of their own highest bit.
 */
import type { Value } from "@tsemu/ir";
import type { X86Translator } from "./translator.ts";

/** Flags that are those of a subtraction a - b or of a result compared with 0, for conditions to be one comparison. */
export type KnownFlags =
  | { readonly kind: "difference"; readonly a: Value; readonly b: Value }
  | { readonly kind: "result"; readonly value: Value };

/**
 * Puts a result where it belongs. That comes before the flags change, since a store that faults must leave them alone.
 */
export type Store = (result: Value) => void;
const keep: Store = () => {};

/** Sign-extends the low bytes of an i32. */
export const extended = (t: X86Translator, value: Value, size: number): Value =>
  size === 1 ? t.ir.extend8S(value) : size === 2 ? t.ir.extend16S(value) : value;

/** ZF, SF and PF of a result that is sign-extended. */
export function setResult(t: X86Translator, value: Value): void {
  const word = t.is64 && value.type === "i32" ? t.ir.extendS(value) : value;
  t.ir.set(t.s.zr, word);
  t.ir.set(t.s.sr, word);
  t.known = undefined;
}

/** The upper word of an i64, or the i32 itself. */
const upper = (t: X86Translator, value: Value): Value => (value.type === "i64" ? t.ir.wrap(t.ir.shrU(value, t.ir.i64(32))) : value);
const lower = (t: X86Translator, value: Value): Value => (value.type === "i64" ? t.ir.wrap(value) : value);

/** OF from the sign bit of a value. */
const setOverflow = (t: X86Translator, value: Value): void => t.ir.set(t.s.of, upper(t, value));
const setAdjust = (t: X86Translator, a: Value, b: Value, result: Value): void =>
  t.ir.set(t.s.af, lower(t, t.ir.xor(t.ir.xor(a, b), result)));
/** CF, 0 or 1. */
export const setCarry = (t: X86Translator, value: Value): void => {
  t.ir.set(t.s.cf, value);
  t.known = undefined;
};
/** The sign bit as 0 or 1. */
export const signBit = (t: X86Translator, value: Value): Value => {
  const word = upper(t, value);
  return t.ir.shrU(word, t.ir.i32(31));
};

/** a + b with all flags. */
export function add(t: X86Translator, a: Value, b: Value, size: number, store: Store = keep): void {
  const { ir } = t;
  const result = extended(t, ir.add(a, b), size);
  store(result);
  setCarry(t, ir.ltU(result, a));
  setSumFlags(t, a, b, result, size);
}

function setSumFlags(t: X86Translator, a: Value, b: Value, result: Value, size: number): void {
  const { ir } = t;
  const overflow = size >= 4 ? ir.op(`${a.type}.add_overflow`, a, b) : ir.and(ir.xor(a, result), ir.xor(b, result));
  setOverflow(t, overflow);
  setAdjust(t, a, b, result);
  setResult(t, result);
}

/** a + b + CF. */
export function addWithCarry(t: X86Translator, a: Value, b: Value, size: number, store: Store = keep): void {
  const { ir } = t;
  const carry = ir.get(t.s.cf);
  const result = extended(t, ir.add(ir.add(a, b), a.type === "i64" ? ir.extendU(carry) : carry), size);
  store(result);
  setCarry(t, signBit(t, ir.or(ir.and(a, b), ir.and(ir.or(a, b), ir.not(result)))));
  setOverflow(t, ir.and(ir.xor(a, result), ir.xor(b, result)));
  setAdjust(t, a, b, result);
  setResult(t, result);
}

/** a - b with all flags. */
export function subtract(t: X86Translator, a: Value, b: Value, size: number, store: Store = keep): void {
  const { ir } = t;
  const result = extended(t, ir.sub(a, b), size);
  store(result);
  setCarry(t, ir.ltU(a, b));
  setDifferenceFlags(t, a, b, result, size);
  t.known = { kind: "difference", a, b };
}

function setDifferenceFlags(t: X86Translator, a: Value, b: Value, result: Value, size: number): void {
  const { ir } = t;
  const overflow = size >= 4 ? ir.op(`${a.type}.sub_overflow`, a, b) : ir.and(ir.xor(a, b), ir.xor(a, result));
  setOverflow(t, overflow);
  setAdjust(t, a, b, result);
  setResult(t, result);
}

/** a - b - CF. */
export function subtractWithBorrow(t: X86Translator, a: Value, b: Value, size: number, store: Store = keep): void {
  const { ir } = t;
  const borrow = ir.get(t.s.cf);
  const result = extended(t, ir.sub(ir.sub(a, b), a.type === "i64" ? ir.extendU(borrow) : borrow), size);
  store(result);
  setCarry(t, signBit(t, ir.or(ir.and(ir.not(a), b), ir.and(ir.not(ir.xor(a, b)), result))));
  setOverflow(t, ir.and(ir.xor(a, b), ir.xor(a, result)));
  setAdjust(t, a, b, result);
  setResult(t, result);
}

const one = (t: X86Translator, a: Value): Value => (a.type === "i64" ? t.ir.i64(1) : t.ir.i32(1));

/** INC and DEC leave CF alone. */
export function increment(t: X86Translator, a: Value, size: number, store: Store): void {
  const b = one(t, a);
  const result = extended(t, t.ir.add(a, b), size);
  store(result);
  setSumFlags(t, a, b, result, size);
}
export function decrement(t: X86Translator, a: Value, size: number, store: Store): void {
  const b = one(t, a);
  const result = extended(t, t.ir.sub(a, b), size);
  store(result);
  setDifferenceFlags(t, a, b, result, size);
}

/** The flags of AND, OR, XOR and TEST; AF, which is undefined, becomes 0. */
export function setLogicFlags(t: X86Translator, result: Value): void {
  const { ir } = t;
  const zero = ir.i32(0);
  ir.set(t.s.cf, zero);
  ir.set(t.s.of, zero);
  ir.set(t.s.af, zero);
  setResult(t, result);
  t.known = { kind: "result", value: result };
}

/** CF and OF the same: of multiplications. 0 or 1. */
export function setCarryAndOverflow(t: X86Translator, value: Value): void {
  setCarry(t, value);
  t.ir.set(t.s.of, t.ir.shl(value, t.ir.i32(31)));
}

// ---- reading them, as 0 or 1

export const zeroFlag = (t: X86Translator): Value => t.ir.eqz(t.ir.get(t.s.zr));
export const signFlag = (t: X86Translator): Value => signBit(t, t.ir.get(t.s.sr));
export const overflowFlag = (t: X86Translator): Value => t.ir.shrU(t.ir.get(t.s.of), t.ir.i32(31));
export function parityFlag(t: X86Translator): Value {
  const { ir } = t;
  const low = ir.and(lower(t, ir.get(t.s.sr)), ir.i32(0xff));
  return ir.xor(ir.and(ir.op("i32.popcnt", low), ir.i32(1)), ir.i32(1));
}

/** SF != OF, as a word's sign bit. */
const less = (t: X86Translator): Value => {
  const { ir } = t;
  return ir.ltS(ir.xor(upper(t, ir.get(t.s.sr)), ir.get(t.s.of)), ir.i32(0));
};

/** Condition codes in pairs: each odd one is the negation of the one before. The value is 0 or 1. */
export function condition(t: X86Translator, code: number): Value {
  const direct = t.known === undefined ? undefined : directCondition(t, code, t.known);
  if (direct !== undefined) return direct;
  const value = positive(t, code >>> 1);
  return (code & 1) === 0 ? value : t.ir.eqz(value);
}

function positive(t: X86Translator, pair: number): Value {
  const { ir } = t;
  switch (pair) {
    case 0:
      return ir.ltS(ir.get(t.s.of), ir.i32(0));
    case 1:
      return ir.get(t.s.cf);
    case 2:
      return zeroFlag(t);
    case 3:
      return ir.or(ir.get(t.s.cf), zeroFlag(t));
    case 4:
      return ir.ltS(ir.get(t.s.sr), t.is64 ? ir.i64(0) : ir.i32(0));
    case 5:
      return parityFlag(t);
    case 6:
      return less(t);
    default:
      return ir.or(less(t), zeroFlag(t));
  }
}

const comparisons = ["ltU", "geU", "eq", "ne", "leU", "gtU"] as const;
const signedComparisons = ["ltS", "geS", "leS", "gtS"] as const;

function directCondition(t: X86Translator, code: number, known: KnownFlags): Value | undefined {
  const { ir } = t;
  const a = known.kind === "difference" ? known.a : known.value;
  const b = known.kind === "difference" ? known.b : a.type === "i64" ? ir.i64(0) : ir.i32(0);
  if (known.kind === "result" && (code === 8 || code === 9)) return code === 8 ? ir.ltS(a, b) : ir.geS(a, b);
  if (code >= 2 && code <= 7) return ir[comparisons[code - 2]!](a, b);
  if (code >= 12) return ir[signedComparisons[code - 12]!](a, b);
  return undefined;
}

// ---- EFLAGS as a whole

/** Bits of EFLAGS. */
export const EFLAGS = {
  CF: 1,
  PF: 4,
  AF: 0x10,
  ZF: 0x40,
  SF: 0x80,
  TF: 0x100,
  IF: 0x200,
  DF: 0x400,
  OF: 0x800,
  IOPL: 0x3000,
  NT: 0x4000,
  RF: 0x1_0000,
  VM: 0x2_0000,
  AC: 0x4_0000,
  VIF: 0x8_0000,
  VIP: 0x10_0000,
  ID: 0x20_0000,
} as const;

export const ARITHMETIC = EFLAGS.CF | EFLAGS.PF | EFLAGS.AF | EFLAGS.ZF | EFLAGS.SF | EFLAGS.OF;

/** SF ZF AF PF CF, and bit 1: the low byte of EFLAGS. */
export function lowFlags(t: X86Translator): Value {
  const { ir } = t;
  const at = (value: Value, bit: number): Value => ir.shl(value, ir.i32(bit));
  const carries = ir.or(ir.or(ir.get(t.s.cf), ir.i32(2)), ir.and(ir.get(t.s.af), ir.i32(EFLAGS.AF)));
  return ir.or(ir.or(carries, at(parityFlag(t), 2)), ir.or(at(zeroFlag(t), 6), at(signFlag(t), 7)));
}

/** EFLAGS. */
export function allFlags(t: X86Translator): Value {
  const { ir } = t;
  const direction = ir.and(ir.get(t.s.df), ir.i32(EFLAGS.DF));
  return ir.or(ir.or(lowFlags(t), ir.shl(overflowFlag(t), ir.i32(11))), ir.or(direction, ir.get(t.s.eflags)));
}

/** Sets SF ZF AF PF CF from the low byte of a value. */
export function setLowFlags(t: X86Translator, value: Value): void {
  const { ir } = t;
  const bit = (n: number): Value => ir.and(ir.shrU(value, ir.i32(n)), ir.i32(1));
  setCarry(t, ir.and(value, ir.i32(1)));
  ir.set(t.s.af, value);
  const zero = ir.xor(bit(6), ir.i32(1));
  // The lowest byte of `sr` has one bit set, or none, as PF wants it.
  const sign = ir.or(ir.shl(bit(7), ir.i32(31)), ir.xor(bit(2), ir.i32(1)));
  ir.set(t.s.zr, t.is64 ? ir.extendU(zero) : zero);
  ir.set(t.s.sr, t.is64 ? ir.extendS(sign) : sign);
  t.known = undefined;
}
