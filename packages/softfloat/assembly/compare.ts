// Comparisons, and minimum and maximum as ARM defines them (FPMin, FPMax, FPMinNum, FPMaxNum).
import {
  begin,
  infinity,
  noteDenormals,
  propagate2,
  QUIET_NAN,
  SIGNALING_NAN,
  unpack,
  unpackedKind,
  unpackedSign,
  zero,
  ZERO,
} from "./format";
import { INVALID, raise } from "./status";

export const LESS: i32 = -1;
export const EQUAL: i32 = 0;
export const GREATER: i32 = 1;
export const UNORDERED: i32 = 2;

/** Orders two bit patterns that are not NaN; zeros are equal. */
function order<T>(a: T, b: T): i32 {
  const signBit: T = <T>((<u64>1) << (sizeof<T>() * 8 - 1));
  if (a == b || ((a | b) & ~signBit) == 0) return EQUAL;
  const aNegative = (a & signBit) != 0;
  const bNegative = (b & signBit) != 0;
  if (aNegative != bNegative) return aNegative ? LESS : GREATER;
  return a < b != aNegative ? LESS : GREATER;
}

// The operands of the last comparison, denormals flushed; kinds as unpack() gave them.
let aKind: i32 = 0;
let bKind: i32 = 0;

/** LESS, EQUAL, GREATER or UNORDERED; signaling says that a quiet NaN is invalid too. */
export function compare<T>(a: T, b: T, signaling: bool, st: usize): i32 {
  begin();
  unpack<T>(a, st);
  aKind = unpackedKind;
  const aSign = unpackedSign;
  unpack<T>(b, st);
  bKind = unpackedKind;
  if (aKind >= QUIET_NAN || bKind >= QUIET_NAN) {
    if (signaling || aKind == SIGNALING_NAN || bKind == SIGNALING_NAN) raise(st, INVALID);
    return UNORDERED;
  }
  noteDenormals(st);
  return order<T>(aKind == ZERO ? zero<T>(aSign) : a, bKind == ZERO ? zero<T>(unpackedSign) : b);
}

/** FPMin, or FPMax if largest: NaN operands propagate, -0 is less than +0. */
export function minMax<T>(a: T, b: T, largest: bool, st: usize): T {
  begin();
  unpack<T>(a, st);
  const aKind = unpackedKind;
  const aSign = unpackedSign;
  unpack<T>(b, st);
  const bKind = unpackedKind;
  if (aKind >= QUIET_NAN || bKind >= QUIET_NAN) return propagate2<T>(a, aKind, b, bKind, st);
  noteDenormals(st);
  const x = aKind == ZERO ? zero<T>(aSign) : a;
  const y = bKind == ZERO ? zero<T>(unpackedSign) : b;
  const ordered = order<T>(x, y);
  if (ordered == EQUAL) return aSign == largest ? y : x;
  return (ordered == GREATER) == largest ? x : y;
}

/**
 * The minimum or maximum of SSE: a only where it is the lesser or greater; so b if either is NaN, which stays as it is and is invalid even if
 * quiet, and of two zeros.
 */
export function minMaxSecond<T>(a: T, b: T, largest: bool, st: usize): T {
  const ordered = compare<T>(a, b, true, st);
  // What compare() has left is the second's; it is flushed even if the first is NaN.
  if (ordered != (largest ? GREATER : LESS)) return bKind == ZERO ? zero<T>(unpackedSign) : b;
  unpack<T>(a, st);
  return aKind == ZERO ? zero<T>(unpackedSign) : a;
}

/** FPMinNum, FPMaxNum: a quiet NaN loses to a number. */
export function minMaxNumber<T>(a: T, b: T, largest: bool, st: usize): T {
  unpack<T>(a, st);
  const aKind = unpackedKind;
  unpack<T>(b, st);
  const bKind = unpackedKind;
  if (aKind == QUIET_NAN && bKind < QUIET_NAN) a = infinity<T>(largest);
  else if (bKind == QUIET_NAN && aKind < QUIET_NAN) b = infinity<T>(largest);
  return minMax<T>(a, b, largest, st);
}
