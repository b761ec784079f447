/** What assembling a module takes, for the build of the interpreter and for Binaryen; not for run time. */
export * from "./guest-access.ts";
export * from "./lower.ts";
export * from "./wasm-module.ts";
