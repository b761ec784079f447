// F2XM1, FYL2X and FYL2XP1.
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
  propagateTwo,
  stopsAtDenormal,
  storeInfinity,
  storeX87,
  storeZero,
  unpackX87,
  xExponent,
  xKind,
  xSign,
  xSignificand,
} from "./x87-format";
import { divideByReal, multiplyReal, normalizeReal, realExponent, realHigh, realLow, roundReal, setReal } from "./x87-real";
import { roundFull } from "./x87-round";
import { addTerm, beginSeries, fractionLow, multiplyFraction, subtractTerm, sumHigh, sumLow } from "./x87-series";
import { isUnmasked, LEFT_ALONE, PE, raiseInexact, raiseX87, UE, ZE } from "./x87-status";
import { low, shiftRightJamWide } from "./x87-wide";

/** c - x * sum or c + x * sum, in fractions of 64 bits; the mask is of all ones to subtract. */
function step(c: u64, x: u64, sum: u64, mask: u64): u64 {
  return c + ((multiplyHigh(x, sum) ^ mask) - mask);
}

function term(coefficient: u64, coefficientRest: u64, subtract: bool): void {
  if (subtract) subtractTerm(coefficient, coefficientRest);
  else addTerm(coefficient, coefficientRest);
}

/** (2^x - 1) / x of a fraction, or of its negative: the series of ln(2)^(n+1) / (n+1)! * x^n. */
function exponentialSeries(x: u64, rest: u64, negative: bool): void {
  const mask: u64 = negative ? -1 : 0;
  // The coefficients from x^8 on, times 2^20.
  let tail = step(0xac, x, 0x5, mask);
  tail = step(0x145b, x, tail, mask);
  tail = step(0x2_4b50, x, tail, mask);
  tail = step(0x3e_e2ed, x, tail, mask);
  tail = step(0x661_112d, x, tail, mask);
  tail = step(0x9c74_4d74, x, tail, mask);
  tail = step(0xe_1b74_21d8, x, tail, mask);
  tail = step(0x131_4964_d588, x, tail, mask);
  tail = step(0x1816_1931_66d1, x, tail, mask);
  tail = step(0x1_c3bd_650f_c298, x, tail, mask);
  tail = step(0x1e_8cac_7351_bb25, x, tail, mask);
  tail = step(0x1e4_cf51_58b8_ec9f, x, tail, mask);
  tail = step(0x1b52_53d3_95e7_c3da, x, tail, mask);
  beginSeries(x, rest, tail, 20);
  term(0x162c_0223_a5c8, 0x23fd_8ffe_606d_a77c, negative);
  term(0xffe5_fe2c_4586, 0x3435_8a8e_643e_c735, negative);
  term(0xa_1848_97c3_63c3, 0xb7a5_8544_c359_1a10, negative);
  term(0x57_61ff_9e29_9cc4, 0x41c5_fda6_9452_fb0d, negative);
  term(0x276_556d_f749_cee5, 0x3997_7c16_a7dd_58a1, negative);
  term(0xe35_846b_8250_5fc5, 0x99d3_b15d_995e_96f7, negative);
  term(0x3d7f_7bff_058b_1d50, 0xde2d_60dd_92e6_bf95, negative);
  term(0xb172_17f7_d1cf_79ab, 0xc9e3_b398_03f2_f6af, negative);
}

