/**
 * Soft float called from WebAssembly: ns for each call of a chain `x = f(x, y)`. Run with: npx node benchmarks/softfloat.ts
 */
import binaryen from "binaryen";
import { flag, instantiateSoftFloat, type SoftFloatFunction, softFloatFunctions } from "@tsemu/softfloat";

type Loop = (count: number, x: number | bigint, y: number | bigint) => number | bigint;

const st = 64;
const memory = new WebAssembly.Memory({ initial: 1 });
const status = new Uint32Array(memory.buffer, st, 3);
const softFloat = instantiateSoftFloat(memory);

/** A function that calls `name` the given number of times, the result becoming the first operand, the others all y. */
const makeLoop = (name: SoftFloatFunction | "native"): Loop => {
  const wasm = new binaryen.Module();
  const types = { i32: binaryen.i32, i64: binaryen.i64, f32: binaryen.f32, f64: binaryen.f64 };
  const { params, result } = name === "native" ? softFloatFunctions.f64_add : softFloatFunctions[name];
  const type = types[result];
  const operands = params.slice(0, -1).map((_, i) => wasm.local.get(i === 0 ? 1 : 2, type));
  const value = name === "native" ? wasm.f64.add(operands[0]!, operands[1]!) : wasm.call(name, [...operands, wasm.i32.const(st)], type);
  if (name !== "native") wasm.addFunctionImport(name, "softfloat", name, binaryen.createType(params.map((p) => types[p])), type);
  wasm.addFunction(
    "loop",
    binaryen.createType([binaryen.i32, type, type]),
    type,
    [],
    wasm.block(null, [
      wasm.loop(
        "again",
        wasm.block(null, [
          wasm.local.set(1, value),
          wasm.br("again", wasm.local.tee(0, wasm.i32.sub(wasm.local.get(0, binaryen.i32), wasm.i32.const(1)), binaryen.i32)),
        ]),
      ),
      wasm.local.get(1, type),
    ]),
  );
  wasm.addFunctionExport("loop", "loop");
  const bytes = new Uint8Array(wasm.emitBinary());
  wasm.dispose();
  const imports = { softfloat: softFloat as unknown as Record<string, () => unknown> };
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports["loop"] as Loop;
};

const bitsOf = (x: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return view.getBigInt64(0);
};

const measure = (name: SoftFloatFunction | "native", x: number, y: number, flagsBefore: number): number => {
  const loop = makeLoop(name);
  const isBits = name.endsWith("_bits");
  const first = isBits ? bitsOf(x) : x;
  const second = isBits ? bitsOf(y) : y;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 6; round++) {
    // Every round starts with the flags given; knowing "inexact" is itself what makes later calls cheap.
    status.set([0, flagsBefore, 0]);
    const count = 5_000_000;
    const start = performance.now();
    loop(count, first, second);
    best = Math.min(best, ((performance.now() - start) * 1e6) / count);
  }
  return best;
};

const rows: [SoftFloatFunction | "native", number, number][] = [
  ["native", 1, 1],
  ["f64_add", 1, 1],
  ["f64_add_bits", 1, 1],
  ["f64_mul", 1.5, -1],
  ["f64_mul_bits", 1.5, -1],
  ["f64_div", 1.5, -1],
  ["f64_div_bits", 1.5, -1],
  ["f64_sqrt", 1, 0],
  ["f64_sqrt_bits", 1, 0],
  ["f64_mul_add", 1.5, -1],
  ["f64_mul_add_bits", 1.5, -1],
  ["f32_add", 1, 0.0625],
  ["f32_mul", 1.5, -1],
  ["f32_mul_add", 1.5, -1],
];
// All these are exact, so that the flag stays clear where it was.
for (const [name, x, y] of rows) {
  const clear = measure(name, x, y, 0).toFixed(2);
  const known = measure(name, x, y, flag.inexact).toFixed(2);
  console.log(`${name.padEnd(18)} ${clear.padStart(7)} ns, with inexact set ${known.padStart(7)} ns`);
}
