export * from "./elf.ts";
export * from "./fdt.ts";
export * from "./fdt-print.ts";
export * from "./kernel-arm.ts";
export * from "./kernel-mips.ts";
export * from "./uimage.ts";
