export * from "./cache.ts";
export * from "./cpio.ts";
export * from "./debian.ts";
export * from "./debian-arm.ts";
export * from "./guest-process.ts";
export * from "./initramfs.ts";
export * from "./kernel-modules.ts";
export * from "./tools.ts";
