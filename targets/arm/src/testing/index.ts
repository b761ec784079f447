export * from "./float-cases.ts";
export * from "./float-results.ts";
export * from "./one-insn.ts";
