/**
 * Assembly syntax of a row, for disassembly:
 *
 *     adc{s:s}{cond:c} {rd:r}, {rn:r}, #{imm12:modimm}
 *
 *     {field}             the field in decimal
 *     {field:formatter}   what the target's formatter of that name makes of it
 *     {:formatter}        a formatter that looks at no single field; it is given 0
 *     {{  }}              a brace
 *
 * The first space outside braces separates the mnemonic from the operands.
 */
import type { AnyFields } from "./pattern.ts";

/** Prints one field. `fields` are all fields of the instruction, `pc` its address. */
export type Formatter = (value: number, fields: AnyFields, pc: number) => string;

/** A target's formatters by name. */
export type Formatters = Readonly<Record<string, Formatter>>;

/** A piece of a template: text, or a field to print. */
export type SyntaxPiece = string | { readonly field: string | undefined; readonly formatter: string | undefined };

/** A parsed template. */
export interface Syntax {
  readonly source: string;
  readonly mnemonic: readonly SyntaxPiece[];
  readonly operands: readonly SyntaxPiece[];
}

/** An instruction in assembly language, its two columns apart. */
export interface Disassembly {
  readonly mnemonic: string;
  /** Empty if there are none. */
  readonly operands: string;
}

/** Parses a template. Throws, naming the row, if it cannot be read or prints something that is not a field. */
export function parseSyntax(source: string, fieldNames: readonly string[], rowName: string): Syntax {
  const fail = (problem: string): never => {
    throw new Error(`row ${rowName}: ${problem} in syntax "${source}"`);
  };
  const mnemonic: SyntaxPiece[] = [];
  const operands: SyntaxPiece[] = [];
  let into = mnemonic;
  const tokens = /\{\{|\}\}|\{(\w*)(?::(\w+))?\}|[{}]|[^{} ]+| /g;
  for (const [text, field, formatter] of source.matchAll(tokens)) {
    if (text === " " && into === mnemonic) into = operands;
    else if (text === "{{" || text === "}}") into.push(text.slice(1));
    else if (text === "{" || text === "}") fail(`unbalanced "${text}"`);
    else if (field === undefined) into.push(text);
    else {
      if (field === "" && formatter === undefined) fail(`empty "{}"`);
      if (field !== "" && !fieldNames.includes(field)) fail(`unknown field "${field}"`);
      into.push({ field: field === "" ? undefined : field, formatter });
    }
  }
  return { source, mnemonic, operands };
}

/** What of a row the disassembler reads. */
export interface SyntaxRow {
  readonly name: string;
  readonly syntax: Syntax;
}

const noFormatter = (row: SyntaxRow, formatter: string): Error =>
  new Error(`row ${row.name}: unknown formatter "${formatter}" in syntax "${row.syntax.source}"`);

const lookUp = (formatters: Formatters, name: string): Formatter | undefined =>
  Object.hasOwn(formatters, name) ? formatters[name] : undefined;

/** Throws, naming the row, if a row asks for a formatter that is not there. */
export function checkFormatters(rows: readonly SyntaxRow[], formatters: Formatters): void {
  for (const row of rows) {
    for (const piece of [...row.syntax.mnemonic, ...row.syntax.operands]) {
      if (typeof piece === "string" || piece.formatter === undefined) continue;
      if (lookUp(formatters, piece.formatter) === undefined) throw noFormatter(row, piece.formatter);
    }
  }
}

/** The mnemonic and the operands of an instruction at address `pc`. */
export function disassemblyOf(row: SyntaxRow, fields: AnyFields, pc: number, formatters: Formatters): Disassembly {
  const print = (piece: SyntaxPiece): string => {
    if (typeof piece === "string") return piece;
    const value = piece.field === undefined ? 0 : fields[piece.field]!;
    if (piece.formatter === undefined) return String(value);
    const formatter = lookUp(formatters, piece.formatter);
    if (formatter === undefined) throw noFormatter(row, piece.formatter);
    return formatter(value, fields, pc);
  };
  return { mnemonic: row.syntax.mnemonic.map(print).join(""), operands: row.syntax.operands.map(print).join("") };
}

/** The same as one line: `adcs r0, r1, #256`. */
export function disassemble(row: SyntaxRow, fields: AnyFields, pc: number, formatters: Formatters): string {
  const { mnemonic, operands } = disassemblyOf(row, fields, pc, formatters);
  return operands === "" ? mnemonic : `${mnemonic} ${operands}`;
}
