/**
 * Row patterns: the bits of one instruction, most significant first, as its manual draws them.
 *
 *     cond:4 001 0101 s:1 rn:4 rd:4 imm12:12
 *
 *     0 1        fixed bits, any number in a token
 *     -          a bit the CPU ignores
 *     name:len   an unsigned field          name:sLen   a two's complement field
 *     31:6       a decimal constant (31) of len (6) bits
 *
 * A name that occurs again concatenates, the first occurrence being the most significant part; an `s` on the first
 * occurrence makes the whole field signed. `Fields<P>` is the type of the fields of the pattern P, so that a misspelt
 * field is a type error in the function that uses it.
 *
 * Words, masks and values are held as i32 (the result of `|`), so that comparing them needs no `>>> 0`.
 */
import { extract, low, signExtend } from "@tsemu/base";

type NameOf<Token extends string> = Token extends `${number}:${string}` ? never : Token extends `${infer Name}:${string}` ? Name : never;

/** The names of the fields of pattern P, as a union. Tail recursive: its depth is not limited by the type checker's 50. */
export type FieldNames<P extends string, Found extends string = never> = P extends `${infer Token} ${infer Rest}`
  ? FieldNames<Rest, Found | NameOf<Token>>
  : Found | NameOf<P>;

/** The decoded fields of a row with pattern P: `Fields<"000000 rs:5 imm:s21">` is `{ rs: number; imm: number }`. */
export type Fields<P extends string> = { readonly [Name in FieldNames<P>]: number };

/** Fields where the pattern is not known to the type checker. */
export type AnyFields = Readonly<Record<string, number>>;

/** A run of bits of the word: `width` bits from bit `lsb` upward. */
export interface BitRange {
  readonly lsb: number;
  readonly width: number;
}

/** Where the bits of one field are. */
export interface FieldLayout {
  readonly name: string;
  /** Total width in bits, 1..32. */
  readonly width: number;
  readonly signed: boolean;
  /** Most significant first; more than one for a concatenated field. */
  readonly pieces: readonly BitRange[];
}

/** A parsed pattern. A word matches when `(word & mask) === value`. */
export interface Pattern {
  readonly source: string;
  readonly width: 16 | 32;
  /** The fixed bits, as i32. */
  readonly mask: number;
  /** Their values, as i32; zero outside the mask. */
  readonly value: number;
  readonly fields: readonly FieldLayout[];
}

interface ParsedToken {
  readonly width: number;
  /** Fixed bits and their values within the token; both 0 for a field. */
  readonly mask: number;
  readonly value: number;
  readonly field?: { readonly name: string; readonly signed: boolean };
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isWordCharacter = (code: number): boolean =>
  isDigit(code) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);

/** Do all characters from `from` on, one at least, pass? By hand, as is all of this: it is done for each token of each row of a table. */
function every(text: string, from: number, to: number, test: (code: number) => boolean): boolean {
  for (let i = from; i < to; i++) if (!test(text.charCodeAt(i))) return false;
  return from < to;
}

/** A token of the characters 0, 1 and -; undefined if there is another one, or none at all. */
function parseBits(text: string): ParsedToken | undefined {
  let mask = 0;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c !== "0" && c !== "1" && c !== "-") return undefined;
    mask = (mask << 1) | (c === "-" ? 0 : 1);
    value = (value << 1) | (c === "1" ? 1 : 0);
  }
  return text === "" ? undefined : { width: text.length, mask, value };
}

const parseToken = (text: string, fail: (problem: string) => never): ParsedToken => {
  const colon = text.indexOf(":");
  if (colon < 0) {
    const bits = parseBits(text) ?? fail(`cannot read "${text}"`);
    return bits.width > 32 ? fail(`"${text}" is longer than 32 bits`) : bits;
  }
  const signed = text[colon + 1] === "s";
  const digits = signed ? colon + 2 : colon + 1;
  if (!every(text, 0, colon, isWordCharacter) || !every(text, digits, text.length, isDigit)) return fail(`cannot read "${text}"`);
  const name = text.slice(0, colon);
  const width = Number(text.slice(digits));
  if (width < 1 || width > 32) fail(`the width of "${text}" is not in 1..32`);
  if (!isDigit(name.charCodeAt(0))) return { width, mask: 0, value: 0, field: { name, signed } };
  if (!every(name, 0, name.length, isDigit) || signed) fail(`cannot read "${text}"`);
  if (Number(name) > low(width)) fail(`the constant of "${text}" does not fit its width`);
  return { width, mask: low(width) | 0, value: Number(name) | 0 };
};

