export * from "./elf.ts";
export * from "./fdt.ts";
export * from "./fdt-print.ts";
export * from "./kernel-arm.ts";
export * from "./kernel-mips.ts";
export * from "./uimage.ts";
export * from "./kernel-x86.ts";
export * from "./linux-boot-rom.ts";
