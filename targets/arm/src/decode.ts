/** The decode tables of a core, and the decoders and disassemblers made of them. */
import { hex32 } from "@tsemu/base";
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
import { IT, IT_SHIFT } from "./block-flags.ts";
import type { Features } from "./cpu-models.ts";
import { formatters } from "./formatters.ts";
import { neonRowsA32, neonRowsT32 } from "./neon/index.ts";
import { type ArmItem, type ArmMeta, rowsFor } from "./rows.ts";
import { controlT16 } from "./t16/control.ts";
import { dataProcessingT16 } from "./t16/data-processing.ts";
import { loadStoreT16 } from "./t16/load-store.ts";
import { controlT32 } from "./t32/control.ts";
import { dataProcessingT32 } from "./t32/data-processing.ts";
import { loadStoreT32 } from "./t32/load-store.ts";
import { loadStoreMultipleT32 } from "./t32/load-store-multiple.ts";
import { mediaT32 } from "./t32/media.ts";
import { multiplyT32 } from "./t32/multiply.ts";
import { synchronizationT32 } from "./t32/synchronization.ts";
import { AL, type ArmTranslator, type DecodeInsn } from "./translator.ts";
import { vfpRowsA32, vfpRowsT32 } from "./vfp/index.ts";

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

/** T32 instructions of one halfword. */
const t16: readonly ArmItem[] = [...dataProcessingT16, ...loadStoreT16, ...controlT16];

/** T32 instructions of two halfwords, the first one in bits 31:16. */
const t32: readonly ArmItem[] = [
  ...dataProcessingT32,
  ...mediaT32,
  ...multiplyT32,
  ...loadStoreT32,
  ...loadStoreMultipleT32,
  ...synchronizationT32,
  ...controlT32,
];

/** Rows of the extension registers: coprocessors 10 and 11, and the Advanced SIMD spaces. */
const extensionRowsA32: readonly ArmItem[] = [...vfpRowsA32];
const unconditionalExtensionRowsA32: readonly ArmItem[] = [...neonRowsA32];
const extensionRowsT32: readonly ArmItem[] = [...vfpRowsT32, ...neonRowsT32];

export type ArmTable = DecodeTable<ArmTranslator, ArmMeta>;

/** The tables of a core. Building them takes some milliseconds: do it once per model. */
export interface Tables {
  readonly conditionalA32: ArmTable;
  readonly unconditionalA32: ArmTable;
  readonly t16: ArmTable;
  /** Empty before Thumb-2. */
  readonly t32: ArmTable;
}

const table = (width: 16 | 32, items: readonly ArmItem[], features: Features, checked: boolean): ArmTable =>
  new DecodeTable(width, rowsFor(items, features), formatters, checked);

/** All tables of a core, their rows checked against each other. */
export const buildTables = (features: Features): Tables => new LazyTables(features, false);

/** Each table is built when it is first used: a program in Thumb code needs no others. */
class LazyTables implements Tables {
  readonly #features: Features;
  readonly #checked: boolean;
  #conditionalA32: ArmTable | undefined;
  #unconditionalA32: ArmTable | undefined;
  #t16: ArmTable | undefined;
  #t32: ArmTable | undefined;

  constructor(features: Features, checked: boolean) {
    this.#features = features;
    this.#checked = checked;
  }

  #table(width: 16 | 32, items: readonly ArmItem[]): ArmTable {
    return table(width, items, this.#features, this.#checked);
  }

