export * from "./random-block.ts";
