/** The worker thread in which hot code is compiled. */
import { parentPort } from "node:worker_threads";
import type { Batch } from "@tsemu/backend-wasm";
import { compileWithText } from "./compile-batch.ts";

parentPort!.on("message", async ({ id, batch }: { id: number; batch: Batch }) => {
  try {
    const compiled = await compileWithText(batch);
    const result = { ...compiled, module: new WebAssembly.Module(compiled.bytes) };
    parentPort!.postMessage({ id, result }, [result.bytes.buffer]);
  } catch (error) {
    parentPort!.postMessage({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
