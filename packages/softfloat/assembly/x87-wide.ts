// Unsigned integers of 128 bits. Results of two words leave the high one in the function's value and the low one in `low`.
import { multiplyHigh } from "./arithmetic";

/** The low word of the last result. */
export let low: u64 = 0;

/** a * b. */
export function multiplyWide(a: u64, b: u64): u64 {
  low = a * b;
  return multiplyHigh(a, b);
}

/** x shifted left by 0 to 127. */
export function shiftLeftWide(high: u64, lowWord: u64, n: i32): u64 {
  if (n == 0) {
    low = lowWord;
    return high;
  }
  if (n >= 64) {
    low = 0;
    return lowWord << (n - 64);
  }
  low = lowWord << n;
  return (high << n) | (lowWord >> (64 - n));
}

/** x shifted right by n >= 0, with all the bits lost ORed into bit 0. */
export function shiftRightJamWide(high: u64, lowWord: u64, n: i32): u64 {
  if (n == 0) {
    low = lowWord;
    return high;
  }
  if (n < 64) {
    low = (lowWord >> n) | (high << (64 - n)) | <u64>(lowWord << (64 - n) != 0);
    return high >> n;
  }
  if (n == 64) low = high | <u64>(lowWord != 0);
  else if (n < 128) low = (high >> (n - 64)) | <u64>(high << (128 - n) != 0 || lowWord != 0);
  else low = <u64>((high | lowWord) != 0);
  return 0;
}

/** The remainder of the last divideWide(). */
export let remainder: u64 = 0;

/** The quotient of (high, lowWord) and a divisor with bit 63 set, where high is less than the divisor; two digits of 32 bits (Knuth's D). */
export function divideWide(high: u64, lowWord: u64, divisor: u64): u64 {
  const first = divideDigit(high, lowWord >> 32, divisor);
  const second = divideDigit(remainder, lowWord & 0xffff_ffff, divisor);
  return (first << 32) | second;
}

/** One digit of the quotient: of high * 2^32 + digit. */
function divideDigit(high: u64, digit: u64, divisor: u64): u64 {
  const divisorHigh = divisor >> 32;
  let quotient = high / divisorHigh;
  if (quotient > 0xffff_ffff) quotient = 0xffff_ffff;
  // The estimate is too large by two at the most, in which case the remainder, exact modulo 2^64, has wrapped around.
  const product = quotient * (divisor & 0xffff_ffff);
  const partial = high - quotient * divisorHigh;
  if (partial <= 0xffff_ffff) {
    const upper = (partial << 32) | digit;
    if (product > upper) {
      quotient -= 1;
      if (product - upper > divisor) quotient -= 1;
    }
  }
  remainder = ((high << 32) | digit) - quotient * divisor;
  return quotient;
}
