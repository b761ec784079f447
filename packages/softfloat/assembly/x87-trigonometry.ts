// FSIN, FCOS, FSINCOS and FPTAN. Arguments are reduced by the x87's pi of 66 bits, so that results are those of the processor, though far
// from zero not those of mathematics.
import { multiplyHigh } from "./arithmetic";
import {
  BIAS,
  IS_FINITE,
  IS_INFINITE,
  IS_QUIET,
  IS_ZERO,
  invalidX87,
  LEADING,
  propagateOne,
  stopsAtDenormal,
  storeX87,
  storeZero,
  unpackX87,
  xExponent,
  xKind,
  xSign,
  xSignificand,
} from "./x87-format";
import { divideByReal, multiplyReal, normalizeReal, realExponent, realHigh, realLow, roundReal, setReal } from "./x87-real";
import { beginSeries, fractionLow, multiplyFraction, subtractFromOne, subtractTerm, sumHigh, sumLow } from "./x87-series";
import { C2, DONE, LEFT_ALONE, setCodes } from "./x87-status";
import { divideWide, low, multiplyWide, shiftRightJamWide } from "./x87-wide";

// Half of pi in units of 2^-65: the high 64 of its 66 bits, and the two others.
const HALF_PI_HIGH: u64 = 0xc90f_daa2_2168_c234;
const HALF_PI_REST: u64 = 3;

// The operand's sign; how many quarters of a turn its absolute value is from the reduced argument, modulo 4; and that, as a real.
let argumentSign: bool = false;
let quarters: i32 = 0;
let restSign: bool = false;
let restExponent: i32 = 0;
let restHigh: u64 = 0;
let restLow: u64 = 0;
// Its square, as a fraction.
let squareHigh: u64 = 0;
let squareLow: u64 = 0;

/** Reduces the operand last unpacked, which is finite and less than 2^63, to at most an eighth of a turn. */
function reduce(): void {
  argumentSign = xSign;
  quarters = 0;
  restSign = false;
  restExponent = xExponent;
  restHigh = xSignificand;
  restLow = 0;
  if (xExponent > -1 || (xExponent == -1 && xSignificand > HALF_PI_HIGH)) {
    reduceLarge();
  }
  const high = shiftRightJamWide(restHigh, restLow, -1 - restExponent);
  const lowWord = low;
  squareHigh = multiplyFraction(high, lowWord, high, lowWord);
  squareLow = fractionLow;
}

function reduceLarge(): void {
  // In units of 2^-65 the operand is an integer of 128 bits, and half of pi one of 66.
  const high = xExponent + 2 >= 64 ? xSignificand : xSignificand >> (62 - xExponent);
  const lowWord = xExponent + 2 >= 64 ? 0 : xSignificand << (xExponent + 2);
  // Without their last two bits, the quotient is too large by one at the most.
  let quotient = divideWide(high >> 2, (high << 62) | (lowWord >> 2), HALF_PI_HIGH);
  const piHigh = HALF_PI_HIGH >> 62;
  const piLow = (HALF_PI_HIGH << 2) | HALF_PI_REST;
  const productHigh = multiplyWide(quotient, piLow) + quotient * piHigh;
  let rest = lowWord - low;
  let upper = high - productHigh - <u64>(lowWord < low);
  if (<i64>upper < 0) {
    quotient -= 1;
    rest += piLow;
    upper += piHigh + <u64>(rest < piLow);
  }
  // To the nearest: the half of half of pi is to be compared with.
  const otherHigh = piHigh - upper - <u64>(piLow < rest);
  const other = piLow - rest;
  if (upper > otherHigh || (upper == otherHigh && rest > other)) {
    quotient += 1;
    restSign = true;
    upper = otherHigh;
    rest = other;
  }
  quarters = <i32>quotient & 3;
  // The rest cannot be zero: no integer multiple of the 66 bits has so many trailing zeros.
  normalizeReal(62, upper, rest);
  restExponent = realExponent;
  restHigh = realHigh;
  restLow = realLow;
}

/** c - z * sum, in fractions of 64 bits. */
function step(c: u64, sum: u64): u64 {
  return c - multiplyHigh(squareHigh, sum);
}

/** The absolute value of the sine of the reduced argument, as a real. */
function sineOfRest(): void {
  // 1 - z/3! + z^2/5! ...; the coefficients from z^5 on times 2^20.
  let tail = step(0x2ec, 0x1);
  tail = step(0x5_c6e4, tail);
  tail = step(0x97a_4da3, tail);
  tail = step(0xc_a963_b818, tail);
  tail = step(0xd73_f9f3_99dc, tail);
  tail = step(0xb_0923_09d4_3685, tail);
  tail = step(0x6b9_9159_fd51_38e4, tail);
  beginSeries(squareHigh, squareLow, tail, 20);
  subtractTerm(0x2e3b_c74a_ad8e, 0x671f_5583_911c_a003);
  subtractTerm(0xd_00d0_0d00_d00d, 0x00d0_0d00_d00d_00d0);
  subtractTerm(0x222_2222_2222_2222, 0x2222_2222_2222_2222);
  subtractTerm(0x2aaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaab);
  subtractFromOne();
  setReal(restExponent, restHigh, restLow);
  multiplyReal(-1, sumHigh, sumLow);
}

