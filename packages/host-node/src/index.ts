export * from "./worker-compiler.ts";
