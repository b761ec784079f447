/**
 * Records vectors with QEMU, and compares our results at once.
 *
 *     node test/differential/arm/record.ts [--count 2400] [--seed 1] [--write]
 *
 * Needs qemu-arm. Prints every difference; with --write replaces test/vectors/arm.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { Prng } from "@tsemu/decode";
import { findModel } from "../../../targets/arm/src/cpu-models.ts";
import { type ArmTable, buildTables } from "../../../targets/arm/src/decode.ts";
import { type Case, isTested, makeCase, makePool } from "./cases.ts";
import { buildProgram, readResults } from "./program.ts";
import { difference, replay } from "./replay.ts";
import { encodeVectors, type RecordedVector, type Result } from "./vector-file.ts";

const cpu = "cortex-a15";
const { values } = parseArgs({
  options: {
    count: { type: "string", default: "2400" },
    seed: { type: "string", default: "1" },
    write: { type: "boolean", default: false },
  },
});

const directory = mkdtempSync(join(tmpdir(), "tsemu-record-"));

/** Runs a program; undefined where it dies of a signal. */
function run(program: Uint8Array): Uint8Array | undefined {
  const path = join(directory, "program");
  const output = join(directory, "output");
  writeFileSync(path, program, { mode: 0o755 });
  const fd = openSync(output, "w");
  const { status, error } = spawnSync("qemu-arm", ["-cpu", cpu, path], { stdio: ["ignore", fd, "ignore"] });
  closeSync(fd);
  if (error) throw error;
  return status === 0 ? readFileSync(output) : undefined;
}

const chunk = 32;

/** Results of cases, run in chunks; where a program dies, its halves are run, down to the case that does it. */
function resultsOf(cases: readonly Case[], pool: readonly number[], thumb: boolean): (Result | undefined)[] {
  const runOnly = (first: number, end: number): (Result | undefined)[] => {
    const output = run(buildProgram(cases.slice(0, end), first, pool, thumb));
    if (output !== undefined) return readResults(output);
    if (end - first === 1) return [undefined];
    const middle = (first + end) >> 1;
    return [...runOnly(first, middle), ...runOnly(middle, end)];
  };
  const results: (Result | undefined)[] = [];
  while (results.length < cases.length) results.push(...runOnly(results.length, Math.min(results.length + chunk, cases.length)));
  return results;
}

function recordTable(name: string, table: ArmTable, thumb: boolean, tables: ReturnType<typeof buildTables>): void {
  const prng = new Prng(Number(values.seed) * 1000 + name.length);
  const pool = makePool(prng);
  const features = findModel(cpu)!.features;
  const rows = table.rows.filter(isTested);
  const cases = Array.from({ length: Number(values.count) }, (_, i) => makeCase(rows[i % rows.length]!, table, thumb, pool, prng, i));
  const results = resultsOf(cases, pool.values, thumb);
  const failures = new Map<string, number>();
  const recorded: RecordedVector[] = [];
  cases.forEach((c, i) => {
    let problem: string;
    try {
      problem = difference(results[i], replay(c, pool.values, features, tables, thumb));
    } catch (error) {
      problem = String(error);
    }
    recorded.push({ ...c, result: results[i] });
    if (problem === "") return;
    failures.set(c.row, (failures.get(c.row) ?? 0) + 1);
    if (failures.get(c.row)! <= 3)
      console.log(`${name} ${c.row} ${Buffer.from(c.code).toString("hex")} at ${c.pc.toString(16)}: ${problem}`);
  });
  const undefinedCount = results.filter((result) => result === undefined).length;
  console.log(
    `${name}: ${rows.length} rows, ${cases.length} cases, ${undefinedCount} undefined, ${[...failures.values()].reduce((a, b) => a + b, 0)} differ`,
  );
  if (values.write) {
    const file = gzipSync(encodeVectors({ pool: pool.values, vectors: recorded }), { level: 9 });
    writeFileSync(new URL(`../../vectors/arm/${name}.bin.gz`, import.meta.url), file);
    console.log(`${name}: ${file.length} bytes`);
  }
}

const tables = buildTables(findModel(cpu)!.features);
recordTable("a32", tables.conditionalA32, false, tables);
recordTable("a32-unconditional", tables.unconditionalA32, false, tables);
recordTable("t16", tables.t16, true, tables);
recordTable("t32", tables.t32, true, tables);
rmSync(directory, { recursive: true });
