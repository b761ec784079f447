/** Compiles regions in a worker thread, which starts with the first batch. */
import { Worker } from "node:worker_threads";
import type { Batch, CompiledBatch } from "@tsemu/backend-wasm";
import { engineGoesLast } from "./thread-priority.ts";

type Answer = { readonly id: number; readonly result: CompiledBatch } | { readonly id: number; readonly error: string };

export class WorkerCompiler {
  readonly #module: URL;
  #worker: Worker | undefined;
  #nextId = 0;
  readonly #waiting = new Map<number, { resolve(result: CompiledBatch): void; reject(error: Error): void }>();

  /** `module`: what the worker runs; it calls serveCompiler(). */
  constructor(module: URL) {
    this.#module = module;
  }

  /** Starts the worker, without waiting for it. */
  start(): void {
    if (this.#worker !== undefined) return;
    engineGoesLast();
    // Its garbage is short-lived and its heap beside the CPU thread's: it need not grow for speed.
    const worker = new Worker(this.#module, {
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    // A running compiler must not keep the process alive.
    worker.unref();
    worker.on("message", (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ("error" in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.result);
    });
    worker.on("error", (error: Error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      this.#worker = undefined;
    });
    this.#worker = worker;
  }

  compile(batch: Batch): Promise<CompiledBatch> {
    this.start();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker!.postMessage({ id, batch });
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}
