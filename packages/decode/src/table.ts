/**
 * A decode table: the rows of one fixed-width instruction set, checked against each other when it is built, and an
 * index that takes a word to its row.
 *
 *     word --12 chosen bits--> bucket (the few rows that those bits allow) --mask and value, in order--> row
 *
 * The order of rows has no meaning but inside firstOf(): rows that could match the same word are an error. What is
 * not checked: rows whose `where` makes them disjoint (put them in firstOf), and rows of different tables.
 */
import { hex32 } from "@tsemu/base";
import { conflict, intersection, wordOutside } from "./cube.ts";
import type { AnyFields } from "./pattern.ts";
import { type Matcher, matches, type Row, rowsOf, type TableItem } from "./row.ts";
import { checkFormatters, type Formatters } from "./syntax.ts";

/** An instruction word, decoded. */
export interface Decoded<Cpu, Meta extends object = object> {
  readonly row: Row<Cpu, Meta>;
  readonly fields: AnyFields;
}

const maxIndexBits = 12;

export class DecodeTable<Cpu, Meta extends object = object> {
  readonly width: 16 | 32;
  /** All rows, groups flattened, in the order given. */
  readonly rows: readonly Row<Cpu, Meta>[];
  readonly #buckets: Buckets<Cpu, Meta>;
  /** For each of the word's four bytes and its 256 values, the part of the bucket's number that it decides. */
  readonly #gather: Uint16Array;

  /**
   * Throws, naming the rows, if two rows overlap outside firstOf(), a row can never match, a name occurs twice, a
   * pattern has another width, or (given formatters) a syntax uses one that is not there. Checking takes longer than all the rest:
   * `checked` says that a test has done it, and that a program is to start soon.
   */
  constructor(width: 16 | 32, items: readonly TableItem<Cpu, Meta>[], formatters?: Formatters, checked = false) {
    this.width = width;
    this.rows = items.flatMap(rowsOf);
    if (!checked) {
      checkEach(this.rows, width);
      checkOverlaps(items);
      if (formatters !== undefined) checkFormatters(this.rows, formatters);
    }
    const bits = indexBits(this.rows);
    this.#gather = gatherTable(bits);
    this.#buckets = fillBuckets(this.rows, bits);
  }

  /** The row that a word (u32 or i32; 0..0xffff in a 16-bit table) is an encoding of. */
  find(word: number): Row<Cpu, Meta> | undefined {
    const gather = this.#gather;
    const bucket =
      gather[word & 0xff]! | gather[256 + ((word >>> 8) & 0xff)]! | gather[512 + ((word >>> 16) & 0xff)]! | gather[768 + (word >>> 24)]!;
    const { starts, entries } = this.#buckets;
    const end = starts[bucket + 1]!;
    for (let i = starts[bucket]!; i < end; i++) if (matches(entries[i]!, word)) return entries[i]!.row;
    return undefined;
  }

  /** The row and the fields of a word. */
  decode(word: number): Decoded<Cpu, Meta> | undefined {
    const row = this.find(word);
    return row === undefined ? undefined : { row, fields: row.fields(word) };
  }
}

type AnyRow = Row<never, object>;

function checkEach(rows: readonly AnyRow[], width: number): void {
  const names = new Set<string>();
  for (const row of rows) {
    if (row.pattern.width !== width) {
      throw new Error(`row ${row.name}: ${row.pattern.width} bits wide in a table of ${width} bits: "${row.pattern.source}"`);
    }
    if (names.has(row.name)) throw new Error(`row ${row.name}: the name occurs twice in the table`);
    names.add(row.name);
    // Parses it.
    void row.syntax;
    if (wordOutside(row, row.except) === undefined) throw new Error(`row ${row.name}: can never match: except covers its pattern`);
  }
}

function checkOverlaps(items: readonly TableItem<never>[]): void {
  const rows = items.flatMap((item, group) => rowsOf(item).map((row) => ({ row, group })));
  for (let i = 0; i < rows.length; i++) {
    const a = rows[i]!;
    for (let j = i + 1; j < rows.length; j++) {
      const b = rows[j]!;
      if (conflict(a.row, b.row) !== 0) continue;
      if (a.group === b.group) {
        const always = a.row.except.length === 0 && a.row.where === undefined;
        if (always && wordOutside(b.row, [...b.row.except, a.row]) === undefined) {
          throw new Error(`row ${b.row.name}: can never match: ${a.row.name} stands before it in firstOf()`);
        }
        continue;
      }
      const word = wordOutside(intersection(a.row, b.row), [...a.row.except, ...b.row.except]);
      if (word !== undefined) {
        throw new Error(`rows ${a.row.name} and ${b.row.name} overlap outside firstOf(): both match ${hex32(word)}`);
      }
    }
  }
}

