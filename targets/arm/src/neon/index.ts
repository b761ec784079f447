/** Rows of Advanced SIMD: data processing, element and structure loads and stores. */
import { neonLoadStore } from "./load-store.ts";
import { neonThreeSame } from "./three-same.ts";
import { a32Rows, type Both, t32Rows, type VfpItem } from "../vfp/rows.ts";

const rows: readonly Both[] = [...neonLoadStore, ...neonThreeSame];

/** Added to the unconditional A32 table. */
export const neonRowsA32: readonly VfpItem[] = a32Rows(rows);
/** Added to the 32-bit T32 table. */
export const neonRowsT32: readonly VfpItem[] = t32Rows(rows);
