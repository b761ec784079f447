// The same in the usual case, without the steps that only the others need: normal numbers, a normal result, to nearest with 64 bits, PE masked.
// Each function tells whether it was that case; otherwise it has done nothing. What depends on the numbers is computed and not branched on, where it can
// be: half of such branches would be mispredicted.
import { BIAS, EXPONENT_MAX, LEADING, SIGN } from "./x87-format";
import { C0, C1, C2, C3, PE, STATUS_OFFSET } from "./x87-status";
import { divideWide, remainder } from "./x87-wide";
import { multiplyHigh } from "./arithmetic";

/** RC and the mask of PE in the control word, and PC. */
const ROUNDING: u32 = 0xc20;
const PRECISION: u32 = 0x300;
const TO_NEAREST_MASKED: u32 = 0x20;
const FULL_PRECISION: u32 = 0x300;
/** What is added to the exponent of an f64 and of an f32. */
const DOUBLE_BIAS: u32 = <u32>BIAS - 0x3ff;
const SINGLE_BIAS: u32 = <u32>BIAS - 0x7f;

function isUsual(fpu: usize): bool {
  return (load<u32>(fpu) & (ROUNDING | PRECISION)) == (TO_NEAREST_MASKED | FULL_PRECISION);
}

function isNormal(significand: u64, signExponent: u32): bool {
  return <i64>significand < 0 && (signExponent & 0x7fff) - 1 < <u32>EXPONENT_MAX - 1;
}

function areUsual(a: u64, aSignExponent: u32, b: u64, bSignExponent: u32, fpu: usize): bool {
  return isUsual(fpu) && isNormal(a & b, aSignExponent) && (bSignExponent & 0x7fff) - 1 < <u32>EXPONENT_MAX - 1;
}

/** Sets PE, and C1 as it says; `up` is 0 or 1. */
function note(fpu: usize, isInexact: bool, up: u64): void {
  const status = load<u32>(fpu, STATUS_OFFSET) & ~C1;
  store<u32>(fpu, status | (<u32>isInexact * PE) | (<u32>up * C1), STATUS_OFFSET);
}

/** 1 if what is lost, of which `half` is the highest bit, rounds to nearest away from zero. */
function roundsUp(kept: u64, lost: u64, half: u64): u64 {
  return <u64>(lost > half) | (<u64>(lost == half) & kept & 1);
}

/** Rounds (high, low) * 2^(biased - BIAS - 127) and writes it. */
function finish(to: usize, sign: u32, biased: u32, high: u64, low: u64, fpu: usize): bool {
  const up = roundsUp(high, low, LEADING);
  let significand = high + up;
  if (significand == 0) {
    significand = LEADING;
    biased += 1;
  }
  if (biased - 1 >= <u32>EXPONENT_MAX - 1) return false;
  store<u64>(to, significand);
  store<u32>(to, sign | biased, 8);
  note(fpu, low != 0, up);
  return true;
}

/** a + b. */
function add(to: usize, a: u64, aSignExponent: u32, b: u64, bSignExponent: u32, fpu: usize): bool {
  if (!areUsual(a, aSignExponent, b, bSignExponent, fpu)) return false;
  const aBiased = aSignExponent & 0x7fff;
  const bBiased = bSignExponent & 0x7fff;
  // The operand with the larger magnitude first.
  const isSwapped = <i32>(aBiased < bBiased) | (<i32>(aBiased == bBiased) & <i32>(a < b));
  const larger = isSwapped ? b : a;
  const smaller = isSwapped ? a : b;
  const sign = (isSwapped ? bSignExponent : aSignExponent) & SIGN;
  let biased = isSwapped ? bBiased : aBiased;
  const distance = <u64>(biased - (isSwapped ? aBiased : bBiased));
  let high: u64;
  let low: u64;
  if (distance < 64) {
    high = smaller >> distance;
    low = (smaller << 1) << (63 - distance);
  } else {
    high = 0;
    // Bits that are lost count as one: what is left of the larger operand may move by one bit.
    if (distance == 64) low = smaller;
    else if (distance < 128) low = (smaller >> (distance - 64)) | <u64>(smaller << (128 - distance) != 0);
    else low = 1;
  }
  if (((aSignExponent ^ bSignExponent) & SIGN) == 0) {
    high += larger;
    const carry = <u64>(high < larger);
    low = (low >> carry) | (low & carry) | ((high & carry) << 63);
    high = (high >> carry) | (carry << 63);
    biased += <u32>carry;
    return finish(to, sign, biased, high, low, fpu);
  }
  high = larger - high - <u64>(low != 0);
  low = 0 - low;
  if (high == 0) return false;
  const shift = clz(high);
  high = (high << shift) | ((low >> 1) >> (63 - shift));
  low <<= shift;
  // Far fewer than the exponents there are; what leaves their range is not the usual case.
  biased -= <u32>shift;
  return finish(to, sign, biased, high, low, fpu);
}

