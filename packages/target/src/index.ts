export * from "./cpu.ts";
export * from "./debug.ts";
export * from "./linux-abi.ts";
export * from "./target.ts";
export * from "./translate.ts";
