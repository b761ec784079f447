export * from "./coverage.ts";
export {
  type AnyFields,
  type FieldLayout,
  type FieldNames,
  type Fields,
  fieldHolds,
  parsePattern,
  type Pattern,
  readField,
  writeField,
} from "./pattern.ts";
export * from "./random.ts";
export {
  type Constraints,
  type FieldValues,
  firstOf,
  type Group,
  insn,
  insnFor,
  type InsnFunction,
  type InsnOptions,
  matches,
  type Row,
  rowsOf,
  selectRows,
  type TableItem,
} from "./row.ts";
export { checkFormatters, disassemble, type Disassembly, disassemblyOf, type Formatter, type Formatters, type Syntax } from "./syntax.ts";
export { type Decoded, DecodeTable } from "./table.ts";
