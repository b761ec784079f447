/** The worker thread in which hot code is compiled. Binaryen is loaded with the first batch, so that starting costs nothing. */
import { parentPort } from "node:worker_threads";
import type { Batch } from "@tsemu/backend-binaryen";

parentPort!.on("message", async ({ id, batch }: { id: number; batch: Batch }) => {
  try {
    const { compileBatch } = await import("@tsemu/backend-binaryen/compile");
    const result = compileBatch(batch);
    parentPort!.postMessage({ id, result }, [result.bytes.buffer]);
  } catch (error) {
    parentPort!.postMessage({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
