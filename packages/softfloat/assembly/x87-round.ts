// Rounding of an exact (or sticky) result to a register, with its exceptions. The result is given as (high, low) * 2^(exponent - 127),
// with bit 63 of high set, and bit 0 of low set also for anything lost below.
import { shiftRightJam } from "./round";
import { BIAS, EXPONENT_MAX, LEADING, storeInfinity, storeX87, storeZero } from "./x87-format";
import {
  C1,
  isUnmasked,
  OE,
  PE,
  raiseInexact,
  raiseX87,
  roundingControl,
  TO_MINUS_INFINITY,
  TO_NEAREST,
  TO_PLUS_INFINITY,
  UE,
} from "./x87-status";
import { low, shiftRightJamWide } from "./x87-wide";

/** The exponent that a register result is moved by where overflow or underflow is not masked. */
const WRAP: i32 = 0x6000;

// Results of roundSignificand(): it carried out of bit 63, and the significand then is its half; something was lost; away from zero.
export let carried: bool = false;
export let wasInexact: bool = false;
export let wasUp: bool = false;

/** Rounds a significand to its highest bits (1 to 64 of them), in the given rounding mode. */
export function roundSignificand(sign: bool, high: u64, lowWord: u64, precision: i32, rounding: u32): u64 {
  const dropped = 64 - precision;
  const unit = (<u64>1) << dropped;
  const mask = unit - 1;
  // What is lost, as a fraction of the unit: its highest 64 bits, and whether there are more.
  const lost = dropped == 0 ? lowWord : (high << precision) | (lowWord >> dropped);
  const more = dropped != 0 && lowWord << precision != 0;
  carried = false;
  wasUp = false;
  wasInexact = lost != 0 || more;
  const kept = high & ~mask;
  if (!wasInexact) return kept;
  if (rounding == TO_NEAREST) wasUp = lost > LEADING || (lost == LEADING && (more || (kept & unit) != 0));
  else wasUp = rounding == (sign ? TO_MINUS_INFINITY : TO_PLUS_INFINITY);
  if (!wasUp) return kept;
  const rounded = kept + unit;
  if (rounded != 0) return rounded;
  carried = true;
  return LEADING;
}

/** Rounds significand * 2^(exponent - 63) to an integer; the exponent is 63 at the most. */
export function roundToInteger(sign: bool, exponent: i32, significand: u64, rounding: u32): u64 {
  let whole: u64 = 0;
  let fraction: u64 = 0;
  if (exponent < 0) {
    fraction = shiftRightJam(significand, -1 - exponent);
  } else {
    whole = significand >> (63 - exponent);
    if (exponent < 63) fraction = significand << (exponent + 1);
  }
  wasInexact = fraction != 0;
  if (rounding == TO_NEAREST) wasUp = fraction > LEADING || (fraction == LEADING && (whole & 1) != 0);
  else wasUp = wasInexact && rounding == (sign ? TO_MINUS_INFINITY : TO_PLUS_INFINITY);
  return whole + <u64>wasUp;
}

/** Rounds to 64 bits, whatever PC says. */
export function roundFull(to: usize, sign: bool, exponent: i32, high: u64, lowWord: u64, fpu: usize): i32 {
  return roundX87(to, sign, exponent, high, lowWord, 64, fpu);
}

export function roundX87(to: usize, sign: bool, exponent: i32, high: u64, lowWord: u64, precision: i32, fpu: usize): i32 {
  const rounding = roundingControl(fpu);
  let biased = exponent + BIAS;
  if (biased <= 0) return roundTiny(to, sign, biased, high, lowWord, precision, fpu);
  const significand = roundSignificand(sign, high, lowWord, precision, rounding);
  if (carried) biased += 1;
  if (biased >= EXPONENT_MAX) {
    if (isUnmasked(fpu, OE)) {
      biased -= WRAP;
      if (biased >= EXPONENT_MAX) {
        // Only FSCALE comes to this; it rounds away from zero in any mode.
        raiseX87(fpu, OE | PE | C1);
        return storeInfinity(to, sign);
      }
      raiseX87(fpu, OE);
    } else {
      return overflow(to, sign, precision, fpu);
    }
  }
  if (wasInexact) raiseInexact(fpu, wasUp);
  return storeX87(to, sign, biased, significand);
}

/** Overflow that is masked. */
function overflow(to: usize, sign: bool, precision: i32, fpu: usize): i32 {
  const rounding = roundingControl(fpu);
  const away = rounding == TO_NEAREST || rounding == (sign ? TO_MINUS_INFINITY : TO_PLUS_INFINITY);
  raiseX87(fpu, away ? OE | PE | C1 : OE | PE);
  if (away) return storeInfinity(to, sign);
  return storeX87(to, sign, EXPONENT_MAX - 1, (<u64>-1) << (64 - precision));
}

/** A result below the least normal number, before rounding. */
function roundTiny(to: usize, sign: bool, biased: i32, high: u64, lowWord: u64, precision: i32, fpu: usize): i32 {
  const rounding = roundingControl(fpu);
  // Rounded as if there were no least exponent, it may be the least normal number.
  const unbounded = roundSignificand(sign, high, lowWord, precision, rounding);
  const isTiny = biased < 0 || !carried;
  if (isTiny && isUnmasked(fpu, UE)) {
    raiseX87(fpu, UE);
    const moved = biased + <i32>carried + WRAP;
    if (moved <= 0) {
      // Only FSCALE comes to this; it rounds to zero in any mode.
      raiseInexact(fpu, false);
      return storeZero(to, sign);
    }
    if (wasInexact) raiseInexact(fpu, wasUp);
    return storeX87(to, sign, moved, unbounded);
  }
  const shifted = shiftRightJamWide(high, lowWord, 1 - biased);
  const significand = roundSignificand(sign, shifted, low, precision, rounding);
  if (wasInexact) {
    if (isTiny) raiseX87(fpu, UE);
    raiseInexact(fpu, wasUp);
  }
  if (significand == 0) return storeZero(to, sign);
  return storeX87(to, sign, <i32>(significand >> 63), significand);
}
