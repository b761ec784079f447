export * from "./block-cache.ts";
export * from "./vcpu.ts";
export * from "./regions.ts";