/** The cosine of the reduced argument, as a real. */
function cosineOfRest(): void {
  let tail = step(0x4339, 0x1f);
  tail = step(0x79_50af, tail);
  tail = step(0xb413_c31e, tail);
  tail = step(0xd7_3f9f_399e, tail);
  tail = step(0xc9cb_a546_03e5, tail);
  tail = step(0x8f_76c7_7fc6_c4be, tail);
  tail = step(0x49f9_3edd_e27d_71cc, tail);
  beginSeries(squareHigh, squareLow, tail, 20);
  subtractTerm(0x1_a01a_01a0_1a01, 0xa01a_01a0_1a01_a01a);
  subtractTerm(0x5b_05b0_5b05_b05b, 0x05b0_5b05_b05b_05b0);
  subtractTerm(0xaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaab);
  subtractTerm(0x8000_0000_0000_0000, 0);
  subtractFromOne();
  normalizeReal(-1, sumHigh, sumLow);
}

/** Clears C2, or sets it for an operand that is too large; tells whether it is. */
function isOutOfRange(fpu: usize): bool {
  const outside = xKind == IS_FINITE && xExponent >= 63;
  setCodes(fpu, C2, outside ? C2 : 0);
  return outside;
}

/** Half a turn changes the sign of sine and cosine. */
function roundSine(to: usize, fpu: usize): i32 {
  const isOdd = (quarters & 1) != 0;
  if (isOdd) cosineOfRest();
  else sineOfRest();
  const negative = (!isOdd && restSign) != quarters >= 2;
  return roundReal(to, negative != argumentSign, fpu);
}

function roundCosine(to: usize, fpu: usize): i32 {
  const isOdd = (quarters & 1) != 0;
  if (isOdd) sineOfRest();
  else cosineOfRest();
  return roundReal(to, isOdd ? restSign != (quarters == 1) : quarters == 2, fpu);
}

/** FSIN, FCOS. */
export function sineX87(to: usize, from: usize, isCosine: bool, fpu: usize): i32 {
  unpackX87(from);
  if (isOutOfRange(fpu)) return LEFT_ALONE;
  if (xKind >= IS_QUIET) return propagateOne(to, fpu);
  if (xKind == IS_INFINITE) return invalidX87(to, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (xKind == IS_ZERO) return isCosine ? storeX87(to, false, BIAS, LEADING) : storeZero(to, xSign);
  reduce();
  return isCosine ? roundCosine(to, fpu) : roundSine(to, fpu);
}

/** Gives both results where the operand is a NaN or infinite. */
function invalidTwice(to: usize, secondTo: usize, fpu: usize): i32 {
  const outcome = xKind >= IS_QUIET ? propagateOne(to, fpu) : invalidX87(to, fpu);
  if (outcome == DONE) {
    store<u64>(secondTo, load<u64>(to));
    store<u32>(secondTo, load<u32>(to, 8), 8);
  }
  return outcome;
}

/** FSINCOS. */
export function sineCosineX87(sineTo: usize, cosineTo: usize, from: usize, fpu: usize): i32 {
  unpackX87(from);
  if (isOutOfRange(fpu)) return LEFT_ALONE;
  if (xKind >= IS_INFINITE) return invalidTwice(sineTo, cosineTo, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (xKind == IS_ZERO) {
    storeX87(cosineTo, false, BIAS, LEADING);
    return storeZero(sineTo, xSign);
  }
  reduce();
  roundSine(sineTo, fpu);
  return roundCosine(cosineTo, fpu);
}

/** FPTAN: the tangent, and one. */
export function tangentX87(to: usize, oneTo: usize, from: usize, fpu: usize): i32 {
  unpackX87(from);
  if (isOutOfRange(fpu)) return LEFT_ALONE;
  if (xKind >= IS_INFINITE) return invalidTwice(to, oneTo, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  const sign = xSign;
  const isZero = xKind == IS_ZERO;
  if (!isZero) reduce();
  storeX87(oneTo, false, BIAS, LEADING);
  if (isZero) return storeZero(to, sign);
  if (squareHigh == 0 && quarters == 0) {
    // The quotient's last bits would not do: x * (1 + x^2 / 3), where the square is below 2^-64.
    setReal(restExponent, restHigh, multiplyHigh(restHigh, squareLow) / 3);
    return roundReal(to, sign, fpu);
  }
  const isOdd = (quarters & 1) != 0;
  // The divisor last, so that it is the one that is left in real.
  if (isOdd) cosineOfRest();
  else sineOfRest();
  const exponent = realExponent;
  const high = realHigh;
  const lowWord = realLow;
  if (isOdd) sineOfRest();
  else cosineOfRest();
  divideByReal(exponent, high, lowWord);
  return roundReal(to, (sign != restSign) != isOdd, fpu);
}
