export * from "./char/pl011.ts";
export * from "./intc/gicv2.ts";
