/** What tests of other packages need of this target beside the contract. */
export { findModel } from "../cpu-models.ts";
export { type ArmTable, buildTables } from "../decode.ts";
export * from "./float-cases.ts";
export * from "./float-results.ts";
export * from "./one-insn.ts";
