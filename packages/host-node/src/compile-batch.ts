/** Compiling a batch of regions where Node runs; the text of the module, for `-d out_wat`, comes from Binaryen, which takes half a second to load. */
import type { Batch, CompiledBatch, IrOf } from "@tsemu/backend-wasm";
import { compileBatch } from "@tsemu/backend-wasm/compile";

export async function compileWithText(batch: Batch, irOf: IrOf): Promise<CompiledBatch> {
  const compiled = compileBatch(batch, irOf);
  if (!batch.text) return compiled;
  const { moduleText } = await import("@tsemu/backend-binaryen");
  return { ...compiled, text: moduleText(compiled.bytes) };
}
