/** What tests outside the package use. */
export * from "../cpu-models.ts";
export * from "../decode.ts";
export * from "../decode/vex.ts";
export * from "../state.ts";
export * from "../translator.ts";
export * from "../rows/index.ts";
export * as blockFlags from "../block-flags.ts";
