// FPREM, FPREM1, FSCALE, FXTRACT and FRNDINT: operations on exponents and integers. Nothing here heeds PC.
import {
  BIAS,
  IS_FINITE,
  IS_INFINITE,
  IS_QUIET,
  IS_ZERO,
  invalidX87,
  propagateOne,
  propagateTwo,
  stopsAtDenormal,
  storeInfinity,
  storeInteger,
  storeX87,
  storeZero,
  unpackX87,
  xExponent,
  xKind,
  xSign,
  xSignificand,
} from "./x87-format";
import { roundFull, roundToInteger, wasInexact, wasUp } from "./x87-round";
import { C0, C1, C2, C3, DONE, isUnmasked, LEFT_ALONE, raiseInexact, raiseX87, roundingControl, setCodes, ZE } from "./x87-status";
import { divideWide, remainder } from "./x87-wide";

/** FPREM or, with the quotient rounded to nearest, FPREM1: a replaced by a - quotient * b, or by a step towards it. */
export function remainderX87(to: usize, aAt: usize, bAt: usize, nearest: bool, fpu: usize): i32 {
  setCodes(fpu, C2, 0);
  unpackX87(aAt);
  let sign = xSign;
  const kind = xKind;
  let exponent = xExponent;
  let rest = xSignificand;
  unpackX87(bAt);
  if (kind >= IS_QUIET || xKind >= IS_QUIET) return propagateTwo(to, sign, kind, rest, fpu);
  if (kind == IS_INFINITE || xKind == IS_ZERO) return invalidX87(to, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  setCodes(fpu, C0 | C1 | C3, 0);
  if (kind == IS_ZERO) return storeZero(to, sign);
  const distance = exponent - xExponent;
  if (xKind == IS_INFINITE || distance < -1) return roundFull(to, sign, exponent, rest, 0, fpu);
  const divisor = xSignificand;
  if (distance >= 64) {
    // A part of the quotient, of 32 to 63 bits, so that what remains is by a multiple of 32 bits or so longer than the divisor.
    const steps = 32 + (distance & 31);
    divideWide(rest >> (64 - steps), rest << steps, divisor);
    setCodes(fpu, C2, C2);
    return storeRest(to, sign, xExponent + distance - steps, remainder, fpu);
  }
  let quotient: u64 = 0;
  if (distance >= 0) {
    quotient = divideWide(distance == 0 ? 0 : rest >> (64 - distance), rest << distance, divisor);
    rest = remainder;
    exponent = xExponent;
  }
  if (nearest) {
    // Of a dividend with the next lower exponent, the double of the divisor is what its significand compares with.
    const isAbove = distance < 0 ? rest > divisor : rest > divisor - rest || (rest == divisor - rest && (quotient & 1) != 0);
    if (isAbove) {
      quotient += 1;
      rest = distance < 0 ? (divisor << 1) - rest : divisor - rest;
      sign = !sign;
    }
  }
  const codes = (quotient & 4 ? C0 : 0) | (quotient & 2 ? C3 : 0) | (quotient & 1 ? C1 : 0);
  setCodes(fpu, C0 | C1 | C3, codes);
  return storeRest(to, sign, exponent, rest, fpu);
}

/** rest * 2^(exponent - 63), which may be zero or have leading zeros. */
function storeRest(to: usize, sign: bool, exponent: i32, rest: u64, fpu: usize): i32 {
  if (rest == 0) return storeZero(to, sign);
  const shift = <i32>clz(rest);
  return roundFull(to, sign, exponent - shift, rest << shift, 0, fpu);
}

/** FSCALE: a times two to the power of b, truncated. */
export function scaleX87(to: usize, aAt: usize, bAt: usize, fpu: usize): i32 {
  unpackX87(aAt);
  const sign = xSign;
  const kind = xKind;
  const exponent = xExponent;
  const significand = xSignificand;
  unpackX87(bAt);
  if (kind >= IS_QUIET || xKind >= IS_QUIET) return propagateTwo(to, sign, kind, significand, fpu);
  if (xKind == IS_INFINITE && kind == (xSign ? IS_INFINITE : IS_ZERO)) return invalidX87(to, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (kind == IS_INFINITE || (xKind == IS_INFINITE && !xSign)) return storeInfinity(to, sign);
  if (kind == IS_ZERO || xKind == IS_INFINITE) return storeZero(to, sign);
  let power = 0;
  if (xKind == IS_FINITE && xExponent >= 0) {
    power = xExponent > 16 ? 0x20000 : <i32>(xSignificand >> (63 - xExponent));
    if (xSign) power = -power;
  }
  return roundFull(to, sign, exponent + power, significand, 0, fpu);
}

/** FXTRACT: the exponent as a number in place of the operand, and the significand with the operand's sign. */
export function extractX87(exponentTo: usize, significandTo: usize, from: usize, fpu: usize): i32 {
  unpackX87(from);
  const sign = xSign;
  const significand = xSignificand;
  if (xKind >= IS_QUIET) {
    if (propagateOne(exponentTo, fpu) == LEFT_ALONE) return LEFT_ALONE;
    store<u64>(significandTo, load<u64>(exponentTo));
    store<u64>(significandTo, load<u64>(exponentTo, 8), 8);
    return DONE;
  }
  if (xKind == IS_ZERO) {
    raiseX87(fpu, ZE);
    if (isUnmasked(fpu, ZE)) return LEFT_ALONE;
    storeInfinity(exponentTo, true);
    return storeZero(significandTo, sign);
  }
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (xKind == IS_INFINITE) {
    storeInfinity(exponentTo, false);
    return storeInfinity(significandTo, sign);
  }
  storeInteger(exponentTo, xExponent);
  return storeX87(significandTo, sign, BIAS, significand);
}

/** FRNDINT. */
export function roundToIntX87(to: usize, from: usize, fpu: usize): i32 {
  unpackX87(from);
  if (xKind >= IS_QUIET) return propagateOne(to, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (xKind == IS_ZERO) return storeZero(to, xSign);
  if (xKind == IS_INFINITE) return storeInfinity(to, xSign);
  if (xExponent >= 63) return storeX87(to, xSign, xExponent + BIAS, xSignificand);
  const rounded = roundToInteger(xSign, xExponent, xSignificand, roundingControl(fpu));
  if (wasInexact) raiseInexact(fpu, wasUp);
  if (rounded == 0) return storeZero(to, xSign);
  const shift = <i32>clz(rounded);
  return storeX87(to, xSign, BIAS + 63 - shift, rounded << shift);
}
