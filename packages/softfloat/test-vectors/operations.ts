/** How the operations of x86.c and arm.c are done with the soft float functions. */
import { flagsOfExceptions, statusOfMxcsr, trappedFlags } from "../src/mxcsr.ts";
import { mode, nanRule, nanRuleShift, rounding, roundingOfStatus } from "../src/status.ts";
import type { StreamOp } from "./stream.ts";

/** An oracle's operation: the function, what follows the operands in its arguments, what view the result is to be
 * seen in, and whether only 16 bits of an integer operand count. */
export type Operation = StreamOp & {
  readonly function: string;
  readonly extra: readonly number[];
  readonly view: "same" | "nzcv" | "zfpfcf";
  readonly narrow: "none" | "s16" | "u16";
  readonly modeOf: (config: number) => number;
  readonly roundingOf: (config: number) => number;
  /** The flags of an operation that traps, having raised some; 0 if it does not. */
  readonly trappedBy?: (config: number, raised: number) => number;
};

const width: Record<string, number> = { h: 16, s: 32, d: 64, w: 32, l: 64 };
const letter: Record<string, string> = { f16: "h", f32: "s", f64: "d", i32: "w", u32: "w", s32: "w", s16: "w", u16: "w", i64: "l" };

const armMode = (config: number): number =>
  mode.tinyBeforeRounding |
  (nanRule.arm << nanRuleShift) |
  (config & 4 ? mode.flushInputs | mode.flushOutputs : 0) |
  (config & 8 ? mode.defaultNaN : 0) |
  (config & 16 ? mode.alternativeHalf : 0);

/** MXCSR of a configuration of x86.c. */
const mxcsrOf = (config: number): number =>
  0x1f80 | ([0, 2, 1, 3][config & 3]! << 13) | (config & 4 ? 1 << 15 : 0) | (config & 8 ? 1 << 6 : 0);

/** The exceptions that are not masked, of a configuration of its operations whose names end so. */
const unmaskedOf = (config: number): number => [0x10, 0x28, 0x07, 0x3f][(config >> 2) & 3]!;
const mxcsrOfUnmasked = (config: number): number => mxcsrOf((config & 3) | ((config & 12) === 0 ? 4 : 0)) & ~(unmaskedOf(config) << 7);

const both = (name: string): string[] => [`f32_${name}`, `f64_${name}`];

/** The operation that a name of arm.c (neon_ names apart) or x86.c stands for, without the machine's modes. */
const parse = (name: string): Omit<Operation, "modeOf" | "roundingOf" | "configs" | "view" | "narrow"> => {
  const conversion = /^([fisu]\d+)_to_([fisu]\d+)(?:_(\w+))?$/.exec(name);
  if (conversion !== null) {
    const [, from = "", to = "", suffix = ""] = conversion;
    const operands = letter[from]!;
    const resultBits = width[letter[to]!]!;
    const point = /^\d+$/.test(suffix) ? Number(suffix) : 0;
    const fixed = suffix !== "" && /^\d+$/.test(suffix);
    const modes: Record<string, number> = { zero: rounding.towardZero, away: rounding.nearestAway, up: rounding.upward };
    const toFloat = to.startsWith("f");
    if (from.startsWith("f") && toFloat) return { operands, resultBits, function: name, extra: [] };
    const chosen = fixed ? (toFloat ? rounding.nearestEven : rounding.towardZero) : (modes[suffix] ?? roundingOfStatus);
    return {
      operands,
      resultBits,
      function: `${toFloat ? from.replace("16", "32") : from}_to_${to}`.replace("s", "i"),
      extra: [point, chosen],
    };
  }
  const [, format = "", operation = ""] = /^(f32|f64)_(\w+)$/.exec(name) ?? [];
  const k = letter[format]!;
  const resultBits = width[k]!;
  const typed = ["add", "sub", "mul", "div", "sqrt", "mul_add"].includes(operation);
  const round = { round_to_int: [-1, 1], round_r: [-1, 0], round_x: [-1, 1], round_a: [4, 0] }[operation];
  if (round !== undefined) return { operands: k, resultBits, function: `${format}_round_to_int`, extra: round };
  const operands = operation === "sqrt" ? k : operation === "mul_add" ? k + k + k : k + k;
  return { operands, resultBits, function: typed ? `${name}_bits` : name, extra: [] };
};

