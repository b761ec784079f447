/** The thread in which hot code is compiled. */
import { extname } from "node:path";
import { WorkerCompiler } from "@tsemu/host-node/user";

/** Starts with the first batch, or when it is told to. */
export const compileThread = (): WorkerCompiler =>
  // A TypeScript file beside this one, or a JavaScript file of the bundle.
  new WorkerCompiler(new URL(`./compile-worker${extname(import.meta.url)}`, import.meta.url));
