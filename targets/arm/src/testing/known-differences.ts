/** Encodings whose results are not compared with QEMU's, and why. */
import type { AnyFields } from "@tsemu/decode";

export interface KnownDifference {
  readonly rows: readonly string[];
  readonly when: (fields: AnyFields) => boolean;
  readonly why: string;
}

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

export const isKnownDifference = (row: string, fields: AnyFields): boolean =>
  knownDifferences.some((known) => known.rows.includes(row) && known.when(fields));
