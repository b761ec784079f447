/**
 * The x87's functions against a processor's own x87: hashes over results and status words of enumerated special operands and of a random
 * stream, in all rounding modes and precisions, with exceptions masked and not. SOFTFLOAT_LONG=1 runs a million random cases each.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { X87Machine, x87Operations } from "../test-vectors/x87-operations.ts";
import { runX87Stream } from "../test-vectors/x87-stream.ts";

/** Of functions that are not exact there is no long run, but two bits of every result. */
type Vectors = Record<string, [enumerated: number, short: number, longOrHints: number | string]>;

const isLong = process.env["SOFTFLOAT_LONG"] === "1";
const vectors = JSON.parse(readFileSync(new URL("../test-vectors/x87.json", import.meta.url), "utf8")) as Vectors;
const machine = new X87Machine();
const exact = [...x87Operations].filter(([, operation]) => !operation.loose);
const loose = [...x87Operations].filter(([, operation]) => operation.loose);

test("every operation is compared", () => {
  expect([...x87Operations.keys()].toSorted()).toEqual(Object.keys(vectors).toSorted());
});

describe("the processor's result and status, bit for bit", () => {
  test.each(exact)("%s", (name, operation) => {
    const [enumerated, short, long] = vectors[name]!;
    const hashes = runX87Stream(operation, isLong ? 1_000_000 : 100_000, machine.case, machine.runner(operation));
    expect(hashes).toEqual([enumerated, isLong ? long : short]);
  });
});

/** Two bits of the processor's results, one after another. */
const decodeHints = (text: string): number[] =>
  [...text].flatMap((letter) => {
    const six = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(letter);
    return [six & 3, (six >> 2) & 3, six >> 4];
  });

type Units = -1 | 0 | 1 | 2;

/** Replaces a result by its neighbour with the given last two bits of significand; tells which way that is, or 2 if none has them. */
const moveTo = (result: Uint32Array, hint: number): Units => {
  const units = (hint - result[0]!) & 3;
  if (units === 0 || units === 2) return units;
  const up = units === 1;
  const bits = new BigUint64Array(1);
  bits[0] = (BigInt(result[1]!) << 32n) + BigInt(result[0]!) + (up ? 1n : -1n);
  let signExponent = result[2]!;
  const exponent = signExponent & 0x7fff;
  const isNormal = bits[0] >> 63n === 1n;
  if (up && bits[0] === 0n) {
    bits[0] = 1n << 63n;
    signExponent += 1;
  } else if (up && exponent === 0 && isNormal) {
    signExponent += 1;
  } else if (!up && exponent > 0 && !isNormal) {
    if (exponent > 1) bits[0] = (1n << 64n) - 1n;
    signExponent -= 1;
  }
  result.set([Number(bits[0] & 0xffff_ffffn), Number(bits[0] >> 32n), signExponent]);
  return up ? 1 : -1;
};

describe("the processor's result to a unit in the last place, and its status but for PE and C1", () => {
  test.each(loose)("%s", (name, operation) => {
    const [, hash, text] = vectors[name]!;
    const hints = decodeHints(text as string);
    const results = operation.hasSecond ? [machine.case.first, machine.case.second] : [machine.case.first];
    const run = machine.runner(operation);
    const count = { [-1]: 0, 0: 0, 1: 0, 2: 0 };
    let at = 0;
    // The hash is of the processor's results: ours, moved to what the hints say, are to have the same.
    const [, moved] = runX87Stream(operation, hints.length / results.length, machine.case, () => {
      run();
      for (const result of results) count[moveTo(result, hints[at++]!)] += 1;
    });
    expect(moved).toBe(hash);
    expect(count[2]).toBe(0);
    // All but a few are the same. (The processor's tangent of a small argument is not rounded up.)
    expect(count[0] / at).toBeGreaterThan(name === "tangent" ? 0.93 : 0.98);
  });
});
