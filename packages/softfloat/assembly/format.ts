// The interchange formats of up to 64 bits, as the unsigned integer type T that holds them: u16, u32 or u64. A number is unpacked
// into sign, kind, exponent and a significand whose leading one is bit 62: value = significand * 2^(exponent - 62). Formats with a
// significand of 64 bits and more (x87 extended, quad) need a core of their own, on pairs of u64.
import {
  ALTERNATIVE_HALF,
  DEFAULT_NAN,
  DEFAULT_NAN_ONES,
  DEFAULT_NAN_SIGN,
  DENORMAL_OPERAND,
  FLUSH_INPUTS,
  INPUT_DENORMAL,
  INVALID,
  LEGACY_NAN,
  modeOf,
  nanRuleOf,
  raise,
  RULE_ARM,
  RULE_MIPS,
  RULE_PPC,
  RULE_SPARC,
  RULE_X86,
} from "./status";

export const ZERO: i32 = 0;
export const FINITE: i32 = 1;
export const INFINITY: i32 = 2;
export const QUIET_NAN: i32 = 3;
export const SIGNALING_NAN: i32 = 4;

/** Bit of an unpacked NaN's significand that a NaN's quiet bit is unpacked to. */
export const QUIET_BIT: u64 = 1 << 61;

// Results of unpack(). Wasm has no structures to return; globals of the instance are the cheapest place.
export let unpackedSign: bool = false;
export let unpackedKind: i32 = 0;
export let unpackedExponent: i32 = 0;
export let unpackedSignificand: u64 = 0;
let denormalSeen: bool = false;

export function fractionBits<T>(): i32 {
  return sizeof<T>() == 8 ? 52 : sizeof<T>() == 4 ? 23 : 10;
}

export function exponentMax<T>(): i32 {
  return sizeof<T>() == 8 ? 0x7ff : sizeof<T>() == 4 ? 0xff : 0x1f;
}

export function bias<T>(): i32 {
  return exponentMax<T>() >> 1;
}

/** Sign, biased exponent and fraction put together; the exponent may carry into place by addition of the fraction's overflow. */
export function assemble<T>(sign: bool, biased: i32, fraction: u64): T {
  return <T>(((<u64>sign) << (sizeof<T>() * 8 - 1)) + ((<u64>biased) << fractionBits<T>()) + fraction);
}

export function zero<T>(sign: bool): T {
  return assemble<T>(sign, 0, 0);
}

export function infinity<T>(sign: bool): T {
  return assemble<T>(sign, exponentMax<T>(), 0);
}

export function largestFinite<T>(sign: bool): T {
  return assemble<T>(sign, exponentMax<T>(), -1);
}

export function defaultNaN<T>(st: usize): T {
  const mode = modeOf(st);
  const quiet: u64 = 1 << (fractionBits<T>() - 1);
  let fraction = quiet;
  if (mode & LEGACY_NAN) fraction = quiet - 1;
  else if (mode & DEFAULT_NAN_ONES) fraction = quiet * 2 - 1;
  return assemble<T>((mode & DEFAULT_NAN_SIGN) != 0, exponentMax<T>(), fraction);
}

/** The result of an invalid operation. */
export function invalid<T>(st: usize): T {
  raise(st, INVALID);
  return defaultNaN<T>(st);
}

/** Forgets the denormal operands seen so far; every operation that unpacks starts with this. */
export function begin(): void {
  denormalSeen = false;
}

/** Reports denormal operands that take part in the arithmetic, for the guests that have such a flag (x86's DE). */
export function noteDenormals(st: usize): void {
  if (denormalSeen && modeOf(st) & DENORMAL_OPERAND) raise(st, INPUT_DENORMAL);
}

