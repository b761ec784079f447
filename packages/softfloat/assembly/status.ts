// The status block: the only memory this module touches. Its address is the last argument of every operation. The layout is
// mirrored, with the meaning of every bit, in ../src/status.ts; a test compares the two.

export const MODE_OFFSET: usize = 8;
export const FLAGS_OFFSET: usize = 4;

export const NEAREST_EVEN: u32 = 0;
export const UPWARD: u32 = 1;
export const DOWNWARD: u32 = 2;
export const TOWARD_ZERO: u32 = 3;
export const NEAREST_AWAY: u32 = 4;
export const TO_ODD: u32 = 5;

export const INVALID: u32 = 1;
export const DIVIDE_BY_ZERO: u32 = 2;
export const OVERFLOW: u32 = 4;
export const UNDERFLOW: u32 = 8;
export const INEXACT: u32 = 16;
export const INPUT_DENORMAL: u32 = 128;

export const FLUSH_INPUTS: u32 = 1 << 0;
export const FLUSH_OUTPUTS: u32 = 1 << 1;
export const DEFAULT_NAN: u32 = 1 << 2;
export const TINY_BEFORE_ROUNDING: u32 = 1 << 3;
export const NAN_RULE_SHIFT: u32 = 4;
export const NAN_RULE_MASK: u32 = 15;
export const LEGACY_NAN: u32 = 1 << 8;
export const DEFAULT_NAN_SIGN: u32 = 1 << 9;
export const ALTERNATIVE_HALF: u32 = 1 << 10;
export const FLUSH_IS_INEXACT: u32 = 1 << 11;
export const DENORMAL_OPERAND: u32 = 1 << 12;
export const DEFAULT_NAN_ONES: u32 = 1 << 13;
export const UNDERFLOW_UNMASKED: u32 = 1 << 14;
export const OVERFLOW_UNMASKED: u32 = 1 << 15;
export const INT_RULE_SHIFT: u32 = 16;
export const INT_RULE_MASK: u32 = 7;

export const RULE_ARM: u32 = 0;
export const RULE_X86: u32 = 1;
export const RULE_PPC: u32 = 2;
export const RULE_SPARC: u32 = 3;
export const RULE_MIPS: u32 = 4;

export const INT_SATURATE_NAN_ZERO: u32 = 0;
export const INT_INDEFINITE: u32 = 1;
export const INT_SATURATE_NAN_MIN: u32 = 2;
export const INT_ALWAYS_MAX: u32 = 3;
export const INT_SATURATE_NAN_MAX: u32 = 4;

/** The rounding mode of the status block. */
export function roundingOf(st: usize): u32 {
  return load<u32>(st);
}

/** The mode word of the status block. */
export function modeOf(st: usize): u32 {
  return load<u32>(st, MODE_OFFSET);
}

/** Accumulates exception flags. */
export function raise(st: usize, flags: u32): void {
  store<u32>(st, load<u32>(st, FLAGS_OFFSET) | flags, FLAGS_OFFSET);
}

/** The NaN selection rule of the status block. */
export function nanRuleOf(st: usize): u32 {
  return (modeOf(st) >> NAN_RULE_SHIFT) & NAN_RULE_MASK;
}
