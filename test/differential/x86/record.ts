/**
 * Compares random instructions with the CPU of the machine that this runs on and, with --write, records what they do in test/vectors/x86.
 *
 *     node test/differential/x86/record.ts [--write | --add] [--count=N] [--seed=N] [--variant=name] [--row=regexp] [--qemu]
 *
 * --add keeps what is recorded and adds the rows that are not.
 *
 * Needs an x86-64 machine with the compilers of variants.ts, which build run-vectors.c. --qemu: qemu-i386 and qemu-x86_64 in place of the CPU.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { Prng } from "@tsemu/decode";
import { modelsOf, tableFor } from "../../../targets/x86/src/testing/index.ts";
import { isTested, makeCase, makeSets } from "./cases.ts";
import { difference, Replayer } from "./replay.ts";
import { isKnown, isUndefined, shiftOf } from "./undefined-flags.ts";
import { testedCpu, type Variant, variants } from "./variants.ts";
import {
  changedMemory,
  changedRegisters,
  codeOf,
  indexOf,
  type RecordedVector,
  registerNames,
  registersOf,
  type Registers,
  type Result,
  setsOf,
  type Vector,
  type VectorFile,
} from "./vector-file.ts";

const { values } = parseArgs({
  options: {
    write: { type: "boolean" },
    add: { type: "boolean" },
    qemu: { type: "boolean" },
    count: { type: "string", default: "12" },
    seed: { type: "string", default: "1" },
    variant: { type: "string" },
    row: { type: "string", default: "" },
  },
});

const directory = mkdtempSync(join(tmpdir(), "tsemu-record-"));

const STATE = 800;
const INPUT = STATE + 32;
const OUTPUT = STATE + 16 + 512;

/** Where each of registerNames is in struct state, and how many bytes it has. */
const places: readonly (readonly [at: number, bytes: number])[] = registerNames.map((name) => {
  const n = Number(/\d+$/.exec(name)?.[0] ?? 0);
  if (name.startsWith("st")) return [144 + 16 * n, 8];
  if (name.startsWith("se")) return [144 + 16 * n + 8, 2];
  if (name.startsWith("x")) return [288 + 16 * n, 8];
  if (name.startsWith("y")) return [288 + 16 * n + 8, 8];
  if (name.startsWith("z")) return [544 + 16 * n, 8];
  if (name.startsWith("v")) return [544 + 16 * n + 8, 8];
  const fixed: Record<string, readonly [number, number]> = {
    flags: [128, 8],
    fcw: [272, 2],
    fsw: [274, 2],
    ftw: [276, 2],
    mxcsr: [280, 4],
  };
  return fixed[name] ?? [8 * n, 8];
});

function encode(vectors: readonly Vector[], sets: readonly Registers[]): Uint8Array {
  const bytes = new Uint8Array(INPUT * vectors.length);
  const view = new DataView(bytes.buffer);
  vectors.forEach((vector, n) => {
    const at = n * INPUT;
    registersOf(vector, sets).forEach((value, i) => {
      const [place, size] = places[i]!;
      for (let b = 0; b < size; b++) bytes[at + place + b] = Number((value >> BigInt(8 * b)) & 0xffn);
    });
    const code = codeOf(vector);
    if (code.length > 27) throw new Error("too much code");
    view.setUint32(at + STATE, code.length, true);
    bytes.set(code, at + STATE + 4);
  });
  return bytes;
}

function decode(bytes: Uint8Array, n: number, vector: Vector, sets: readonly Registers[], variant: Variant): Result {
  const at = n * OUTPUT;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, OUTPUT);
  const before = registersOf(vector, sets);
  const after = before.map((old, i) => {
    const name = registerNames[i]!;
    if (variant.bits === 32 && /^[rxyzv](8|9|1.)$/.test(name)) return old;
    const [place, size] = places[i]!;
    let value = 0n;
    for (let b = 0; b < size; b++) value |= BigInt(bytes[at + place + b]!) << BigInt(8 * b);
    return value;
  });
  // RF is set in the image of faults; ID and NT stay from one case to the next, since Linux does not restore them.
  after[indexOf("flags")]! &= ~0x21_4000n;
  const signal = view.getInt32(STATE, true);
  const done = signal === 5 && view.getInt32(STATE + 8, true) === 3;
  return {
    signal: done ? 0 : signal,
    pc: Number(view.getBigInt64(136, true)) - (done ? 1 : 0),
    registers: changedRegisters(before, after),
    memory: changedMemory(bytes.subarray(at + STATE + 16, at + OUTPUT)),
  };
}

