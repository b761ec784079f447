/** Rows of the coprocessor 10 and 11 space: floating point (VFP), and transfers to and from the extension registers. */
import type { ArmItem } from "../rows.ts";

/** Added to the conditional A32 table. */
export const vfpRowsA32: readonly ArmItem[] = [];
/** Added to the 32-bit T32 table. */
export const vfpRowsT32: readonly ArmItem[] = [];
