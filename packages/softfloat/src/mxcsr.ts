/**
 * MXCSR and the status block: what SSE's instructions go by, in terms of the functions here.
 *
 * Where all exceptions are masked, a target sets rounding and mode by `statusOfMxcsr` when MXCSR is written, and MXCSR's exceptions are
 * `exceptionsOfFlags` of the flags. Where some are not, an instruction is done on flags that were clear before: if `trappedFlags` says
 * that it traps, those are its exceptions, and its destination is to stay as it is. (Of a packed instruction, the flags of all elements
 * together: the exceptions that come before the computation count if one element has them.)
 */
import { flag, integerRule, integerRuleShift, mode, nanRule, nanRuleShift, rounding } from "./status.ts";

/** Fields of MXCSR. Each exception's mask is seven places above it. */
export const mxcsr = {
  exceptions: 0x3f,
  denormalsAreZero: 1 << 6,
  masks: 0x3f << 7,
  maskShift: 7,
  overflowMask: 1 << 10,
  underflowMask: 1 << 11,
  roundingShift: 13,
  flushToZero: 1 << 15,
} as const;

const roundings = [rounding.nearestEven, rounding.downward, rounding.upward, rounding.towardZero] as const;

/** The rounding and the mode word of a status block for instructions under the given MXCSR. */
export function statusOfMxcsr(value: number): { readonly rounding: number; readonly mode: number } {
  const isUnderflowMasked = (value & mxcsr.underflowMask) !== 0;
  return {
    rounding: roundings[(value >> mxcsr.roundingShift) & 3]!,
    mode:
      mode.denormalOperand |
      mode.flushIsInexact |
      mode.defaultNaNSign |
      (nanRule.x86 << nanRuleShift) |
      (integerRule.indefinite << integerRuleShift) |
      (value & mxcsr.denormalsAreZero ? mode.flushInputs : 0) |
      (isUnderflowMasked ? 0 : mode.underflowUnmasked) |
      (value & mxcsr.overflowMask ? 0 : mode.overflowUnmasked) |
      (value & mxcsr.flushToZero && isUnderflowMasked ? mode.flushOutputs : 0),
  };
}

/** Flags of a status block as exceptions in their places of MXCSR (IE, DE, ZE, OE, UE, PE). */
export function exceptionsOfFlags(flags: number): number {
  const laterThanDenormal = (flags & (flag.divideByZero | flag.overflow | flag.underflow | flag.inexact)) << 1;
  return (flags & flag.invalid) | (flags & flag.inputDenormal ? 2 : 0) | laterThanDenormal;
}

/** The reverse. */
export function flagsOfExceptions(exceptions: number): number {
  return (exceptions & 1) | (exceptions & 2 ? flag.inputDenormal : 0) | ((exceptions & 0x3c) >> 1);
}

const beforeComputing = flag.invalid | flag.inputDenormal | flag.divideByZero;

/**
 * The flags that an instruction sets that traps, given those that its computation raised and those that are not masked; 0 if it does not
 * trap. Exceptions that are found before the computation prevent it, and with it the others.
 */
export function trappedFlags(raised: number, unmasked: number): number {
  if ((raised & unmasked) === 0) return 0;
  return raised & unmasked & beforeComputing ? raised & beforeComputing : raised;
}
