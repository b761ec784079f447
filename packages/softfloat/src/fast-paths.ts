/**
 * What the host's own arithmetic does as the soft-float functions do: rounding to nearest, nothing flushed, and inexact results noted already,
 * so that an ordinary result has no other effect. Compiled code tries these before it calls the functions.
 */
import type { FastPath, FastResult, Slot } from "@tsemu/ir";
import type { softFloatFunctions } from "./functions.ts";
import { flag, rounding } from "./status.ts";

/** Where a target keeps what the functions go by. */
export interface FloatSlots {
  readonly mode: Slot;
  readonly rounding: Slot;
  readonly flags: Slot;
  /** Bits of the mode with which even ordinary numbers may be flushed. */
  readonly flushing: number;
  /** Are denormal operands noted among the flags, so that the functions must see them? */
  readonly notesDenormals?: true;
  /** Are the operands of comparisons flushed too? */
  readonly flushesComparisons: boolean;
}

/** By function; those without one have no fast path. */
export function fastPaths(slots: FloatSlots): Partial<Record<keyof typeof softFloatFunctions, FastPath>> {
  const nothingFlushed = { slot: slots.mode, mask: slots.flushing, value: 0 };
  const nearest = { slot: slots.rounding, mask: -1, value: rounding.nearestEven };
  const inexactNoted = { slot: slots.flags, mask: flag.inexact, value: flag.inexact };
  const arithmetic = [nothingFlushed, nearest, inexactNoted];
  const comparison = slots.flushesComparisons ? [nothingFlushed] : [];
  /** Integers without a binary point, as opposed to fixed-point numbers. */
  const integer = { argument: 1, value: 0 };
  const towardZero = { argument: 2, value: rounding.towardZero };
  const path = (
    ops: string,
    result: FastResult,
    words: FastPath["words"] = arithmetic,
    constants: FastPath["constants"] = [],
  ): FastPath => ({
    ops: ops.split(" "),
    result,
    words,
    constants,
    // Integers are none of these.
    ...(slots.notesDenormals === true && !/^f\d+\.convert/.test(ops) ? { normalOperands: true as const } : {}),
  });
  return {
    // A sum that is tiny is exact.
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
    f32_compare_quiet: path("f32.compare", "ordered", comparison),
    f32_compare_signaling: path("f32.compare", "ordered", comparison),
    f64_compare_quiet: path("f64.compare", "ordered", comparison),
    f64_compare_signaling: path("f64.compare", "ordered", comparison),
    i32_to_f64: path("f64.convert_i32_s i64.reinterpret_f64", "any", [], [integer]),
    u32_to_f64: path("f64.convert_i32_u i64.reinterpret_f64", "any", [], [integer]),
    i32_to_f32: path("f32.convert_i32_s i32.reinterpret_f32", "any", arithmetic, [integer]),
    u32_to_f32: path("f32.convert_i32_u i32.reinterpret_f32", "any", arithmetic, [integer]),
    i64_to_f64: path("f64.convert_i64_s i64.reinterpret_f64", "any", arithmetic, [integer]),
    i64_to_f32: path("f32.convert_i64_s i32.reinterpret_f32", "any", arithmetic, [integer]),
    f32_to_f64: path("f32.reinterpret_i32 f64.promote_f32 i64.reinterpret_f64", "finite64", [nothingFlushed]),
    f64_to_f32: path("f64.reinterpret_i64 f32.demote_f64 i32.reinterpret_f32", "ordinary32"),
    f32_to_i32: path("f32.reinterpret_i32 i32.trunc_sat_f32_s", "converted", [inexactNoted], [integer, towardZero]),
    f32_to_u32: path("f32.reinterpret_i32 i32.trunc_sat_f32_u", "converted", [inexactNoted], [integer, towardZero]),
    f64_to_i32: path("f64.reinterpret_i64 i32.trunc_sat_f64_s", "converted", [inexactNoted], [integer, towardZero]),
    f64_to_u32: path("f64.reinterpret_i64 i32.trunc_sat_f64_u", "converted", [inexactNoted], [integer, towardZero]),
  };
}
