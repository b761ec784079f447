// FADD, FSUB, FMUL, FDIV and FSQRT. The second operand is the one that was unpacked last, so that it may come from a register or, as f32 or
// f64, from memory; the first is passed unpacked.
import {
  IS_FINITE,
  IS_INFINITE,
  IS_QUIET,
  IS_ZERO,
  invalidX87,
  propagateOne,
  propagateTwo,
  stopsAtDenormal,
  storeInfinity,
  storeZero,
  unpackX87,
  xExponent,
  xKind,
  xSign,
  xSignificand,
} from "./x87-format";
import { roundX87 } from "./x87-round";
import { isUnmasked, LEFT_ALONE, precisionOf, raiseX87, roundingControl, TO_MINUS_INFINITY, ZE } from "./x87-status";
import { multiplyHigh } from "./arithmetic";
import { divideWide, low, multiplyWide, remainder, shiftLeftWide, shiftRightJamWide } from "./x87-wide";

/** a plus the operand last unpacked, either negated if so given. */
export function addX87(to: usize, aSign: bool, aKind: i32, aExponent: i32, a: u64, negateA: bool, negateB: bool, fpu: usize): i32 {
  if (aKind >= IS_QUIET || xKind >= IS_QUIET) return propagateTwo(to, aSign, aKind, a, fpu);
  let sign = aSign != negateA;
  const bSign = xSign != negateB;
  if (aKind == IS_INFINITE && xKind == IS_INFINITE && sign != bSign) return invalidX87(to, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (aKind == IS_INFINITE) return storeInfinity(to, sign);
  if (xKind == IS_INFINITE) return storeInfinity(to, bSign);
  const precision = precisionOf(fpu);
  if (xKind == IS_ZERO) {
    if (aKind == IS_ZERO) return storeZero(to, sign == bSign ? sign : roundingControl(fpu) == TO_MINUS_INFINITY);
    return roundX87(to, sign, aExponent, a, 0, precision, fpu);
  }
  if (aKind == IS_ZERO) return roundX87(to, bSign, xExponent, xSignificand, 0, precision, fpu);
  // The operand with the larger magnitude first.
  let larger = a;
  let smaller = xSignificand;
  let exponent = aExponent;
  let distance = aExponent - xExponent;
  const subtracts = sign != bSign;
  if (distance < 0 || (distance == 0 && smaller > larger)) {
    larger = xSignificand;
    smaller = a;
    exponent = xExponent;
    distance = -distance;
    sign = bSign;
  }
  const high = shiftRightJamWide(smaller, 0, distance);
  if (!subtracts) {
    const sum = larger + high;
    if (sum >= larger) return roundX87(to, sign, exponent, sum, low, precision, fpu);
    return roundX87(to, sign, exponent + 1, (sum >> 1) | ((<u64>1) << 63), (low >> 1) | (low & 1) | (sum << 63), precision, fpu);
  }
  const differenceLow: u64 = 0 - low;
  const difference = larger - high - <u64>(low != 0);
  if ((difference | differenceLow) == 0) return storeZero(to, roundingControl(fpu) == TO_MINUS_INFINITY);
  const shift = difference != 0 ? <i32>clz(difference) : 64 + <i32>clz(differenceLow);
  const normal = shiftLeftWide(difference, differenceLow, shift);
  return roundX87(to, sign, exponent - shift, normal, low, precision, fpu);
}

/** a times the operand last unpacked. */
export function multiplyX87(to: usize, aSign: bool, aKind: i32, aExponent: i32, a: u64, fpu: usize): i32 {
  if (aKind >= IS_QUIET || xKind >= IS_QUIET) return propagateTwo(to, aSign, aKind, a, fpu);
  const sign = aSign != xSign;
  if (aKind + xKind == IS_INFINITE && aKind != xKind) return invalidX87(to, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (aKind == IS_INFINITE || xKind == IS_INFINITE) return storeInfinity(to, sign);
  if (aKind == IS_ZERO || xKind == IS_ZERO) return storeZero(to, sign);
  const product = multiplyWide(a, xSignificand);
  const exponent = aExponent + xExponent;
  const precision = precisionOf(fpu);
  if (<i64>product < 0) return roundX87(to, sign, exponent + 1, product, low, precision, fpu);
  return roundX87(to, sign, exponent, (product << 1) | (low >> 63), low << 1, precision, fpu);
}

/** The operand last unpacked divided by a if reversed, else a divided by it. */
export function divideX87(to: usize, aSign: bool, aKind: i32, aExponent: i32, a: u64, reversed: bool, fpu: usize): i32 {
  if (aKind >= IS_QUIET || xKind >= IS_QUIET) return propagateTwo(to, aSign, aKind, a, fpu);
  const sign = aSign != xSign;
  if (aKind == xKind && aKind != IS_FINITE) return invalidX87(to, fpu);
  const dividendKind = reversed ? xKind : aKind;
  const divisorKind = reversed ? aKind : xKind;
  if (divisorKind == IS_ZERO && dividendKind == IS_FINITE) {
    raiseX87(fpu, ZE);
    return isUnmasked(fpu, ZE) ? LEFT_ALONE : storeInfinity(to, sign);
  }
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (dividendKind == IS_INFINITE) return storeInfinity(to, sign);
  if (dividendKind == IS_ZERO || divisorKind == IS_INFINITE) return storeZero(to, sign);
  const dividend = reversed ? xSignificand : a;
  const divisor = reversed ? a : xSignificand;
  let exponent = reversed ? xExponent - aExponent : aExponent - xExponent;
  let quotient: u64;
  if (dividend < divisor) {
    exponent -= 1;
    quotient = divideWide(dividend, 0, divisor);
  } else {
    quotient = divideWide(dividend >> 1, dividend << 63, divisor);
  }
  // The next bit, and whether there are more.
  const rest = remainder;
  const isHalf = rest >= divisor - rest;
  const isMore = rest != 0 && rest != divisor - rest;
  return roundX87(to, sign, exponent, quotient, ((<u64>isHalf) << 63) | <u64>isMore, precisionOf(fpu), fpu);
}

/** The root of the operand at an address. */
export function squareRootX87(to: usize, from: usize, fpu: usize): i32 {
  unpackX87(from);
  if (xKind >= IS_QUIET) return propagateOne(to, fpu);
  if (xKind == IS_ZERO) return storeZero(to, xSign);
  if (xSign) return invalidX87(to, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (xKind == IS_INFINITE) return storeInfinity(to, false);
  // The radicand, of an even exponent, in [1, 4) with 126 bits of fraction; its root has 63 of them.
  const odd = xExponent & 1;
  const high = odd ? xSignificand : xSignificand >> 1;
  const lowWord: u64 = odd ? 0 : xSignificand << 63;
  // The host's root, right to some 52 bits, and one step of Newton's lead to within a unit or two; then the remainder decides.
  const estimate = sqrt<f64>(<f64>high) * 4294967296.0;
  let root = nearerRoot(high, lowWord, estimate >= 18446744073709551616.0 ? <u64>-1 : <u64>estimate);
  let rest = lowWord - root * root;
  let restHigh = <i64>(high - multiplyHigh(root, root) - <u64>(lowWord < root * root));
  while (restHigh < 0) {
    // The square of one less is less by twice that and one.
    root -= 1;
    const step = (root << 1) | 1;
    rest += step;
    restHigh += <i64>(root >> 63) + <i64>(rest < step);
  }
  for (;;) {
    const step = (root << 1) | 1;
    const nextHigh = restHigh - <i64>(root >> 63) - <i64>(rest < step);
    if (nextHigh < 0) break;
    restHigh = nextHigh;
    rest -= step;
    root += 1;
  }
  const isHalf = restHigh != 0 || rest > root;
  const isMore = restHigh != 0 || rest != 0;
  return roundX87(to, false, (xExponent - odd) >> 1, root, ((<u64>isHalf) << 63) | <u64>isMore, precisionOf(fpu), fpu);
}

/** Half of the remainder over the root, added to it. */
function nearerRoot(high: u64, lowWord: u64, root: u64): u64 {
  const square = root * root;
  const restHigh = <i64>(high - multiplyHigh(root, root) - <u64>(lowWord < square));
  const rest = <f64>restHigh * 18446744073709551616.0 + <f64>(lowWord - square);
  const correction = <i64>(rest / (<f64>root * 2.0));
  const nearer = root + correction;
  return correction > 0 && nearer < root ? <u64>-1 : nearer;
}
