/** Rows of the coprocessor 10 and 11 space: floating point (VFP), and transfers to and from the extension registers. */
import { vfpConversions } from "./convert.ts";
import { vfpDataProcessing } from "./data-processing.ts";
import { vfpLoadStore } from "./load-store.ts";
import { a32Rows, type Both, t32Rows, type VfpItem } from "./rows.ts";
import { vfpTransfers } from "./transfer.ts";

const rows: readonly Both[] = [...vfpDataProcessing, ...vfpConversions, ...vfpLoadStore, ...vfpTransfers];

/** Added to the conditional A32 table. */
export const vfpRowsA32: readonly VfpItem[] = a32Rows(rows);
/** Added to the 32-bit T32 table. */
export const vfpRowsT32: readonly VfpItem[] = t32Rows(rows);
/** Those of them that FPSCR.Len turns into vector instructions. */
export const vfpDataProcessingA32: readonly VfpItem[] = a32Rows(vfpDataProcessing);
