/**
 * IEEE 754 arithmetic with exact results and exception flags, as a WebAssembly module whose functions are called straight from
 * translated code: see functions.ts for what there is and status.ts for the status block that every function takes.
 *
 * Two families. The typed arithmetic (`f64_add` and so on, on f32 and f64 values) computes with the host's instructions wherever
 * that gives the same value and flags, and falls back on the second family, integer algorithms on raw bits (`f64_add_bits`).
 * Comparisons, conversions, minima and estimates take raw bits only. Call the typed ones from WebAssembly: a signaling NaN may
 * become quiet where an f32 or f64 passes through JavaScript.
 *
 * An instance holds intermediate values in its globals, so each thread needs its own; it allocates nothing.
 */
import { decodeBase64 } from "@tsemu/base";
import { type softFloatFunctions, type ValueType } from "./functions.ts";
import { wasmBase64 } from "./softfloat.generated.ts";

export { fastPaths, type FloatSlots } from "./fast-paths.ts";
export { type FunctionSignature, softFloatFunctions, type ValueType } from "./functions.ts";
export { exceptionsOfFlags, flagsOfExceptions, mxcsr, statusOfMxcsr, trappedFlags } from "./mxcsr.ts";
export {
  flag,
  integerRule,
  integerRuleShift,
  mode,
  nanRule,
  nanRuleShift,
  rounding,
  roundingOfStatus,
  statusBlock,
} from "./status.ts";

type HostValue<T extends ValueType> = T extends "i64" ? bigint : number;
type HostValues<P extends readonly ValueType[]> = { -readonly [K in keyof P]: HostValue<P[K]> };
type Functions = typeof softFloatFunctions;

/** The exported functions, as JavaScript sees them; i32 results are signed. Pass these as imports to generated modules. */
export type SoftFloat = {
  readonly [K in keyof Functions]: (...args: HostValues<Functions[K]["params"]>) => HostValue<Functions[K]["result"]>;
};

/** The name of an exported function. */
export type SoftFloatFunction = keyof Functions;

/** The module's bytes; it imports env.memory (not shared, one page or more) and has no data and no table. */
export const softFloatBytes = (): Uint8Array<ArrayBuffer> => decodeBase64(wasmBase64);

/** Instantiates the module on the memory that holds the status blocks. */
export const instantiateSoftFloat = (memory: WebAssembly.Memory): SoftFloat =>
  new WebAssembly.Instance(new WebAssembly.Module(softFloatBytes()), { env: { memory } }).exports as unknown as SoftFloat;
export { x87Block, x87Functions } from "./x87.ts";
