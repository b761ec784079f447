/**
 * Random encodings of rows, for fuzzers and differential tests. Everything comes from a seeded generator, so a seed
 * printed by a failing test repeats it.
 */
import { low } from "@tsemu/base";
import { type FieldLayout, writeField } from "./pattern.ts";
import type { Row } from "./row.ts";
import type { DecodeTable } from "./table.ts";

/** A small seeded generator ("mulberry32"): good enough to choose test cases, not for statistics or secrets. */
export class Prng {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** The next u32. */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (x ^ (x >>> 14)) >>> 0;
  }

  /** A number in 0..n-1, n in 1..2^32. */
  below(n: number): number {
    return Math.floor((this.u32() / 2 ** 32) * n);
  }

  /** One of the items, which must not be none. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("nothing to pick from");
    return items[this.below(items.length)]!;
  }
}

/** How to choose a field instead of evenly: one of some values, or by a function (the field's low bits are used). */
export type FieldChoice = readonly number[] | ((prng: Prng, field: FieldLayout) => number);

export interface RandomOptions<Cpu, Meta extends object = object> {
  /** By field name, for every row that has it: `{ rn: (prng) => prng.below(15) }` never gives r15. */
  readonly choose?: Readonly<Record<string, FieldChoice>>;
  /** Which rows randomWord takes; all unless told. */
  readonly filter?: (row: Row<Cpu, Meta>) => boolean;
}

const evenAttempts = 256;
const attempts = 20_000;

const freeBits = (word: number, mask: number, prng: Prng): number => word | (prng.u32() & ~mask);

/** The values at which a field's meaning tends to change. */
const edgeValues = (field: FieldLayout): number[] => [0, 1, low(field.width), low(field.width) >>> 1, (low(field.width) >>> 1) + 1];

/**
 * A random word (u32) that decodes to `row` in `table`: its constraints hold and no earlier row of its group takes it.
 * Fields are chosen evenly; where that keeps failing, also from their edge values, which constraints tend to name.
 * Throws if none was found in 20,000 attempts, as when `choose` contradicts the row's constraints.
 */
export function randomEncoding<Cpu, Meta extends object>(
  table: DecodeTable<Cpu, Meta>,
  row: Row<Cpu, Meta>,
  prng: Prng,
  choose: Readonly<Record<string, FieldChoice>> = {},
): number {
  const unused = table.width === 32 ? 0 : ~0xffff;
  for (let attempt = 0; attempt < attempts; attempt++) {
    let word = freeBits(row.value, row.mask | unused, prng);
    for (const field of row.pattern.fields) {
      const choice = Object.hasOwn(choose, field.name) ? choose[field.name] : undefined;
      if (choice !== undefined) {
        word = writeField(field, word, typeof choice === "function" ? choice(prng, field) : prng.pick(choice));
      } else if (attempt >= evenAttempts && prng.below(2) === 0) {
        word = writeField(field, word, prng.pick(edgeValues(field)));
      }
    }
    if (table.find(word) === row) return word >>> 0;
  }
  throw new Error(`row ${row.name}: found no encoding that decodes to it`);
}

/** A random word and its row; every row is equally likely, however few encodings it has. */
export function randomWord<Cpu, Meta extends object>(
  table: DecodeTable<Cpu, Meta>,
  prng: Prng,
  options: RandomOptions<Cpu, Meta> = {},
): { readonly word: number; readonly row: Row<Cpu, Meta> } {
  const rows = options.filter === undefined ? table.rows : table.rows.filter(options.filter);
  const row = prng.pick(rows);
  return { word: randomEncoding(table, row, prng, options.choose), row };
}
