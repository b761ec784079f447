// The hot path: the host's own arithmetic where it gives the same result and the same flags, that is in round-to-nearest with an
// ordinary (normal, neither least nor near the largest) result. Only INEXACT can then be raised; unless it already is, an exact
// error term decides. Anything else, including all NaN, goes to the operations on bits.
import { addSub, divide, multiply, squareRoot } from "./arithmetic";
import { multiplyAdd } from "./multiply-add";
import { DENORMAL_OPERAND, FLAGS_OFFSET, FLUSH_INPUTS, INEXACT, modeOf, raise, roundingOf } from "./status";

const LEAST_NORMAL_32: f32 = 1.1754943508222875e-38;
const LEAST_NORMAL_64: f64 = 2.2250738585072014e-308;
const FRACTION_64: u64 = 0xf_ffff_ffff_ffff;
const LEADING_64: u64 = 1 << 52;

/** A result well inside the normal range: a result rounded to the least normal number may have been tiny before. */
function isOrdinary32(x: f32): bool {
  return ((reinterpret<u32>(x) >> 23) & 0xff) - 2 < 0xfb;
}

function isOrdinary64(x: f64): bool {
  return (<u32>(reinterpret<u64>(x) >> 52) & 0x7ff) - 2 < 0x7fb;
}

function isDenormal32(x: f32): bool {
  return abs(x) < LEAST_NORMAL_32 && x != 0;
}

function isDenormal64(x: f64): bool {
  return abs(x) < LEAST_NORMAL_64 && x != 0;
}

/** Whether denormal operands are flushed or reported. */
function inputsMatter(st: usize): bool {
  return (modeOf(st) & (FLUSH_INPUTS | DENORMAL_OPERAND)) != 0;
}

function knownInexact(st: usize): bool {
  return (load<u32>(st, FLAGS_OFFSET) & INEXACT) != 0;
}

function usable32(a: f32, b: f32, result: f32, st: usize): bool {
  return isOrdinary32(result) && roundingOf(st) == 0 && !(inputsMatter(st) && (isDenormal32(a) || isDenormal32(b)));
}

function usable64(a: f64, b: f64, result: f64, st: usize): bool {
  return isOrdinary64(result) && roundingOf(st) == 0 && !(inputsMatter(st) && (isDenormal64(a) || isDenormal64(b)));
}

/** Knuth's TwoSum: the rounding error of sum = a + b. */
function sumError<F>(a: F, b: F, sum: F): F {
  const bPart = sum - a;
  return a - (sum - bPart) + (b - bPart);
}

/** Exponent field of x. */
function exponentOf(x: f64): i32 {
  return <i32>(reinterpret<u64>(x) >> 52) & 0x7ff;
}

/** The significand of a normal number as an integer of 53 bits. */
function integerOf(x: f64): u64 {
  return (reinterpret<u64>(x) & FRACTION_64) | LEADING_64;
}

export function add32(a: f32, b: f32, st: usize): f32 {
  const sum = a + b;
  if (!usable32(a, b, sum, st)) return reinterpret<f32>(addSub<u32>(reinterpret<u32>(a), reinterpret<u32>(b), false, st));
  if (!knownInexact(st) && sumError<f32>(a, b, sum) != 0) raise(st, INEXACT);
  return sum;
}

export function sub32(a: f32, b: f32, st: usize): f32 {
  const difference = a - b;
  if (!usable32(a, b, difference, st)) return reinterpret<f32>(addSub<u32>(reinterpret<u32>(a), reinterpret<u32>(b), true, st));
  if (!knownInexact(st) && sumError<f32>(a, -b, difference) != 0) raise(st, INEXACT);
  return difference;
}

export function mul32(a: f32, b: f32, st: usize): f32 {
  const exact = <f64>a * <f64>b;
  const product = <f32>exact;
  if (!usable32(a, b, product, st)) return reinterpret<f32>(multiply<u32>(reinterpret<u32>(a), reinterpret<u32>(b), st));
  if (<f64>product != exact && !knownInexact(st)) raise(st, INEXACT);
  return product;
}

export function div32(a: f32, b: f32, st: usize): f32 {
  const quotient = a / b;
  if (!usable32(a, b, quotient, st)) return reinterpret<f32>(divide<u32>(reinterpret<u32>(a), reinterpret<u32>(b), st));
  // Two significands of 24 bits multiply exactly in f64.
  if (!knownInexact(st) && <f64>quotient * <f64>b != <f64>a) raise(st, INEXACT);
  return quotient;
}

export function sqrt32(a: f32, st: usize): f32 {
  const root = sqrt<f32>(a);
  if (!(a >= LEAST_NORMAL_32) || !isOrdinary32(root) || roundingOf(st) != 0) {
    return reinterpret<f32>(squareRoot<u32>(reinterpret<u32>(a), st));
  }
  if (!knownInexact(st) && <f64>root * <f64>root != <f64>a) raise(st, INEXACT);
  return root;
}

export function add64(a: f64, b: f64, st: usize): f64 {
  const sum = a + b;
  if (!usable64(a, b, sum, st)) return reinterpret<f64>(addSub<u64>(reinterpret<u64>(a), reinterpret<u64>(b), false, st));
  if (!knownInexact(st) && sumError<f64>(a, b, sum) != 0) raise(st, INEXACT);
  return sum;
}

