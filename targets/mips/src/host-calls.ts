/** Signatures of the helpers that MIPS code calls, and the numbers of its exceptions; system/helpers.ts implements the helpers. */
import type { HelperEffects, HelperSignature, Type } from "@tsemu/ir";

const everything: HelperEffects = { reads: "all", writes: "all", mayRaise: true };

const host = (
  name: string,
  params: readonly Type[],
  result: Type | undefined,
  effects: HelperEffects = everything,
): HelperSignature & { kind: "host" } => ({ name, kind: "host", params, result, effects });

const dspEffects: HelperEffects = { reads: "all", writes: "all", mayRaise: false };

export const calls = {
  /** (register << 3 | sel): MFC0; the low word, the high one goes to result_high. */
  mfc0: host("mfc0", ["i32"], "i32"),
  /** (register << 3 | sel, value): MTC0, the value sign-extended. Refreshes the block flags. */
  mtc0: host("mtc0", ["i32", "i32"], undefined),
  /** (register << 3 | sel, low, high): DMTC0. */
  dmtc0: host("dmtc0", ["i32", "i32", "i32"], undefined),
  tlbr: host("tlbr", [], undefined),
  tlbwi: host("tlbwi", [], undefined),
  tlbwr: host("tlbwr", [], undefined),
  tlbp: host("tlbp", [], undefined),
  /** ERET, DERET: leave pc and block flags in their slots. */
  eret: host("eret", [], undefined),
  deret: host("deret", [], undefined),
  /** (1: EI, 0: DI): the old Status. */
  interrupts: host("interrupts", ["i32"], "i32"),
  /** (register): RDHWR; the low word, the high one goes to result_high. */
  rdhwr: host("rdhwr", ["i32"], "i32"),
  /** (FCR): CFC1. */
  cfc1: host("cfc1", ["i32"], "i32"),
  /** (FCR, value): CTC1. May raise a floating-point exception. */
  ctc1: host("ctc1", ["i32", "i32"], undefined),
  /** (): what the operation just done raised becomes FCSR's cause, and an exception if it is enabled. */
  fpCheck: host("fp_check", [], undefined),
  /** (operation, rs, rt): an operation of the DSP ASE on registers, by its number in dsp/operations.ts. */
  dsp: host("dsp", ["i32", "i32", "i32"], "i32", dspEffects),
  /** (operation, accumulator, rs, rt): one on an accumulator. */
  dspAccumulate: host("dsp_accumulate", ["i32", "i32", "i32", "i32"], "i32", dspEffects),
  /** (word): reports an instruction that is not implemented. */
  unimplemented: host("unimplemented", ["i32"], undefined, { reads: [], writes: [], mayRaise: false }),
} as const;

/** Exception numbers: Cause.ExcCode. */
export const exceptions = {
  interrupt: 0,
  modified: 1,
  /** TLB refill or invalid: argument 1 for refill. */
  tlbLoad: 2,
  tlbStore: 3,
  /** Argument: 1 for a fetch from no multiple of 4, 2 for an address that is not there or another mode's. */
  addressLoad: 4,
  addressStore: 5,
  busFetch: 6,
  busData: 7,
  systemCall: 8,
  /** Argument: the code of the instruction. */
  breakpoint: 9,
  reservedInstruction: 10,
  /** Argument: the coprocessor's number. */
  coprocessorUnusable: 11,
  overflow: 12,
  /** Argument: the code of the instruction. */
  trap: 13,
  floatingPoint: 15,
  dspDisabled: 26,
} as const;
