export * from "./wasm-module.ts";
