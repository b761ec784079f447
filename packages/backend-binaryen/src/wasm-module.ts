/** The only file that imports binaryen: thin, with our names. */
import binaryen from "binaryen";

export type WasmModule = binaryen.Module;
/** An expression of the module it was made for. */
export type Expr = number;

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

export function newModule(): WasmModule {
  const m = new binaryen.Module();
  m.setFeatures(features);
  return m;
}

export const wasmTypes: Record<"i32" | "i64" | "f32" | "f64" | "v128" | "none", number> = {
  i32: binaryen.i32,
  i64: binaryen.i64,
  f32: binaryen.f32,
  f64: binaryen.f64,
  v128: binaryen.v128,
  none: binaryen.none,
};

export const createType = (types: readonly number[]): number => binaryen.createType([...types]);
