export * from "./clock.ts";
export * from "./device.ts";
export * from "./host-ports.ts";
export * from "./irq.ts";
