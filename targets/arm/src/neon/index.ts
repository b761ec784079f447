/** Rows of Advanced SIMD: data processing, element and structure loads and stores. */
import { neonLoadStore } from "./load-store.ts";
import { neonMisc } from "./misc.ts";
import { neonPermute } from "./permute.ts";
import { neonScalar } from "./scalar.ts";
import { neonShiftImmediate } from "./shift-immediate.ts";
import { neonThreeDifferent } from "./three-different.ts";
import { neonThreeSameFloat } from "./three-same-float.ts";
import { neonThreeSame } from "./three-same.ts";
import { a32Rows, type Both, t32Rows, type VfpItem } from "../vfp/rows.ts";

const rows: readonly Both[] = [
  ...neonLoadStore,
  ...neonThreeSame,
  ...neonThreeSameFloat,
  ...neonThreeDifferent,
  ...neonScalar,
  ...neonShiftImmediate,
  ...neonMisc,
  ...neonPermute,
];

/** Added to the unconditional A32 table. */
export const neonRowsA32: readonly VfpItem[] = a32Rows(rows);
/** Added to the 32-bit T32 table. */
export const neonRowsT32: readonly VfpItem[] = t32Rows(rows);
