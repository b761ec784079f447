/**
 * What the host's own arithmetic does as FPSCR wants it: rounding to nearest, nothing flushed, and inexact results noted already, so that
 * an ordinary result has no other effect. Compiled code tries these before it calls the soft-float functions.
 */
import type { FastPath, FastResult } from "@tsemu/ir";
import { flag, mode, rounding, type SoftFloatFunction } from "@tsemu/softfloat";
import * as state from "../state.ts";

const nothingFlushed = {
  slot: state.fpMode,
  mask: mode.flushInputs | mode.flushOutputs | mode.denormalOperand,
  value: 0,
};
const nearest = { slot: state.fpRounding, mask: -1, value: rounding.nearestEven };
const inexactNoted = { slot: state.fpFlags, mask: flag.inexact, value: flag.inexact };
const arithmetic = [nothingFlushed, nearest, inexactNoted];

const path = (ops: string, result: FastResult, words: FastPath["words"] = arithmetic, constants: FastPath["constants"] = []): FastPath => ({
  ops: ops.split(" "),
  result,
  words,
  constants,
});

/** Integers without a binary point, as opposed to fixed-point numbers. */
const integer = { argument: 1, value: 0 };
const towardZero = { argument: 2, value: rounding.towardZero };

export const fastPaths: Partial<Record<SoftFloatFunction, FastPath>> = {
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
  f32_compare_quiet: path("f32.compare", "ordered", [nothingFlushed]),
  f32_compare_signaling: path("f32.compare", "ordered", [nothingFlushed]),
  f64_compare_quiet: path("f64.compare", "ordered", [nothingFlushed]),
  f64_compare_signaling: path("f64.compare", "ordered", [nothingFlushed]),
  i32_to_f64: path("f64.convert_i32_s i64.reinterpret_f64", "any", [], [integer]),
  u32_to_f64: path("f64.convert_i32_u i64.reinterpret_f64", "any", [], [integer]),
  i32_to_f32: path("f32.convert_i32_s i32.reinterpret_f32", "any", arithmetic, [integer]),
  u32_to_f32: path("f32.convert_i32_u i32.reinterpret_f32", "any", arithmetic, [integer]),
  f32_to_f64: path("f32.reinterpret_i32 f64.promote_f32 i64.reinterpret_f64", "finite64", [nothingFlushed]),
  f64_to_f32: path("f64.reinterpret_i64 f32.demote_f64 i32.reinterpret_f32", "ordinary32"),
  f32_to_i32: path("f32.reinterpret_i32 i32.trunc_sat_f32_s", "converted", [inexactNoted], [integer, towardZero]),
  f32_to_u32: path("f32.reinterpret_i32 i32.trunc_sat_f32_u", "converted", [inexactNoted], [integer, towardZero]),
  f64_to_i32: path("f64.reinterpret_i64 i32.trunc_sat_f64_s", "converted", [inexactNoted], [integer, towardZero]),
  f64_to_u32: path("f64.reinterpret_i64 i32.trunc_sat_f64_u", "converted", [inexactNoted], [integer, towardZero]),
};
