// FPATAN.
import { multiplyHigh } from "./arithmetic";
import {
  IS_INFINITE,
  IS_QUIET,
  IS_ZERO,
  propagateTwo,
  stopsAtDenormal,
  storeZero,
  unpackX87,
  xExponent,
  xKind,
  xSign,
  xSignificand,
} from "./x87-format";
import { divideByReal, multiplyReal, normalizeReal, realExponent, realHigh, realLow, roundReal, setReal } from "./x87-real";
import { beginSeries, fractionLow, multiplyFraction, subtractFromOne, subtractTerm, sumHigh, sumLow } from "./x87-series";
import { LEFT_ALONE } from "./x87-status";
import { low, shiftLeftWide, shiftRightJamWide } from "./x87-wide";

// Angles in units of 2^-126.
const QUARTER_PI_HIGH: u64 = 0x3243_f6a8_885a_308d;
const QUARTER_PI_LOW: u64 = 0x3131_98a2_e037_0734;
const PI_HIGH: u64 = 0xc90f_daa2_2168_c234;
const PI_LOW: u64 = 0xc4c6_628b_80dc_1cd1;

// The angle so far.
let angleHigh: u64 = 0;
let angleLow: u64 = 0;

function setAngle(high: u64, lowWord: u64): void {
  angleHigh = high;
  angleLow = lowWord;
}

/** Replaces the angle by another one less it. */
function subtractAngleFrom(high: u64, lowWord: u64): void {
  angleHigh = high - angleHigh - <u64>(lowWord < angleLow);
  angleLow = lowWord - angleLow;
}

/** Sets the angle to the arctangent of so many eighths. */
function setEighths(eighths: i32): void {
  switch (eighths) {
    case 1:
      return setAngle(0x07f5_6ea6_ab0b_db71, 0x9644_bcc4_f9f4_4478);
    case 2:
      return setAngle(0x0fad_bafc_9640_6eb1, 0x56dc_79ef_5f7a_217e);
    case 3:
      return setAngle(0x16f6_1941_e4de_f08e, 0x7154_6424_5b9f_c890);
    case 4:
      return setAngle(0x1dac_6705_61bb_4f68, 0xadfc_88bd_9787_51a0);
    case 5:
      return setAngle(0x23c0_1757_bdfd_67e6, 0xd720_d785_9971_0dd2);
    case 6:
      return setAngle(0x292f_1f46_4d3d_c249, 0x066a_1fca_915f_6b28);
    case 7:
      return setAngle(0x2e01_4f8a_f08c_679c, 0xf2cb_6954_8429_110f);
    case 8:
      return setAngle(QUARTER_PI_HIGH, QUARTER_PI_LOW);
    default:
      return setAngle(0, 0);
  }
}

/** c - z * sum, in fractions of 64 bits. */
function step(c: u64, z: u64, sum: u64): u64 {
  return c - multiplyHigh(z, sum);
}

/** Replaces real, which is at most a sixteenth, by its arctangent: t * (1 - t^2 / 3 + t^4 / 5 ...). */
function arctangentOfSmall(): void {
  const high = shiftRightJamWide(realHigh, realLow, -1 - realExponent);
  const lowWord = low;
  const zHigh = multiplyFraction(high, lowWord, high, lowWord);
  const zLow = fractionLow;
  let tail = step(0xc30_c30c_30c3_0c31, zHigh, 0xb21_642c_8590_b216);
  tail = step(0xd79_435e_50d7_9436, zHigh, tail);
  tail = step(0xf0f_0f0f_0f0f_0f0f, zHigh, tail);
  tail = step(0x1111_1111_1111_1111, zHigh, tail);
  tail = step(0x13b1_3b13_b13b_13b1, zHigh, tail);
  tail = step(0x1745_d174_5d17_45d1, zHigh, tail);
  tail = step(0x1c71_c71c_71c7_1c72, zHigh, tail);
  tail = step(0x2492_4924_9249_2492, zHigh, tail);
  beginSeries(zHigh, zLow, tail, 0);
  subtractTerm(0x3333_3333_3333_3333, 0x3333_3333_3333_3333);
  subtractTerm(0x5555_5555_5555_5555, 0x5555_5555_5555_5555);
  subtractFromOne();
  multiplyReal(-1, sumHigh, sumLow);
}

/** Adds real to the angle, or subtracts it. */
function addToAngle(negative: bool): void {
  const high = shiftRightJamWide(realHigh, realLow, 1 - realExponent);
  const lowWord = low;
  if (negative) {
    angleHigh -= high + <u64>(angleLow < lowWord);
    angleLow -= lowWord;
  } else {
    angleLow += lowWord;
    angleHigh += high + <u64>(angleLow < lowWord);
  }
}