/**
 * Chooses the bits of the first-level index: again and again the bit that tells apart the most of the pairs of rows
 * that the bits chosen so far do not.
 */
function indexBits(rows: readonly AnyRow[]): number[] {
  let pairs = conflictsOfPairs(rows);
  const chosen: number[] = [];
  while (chosen.length < maxIndexBits) {
    const score = new Uint32Array(32);
    for (const pair of pairs) for (let bits = pair; bits !== 0; bits &= bits - 1) score[31 - Math.clz32(bits & -bits)]!++;
    const best = score.indexOf(Math.max(...score));
    if (score[best] === 0) break;
    chosen.push(best);
    pairs = pairs.filter((pair) => ((pair >>> best) & 1) === 0);
  }
  return chosen.toSorted((a, b) => a - b);
}

/** As many pairs say as well as all of them which bits tell rows apart: the buckets of ARM's tables hold no more rows (5.5, not 5.3). */
const ENOUGH_PAIRS = 2000;

/** For pairs of rows the bits in which they conflict. A large table has some 90,000 pairs: then every so many-th. */
function conflictsOfPairs(rows: readonly AnyRow[]): Int32Array {
  const count = (rows.length * (rows.length - 1)) / 2;
  const step = Math.ceil(count / ENOUGH_PAIRS) || 1;
  const pairs = new Int32Array(Math.ceil(count / step));
  const cubes = rows.map(({ mask, value }) => ({ mask, value }));
  let n = 0;
  // The pairs in the order (1,0) (2,0) (2,1) (3,0) ...: from each, step pairs on.
  for (let i = 1, j = 0; n < pairs.length; ) {
    pairs[n++] = conflict(cubes[i]!, cubes[j]!);
    for (j += step; j >= i; ) j -= i++;
  }
  return pairs;
}

function gatherTable(bits: readonly number[]): Uint16Array {
  const gather = new Uint16Array(4 * 256);
  bits.forEach((bit, n) => {
    const base = (bit >>> 3) * 256;
    for (let byte = 0; byte < 256; byte++) if ((byte >>> (bit & 7)) & 1) gather[base + byte]! |= 1 << n;
  });
  return gather;
}

/** What the decoder looks at of a row, without asking the row. */
interface Entry<Cpu, Meta extends object> extends Matcher {
  readonly row: Row<Cpu, Meta>;
}

/** The rows of bucket b are entries starts[b] to starts[b + 1]. */
interface Buckets<Cpu, Meta extends object> {
  readonly starts: Uint32Array;
  readonly entries: readonly Entry<Cpu, Meta>[];
}

function fillBuckets<Cpu, Meta extends object>(rows: readonly Row<Cpu, Meta>[], bits: readonly number[]): Buckets<Cpu, Meta> {
  const count = 1 << bits.length;
  const compress = (x: number) => {
    let sum = 0;
    for (let n = 0; n < bits.length; n++) sum |= ((x >>> bits[n]!) & 1) << n;
    return sum;
  };
  const cubes = rows.map((row) => ({ mask: compress(row.mask), value: compress(row.value) }));
  // Every bucket that agrees with the row's fixed bits: value plus each subset of the bits left free.
  const starts = new Uint32Array(count + 1);
  for (const { mask, value } of cubes) {
    const free = (count - 1) & ~mask;
    for (let subset = free; ; subset = (subset - 1) & free) {
      starts[(value | subset) + 1]!++;
      if (subset === 0) break;
    }
  }
  for (let b = 0; b < count; b++) starts[b + 1]! += starts[b]!;
  const next = starts.slice();
  const entries: Entry<Cpu, Meta>[] = Array.from({ length: starts[count]! });
  rows.forEach((row, r) => {
    const { mask, value, except, where } = row;
    const entry: Entry<Cpu, Meta> = { mask, value, except, where, row, fields: (word) => row.fields(word) };
    const free = (count - 1) & ~cubes[r]!.mask;
    for (let subset = free; ; subset = (subset - 1) & free) {
      entries[next[cubes[r]!.value | subset]!++] = entry;
      if (subset === 0) break;
    }
  });
  return { starts, entries };
}
