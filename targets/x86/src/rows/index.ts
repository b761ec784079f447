/** The opcode maps. */
import type { X86Row } from "../decode/row.ts";
import { oneByteRows } from "./one-byte.ts";
import { threeByteRows, twoByteRows } from "./two-byte.ts";

export const allRows: readonly X86Row[] = [...oneByteRows, ...twoByteRows, ...threeByteRows];
