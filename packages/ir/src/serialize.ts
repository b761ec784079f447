/**
 * Blocks as words, to be sent to a worker or stored: one instruction after the other, its kind, then its fields. Slots and helpers are numbers
 * in lists that go along. Structured cloning of the objects themselves takes some fifty times as long.
 */
import { type Block, type HelperSignature, type Inst, nodes, type Value } from "./inst.ts";
import type { MemOp } from "./memop.ts";
import { packMemOp, packedAlign, packedMmuIdx, packedSigned, packedSize } from "./memop.ts";
import { ops } from "./ops.ts";
import type { Slot } from "./state-layout.ts";
import type { Type } from "./types.ts";

const types: readonly Type[] = ["i32", "i64", "f32", "f64", "v128"];
const kinds = [
  "compute",
  "const",
  "get",
  "set",
  "load",
  "store",
  "call",
  "insn",
  "if",
  "else",
  "end",
  "goto",
  "lookup",
  "raise",
  "stop",
] as const;
const kindNumber = Object.fromEntries(kinds.map((kind, i) => [kind, i])) as Record<Inst["kind"], number>;
const typeNumber = Object.fromEntries(types.map((type, i) => [type, i])) as Record<Type, number>;

const scratch = (): DataView => new DataView(new ArrayBuffer(8));

/** What blocks refer to by number. */
export interface References {
  readonly slots: readonly Slot[];
  readonly helpers: readonly HelperSignature[];
}

export class BlockWriter {
  readonly #slots = new Map<Slot, number>();
  readonly #helpers = new Map<HelperSignature, number>();
  readonly #view = scratch();

  /** All that the blocks written so far refer to. */
  get references(): References {
    // Aliases are the passes' business, which the block has behind it.
    return { slots: [...this.#slots.keys()].map((slot) => ({ ...slot, aliases: [], containers: [] })), helpers: [...this.#helpers.keys()] };
  }

  write(block: Block): Int32Array<ArrayBuffer> {
    const words: number[] = [];
    for (const inst of block.insts) this.#inst(inst, words);
    return Int32Array.from(words);
  }

  #number<T>(map: Map<T, number>, item: T): number {
    let n = map.get(item);
    if (n === undefined) map.set(item, (n = map.size));
    return n;
  }

  #inst(inst: Inst, words: number[]): void {
    words.push(kindNumber[inst.kind]);
    switch (inst.kind) {
      case "compute":
        words.push(inst.id, inst.op.index);
        if (typeof inst.imm === "number") words.push(inst.imm);
        else words.push(-1, ...inst.imm);
        for (const { id } of inst.args) words.push(id);
        return;
      case "const":
        words.push(inst.id, typeNumber[inst.type]);
        this.#constant(inst.type, inst.value, words);
        return;
      case "get":
        words.push(inst.id, this.#number(this.#slots, inst.slot));
        return;
      case "set":
        words.push(this.#number(this.#slots, inst.slot), inst.value.id);
        return;
      case "load":
        words.push(inst.id, packMemOp(inst.mem), typeNumber[inst.mem.type], inst.address.id);
        return;
      case "store":
        words.push(packMemOp(inst.mem), typeNumber[inst.mem.type], inst.address.id, inst.value.id);
        return;
      case "call":
        words.push(inst.id, this.#number(this.#helpers, inst.helper), ...inst.args.map((a) => a.id));
        return;
      case "insn":
        words.push(inst.pc, inst.extra);
        return;
      case "if":
        words.push(inst.condition.id);
        return;
      case "goto":
        words.push(inst.pc, inst.flags);
        return;
      case "raise":
        words.push(inst.exception, inst.argument);
        return;
      case "stop":
        words.push(inst.reason);
        return;
      case "else":
      case "end":
      case "lookup":
    }
  }

  #constant(type: Type, value: number | bigint, words: number[]): void {
    const view = this.#view;
    if (type === "i32") words.push(value as number);
    else if (type === "f32") {
      view.setFloat32(0, value as number, true);
      words.push(view.getInt32(0, true));
    } else if (type === "v128") for (let i = 0n; i < 4n; i++) words.push(Number(BigInt.asIntN(32, (value as bigint) >> (32n * i))));
    else {
      if (type === "f64") view.setFloat64(0, value as number, true);
      else view.setBigInt64(0, value as bigint, true);
      words.push(view.getInt32(0, true), view.getInt32(4, true));
    }
  }
}

const memOp = (packed: number, type: Type): MemOp => ({
  size: packedSize(packed) as MemOp["size"],
  signed: packedSigned(packed),
  align: packedAlign(packed) as MemOp["align"],
  mmuIdx: packedMmuIdx(packed),
  type,
});

/** The block that `words` were written from. */
export function readBlock(words: Int32Array, { slots, helpers }: References): Block {
  const insts: Inst[] = [];
  const values: Value[] = [];
  const view = scratch();
  let at = 0;
  const next = (): number => words[at++]!;
  const value = (): Value => values[next()]!;
  const constant = (type: Type): number | bigint => {
    if (type === "i32") return next();
    if (type === "v128") {
      let bits = 0n;
      for (let i = 0n; i < 4n; i++) bits |= BigInt(next() >>> 0) << (32n * i);
      return bits;
    }
    view.setInt32(0, next(), true);
    if (type === "f32") return view.getFloat32(0, true);
    view.setInt32(4, next(), true);
    return type === "f64" ? view.getFloat64(0, true) : view.getBigInt64(0, true);
  };
  const define = <T extends Value>(inst: T): T => {
    values[inst.id] = inst;
    return inst;
  };
  while (at < words.length) {
    const kind = kinds[next()]!;
    switch (kind) {
      case "compute": {
        const id = next();
        const op = ops[next()]!;
        const lane = next();
        const imm = lane >= 0 ? lane : Array.from({ length: 16 }, next);
        insts.push(define(nodes.compute(op, op.params.map(value), imm, id)));
        break;
      }
      case "const": {
        const id = next();
        const type = types[next()]!;
        insts.push(define(nodes.const(type, constant(type), id)));
        break;
      }
      case "get": {
        const id = next();
        insts.push(define(nodes.get(slots[next()]!, id)));
        break;
      }
      case "set":
        insts.push(nodes.set(slots[next()]!, value()));
        break;
      case "load": {
        const id = next();
        const mem = memOp(next(), types[next()]!);
        insts.push(define(nodes.load(mem, value(), id)));
        break;
      }
      case "store": {
        const mem = memOp(next(), types[next()]!);
        insts.push(nodes.store(mem, value(), value()));
        break;
      }
      case "call": {
        const id = next();
        const helper = helpers[next()]!;
        const call: Value = nodes.call(helper, helper.params.map(value), id) as Value;
        insts.push(id < 0 ? call : define(call));
        break;
      }
      case "insn":
        insts.push(nodes.insn(next() >>> 0, next()));
        break;
      case "if":
        insts.push(nodes.if(value()));
        break;
      case "goto":
        insts.push(nodes.goto(next() >>> 0, next()));
        break;
      case "raise":
        insts.push(nodes.raise(next(), next()));
        break;
      case "stop":
        insts.push(nodes.stop(next()));
        break;
      default:
        insts.push(nodes[kind]());
    }
  }
  return { insts };
}
