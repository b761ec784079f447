export * from "./char/pl011.ts";
export * from "./intc/gicv2.ts";
export * from "./gpio/pl061.ts";
export * from "./rtc/pl031.ts";
export * from "./timer/sp804.ts";
