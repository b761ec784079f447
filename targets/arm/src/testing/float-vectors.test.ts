/** VFP and Advanced SIMD against results recorded under QEMU (test/vectors/arm/record-float.ts), through the passes and tier 0. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FloatReplay, floatRuns, floatTable } from "./float-results.ts";

interface File {
  readonly seed: number;
  readonly perRow: number;
  readonly cases: number;
  readonly results: string;
}

const read = (name: string): File =>
  JSON.parse(readFileSync(new URL(`../../../../test/vectors/arm/${name}.json`, import.meta.url), "utf8")) as File;

describe.each(floatRuns)("$name on $model", (run) => {
  const file = read(run.name);

  test("the recorded cases are those of the tables", () => {
    expect({ seed: file.seed, perRow: file.perRow, cases: file.cases }).toEqual({
      seed: run.seed,
      perRow: run.perRow,
      cases: floatTable(run).rows.length * run.perRow,
    });
  });

  test("every case has the recorded result", () => {
    const packed = Uint8Array.from(Buffer.from(file.results, "base64"));
    const differences = new FloatReplay(run).differences(packed);
    expect(differences.map((d) => `${d.case.row} ${d.case.word.toString(16)} with FPSCR ${d.case.fpscr.toString(16)}: ${d.text}`)).toEqual(
      [],
    );
  });
});
