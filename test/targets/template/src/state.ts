/** Guest state: what the CPU's registers are called, and where they lie. */
import { StateLayoutBuilder } from "@tsemu/ir";

const b = new StateLayoutBuilder();
export const pc = b.slot("pc", "i32");
/** The upper word of pc, where addresses have 64 bits. */
export const pcHigh = b.slot("pc_high", "i32");
export const flags = b.slot("flags", "i32");
/** General registers. */
export const r = b.array("r", "i32", 16);
export const layout = b.build();
