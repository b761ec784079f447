/** The decode table, and the decoder and disassembler made of it. */
import { hex32 } from "@tsemu/base";
import { DecodeTable, disassemble, type Formatters } from "@tsemu/decode";
import type { CodeReader, Disassembly } from "@tsemu/target";
import { rows } from "./rows.ts";
import type { TemplateTranslator } from "./translator.ts";

const formatters: Formatters = {};
const table = new DecodeTable<TemplateTranslator>(32, rows, formatters);

export function decodeInsn(t: TemplateTranslator, word: number): void {
  const decoded = table.decode(word);
  if (decoded === undefined) t.undefined();
  else decoded.row.execute(t, decoded.fields);
}

/** The instruction at pc; what is none as data. */
export function disassembleInsn(reader: CodeReader, pc: number): Disassembly {
  const word = reader.u32(pc);
  const decoded = table.decode(word);
  return { text: decoded === undefined ? `.word ${hex32(word)}` : disassemble(decoded.row, decoded.fields, pc, formatters), length: 4 };
}
