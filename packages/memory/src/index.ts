export * from "./address-space.ts";
export * from "./layout.ts";
export * from "./softmmu.ts";
