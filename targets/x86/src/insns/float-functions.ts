/** The soft-float functions that SSE's instructions call. */
import type { HelperEffects, HelperSignature, Value } from "@tsemu/ir";
import { fastPaths, mode, softFloatFunctions } from "@tsemu/softfloat";
import type { WasmHelper } from "@tsemu/target";
import type { X86State } from "../state.ts";
import type { X86Translator } from "../translator.ts";

const formats = <Name extends string>(...names: Name[]): (`f32_${Name}` | `f64_${Name}`)[] =>
  names.flatMap((name) => [`f32_${name}` as const, `f64_${name}` as const]);

const used = [
  ...formats(
    "add",
    "sub",
    "mul",
    "div",
    "sqrt",
    "min_second",
    "max_second",
    "compare_quiet",
    "compare_signaling",
    "to_i32",
    "to_i64",
    "round_to_int",
    "mul_add_bits",
  ),
  "i32_to_f32",
  "i32_to_f64",
  "i64_to_f32",
  "i64_to_f64",
  "f32_to_f64",
  "f64_to_f32",
  "f16_to_f32",
  "f32_to_f16",
] as const;
export type FloatFunction = (typeof used)[number];

type WasmSignature = HelperSignature & { readonly kind: "wasm" };

const made = new Map<X86State, ReadonlyMap<FloatFunction, WasmSignature>>();

function signatures(s: X86State): ReadonlyMap<FloatFunction, WasmSignature> {
  let known = made.get(s);
  if (known !== undefined) return known;
  const effects: HelperEffects = { reads: [s.fpRounding, s.fpMode, s.fpFlags], writes: [s.fpFlags], mayRaise: false };
  const paths = fastPaths({
    mode: s.fpMode,
    rounding: s.fpRounding,
    flags: s.fpFlags,
    flushing: mode.flushInputs | mode.flushOutputs | mode.underflowUnmasked | mode.overflowUnmasked,
    flushesComparisons: true,
    notesDenormals: true,
  });
  known = new Map(
    used.map((name) => {
      const fast = paths[name as keyof typeof paths];
      const { params, result } = softFloatFunctions[name];
      return [name, { name, kind: "wasm" as const, params, result, effects, ...(fast === undefined ? {} : { fast }) }];
    }),
  );
  made.set(s, known);
  return known;
}

export const floatHelpers = (s: X86State): readonly WasmHelper[] =>
  [...signatures(s)].map(([name, signature]): WasmHelper => ({ signature, module: "softfloat", export: name }));

/** Calls one with the status block as its last argument. */
export const callFloat = (t: X86Translator, name: FloatFunction, ...args: Value[]): Value =>
  t.ir.call(signatures(t.s).get(name)!, ...args, t.ir.i32(t.stateBase + t.s.fpStatus));
