/** The decode table of a CPU, and the decoder and disassembler made of it. */
import { hex32 } from "@tsemu/base";
import { DecodeTable, disassemble } from "@tsemu/decode";
import type { CodeReader, Disassembly } from "@tsemu/target";
import type { Features } from "./cpu-models.ts";
import { formatters } from "./formatters.ts";
import { dspRows } from "./dsp/rows.ts";
import { fpuArithmeticRows } from "./fpu/arithmetic.ts";
import { fpuPairedRows } from "./fpu/paired.ts";
import { fpuTransferRows } from "./fpu/transfer.ts";
import { arithmeticRows } from "./insns/arithmetic.ts";
import { arithmetic64Rows } from "./insns/arithmetic64.ts";
import { branchRows } from "./insns/branch.ts";
import { memoryRows } from "./insns/memory.ts";
import { memory64Rows } from "./insns/memory64.ts";
import { multiplyRows } from "./insns/multiply.ts";
import { systemRows } from "./insns/system.ts";
import { trapRows } from "./insns/trap.ts";
import { type MipsItem, type MipsMeta, rowsFor } from "./rows.ts";
import { type DecodeInsn, instructionWord, type MipsTranslator } from "./translator.ts";

const allRows: readonly MipsItem[] = [
  ...arithmeticRows,
  ...multiplyRows,
  ...branchRows,
  ...trapRows,
  ...memoryRows,
  ...systemRows,
  ...dspRows,
  ...fpuTransferRows,
  ...fpuArithmeticRows,
  ...fpuPairedRows,
  ...arithmetic64Rows,
  ...memory64Rows,
];

export type MipsTable = DecodeTable<MipsTranslator, MipsMeta>;

/** The table of a CPU with these features. `checked`: a test has compared its rows with each other. */
export const buildTable = (features: Features, checked = false): MipsTable =>
  new DecodeTable(32, rowsFor(allRows, features), formatters, checked);

/** Keeps the table of each feature set that was asked for. */
export class TableCache {
  readonly #tables = new Map<Features, MipsTable>();

  tableFor(features: Features): MipsTable {
    let table = this.#tables.get(features);
    if (table === undefined) this.#tables.set(features, (table = buildTable(features, true)));
    return table;
  }
}

/** Decodes a word and runs its row. The table is asked for when the first instruction is translated. */
export const decodeWith =
  (table: () => MipsTable): DecodeInsn =>
  (t, word) => {
    const decoded = table().decode(word);
    if (decoded === undefined) t.unknown();
    else decoded.row.execute(t, decoded.fields);
  };

/** The instruction at pc; reserved ones as data. */
export function disassembleInsn(table: MipsTable, reader: CodeReader, bigEndian: boolean, pc: number): Disassembly {
  const word = instructionWord(reader.u32(pc), bigEndian);
  const decoded = table.decode(word);
  return { text: decoded === undefined ? `.word ${hex32(word)}` : disassemble(decoded.row, decoded.fields, pc, formatters), length: 4 };
}