/**
 * Puts the arctangent of a quotient of at most one into the angle, or, if it is small enough and so asked, into real instead, where it has
 * all its precision. Tells whether it did so.
 */
function arctangent(numeratorExponent: i32, numerator: u64, denominatorExponent: i32, denominator: u64, wantsReal: bool): bool {
  const distance = denominatorExponent - numeratorExponent;
  // Sixteenths of the quotient, near enough, for the nearest number of eighths.
  let eighths = 0;
  if (distance <= 4) {
    const quotient = <f64>numerator / <f64>denominator / <f64>(1 << distance);
    eighths = <i32>(quotient * 8.0 + 0.5);
  }
  if (eighths == 0) {
    setReal(denominatorExponent, denominator, 0);
    divideByReal(numeratorExponent, numerator, 0);
    arctangentOfSmall();
    if (wantsReal) return true;
    setAngle(0, 0);
    addToAngle(false);
    return false;
  }
  // With n / d the quotient and k the eighths, what remains is (8n - kd) / (8d + kn): exact integers, for n and d with bits to spare.
  setEighths(eighths);
  const nHigh = numerator >> (5 + distance);
  const nLow = numerator << (59 - distance);
  const dHigh = denominator >> 5;
  const dLow = denominator << 59;
  const k = <u64>eighths;
  const n8High = shiftLeftWide(nHigh, nLow, 3);
  const n8Low = low;
  const knLow = nLow * k;
  const knHigh = nHigh * k + multiplyHigh(nLow, k);
  const kdLow = dLow * k;
  const kdHigh = dHigh * k + multiplyHigh(dLow, k);
  const d8High = shiftLeftWide(dHigh, dLow, 3);
  const sumLowWord = low + knLow;
  const sum = d8High + knHigh + <u64>(sumLowWord < knLow);
  let differenceLow = n8Low - kdLow;
  let difference = n8High - kdHigh - <u64>(n8Low < kdLow);
  const negative = <i64>difference < 0;
  if (negative) {
    difference = 0 - difference - <u64>(differenceLow != 0);
    differenceLow = 0 - differenceLow;
  }
  if ((difference | differenceLow) == 0) return false;
  normalizeReal(0, difference, differenceLow);
  const exponent = realExponent;
  const high = realHigh;
  const lowWord = realLow;
  normalizeReal(0, sum, sumLowWord);
  divideByReal(exponent, high, lowWord);
  arctangentOfSmall();
  addToAngle(negative);
  return false;
}

function roundAngle(to: usize, sign: bool, fpu: usize): i32 {
  normalizeReal(1, angleHigh, angleLow);
  return roundReal(to, sign, fpu);
}

/** FPATAN: the angle of the point with ordinate a and abscissa b. */
export function arctangentX87(to: usize, aAt: usize, bAt: usize, fpu: usize): i32 {
  unpackX87(aAt);
  const sign = xSign;
  const kind = xKind;
  const exponent = xExponent;
  const significand = xSignificand;
  unpackX87(bAt);
  if (kind >= IS_QUIET || xKind >= IS_QUIET) return propagateTwo(to, sign, kind, significand, fpu);
  if (stopsAtDenormal(fpu)) return LEFT_ALONE;
  const isLeft = xSign;
  if (kind == IS_ZERO || xKind == IS_INFINITE || kind == IS_INFINITE || xKind == IS_ZERO) {
    if (kind == IS_INFINITE && xKind == IS_INFINITE) setAngle(QUARTER_PI_HIGH, QUARTER_PI_LOW);
    else if (kind == IS_ZERO || xKind == IS_INFINITE) {
      if (!isLeft) return storeZero(to, sign);
      setAngle(0, 0);
    } else {
      setAngle(PI_HIGH >> 1, (PI_HIGH << 63) | (PI_LOW >> 1));
      return roundAngle(to, sign, fpu);
    }
  } else if (exponent > xExponent || (exponent == xExponent && significand > xSignificand)) {
    arctangent(xExponent, xSignificand, exponent, significand, false);
    subtractAngleFrom(PI_HIGH >> 1, (PI_HIGH << 63) | (PI_LOW >> 1));
  } else if (arctangent(exponent, significand, xExponent, xSignificand, !isLeft)) {
    return roundReal(to, sign, fpu);
  }
  if (isLeft) subtractAngleFrom(PI_HIGH, PI_LOW);
  return roundAngle(to, sign, fpu);
}
