/**
 * Executes a block in plain TypeScript: slow, and simple enough to be believed. Tests run translated code with it, and
 * compare the interpreter and the compiled code against it. Every value is a bigint of its bits, unsigned, floats too.
 */
import { type Block, type Compute, type Exit, type Inst, isExit, type HelperSignature, type Value } from "./inst.ts";
import type { MemOp } from "./memop.ts";
import { computeOp } from "./evaluate-ops.ts";
import { type Type, typeSize } from "./types.ts";

/** What a block reads and changes. */
export interface Environment {
  /** The state area. */
  readonly state: Uint8Array;
  /** The bytes at a guest address (u32 or u64), as an unsigned little-endian number. May throw to fault. */
  load(mem: MemOp, address: bigint): bigint;
  /** Stores the low mem.size bytes. May throw to fault. */
  store(mem: MemOp, address: bigint, value: bigint): void;
  /** Runs a helper; arguments and result are bits. May throw. */
  call(helper: HelperSignature, args: readonly bigint[]): bigint | undefined;
  /** Called at the start of each guest instruction. */
  insn?(pc: number, extra: number): void;
}

const bitsOf: Record<Type, number> = { i32: 32, i64: 64, f32: 32, f64: 64, v128: 128 };

/** Reads `size` bytes of the state area as an unsigned number. */
export function readBits(bytes: Uint8Array, offset: number, size: number): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i]!);
  return value;
}

/** Writes the low `size` bytes of value. */
export function writeBits(bytes: Uint8Array, offset: number, size: number, value: bigint): void {
  for (let i = 0, rest = value; i < size; i++, rest >>= 8n) bytes[offset + i] = Number(rest & 0xffn);
}

const floatBits = (type: "f32" | "f64", value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return type === "f32" ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
};

const constantBits = (type: Type, value: number | bigint): bigint =>
  type === "f32" || type === "f64" ? floatBits(type, Number(value)) : BigInt.asUintN(bitsOf[type], BigInt(value));

/** Position after the `else` or `end` that belongs to the `if` at `start`; with toElse, of an `else` if there is one. */
function skip(insts: readonly Inst[], start: number, toElse: boolean): number {
  let depth = 0;
  for (let i = start + 1; i < insts.length; i++) {
    const { kind } = insts[i]!;
    if (kind === "if") depth++;
    else if (depth === 0 && (kind === "end" || (toElse && kind === "else"))) return i + 1;
    else if (kind === "end") depth--;
  }
  throw new Error("internal error: IR: if without end");
}

/** Runs the block until an exit, which is returned. Throws what the environment throws, and where the block is malformed. */
export function evaluate(block: Block, env: Environment): Exit {
  const { insts } = block;
  const values = new Map<Value, bigint>();
  const of = (value: Value): bigint => {
    // A constant has no moment of execution: it is also used where its branch was not taken.
    if (value.kind === "const") return constantBits(value.type, value.value);
    const bits = values.get(value);
    if (bits === undefined) throw new Error(`internal error: IR: v${value.id} is used before its definition`);
    return bits;
  };
  const compute = (inst: Compute): bigint => computeOp(inst.op.name, inst.args.map(of), inst.imm);
  const load = ({ mem, type }: { mem: MemOp; type: Type }, address: bigint): bigint => {
    const bits = env.load(mem, address);
    const value = mem.signed ? BigInt.asIntN(8 * mem.size, bits) : bits;
    return BigInt.asUintN(bitsOf[type], value);
  };
  for (let i = 0; i < insts.length; ) {
    const inst = insts[i]!;
    i++;
    if (isExit(inst)) return inst;
    switch (inst.kind) {
      case "compute":
        values.set(inst, compute(inst));
        break;
      case "const":
        break;
      case "get":
        values.set(inst, readBits(env.state, inst.slot.offset, typeSize[inst.type]));
        break;
      case "set":
        writeBits(env.state, inst.slot.offset, typeSize[inst.slot.type], of(inst.value));
        break;
      case "load":
        values.set(inst, load(inst, of(inst.address)));
        break;
      case "store":
        env.store(inst.mem, of(inst.address), BigInt.asUintN(8 * inst.mem.size, of(inst.value)));
        break;
      case "call": {
        const result = env.call(inst.helper, inst.args.map(of));
        if (inst.type !== undefined) values.set(inst, BigInt.asUintN(bitsOf[inst.type], result ?? 0n));
        break;
      }
      case "insn":
        env.insn?.(inst.pc, inst.extra);
        break;
      case "if":
        if (of(inst.condition) === 0n) i = skip(insts, i - 1, true);
        break;
      case "else":
        // Reached at the end of the first branch.
        i = skip(insts, i - 1, false);
        break;
      case "end":
        break;
    }
  }
  throw new Error("internal error: IR: the block ends without an exit");
}
