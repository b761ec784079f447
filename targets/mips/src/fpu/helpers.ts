/** The soft-float functions that translated code calls, with what the host's own arithmetic can do in their place. */
import type { HelperEffects, HelperSignature } from "@tsemu/ir";
import { fastPaths, mode, type SoftFloatFunction, softFloatFunctions } from "@tsemu/softfloat";
import type { WasmHelper } from "@tsemu/target";
import type { MipsState } from "../state.ts";

const formats = (...names: string[]): SoftFloatFunction[] =>
  names.flatMap((name) => [`f32_${name}` as SoftFloatFunction, `f64_${name}` as SoftFloatFunction]);

const used: readonly SoftFloatFunction[] = [
  ...formats("add", "sub", "mul", "div", "sqrt", "compare_quiet", "compare_signaling", "to_i32", "to_i64"),
  "i32_to_f32",
  "i32_to_f64",
  "i64_to_f32",
  "i64_to_f64",
  "f32_to_f64",
  "f64_to_f32",
];

type WasmSignature = HelperSignature & { readonly kind: "wasm" };

/** The functions' declarations for CPUs of one layout. */
export class FloatHelpers {
  readonly helpers: readonly WasmHelper[];
  readonly #signatures: ReadonlyMap<SoftFloatFunction, WasmSignature>;

  constructor(s: MipsState) {
    const effects: HelperEffects = { reads: [s.fpRounding, s.fpMode, s.fpFlags], writes: [s.fpFlags], mayRaise: false };
    const paths = fastPaths({
      mode: s.fpMode,
      rounding: s.fpRounding,
      flags: s.fpFlags,
      flushing: mode.flushInputs | mode.flushOutputs,
      flushesComparisons: false,
    });
    this.#signatures = new Map(
      used.map((name) => {
        const fast = paths[name];
        return [name, { name, kind: "wasm", ...softFloatFunctions[name], effects, ...(fast === undefined ? {} : { fast }) }];
      }),
    );
    this.helpers = [...this.#signatures].map(([name, signature]): WasmHelper => ({ signature, module: "softfloat", export: name }));
  }

  signature(name: SoftFloatFunction): WasmSignature {
    const signature = this.#signatures.get(name);
    if (signature === undefined) throw new Error(`internal error: no helper ${name}`);
    return signature;
  }
}

const made = new Map<MipsState, FloatHelpers>();

export function floatHelpers(s: MipsState): FloatHelpers {
  let helpers = made.get(s);
  if (helpers === undefined) made.set(s, (helpers = new FloatHelpers(s)));
  return helpers;
}