function multiply(to: usize, a: u64, aSignExponent: u32, b: u64, bSignExponent: u32, fpu: usize): bool {
  if (!areUsual(a, aSignExponent, b, bSignExponent, fpu)) return false;
  let high = multiplyHigh(a, b);
  let low = a * b;
  let biased = (aSignExponent & 0x7fff) + (bSignExponent & 0x7fff) - <u32>(BIAS - 1);
  const shift = (high >> 63) ^ 1;
  high = (high << shift) | ((low >> 63) & shift);
  low <<= shift;
  biased -= <u32>shift;
  return finish(to, (aSignExponent ^ bSignExponent) & SIGN, biased, high, low, fpu);
}

function divide(to: usize, a: u64, aSignExponent: u32, b: u64, bSignExponent: u32, fpu: usize): bool {
  if (!areUsual(a, aSignExponent, b, bSignExponent, fpu)) return false;
  let biased = (aSignExponent & 0x7fff) - (bSignExponent & 0x7fff) + <u32>BIAS;
  let quotient: u64;
  if (a < b) {
    biased -= 1;
    quotient = divideWide(a, 0, b);
  } else quotient = divideWide(a >> 1, a << 63, b);
  // The next bit, and whether there are more.
  const rest = remainder;
  const isHalf = rest >= b - rest;
  const isMore = <i32>(rest != 0) & <i32>(rest != b - rest);
  return finish(to, (aSignExponent ^ bSignExponent) & SIGN, biased, quotient, ((<u64>isHalf) << 63) | <u64>isMore, fpu);
}

// Operands in memory: a register's words, and what an f32 or f64 is as a register. If that is not normal, no exponent.
function doubleSignificand(bits: u64): u64 {
  return (bits << 11) | LEADING;
}
function doubleSignExponent(bits: u64): u32 {
  const biased = <u32>(bits >> 52) & 0x7ff;
  return biased - 1 < 0x7fe ? (<u32>(bits >> 48) & SIGN) | (biased + DOUBLE_BIAS) : 0;
}
function singleSignificand(bits: u32): u64 {
  return ((<u64>bits) << 40) | LEADING;
}
function singleSignExponent(bits: u32): u32 {
  const biased = (bits >> 23) & 0xff;
  return biased - 1 < 0xfe ? ((bits >> 16) & SIGN) | (biased + SINGLE_BIAS) : 0;
}

export function addFast(to: usize, first: usize, second: usize, negate: u32, fpu: usize): bool {
  return add(to, load<u64>(first), load<u32>(first, 8), load<u64>(second), load<u32>(second, 8) ^ negate, fpu);
}
export function multiplyFast(to: usize, first: usize, second: usize, fpu: usize): bool {
  return multiply(to, load<u64>(first), load<u32>(first, 8), load<u64>(second), load<u32>(second, 8), fpu);
}
export function divideFast(to: usize, first: usize, second: usize, fpu: usize): bool {
  return divide(to, load<u64>(first), load<u32>(first, 8), load<u64>(second), load<u32>(second, 8), fpu);
}
/** `negate`, `negateSecond`: SIGN or 0. */
export function addDoubleFast(to: usize, first: usize, second: u64, negate: u32, negateSecond: u32, fpu: usize): bool {
  const signExponent = doubleSignExponent(second);
  return add(to, load<u64>(first), load<u32>(first, 8) ^ negate, doubleSignificand(second), signExponent ^ negateSecond, fpu);
}
export function multiplyDoubleFast(to: usize, first: usize, second: u64, fpu: usize): bool {
  return multiply(to, load<u64>(first), load<u32>(first, 8), doubleSignificand(second), doubleSignExponent(second), fpu);
}
export function divideDoubleFast(to: usize, first: usize, second: u64, fpu: usize): bool {
  return divide(to, load<u64>(first), load<u32>(first, 8), doubleSignificand(second), doubleSignExponent(second), fpu);
}
export function divideByFast(to: usize, first: usize, second: u64, fpu: usize): bool {
  return divide(to, doubleSignificand(second), doubleSignExponent(second), load<u64>(first), load<u32>(first, 8), fpu);
}
export function addSingleFast(to: usize, first: usize, second: u32, negate: u32, negateSecond: u32, fpu: usize): bool {
  const signExponent = singleSignExponent(second);
  return add(to, load<u64>(first), load<u32>(first, 8) ^ negate, singleSignificand(second), signExponent ^ negateSecond, fpu);
}
export function multiplySingleFast(to: usize, first: usize, second: u32, fpu: usize): bool {
  return multiply(to, load<u64>(first), load<u32>(first, 8), singleSignificand(second), singleSignExponent(second), fpu);
}

