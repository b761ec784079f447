export * from "./cpu.ts";
export * from "./target.ts";
export * from "./translate.ts";
