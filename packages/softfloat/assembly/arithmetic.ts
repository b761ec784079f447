// Addition, subtraction, multiplication, division and square root on raw bits.
import {
  begin,
  FINITE,
  infinity,
  INFINITY,
  invalid,
  noteDenormals,
  propagate1,
  propagate2,
  QUIET_NAN,
  unpack,
  unpackedExponent,
  unpackedKind,
  unpackedSign,
  unpackedSignificand,
  zero,
  ZERO,
} from "./format";
import { roundPack, shiftRightJam } from "./round";
import { DIVIDE_BY_ZERO, DOWNWARD, raise, roundingOf } from "./status";

/** a + b, or a - b if negate. */
export function addSub<T>(a: T, b: T, negate: bool, st: usize): T {
  begin();
  unpack<T>(a, st);
  let aSign = unpackedSign;
  const aKind = unpackedKind;
  let aExponent = unpackedExponent;
  let aSignificand = unpackedSignificand;
  unpack<T>(b, st);
  const bSign = unpackedSign != negate;
  const bKind = unpackedKind;
  if (aKind >= QUIET_NAN || bKind >= QUIET_NAN) return propagate2<T>(a, aKind, b, bKind, st);
  if (aKind == INFINITY && bKind == INFINITY && aSign != bSign) return invalid<T>(st);
  noteDenormals(st);
  if (aKind == INFINITY) return infinity<T>(aSign);
  if (bKind == INFINITY) return infinity<T>(bSign);
  if (bKind == ZERO) {
    if (aKind == FINITE) return roundPack<T>(aSign, aExponent, aSignificand, st);
    return zero<T>(aSign == bSign ? aSign : roundingOf(st) == DOWNWARD);
  }
  let bSignificand = unpackedSignificand;
  if (aKind == ZERO) return roundPack<T>(bSign, unpackedExponent, bSignificand, st);
  const distance = aExponent - unpackedExponent;
  if (distance >= 0) {
    bSignificand = shiftRightJam(bSignificand, distance);
  } else {
    aSignificand = shiftRightJam(aSignificand, -distance);
    aExponent = unpackedExponent;
  }
  if (aSign == bSign) {
    const sum = aSignificand + bSignificand;
    if (<i64>sum < 0) return roundPack<T>(aSign, aExponent + 1, shiftRightJam(sum, 1), st);
    return roundPack<T>(aSign, aExponent, sum, st);
  }
  if (aSignificand == bSignificand) return zero<T>(roundingOf(st) == DOWNWARD);
  let difference = aSignificand - bSignificand;
  if (aSignificand < bSignificand) {
    difference = bSignificand - aSignificand;
    aSign = bSign;
  }
  const shift = <i32>clz(difference) - 1;
  return roundPack<T>(aSign, aExponent - shift, difference << shift, st);
}

/** The high 64 bits of the product of two u64. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffff_ffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffff_ffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  return aHigh * bHigh + (middle >> 32) + ((aLow * bHigh + (middle & 0xffff_ffff)) >> 32);
}

export function multiply<T>(a: T, b: T, st: usize): T {
  begin();
  unpack<T>(a, st);
  const aSign = unpackedSign;
  const aKind = unpackedKind;
  const aExponent = unpackedExponent;
  const aSignificand = unpackedSignificand;
  unpack<T>(b, st);
  const bKind = unpackedKind;
  const sign = aSign != unpackedSign;
  if (aKind >= QUIET_NAN || bKind >= QUIET_NAN) return propagate2<T>(a, aKind, b, bKind, st);
  if ((aKind == INFINITY && bKind == ZERO) || (aKind == ZERO && bKind == INFINITY)) return invalid<T>(st);
  noteDenormals(st);
  if (aKind == INFINITY || bKind == INFINITY) return infinity<T>(sign);
  if (aKind == ZERO || bKind == ZERO) return zero<T>(sign);
  // Leading ones at 63 and 62 give one at 61 or 62 of the high half.
  const x = aSignificand << 1;
  let product = multiplyHigh(x, unpackedSignificand);
  if (x * unpackedSignificand != 0) product |= 1;
  const exponent = aExponent + unpackedExponent + 1;
  if (product >> 62 == 0) return roundPack<T>(sign, exponent - 1, product << 1, st);
  return roundPack<T>(sign, exponent, product, st);
}

export function divide<T>(a: T, b: T, st: usize): T {
  begin();
  unpack<T>(a, st);
  const aSign = unpackedSign;
  const aKind = unpackedKind;
  const aExponent = unpackedExponent;
  const aSignificand = unpackedSignificand;
  unpack<T>(b, st);
  const bKind = unpackedKind;
  const sign = aSign != unpackedSign;
  if (aKind >= QUIET_NAN || bKind >= QUIET_NAN) return propagate2<T>(a, aKind, b, bKind, st);
  if (aKind == bKind && aKind != FINITE) return invalid<T>(st);
  if (bKind == ZERO && aKind == FINITE) {
    raise(st, DIVIDE_BY_ZERO);
    return infinity<T>(sign);
  }
  noteDenormals(st);
  if (aKind == INFINITY) return infinity<T>(sign);
  if (aKind == ZERO || bKind == INFINITY) return zero<T>(sign);
  // Integers of 53 bits with quotient in [1, 2). The host's quotient is right to one unit; the remainder, which is smaller than
  // the divisor, is exact even modulo 2^64 and tells which way.
  let dividend = aSignificand >> 10;
  const divisor = unpackedSignificand >> 10;
  let exponent = aExponent - unpackedExponent;
  if (dividend < divisor) {
    dividend <<= 1;
    exponent -= 1;
  }
  let quotient = (reinterpret<u64>(<f64>dividend / <f64>divisor) & 0xf_ffff_ffff_ffff) | (1 << 52);
  let remainder = <i64>((dividend << 52) - quotient * divisor);
  if (remainder < 0) {
    quotient -= 1;
    remainder += divisor;
  }
  const twice = <u64>remainder * 2;
  quotient = (quotient << 10) | (twice >= divisor ? 1 << 9 : 0) | <u64>(remainder != 0 && twice != divisor);
  return roundPack<T>(sign, exponent, quotient, st);
}

export function squareRoot<T>(a: T, st: usize): T {
  begin();
  unpack<T>(a, st);
  if (unpackedKind >= QUIET_NAN) return propagate1<T>(a, st);
  if (unpackedKind == ZERO) return zero<T>(unpackedSign);
  if (unpackedSign) return invalid<T>(st);
  if (unpackedKind == INFINITY) return infinity<T>(false);
  noteDenormals(st);
  const odd = unpackedExponent & 1;
  const radicand = (unpackedSignificand >> 10) << odd;
  // As in divide(): root is the host's root of radicand / 2^52 in [1, 4), as an integer of 53 bits, and the remainder is exact.
  let root = (reinterpret<u64>(sqrt<f64>(<f64>radicand)) & 0xf_ffff_ffff_ffff) | (1 << 52);
  let remainder = <i64>((radicand << 52) - root * root);
  if (remainder < 0) {
    root -= 1;
    remainder += root * 2 + 1;
  }
  const significand = (root << 10) | (<u64>remainder > root ? 1 << 9 : 0) | <u64>(remainder != 0);
  return roundPack<T>(false, (unpackedExponent - odd) >> 1, significand, st);
}
