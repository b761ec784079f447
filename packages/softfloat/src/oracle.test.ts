/**
 * Against the oracles in ../test-vectors: hashes over results and flags of enumerated special operands and of a random stream.
 * SOFTFLOAT_LONG=1 runs the million random cases for which there are hashes too, rather than 20000.
 */
import { readFileSync } from "node:fs";
import binaryen from "binaryen";
import { describe, expect, test } from "vitest";
import { armOperations, conditionFlags, type Operation, x86Operations } from "../test-vectors/operations.ts";
import { type RunCase, runStream } from "../test-vectors/stream.ts";
import { flag, instantiateSoftFloat, softFloatFunctions, statusBlock, type SoftFloat, type SoftFloatFunction } from "./index.ts";

type AnyFunction = (...args: (number | bigint)[]) => number | bigint;
type Functions = Record<string, AnyFunction>;
type Vectors = Record<string, [enumerated: number, short: number, long: number]>;

const isLong = process.env["SOFTFLOAT_LONG"] === "1";
const randomCases = isLong ? 1_000_000 : 20_000;
const st = 64;
/** What the oracle adds to the flags of an instruction that trapped. */
const trapNoted = 0x100;

const memory = new WebAssembly.Memory({ initial: 1 });
const status = new Uint32Array(memory.buffer, st, statusBlock.bytes / 4);
const softFloat = instantiateSoftFloat(memory);

/** The typed functions behind wrappers that take and return bits, so that no float passes through JavaScript. */
const wrapTyped = (module: SoftFloat): Functions => {
  const wrapper = new binaryen.Module();
  const type = { i32: binaryen.i32, i64: binaryen.i64, f32: binaryen.f32, f64: binaryen.f64 };
  for (const [name, { params, result }] of Object.entries(softFloatFunctions)) {
    if (result !== "f32" && result !== "f64") continue;
    const bits = result === "f32" ? binaryen.i32 : binaryen.i64;
    const operands = params.slice(0, -1).map((_, i) => {
      const local = wrapper.local.get(i, bits);
      return result === "f32" ? wrapper.f32.reinterpret(local) : wrapper.f64.reinterpret(local);
    });
    const value = wrapper.call(name, [...operands, wrapper.local.get(operands.length, binaryen.i32)], type[result]);
    wrapper.addFunctionImport(name, "softfloat", name, binaryen.createType(params.map((p) => type[p])), type[result]);
    wrapper.addFunction(
      `${name}_wrapped`,
      binaryen.createType([...operands.map(() => bits), binaryen.i32]),
      bits,
      [],
      result === "f32" ? wrapper.i32.reinterpret(value) : wrapper.i64.reinterpret(value),
    );
    wrapper.addFunctionExport(`${name}_wrapped`, `${name}_bits`);
  }
  const bytes = new Uint8Array(wrapper.emitBinary());
  wrapper.dispose();
  const imports = { softfloat: module as unknown as Record<string, AnyFunction> };
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports as Functions;
};

const runner = (operation: Operation, functions: Functions, flagsBefore: number): RunCase => {
  const call = functions[operation.function]!;
  const { params } = softFloatFunctions[operation.function as SoftFloatFunction];
  const count = operation.operands.length;
  const args: (number | bigint)[] = params.map(() => 0);
  operation.extra.forEach((value, i) => {
    args[count + i] = value;
  });
  if (params.length > count) args[params.length - 1] = st;
  const outcome = { result: 0n, flags: 0 };
  return (a, b, c, config) => {
    status[0] = operation.roundingOf(config);
    status[1] = flagsBefore;
    status[2] = operation.modeOf(config);
    const first = operation.narrow === "none" ? a : operation.narrow === "s16" ? BigInt.asIntN(16, a) : BigInt.asUintN(16, a);
    args[0] = params[0] === "i64" ? first : Number(first);
    if (count > 1) args[1] = params[1] === "i64" ? b : Number(b);
    if (count > 2) args[2] = params[2] === "i64" ? c : Number(c);
    const result = call(...args);
    if (operation.view === "same") outcome.result = BigInt(result);
    else outcome.result = conditionFlags(operation.view, Number(result));
    outcome.flags = status[1]!;
    const trapped = operation.trappedBy?.(config, outcome.flags & ~flagsBefore) ?? 0;
    if (trapped !== 0) {
      outcome.result = 0n;
      outcome.flags = trapped | trapNoted;
    }
    return outcome;
  };
};

const read = (machine: string): Vectors =>
  JSON.parse(readFileSync(new URL(`../test-vectors/${machine}.json`, import.meta.url), "utf8")) as Vectors;

const typed = wrapTyped(softFloat);
const bits = softFloat as unknown as Functions;

for (const [machine, operations] of [
  ["arm", armOperations],
  ["x86", x86Operations],
] as const) {
  const vectors = read(machine);

  test(`every operation of ${machine} is compared`, () => {
    expect([...operations.keys()].toSorted()).toEqual(Object.keys(vectors).toSorted());
  });

  describe(machine, () => {
    for (const [name, operation] of operations) {
      const [enumerated, short, long] = vectors[name] ?? [];
      const expected = [enumerated, isLong ? long : short];
      test(name, () => {
        expect(runStream(operation, randomCases, runner(operation, bits, 0))).toEqual(expected);
      });
      if (typed[operation.function] === undefined) continue;
      test(`${name}, typed`, () => {
        expect(runStream(operation, randomCases, runner(operation, typed, 0))).toEqual(expected);
      });
      test(`${name}, typed, with inexact set before`, () => {
        const exact = runner(operation, bits, flag.inexact);
        expect(runStream(operation, randomCases, runner(operation, typed, flag.inexact))).toEqual(runStream(operation, randomCases, exact));
      });
    }
  });
}
