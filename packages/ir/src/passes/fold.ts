/** Values of i32 and i64 ops on constants, and algebraic identities. */
import type { Compute, Value } from "../inst.ts";

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

/** The constant that the op has on its operands, if they are constants and the op is one that is folded. */
export function foldConstant(inst: Compute): Folded | undefined {
  const [a, b] = inst.args as [Value, Value | undefined];
  if (a.kind !== "const" || (b !== undefined && b.kind !== "const") || inst.args.length > 2) return undefined;
  const [ns, name] = inst.op.name.split(".") as [string, string];
  if (ns === "i32" && a.type === "i32") {
    const fold = fold32[name];
    return fold === undefined ? undefined : { type: "i32", value: fold(a.value as number, (b?.value as number) ?? 0) | 0 };
  }
  if (ns === "i64" && a.type === "i64" && b !== undefined) {
    const fold = fold64[name];
    return fold === undefined ? undefined : { type: "i64", value: fold(a.value as bigint, b.value as bigint) };
  }
  if (inst.op.name === "i64.extend_i32_s") return { type: "i64", value: BigInt(a.value as number) };
  if (inst.op.name === "i64.extend_i32_u") return { type: "i64", value: BigInt((a.value as number) >>> 0) };
  if (inst.op.name === "i32.wrap_i64") return { type: "i32", value: Number(BigInt.asIntN(32, a.value as bigint)) };
  return undefined;
}

const commutative = new Set(["add", "mul", "and", "or", "xor", "eq", "ne"]);

/** Puts the constant operand of a commutative integer op second. */
export function canonicalize(inst: Compute): void {
  const [a, b] = inst.args;
  if (b === undefined || inst.args.length !== 2 || a!.kind !== "const" || b.kind === "const") return;
  const [ns, name] = inst.op.name.split(".") as [string, string];
  if ((ns === "i32" || ns === "i64") && commutative.has(name)) inst.args.reverse();
}

/** The operand that the op equals, where an identity says so: x + 0, x & -1, select on a constant ... */
export function identity(inst: Compute): Value | undefined {
  const [a, b, c] = inst.args as [Value, Value | undefined, Value | undefined];
  if (c?.kind === "const" && inst.op.name.endsWith(".select")) return c.value !== 0 ? a : b;
  if (b?.kind !== "const" || (inst.type !== "i32" && inst.type !== "i64") || inst.args.length !== 2) return undefined;
  const name = inst.op.name.slice(4);
  if (b.value === 0 || b.value === 0n) {
    if (name === "add" || name === "sub" || name === "or" || name === "xor" || name.startsWith("sh") || name.startsWith("rot")) return a;
    if (name === "and" || name === "mul") return b;
  }
  if ((b.value === -1 || b.value === -1n) && name === "and") return a;
  return undefined;
}
