/**
 * The arithmetic flags, as state.ts says they are kept: setters for the kinds of operations, and the conditions of Jcc, SETcc and CMOVcc.
 *
 * Values of narrow operands are sign-extended (operands.ts): then their order as unsigned numbers is that of the words, and the sign bit of
 * what is carried is the carry into their own highest bit.
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

/** A value of an operand's width as the flags' slots want it. */
const asWord = (t: X86Translator, value: Value): Value => (t.is64 && value.type === "i32" ? t.ir.extendS(value) : value);
const zeroWord = (t: X86Translator): Value => (t.is64 ? t.ir.i64(0) : t.ir.i32(0));
/** 0 or 1, in the type of another value. */
const bitLike = (t: X86Translator, bit: Value, like: Value): Value => (like.type === "i64" ? t.ir.extendU(bit) : bit);

/** ZF, SF and PF of a result that is sign-extended. */
export function setResult(t: X86Translator, value: Value): void {
  const word = asWord(t, value);
  t.ir.set(t.s.zr, word);
  t.ir.set(t.s.sr, word);
  t.known = undefined;
}

/** ZF, SF and PF from 0 or 1 each. */
export function setResultBits(t: X86Translator, zero: Value, sign: Value, parity: Value): void {
  const { ir } = t;
  ir.set(t.s.zr, asWord(t, ir.xor(zero, ir.i32(1))));
  // The lowest byte has one bit set, or none, as PF wants it.
  ir.set(t.s.sr, asWord(t, ir.or(ir.shl(sign, ir.i32(31)), ir.xor(parity, ir.i32(1)))));
  t.known = undefined;
}

/** The upper word of an i64, or the i32 itself. */
const upper = (t: X86Translator, value: Value): Value => (value.type === "i64" ? t.ir.wrap(t.ir.shrU(value, t.ir.i64(32))) : value);
const lower = (t: X86Translator, value: Value): Value => (value.type === "i64" ? t.ir.wrap(value) : value);

/** CF, AF and OF as state.ts says. */
function setOperands(t: X86Translator, fa: Value, fb: Value, fc: Value): void {
  const { ir, s } = t;
  ir.set(s.fa, asWord(t, fa));
  ir.set(s.fb, asWord(t, fb));
  ir.set(s.fc, asWord(t, fc));
  t.known = undefined;
}

/** CF, 0 or 1, and a value whose sign bit is OF ^ CF and whose bit 4 is AF. */
function setCarries(t: X86Translator, carry: Value, carries: Value): void {
  const { ir } = t;
  // The lowest bit of the three's exclusive or is nobody's.
  setOperands(t, zeroWord(t), t.is64 ? ir.extendU(carry) : carry, carries);
}

/** What is carried into each bit: OF ^ CF in the sign bit, AF in bit 4. */
const carriesOf = (t: X86Translator): Value => t.ir.xor(t.ir.xor(t.ir.get(t.s.fa), t.ir.get(t.s.fb)), t.ir.get(t.s.fc));

/** `bit` (0 or 1) as a word's sign bit. */
const asSign = (t: X86Translator, bit: Value, like: Value): Value =>
  like.type === "i64" ? t.ir.shl(t.ir.extendU(bit), t.ir.i64(63)) : t.ir.shl(bit, t.ir.i32(31));

/** CF, 0 or 1; the others stay. */
export function setCarry(t: X86Translator, value: Value): void {
  const { ir } = t;
  const carries = carriesOf(t);
  const changes = ir.xor(carryFlag(t), value);
  setCarries(t, value, ir.xor(carries, asSign(t, changes, carries)));
}

/** OF, 0 or 1; the others stay. */
export function setOverflow(t: X86Translator, value: Value): void {
  const { ir } = t;
  const carries = carriesOf(t);
  setCarries(t, carryFlag(t), ir.xor(carries, asSign(t, ir.xor(overflowFlag(t), value), carries)));
}

/**
 * CF, 0 or 1, and OF ^ CF as the sign bit of an i32 whose other bits do not count. AF becomes 0 or stays.
 */
export function setCarryAndCrossed(t: X86Translator, carry: Value, crossed: Value, adjust: "clear" | "keep"): void {
  const { ir } = t;
  const sign = ir.and(crossed, ir.i32(-0x8000_0000));
  const kept = adjust === "keep" ? ir.and(lower(t, carriesOf(t)), ir.i32(EFLAGS.AF)) : undefined;
  setCarries(t, carry, kept === undefined ? sign : ir.or(sign, kept));
}

/** CF, 0 or 1; OF and AF become 0. */
export function setOnlyCarry(t: X86Translator, carry: Value): void {
  setCarries(t, carry, t.ir.shl(carry, t.ir.i32(31)));
}

/** CF and OF the same, 0 or 1; AF becomes 0. */
export function setCarryAndOverflow(t: X86Translator, value: Value): void {
  setCarries(t, value, zeroWord(t));
}

/** AF, 0 or 1; the others stay. */
export function setAdjust(t: X86Translator, value: Value): void {
  const { ir } = t;
  const word = carriesOf(t);
  const bit = word.type === "i64" ? ir.extendU(value) : value;
  const [mask, four] = word.type === "i64" ? [ir.i64(~EFLAGS.AF), ir.i64(4)] : [ir.i32(~EFLAGS.AF), ir.i32(4)];
  setCarries(t, carryFlag(t), ir.or(ir.and(word, mask), ir.shl(bit, four)));
}

