export * from "./address-space.ts";
export * from "./layout.ts";
export * from "./port-space.ts";
export * from "./softmmu.ts";
