/**
 * The op table: every operation of the IR that computes a value from values. Names and meanings are WebAssembly's;
 * where an op is not one WebAssembly instruction, or differs (`div` never traps), its row says so in `note` and its
 * lowering is in backend-wasm/src/lower.ts. Builder, printer, parser, verifier, interpreter and backend all follow this table.
 *
 * Memory, state, control and helper calls are not values of values: they are in inst.ts.
 */
import type { Type } from "./types.ts";

export interface Op {
  readonly name: string;
  /** Position in the table; the interpreter numbers its handlers with it. */
  readonly index: number;
  readonly params: readonly Type[];
  readonly result: Type;
  /** Lane count where the op takes a lane immediate, 16 * "byte" for shuffle, otherwise 0. */
  readonly lanes: number;
  /** A note where the op is not exactly one WebAssembly instruction. */
  readonly note?: string;
}

type Row = readonly [name: string, params: readonly Type[], result: Type, note?: string];

const words = (s: string): string[] => s.split(" ");
const rows = (type: string, names: string, params: readonly Type[], result: Type): Row[] =>
  words(names).map((n) => [`${type}.${n}`, params, result]);

const integer = (t: "i32" | "i64"): Row[] => [
  ...rows(t, "add sub mul and or xor shl shr_s shr_u rotl rotr", [t, t], t),
  ...rows(t, "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u", [t, t], "i32"),
  ...rows(t, "clz ctz popcnt extend8_s extend16_s", [t], t),
  [`${t}.eqz`, [t], "i32"],
  [`${t}.div_s`, [t, t], t, "x / 0 is 0, the most negative / -1 is itself"],
  [`${t}.div_u`, [t, t], t, "x / 0 is 0"],
  [`${t}.rem_s`, [t, t], t, "x % 0 is 0"],
  [`${t}.rem_u`, [t, t], t, "x % 0 is 0"],
  [
    `${t}.add_overflow`,
    [t, t],
    t,
    "the sign bit is set where a + b overflows as signed; other bits are arbitrary but the same in every tier",
  ],
  [`${t}.sub_overflow`, [t, t], t, "the sign bit is set where a - b overflows as signed; other bits as in add_overflow"],
  [`${t}.bswap`, [t], t, "bytes in opposite order"],
  [`${t}.select`, [t, t, "i32"], t, "the first operand where the third is not 0, otherwise the second"],
];

const float = (t: "f32" | "f64"): Row[] => [
  ...rows(t, "add sub mul div min max copysign", [t, t], t),
  ...rows(t, "eq ne lt gt le ge", [t, t], "i32"),
  ...rows(t, "abs neg ceil floor trunc nearest sqrt", [t], t),
  [`${t}.select`, [t, t, "i32"], t, "as i32.select"],
];

const conversions: Row[] = [
  ["i32.wrap_i64", ["i64"], "i32"],
  ["i64.extend_i32_s", ["i32"], "i64"],
  ["i64.extend_i32_u", ["i32"], "i64"],
  ["i64.extend32_s", ["i64"], "i64"],
  ...(["i32", "i64"] as const).flatMap((i): Row[] =>
    (["f32", "f64"] as const).flatMap((f): Row[] => [
      [`${i}.trunc_sat_${f}_s`, [f], i],
      [`${i}.trunc_sat_${f}_u`, [f], i],
      [`${f}.convert_${i}_s`, [i], f],
      [`${f}.convert_${i}_u`, [i], f],
    ]),
  ),
  ["f32.demote_f64", ["f64"], "f32"],
  ["f64.promote_f32", ["f32"], "f64"],
  ["i32.reinterpret_f32", ["f32"], "i32"],
  ["f32.reinterpret_i32", ["i32"], "f32"],
  ["i64.reinterpret_f64", ["f64"], "i64"],
  ["f64.reinterpret_i64", ["i64"], "f64"],
];

