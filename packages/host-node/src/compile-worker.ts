/** The worker thread in which hot code is compiled. */
import { parentPort } from "node:worker_threads";
import type { Batch } from "@tsemu/backend-binaryen";

// Loaded at once: the guest runs in tier 0 meanwhile.
import { compileBatch } from "@tsemu/backend-binaryen/compile";

parentPort!.on("message", ({ id, batch }: { id: number; batch: Batch }) => {
  try {
    const result = compileBatch(batch);
    parentPort!.postMessage({ id, result }, [result.bytes.buffer]);
  } catch (error) {
    parentPort!.postMessage({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
