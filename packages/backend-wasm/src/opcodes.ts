/** The instructions of WebAssembly that take only operands (and perhaps a lane): name, encoding, types. Core specification 2.0, section 5.4. */

export const wasmTypes = { none: 0, i32: 2, i64: 3, f32: 4, f64: 5, v128: 6 } as const;
export type WasmType = (typeof wasmTypes)[keyof typeof wasmTypes];
type TypeName = Exclude<keyof typeof wasmTypes, "none">;

export interface Opcode {
  readonly name: string;
  /** One byte, or 0xfc or 0xfd shifted left by 16 and the number behind the prefix. */
  readonly code: number;
  readonly operands: number;
  readonly result: WasmType;
  /** A lane index follows. */
  readonly lane: boolean;
}

const opcodes: Opcode[] = [];

/** Names in order of their codes from `first` on; `-` leaves one out. */
function row(first: number, operands: number, result: TypeName | "", names: string, lane = false): void {
  names.split(/\s+/).forEach((name, i) => {
    if (name === "-") return;
    // Without a fixed result it is the type before the dot.
    const own = name.split(".")[0] as TypeName;
    const type = result === "" ? (own in wasmTypes ? own : "v128") : result;
    opcodes.push({ name, code: first + i, operands, result: wasmTypes[type], lane });
  });
}

/** The names with `type.` before each. */
const of = (type: string, names: string): string =>
  names
    .split(" ")
    .map((name) => (name === "-" ? name : `${type}.${name}`))
    .join(" ");

const FC = 0xfc_0000;
const FD = 0xfd_0000;
const compare = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const floatCompare = "eq ne lt gt le ge";

for (const [type, test, unary] of [
  ["i32", 0x45, 0x67],
  ["i64", 0x50, 0x79],
] as const) {
  row(test, 1, "i32", `${type}.eqz`);
  row(test + 1, 2, "i32", of(type, compare));
  row(unary, 1, type, of(type, "clz ctz popcnt"));
  row(unary + 3, 2, type, of(type, "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"));
}
for (const [type, test, unary] of [
  ["f32", 0x5b, 0x8b],
  ["f64", 0x61, 0x99],
] as const) {
  row(test, 2, "i32", of(type, floatCompare));
  row(unary, 1, type, of(type, "abs neg ceil floor trunc nearest sqrt"));
  row(unary + 7, 2, type, of(type, "add sub mul div min max copysign"));
}
row(0xa7, 1, "i32", "i32.wrap_i64");
row(0xac, 1, "i64", "i64.extend_i32_s i64.extend_i32_u");
row(0xb2, 1, "f32", "f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64");
row(0xb7, 1, "f64", "f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32");
row(0xbc, 1, "", "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64");
row(0xc0, 1, "", "i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s");
row(FC, 1, "i32", of("i32", "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u"));
row(FC + 4, 1, "i64", of("i64", "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u"));

