/** Values of i32 and i64 ops on constants, and algebraic identities. */
import type { Compute, Value } from "../inst.ts";
import { type Op, ops } from "../ops.ts";

const bool = (b: boolean): number => (b ? 1 : 0);

const rotateRight = (a: number, n: number): number => ((n & 31) === 0 ? a : (a >>> (n & 31)) | (a << (32 - (n & 31))));

/** i32 ops on signed numbers. */
const fold32: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: Math.imul,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr_s: (a, b) => a >> b,
  shr_u: (a, b) => (a >>> b) | 0,
  rotl: (a, b) => rotateRight(a, -b),
  rotr: rotateRight,
  eq: (a, b) => bool(a === b),
  ne: (a, b) => bool(a !== b),
  lt_s: (a, b) => bool(a < b),
  lt_u: (a, b) => bool(a >>> 0 < b >>> 0),
  gt_s: (a, b) => bool(a > b),
  gt_u: (a, b) => bool(a >>> 0 > b >>> 0),
  le_s: (a, b) => bool(a <= b),
  le_u: (a, b) => bool(a >>> 0 <= b >>> 0),
  ge_s: (a, b) => bool(a >= b),
  ge_u: (a, b) => bool(a >>> 0 >= b >>> 0),
  eqz: (a) => bool(a === 0),
  clz: (a) => Math.clz32(a),
  extend8_s: (a) => (a << 24) >> 24,
  extend16_s: (a) => (a << 16) >> 16,
};

const signed = (x: bigint): bigint => BigInt.asIntN(64, x);
const unsigned = (x: bigint): bigint => BigInt.asUintN(64, x);

/** i64 ops on signed bigints. */
const fold64: Record<string, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => signed(a + b),
  sub: (a, b) => signed(a - b),
  mul: (a, b) => signed(a * b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => signed(a << (b & 63n)),
  shr_s: (a, b) => a >> (b & 63n),
  shr_u: (a, b) => signed(unsigned(a) >> (b & 63n)),
};

export type Folded = { readonly type: "i32" | "i64"; readonly value: number | bigint };

/** What is known of an op, worked out once. */
interface OpRules {
  readonly fold32: ((a: number, b: number) => number) | undefined;
  readonly fold64: ((a: bigint, b: bigint) => bigint) | undefined;
  readonly commutative: boolean;
  readonly isSelect: boolean;
  readonly isWrap: boolean;
  readonly isExtension: boolean;
  /** x op 0 is x; x op 0 is 0; x op -1 is x. */
  readonly zeroIsNeutral: boolean;
  readonly zeroIsZero: boolean;
  readonly onesAreNeutral: boolean;
}

const commutative = new Set(["add", "mul", "and", "or", "xor", "eq", "ne"]);
const neutral = new Set(["add", "sub", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr"]);

const rulesOf = ({ name, params, result }: Op): OpRules => {
  const [type, op] = name.split(".") as [string, string];
  const integer = type === "i32" || type === "i64";
  const binary = integer && params.length === 2 && params[0] === params[1];
  // Comparisons have a result of another kind.
  const same = binary && result === params[0];
  return {
    fold32: type === "i32" && params.every((t) => t === "i32") && params.length <= 2 ? fold32[op] : undefined,
    fold64: type === "i64" && binary ? fold64[op] : undefined,
    commutative: binary && commutative.has(op),
    isSelect: op === "select",
    isWrap: name === "i32.wrap_i64",
    isExtension: name === "i64.extend_i32_s" || name === "i64.extend_i32_u",
    zeroIsNeutral: same && neutral.has(op),
    zeroIsZero: same && (op === "and" || op === "mul"),
    onesAreNeutral: same && op === "and",
  };
};

/** By op index. */
const rules: readonly OpRules[] = ops.map(rulesOf);

/** The constant that the op has on its operands, if they are constants and the op is one that is folded. */
export function foldConstant(inst: Compute): Folded | undefined {
  const { args, op } = inst;
  const a = args[0]!;
  if (a.kind !== "const" || args.length > 2) return undefined;
  const b = args[1];
  if (b !== undefined && b.kind !== "const") return undefined;
  const { fold32, fold64 } = rules[op.index]!;
  if (fold32 !== undefined) return { type: "i32", value: fold32(a.value as number, (b?.value as number) ?? 0) | 0 };
  if (fold64 !== undefined) return { type: "i64", value: fold64(a.value as bigint, b!.value as bigint) };
  if (op.name === "i64.extend_i32_s") return { type: "i64", value: BigInt(a.value as number) };
  if (op.name === "i64.extend_i32_u") return { type: "i64", value: BigInt((a.value as number) >>> 0) };
  if (op.name === "i32.wrap_i64") return { type: "i32", value: Number(BigInt.asIntN(32, a.value as bigint)) };
  return undefined;
}

/** Puts the constant operand of a commutative integer op second. */
export function canonicalize(inst: Compute): void {
  const { args } = inst;
  if (args.length === 2 && args[0]!.kind === "const" && args[1]!.kind !== "const" && rules[inst.op.index]!.commutative) args.reverse();
}

/** The value that the op equals, where an identity says so: x + 0, x & -1, select on a constant, the lower half of an extension ... */
export function identity(inst: Compute): Value | undefined {
  const { args, op } = inst;
  const last = args[args.length - 1]!;
  const rule = rules[op.index]!;
  if (last.kind === "compute" && rule.isWrap) return rules[last.op.index]!.isExtension ? last.args[0] : undefined;
  if (last.kind !== "const") return undefined;
  if (rule.isSelect) return last.value !== 0 ? args[0] : args[1];
  const { value } = last;
  if (value === 0 || value === 0n) return rule.zeroIsNeutral ? args[0] : rule.zeroIsZero ? last : undefined;
  if (value === -1 || value === -1n) return rule.onesAreNeutral ? args[0] : undefined;
  return undefined;
}
