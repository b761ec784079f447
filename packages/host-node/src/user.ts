/** What user mode needs of Node, and no more: it has to start fast. */
export * from "./code-cache.ts";
export * from "./files.ts";
export * from "./host-loop.ts";
export * from "./identity.ts";
export * from "./net.ts";
export * from "./random-port.ts";
export * from "./worker-compiler.ts";
