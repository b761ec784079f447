/** Builds a block. One method per op; simplification is the passes' business. */
import { type HelperSignature, type Inst, nodes, type Value } from "./inst.ts";
import type { MemOp } from "./memop.ts";
import { findOp, type Op, opNamed } from "./ops.ts";
import type { Slot } from "./state-layout.ts";
import type { Type } from "./types.ts";

/** The op of that name for each type that has it. */
const byType = (name: string): Partial<Record<Type, Op>> => {
  const table: Partial<Record<Type, Op>> = {};
  for (const type of ["i32", "i64", "f32", "f64", "v128"] as const) {
    const op = findOp(`${type}.${name}`);
    if (op !== undefined) table[type] = op;
  }
  return table;
};

/** The common ops. */
const common = {
  add: byType("add"),
  sub: byType("sub"),
  mul: byType("mul"),
  and: byType("and"),
  or: byType("or"),
  xor: byType("xor"),
  shl: byType("shl"),
  shr_u: byType("shr_u"),
  shr_s: byType("shr_s"),
  rotl: byType("rotl"),
  rotr: byType("rotr"),
  eq: byType("eq"),
  ne: byType("ne"),
  lt_s: byType("lt_s"),
  lt_u: byType("lt_u"),
  le_s: byType("le_s"),
  le_u: byType("le_u"),
  gt_s: byType("gt_s"),
  gt_u: byType("gt_u"),
  ge_s: byType("ge_s"),
  ge_u: byType("ge_u"),
  eqz: byType("eqz"),
  select: byType("select"),
  neg: byType("neg"),
  clz: byType("clz"),
  bswap: byType("bswap"),
  extend8_s: byType("extend8_s"),
  extend16_s: byType("extend16_s"),
};

export class IrBuilder {
  readonly insts: Inst[] = [];
  #next: number;

  /** `firstId`: where values are numbered from, for instructions that will be put into another block. */
  constructor(firstId = 0) {
    this.#next = firstId;
  }