/** FLD of an f64 or f32. */
export function loadDoubleFast(to: usize, bits: u64, fpu: usize): bool {
  const signExponent = doubleSignExponent(bits);
  if (signExponent == 0) return false;
  store<u64>(to, doubleSignificand(bits));
  store<u32>(to, signExponent, 8);
  note(fpu, false, 0);
  return true;
}
export function loadSingleFast(to: usize, bits: u32, fpu: usize): bool {
  const signExponent = singleSignExponent(bits);
  if (signExponent == 0) return false;
  store<u64>(to, singleSignificand(bits));
  store<u32>(to, signExponent, 8);
  note(fpu, false, 0);
  return true;
}

/** FST to an f64 or f32: rounded to nearest, whatever PC says. */
export function storeDoubleFast(to: usize, from: usize, fpu: usize): bool {
  const significand = load<u64>(from);
  const signExponent = load<u32>(from, 8);
  const biased = (signExponent & 0x7fff) - DOUBLE_BIAS;
  if ((load<u32>(fpu) & ROUNDING) != TO_NEAREST_MASKED || <i64>significand >= 0 || biased - 1 >= 0x7fe) return false;
  const kept = significand >> 11;
  const lost = significand & 0x7ff;
  const up = roundsUp(kept, lost, 0x400);
  // The leading one, and what is carried, go into the exponent.
  const bits = ((<u64>(biased - 1)) << 52) + kept + up;
  if (bits >> 52 == 0x7ff) return false;
  store<u64>(to, bits | ((<u64>(signExponent & SIGN)) << 48));
  note(fpu, lost != 0, up);
  return true;
}
export function storeSingleFast(to: usize, from: usize, fpu: usize): bool {
  const significand = load<u64>(from);
  const signExponent = load<u32>(from, 8);
  const biased = (signExponent & 0x7fff) - SINGLE_BIAS;
  if ((load<u32>(fpu) & ROUNDING) != TO_NEAREST_MASKED || <i64>significand >= 0 || biased - 1 >= 0xfe) return false;
  const kept = significand >> 40;
  const lost = significand & 0xff_ffff_ffff;
  const up = roundsUp(kept, lost, 0x80_0000_0000);
  const bits = ((biased - 1) << 23) + <u32>(kept + up);
  if (bits >> 23 == 0xff) return false;
  store<u32>(to, bits | ((signExponent & SIGN) << 16));
  note(fpu, lost != 0, up);
  return true;
}

/** How two registers compare: -1, 0 or 1, or 2 if one of them is not normal. */
function order(first: usize, second: usize): i32 {
  const a = load<u64>(first);
  const b = load<u64>(second);
  const aSignExponent = load<u32>(first, 8);
  const bSignExponent = load<u32>(second, 8);
  if (!isNormal(a, aSignExponent) || !isNormal(b, bSignExponent)) return 2;
  const direction = aSignExponent & SIGN ? -1 : 1;
  if (((aSignExponent ^ bSignExponent) & SIGN) != 0) return direction;
  const aBiased = aSignExponent & 0x7fff;
  const bBiased = bSignExponent & 0x7fff;
  if (aBiased != bBiased) return aBiased > bBiased ? direction : -direction;
  return a == b ? 0 : a > b ? direction : -direction;
}

/** C3, C2 and C0, with C1 clear. */
export function compareFast(first: usize, second: usize, fpu: usize): bool {
  const way = order(first, second);
  if (way == 2) return false;
  const codes: u32 = way < 0 ? C0 : way == 0 ? C3 : 0;
  store<u32>(fpu, (load<u32>(fpu, STATUS_OFFSET) & ~(C0 | C1 | C2 | C3)) | codes, STATUS_OFFSET);
  return true;
}

/** ZF, PF and CF in their places of EFLAGS, or -1. */
export function compareToFlagsFast(first: usize, second: usize): i32 {
  const way = order(first, second);
  return way == 2 ? -1 : way < 0 ? 1 : way == 0 ? 0x40 : 0;
}
