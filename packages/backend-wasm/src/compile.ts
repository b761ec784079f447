/** Compiles batches of regions. Runs in a worker, or wherever the caller likes. */
import type { Call } from "@tsemu/ir";
import { emitRegion } from "./emit-region.ts";
import { type Batch, type CompiledBatch, imports, type IrOf } from "./region.ts";
import { newAssembler } from "./assembler.ts";
import { type WasmModule, wasmTypes } from "./wasm-module.ts";

const i32 = wasmTypes.i32;

/** `newModule`: who assembles the module; the assembler here if not given. */
export function compileBatch(
  batch: Pick<Batch, "regions" | "addressBits">,
  irOf: IrOf,
  newModule: () => WasmModule = newAssembler,
): CompiledBatch {
  const m = newModule();
  try {
    m.addMemoryImport("memory", "env", imports.memory);
    m.addTableImport("table", "env", imports.table);
    const access = batch.addressBits === 64 ? [i32, i32, i32, i32] : [i32, i32, i32];
    m.addFunctionImport(imports.slowLoad, "env", imports.slowLoad, access, i32);
    m.addFunctionImport(imports.slowStore, "env", imports.slowStore, access, i32);
    m.addFunctionImport("lookup", "env", imports.lookup, [i32], i32);
    const helpers = new Map<string, Call["helper"]>();
    batch.regions.forEach((region, i) => emitRegion(m, region, irOf, batch.addressBits, `r${i}`, helpers));
    for (const { name, params, result } of helpers.values()) {
      const key = imports.helper + name;
      m.addFunctionImport(
        key,
        "env",
        key,
        params.map((t) => wasmTypes[t]),
        result === undefined ? wasmTypes.none : wasmTypes[result],
      );
    }
    return { bytes: m.emitBinary() };
  } finally {
    m.dispose();
  }
}
