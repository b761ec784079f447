// The x87's extended format in memory: the significand, with its explicit leading one, as an i64 at +0, sign and exponent in the low 16
// bits of the i32 at +8. A finite number is unpacked into sign, exponent and a significand with bit 63 set: value = significand *
// 2^(exponent - 63).
import { C1, DE, DONE, IE, isUnmasked, LEFT_ALONE, raiseX87, setCodes } from "./x87-status";

export const BIAS: i32 = 0x3fff;
export const EXPONENT_MAX: i32 = 0x7fff;
export const LEADING: u64 = 1 << 63;
const QUIET: u64 = 1 << 62;
export const SIGN: u32 = 0x8000;

// Kinds, in an order that comparisons use.
export const IS_ZERO: i32 = 0;
export const IS_FINITE: i32 = 1;
export const IS_INFINITE: i32 = 2;
export const IS_QUIET: i32 = 3;
export const IS_SIGNALING: i32 = 4;
/** An unnormal, pseudo-NaN or pseudo-infinity: an exponent with a significand that lacks its leading one. */
export const IS_UNSUPPORTED: i32 = 5;

// The operand last unpacked, and whether there was a denormal one since the operation began.
export let xSign: bool = false;
export let xKind: i32 = 0;
export let xExponent: i32 = 0;
export let xSignificand: u64 = 0;
let denormalSeen: bool = false;

/** To be called first by every operation: C1 is clear unless it says otherwise. */
export function beginX87(fpu: usize): void {
  setCodes(fpu, C1, 0);
  denormalSeen = false;
}

/** The same for FCOMI and FUCOMI, which leave C1 alone. */
export function beginKeepingC1(): void {
  denormalSeen = false;
}

/** Raises DE if an operand was denormal; tells whether that keeps the operation from being done. */
export function stopsAtDenormal(fpu: usize): bool {
  if (!denormalSeen) return false;
  raiseX87(fpu, DE);
  return isUnmasked(fpu, DE);
}

/** Unpacks the operand at an address. */
export function unpackX87(from: usize): void {
  const signExponent = load<u32>(from, 8);
  const biased = <i32>(signExponent & 0x7fff);
  const significand = load<u64>(from);
  xSign = (signExponent & SIGN) != 0;
  xSignificand = significand;
  if (<i64>significand < 0) {
    if (biased != EXPONENT_MAX) {
      xKind = IS_FINITE;
      xExponent = biased - BIAS;
      if (biased == 0) {
        // A pseudo-denormal has the least exponent too.
        xExponent = 1 - BIAS;
        denormalSeen = true;
      }
    } else if (significand == LEADING) xKind = IS_INFINITE;
    else xKind = significand & QUIET ? IS_QUIET : IS_SIGNALING;
  } else if (biased != 0) xKind = IS_UNSUPPORTED;
  else if (significand == 0) xKind = IS_ZERO;
  else {
    const shift = <i32>clz(significand);
    xKind = IS_FINITE;
    xExponent = 1 - BIAS - shift;
    xSignificand = significand << shift;
    denormalSeen = true;
  }
}

/** Unpacks an operand of f32 or f64, given its fields; the fraction has its highest bit at 62. */
function unpackFields(sign: bool, biased: i32, exponentMax: i32, fraction: u64): void {
  xSign = sign;
  if (biased == exponentMax) {
    xSignificand = LEADING | fraction;
    xKind = fraction == 0 ? IS_INFINITE : fraction & QUIET ? IS_QUIET : IS_SIGNALING;
  } else if (biased != 0) {
    xKind = IS_FINITE;
    xExponent = biased - (exponentMax >> 1);
    xSignificand = LEADING | fraction;
  } else if (fraction == 0) {
    xKind = IS_ZERO;
    xSignificand = 0;
  } else {
    const shift = <i32>clz(fraction);
    xKind = IS_FINITE;
    xExponent = 1 - (exponentMax >> 1) - shift;
    xSignificand = fraction << shift;
    denormalSeen = true;
  }
}

export function unpackSingle(bits: u32): void {
  unpackFields(<i32>bits < 0, (bits >> 23) & 0xff, 0xff, ((<u64>bits) << 40) & (LEADING - 1));
}

export function unpackDouble(bits: u64): void {
  unpackFields(<i64>bits < 0, <i32>(bits >> 52) & 0x7ff, 0x7ff, (bits << 11) & (LEADING - 1));
}

/** Writes a register. */
export function storeX87(to: usize, sign: bool, biased: i32, significand: u64): i32 {
  store<u64>(to, significand);
  store<u32>(to, (sign ? SIGN : 0) | biased, 8);
  return DONE;
}

export function storeZero(to: usize, sign: bool): i32 {
  return storeX87(to, sign, 0, 0);
}

export function storeInfinity(to: usize, sign: bool): i32 {
  return storeX87(to, sign, EXPONENT_MAX, LEADING);
}

/** Writes an integer, which is exact. */
export function storeInteger(to: usize, value: i64): i32 {
  if (value == 0) return storeZero(to, false);
  const magnitude = value < 0 ? <u64>(0 - value) : <u64>value;
  const shift = <i32>clz(magnitude);
  return storeX87(to, value < 0, BIAS + 63 - shift, magnitude << shift);
}

/** Writes the real indefinite, a quiet NaN. */
export function storeIndefinite(to: usize): i32 {
  return storeX87(to, true, EXPONENT_MAX, LEADING | QUIET);
}

/** An invalid operation: IE, and the indefinite unless that is not masked. */
export function invalidX87(to: usize, fpu: usize): i32 {
  raiseX87(fpu, IE);
  return isUnmasked(fpu, IE) ? LEFT_ALONE : storeIndefinite(to);
}

/** The operand last unpacked, of kind IS_QUIET at least, as the result of an operation that has no other. */
export function propagateOne(to: usize, fpu: usize): i32 {
  if (xKind == IS_UNSUPPORTED) return invalidX87(to, fpu);
  if (xKind == IS_SIGNALING) {
    raiseX87(fpu, IE);
    if (isUnmasked(fpu, IE)) return LEFT_ALONE;
  }
  return storeX87(to, xSign, EXPONENT_MAX, xSignificand | QUIET);
}

/**
 * The result of an operation on another operand and the one last unpacked, where one of them is of kind IS_QUIET at least: of two NaN the
 * quiet one, else the one with the larger significand, else the positive one.
 */
export function propagateTwo(to: usize, sign: bool, kind: i32, significand: u64, fpu: usize): i32 {
  if (kind == IS_UNSUPPORTED || xKind == IS_UNSUPPORTED) return invalidX87(to, fpu);
  let other = xKind < IS_QUIET;
  if (kind >= IS_QUIET && xKind >= IS_QUIET) {
    if (kind != xKind) other = kind == IS_QUIET;
    else if (significand != xSignificand) other = significand > xSignificand;
    else other = !sign;
  }
  if (kind == IS_SIGNALING || xKind == IS_SIGNALING) {
    raiseX87(fpu, IE);
    if (isUnmasked(fpu, IE)) return LEFT_ALONE;
  }
  return storeX87(to, other ? sign : xSign, EXPONENT_MAX, (other ? significand : xSignificand) | QUIET);
}