/** Parses a pattern of 16 or 32 bits. Throws, naming the row, what is wrong with it. */
export function parsePattern(source: string, rowName: string): Pattern {
  const fail = (problem: string): never => {
    throw new Error(`row ${rowName}: ${problem} in pattern "${source}"`);
  };
  const tokens = source
    .trim()
    .split(/\s+/)
    .map((text) => parseToken(text, fail));
  const width = tokens.reduce((sum, token) => sum + token.width, 0);
  if (width !== 16 && width !== 32) return fail(`the widths add up to ${width}, not 16 or 32,`);

  let lsb: number = width;
  let mask = 0;
  let value = 0;
  const fields = new Map<string, { name: string; width: number; signed: boolean; pieces: BitRange[] }>();
  for (const token of tokens) {
    lsb -= token.width;
    mask |= token.mask << lsb;
    value |= token.value << lsb;
    if (token.field === undefined) continue;
    const { name, signed } = token.field;
    const piece = { lsb, width: token.width };
    const earlier = fields.get(name);
    if (earlier === undefined) {
      fields.set(name, { name, width: token.width, signed, pieces: [piece] });
    } else {
      if (signed) fail(`only the first occurrence of ${name} may be signed`);
      earlier.width += token.width;
      earlier.pieces.push(piece);
    }
  }
  return { source, width, mask, value, fields: [...fields.values()] };
}

/** The value of one field in a word: u32, or i32 for a signed field. */
export function readField(field: FieldLayout, word: number): number {
  let value = 0;
  for (const { lsb, width } of field.pieces) value = (width === 32 ? 0 : value << width) | extract(word, lsb, width);
  return field.signed ? signExtend(value, field.width) : value >>> 0;
}

/** `word` (i32) with the field set to the low bits of `value`. */
export function writeField(field: FieldLayout, word: number, value: number): number {
  let result = word;
  let shift = field.width;
  for (const { lsb, width } of field.pieces) {
    shift -= width;
    const mask = low(width) << lsb;
    result = (result & ~mask) | (((value >>> shift) << lsb) & mask);
  }
  return result | 0;
}

/** True if `value` is one that the field can have. */
export function fieldHolds(field: FieldLayout, value: number): boolean {
  const range = 2 ** field.width;
  const least = field.signed ? -range / 2 : 0;
  return Number.isInteger(value) && value >= least && value < least + range;
}

/**
 * A function that reads all fields of a word into a new object. It is compiled where the engine may do that (the content security policy of
 * many pages forbids it), since decoding is a good part of translating; layouts that are the same share one.
 */
export function fieldReader(fields: readonly FieldLayout[]): (word: number) => AnyFields {
  const source = `return {${fields.map((field) => `${JSON.stringify(field.name)}: ${expressionOf(field)}`).join(", ")}};`;
  let reader = readers.get(source);
  if (reader === undefined) readers.set(source, (reader = compiled(source) ?? interpreted(fields)));
  return reader;
}

const readers = new Map<string, (word: number) => AnyFields>();

function compiled(source: string): ((word: number) => AnyFields) | undefined {
  try {
    return new Function("word", source) as (word: number) => AnyFields;
  } catch {
    return undefined;
  }
}

/** readField() of the field as an expression of `word`: pieces are shifted to the top of the word, then down again. */
function expressionOf({ pieces, width, signed }: FieldLayout): string {
  let shift = width;
  const parts = pieces.map((piece) => {
    shift -= piece.width;
    const down = `word << ${32 - piece.lsb - piece.width} >>> ${32 - piece.width}`;
    return shift === 0 ? `(${down})` : `(${down}) << ${shift}`;
  });
  const value = parts.join(" | ");
  return signed ? `(${value}) << ${32 - width} >> ${32 - width}` : `(${value}) >>> 0`;
}

/** The same without compiling. */
export const interpreted =
  (fields: readonly FieldLayout[]) =>
  (word: number): AnyFields => {
    const result: Record<string, number> = {};
    for (const field of fields) result[field.name] = readField(field, word);
    return result;
  };
