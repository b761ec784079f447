// Positive numbers with significands of 128 bits, for what the transcendental functions compute between operand and result: value = (high,
// low) * 2^(exponent - 127), with bit 63 of high set. Operations leave their result in real*; the last bits are not exact.
import { roundFull } from "./x87-round";
import { fractionLow, multiplyFraction } from "./x87-series";
import { divideWide, low, multiplyWide, remainder, shiftLeftWide } from "./x87-wide";

export let realExponent: i32 = 0;
export let realHigh: u64 = 0;
export let realLow: u64 = 0;

export function setReal(exponent: i32, high: u64, lowWord: u64): void {
  realExponent = exponent;
  realHigh = high;
  realLow = lowWord;
}

/** A number that is not zero with any leading zeros; exponent is that of bit 127. */
export function normalizeReal(exponent: i32, high: u64, lowWord: u64): void {
  const shift = high != 0 ? <i32>clz(high) : 64 + <i32>clz(lowWord);
  realHigh = shiftLeftWide(high, lowWord, shift);
  realLow = low;
  realExponent = exponent - shift;
}

/** real * (high, lowWord) * 2^(exponent - 127). */
export function multiplyReal(exponent: i32, high: u64, lowWord: u64): void {
  const product = multiplyFraction(realHigh, realLow, high, lowWord);
  normalizeReal(realExponent + exponent + 1, product, fractionLow);
}

/** (high, lowWord) * 2^(exponent - 127) / real. */
export function divideByReal(exponent: i32, high: u64, lowWord: u64): void {
  let dividendHigh = high;
  let dividendLow = lowWord;
  let quotientExponent = exponent - realExponent;
  if (high > realHigh || (high == realHigh && lowWord >= realLow)) {
    dividendHigh = high >> 1;
    dividendLow = (high << 63) | (lowWord >> 1);
  } else {
    quotientExponent -= 1;
  }
  const first = quotientWord(dividendHigh, dividendLow);
  const second = quotientWord(restHigh, restLow);
  setReal(quotientExponent, first, second);
}

// What quotientWord() leaves of its dividend.
let restHigh: u64 = 0;
let restLow: u64 = 0;

/** A word of the quotient of (high, lowWord, 0) and real, where (high, lowWord) is less. */
function quotientWord(high: u64, lowWord: u64): u64 {
  let word: u64 = -1;
  let rest = lowWord + realHigh;
  let overflows = rest < lowWord;
  if (high < realHigh) {
    word = divideWide(high, lowWord, realHigh);
    rest = remainder;
    overflows = false;
  }
  // The rest is (rest, 0) - word * realLow, to be made positive.
  let productHigh = multiplyWide(word, realLow);
  let productLow = low;
  while (!overflows && (productHigh > rest || (productHigh == rest && productLow != 0))) {
    word -= 1;
    overflows = rest + realHigh < rest;
    rest += realHigh;
    productHigh -= <u64>(productLow < realLow);
    productLow -= realLow;
  }
  restHigh = rest - productHigh - <u64>(productLow != 0);
  restLow = 0 - productLow;
  return word;
}

/** Real as a result that is not exact, rounded to a register: PC does not count. */
export function roundReal(to: usize, sign: bool, fpu: usize): i32 {
  return roundFull(to, sign, realExponent, realHigh, realLow | 1, fpu);
}
