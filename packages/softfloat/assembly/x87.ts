// The exported functions of the x87: see ../src/x87.ts for what they take and give.
import { addX87, divideX87, multiplyX87, squareRootX87 } from "./x87-arithmetic";
import { arctangentX87 } from "./x87-arctangent";
import { compareToFlags, compareX87, examineX87 } from "./x87-compare";
import {
  addDoubleFast,
  addFast,
  addSingleFast,
  compareFast,
  compareToFlagsFast,
  divideByFast,
  divideDoubleFast,
  divideFast,
  loadDoubleFast,
  loadSingleFast,
  multiplyDoubleFast,
  multiplyFast,
  multiplySingleFast,
  storeDoubleFast,
  storeSingleFast,
} from "./x87-fast";
import { loadConstant, loadDecimal, loadX87, storeTo, storeToDecimal, storeToInteger } from "./x87-convert";
import {
  beginKeepingC1,
  beginX87,
  SIGN,
  storeInteger,
  unpackDouble,
  unpackSingle,
  unpackX87,
  xExponent,
  xKind,
  xSign,
  xSignificand,
} from "./x87-format";
import { DONE } from "./x87-status";
import { exponentialX87, yLogarithmPlusOneX87, yLogarithmX87 } from "./x87-logarithm";
import { extractX87, remainderX87, roundToIntX87, scaleX87 } from "./x87-remainder";
import { sineCosineX87, sineX87, tangentX87 } from "./x87-trigonometry";

// The first operand, while the second is unpacked.
let aSign: bool = false;
let aKind: i32 = 0;
let aExponent: i32 = 0;
let a: u64 = 0;

function beginWith(from: usize, fpu: usize): void {
  beginX87(fpu);
  take(from);
}

/** Unpacks the first operand. */
function take(from: usize): void {
  unpackX87(from);
  aSign = xSign;
  aKind = xKind;
  aExponent = xExponent;
  a = xSignificand;
}

function beginWithTwo(first: usize, second: usize, fpu: usize): void {
  beginWith(first, fpu);
  unpackX87(second);
}

function beginWithSingle(first: usize, second: u32, fpu: usize): void {
  beginWith(first, fpu);
  unpackSingle(second);
}

function beginWithDouble(first: usize, second: u64, fpu: usize): void {
  beginWith(first, fpu);
  unpackDouble(second);
}

function sum(to: usize, negateA: bool, negateB: bool, fpu: usize): i32 {
  return addX87(to, aSign, aKind, aExponent, a, negateA, negateB, fpu);
}

function product(to: usize, fpu: usize): i32 {
  return multiplyX87(to, aSign, aKind, aExponent, a, fpu);
}

function quotient(to: usize, reversed: bool, fpu: usize): i32 {
  return divideX87(to, aSign, aKind, aExponent, a, reversed, fpu);
}

function comparison(quiet: bool, fpu: usize): i32 {
  return compareX87(aSign, aKind, aExponent, a, quiet, fpu);
}

