// Conversions between the formats, to and from integers and fixed point, and rounding to an integral value.
import {
  assemble,
  begin,
  bias,
  exponentMax,
  fractionBits,
  infinity,
  INFINITY,
  noteDenormals,
  propagate1,
  QUIET_NAN,
  quietNaN,
  SIGNALING_NAN,
  unpack,
  unpackedExponent,
  unpackedKind,
  unpackedSign,
  unpackedSignificand,
  zero,
  ZERO,
} from "./format";
import { magnitudeInexact, roundPack, roundPackIn, roundToMagnitude } from "./round";
import {
  ALTERNATIVE_HALF,
  INEXACT,
  INT_ALWAYS_MAX,
  INT_INDEFINITE,
  INT_RULE_MASK,
  INT_RULE_SHIFT,
  INT_SATURATE_NAN_MAX,
  INT_SATURATE_NAN_MIN,
  INVALID,
  modeOf,
  raise,
  roundingOf,
} from "./status";

/** A rounding mode argument: one of the modes, or -1 for the status block's. */
function chosenRounding(rounding: i32, st: usize): u32 {
  return rounding < 0 ? roundingOf(st) : <u32>rounding;
}

/** Format F to format G. */
export function convert<F, G>(a: F, st: usize): G {
  begin();
  unpack<F>(a, st);
  if (sizeof<G>() == 2 && modeOf(st) & ALTERNATIVE_HALF) return toAlternativeHalf<G>(st);
  if (unpackedKind >= QUIET_NAN) {
    if (unpackedKind == SIGNALING_NAN) raise(st, INVALID);
    return quietNaN<G>(unpackedSign, unpackedKind, unpackedSignificand, st);
  }
  noteDenormals(st);
  if (unpackedKind == ZERO) return zero<G>(unpackedSign);
  if (unpackedKind == INFINITY) return infinity<G>(unpackedSign);
  return roundPack<G>(unpackedSign, unpackedExponent, unpackedSignificand, st);
}

/** The unpacked operand to ARM's alternative half precision, which has neither infinity nor NaN: FPConvert, FPRound. */
function toAlternativeHalf<G>(st: usize): G {
  const sign = unpackedSign;
  if (unpackedKind >= QUIET_NAN) {
    raise(st, INVALID);
    return zero<G>(sign);
  }
  if (unpackedKind == ZERO) return zero<G>(sign);
  const largest = assemble<G>(sign, exponentMax<G>(), ((<u64>1) << fractionBits<G>()) - 1);
  if (unpackedKind == INFINITY || unpackedExponent > 16) {
    raise(st, INVALID);
    return largest;
  }
  if (unpackedExponent >= 15) {
    // Binade 16 is where other formats have infinities and NaN. Overflow is invalid, and not inexact.
    const magnitude = roundToMagnitude(sign, fractionBits<G>(), unpackedSignificand, roundingOf(st));
    if (unpackedExponent == 16 && magnitude >> (fractionBits<G>() + 1)) {
      raise(st, INVALID);
      return largest;
    }
    if (magnitudeInexact) raise(st, INEXACT);
    return assemble<G>(sign, unpackedExponent + bias<G>() - 1, magnitude);
  }
  return roundPack<G>(sign, unpackedExponent, unpackedSignificand, st);
}

/** a rounded to an integral value of its format; with exact, INEXACT reports that it was not one already. Never reports denormals. */
export function roundToInt<T>(a: T, rounding: i32, exact: bool, st: usize): T {
  unpack<T>(a, st);
  if (unpackedKind >= QUIET_NAN) return propagate1<T>(a, st);
  if (unpackedKind == ZERO) return zero<T>(unpackedSign);
  if (unpackedKind == INFINITY || unpackedExponent >= fractionBits<T>()) return a;
  const magnitude = roundToMagnitude(unpackedSign, unpackedExponent, unpackedSignificand, chosenRounding(rounding, st));
  if (exact && magnitudeInexact) raise(st, INEXACT);
  if (magnitude == 0) return zero<T>(unpackedSign);
  const shift = <i32>clz(magnitude) - 1;
  return roundPack<T>(unpackedSign, 62 - shift, magnitude << shift, st);
}

function largestInteger(bits: i32, signed: bool): u64 {
  return <u64>-1 >> (64 - bits + <i32>signed);
}

/** The result of a conversion that has none, by the mode word's integer rule. Raises INVALID. */
function invalidInteger(bits: i32, signed: bool, negative: bool, isNaN: bool, st: usize): u64 {
  raise(st, INVALID);
  const largest = largestInteger(bits, signed);
  const least = signed ? ~largest : 0;
  const rule = (modeOf(st) >> INT_RULE_SHIFT) & INT_RULE_MASK;
  if (rule == INT_INDEFINITE) return signed ? least : largest;
  if (rule == INT_ALWAYS_MAX) return largest;
  if (isNaN) return rule == INT_SATURATE_NAN_MIN ? least : rule == INT_SATURATE_NAN_MAX ? largest : 0;
  return negative ? least : largest;
}

/** a * 2^pointBits as an integer of the given width, sign-extended or zero-extended to 64 bits. */
export function toInteger<T>(a: T, pointBits: i32, bits: i32, signed: bool, rounding: i32, st: usize): u64 {
  begin();
  unpack<T>(a, st);
  if (unpackedKind >= QUIET_NAN) return invalidInteger(bits, signed, unpackedSign, true, st);
  if (unpackedKind == ZERO) return 0;
  const exponent = unpackedExponent + pointBits;
  if (unpackedKind == INFINITY || exponent > 63) return invalidInteger(bits, signed, unpackedSign, false, st);
  const magnitude = roundToMagnitude(unpackedSign, exponent, unpackedSignificand, chosenRounding(rounding, st));
  const limit = unpackedSign ? (signed ? largestInteger(bits, true) + 1 : 0) : largestInteger(bits, signed);
  if (magnitude > limit) return invalidInteger(bits, signed, unpackedSign, false, st);
  if (magnitudeInexact) raise(st, INEXACT);
  return unpackedSign ? 0 - magnitude : magnitude;
}

/** The integer, given as sign and magnitude, divided by 2^pointBits. */
export function fromInteger<T>(sign: bool, magnitude: u64, pointBits: i32, rounding: i32, st: usize): T {
  if (magnitude == 0) return zero<T>(false);
  const mode = chosenRounding(rounding, st);
  if (<i64>magnitude < 0) return roundPackIn<T>(sign, 63 - pointBits, (magnitude >> 1) | (magnitude & 1), mode, st);
  const shift = <i32>clz(magnitude) - 1;
  return roundPackIn<T>(sign, 62 - shift - pointBits, magnitude << shift, mode, st);
}

export function fromSigned<T>(value: i64, pointBits: i32, rounding: i32, st: usize): T {
  return fromInteger<T>(value < 0, value < 0 ? <u64>(0 - value) : <u64>value, pointBits, rounding, st);
}
