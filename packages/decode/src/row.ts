/**
 * One row of a decode table: an instruction's name, bits, assembly syntax and meaning, from which decoder,
 * disassembler, random generator and coverage are all derived.
 */
import type { Cube } from "./cube.ts";
import {
  type AnyFields,
  type FieldNames,
  fieldHolds,
  fieldReader,
  type Fields,
  parsePattern,
  type Pattern,
  writeField,
} from "./pattern.ts";
import { parseSyntax, type Syntax } from "./syntax.ts";

/** Encodings of a row: those whose every field named here has the value, or one of the values. */
export type FieldValues<P extends string> = { readonly [Name in FieldNames<P>]?: number | readonly number[] };

/** What a manual says beside the bits ("if Rn == '1111' then SEE ..."). */
export interface Constraints<P extends string> {
  /**
   * Encodings that are not this row's: `{ rn: 15 }`, or several: `[{ rn: 15 }, { rd: 15, s: 1 }]`. The overlap check
   * understands them, so prefer this to `where`.
   */
  readonly except?: FieldValues<P> | readonly FieldValues<P>[];
  /** The row matches only if this is true. Opaque to the overlap check: may overlap others inside firstOf() only. */
  readonly where?: (fields: Fields<P>) => boolean;
}

/**
 * An instruction for a translator (or CPU) of type Cpu, with whatever else a target notes about its rows in Meta. Its texts are parsed when
 * something of them is first asked for, since a program that starts needs but few of a target's rows: so what is wrong with them is thrown
 * then, at the latest by a table that checks its rows.
 */
export interface Row<Cpu, Meta extends object = object> {
  readonly name: string;
  readonly pattern: Pattern;
  readonly syntax: Syntax;
  readonly execute: (cpu: Cpu, fields: AnyFields) => void;
  /** The options of the row other than its constraints. */
  readonly meta: Readonly<Partial<Meta>>;
  /** The fixed bits of the pattern (i32), repeated here for the decoder. */
  readonly mask: number;
  readonly value: number;
  /** Encodings taken out of the pattern. */
  readonly except: readonly Cube[];
  readonly where: ((fields: AnyFields) => boolean) | undefined;
  /** Reads the fields of a matching word (u32 or i32) into a new object. */
  fields(word: number): AnyFields;
}

/** Rows that may overlap each other: the first that matches is taken. Say in a comment why. */
export interface Group<Cpu, Meta extends object = object> {
  readonly rows: readonly Row<Cpu, Meta>[];
}

/** What a table is made of. */
export type TableItem<Cpu, Meta extends object = object> = Row<Cpu, Meta> | Group<Cpu, Meta>;

export type InsnOptions<P extends string, Meta extends object> = Constraints<P> & Partial<Meta>;

/** The type of insn() once Cpu and Meta are settled. */
export type InsnFunction<Cpu, Meta extends object> = <P extends string>(
  name: string,
  pattern: P,
  syntax: string,
  execute: (cpu: Cpu, fields: Fields<P>) => void,
  options?: InsnOptions<P, Meta>,
) => Row<Cpu, Meta>;

const exceptCubes = (rowName: string, pattern: Pattern, values: AnyFieldValues): Cube[] => {
  let cubes: Cube[] = [{ mask: 0, value: 0 }];
  for (const [name, wanted] of Object.entries(values)) {
    const field = pattern.fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw new Error(`row ${rowName}: except names ${name}, which is not a field`);
    cubes = cubes.flatMap((cube) =>
      [wanted].flat().map((value) => {
        if (!fieldHolds(field, value)) throw new Error(`row ${rowName}: except: ${name} cannot be ${value}`);
        return { mask: writeField(field, cube.mask, -1), value: writeField(field, cube.value, value) };
      }),
    );
  }
  return cubes;
};

type AnyFieldValues = Readonly<Record<string, number | readonly number[]>>;

/**
 * Builds a row. `pattern`: see pattern.ts; `syntax`: see syntax.ts.
 *
 *     insn("ADC_imm", "cond:4 001 0101 s:1 rn:4 rd:4 imm12:12", "adc{s:s}{cond:c} {rd:r}, {rn:r}, #{imm12:modimm}",
 *       (cpu: Arm, { s, rn, rd, imm12 }) => ..., { except: { cond: 15 } })
 */
