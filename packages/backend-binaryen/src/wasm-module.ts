/** The only file that imports binaryen: its modules behind our interface. */
import { type Expr, type WasmModule, type WasmType, wasmTypes } from "@tsemu/backend-wasm/build";
import binaryen from "binaryen";

const { Features } = binaryen;

/** The WebAssembly features that generated code may use; all are in Node >= 24 and the Chromium baseline. */
const features =
  Features.MutableGlobals |
  Features.SignExt |
  Features.BulkMemory |
  Features.BulkMemoryOpt |
  Features.SIMD128 |
  Features.NontrappingFPToInt |
  Features.TailCall |
  Features.ReferenceTypes |
  Features.Multivalue;

for (const name of ["none", "i32", "i64", "f32", "f64", "v128"] as const)
  if (binaryen[name] !== wasmTypes[name]) throw new Error(`internal error: Binaryen numbers the type ${name} differently`);

export type BinaryenModule = WasmModule & {
  validate(): number;
  addActiveElementSegment(table: string, name: string, functions: readonly string[], offset: Expr): void;
};

/** A module that Binaryen assembles. */
export function newBinaryenModule(): BinaryenModule {
  const m = new binaryen.Module();
  m.setFeatures(features);
  const types = (list: readonly WasmType[]): number => binaryen.createType([...list]);
  const { addFunction, addFunctionImport, call_indirect, return_call_indirect } = m;
  return Object.assign(m, {
    addFunction: (name: string, params: readonly WasmType[], result: WasmType, locals: readonly WasmType[], body: Expr) =>
      void addFunction.call(m, name, types(params), result, [...locals], body),
    addFunctionImport: (name: string, module: string, base: string, params: readonly WasmType[], result: WasmType) =>
      addFunctionImport.call(m, name, module, base, types(params), result),
    call_indirect: (table: string, target: Expr, args: readonly Expr[], params: readonly WasmType[], result: WasmType) =>
      call_indirect.call(m, table, target, [...args], types(params), result),
    return_call_indirect: (table: string, target: Expr, args: readonly Expr[], params: readonly WasmType[], result: WasmType) =>
      return_call_indirect.call(m, table, target, [...args], types(params), result),
  }) as unknown as BinaryenModule;
}

/** The text of a module that was assembled by whomever. */
export function moduleText(bytes: Uint8Array): string {
  const m = binaryen.readBinary(bytes);
  m.setFeatures(features);
  try {
    return m.emitText();
  } finally {
    m.dispose();
  }
}
