/** What the build of the interpreter needs of this package; not for run time. */
export * from "./guest-access.ts";
export * from "./lower.ts";
export * from "./wasm-module.ts";
