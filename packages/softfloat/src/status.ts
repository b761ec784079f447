/**
 * The status block: twelve bytes of the module's memory, of which the address is the last argument of every operation.
 *
 *     +0  u32  rounding mode    one of `rounding`
 *     +4  u32  exception flags  `flag` bits, accumulated by OR; never cleared here
 *     +8  u32  mode word        `mode` bits, a `nanRule` << nanRuleShift, an `integerRule` << integerRuleShift
 *
 * The module writes only the exception flags. The constants are repeated in ../assembly/status.ts.
 */
export const statusBlock = { rounding: 0, flags: 4, mode: 8, bytes: 12 } as const;

/** Rounding modes, in the status block and as arguments; an argument of roundingOfStatus takes the status block's. */
export const rounding = { nearestEven: 0, upward: 1, downward: 2, towardZero: 3, nearestAway: 4, toOdd: 5 } as const;

/** As a rounding mode argument: the status block's mode. */
export const roundingOfStatus = -1;

/** Exception flags, the bits of ARM's FPSCR. */
export const flag = { invalid: 1, divideByZero: 2, overflow: 4, underflow: 8, inexact: 16, inputDenormal: 128 } as const;

/** Bits of the mode word. Half precision is never flushed. */
export const mode = {
  /** Denormal operands are zeros. Raises inputDenormal, unless denormalOperand is set (x86's DAZ is silent). */
  flushInputs: 1 << 0,
  /** Tiny results are zeros, and raise underflow alone. */
  flushOutputs: 1 << 1,
  /** Every NaN result is the default NaN. */
  defaultNaN: 1 << 2,
  /** Tininess is detected before rounding (ARM, PowerPC) rather than after (x86, MIPS). */
  tinyBeforeRounding: 1 << 3,
  /** A NaN's quiet bit means signaling (MIPS before release 6 without NAN2008, HP PA). The default NaN is 0x7fbfffff. */
  legacyNaN: 1 << 8,
  /** The default NaN is negative (x86). */
  defaultNaNSign: 1 << 9,
  /** Half precision is ARM's alternative format, without infinity and NaN (FPSCR.AHP). */
  alternativeHalf: 1 << 10,
  /** A flushed result raises inexact too (x86's FTZ). */
  flushIsInexact: 1 << 11,
  /** inputDenormal reports denormal operands that enter the arithmetic (x86's DE), not flushed ones. */
  denormalOperand: 1 << 12,
  /** The default NaN has all fraction bits set (SPARC). */
  defaultNaNOnes: 1 << 13,
  /** Underflow is not masked (x86): a tiny result raises it even if it is exact. The result is then not to be used. */
  underflowUnmasked: 1 << 14,
  /** Overflow is not masked (x86): it raises inexact only if the significand was rounded. The result is then not to be used. */
  overflowUnmasked: 1 << 15,
} as const;

export const nanRuleShift = 4;

/** Which operand a NaN result is taken from. It is then quieted. */
export const nanRule = {
  /** The first signaling, else the first quiet one; of a*b+c in the order c, a, b, and an invalid product beats a quiet c. */
  arm: 0,
  /** SSE: the first NaN of a, b, c; an invalid product plus a quiet NaN is not invalid. */
  x86: 1,
  /** The first NaN of a, b; of a*b+c the first of a, c, b. */
  ppc: 2,
  /** The last signaling, else the last quiet one: b, a; of a*b+c in the order c, b, a. */
  sparc: 3,
  /** As ARM, but a quiet c beats an invalid product (which still raises invalid). */
  mips: 4,
} as const;

export const integerRuleShift = 16;

/** The result of converting NaN or a number out of range to an integer; all raise invalid. */
export const integerRule = {
  /** Saturated; NaN is 0 (ARM, MIPS with NAN2008). */
  saturateNaNZero: 0,
  /** The most negative number, for unsigned types all ones (x86's integer indefinite). */
  indefinite: 1,
  /** Saturated; NaN is the least number of the type (PowerPC). */
  saturateNaNMin: 2,
  /** The largest number of the type (legacy MIPS). */
  alwaysMax: 3,
  /** Saturated; NaN is the largest number of the type (SPARC). */
  saturateNaNMax: 4,
} as const;