/** F2XM1: 2^x - 1. Outside of -1 to 1 the operand stays as it is, as if that were the result. */
export function exponentialX87(to: usize, from: usize, fpu: usize): i32 {
  unpackX87(from);
  if (xKind >= IS_QUIET) return propagateOne(to, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (xKind == IS_ZERO) return storeZero(to, xSign);
  if (xKind == IS_INFINITE) return xSign ? storeX87(to, true, BIAS, LEADING) : storeInfinity(to, false);
  const sign = xSign;
  if (xExponent >= 0) {
    if (xExponent == 0 && xSignificand == LEADING) return storeX87(to, sign, sign ? BIAS - 1 : BIAS, LEADING);
    raiseInexact(fpu, false);
    return storeX87(to, sign, xExponent + BIAS, xSignificand);
  }
  exponentialSeries(shiftRightJamWide(xSignificand, 0, -1 - xExponent), low, sign);
  setReal(xExponent, xSignificand, 0);
  multiplyReal(-1, sumHigh, sumLow);
  return roundReal(to, sign, fpu);
}

/**
 * Replaces real, which is s = (m - 1) / (m + 1) of a number m in sqrt(1/2) to sqrt(2), or its absolute value, by the absolute value of the
 * logarithm: 2 / ln(2) * (s + s^3 / 3 + s^5 / 5 ...).
 */
function logarithmOfRatio(): void {
  const exponent = realExponent;
  const sHigh = shiftRightJamWide(realHigh, realLow, -1 - exponent);
  const sLow = low;
  const zHigh = multiplyFraction(sHigh, sLow, sHigh, sLow);
  const zLow = fractionLow;
  // Of the coefficients a quarter, to be fractions.
  let tail = step(0x5f4_f9a6_7ed7_7b61, zHigh, 0x598_8d6d_dc00_b9b8, 0);
  tail = step(0x65e_2559_b3ba_3470, zHigh, tail, 0);
  tail = step(0x6d6_e5bf_2956_3853, zHigh, tail, 0);
  tail = step(0x762_f820_5fd7_ff64, zHigh, tail, 0);
  tail = step(0x807_66bf_0401_0a77, zHigh, tail, 0);
  tail = step(0x8cb_2763_7e4a_486a, zHigh, tail, 0);
  tail = step(0x9b8_1e0f_a687_ff32, zHigh, tail, 0);
  tail = step(0xadc_d64d_ba1f_86a2, zHigh, tail, 0);
  tail = step(0xc4f_9d8b_4a67_fefb, zHigh, tail, 0);
  tail = step(0xe34_7ab4_698b_b00e, zHigh, tail, 0);
  tail = step(0x10c9_a849_9402_2d28, zHigh, tail, 0);
  tail = step(0x1484_b13d_7c02_a8f8, zHigh, tail, 0);
  beginSeries(zHigh, zLow, tail, 0);
  addTerm(0x1a61_762a_7ade_d93f, 0x645c_921d_c5df_9b38);
  addTerm(0x24ee_d8a1_df37_fcf2, 0x594e_6629_ae9f_72e8);
  addTerm(0x3d8e_13b8_7407_fae9, 0x3f82_aa45_785f_14d8);
  addTerm(0xb8aa_3b29_5c17_f0bb, 0xbe87_fed0_691d_3e89);
  multiplyReal(1, sumHigh, sumLow);
}

/** The square root of two, as a significand. */
const ROOT_OF_TWO: u64 = 0xb504_f333_f9de_6484;

/** Puts the absolute value of log2 of a significand of 128 bits times 2^exponent into real, and tells whether it is negative. */
function logarithm(exponent: i32, high: u64, lowWord: u64): bool {
  // m = (high, lowWord) / 2^127, halved where it is above the root of two.
  const isHalved = high > ROOT_OF_TWO;
  const integer = isHalved ? exponent + 1 : exponent;
  if (isHalved) {
    // 1 - m / 2, and 1 + m / 2, which is below two.
    setReal(0, LEADING | (high >> 1), (high << 63) | (lowWord >> 1));
    divideNumerator(-1, 0 - high - <u64>(lowWord != 0), 0 - lowWord);
  } else {
    // m - 1, and m + 1, which is above two.
    if (high == LEADING && lowWord == 0) {
      const magnitude = <u64>(integer < 0 ? -integer : integer);
      if (magnitude == 0) setReal(0, 0, 0);
      else normalizeReal(63, magnitude, 0);
      return integer < 0;
    }
    setReal(1, (high >> 1) + (LEADING >> 1), (high << 63) | (lowWord >> 1));
    divideNumerator(0, high & (LEADING - 1), lowWord);
  }
  logarithmOfRatio();
  if (integer == 0) return isHalved;
  // The integer, in units of 2^-112, and the rest.
  const restHigh = shiftRightJamWide(realHigh, realLow, 15 - realExponent);
  const restLow = low;
  const whole = (<u64>(integer < 0 ? -integer : integer)) << 48;
  if (isHalved != integer < 0) normalizeReal(15, whole - restHigh - <u64>(restLow != 0), 0 - restLow);
  else normalizeReal(15, whole + restHigh, restLow);
  return integer < 0;
}

/** Divides a numerator with leading zeros, exponent that of bit 127, by real. */
function divideNumerator(exponent: i32, high: u64, lowWord: u64): void {
  const divisorExponent = realExponent;
  const divisorHigh = realHigh;
  const divisorLow = realLow;
  normalizeReal(exponent, high, lowWord);
  const numeratorExponent = realExponent;
  const numeratorHigh = realHigh;
  const numeratorLow = realLow;
  setReal(divisorExponent, divisorHigh, divisorLow);
  divideByReal(numeratorExponent, numeratorHigh, numeratorLow);
}

/** FYL2X: a * log2(b). */
export function yLogarithmX87(to: usize, aAt: usize, bAt: usize, fpu: usize): i32 {
  unpackX87(aAt);
  const sign = xSign;
  const kind = xKind;
  const exponent = xExponent;
  const significand = xSignificand;
  unpackX87(bAt);
  if (kind >= IS_QUIET || xKind >= IS_QUIET) return propagateTwo(to, sign, kind, significand, fpu);
  if (xSign && xKind != IS_ZERO) return invalidX87(to, fpu);
  if (xKind == IS_ZERO) {
    if (kind == IS_ZERO) return invalidX87(to, fpu);
    if (kind == IS_FINITE) {
      raiseX87(fpu, ZE);
      return isUnmasked(fpu, ZE) ? LEFT_ALONE : storeInfinity(to, !sign);
    }
    return storeInfinity(to, !sign);
  }
  const isOne = xKind == IS_FINITE && xExponent == 0 && xSignificand == LEADING;
  if ((xKind == IS_INFINITE && kind == IS_ZERO) || (isOne && kind == IS_INFINITE)) return invalidX87(to, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  if (xKind == IS_INFINITE) return storeInfinity(to, sign);
  const isBelowOne = xExponent < 0;
  if (kind == IS_INFINITE) return storeInfinity(to, sign != isBelowOne);
  if (kind == IS_ZERO || isOne) return storeZero(to, sign != isBelowOne);
  const isExact = xSignificand == LEADING;
  const negative = logarithm(xExponent, xSignificand, 0);
  return product(to, sign != negative, exponent, significand, isExact, fpu);
}

/** real * significand * 2^(exponent - 63); exact if real is an integer, which the processor reports as inexact all the same. */
function product(to: usize, sign: bool, exponent: i32, significand: u64, isExact: bool, fpu: usize): i32 {
  multiplyReal(exponent, significand, 0);
  if (!isExact) return roundReal(to, sign, fpu);
  raiseX87(fpu, realExponent + BIAS <= 0 ? PE | UE : PE);
  return roundFull(to, sign, realExponent, realHigh, realLow, fpu);
}

/** FYL2XP1: a * log2(b + 1), or where that is not defined b, as the processor does. */
export function yLogarithmPlusOneX87(to: usize, aAt: usize, bAt: usize, fpu: usize): i32 {
  unpackX87(aAt);
  const sign = xSign;
  const kind = xKind;
  const exponent = xExponent;
  const significand = xSignificand;
  unpackX87(bAt);
  if (kind >= IS_QUIET || xKind >= IS_QUIET) return propagateTwo(to, sign, kind, significand, fpu);
  if ((xKind == IS_ZERO && kind == IS_INFINITE) || (xKind == IS_INFINITE && kind == IS_ZERO)) return invalidX87(to, fpu);
  if (xKind == IS_INFINITE && xSign) return invalidX87(to, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  const resultSign = sign != xSign;
  if (xKind == IS_INFINITE || kind == IS_INFINITE) return storeInfinity(to, resultSign);
  if (xKind == IS_ZERO || kind == IS_ZERO) return storeZero(to, resultSign);
  if (xExponent < -2) {
    // b / (2 + b), b less than a quarter.
    const bHigh = shiftRightJamWide(xSignificand, 0, 1 - xExponent);
    const bLow = low;
    if (xSign) normalizeReal(1, LEADING - bHigh - <u64>(bLow != 0), 0 - bLow);
    else setReal(1, LEADING + bHigh, bLow);
    divideByReal(xExponent, xSignificand, 0);
    logarithmOfRatio();
    return product(to, resultSign, exponent, significand, false, fpu);
  }
  if (xSign && xExponent >= 0) {
    raiseInexact(fpu, false);
    return storeX87(to, xSign, xExponent + BIAS, xSignificand);
  }
  const scale = xExponent < 0 ? 0 : xExponent + 1;
  const oneHigh = shiftRightJamWide(LEADING, 0, scale);
  const oneLow = low;
  const bHigh = shiftRightJamWide(xSignificand, 0, scale - xExponent);
  const bLow = low;
  if (xSign) normalizeReal(scale, oneHigh - bHigh - <u64>(oneLow < bLow), oneLow - bLow);
  else {
    const sumLowWord = oneLow + bLow;
    normalizeReal(scale, oneHigh + bHigh + <u64>(sumLowWord < bLow), sumLowWord);
  }
  const negative = logarithm(realExponent, realHigh, realLow);
  return product(to, sign != negative, exponent, significand, false, fpu);
}