const armNames = [
  ...["add", "sub", "mul", "div", "mul_add", "min_num", "max_num", "sqrt", "round_r", "round_x", "round_a"].flatMap(both),
  ...["compare_quiet", "compare_signaling"].flatMap(both),
  "f32_to_f64",
  "f64_to_f32",
  "f16_to_f32",
  "f32_to_f16",
  "f16_to_f64",
  "f64_to_f16",
  ...["i32", "u32", "i32_zero", "u32_zero", "i32_away", "u32_up"].flatMap((to) => both(`to_${to}`)),
  "i32_to_f32",
  "u32_to_f32",
  "i32_to_f64",
  "u32_to_f64",
  ...["s32 1", "u32 16", "s32 31", "u32 32", "s16 0", "u16 1", "s16 8", "u16 16"].flatMap((fixed) => {
    const [type, point] = fixed.split(" ");
    return ["f32", "f64"].flatMap((f) => [`${f}_to_${type}_${point}`, `${type}_to_${f}_${point}`]);
  }),
];

/** Advanced SIMD: always round to nearest, flush-to-zero and default NaN. */
const neonFunctions: Record<string, string> = {
  add: "f32_add_bits",
  mul: "f32_mul_bits",
  fma: "f32_mul_add_bits",
  min: "f32_min",
  max: "f32_max",
  ceq: "f32_eq",
  cge: "f32_ge",
  cgt: "f32_gt",
  recps: "f32_recip_step",
  rsqrts: "f32_rsqrt_step",
  recpe: "f32_recip_estimate",
  rsqrte: "f32_rsqrt_estimate",
  urecpe: "u32_recip_estimate",
  ursqrte: "u32_rsqrt_estimate",
};

const neonOperands = (name: string): string =>
  name === "fma" ? "sss" : name.startsWith("u") ? "w" : name.endsWith("e") && name.startsWith("r") ? "s" : "ss";

/** The operations of arm.c by name. */
export const armOperations: ReadonlyMap<string, Operation> = new Map([
  ...armNames.map((name): [string, Operation] => {
    const parsed = parse(name);
    const half = name.includes("f16");
    return [
      name,
      {
        ...parsed,
        resultBits: /_to_[su]16/.test(name) ? 32 : parsed.resultBits,
        configs: half ? 32 : 16,
        modeOf: armMode,
        roundingOf: (config) => config & 3,
        view: name.includes("compare") ? "nzcv" : "same",
        narrow: name.startsWith("s16") ? "s16" : name.startsWith("u16") ? "u16" : "none",
      },
    ];
  }),
  ...Object.entries(neonFunctions).map(([name, fn]): [string, Operation] => [
    `neon_${name}`,
    {
      operands: neonOperands(name),
      resultBits: 32,
      configs: 16,
      function: fn,
      extra: [],
      view: "same",
      narrow: "none",
      modeOf: () => armMode(12),
      roundingOf: () => 0,
    },
  ]),
]);

const x86Names = [
  ...["add", "sub", "mul", "div", "sqrt", "mul_add", "round_to_int", "compare_quiet", "compare_signaling", "to_i32", "to_i64"].flatMap(
    both,
  ),
  "f32_to_f64",
  "f64_to_f32",
  "f16_to_f32",
  "f32_to_f16",
  ...["min_second", "max_second", "to_i32_zero", "to_i64_zero"].flatMap(both),
  "i32_to_f32",
  "i64_to_f32",
  "i32_to_f64",
  "i64_to_f64",
];

const unmaskedNames = [
  ...["add", "sub", "mul", "div", "sqrt", "mul_add", "min_second", "compare_quiet", "to_i32", "round_to_int"].flatMap(both),
  "f32_to_f64",
  "f64_to_f32",
  "i64_to_f32",
];

const x86Operation = (name: string, control: (config: number) => number, unmasked: (config: number) => number): Operation => {
  const parsed = parse(name);
  const compare = name.includes("compare");
  return {
    ...parsed,
    resultBits: compare ? 8 : parsed.resultBits,
    configs: 16,
    modeOf: (config) => statusOfMxcsr(control(config)).mode,
    roundingOf: (config) => statusOfMxcsr(control(config)).rounding,
    trappedBy: (config, raised) => trappedFlags(raised, flagsOfExceptions(unmasked(config))),
    view: compare ? "zfpfcf" : "same",
    narrow: "none",
  };
};

/** The operations of x86.c by name. */
export const x86Operations: ReadonlyMap<string, Operation> = new Map([
  ...x86Names.map((name): [string, Operation] => [name, x86Operation(name, mxcsrOf, () => 0)]),
  ...unmaskedNames.map((name): [string, Operation] => [`${name}_unmasked`, x86Operation(name, mxcsrOfUnmasked, unmaskedOf)]),
]);

/** The flags of a comparison's outcome: NZCV of ARM, or ZF PF CF in their places of the x86 flags. */
export const conditionFlags = (view: "nzcv" | "zfpfcf", order: number): bigint => {
  const arm = [8n, 6n, 2n, 3n];
  const x86 = [0x01n, 0x40n, 0x00n, 0x45n];
  return (view === "nzcv" ? arm : x86)[order + 1]!;
};
