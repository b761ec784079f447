/** Rows of Advanced SIMD: data processing, element and structure loads and stores. */
import type { ArmItem } from "../rows.ts";

/** Added to the unconditional A32 table. */
export const neonRowsA32: readonly ArmItem[] = [];
/** Added to the 32-bit T32 table. */
export const neonRowsT32: readonly ArmItem[] = [];
