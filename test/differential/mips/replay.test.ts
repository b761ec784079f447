/**
 * Replays the recorded vectors of test/vectors/mips (QEMU 7.2's results, made by record.ts), in tier 0 and compiled. Branches stand before
 * a delay slot with something harmless or with an exception in it, so that where they lead and what is restarted is compared as well.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { ImmediateCompiler } from "@tsemu/host-node";
import { describe, expect, test } from "vitest";
import { buildTable, findModel } from "../../../targets/mips/src/testing/index.ts";
import { isTested } from "./cases.ts";
import { CODE_STEP, difference, Replayer } from "./replay.ts";
import { variants } from "./variants.ts";
import { codeAddress, setsOf, type VectorFile } from "./vector-file.ts";

describe.each(variants.map((variant) => [variant.name, variant] as const))("recorded instructions of %s", (name, variant) => {
  const bytes = gunzipSync(readFileSync(new URL(`../../vectors/mips/${name}.json.gz`, import.meta.url)));
  const file = JSON.parse(bytes.toString()) as VectorFile;
  const sets = setsOf(file);

  const problems = (replayer: Replayer, vectors: VectorFile["vectors"], step = 0): string[] =>
    vectors.flatMap((vector, i) => {
      const problem = difference(vector.result, replayer.run(vector, sets, codeAddress + step * i));
      return problem === "" ? [] : [`${vector.row} ${vector.code.map((word) => word.toString(16)).join(" ")}: ${problem}`];
    });

  test("give the recorded results in tier 0", () => {
    expect(file.vectors.length).toBeGreaterThanOrEqual(1500);
    expect(problems(new Replayer(variant), file.vectors)).toEqual([]);
  });

  test("give the recorded results compiled", () => {
    // Two of each row, each a region of its own: code that is rewritten is not compiled. What has addresses in it stays where it is.
    const seen = new Map<string, number>();
    const some = file.vectors.filter(({ row }) => {
      const n = seen.get(row) ?? 0;
      seen.set(row, n + 1);
      return n < 2 && !/^J|AL/.test(row);
    });
    const replayer = new Replayer(variant, new ImmediateCompiler());
    expect(problems(replayer, some, CODE_STEP)).toEqual([]);
    expect(replayer.compiled).toBeGreaterThan(some.length * 0.9);
  });

  test("cover every row", () => {
    const table = buildTable(findModel(variant.cpu)!.features);
    const met = new Set(file.vectors.map(({ row }) => row));
    expect(table.rows.filter((row) => isTested(row) && !met.has(row.name)).map((row) => row.name)).toEqual([]);
  });

  test("have exceptions in delay slots", () => {
    const inSlots = file.vectors.filter(({ code, result }) => code.length === 4 && result.signal !== 0 && result.pc === 0);
    expect(new Set(inSlots.map(({ result }) => result.signal))).toEqual(new Set([4, 5, 8, 10, 11]));
  });
});
