/**
 * The soft-float functions that translated code calls, each under two names: with FPSCR's rules (`f32_add`), and with those of the
 * standard FPSCR value that Advanced SIMD always has (`f32_add.std`).
 */
import type { FastPath, HelperEffects, HelperSignature, Slot, Value } from "@tsemu/ir";
import { fastPaths, mode, type SoftFloatFunction, softFloatFunctions } from "@tsemu/softfloat";
import type { WasmHelper } from "@tsemu/target";
import * as state from "../state.ts";
import type { ArmTranslator } from "../translator.ts";

const formats = (...names: string[]): SoftFloatFunction[] =>
  names.flatMap((name) => [`f32_${name}` as SoftFloatFunction, `f64_${name}` as SoftFloatFunction]);

const scalarFunctions: readonly SoftFloatFunction[] = [
  ...formats("add", "sub", "mul", "div", "sqrt", "mul_add", "compare_quiet", "compare_signaling", "to_i16", "to_u16", "to_i32", "to_u32"),
  "i32_to_f32",
  "u32_to_f32",
  "i32_to_f64",
  "u32_to_f64",
  "f32_to_f64",
  "f64_to_f32",
  "f16_to_f32",
  "f32_to_f16",
];

const standardFunctions: readonly SoftFloatFunction[] = [
  "f32_add",
  "f32_sub",
  "f32_mul",
  "f32_mul_add",
  "f32_min",
  "f32_max",
  "f32_eq",
  "f32_ge",
  "f32_gt",
  "f32_to_i32",
  "f32_to_u32",
  "i32_to_f32",
  "u32_to_f32",
  "f16_to_f32",
  "f32_to_f16",
  "f32_recip_estimate",
  "f32_rsqrt_estimate",
  "f32_recip_step",
  "f32_rsqrt_step",
];

/** Functions without a status block. */
const plainFunctions: readonly SoftFloatFunction[] = ["u32_recip_estimate", "u32_rsqrt_estimate"];

const effectsOn = (reads: readonly Slot[], flags: Slot): HelperEffects => ({ reads: [...reads, flags], writes: [flags], mayRaise: false });
const scalarEffects = effectsOn([state.fpRounding, state.fpMode], state.fpFlags);
const standardEffects = effectsOn([state.neonRounding, state.neonMode], state.neonFlags);
const noEffects: HelperEffects = { reads: [], writes: [], mayRaise: false };

type WasmSignature = HelperSignature & { readonly kind: "wasm" };

const declare = (
  names: readonly SoftFloatFunction[],
  suffix: string,
  effects: HelperEffects,
  paths: Partial<Record<SoftFloatFunction, FastPath>> = {},
): ReadonlyMap<SoftFloatFunction, WasmSignature> =>
  new Map(
    names.map((name) => {
      const fast = paths[name];
      return [name, { name: name + suffix, kind: "wasm", ...softFloatFunctions[name], effects, ...(fast === undefined ? {} : { fast }) }];
    }),
  );

const scalarPaths = fastPaths({
  mode: state.fpMode,
  rounding: state.fpRounding,
  flags: state.fpFlags,
  flushing: mode.flushInputs | mode.flushOutputs | mode.denormalOperand,
  flushesComparisons: true,
});
const scalar = declare(scalarFunctions, "", scalarEffects, scalarPaths);
const standard = declare(standardFunctions, ".std", standardEffects);
const plain = declare(plainFunctions, "", noEffects);

/** For the target's list of helpers. */
export const vfpHelpers: readonly WasmHelper[] = [scalar, standard, plain].flatMap((signatures) =>
  [...signatures].map(([name, signature]): WasmHelper => ({ signature, module: "softfloat", export: name })),
);

const named = (signatures: ReadonlyMap<string, WasmSignature>, name: string): WasmSignature => {
  const signature = signatures.get(name);
  if (signature === undefined) throw new Error(`internal error: no helper ${name}`);
  return signature;
};

/** Calls a soft-float function with FPSCR's rules. */
export const fpCall = (cpu: ArmTranslator, name: SoftFloatFunction, ...args: Value[]): Value =>
  cpu.ir.call(named(scalar, name), ...args, cpu.ir.i32(cpu.stateBase + state.fpStatus));

/** Calls a soft-float function with the standard FPSCR value. */
export const standardCall = (cpu: ArmTranslator, name: SoftFloatFunction, ...args: Value[]): Value =>
  cpu.ir.call(named(standard, name), ...args, cpu.ir.i32(cpu.stateBase + state.neonStatus));

/** Calls a function that has no status. */
export const plainCall = (cpu: ArmTranslator, name: SoftFloatFunction, ...args: Value[]): Value => cpu.ir.call(named(plain, name), ...args);
