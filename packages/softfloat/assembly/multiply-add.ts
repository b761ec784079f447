// Fused multiply-add: a*b+c rounded once. Negated forms are made by the caller flipping the sign of an operand; that flips the
// sign of a NaN as well, which is right for ARM (FPNeg before FPMulAdd). Guests whose negated forms leave NaN alone (x86, PowerPC)
// must look for NaN results themselves.
import { multiplyHigh } from "./arithmetic";
import {
  begin,
  infinity,
  INFINITY,
  invalid,
  noteDenormals,
  propagate3,
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
import { DOWNWARD, roundingOf } from "./status";

let shiftedHigh: u64 = 0;
let shiftedLow: u64 = 0;

/** high:low shifted right by n >= 0 into shiftedHigh:shiftedLow, with the bits lost ORed into bit 0. */
function shiftRightJamPair(high: u64, low: u64, n: i32): void {
  if (n == 0) {
    shiftedHigh = high;
    shiftedLow = low;
  } else if (n < 64) {
    shiftedHigh = high >> n;
    shiftedLow = (high << (64 - n)) | (low >> n) | <u64>(low << (64 - n) != 0);
  } else {
    shiftedHigh = 0;
    shiftedLow = shiftRightJam(high, n - 64) | <u64>(low != 0);
  }
}

export function multiplyAdd<T>(a: T, b: T, c: T, st: usize): T {
  begin();
  unpack<T>(a, st);
  const aSign = unpackedSign;
  const aKind = unpackedKind;
  const aExponent = unpackedExponent;
  const aSignificand = unpackedSignificand;
  unpack<T>(b, st);
  const bKind = unpackedKind;
  const bExponent = unpackedExponent;
  const bSignificand = unpackedSignificand;
  const sign = aSign != unpackedSign;
  unpack<T>(c, st);
  const cKind = unpackedKind;
  const cSign = unpackedSign;
  const productInvalid = (aKind == INFINITY && bKind == ZERO) || (aKind == ZERO && bKind == INFINITY);
  if (aKind >= QUIET_NAN || bKind >= QUIET_NAN || cKind >= QUIET_NAN) {
    return propagate3<T>(a, aKind, b, bKind, c, cKind, productInvalid, st);
  }
  if (productInvalid) return invalid<T>(st);
  if (aKind == INFINITY || bKind == INFINITY) {
    if (cKind == INFINITY && cSign != sign) return invalid<T>(st);
    noteDenormals(st);
    return infinity<T>(sign);
  }
  noteDenormals(st);
  if (cKind == INFINITY) return infinity<T>(cSign);
  if (aKind == ZERO || bKind == ZERO) {
    if (cKind == ZERO) return zero<T>(sign == cSign ? sign : roundingOf(st) == DOWNWARD);
    return roundPack<T>(cSign, unpackedExponent, unpackedSignificand, st);
  }
  // The product, exact in 128 bits, leading one at bit 126 of the pair.
  const x = aSignificand << 1;
  let high = multiplyHigh(x, bSignificand);
  let low = x * bSignificand;
  let exponent = aExponent + bExponent + 1;
  if (high >> 62 == 0) {
    high = (high << 1) | (low >> 63);
    low <<= 1;
    exponent -= 1;
  }
  if (cKind == ZERO) return roundPack<T>(sign, exponent, high | <u64>(low != 0), st);
  const distance = exponent - unpackedExponent;
  let cHigh = unpackedSignificand;
  let cLow: u64 = 0;
  if (distance >= 0) {
    shiftRightJamPair(cHigh, 0, distance);
    cHigh = shiftedHigh;
    cLow = shiftedLow;
  } else {
    shiftRightJamPair(high, low, -distance);
    high = shiftedHigh;
    low = shiftedLow;
    exponent = unpackedExponent;
  }
  if (sign == cSign) {
    low += cLow;
    high += cHigh + <u64>(low < cLow);
    if (<i64>high < 0) return roundPack<T>(sign, exponent + 1, shiftRightJam(high, 1) | <u64>(low != 0), st);
    return roundPack<T>(sign, exponent, high | <u64>(low != 0), st);
  }
  let resultSign = sign;
  if (high < cHigh || (high == cHigh && low < cLow)) {
    resultSign = cSign;
    const swapHigh = high;
    const swapLow = low;
    high = cHigh;
    low = cLow;
    cHigh = swapHigh;
    cLow = swapLow;
  }
  high = high - cHigh - <u64>(low < cLow);
  low -= cLow;
  if ((high | low) == 0) return zero<T>(roundingOf(st) == DOWNWARD);
  if (high == 0) {
    high = low >> 1;
    low <<= 63;
    exponent -= 63;
    if (high == 0) {
      // Only the lowest bit of all was left, and it is now at the top of low.
      return roundPack<T>(resultSign, exponent - 63, (<u64>1) << 62, st);
    }
  }
  const shift = <i32>clz(high) - 1;
  if (shift > 0) {
    high = (high << shift) | (low >> (64 - shift));
    low <<= shift;
    exponent -= shift;
  }
  return roundPack<T>(resultSign, exponent, high | <u64>(low != 0), st);
}