/** Unpacks into the unpacked* globals; flushes denormals as the mode word asks; those of half precision are neither flushed nor reported. */
export function unpack<T>(bits: T, st: usize): void {
  const word = <u64>bits;
  const fraction = word & (((<u64>1) << fractionBits<T>()) - 1);
  const biased = <i32>(word >> fractionBits<T>()) & exponentMax<T>();
  unpackedSign = word >> (sizeof<T>() * 8 - 1) != 0;
  if (biased == 0) {
    if (fraction == 0) {
      unpackedKind = ZERO;
    } else if (sizeof<T>() != 2 && modeOf(st) & FLUSH_INPUTS) {
      if (!(modeOf(st) & DENORMAL_OPERAND)) raise(st, INPUT_DENORMAL);
      unpackedKind = ZERO;
    } else {
      const shift = <i32>clz(fraction) - 1;
      denormalSeen = sizeof<T>() != 2;
      unpackedKind = FINITE;
      unpackedSignificand = fraction << shift;
      unpackedExponent = 1 - bias<T>() - shift + (62 - fractionBits<T>());
    }
  } else if (biased == exponentMax<T>() && !(sizeof<T>() == 2 && modeOf(st) & ALTERNATIVE_HALF)) {
    unpackedSignificand = fraction << (62 - fractionBits<T>());
    if (fraction == 0) unpackedKind = INFINITY;
    else unpackedKind = ((unpackedSignificand & QUIET_BIT) != 0) == ((modeOf(st) & LEGACY_NAN) == 0) ? QUIET_NAN : SIGNALING_NAN;
  } else {
    unpackedKind = FINITE;
    unpackedSignificand = (fraction | ((<u64>1) << fractionBits<T>())) << (62 - fractionBits<T>());
    unpackedExponent = biased - bias<T>();
  }
}

/** A NaN of format T from an unpacked one (of any format), quieted. The caller has raised INVALID if it was signaling. */
export function quietNaN<T>(sign: bool, kind: i32, significand: u64, st: usize): T {
  const mode = modeOf(st);
  if (mode & DEFAULT_NAN) return defaultNaN<T>(st);
  if (mode & LEGACY_NAN) {
    // A set bit cannot be cleared without risking an infinity: legacy MIPS delivers the default NaN.
    if (kind == SIGNALING_NAN) return defaultNaN<T>(st);
  } else {
    significand |= QUIET_BIT;
  }
  const fraction = significand >> (62 - fractionBits<T>());
  if (fraction == 0) return defaultNaN<T>(st);
  return assemble<T>(sign, exponentMax<T>(), fraction);
}

/** The one operand, a NaN, as the result. */
export function propagate1<T>(a: T, st: usize): T {
  unpack<T>(a, st);
  if (unpackedKind == SIGNALING_NAN) raise(st, INVALID);
  return quietNaN<T>(unpackedSign, unpackedKind, unpackedSignificand, st);
}

/** The result where a or b or both are NaN. */
export function propagate2<T>(a: T, aKind: i32, b: T, bKind: i32, st: usize): T {
  const rule = nanRuleOf(st);
  let second = aKind < QUIET_NAN;
  if (aKind == SIGNALING_NAN || bKind == SIGNALING_NAN) {
    raise(st, INVALID);
    if (rule == RULE_ARM || rule == RULE_MIPS) second = aKind != SIGNALING_NAN;
    else if (rule == RULE_SPARC) second = bKind == SIGNALING_NAN;
  } else if (rule == RULE_SPARC) {
    second = bKind == QUIET_NAN;
  }
  return propagate1<T>(second ? b : a, st);
}

/**
 * The result of a*b+c where at least one is NaN; productInvalid says that a*b is infinity times zero. ARM (FPMulAdd): the addend
 * comes first, signaling ones before quiet ones, and an invalid product with a quiet addend is the default NaN.
 */
export function propagate3<T>(a: T, aKind: i32, b: T, bKind: i32, c: T, cKind: i32, productInvalid: bool, st: usize): T {
  const rule = nanRuleOf(st);
  const signaling = aKind == SIGNALING_NAN || bKind == SIGNALING_NAN || cKind == SIGNALING_NAN;
  if (signaling || (productInvalid && rule != RULE_X86)) raise(st, INVALID);
  if (productInvalid && !signaling && rule == RULE_ARM) return defaultNaN<T>(st);
  if (rule == RULE_X86) return propagate1<T>(aKind >= QUIET_NAN ? a : bKind >= QUIET_NAN ? b : c, st);
  if (rule == RULE_PPC) return propagate1<T>(aKind >= QUIET_NAN ? a : cKind >= QUIET_NAN ? c : b, st);
  const wanted = signaling ? SIGNALING_NAN : QUIET_NAN;
  if (cKind == wanted) return propagate1<T>(c, st);
  if (rule == RULE_SPARC) return propagate1<T>(bKind == wanted ? b : a, st);
  return propagate1<T>(aKind == wanted ? a : b, st);
}
