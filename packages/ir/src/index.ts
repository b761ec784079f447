export * from "./builder.ts";
export { type Environment, evaluate, readBits, writeBits } from "./evaluate.ts";
export * from "./inst.ts";
export * from "./memop.ts";
export * from "./ops.ts";
export * from "./state-layout.ts";
export * from "./types.ts";
export * from "./passes/index.ts";
export * from "./print.ts";
