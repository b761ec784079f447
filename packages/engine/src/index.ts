export * from "./block-cache.ts";
export * from "./vcpu.ts";
export * from "./regions.ts";
export { irOfTargets, regionIr } from "./translate-block.ts";
