/** Compiles regions in this thread. */
import type { Batch, CompiledBatch, IrOf } from "@tsemu/backend-wasm";
import { compileBatch } from "@tsemu/backend-wasm/compile";
import { compileWithText } from "./compile-batch.ts";

/** The CPU goes on until the event loop's next turn. */
export class InlineCompiler {
  compile(batch: Batch, irOf: IrOf): Promise<CompiledBatch> {
    return compileWithText(batch, irOf);
  }
}

/** The CPU does not go on before its code is there. There is no text of it. */
export class ImmediateCompiler extends InlineCompiler {
  compileNow(batch: Batch, irOf: IrOf): CompiledBatch {
    return compileBatch(batch, irOf);
  }
}
