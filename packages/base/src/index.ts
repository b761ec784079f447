export * from "./assert.ts";
export * from "./bits.ts";
export * from "./log.ts";