row(FD + 0x0e, 2, "v128", "i8x16.swizzle");
row(FD + 0x0f, 1, "v128", "i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat");
row(
  FD + 0x15,
  1,
  "i32",
  "i8x16.extract_lane_s i8x16.extract_lane_u - i16x8.extract_lane_s i16x8.extract_lane_u - i32x4.extract_lane",
  true,
);
row(FD + 0x1d, 1, "i64", "i64x2.extract_lane", true);
row(FD + 0x1f, 1, "f32", "f32x4.extract_lane", true);
row(FD + 0x21, 1, "f64", "f64x2.extract_lane", true);
row(
  FD + 0x17,
  2,
  "v128",
  "i8x16.replace_lane - - i16x8.replace_lane - i32x4.replace_lane - i64x2.replace_lane - f32x4.replace_lane - f64x2.replace_lane",
  true,
);
row(FD + 0x23, 2, "v128", `${of("i8x16", compare)} ${of("i16x8", compare)} ${of("i32x4", compare)}`);
row(FD + 0x41, 2, "v128", `${of("f32x4", floatCompare)} ${of("f64x2", floatCompare)}`);
row(FD + 0x4d, 1, "v128", "v128.not");
row(FD + 0x4e, 2, "v128", of("v128", "and andnot or xor"));
row(FD + 0x52, 3, "v128", "v128.bitselect");
row(FD + 0x53, 1, "i32", "v128.any_true");
row(FD + 0x5e, 1, "v128", "f32x4.demote_f64x2_zero f64x2.promote_low_f32x4");
const integerLanes = [
  { type: "i8x16", at: 0x60, narrow: "i16x8" },
  { type: "i16x8", at: 0x80, narrow: "i32x4" },
  { type: "i32x4", at: 0xa0, narrow: "" },
  { type: "i64x2", at: 0xc0, narrow: "" },
];
for (const { type, at, narrow } of integerLanes) {
  row(FD + at, 1, "v128", of(type, "abs neg"));
  row(FD + at + 3, 1, "i32", of(type, "all_true bitmask"));
  if (narrow !== "") row(FD + at + 5, 2, "v128", of(type, `narrow_${narrow}_s narrow_${narrow}_u`));
  row(FD + at + 0x0b, 2, "v128", of(type, "shl shr_s shr_u add"));
  row(FD + at + 0x11, 2, "v128", of(type, "sub"));
  if (type !== "i64x2") row(FD + at + 0x16, 2, "v128", of(type, "min_s min_u max_s max_u"));
  if (type !== "i8x16") row(FD + at + 0x15, 2, "v128", of(type, "mul"));
  if (narrow === "") continue;
  row(FD + at + 0x0f, 2, "v128", of(type, "add_sat_s add_sat_u"));
  row(FD + at + 0x12, 2, "v128", of(type, "sub_sat_s sub_sat_u"));
  row(FD + at + 0x1b, 2, "v128", of(type, "avgr_u"));
}
row(FD + 0x62, 1, "v128", "i8x16.popcnt");
row(FD + 0x67, 1, "v128", of("f32x4", "ceil floor trunc nearest"));
row(FD + 0x74, 1, "v128", of("f64x2", "ceil floor - - - - trunc"));
row(FD + 0x94, 1, "v128", "f64x2.nearest");
row(FD + 0x7c, 1, "v128", of("i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u"));
row(FD + 0x7e, 1, "v128", of("i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u"));
row(FD + 0x82, 2, "v128", "i16x8.q15mulr_sat_s");
row(FD + 0xba, 2, "v128", "i32x4.dot_i16x8_s");
for (const [type, from, at] of [
  ["i16x8", "i8x16", 0x80],
  ["i32x4", "i16x8", 0xa0],
  ["i64x2", "i32x4", 0xc0],
] as const) {
  row(FD + at + 7, 1, "v128", of(type, `extend_low_${from}_s extend_high_${from}_s extend_low_${from}_u extend_high_${from}_u`));
  row(FD + at + 0x1c, 2, "v128", of(type, `extmul_low_${from}_s extmul_high_${from}_s extmul_low_${from}_u extmul_high_${from}_u`));
}
row(FD + 0xd6, 2, "v128", of("i64x2", "eq ne lt_s gt_s le_s ge_s"));
for (const [type, at] of [
  ["f32x4", 0xe0],
  ["f64x2", 0xec],
] as const) {
  row(FD + at, 1, "v128", of(type, "abs neg - sqrt"));
  row(FD + at + 4, 2, "v128", of(type, "add sub mul div min max pmin pmax"));
}
row(FD + 0xf8, 1, "v128", "i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u");
row(FD + 0xfc, 1, "v128", "i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u");

/** All of them, by name. */
export const opcodeNamed: ReadonlyMap<string, Opcode> = new Map(opcodes.map((opcode) => [opcode.name, opcode]));

/** Memory instructions by name: encoding, operands (address, and the value of a store), result. */
export const memoryOpcodes: ReadonlyMap<string, { readonly code: number; readonly store: boolean; readonly result: WasmType }> = new Map(
  [
    ...of("i32", "load").split(" "),
    "i64.load",
    "f32.load",
    "f64.load",
    ...of("i32", "load8_s load8_u load16_s load16_u").split(" "),
    ...of("i64", "load8_s load8_u load16_s load16_u load32_s load32_u").split(" "),
    "i32.store",
    "i64.store",
    "f32.store",
    "f64.store",
    ...of("i32", "store8 store16").split(" "),
    ...of("i64", "store8 store16 store32").split(" "),
  ]
    .map((name, i) => ({ name, code: 0x28 + i }))
    .concat({ name: "v128.load", code: FD }, { name: "v128.store", code: FD + 0x0b })
    .map(({ name, code }) => {
      const store = name.includes("store");
      return [name, { code, store, result: store ? wasmTypes.none : wasmTypes[name.split(".")[0] as TypeName] }];
    }),
);
