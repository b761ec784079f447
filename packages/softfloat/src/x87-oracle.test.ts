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
