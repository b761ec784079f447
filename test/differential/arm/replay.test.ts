/**
 * Replays the recorded vectors of test/vectors/arm (QEMU 7.2's results, made by record.ts) through decoder, translator and IR
 * evaluator. Known differences: none; cases where QEMU and the manual differ are not generated (see cases.ts).
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { findModel } from "../../../targets/arm/src/cpu-models.ts";
import { buildTables } from "../../../targets/arm/src/decode.ts";
import { isTested } from "./cases.ts";
import { difference, replay } from "./replay.ts";
import { decodeVectors } from "./vector-file.ts";

const { features } = findModel("cortex-a15")!;
const tables = buildTables(features);

describe.each([
  ["a32", false, tables.conditionalA32],
  ["a32-unconditional", false, tables.unconditionalA32],
  ["t16", true, tables.t16],
  ["t32", true, tables.t32],
] as const)("recorded %s instructions", (name, thumb, table) => {
  const { pool, vectors } = decodeVectors(gunzipSync(readFileSync(new URL(`../../vectors/arm/${name}.bin.gz`, import.meta.url))));

  test("give the recorded results", () => {
    expect(vectors.length).toBeGreaterThanOrEqual(2000);
    const problems: string[] = [];
    for (const vector of vectors) {
      const problem = difference(vector.result, replay(vector, pool, features, tables, thumb));
      if (problem !== "") problems.push(`${Buffer.from(vector.code).toString("hex")} at ${vector.pc.toString(16)}: ${problem}`);
    }
    expect(problems).toEqual([]);
  });

  test("cover every row", () => {
    const width = table.width / 8;
    const met = new Set(
      vectors.map(({ code }) => {
        const view = new DataView(code.buffer, code.byteOffset + code.length - width, width);
        const word =
          width === 2
            ? view.getUint16(0, true)
            : thumb
              ? (view.getUint16(0, true) << 16) | view.getUint16(2, true)
              : view.getUint32(0, true);
        return table.find(word)?.name;
      }),
    );
    expect(table.rows.filter((row) => isTested(row) && !met.has(row.name)).map((row) => row.name)).toEqual([]);
  });
});