export function insn<P extends string, Cpu, Meta extends object = object>(
  name: string,
  pattern: P,
  syntax: string,
  execute: (cpu: Cpu, fields: Fields<P>) => void,
  options?: InsnOptions<P, Meta>,
): Row<Cpu, Meta> {
  // The reader of this very pattern makes the fields, so they have the names that Fields<P> promises.
  return new ParsedRow<Cpu, Meta>(name, pattern, syntax, execute as AnyExecute<Cpu>, (options ?? {}) as AnyOptions<Meta>);
}

type AnyExecute<Cpu> = (cpu: Cpu, fields: AnyFields) => void;
type AnyOptions<Meta> = Partial<Meta> & {
  readonly except?: AnyFieldValues | readonly AnyFieldValues[];
  readonly where?: (fields: AnyFields) => boolean;
};

/** A row that parses its texts when it has to. */
class ParsedRow<Cpu, Meta extends object> implements Row<Cpu, Meta> {
  readonly name: string;
  readonly execute: AnyExecute<Cpu>;
  readonly meta: Readonly<Partial<Meta>>;
  readonly where: ((fields: AnyFields) => boolean) | undefined;
  readonly #patternSource: string;
  readonly #syntaxSource: string;
  readonly #exceptValues: AnyFieldValues | readonly AnyFieldValues[];
  #pattern: Pattern | undefined;
  #syntax: Syntax | undefined;
  #except: readonly Cube[] | undefined;
  #read: ((word: number) => AnyFields) | undefined;

  constructor(name: string, pattern: string, syntax: string, execute: AnyExecute<Cpu>, options: AnyOptions<Meta>) {
    const { except = [], where, ...meta } = options;
    this.name = name;
    this.execute = execute;
    this.meta = meta as unknown as Readonly<Partial<Meta>>;
    this.where = where;
    this.#patternSource = pattern;
    this.#syntaxSource = syntax;
    this.#exceptValues = except;
  }

  get pattern(): Pattern {
    return (this.#pattern ??= parsePattern(this.#patternSource, this.name));
  }
  get syntax(): Syntax {
    return (this.#syntax ??= parseSyntax(
      this.#syntaxSource,
      this.pattern.fields.map((field) => field.name),
      this.name,
    ));
  }
  get mask(): number {
    return this.pattern.mask;
  }
  get value(): number {
    return this.pattern.value;
  }
  get except(): readonly Cube[] {
    return (this.#except ??= [this.#exceptValues].flat().flatMap((values) => exceptCubes(this.name, this.pattern, values)));
  }
  fields(word: number): AnyFields {
    return (this.#read ??= fieldReader(this.pattern.fields))(word);
  }
}

/** insn() for one translator type and one kind of metadata: `const insn = insnFor<ArmTranslator, ArmMeta>()`. */
export function insnFor<Cpu, Meta extends object = object>(): InsnFunction<Cpu, Meta> {
  return (name, pattern, syntax, execute, options) => insn(name, pattern, syntax, execute, options);
}

/** Rows tried in this order. A group inside is flattened: its rows keep their place. */
export function firstOf<Cpu, Meta extends object = object>(...items: readonly TableItem<Cpu, Meta>[]): Group<Cpu, Meta> {
  return { rows: items.flatMap(rowsOf) };
}

/** The rows of an item of a table. */
export const rowsOf = <Cpu, Meta extends object>(item: TableItem<Cpu, Meta>): readonly Row<Cpu, Meta>[] =>
  "rows" in item ? item.rows : [item];

/** The items with only the rows for which `keep` is true, groups staying groups: the instruction set of one CPU model. */
export function selectRows<Cpu, Meta extends object>(
  items: readonly TableItem<Cpu, Meta>[],
  keep: (row: Row<Cpu, Meta>) => boolean,
): TableItem<Cpu, Meta>[] {
  return items.map((item) => ({ rows: rowsOf(item).filter(keep) })).filter((group) => group.rows.length > 0);
}

/** What decides whether a word is a row's: of a row itself, or taken out of it by a table, which looks at it for every instruction. */
export interface Matcher {
  readonly mask: number;
  readonly value: number;
  readonly except: readonly Cube[];
  readonly where: ((fields: AnyFields) => boolean) | undefined;
  fields(word: number): AnyFields;
}

/** True if the word (u32 or i32) is an encoding of the row: its fixed bits and its constraints. */
export function matches(row: Matcher, word: number): boolean {
  if ((word & row.mask) !== row.value) return false;
  for (const cube of row.except) if ((word & cube.mask) === cube.value) return false;
  return row.where === undefined || row.where(row.fields(word));
}
