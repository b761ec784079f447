/** The opcode maps. */
import type { X86Row } from "../decode/row.ts";
import { oneByteRows } from "./one-byte.ts";
import { avxRows } from "./avx.ts";
import { bmiRows } from "./bmi.ts";
import { cryptoRows } from "./crypto.ts";
import { sse4Rows } from "./sse4.ts";
import { threeByteRows, twoByteRows } from "./two-byte.ts";
import { vectorRows } from "./vector.ts";
import { vectorFloatRows } from "./vector-float.ts";
import { x87Rows } from "./x87.ts";

export const allRows: readonly X86Row[] = [
  ...oneByteRows,
  ...twoByteRows,
  ...threeByteRows,
  ...vectorRows,
  ...x87Rows,
  ...vectorFloatRows,
  ...sse4Rows,
  ...cryptoRows,
  ...bmiRows,
  ...avxRows,
];
