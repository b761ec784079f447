/** Compiles batches of regions. Runs in a worker, or wherever the caller likes. */
import type { Call } from "@tsemu/ir";
import { emitRegion } from "./emit-region.ts";
import { type Batch, type CompiledBatch, imports } from "./region.ts";
import { createType, newModule, wasmTypes } from "./wasm-module.ts";

const i32 = wasmTypes.i32;

export function compileBatch(batch: Batch): CompiledBatch {
  const m = newModule();
  try {
    m.addMemoryImport("memory", "env", imports.memory);
    m.addTableImport("table", "env", imports.table);
    const threeWords = createType([i32, i32, i32]);
    m.addFunctionImport(imports.slowLoad, "env", imports.slowLoad, threeWords, i32);
    m.addFunctionImport(imports.slowStore, "env", imports.slowStore, threeWords, i32);
    m.addFunctionImport("lookup", "env", imports.lookup, i32, i32);
    const helpers = new Map<string, Call["helper"]>();
    batch.regions.forEach((region, i) => emitRegion(m, region, batch.references, `r${i}`, helpers));
    for (const { name, params, result } of helpers.values()) {
      const key = imports.helper + name;
      m.addFunctionImport(
        key,
        "env",
        key,
        createType(params.map((t) => wasmTypes[t])),
        result === undefined ? wasmTypes.none : wasmTypes[result],
      );
    }
    const bytes = m.emitBinary() as Uint8Array<ArrayBuffer>;
    return batch.text ? { bytes, text: m.emitText() } : { bytes };
  } finally {
    m.dispose();
  }
}
