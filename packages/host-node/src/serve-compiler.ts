/** The other side of WorkerCompiler: what a worker thread's module calls to compile hot code. */
import { parentPort } from "node:worker_threads";
import type { Batch, IrOf } from "@tsemu/backend-wasm";
import { compileWithText } from "./compile-batch.ts";
import { goLast } from "./thread-priority.ts";

/** Answers the batches that are sent to this thread. `irOf` translates for a CPU model of a target. */
export function serveCompiler(irOf: (target: string, model: string) => Promise<IrOf>): void {
  goLast();
  parentPort!.on("message", async ({ id, batch }: { id: number; batch: Batch }) => {
    try {
      const compiled = await compileWithText(batch, await irOf(batch.target, batch.model));
      const result = { ...compiled, module: new WebAssembly.Module(compiled.bytes) };
      parentPort!.postMessage({ id, result }, [result.bytes.buffer]);
    } catch (error) {
      parentPort!.postMessage({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
}
