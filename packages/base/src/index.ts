export * from "./assert.ts";
export * from "./base64.ts";
export * from "./bits.ts";
export * from "./log.ts";
