// ARM's reciprocal and reciprocal square root estimates and Newton steps (ARM ARM, FPRecipEstimate, FPRSqrtEstimate,
// FPRecipStep, FPRSqrtStep, UnsignedRecipEstimate, UnsignedRSqrtEstimate). Advanced SIMD always uses the "standard FPSCR value":
// the caller passes a status block in round-to-nearest with flush-to-zero and default NaN set.
import { addSub, divide, multiply } from "./arithmetic";
import {
  assemble,
  begin,
  infinity,
  INFINITY,
  invalid,
  noteDenormals,
  propagate1,
  propagate2,
  QUIET_NAN,
  unpack,
  unpackedExponent,
  unpackedKind,
  unpackedSign,
  unpackedSignificand,
  zero,
  ZERO,
} from "./format";
import {
  DIVIDE_BY_ZERO,
  DOWNWARD,
  FLUSH_OUTPUTS,
  INEXACT,
  modeOf,
  OVERFLOW,
  raise,
  roundingOf,
  TO_ODD,
  TOWARD_ZERO,
  UNDERFLOW,
  UPWARD,
} from "./status";

/** RecipEstimate: of a in 256..511, meaning [0.5, 1), to 256..511, meaning [1, 2). */
function estimateReciprocal(a: u32): u32 {
  return ((1 << 19) / (a * 2 + 1) + 1) >> 1;
}

/** RecipSqrtEstimate: of a in 128..511, meaning [0.25, 1), to 256..511, meaning [1, 2). */
function estimateReciprocalRoot(a: u32): u32 {
  a = a < 256 ? a * 2 + 1 : ((a >> 1) * 2 + 1) * 2;
  let b: u32 = 512;
  while (a * (b + 1) * (b + 1) < 1 << 28) b++;
  return (b + 1) >> 1;
}

export function unsignedReciprocalEstimate(a: u32): u32 {
  return a >> 31 == 0 ? 0xffff_ffff : estimateReciprocal(a >> 23) << 23;
}

export function unsignedReciprocalRootEstimate(a: u32): u32 {
  return a >> 30 == 0 ? 0xffff_ffff : estimateReciprocalRoot(a >> 23) << 23;
}

export function reciprocalEstimate(a: u32, st: usize): u32 {
  begin();
  unpack<u32>(a, st);
  const sign = unpackedSign;
  if (unpackedKind >= QUIET_NAN) return propagate1<u32>(a, st);
  if (unpackedKind == INFINITY) return zero<u32>(sign);
  if (unpackedKind == ZERO) {
    raise(st, DIVIDE_BY_ZERO);
    return infinity<u32>(sign);
  }
  noteDenormals(st);
  if (unpackedExponent < -128) {
    raise(st, OVERFLOW | INEXACT);
    const rounding = roundingOf(st);
    const truncated = rounding == TOWARD_ZERO || rounding == TO_ODD || rounding == (sign ? UPWARD : DOWNWARD);
    return infinity<u32>(sign) - <u32>truncated;
  }
  if (unpackedExponent >= 126 && modeOf(st) & FLUSH_OUTPUTS) {
    raise(st, UNDERFLOW);
    return zero<u32>(sign);
  }
  const fraction = <u64>((estimateReciprocal(<u32>(unpackedSignificand >> 54)) & 0xff) << 15);
  const biased = 126 - unpackedExponent;
  // A denormal result holds the leading one in its fraction.
  if (biased > 0) return assemble<u32>(sign, biased, fraction);
  return assemble<u32>(sign, 0, (fraction | (1 << 23)) >> (1 - biased));
}

export function reciprocalRootEstimate(a: u32, st: usize): u32 {
  begin();
  unpack<u32>(a, st);
  if (unpackedKind >= QUIET_NAN) return propagate1<u32>(a, st);
  if (unpackedKind == ZERO) {
    raise(st, DIVIDE_BY_ZERO);
    return infinity<u32>(unpackedSign);
  }
  if (unpackedSign) return invalid<u32>(st);
  if (unpackedKind == INFINITY) return zero<u32>(false);
  noteDenormals(st);
  // Scaled into [0.25, 1) by an even power of two.
  const biased = unpackedExponent + 127;
  const scaled = <u32>(unpackedSignificand >> 54) >> (biased & 1);
  return assemble<u32>(false, (380 - biased) >> 1, <u64>((estimateReciprocalRoot(scaled) & 0xff) << 15));
}

/** constant - a*b, the product rounded too; infinity times zero counts as zero. */
function stepDifference(a: u32, b: u32, constant: u32, st: usize): u32 {
  unpack<u32>(a, st);
  const aKind = unpackedKind;
  unpack<u32>(b, st);
  const bKind = unpackedKind;
  if (aKind >= QUIET_NAN || bKind >= QUIET_NAN) return propagate2<u32>(a, aKind, b, bKind, st);
  if ((aKind == INFINITY && bKind == ZERO) || (aKind == ZERO && bKind == INFINITY)) return constant;
  return addSub<u32>(constant, multiply<u32>(a, b, st), true, st);
}

/** FPRecipStep: 2 - a*b. */
export function reciprocalStep(a: u32, b: u32, st: usize): u32 {
  return stepDifference(a, b, 0x4000_0000, st);
}

/** FPRSqrtStep: (3 - a*b) / 2. */
export function reciprocalRootStep(a: u32, b: u32, st: usize): u32 {
  return divide<u32>(stepDifference(a, b, 0x4040_0000, st), 0x4000_0000, st);
}