  #push<T extends Inst>(inst: T): T {
    this.insts.push(inst);
    return inst;
  }

  /** Any value op by its name, e.g. `op("i32x4.add", a, b)`. */
  op(name: string, ...args: Value[]): Value {
    return this.#compute(name, args, 0);
  }

  /** A value op with a lane immediate. */
  lane(name: string, lane: number, ...args: Value[]): Value {
    return this.#compute(name, args, lane);
  }

  /** i8x16.shuffle: lanes 0..15 take bytes of a, 16..31 bytes of b. */
  shuffle(a: Value, b: Value, lanes: readonly number[]): Value {
    return this.#compute("i8x16.shuffle", [a, b], lanes);
  }

  /** The op for the type of `by`. */
  #typed(table: Partial<Record<Type, Op>>, by: Value, ...args: Value[]): Value {
    const op = table[by.type!];
    if (op === undefined) throw new Error(`internal error: no such op on ${by.type}`);
    return this.#push(nodes.compute(op, args, 0, this.#next++));
  }

  #compute(name: string, args: Value[], imm: number | readonly number[]): Value {
    const op = opNamed(name);
    return this.#push(nodes.compute(op, args, imm, this.#next++));
  }

  #const(type: Type, value: number | bigint): Value {
    return this.#push(nodes.const(type, value, this.#next++));
  }

  /** A 32-bit constant; any number is taken modulo 2^32. */
  i32(value: number): Value {
    return this.#const("i32", value | 0);
  }
  /** A 64-bit constant, modulo 2^64. */
  i64(value: bigint | number): Value {
    return this.#const("i64", BigInt.asIntN(64, BigInt(value)));
  }
  f32(value: number): Value {
    return this.#const("f32", Math.fround(value));
  }
  f64(value: number): Value {
    return this.#const("f64", value);
  }
  /** A 128-bit constant; lane 0 is the lowest. */
  v128(value: bigint): Value {
    return this.#const("v128", BigInt.asUintN(128, value));
  }

  get(slot: Slot): Value {
    return this.#push(nodes.get(slot, this.#next++));
  }
  set(slot: Slot, value: Value): void {
    if (value.type !== slot.type) throw new Error(`internal error: set ${slot.name}: ${slot.type} from ${value.type}`);
    this.#push(nodes.set(slot, value));
  }
  load(mem: MemOp, address: Value): Value {
    return this.#push(nodes.load(mem, address, this.#next++));
  }
  store(mem: MemOp, address: Value, value: Value): void {
    this.#push(nodes.store(mem, address, value));
  }
  /** Calls a helper; the result is a value if the helper has one. */
  call(helper: HelperSignature, ...args: Value[]): Value {
    return this.#push(nodes.call(helper, args, helper.result === undefined ? -1 : this.#next++)) as Value;
  }
  insn(pc: number, extra = 0): void {
    this.#push(nodes.insn(pc, extra));
  }

  /** Runs `then` (and `otherwise`) inside an `if` on condition != 0. */
  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.#push(nodes.if(condition));
    then();
    if (otherwise !== undefined) {
      this.#push(nodes.else());
      otherwise();
    }
    this.#push(nodes.end());
  }
  /** For an `if` whose end comes later, as around a conditional instruction; pair with endIf. */
  beginIf(condition: Value): void {
    this.#push(nodes.if(condition));
  }
  endIf(): void {
    this.#push(nodes.end());
  }

  goto(pc: number, flags: number): void {
    this.#push(nodes.goto(pc >>> 0, flags));
  }
  lookup(): void {
    this.#push(nodes.lookup());
  }
  raise(exception: number, argument = 0): void {
    this.#push(nodes.raise(exception, argument));
  }
  stop(reason: number): void {
    this.#push(nodes.stop(reason));
  }

  // The common ops by the type of their first operand.
  add(a: Value, b: Value): Value {
    return this.#typed(common.add, a, a, b);
  }
  sub(a: Value, b: Value): Value {
    return this.#typed(common.sub, a, a, b);
  }
  mul(a: Value, b: Value): Value {
    return this.#typed(common.mul, a, a, b);
  }
  and(a: Value, b: Value): Value {
    return this.#typed(common.and, a, a, b);
  }
  or(a: Value, b: Value): Value {
    return this.#typed(common.or, a, a, b);
  }
  xor(a: Value, b: Value): Value {
    return this.#typed(common.xor, a, a, b);
  }
  /** Shift and rotate counts are of the operand's type and taken modulo its width, as in WebAssembly. */
  shl(a: Value, n: Value): Value {
    return this.#typed(common.shl, a, a, n);
  }
  shrU(a: Value, n: Value): Value {
    return this.#typed(common.shr_u, a, a, n);
  }
  shrS(a: Value, n: Value): Value {
    return this.#typed(common.shr_s, a, a, n);
  }
  rotl(a: Value, n: Value): Value {
    return this.#typed(common.rotl, a, a, n);
  }
  rotr(a: Value, n: Value): Value {
    return this.#typed(common.rotr, a, a, n);
  }
  eq(a: Value, b: Value): Value {
    return this.#typed(common.eq, a, a, b);
  }
  ne(a: Value, b: Value): Value {
    return this.#typed(common.ne, a, a, b);
  }
  ltS(a: Value, b: Value): Value {
    return this.#typed(common.lt_s, a, a, b);
  }
  ltU(a: Value, b: Value): Value {
    return this.#typed(common.lt_u, a, a, b);
  }
  leS(a: Value, b: Value): Value {
    return this.#typed(common.le_s, a, a, b);
  }
  leU(a: Value, b: Value): Value {
    return this.#typed(common.le_u, a, a, b);
  }
  gtS(a: Value, b: Value): Value {
    return this.#typed(common.gt_s, a, a, b);
  }
  gtU(a: Value, b: Value): Value {
    return this.#typed(common.gt_u, a, a, b);
  }
  geS(a: Value, b: Value): Value {
    return this.#typed(common.ge_s, a, a, b);
  }
  geU(a: Value, b: Value): Value {
    return this.#typed(common.ge_u, a, a, b);
  }
  eqz(a: Value): Value {
    return this.#typed(common.eqz, a, a);
  }
  select(condition: Value, yes: Value, no: Value): Value {
    return this.#typed(common.select, yes, yes, no, condition);
  }
  not(a: Value): Value {
    return this.xor(a, a.type === "i64" ? this.i64(-1n) : this.i32(-1));
  }
  neg(a: Value): Value {
    return a.type === "i32" ? this.sub(this.i32(0), a) : a.type === "i64" ? this.sub(this.i64(0n), a) : this.#typed(common.neg, a, a);
  }
  clz(a: Value): Value {
    return this.#typed(common.clz, a, a);
  }
  bswap(a: Value): Value {
    return this.#typed(common.bswap, a, a);
  }
  wrap(a: Value): Value {
    return this.op("i32.wrap_i64", a);
  }
  extendS(a: Value): Value {
    return this.op("i64.extend_i32_s", a);
  }
  extendU(a: Value): Value {
    return this.op("i64.extend_i32_u", a);
  }
  extend8S(a: Value): Value {
    return this.#typed(common.extend8_s, a, a);
  }
  extend16S(a: Value): Value {
    return this.#typed(common.extend16_s, a, a);
  }
}
