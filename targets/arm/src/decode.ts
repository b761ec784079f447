/** The decode tables of a core, and the decoders and disassemblers made of them. */
import { type AnyFields, DecodeTable, disassemble, type Row } from "@tsemu/decode";
import type { CodeReader, Disassembly } from "@tsemu/target";
import { branchRows } from "./a32/branch.ts";
import { coprocessorRows } from "./a32/coprocessor.ts";
import { dataProcessingRows } from "./a32/data-processing.ts";
import { hintRows } from "./a32/hints.ts";
import { loadStoreRows } from "./a32/load-store.ts";
import { loadStoreMultipleRows } from "./a32/load-store-multiple.ts";
import { mediaRows } from "./a32/media.ts";
import { multiplyRows } from "./a32/multiply.ts";
import { statusRegisterRows } from "./a32/status-register.ts";
import { synchronizationRows } from "./a32/synchronization.ts";
import { unconditionalRows } from "./a32/unconditional.ts";
import type { Features } from "./cpu-models.ts";
import { formatters } from "./formatters.ts";
import { neonRowsA32 } from "./neon/index.ts";
import { type ArmItem, type ArmMeta, rowsFor } from "./rows.ts";
import { AL, type ArmTranslator, type DecodeInsn } from "./translator.ts";
import { vfpRowsA32 } from "./vfp/index.ts";

/** A32 instructions with a condition: bits 31:28 are not 1111. */
const conditionalA32: readonly ArmItem[] = [
  ...dataProcessingRows,
  ...multiplyRows,
  ...mediaRows,
  ...loadStoreRows,
  ...loadStoreMultipleRows,
  ...synchronizationRows,
  ...branchRows,
  ...statusRegisterRows,
  ...coprocessorRows,
  ...hintRows,
];

/** Rows of the extension registers: coprocessors 10 and 11, and the Advanced SIMD spaces. */
const extensionRowsA32: readonly ArmItem[] = [...vfpRowsA32];
const unconditionalExtensionRowsA32: readonly ArmItem[] = [...neonRowsA32];

export type ArmTable = DecodeTable<ArmTranslator, ArmMeta>;

/** The tables of a core. Building them takes some milliseconds: do it once per model. */
export interface Tables {
  readonly conditionalA32: ArmTable;
  readonly unconditionalA32: ArmTable;
}

const table = (width: 16 | 32, items: readonly ArmItem[], features: Features): ArmTable =>
  new DecodeTable(width, rowsFor(items, features), formatters);

export const buildTables = (features: Features): Tables => ({
  conditionalA32: table(32, [...conditionalA32, ...extensionRowsA32], features),
  unconditionalA32: table(32, [...unconditionalRows, ...unconditionalExtensionRowsA32], features),
});

/** Keeps the tables of each feature set that was asked for. */
export class TableCache {
  readonly #tables = new Map<Features, Tables>();

  tablesFor(features: Features): Tables {
    let tables = this.#tables.get(features);
    if (tables === undefined) {
      tables = buildTables(features);
      this.#tables.set(features, tables);
    }
    return tables;
  }
}

const execute = (cpu: ArmTranslator, table: ArmTable, word: number): void => {
  const decoded = table.decode(word);
  if (decoded === undefined) cpu.undefined();
  else decoded.row.execute(cpu, decoded.fields);
};

/** Decodes and translates the A32 instruction at cpu.pc, which then is that of the next one. */
export const decodeA32 =
  (tables: Tables): DecodeInsn =>
  (cpu, reader) => {
    const word = reader.u32(cpu.pc);
    cpu.pc = (cpu.pc + 4) >>> 0;
    const cond = word >>> 28;
    if (cond === 15) execute(cpu, tables.unconditionalA32, word);
    else cpu.conditionally(cond, () => execute(cpu, tables.conditionalA32, word));
  };

const text = (row: Row<ArmTranslator, ArmMeta>, fields: AnyFields, pc: number): string => disassemble(row, fields, pc, formatters);

export function disassembleA32(tables: Tables, reader: CodeReader, pc: number): Disassembly {
  const word = reader.u32(pc);
  const decoded = (word >>> 28 === 15 ? tables.unconditionalA32 : tables.conditionalA32).decode(word);
  const undefinedText = `.word 0x${word.toString(16).padStart(8, "0")}`;
  return { text: decoded === undefined ? undefinedText : text(decoded.row, { cond: AL, ...decoded.fields }, pc), length: 4 };
}
