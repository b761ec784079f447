/** Builds a block. One method per op; simplification is the passes' business. */
import type { HelperSignature, Inst, Value } from "./inst.ts";
import type { MemOp } from "./memop.ts";
import { opNamed } from "./ops.ts";
import type { Slot } from "./state-layout.ts";
import type { Type } from "./types.ts";

const intOrFloat = (a: Value, name: string): string => `${a.type}.${name}`;

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

  #compute(name: string, args: Value[], imm: number | readonly number[]): Value {
    const op = opNamed(name);
    return this.#push({ kind: "compute", op, args, imm, type: op.result, id: this.#next++ });
  }

  #const(type: Type, value: number | bigint): Value {
    return this.#push({ kind: "const", type, value, id: this.#next++ });
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
    return this.#push({ kind: "get", slot, type: slot.type, id: this.#next++ });
  }
  set(slot: Slot, value: Value): void {
    if (value.type !== slot.type) throw new Error(`internal error: set ${slot.name}: ${slot.type} from ${value.type}`);
    this.#push({ kind: "set", slot, value, type: undefined, id: -1 });
  }
  load(mem: MemOp, address: Value): Value {
    return this.#push({ kind: "load", mem, address, type: mem.type, id: this.#next++ });
  }
  store(mem: MemOp, address: Value, value: Value): void {
    this.#push({ kind: "store", mem, address, value, type: undefined, id: -1 });
  }
  /** Calls a helper; the result is a value if the helper has one. */
  call(helper: HelperSignature, ...args: Value[]): Value {
    return this.#push({ kind: "call", helper, args, type: helper.result, id: helper.result === undefined ? -1 : this.#next++ });
  }
  insn(pc: number, extra = 0): void {
    this.#push({ kind: "insn", pc, extra, type: undefined, id: -1 });
  }

  /** Runs `then` (and `otherwise`) inside an `if` on condition != 0. */
  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.#push({ kind: "if", condition, type: undefined, id: -1 });
    then();
    if (otherwise !== undefined) {
      this.#push({ kind: "else", type: undefined, id: -1 });
      otherwise();
    }
    this.#push({ kind: "end", type: undefined, id: -1 });
  }
  /** For an `if` whose end comes later, as around a conditional instruction; pair with endIf. */
  beginIf(condition: Value): void {
    this.#push({ kind: "if", condition, type: undefined, id: -1 });
  }
  endIf(): void {
    this.#push({ kind: "end", type: undefined, id: -1 });
  }

  goto(pc: number, flags: number): void {
    this.#push({ kind: "goto", pc: pc >>> 0, flags, type: undefined, id: -1 });
  }
  lookup(): void {
    this.#push({ kind: "lookup", type: undefined, id: -1 });
  }
  raise(exception: number, argument = 0): void {
    this.#push({ kind: "raise", exception, argument, type: undefined, id: -1 });
  }
  stop(reason: number): void {
    this.#push({ kind: "stop", reason, type: undefined, id: -1 });
  }

  // The common ops by the type of their first operand.
  add = (a: Value, b: Value): Value => this.op(intOrFloat(a, "add"), a, b);
  sub = (a: Value, b: Value): Value => this.op(intOrFloat(a, "sub"), a, b);
  mul = (a: Value, b: Value): Value => this.op(intOrFloat(a, "mul"), a, b);
  and = (a: Value, b: Value): Value => this.op(intOrFloat(a, "and"), a, b);
  or = (a: Value, b: Value): Value => this.op(intOrFloat(a, "or"), a, b);
  xor = (a: Value, b: Value): Value => this.op(intOrFloat(a, "xor"), a, b);
  /** Shift and rotate counts are of the operand's type and taken modulo its width, as in WebAssembly. */
  shl = (a: Value, n: Value): Value => this.op(intOrFloat(a, "shl"), a, n);
  shrU = (a: Value, n: Value): Value => this.op(intOrFloat(a, "shr_u"), a, n);
  shrS = (a: Value, n: Value): Value => this.op(intOrFloat(a, "shr_s"), a, n);
  rotl = (a: Value, n: Value): Value => this.op(intOrFloat(a, "rotl"), a, n);
  rotr = (a: Value, n: Value): Value => this.op(intOrFloat(a, "rotr"), a, n);
  eq = (a: Value, b: Value): Value => this.op(intOrFloat(a, "eq"), a, b);
  ne = (a: Value, b: Value): Value => this.op(intOrFloat(a, "ne"), a, b);
  ltS = (a: Value, b: Value): Value => this.op(intOrFloat(a, "lt_s"), a, b);
  ltU = (a: Value, b: Value): Value => this.op(intOrFloat(a, "lt_u"), a, b);
  leS = (a: Value, b: Value): Value => this.op(intOrFloat(a, "le_s"), a, b);
  leU = (a: Value, b: Value): Value => this.op(intOrFloat(a, "le_u"), a, b);
  gtS = (a: Value, b: Value): Value => this.op(intOrFloat(a, "gt_s"), a, b);
  gtU = (a: Value, b: Value): Value => this.op(intOrFloat(a, "gt_u"), a, b);
  geS = (a: Value, b: Value): Value => this.op(intOrFloat(a, "ge_s"), a, b);
  geU = (a: Value, b: Value): Value => this.op(intOrFloat(a, "ge_u"), a, b);
  eqz = (a: Value): Value => this.op(intOrFloat(a, "eqz"), a);
  select = (condition: Value, yes: Value, no: Value): Value => this.op(intOrFloat(yes, "select"), yes, no, condition);
  not = (a: Value): Value => this.xor(a, a.type === "i64" ? this.i64(-1n) : this.i32(-1));
  neg = (a: Value): Value =>
    a.type === "i32" ? this.sub(this.i32(0), a) : a.type === "i64" ? this.sub(this.i64(0n), a) : this.op(intOrFloat(a, "neg"), a);
  clz = (a: Value): Value => this.op(intOrFloat(a, "clz"), a);
  bswap = (a: Value): Value => this.op(intOrFloat(a, "bswap"), a);
  wrap = (a: Value): Value => this.op("i32.wrap_i64", a);
  extendS = (a: Value): Value => this.op("i64.extend_i32_s", a);
  extendU = (a: Value): Value => this.op("i64.extend_i32_u", a);
  extend8S = (a: Value): Value => this.op(intOrFloat(a, "extend8_s"), a);
  extend16S = (a: Value): Value => this.op(intOrFloat(a, "extend16_s"), a);
}
