// Polynomials in fixed point, for the transcendental functions: fractions of 128 bits, less than one, evaluated from the highest power down.
// The terms of the highest powers contribute so little that 64 bits are enough for them; a caller computes those first.
import { multiplyHigh } from "./arithmetic";

/** The low word of the last product of fractions. */
export let fractionLow: u64 = 0;

/** The product of two fractions, or of two normalized significands, but for the last bits. */
export function multiplyFraction(aHigh: u64, aLow: u64, bHigh: u64, bLow: u64): u64 {
  const base = aHigh * bHigh;
  const first = base + multiplyHigh(aHigh, bLow);
  const second = first + multiplyHigh(aLow, bHigh);
  fractionLow = second;
  return multiplyHigh(aHigh, bHigh) + <u64>(first < base) + <u64>(second < first);
}

// The sum so far, and the argument.
export let sumHigh: u64 = 0;
export let sumLow: u64 = 0;
let argumentHigh: u64 = 0;
let argumentLow: u64 = 0;

/** Starts with a sum of 64 bits, divided by two to the power of scale. */
export function beginSeries(argument: u64, argumentRest: u64, sum: u64, scale: u64): void {
  argumentHigh = argument;
  argumentLow = argumentRest;
  sumHigh = sum >> scale;
  sumLow = scale == 0 ? 0 : sum << (64 - scale);
}

/** sum = coefficient + argument * sum. */
export function addTerm(coefficient: u64, coefficientRest: u64): void {
  const high = multiplyFraction(argumentHigh, argumentLow, sumHigh, sumLow);
  sumLow = coefficientRest + fractionLow;
  sumHigh = coefficient + high + <u64>(sumLow < fractionLow);
}

/** sum = coefficient - argument * sum. */
export function subtractTerm(coefficient: u64, coefficientRest: u64): void {
  const high = multiplyFraction(argumentHigh, argumentLow, sumHigh, sumLow);
  sumHigh = coefficient - high - <u64>(coefficientRest < fractionLow);
  sumLow = coefficientRest - fractionLow;
}

/** sum = 1 - argument * sum, which is less than one however small the argument is. */
export function subtractFromOne(): void {
  const high = multiplyFraction(argumentHigh, argumentLow, sumHigh, sumLow);
  const rest = fractionLow == 0 && high == 0 ? 1 : fractionLow;
  sumHigh = 0 - high - <u64>(rest != 0);
  sumLow = 0 - rest;
}
