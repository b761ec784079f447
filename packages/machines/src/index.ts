export * from "./boot-arm.ts";
export * from "./build.ts";
export * from "./describe.ts";
export * from "./fdt-from-machine.ts";
export * from "./malta.ts";
export * from "./versatilepb.ts";
export * from "./virt-arm.ts";
export * from "./psci.ts";