function record(variant: Variant): void {
  const program = join(directory, variant.name);
  const source = join(import.meta.dirname, "run-vectors.c");
  const built = spawnSync(variant.compiler[0]!, [...variant.compiler.slice(1), "-O1", "-static", "-o", program, source], {
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(built.stderr);
  const prng = new Prng(Number(values.seed) * 1000 + variant.bits);
  const table = tableFor(modelsOf(variant.bits).find(({ name }) => name === testedCpu)!.features);
  const file = new URL(`../../vectors/x86/${variant.name}.json.gz`, import.meta.url);
  const old = values.add === true ? (JSON.parse(gunzipSync(readFileSync(file)).toString()) as VectorFile) : undefined;
  const known = new Set(old?.vectors.map(({ row }) => row));
  const sets = old === undefined ? makeSets(variant, prng) : setsOf(old);
  const chosen = new RegExp(values.row);
  const rows = table.rows.filter(
    (row) =>
      isTested(row) &&
      !known.has(`${row.opcode} ${row.name}`) &&
      chosen.test(`${row.opcode} ${row.name}`) &&
      (row.mode === undefined || (row.mode === "o64") === (variant.bits === 64)),
  );
  const cases = rows.flatMap((row) => Array.from({ length: Number(values.count) }, () => makeCase(row, variant, sets, prng)));
  const command = values.qemu === true ? [`qemu-${variant.name}`, "-cpu", "max", program] : [program];
  const { stdout, status, error, stderr } = spawnSync(command[0]!, command.slice(1), { input: encode(cases, sets), maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  if (status !== 0 || stdout.length !== OUTPUT * cases.length)
    throw new Error(`${variant.name}: status ${status}, ${stdout.length / OUTPUT} of ${cases.length} results ${stderr.toString()}`);
  const replayer = new Replayer(variant);
  const failures = new Map<string, number>();
  const recorded: RecordedVector[] = [];
  cases.forEach((vector, n) => {
    const { count, bits } = shiftOf(vector, registersOf(vector, sets));
    if (isUndefined(vector, count, bits)) return;
    const result = decode(stdout, n, vector, sets, variant);
    if (isKnown(vector, result.signal)) return;
    let problem: string;
    try {
      problem = difference(vector, registersOf(vector, sets), result, replayer.run(vector, sets));
    } catch (caught) {
      problem = String(caught);
    }
    recorded.push({ ...vector, result });
    if (problem === "") return;
    failures.set(vector.row, (failures.get(vector.row) ?? 0) + 1);
    if (failures.get(vector.row)! <= 2)
      console.log(`${variant.name} ${vector.row} ${vector.code}: ${problem} ${JSON.stringify(vector.registers)}`);
  });
  console.log(`${variant.name}: ${rows.length} rows, ${cases.length} cases, ${[...failures.values()].reduce((a, b) => a + b, 0)} differ`);
  if (values.write !== true && old === undefined) return;
  const hex = sets.map((set) => set.map((value) => value.toString(16)));
  const content: VectorFile = { sets: hex, vectors: [...(old?.vectors ?? []), ...recorded] };
  const compressed = gzipSync(JSON.stringify(content), { level: 9 });
  writeFileSync(file, compressed);
  console.log(`${variant.name}: ${compressed.length} bytes`);
}

for (const variant of variants) if (values.variant === undefined || values.variant === variant.name) record(variant);
rmSync(directory, { recursive: true });
