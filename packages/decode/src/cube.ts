/**
 * Sets of words given by some fixed bits ("cubes"): what a pattern matches, and what an `except` takes away. The
 * overlap check of a table is arithmetic on them.
 */

/** The words with `(word & mask) === value`. Both i32; value is zero outside the mask. */
export interface Cube {
  readonly mask: number;
  readonly value: number;
}

/** The bits (i32) that are fixed in both, with different values; 0 when some word is in both. */
export const conflict = (a: Cube, b: Cube): number => a.mask & b.mask & (a.value ^ b.value);

/** The words in both; only where they do not conflict. */
export const intersection = (a: Cube, b: Cube): Cube => ({ mask: a.mask | b.mask, value: a.value | b.value });

const contains = (outer: Cube, inner: Cube): boolean => (outer.mask & ~inner.mask) === 0 && conflict(outer, inner) === 0;

/** A word (i32) of the cube that is in none of `others`, or undefined if they cover it. Exact: splits the cube where needed. */
export function wordOutside(cube: Cube, others: readonly Cube[]): number | undefined {
  const near = others.filter((other) => conflict(cube, other) === 0);
  const [first] = near;
  if (first === undefined) return cube.value;
  if (near.some((other) => contains(other, cube))) return undefined;
  const free = first.mask & ~cube.mask;
  const split = free & -free;
  const mask = cube.mask | split;
  return wordOutside({ mask, value: cube.value | split }, near) ?? wordOutside({ mask, value: cube.value }, near);
}
