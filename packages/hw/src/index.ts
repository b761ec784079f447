export * from "./clock.ts";
export * from "./device.ts";
export * from "./fifo.ts";
export * from "./host-files.ts";
export * from "./host-ports.ts";
export * from "./irq.ts";
export * from "./registers.ts";
export * from "./testing.ts";