/** The sign bit as 0 or 1. */
export const signBit = (t: X86Translator, value: Value): Value => {
  const word = upper(t, value);
  return t.ir.shrU(word, t.ir.i32(31));
};

/** a + b with all flags. */
export function add(t: X86Translator, a: Value, b: Value, size: number, store: Store = keep): void {
  const result = extended(t, t.ir.add(a, b), size);
  store(result);
  setOperands(t, result, a, b);
  setResult(t, result);
}

/** a + b + CF. */
export function addWithCarry(t: X86Translator, a: Value, b: Value, size: number, store: Store = keep): void {
  const { ir } = t;
  const result = extended(t, ir.add(ir.add(a, b), bitLike(t, carryFlag(t), a)), size);
  store(result);
  const carry = signBit(t, ir.or(ir.and(a, b), ir.and(ir.or(a, b), ir.not(result))));
  setCarries(t, carry, ir.xor(ir.xor(a, b), result));
  setResult(t, result);
}

/** a - b with all flags. */
export function subtract(t: X86Translator, a: Value, b: Value, size: number, store: Store = keep): void {
  const result = extended(t, t.ir.sub(a, b), size);
  store(result);
  setOperands(t, a, b, result);
  setResult(t, result);
  t.known = { kind: "difference", a, b };
}

/** a - b - CF. */
export function subtractWithBorrow(t: X86Translator, a: Value, b: Value, size: number, store: Store = keep): void {
  const { ir } = t;
  const result = extended(t, ir.sub(ir.sub(a, b), bitLike(t, carryFlag(t), a)), size);
  store(result);
  const carry = signBit(t, ir.or(ir.and(ir.not(a), b), ir.and(ir.not(ir.xor(a, b)), result)));
  setCarries(t, carry, ir.xor(ir.xor(a, b), result));
  setResult(t, result);
}

/** INC and DEC: CF stays. What goes out of the highest bit counts for OF alone. */
function step(t: X86Translator, a: Value, result: Value, out: Value): void {
  const { ir } = t;
  const carry = carryFlag(t);
  const crossed = asSign(t, ir.xor(out, carry), a);
  setCarries(t, carry, ir.xor(ir.xor(a, result), crossed));
  setResult(t, result);
}
const one = (t: X86Translator, a: Value): Value => (a.type === "i64" ? t.ir.i64(1) : t.ir.i32(1));

export function increment(t: X86Translator, a: Value, size: number, store: Store): void {
  const result = extended(t, t.ir.add(a, one(t, a)), size);
  store(result);
  step(t, a, result, t.ir.eqz(result));
}
export function decrement(t: X86Translator, a: Value, size: number, store: Store): void {
  const result = extended(t, t.ir.sub(a, one(t, a)), size);
  store(result);
  step(t, a, result, t.ir.eqz(a));
}

/** The flags of AND, OR, XOR and TEST; AF, which is undefined, becomes 0. */
export function setLogicFlags(t: X86Translator, result: Value): void {
  const zero = zeroWord(t);
  setOperands(t, zero, zero, zero);
  setResult(t, result);
  t.known = { kind: "result", value: result };
}

// ---- reading them, as 0 or 1

export const zeroFlag = (t: X86Translator): Value => t.ir.eqz(t.ir.get(t.s.zr));
export const signFlag = (t: X86Translator): Value => signBit(t, t.ir.get(t.s.sr));
export const carryFlag = (t: X86Translator): Value => t.ir.ltU(t.ir.get(t.s.fa), t.ir.get(t.s.fb));
export const adjustFlag = (t: X86Translator): Value => t.ir.and(t.ir.shrU(lower(t, carriesOf(t)), t.ir.i32(4)), t.ir.i32(1));
export const overflowFlag = (t: X86Translator): Value => t.ir.xor(signBit(t, carriesOf(t)), carryFlag(t));
export function parityFlag(t: X86Translator): Value {
  const { ir } = t;
  const low = ir.and(lower(t, ir.get(t.s.sr)), ir.i32(0xff));
  return ir.xor(ir.and(ir.op("i32.popcnt", low), ir.i32(1)), ir.i32(1));
}

/** SF != OF. */
const less = (t: X86Translator): Value => t.ir.xor(signBit(t, t.ir.xor(t.ir.get(t.s.sr), carriesOf(t))), carryFlag(t));

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
      return overflowFlag(t);
    case 1:
      return carryFlag(t);
    case 2:
      return zeroFlag(t);
    case 3:
      return ir.or(carryFlag(t), zeroFlag(t));
    case 4:
      return ir.ltS(ir.get(t.s.sr), zeroWord(t));
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
  const carries = ir.or(ir.or(carryFlag(t), ir.i32(2)), ir.and(lower(t, carriesOf(t)), ir.i32(EFLAGS.AF)));
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
  const carry = bit(0);
  const crossed = ir.shl(ir.xor(overflowFlag(t), carry), ir.i32(31));
  setCarries(t, carry, ir.or(crossed, ir.and(value, ir.i32(EFLAGS.AF))));
  setResultBits(t, bit(6), bit(7), bit(2));
}