export function f80_add(to: usize, first: usize, second: usize, fpu: usize): i32 {
  if (addFast(to, first, second, 0, fpu)) return DONE;
  beginWithTwo(first, second, fpu);
  return sum(to, false, false, fpu);
}
export function f80_sub(to: usize, first: usize, second: usize, fpu: usize): i32 {
  if (addFast(to, first, second, SIGN, fpu)) return DONE;
  beginWithTwo(first, second, fpu);
  return sum(to, false, true, fpu);
}
export function f80_mul(to: usize, first: usize, second: usize, fpu: usize): i32 {
  if (multiplyFast(to, first, second, fpu)) return DONE;
  beginWithTwo(first, second, fpu);
  return product(to, fpu);
}
export function f80_div(to: usize, first: usize, second: usize, fpu: usize): i32 {
  if (divideFast(to, first, second, fpu)) return DONE;
  beginWithTwo(first, second, fpu);
  return quotient(to, false, fpu);
}
export function f80_add_f32(to: usize, first: usize, second: u32, fpu: usize): i32 {
  if (addSingleFast(to, first, second, 0, 0, fpu)) return DONE;
  beginWithSingle(first, second, fpu);
  return sum(to, false, false, fpu);
}
export function f80_sub_f32(to: usize, first: usize, second: u32, fpu: usize): i32 {
  if (addSingleFast(to, first, second, 0, SIGN, fpu)) return DONE;
  beginWithSingle(first, second, fpu);
  return sum(to, false, true, fpu);
}
export function f80_subr_f32(to: usize, first: usize, second: u32, fpu: usize): i32 {
  if (addSingleFast(to, first, second, SIGN, 0, fpu)) return DONE;
  beginWithSingle(first, second, fpu);
  return sum(to, true, false, fpu);
}
export function f80_mul_f32(to: usize, first: usize, second: u32, fpu: usize): i32 {
  if (multiplySingleFast(to, first, second, fpu)) return DONE;
  beginWithSingle(first, second, fpu);
  return product(to, fpu);
}
export function f80_div_f32(to: usize, first: usize, second: u32, fpu: usize): i32 {
  beginWithSingle(first, second, fpu);
  return quotient(to, false, fpu);
}
export function f80_divr_f32(to: usize, first: usize, second: u32, fpu: usize): i32 {
  beginWithSingle(first, second, fpu);
  return quotient(to, true, fpu);
}
export function f80_compare_f32(first: usize, second: u32, fpu: usize): i32 {
  beginWithSingle(first, second, fpu);
  return comparison(false, fpu);
}
export function f80_add_f64(to: usize, first: usize, second: u64, fpu: usize): i32 {
  if (addDoubleFast(to, first, second, 0, 0, fpu)) return DONE;
  beginWithDouble(first, second, fpu);
  return sum(to, false, false, fpu);
}
export function f80_sub_f64(to: usize, first: usize, second: u64, fpu: usize): i32 {
  if (addDoubleFast(to, first, second, 0, SIGN, fpu)) return DONE;
  beginWithDouble(first, second, fpu);
  return sum(to, false, true, fpu);
}
export function f80_subr_f64(to: usize, first: usize, second: u64, fpu: usize): i32 {
  if (addDoubleFast(to, first, second, SIGN, 0, fpu)) return DONE;
  beginWithDouble(first, second, fpu);
  return sum(to, true, false, fpu);
}
export function f80_mul_f64(to: usize, first: usize, second: u64, fpu: usize): i32 {
  if (multiplyDoubleFast(to, first, second, fpu)) return DONE;
  beginWithDouble(first, second, fpu);
  return product(to, fpu);
}
export function f80_div_f64(to: usize, first: usize, second: u64, fpu: usize): i32 {
  if (divideDoubleFast(to, first, second, fpu)) return DONE;
  beginWithDouble(first, second, fpu);
  return quotient(to, false, fpu);
}
export function f80_divr_f64(to: usize, first: usize, second: u64, fpu: usize): i32 {
  if (divideByFast(to, first, second, fpu)) return DONE;
  beginWithDouble(first, second, fpu);
  return quotient(to, true, fpu);
}
export function f80_compare_f64(first: usize, second: u64, fpu: usize): i32 {
  beginWithDouble(first, second, fpu);
  return comparison(false, fpu);
}
export function f80_compare(first: usize, second: usize, fpu: usize): i32 {
  if (compareFast(first, second, fpu)) return DONE;
  beginWithTwo(first, second, fpu);
  return comparison(false, fpu);
}
export function f80_compare_quiet(first: usize, second: usize, fpu: usize): i32 {
  if (compareFast(first, second, fpu)) return DONE;
  beginWithTwo(first, second, fpu);
  return comparison(true, fpu);
}
export function f80_compare_eflags(first: usize, second: usize, fpu: usize): i32 {
  const flags = compareToFlagsFast(first, second);
  if (flags >= 0) return flags;
  beginKeepingC1();
  take(first);
  unpackX87(second);
  return compareToFlags(aSign, aKind, aExponent, a, false, fpu);
}
export function f80_compare_quiet_eflags(first: usize, second: usize, fpu: usize): i32 {
  const flags = compareToFlagsFast(first, second);
  if (flags >= 0) return flags;
  beginKeepingC1();
  take(first);
  unpackX87(second);
  return compareToFlags(aSign, aKind, aExponent, a, true, fpu);
}
export function f80_test(from: usize, fpu: usize): i32 {
  beginWith(from, fpu);
  unpackSingle(0);
  return comparison(false, fpu);
}
export function f80_examine(from: usize, fpu: usize): i32 {
  beginWith(from, fpu);
  return examineX87((load<u32>(from, 8) & 0x7fff) == 0, fpu);
}
export function f80_sqrt(to: usize, from: usize, fpu: usize): i32 {
  beginX87(fpu);
  return squareRootX87(to, from, fpu);
}
export function f80_rem(to: usize, first: usize, second: usize, fpu: usize): i32 {
  beginX87(fpu);
  return remainderX87(to, first, second, false, fpu);
}
export function f80_rem1(to: usize, first: usize, second: usize, fpu: usize): i32 {
  beginX87(fpu);
  return remainderX87(to, first, second, true, fpu);
}
export function f80_scale(to: usize, first: usize, second: usize, fpu: usize): i32 {
  beginX87(fpu);
  return scaleX87(to, first, second, fpu);
}
export function f80_extract(exponentTo: usize, significandTo: usize, from: usize, fpu: usize): i32 {
  beginX87(fpu);
  return extractX87(exponentTo, significandTo, from, fpu);
}
export function f80_round_to_int(to: usize, from: usize, fpu: usize): i32 {
  beginX87(fpu);
  return roundToIntX87(to, from, fpu);
}
export function f32_to_f80(to: usize, value: u32, fpu: usize): i32 {
  if (loadSingleFast(to, value, fpu)) return DONE;
  beginX87(fpu);
  unpackSingle(value);
  return loadX87(to, fpu);
}
export function f64_to_f80(to: usize, value: u64, fpu: usize): i32 {
  if (loadDoubleFast(to, value, fpu)) return DONE;
  beginX87(fpu);
  unpackDouble(value);
  return loadX87(to, fpu);
}
export function i32_to_f80(to: usize, value: i32, fpu: usize): i32 {
  beginX87(fpu);
  return storeInteger(to, value);
}
export function i64_to_f80(to: usize, value: i64, fpu: usize): i32 {
  beginX87(fpu);
  return storeInteger(to, value);
}
export function decimal_to_f80(to: usize, digits: u64, signDigits: u32, fpu: usize): i32 {
  beginX87(fpu);
  return loadDecimal(to, digits, signDigits);
}
export function f80_constant(to: usize, index: i32, fpu: usize): i32 {
  beginX87(fpu);
  return loadConstant(to, index, fpu);
}
export function f80_to_f32(to: usize, from: usize, fpu: usize): i32 {
  if (storeSingleFast(to, from, fpu)) return DONE;
  beginX87(fpu);
  return storeTo<u32>(to, from, fpu);
}
export function f80_to_f64(to: usize, from: usize, fpu: usize): i32 {
  if (storeDoubleFast(to, from, fpu)) return DONE;
  beginX87(fpu);
  return storeTo<u64>(to, from, fpu);
}
export function f80_to_i16(to: usize, from: usize, toZero: i32, fpu: usize): i32 {
  beginX87(fpu);
  return storeToInteger(to, from, 16, toZero != 0, fpu);
}
export function f80_to_i32(to: usize, from: usize, toZero: i32, fpu: usize): i32 {
  beginX87(fpu);
  return storeToInteger(to, from, 32, toZero != 0, fpu);
}
export function f80_to_i64(to: usize, from: usize, toZero: i32, fpu: usize): i32 {
  beginX87(fpu);
  return storeToInteger(to, from, 64, toZero != 0, fpu);
}
export function f80_to_decimal(to: usize, from: usize, fpu: usize): i32 {
  beginX87(fpu);
  return storeToDecimal(to, from, fpu);
}
export function f80_exp2_minus1(to: usize, from: usize, fpu: usize): i32 {
  beginX87(fpu);
  return exponentialX87(to, from, fpu);
}
export function f80_y_log2(to: usize, first: usize, second: usize, fpu: usize): i32 {
  beginX87(fpu);
  return yLogarithmX87(to, first, second, fpu);
}
export function f80_y_log2_plus1(to: usize, first: usize, second: usize, fpu: usize): i32 {
  beginX87(fpu);
  return yLogarithmPlusOneX87(to, first, second, fpu);
}
export function f80_arctangent(to: usize, first: usize, second: usize, fpu: usize): i32 {
  beginX87(fpu);
  return arctangentX87(to, first, second, fpu);
}
export function f80_tangent(to: usize, oneTo: usize, from: usize, fpu: usize): i32 {
  beginX87(fpu);
  return tangentX87(to, oneTo, from, fpu);
}
export function f80_sine(to: usize, from: usize, fpu: usize): i32 {
  beginX87(fpu);
  return sineX87(to, from, false, fpu);
}
export function f80_cosine(to: usize, from: usize, fpu: usize): i32 {
  beginX87(fpu);
  return sineX87(to, from, true, fpu);
}
export function f80_sine_cosine(sineTo: usize, cosineTo: usize, from: usize, fpu: usize): i32 {
  beginX87(fpu);
  return sineCosineX87(sineTo, cosineTo, from, fpu);
}
