/**
 * Compares random instructions with qemu-mips* and, with --write, records what QEMU makes of them in test/vectors/mips.
 *
 *     node test/differential/mips/record.ts [--write] [--count=N] [--seed=N] [--variant=name] [--row=regexp]
 *
 * Needs qemu-mips* 7.2 and the cross compilers of variants.ts, which build run-vectors.c.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { Prng } from "@tsemu/decode";
import { buildTable, findModel } from "../../../targets/mips/src/testing/index.ts";
import { isTested, makeCase, makeSets } from "./cases.ts";
import { isKnown } from "./known-differences.ts";
import { difference, Replayer } from "./replay.ts";
import { type Variant, variants } from "./variants.ts";
import {
  changedMemory,
  changedRegisters,
  type RecordedVector,
  registersOf,
  type Registers,
  type Result,
  type Vector,
} from "./vector-file.ts";

const { values } = parseArgs({
  options: {
    write: { type: "boolean" },
    count: { type: "string", default: "12" },
    seed: { type: "string", default: "1" },
    variant: { type: "string" },
    row: { type: "string", default: "" },
  },
});

const directory = mkdtempSync(join(tmpdir(), "tsemu-record-"));

const INPUT = 664;
const OUTPUT = 1136;
const MAX_CODE = 12;

function encode(vectors: readonly Vector[], sets: readonly Registers[], little: boolean): Uint8Array {
  const bytes = new Uint8Array(INPUT * vectors.length);
  const view = new DataView(bytes.buffer);
  vectors.forEach((vector, n) => {
    const at = n * INPUT;
    registersOf(vector, sets).forEach((value, i) => view.setBigUint64(at + 8 * i, value, little));
    if (vector.code.length > MAX_CODE) throw new Error("too much code");
    view.setUint32(at + 608, vector.code.length, little);
    vector.code.forEach((word, i) => view.setUint32(at + 612 + 4 * i, word, little));
  });
  return bytes;
}

function decode(bytes: Uint8Array, n: number, vector: Vector, sets: readonly Registers[], variant: Variant): Result {
  const view = new DataView(bytes.buffer, bytes.byteOffset + n * OUTPUT, OUTPUT);
  const little = !variant.bigEndian;
  const before = registersOf(vector, sets);
  const after = before.map((value, i) => {
    // What the harness cannot see: its own registers, the odd halves of doubles, accumulators of CPUs without the DSP ASE, DSPControl.
    const isDsp = (i >= 33 && i < 36) || (i >= 37 && i < 40) || i === 73;
    const hidden =
      i === 0 ||
      i === 26 ||
      i === 27 ||
      (variant.fr === 0 && i >= 40 && i < 72 && i % 2 === 1) ||
      (isDsp && !variant.name.startsWith("mipsel"));
    return hidden ? value : BigInt.asUintN(i >= 72 || (variant.bits === 32 && i < 40) ? 32 : 64, view.getBigUint64(8 * i, little));
  });
  return {
    signal: view.getInt32(608, little),
    pc: Number(view.getBigUint64(616, little)),
    registers: changedRegisters(before, after),
    memory: changedMemory(bytes.subarray(n * OUTPUT + 624, n * OUTPUT + OUTPUT)),
  };
}

/** The registers that the last instruction names, for a look at what went wrong. */
function operandsOf(vector: Vector, table: ReturnType<typeof buildTable>, sets: readonly Registers[]): string {
  const before = registersOf(vector, sets);
  const fields = table.decode(vector.code.at(-1)!)?.fields ?? {};
  return Object.entries(fields)
    .map(
      ([name, n]) =>
        `${name}=${n}:${(name.startsWith("f") ? before[40 + n] : /^r|base|index/.test(name) ? before[n] : undefined)?.toString(16) ?? ""}`,
    )
    .concat(`fcsr=${before[72]!.toString(16)}`, `dsp=${before[73]!.toString(16)}`)
    .join(" ");
}

function record(variant: Variant): void {
  const program = join(directory, variant.name);
  const [compiler, ...flags] = variant.compiler;
  const source = join(import.meta.dirname, "run-vectors.c");
  const built = spawnSync(compiler!, [...flags, "-O1", "-static", "-o", program, source], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(built.stderr);
  const prng = new Prng(Number(values.seed) * 1000 + variant.name.length);
  const model = findModel(variant.cpu)!;
  const table = buildTable(model.features);
  const sets = makeSets(variant, prng);
  const chosen = new RegExp(values.row);
  const rows = table.rows.filter((row) => isTested(row) && chosen.test(row.name));
  const cases = rows.flatMap((row) => Array.from({ length: Number(values.count) }, () => makeCase(row, table, variant, sets, prng)));
  const { stdout, status, error, stderr } = spawnSync(variant.qemu, ["-cpu", variant.cpu, program], {
    input: encode(cases, sets, !variant.bigEndian),
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (status !== 0 || stdout.length !== OUTPUT * cases.length)
    throw new Error(`${variant.qemu}: status ${status}, ${stdout.length / OUTPUT} of ${cases.length} results ${stderr.toString()}`);
  const replayer = new Replayer(variant);
  const failures = new Map<string, number>();
  const recorded: RecordedVector[] = [];
  let known = 0;
  cases.forEach((vector, n) => {
    const result = decode(stdout, n, vector, sets, variant);
    let problem: string;
    try {
      problem = difference(result, replayer.run(vector, sets));
    } catch (caught) {
      problem = String(caught);
    }
    if (problem !== "" && isKnown(vector, problem)) {
      known++;
      return;
    }
    recorded.push({ ...vector, result });
    if (problem === "") return;
    failures.set(vector.row, (failures.get(vector.row) ?? 0) + 1);
    if (failures.get(vector.row)! <= 2)
      console.log(
        `${variant.name} ${vector.row} ${vector.code.map((word) => word.toString(16)).join(" ")}: ${problem}${values.row === "" ? "" : ` from ${operandsOf(vector, table, sets)}`}`,
      );
  });
  console.log(
    `${variant.name}: ${rows.length} rows, ${cases.length} cases, ${known} known differences, ${[...failures.values()].reduce((a, b) => a + b, 0)} differ`,
  );
  if (values.write) {
    const hex = sets.map((set) => set.map((value) => value.toString(16)));
    const file = gzipSync(JSON.stringify({ sets: hex, vectors: recorded }), { level: 9 });
    writeFileSync(new URL(`../../vectors/mips/${variant.name}.json.gz`, import.meta.url), file);
    console.log(`${variant.name}: ${file.length} bytes`);
  }
}

for (const variant of variants) if (values.variant === undefined || values.variant === variant.name) record(variant);
rmSync(directory, { recursive: true });
