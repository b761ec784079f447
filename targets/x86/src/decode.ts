/** The opcode tables of CPU models, and the disassembler made of them. */
import type { CodeReader, Disassembly } from "@tsemu/target";
import type { Features } from "./cpu-models.ts";
import { type Instruction, readInstruction } from "./decode/instruction.ts";
import { OpcodeTable } from "./decode/table.ts";
import * as bf from "./block-flags.ts";
import { formatInstruction } from "./format.ts";
import { allRows } from "./rows/index.ts";

/** Tables by features, made when they are first needed. */
const tables = new Map<Features, OpcodeTable>();

export function tableFor(features: Features): OpcodeTable {
  let table = tables.get(features);
  if (table === undefined) tables.set(features, (table = new OpcodeTable(allRows, features)));
  return table;
}

/** The instruction at pc, in Intel's syntax; undefined ones as data. */
export function disassembleInsn(table: OpcodeTable, reader: CodeReader, pc: number, flags: number): Disassembly {
  let i: Instruction;
  try {
    i = readInstruction(table, reader, pc, { code64: (flags & bf.CODE64) !== 0, code32: (flags & bf.CODE32) !== 0 });
  } catch {
    return { text: "(bad)", length: 1 };
  }
  if (i.row === undefined) return { text: "(bad)", length: i.length };
  return { text: formatInstruction(i, i.row, pc), length: i.length };
}
