export * from "./clocks.ts";
export * from "./debugger.ts";
export * from "./host.ts";
export * from "./system.ts";
export * from "./lockstep.ts";
export * from "./lockstep-report.ts";