export function sub64(a: f64, b: f64, st: usize): f64 {
  const difference = a - b;
  if (!usable64(a, b, difference, st)) return reinterpret<f64>(addSub<u64>(reinterpret<u64>(a), reinterpret<u64>(b), true, st));
  if (!knownInexact(st) && sumError<f64>(a, -b, difference) != 0) raise(st, INEXACT);
  return difference;
}

export function mul64(a: f64, b: f64, st: usize): f64 {
  const product = a * b;
  if (!usable64(a, b, product, st) || exponentOf(a) == 0 || exponentOf(b) == 0) {
    return reinterpret<f64>(multiply<u64>(reinterpret<u64>(a), reinterpret<u64>(b), st));
  }
  if (!knownInexact(st)) {
    // The product of the integers has 105 bits, or 106 where the exponent is one more; those below the upper 53 are to be zero.
    const carried = exponentOf(product) - (exponentOf(a) + exponentOf(b) - 1023);
    if ((integerOf(a) * integerOf(b)) << (12 - carried)) raise(st, INEXACT);
  }
  return product;
}

export function div64(a: f64, b: f64, st: usize): f64 {
  const quotient = a / b;
  if (!usable64(a, b, quotient, st) || exponentOf(a) == 0 || exponentOf(b) == 0) {
    return reinterpret<f64>(divide<u64>(reinterpret<u64>(a), reinterpret<u64>(b), st));
  }
  if (!knownInexact(st)) {
    // The remainder is less than the divisor, so that it is zero exactly where it is zero modulo 2^64.
    const borrowed = exponentOf(a) - exponentOf(b) + 1023 - exponentOf(quotient);
    if (integerOf(a) << (52 + borrowed) != integerOf(quotient) * integerOf(b)) raise(st, INEXACT);
  }
  return quotient;
}

export function sqrt64(a: f64, st: usize): f64 {
  const root = sqrt<f64>(a);
  if (!(a >= LEAST_NORMAL_64) || !isOrdinary64(root) || roundingOf(st) != 0) {
    return reinterpret<f64>(squareRoot<u64>(reinterpret<u64>(a), st));
  }
  if (!knownInexact(st)) {
    const odd = (exponentOf(a) & 1) ^ 1;
    const integer = integerOf(root);
    if (integerOf(a) << (52 + odd) != integer * integer) raise(st, INEXACT);
  }
  return root;
}

/** x moved to the neighbour with an odd last bit if it is even and error, what was lost in rounding to x, is not zero. */
function roundedToOdd(x: f64, error: f64): f64 {
  const bits = reinterpret<i64>(x);
  if (error == 0 || (bits & 1) != 0) return x;
  return reinterpret<f64>(bits + (error > 0 == x > 0 ? 1 : -1));
}

export function mulAdd32(a: f32, b: f32, c: f32, st: usize): f32 {
  // The product is exact; the sum rounded to odd has enough bits for the second rounding to be right.
  const product = <f64>a * <f64>b;
  const sum = product + <f64>c;
  const error = sumError<f64>(product, <f64>c, sum);
  const result = <f32>roundedToOdd(sum, error);
  if (!usable32(a, b, result, st) || (inputsMatter(st) && isDenormal32(c))) {
    return reinterpret<f32>(multiplyAdd<u32>(reinterpret<u32>(a), reinterpret<u32>(b), reinterpret<u32>(c), st));
  }
  if ((error != 0 || <f64>result != sum) && !knownInexact(st)) raise(st, INEXACT);
  return result;
}

/** High part of Veltkamp's split of x, |x| < 2^970. */
function split(x: f64): f64 {
  const scaled = x * 134217729.0;
  return scaled - (scaled - x);
}

/** Whether x is a normal number with a binary exponent in -limit..limit. */
function isWithin(x: f64, limit: i32): bool {
  return <u32>(exponentOf(x) - 1023 + limit) <= <u32>(2 * limit);
}

export function mulAdd64(a: f64, b: f64, c: f64, st: usize): f64 {
  if (roundingOf(st) == 0 && isWithin(a, 400) && isWithin(b, 400) && (isWithin(c, 850) || c == 0)) {
    // Boldo and Melquiond: exact product, exact sums, the two low parts added with rounding to odd. In this range of exponents
    // nothing overflows or underflows, and a result that is not zero is normal.
    const product = a * b;
    const aHigh = split(a);
    const aLow = a - aHigh;
    const bHigh = split(b);
    const bLow = b - bHigh;
    const productError = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
    const low = c + productError;
    const lowError = sumError<f64>(c, productError, low);
    const high = product + low;
    const highError = sumError<f64>(product, low, high);
    const rest = lowError + highError;
    const restError = sumError<f64>(lowError, highError, rest);
    const addend = roundedToOdd(rest, restError);
    const result = high + addend;
    if (result != 0) {
      if (!knownInexact(st) && (restError != 0 || sumError<f64>(high, addend, result) != 0)) raise(st, INEXACT);
      return result;
    }
  }
  return reinterpret<f64>(multiplyAdd<u64>(reinterpret<u64>(a), reinterpret<u64>(b), reinterpret<u64>(c), st));
}
