/**
 * How each value op of the IR becomes WebAssembly: the one place of its meaning. The interpreter's handlers (generated
 * from here) and compiled regions share it.
 */
import { type Op, ops, type Type } from "@tsemu/ir";
import { type Expr, method, type WasmModule } from "./wasm-module.ts";

/** Builds the op's expression. Operands are cheap to repeat (reads of locals, constants). */
export type Lowering = (m: WasmModule, args: readonly Expr[], imm: number | readonly number[], copy: (e: Expr) => Expr) => Expr;

const zero = (m: WasmModule, t: "i32" | "i64"): Expr => (t === "i32" ? m.i32.const(0) : m.i64.const(0n));

/** `x op y`, but `safe` where y is 0 (a division that would trap). */
const guarded =
  (t: "i32" | "i64", op: "div_s" | "div_u" | "rem_s" | "rem_u"): Lowering =>
  (m, [x, y], _imm, copy) => {
    const ns = m[t];
    const isZero = ns.eqz(copy(y!));
    if (op !== "div_s") return m.if(isZero, zero(m, t), ns[op](copy(x!), copy(y!)));
    // The most negative / -1 traps in WebAssembly: x / -1 is -x.
    const isMinusOne = ns.eq(copy(y!), t === "i32" ? m.i32.const(-1) : m.i64.const(-1n));
    return m.if(isZero, zero(m, t), m.if(isMinusOne, ns.sub(zero(m, t), copy(x!)), ns.div_s(copy(x!), copy(y!))));
  };

const select: Lowering = (m, [yes, no, condition]) => m.select(condition!, yes!, no!);

const bswap32: Lowering = (m, [x], _imm, copy) =>
  m.i32.or(
    m.i32.and(m.i32.rotl(copy(x!), m.i32.const(8)), m.i32.const(0x00ff00ff)),
    m.i32.and(m.i32.rotr(copy(x!), m.i32.const(8)), m.i32.const(0xff00ff00 | 0)),
  );

const bswap64: Lowering = (m, [x], imm, copy) =>
  m.i64.or(
    m.i64.shl(m.i64.extend_u(bswap32(m, [m.i32.wrap(copy(x!))], imm, (e) => m.copyExpression(e))), m.i64.const(32n)),
    m.i64.extend_u(bswap32(m, [m.i32.wrap(m.i64.shr_u(copy(x!), m.i64.const(32n)))], imm, (e) => m.copyExpression(e))),
  );

const overflow =
  (t: "i32" | "i64", op: "add" | "sub"): Lowering =>
  (m, [a, b], _imm, copy) => {
    const ns = m[t];
    const result = (): Expr => ns[op](copy(a!), copy(b!));
    // Signs of the operands agree (add) or differ (sub), and the result's differs from a's.
    return op === "add"
      ? ns.and(ns.xor(copy(a!), result()), ns.xor(copy(b!), result()))
      : ns.and(ns.xor(copy(a!), copy(b!)), ns.xor(copy(a!), result()));
  };

const special: Record<string, Lowering> = {
  "i32.bswap": bswap32,
  "i64.bswap": bswap64,
  "i8x16.shuffle": (m, [a, b], imm) => m.i8x16.shuffle(a!, b!, imm as number[]),
};
for (const t of ["i32", "i64"] as const) {
  special[`${t}.div_s`] = guarded(t, "div_s");
  special[`${t}.div_u`] = guarded(t, "div_u");
  special[`${t}.rem_s`] = guarded(t, "rem_s");
  special[`${t}.rem_u`] = guarded(t, "rem_u");
  special[`${t}.add_overflow`] = overflow(t, "add");
  special[`${t}.sub_overflow`] = overflow(t, "sub");
}
for (const t of ["i32", "i64", "f32", "f64", "v128"] as const) special[`${t}.select`] = select;

function lowering(op: Op): Lowering {
  const own = special[op.name];
  if (own !== undefined) return own;
  if (/extract_lane/.test(op.name)) return (m, [a], lane) => method(m, op.name)(a, lane);
  if (/replace_lane/.test(op.name)) return (m, [a, b], lane) => method(m, op.name)(a, lane, b);
  return (m, args) => method(m, op.name)(...args);
}

/** Does the lowering use an operand more than once? Then operands must be locals or constants. */
export const repeatsOperands = (op: Op): boolean =>
  special[op.name] !== undefined && special[op.name] !== select && op.name !== "i8x16.shuffle";

/** By op index. */
export const lowerings: readonly Lowering[] = ops.map(lowering);

/** A load of a value of the type from base + offset in the emulator's memory. */
export const loadHost = (m: WasmModule, type: Type, offset: number, base: Expr): Expr => m[type].load(offset, 1, base);

/** A store of a value of the type. */
export const storeHost = (m: WasmModule, type: Type, offset: number, base: Expr, value: Expr): Expr =>
  m[type].store(offset, 1, base, value);