const v = "v128";
const vv = [v, v] as const;
const compareS = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const vectorShift = (t: string): Row[] => rows(t, "shl shr_s shr_u", [v, "i32"], v);
const vector: Row[] = [
  ...rows("v128", "and or xor andnot", vv, v),
  ["v128.not", [v], v],
  ["v128.bitselect", [v, v, v], v],
  ["v128.any_true", [v], "i32"],
  ["v128.select", [v, v, "i32"], v, "as i32.select"],
  ["i8x16.shuffle", vv, v],
  ["i8x16.swizzle", vv, v],
  ...(["i8x16", "i16x8", "i32x4", "i64x2"] as const).flatMap((t): Row[] => [
    ...rows(t, "add sub", vv, v),
    ...rows(t, "abs neg", [v], v),
    ...vectorShift(t),
    [`${t}.all_true`, [v], "i32"],
    [`${t}.bitmask`, [v], "i32"],
  ]),
  ...(["i8x16", "i16x8", "i32x4"] as const).flatMap((t) => [...rows(t, compareS, vv, v), ...rows(t, "min_s min_u max_s max_u", vv, v)]),
  ...rows("i64x2", "eq ne lt_s gt_s le_s ge_s", vv, v),
  ...(["i8x16", "i16x8"] as const).flatMap((t) => rows(t, "add_sat_s add_sat_u sub_sat_s sub_sat_u avgr_u", vv, v)),
  ...(["i16x8", "i32x4", "i64x2"] as const).flatMap((t) => rows(t, "mul", vv, v)),
  ["i8x16.popcnt", [v], v],
  ["i16x8.q15mulr_sat_s", vv, v],
  ["i32x4.dot_i16x8_s", vv, v],
  ["i8x16.narrow_i16x8_s", vv, v],
  ["i8x16.narrow_i16x8_u", vv, v],
  ["i16x8.narrow_i32x4_s", vv, v],
  ["i16x8.narrow_i32x4_u", vv, v],
  ...(
    [
      ["i16x8", "i8x16"],
      ["i32x4", "i16x8"],
      ["i64x2", "i32x4"],
    ] as const
  ).flatMap(([wide, narrow]): Row[] => [
    ...rows(wide, `extend_low_${narrow}_s extend_low_${narrow}_u extend_high_${narrow}_s extend_high_${narrow}_u`, [v], v),
    ...rows(wide, `extmul_low_${narrow}_s extmul_low_${narrow}_u extmul_high_${narrow}_s extmul_high_${narrow}_u`, vv, v),
  ]),
  ...rows("i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u", [v], v),
  ...rows("i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u", [v], v),
  ...(["f32x4", "f64x2"] as const).flatMap((t) => [
    ...rows(t, "add sub mul div min max pmin pmax eq ne lt gt le ge", vv, v),
    ...rows(t, "abs neg sqrt ceil floor trunc nearest", [v], v),
  ]),
  ...rows("i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero", [v], v),
  ...rows("f32x4", "convert_i32x4_s convert_i32x4_u demote_f64x2_zero", [v], v),
  ...rows("f64x2", "convert_low_i32x4_s convert_low_i32x4_u promote_low_f32x4", [v], v),
  ["i8x16.splat", ["i32"], v],
  ["i16x8.splat", ["i32"], v],
  ["i32x4.splat", ["i32"], v],
  ["i64x2.splat", ["i64"], v],
  ["f32x4.splat", ["f32"], v],
  ["f64x2.splat", ["f64"], v],
  ["i8x16.extract_lane_s", [v], "i32"],
  ["i8x16.extract_lane_u", [v], "i32"],
  ["i16x8.extract_lane_s", [v], "i32"],
  ["i16x8.extract_lane_u", [v], "i32"],
  ["i32x4.extract_lane", [v], "i32"],
  ["i64x2.extract_lane", [v], "i64"],
  ["f32x4.extract_lane", [v], "f32"],
  ["f64x2.extract_lane", [v], "f64"],
  ["i8x16.replace_lane", [v, "i32"], v],
  ["i16x8.replace_lane", [v, "i32"], v],
  ["i32x4.replace_lane", [v, "i32"], v],
  ["i64x2.replace_lane", [v, "i64"], v],
  ["f32x4.replace_lane", [v, "f32"], v],
  ["f64x2.replace_lane", [v, "f64"], v],
];

const lanesOf = (name: string): number => (/lane/.test(name) ? Number(/x(\d+)/.exec(name)![1]) : name === "i8x16.shuffle" ? 32 : 0);

/** Every value op, in table order. */
export const ops: readonly Op[] = [...integer("i32"), ...integer("i64"), ...float("f32"), ...float("f64"), ...conversions, ...vector].map(
  ([name, params, result, note], index) => ({ name, index, params, result, lanes: lanesOf(name), ...(note === undefined ? {} : { note }) }),
);

const byName = new Map(ops.map((op) => [op.name, op]));

/** The op of that name, or undefined. */
export const findOp = (name: string): Op | undefined => byName.get(name);

/** The op of that name; throws where there is none. */
export function opNamed(name: string): Op {
  const op = byName.get(name);
  if (op === undefined) throw new Error(`internal error: no IR op ${name}`);
  return op;
}