  get conditionalA32(): ArmTable {
    return (this.#conditionalA32 ??= this.#table(32, [...conditionalA32, ...extensionRowsA32]));
  }
  get unconditionalA32(): ArmTable {
    return (this.#unconditionalA32 ??= this.#table(32, [...unconditionalRows, ...unconditionalExtensionRowsA32]));
  }
  get t16(): ArmTable {
    return (this.#t16 ??= this.#table(16, t16));
  }
  get t32(): ArmTable {
    return (this.#t32 ??= this.#table(32, this.#features.thumb2 ? [...t32, ...extensionRowsT32] : []));
  }
}

/** Keeps the tables of each feature set that was asked for. */
export class TableCache {
  readonly #tables = new Map<Features, Tables>();

  tablesFor(features: Features): Tables {
    let tables = this.#tables.get(features);
    if (tables === undefined) {
      // The tests have checked them.
      tables = new LazyTables(features, true);
      this.#tables.set(features, tables);
    }
    return tables;
  }
}

/** Decodes and translates the A32 instruction at cpu.pc, which then is that of the next one. */
export const decodeA32 =
  (tables: Tables): DecodeInsn =>
  (cpu, reader) => {
    const word = reader.u32(cpu.pc);
    cpu.pc = (cpu.pc + 4) >>> 0;
    const cond = word >>> 28;
    if (cond === 15) execute(cpu, tables.unconditionalA32.decode(word));
    else cpu.conditionally(cond, () => execute(cpu, tables.conditionalA32.decode(word)));
  };

type DecodedArm = ReturnType<ArmTable["decode"]>;

const execute = (cpu: ArmTranslator, decoded: DecodedArm): void => {
  if (decoded === undefined) cpu.undefined();
  else decoded.row.execute(cpu, decoded.fields);
};

interface ThumbInsn {
  readonly decoded: DecodedArm;
  /** The one or two halfwords. */
  readonly word: number;
  readonly length: 2 | 4;
}

/** Is this halfword the first of two (A6.1)? */
const isFirstOfTwo = (halfword: number): boolean => halfword >>> 11 >= 0b11101;

function readThumb(tables: Tables, reader: CodeReader, pc: number): ThumbInsn {
  const first = reader.u16(pc);
  if (tables.t32.rows.length === 0 || !isFirstOfTwo(first)) return { decoded: tables.t16.decode(first), word: first, length: 2 };
  const word = ((first << 16) | reader.u16((pc + 2) >>> 0)) >>> 0;
  return { decoded: tables.t32.decode(word), word, length: 4 };
}

/** The condition that ITSTATE gives the present instruction (A2.5.2). */
const conditionOf = (itState: number): number => ((itState & 15) === 0 ? AL : itState >>> 4);

/** ITAdvance(). */
const advanced = (itState: number): number => ((itState & 7) === 0 ? 0 : (itState & 0xe0) | ((itState << 1) & 0x1f));

/** Decodes and translates the T32 instruction at cpu.pc under the condition of its IT block; pc and ITSTATE then are those of the next one. */
export const decodeT32 =
  (tables: Tables): DecodeInsn =>
  (cpu, reader) => {
    const { decoded, length } = readThumb(tables, reader, cpu.pc);
    const { itState } = cpu;
    cpu.inITBlock = (itState & 15) !== 0;
    cpu.lastInITBlock = (itState & 15) === 8;
    cpu.pc = (cpu.pc + length) >>> 0;
    cpu.itState = advanced(itState);
    const cond = decoded?.row.meta.ignoresIT === true ? AL : conditionOf(itState);
    cpu.conditionally(cond, () => execute(cpu, decoded));
  };

const text = (row: Row<ArmTranslator, ArmMeta>, fields: AnyFields, pc: number): string => disassemble(row, fields, pc, formatters);

/** The A32 instruction at pc; undefined ones as data. */
export function disassembleA32(tables: Tables, reader: CodeReader, pc: number): Disassembly {
  const word = reader.u32(pc);
  const decoded = (word >>> 28 === 15 ? tables.unconditionalA32 : tables.conditionalA32).decode(word);
  if (decoded === undefined) return { text: `.word ${hex32(word)}`, length: 4 };
  return { text: text(decoded.row, { cond: AL, ...decoded.fields }, pc), length: 4 };
}

/** The T32 instruction at pc, in the IT block that the block flags say. */
export function disassembleT32(tables: Tables, reader: CodeReader, pc: number, flags: number): Disassembly {
  const { decoded, word, length } = readThumb(tables, reader, pc);
  const itState = (flags & IT) >>> IT_SHIFT;
  if (decoded === undefined)
    return { text: length === 2 ? `.short 0x${word.toString(16).padStart(4, "0")}` : `.word ${hex32(word)}`, length };
  const context = { cond: conditionOf(itState), inIT: (itState & 15) === 0 ? 0 : 1 };
  return { text: text(decoded.row, { ...context, ...decoded.fields }, pc), length };
}
