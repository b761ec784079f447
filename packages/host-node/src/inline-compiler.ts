/** Compiles regions in this thread. Binaryen takes half a second to load: not for where starting fast matters. */
import type { Batch, CompiledBatch } from "@tsemu/backend-binaryen";

type Compile = (batch: Batch) => CompiledBatch;

const load = async (): Promise<Compile> => (await import("@tsemu/backend-binaryen/compile")).compileBatch;

/** Loads Binaryen with the first batch. */
export class InlineCompiler {
  #compile: Promise<Compile> | undefined;

  async compile(batch: Batch): Promise<CompiledBatch> {
    this.#compile ??= load();
    return (await this.#compile)(batch);
  }
}

/** Has Binaryen loaded already, so that the CPU need not go on before its code is there. */
export class ImmediateCompiler {
  readonly #compile: Compile;

  private constructor(compile: Compile) {
    this.#compile = compile;
  }

  static async load(): Promise<ImmediateCompiler> {
    return new ImmediateCompiler(await load());
  }

  compile(batch: Batch): Promise<CompiledBatch> {
    return Promise.resolve(this.compileNow(batch));
  }

  compileNow(batch: Batch): CompiledBatch {
    return this.#compile(batch);
  }
}
