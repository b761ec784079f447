// Rounding of an exact (or sticky) unpacked result to a format, with its exceptions.
import { assemble, bias, exponentMax, fractionBits, infinity, largestFinite, zero } from "./format";
import {
  DOWNWARD,
  FLUSH_IS_INEXACT,
  FLUSH_OUTPUTS,
  INEXACT,
  modeOf,
  NEAREST_AWAY,
  NEAREST_EVEN,
  OVERFLOW,
  OVERFLOW_UNMASKED,
  raise,
  roundingOf,
  TINY_BEFORE_ROUNDING,
  TO_ODD,
  UNDERFLOW,
  UNDERFLOW_UNMASKED,
  UPWARD,
} from "./status";

/** x shifted right by n >= 0, with all the bits lost ORed into bit 0. */
export function shiftRightJam(x: u64, n: i32): u64 {
  if (n == 0) return x;
  if (n > 63) return <u64>(x != 0);
  return (x >> n) | <u64>(x << (64 - n) != 0);
}

/** What is added to a magnitude below the lowest kept bit, of weight 2*half, before truncating it. */
function increment(sign: bool, half: u64, rounding: u32): u64 {
  if (rounding == NEAREST_EVEN || rounding == NEAREST_AWAY) return half;
  return rounding == (sign ? DOWNWARD : UPWARD) ? half * 2 - 1 : 0;
}

/** significand * 2^(exponent - 62) with leading one at bit 62 and a sticky bit 0, rounded to T in the status block's mode. */
export function roundPack<T>(sign: bool, exponent: i32, significand: u64, st: usize): T {
  return roundPackIn<T>(sign, exponent, significand, roundingOf(st), st);
}

/** The same in the given mode. */
export function roundPackIn<T>(sign: bool, exponent: i32, significand: u64, rounding: u32, st: usize): T {
  const dropped = 62 - fractionBits<T>();
  const half: u64 = 1 << (dropped - 1);
  const mask = half * 2 - 1;
  const added = increment(sign, half, rounding);
  let biased = exponent + bias<T>();
  if (biased <= 0) {
    const mode = modeOf(st);
    // After rounding: would the value, rounded with an unbounded exponent, still be below the least normal number?
    const tiny = (mode & TINY_BEFORE_ROUNDING) != 0 || biased < 0 || significand + added < (<u64>1) << 63;
    if (tiny && sizeof<T>() != 2 && mode & FLUSH_OUTPUTS) {
      raise(st, mode & FLUSH_IS_INEXACT ? UNDERFLOW | INEXACT : UNDERFLOW);
      return zero<T>(sign);
    }
    if (tiny && mode & UNDERFLOW_UNMASKED) {
      // What is lost is seen as if there were no least exponent.
      raise(st, significand & mask ? UNDERFLOW | INEXACT : UNDERFLOW);
      return zero<T>(sign);
    }
    significand = shiftRightJam(significand, 1 - biased);
    biased = 0;
    if (tiny && significand & mask) raise(st, UNDERFLOW);
  } else {
    // The leading one adds 1 to the exponent field.
    biased -= 1;
  }
  const lost = significand & mask;
  if (lost) {
    raise(st, INEXACT);
    if (rounding == TO_ODD) {
      significand |= mask + 1;
    } else {
      significand += added;
      if (rounding == NEAREST_EVEN && lost == half) significand &= ~(mask + 1);
    }
  }
  significand >>= dropped;
  if (biased + <i32>(significand >> fractionBits<T>()) >= exponentMax<T>()) {
    raise(st, modeOf(st) & OVERFLOW_UNMASKED ? OVERFLOW : OVERFLOW | INEXACT);
    const away = rounding == NEAREST_EVEN || rounding == NEAREST_AWAY || rounding == (sign ? DOWNWARD : UPWARD);
    return away ? infinity<T>(sign) : largestFinite<T>(sign);
  }
  return assemble<T>(sign, biased, significand);
}

/** Whether the last roundToMagnitude() lost anything. */
export let magnitudeInexact: bool = false;

/** significand * 2^(exponent - 62) rounded to an integer; exponent <= 63. */
export function roundToMagnitude(sign: bool, exponent: i32, significand: u64, rounding: u32): u64 {
  const shift = 62 - exponent;
  magnitudeInexact = false;
  if (shift < 0) return significand << 1;
  if (shift == 0) return significand;
  const whole = shift > 63 ? 0 : significand >> shift;
  const lost = shift > 64 ? 1 : shift == 64 ? significand : significand << (64 - shift);
  if (lost == 0) return whole;
  magnitudeInexact = true;
  const half: u64 = 1 << 63;
  if (rounding == NEAREST_EVEN) return whole + <u64>(lost > half || (lost == half && (whole & 1) != 0));
  if (rounding == NEAREST_AWAY) return whole + <u64>(lost >= half);
  if (rounding == TO_ODD) return whole | 1;
  return whole + <u64>(rounding == (sign ? DOWNWARD : UPWARD));
}
