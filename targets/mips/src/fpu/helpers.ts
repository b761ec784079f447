/** The soft-float functions that translated code calls, with what the host's own arithmetic can do in their place. */
import type { FastPath, FastResult, HelperEffects, HelperSignature } from "@tsemu/ir";
import { flag, mode, rounding, type SoftFloatFunction, softFloatFunctions } from "@tsemu/softfloat";
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

/** What the host computes as FCSR wants it: nearest, nothing flushed, and inexact noted already, so that a common result has no other effect. */
function fastPaths(s: MipsState): Partial<Record<SoftFloatFunction, FastPath>> {
  const nothingFlushed = { slot: s.fpMode, mask: mode.flushInputs | mode.flushOutputs, value: 0 };
  const nearest = { slot: s.fpRounding, mask: -1, value: rounding.nearestEven };
  const inexactNoted = { slot: s.fpFlags, mask: flag.inexact, value: flag.inexact };
  const arithmetic = [nothingFlushed, nearest, inexactNoted];
  const integer = { argument: 1, value: 0 };
  const towardZero = { argument: 2, value: rounding.towardZero };
  const path = (
    ops: string,
    result: FastResult,
    words: FastPath["words"] = arithmetic,
    constants: FastPath["constants"] = [],
  ): FastPath => ({ ops: ops.split(" "), result, words, constants });
  return {
    f32_add: path("f32.add", "finite32"),
    f32_sub: path("f32.sub", "finite32"),
    f32_mul: path("f32.mul", "ordinary32"),
    f32_div: path("f32.div", "ordinary32"),
    f32_sqrt: path("f32.sqrt", "ordinary32"),
    f64_add: path("f64.add", "finite64"),
    f64_sub: path("f64.sub", "finite64"),
    f64_mul: path("f64.mul", "ordinary64"),
    f64_div: path("f64.div", "ordinary64"),
    f64_sqrt: path("f64.sqrt", "ordinary64"),
    f32_compare_quiet: path("f32.compare", "ordered", []),
    f32_compare_signaling: path("f32.compare", "ordered", []),
    f64_compare_quiet: path("f64.compare", "ordered", []),
    f64_compare_signaling: path("f64.compare", "ordered", []),
    i32_to_f64: path("f64.convert_i32_s i64.reinterpret_f64", "any", [], [integer]),
    i32_to_f32: path("f32.convert_i32_s i32.reinterpret_f32", "any", arithmetic, [integer]),
    i64_to_f64: path("f64.convert_i64_s i64.reinterpret_f64", "any", arithmetic, [integer]),
    i64_to_f32: path("f32.convert_i64_s i32.reinterpret_f32", "any", arithmetic, [integer]),
    f32_to_f64: path("f32.reinterpret_i32 f64.promote_f32 i64.reinterpret_f64", "finite64", [nothingFlushed]),
    f64_to_f32: path("f64.reinterpret_i64 f32.demote_f64 i32.reinterpret_f32", "ordinary32"),
    f32_to_i32: path("f32.reinterpret_i32 i32.trunc_sat_f32_s", "converted", [inexactNoted], [integer, towardZero]),
    f64_to_i32: path("f64.reinterpret_i64 i32.trunc_sat_f64_s", "converted", [inexactNoted], [integer, towardZero]),
  };
}

/** The functions' declarations for CPUs of one layout. */
export class FloatHelpers {
  readonly helpers: readonly WasmHelper[];
  readonly #signatures: ReadonlyMap<SoftFloatFunction, WasmSignature>;

  constructor(s: MipsState) {
    const effects: HelperEffects = { reads: [s.fpRounding, s.fpMode, s.fpFlags], writes: [s.fpFlags], mayRaise: false };
    const paths = fastPaths(s);
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
