export * from "./clocks.ts";
export * from "./host.ts";
export * from "./system.ts";
