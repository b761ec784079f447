/** Replays the recorded vectors of test/vectors/x86 (a real CPU's results, made by record.ts), in tier 0 and compiled. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { ImmediateCompiler } from "@tsemu/host-node";
import { describe, expect, test } from "vitest";
import { modelsOf, tableFor } from "../../../targets/x86/src/testing/index.ts";
import { isTested } from "./cases.ts";
import { CODE_STEP, difference, Replayer } from "./replay.ts";
import { testedCpu, variants } from "./variants.ts";
import { codeAddress, registersOf, setsOf, type VectorFile } from "./vector-file.ts";

describe.each(variants.map((variant) => [variant.name, variant] as const))("recorded instructions of %s", (name, variant) => {
  const bytes = gunzipSync(readFileSync(new URL(`../../vectors/x86/${name}.json.gz`, import.meta.url)));
  const file = JSON.parse(bytes.toString()) as VectorFile;
  const sets = setsOf(file);

  const problems = (replayer: Replayer, vectors: VectorFile["vectors"], step = 0): string[] =>
    vectors.flatMap((vector, i) => {
      const result = replayer.run(vector, sets, codeAddress + step * i);
      const problem = difference(vector, registersOf(vector, sets), vector.result, result);
      return problem === "" ? [] : [`${vector.row} ${vector.code}: ${problem}`];
    });

  test("give the recorded results in tier 0", () => {
    expect(file.vectors.length).toBeGreaterThanOrEqual(3000);
    expect(problems(new Replayer(variant), file.vectors)).toEqual([]);
  });

  test("give the recorded results compiled", () => {
    // Two of each row, each a region of its own: code that is rewritten is not compiled. What has addresses in it stays where it is.
    const seen = new Map<string, number>();
    const some = file.vectors.filter(({ row }) => {
      const n = seen.get(row) ?? 0;
      seen.set(row, n + 1);
      return n < 2 && !/CALL|JMP|RET/.test(row);
    });
    const replayer = new Replayer(variant, new ImmediateCompiler());
    expect(problems(replayer, some, CODE_STEP)).toEqual([]);
    expect(replayer.compiled).toBeGreaterThan(some.length * 0.9);
  });

  test("cover every row", () => {
    const recorded = new Set(file.vectors.map(({ row }) => row));
    const missing = tableFor(modelsOf(variant.bits).find(({ name }) => name === testedCpu)!.features)
      .rows.filter((row) => isTested(row) && (row.mode === undefined || (row.mode === "o64") === (variant.bits === 64)))
      .map((row) => `${row.opcode} ${row.name}`)
      .filter((row) => !recorded.has(row));
    expect(missing).toEqual([]);
  });
});
