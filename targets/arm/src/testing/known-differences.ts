/** Encodings whose results are not compared with QEMU's, and why. */
import type { AnyFields } from "@tsemu/decode";

export interface KnownDifference {
  readonly rows: readonly string[];
  readonly when: (fields: AnyFields) => boolean;
  readonly why: string;
}

/** Where short vectors are not compared: Len and Stride are 0 there. */
export const knownVectorDifferences: readonly KnownDifference[] = [
  {
    rows: ["VMOV_reg", "VABS", "VNEG", "VSQRT"],
    when: ({ sz }) => sz === 1,
    why: "QEMU 7.2 advances the destination where it should advance the operand, for two doubleword registers",
  },
];
/** Where Stride is not compared. */
export const knownStrideDifferences: readonly KnownDifference[] = [
  {
    rows: [],
    when: ({ sz }) => sz === 0,
    why: "Stride 3 means 2; QEMU 7.2 takes it as 4 for single precision",
  },
];

export const knownDifferences: readonly KnownDifference[] = [
  {
    rows: ["VTRN", "VUZP", "VZIP"],
    when: ({ vd, vm }) => vd === vm,
    why: "both registers the same: their contents become UNKNOWN",
  },
  {
    rows: ["VMOV_core_singles"],
    when: ({ vm }) => vm === 0x1f,
    why: "s31 and the register after it: UNPREDICTABLE, undefined here; QEMU goes on into d16",
  },
];

/** Is the case among them? No rows: all. */
export const isKnownDifference = (row: string, fields: AnyFields, list = knownDifferences): boolean =>
  list.some((known) => (known.rows.length === 0 || known.rows.includes(row)) && known.when(fields));

/**
 * VLD1..VST4 (multiple) with `:256`: the manual demands 32 bytes, QEMU 7.2 checks 16. Where the
 * address is between the two the instruction faults here, and not there.
 */
export const faultsHereOnly = (row: string, fields: AnyFields, core: ArrayLike<number>): boolean =>
  row === "VLD_VST_multiple" && fields["align"] === 3 && (core[fields["rn"]!]! & 31) === 16;
