/**
 * IR to tier-0 records. Every value gets a place: a state slot where it is only the slot's content or is about to be stored there, a constant's
 * address, or a temporary. Places are chosen so that the commonest guest instruction is one record.
 */
import {
  type Block,
  type Compute,
  type HelperSignature,
  type Inst,
  isExit,
  type Load,
  mayRaise,
  operands,
  overlaps,
  packMemOp,
  type Slot,
  type Value,
} from "@tsemu/ir";
import { exits, STATE_BASE, TEMP_COUNT, TEMPS, TLB, TLB_MMU_SIZE } from "@tsemu/memory";
import { findHandler, handlerNamed } from "./handlers.ts";

/** Where code goes and constants come from; the engine's code arena. */
export interface CodeSpace {
  /** Address of a constant of 4, 8 or 16 bytes. */
  constant(type: Value["type"], value: number | bigint): number;
  /** Table index of a wasm helper, or number of a host helper. */
  helper(signature: HelperSignature): number;
}

/** Encoded block, relative to `base` where its link cells begin; code follows them. */
export interface Encoded {
  /** Words from base on: link cells, then records. */
  readonly words: Uint32Array;
  /** Index in words of the first record. */
  readonly entry: number;
  /** Guest instructions: word index of the first record of each, with pc and extra. In order. */
  readonly insns: { readonly word: number; readonly pc: number; readonly extra: number }[];
  /** Address of each `goto`'s link cell. */
  readonly cells: number[];
}

const h = (name: string): number => handlerNamed(name).index;
const copyHandler: Record<number, string> = { 4: "copy32", 8: "copy64", 16: "copy128" };
const letters: Record<string, string> = { i32: "i", i64: "I", f32: "f", f64: "F", v128: "V" };
const slotAddress = (slot: Slot): number => STATE_BASE + slot.offset;

/** Ops whose value is their operand's bytes, from an offset on. */
function sameBytes(inst: Inst): number | undefined {
  if (inst.kind !== "compute") return undefined;
  const { name } = inst.op;
  if (name === "i32.wrap_i64" || name.includes("reinterpret")) return 0;
  const lane = /^[if](32|64)x\d\.extract_lane$/.exec(name);
  return lane === null ? undefined : (Number(lane[1]) / 8) * (inst.imm as number);
}

export function encode(block: Block, base: number, space: CodeSpace): Encoded {
  return new Encoder(block, base, space).run();
}

class Encoder {
  readonly #insts: readonly Inst[];
  readonly #base: number;
  readonly #space: CodeSpace;
  readonly #words: number[] = [];
  readonly #insns: Encoded["insns"] = [];
  readonly #cells: number[] = [];
  /** By value: number of uses; position of the last one, through views of its bytes. */
  readonly #uses = new Map<Value, number>();
  readonly #lastUse = new Map<Value, number>();
  readonly #place = new Map<Value, number>();
  /** Values that are the target of a `set` at that position, whose record writes the slot itself. */
  readonly #direct = new Map<Value, { readonly slot: Slot; readonly at: number; readonly computedAt: number }>();
  /** Adds and compares that are folded into the one instruction that uses them. */
  readonly #folded = new Set<Inst>();
  readonly #freeTemps: number[] = [];
  #temps = 0;
  /** Temporaries to free after an instruction's position. */
  readonly #expiring = new Map<number, number[]>();
  /** Record words that wait for the address of the next `else` or `end`. */
  readonly #open: { elseWord: number; endWords: number[] }[] = [];

  constructor(block: Block, base: number, space: CodeSpace) {
    this.#insts = block.insts;
    this.#base = base;
    this.#space = space;
  }

  run(): Encoded {
    this.#countUses();
    for (const inst of this.#insts)
      if (inst.kind === "goto") {
        this.#cells.push(this.#base + 4 * this.#words.length);
        this.#words.push(0, inst.pc, inst.flags);
      }
    const entry = this.#words.length;
    let cell = 0;
    this.#insts.forEach((inst, at) => {
      if (inst.kind === "goto") this.#emit("goto", this.#cells[cell++]!);
      else if (!this.#folded.has(inst)) this.#encode(inst, at);
      for (const temp of this.#expiring.get(at) ?? []) this.#freeTemps.push(temp);
    });
    return { words: Uint32Array.from(this.#words), entry, insns: this.#insns, cells: this.#cells };
  }

  /** The value whose bytes v shares. */
  #root(v: Value): Value {
    let root = v;
    while (sameBytes(root) !== undefined) root = (root as Compute).args[0]!;
    return root;
  }

  #countUses(): void {
    const insts = this.#insts;
    insts.forEach((inst, at) => {
      for (const v of operands(inst)) {
        this.#uses.set(v, (this.#uses.get(v) ?? 0) + 1);
        this.#lastUse.set(this.#root(v), at);
      }
    });
    insts.forEach((inst, at) => {
      if (inst.kind === "load" || inst.kind === "store") this.#foldDisplacement(inst, at);
      else if (inst.kind === "if") this.#foldCompare(inst, at);
      else if (inst.kind === "set") this.#chooseDirect(inst.value, inst.slot, at);
    });
  }

  /** An address that is a single-use x + constant: the record adds the constant. */
  #foldDisplacement(inst: Inst & { address: Value }, at: number): void {
    const { address } = inst;
    if (address.kind !== "compute" || address.op.name !== "i32.add" || this.#uses.get(address) !== 1) return;
    const [x, c] = address.args as [Value, Value];
    if (c.kind !== "const" || x.kind === "const") return;
    this.#folded.add(address);
    this.#lastUse.set(this.#root(x), Math.max(at, this.#lastUse.get(this.#root(x)) ?? 0));
  }

  /** A comparison that only the `if` right behind it uses: one record does both. */
  #foldCompare(inst: Inst & { condition: Value }, at: number): void {
    const { condition } = inst;
    if (condition.kind !== "compute" || this.#uses.get(condition) !== 1 || this.#insts[at - 1] !== condition) return;
    if (condition.op.name !== "i32.eqz" && findHandler(`if.${condition.op.name}`) === undefined) return;
    this.#folded.add(condition);
    for (const v of condition.args) this.#lastUse.set(this.#root(v), Math.max(at, this.#lastUse.get(this.#root(v)) ?? 0));
  }

  /** May v, set into slot at `at`, be computed right there? Not if the slot's old content is still wanted, or could be seen, in between. */
  #chooseDirect(v: Value, slot: Slot, at: number): void {
    if (v.kind !== "compute" && v.kind !== "load" && v.kind !== "call") return;
    if (this.#direct.has(v) || this.#folded.has(v) || sameBytes(v) !== undefined || (v.kind === "call" && v.helper.kind === "host")) return;
    let i = at - 1;
    for (; i >= 0; i--) {
      const inst = this.#insts[i]!;
      if (inst === v) break;
      if (inst.kind === "if" || inst.kind === "else" || inst.kind === "end" || isExit(inst) || mayRaise(inst) || inst.kind === "call")
        return;
      if (inst.kind === "insn") continue;
      if ((inst.kind === "get" || inst.kind === "set") && overlaps(inst.slot, slot)) return;
      for (const operand of operands(inst)) {
        const root = this.#root(operand);
        if (root.kind === "get" && overlaps(root.slot, slot)) return;
        // An address folded into the instruction reads its own operand there.
        if (this.#folded.has(operand))
          for (const inner of operands(operand)) if (inner.kind === "get" && overlaps(inner.slot, slot)) return;
      }
    }
    // Later uses read the slot: it must not be overwritten before the last.
    if (this.#overwritten(slot, at, this.#lastUse.get(v) ?? at)) return;
    this.#direct.set(v, { slot, at, computedAt: i });
  }

  /** Is the slot written in positions from+1 .. to-1? */
  #overwritten(slot: Slot, from: number, to: number): boolean {
    for (let i = from + 1; i < to; i++) {
      const inst = this.#insts[i]!;
      if (inst.kind === "set" && overlaps(inst.slot, slot)) return true;
      if (inst.kind === "call") {
        const { writes } = inst.helper.effects;
        if (writes === "all" || writes.some((w) => overlaps(w, slot))) return true;
      }
    }
    return false;
  }

  /** A value that a later record computes directly into an overlapping slot would be clobbered before its last use. */
  #clobbered(slot: Slot, from: number, to: number): boolean {
    if (this.#overwritten(slot, from, to)) return true;
    for (const { slot: target, computedAt } of this.#direct.values())
      if (computedAt > from && computedAt < to && overlaps(target, slot)) return true;
    return false;
  }

  #emit(name: string, ...words: number[]): number {
    const at = this.#words.length;
    this.#words.push(h(name), ...words);
    return at;
  }

  /** The address where v lies when an instruction reads it. */
  #operand(v: Value): number {
    const offset = sameBytes(v);
    if (offset !== undefined) return this.#operand((v as Compute).args[0]!) + offset;
    if (v.kind === "const") return this.#space.constant(v.type, v.value);
    const place = this.#place.get(v);
    if (place === undefined) throw new Error(`internal error: IR value v${v.id} (${v.kind}) has no place`);
    return place;
  }

  /** Chooses where v goes, which is computed at `at`. */
  #destination(v: Value, at: number): number {
    const direct = this.#direct.get(v);
    const place = direct === undefined ? this.#temp(v, at) : slotAddress(direct.slot);
    this.#place.set(v, place);
    return place;
  }

  #temp(v: Value, at: number): number {
    const temp = this.#freeTemps.pop() ?? this.#temps++;
    if (temp >= TEMP_COUNT) throw new Error("internal error: block needs too many temporaries");
    const end = Math.max(this.#lastUse.get(v) ?? at, at);
    const expiring = this.#expiring.get(end);
    if (expiring === undefined) this.#expiring.set(end, [temp]);
    else expiring.push(temp);
    return TEMPS + 16 * temp;
  }

  #address(): number {
    return this.#base + 4 * this.#words.length;
  }

  #encode(inst: Inst, at: number): void {
    switch (inst.kind) {
      case "const":
      case "else":
      case "end":
        if (inst.kind !== "const") this.#branchEnd(inst.kind);
        return;
      case "compute":
        return this.#compute(inst, at);
      case "get": {
        const last = this.#lastUse.get(inst) ?? at;
        if (!this.#clobbered(inst.slot, at, last)) this.#place.set(inst, slotAddress(inst.slot));
        else {
          const from = slotAddress(inst.slot);
          this.#emit(copyHandler[inst.slot.size]!, this.#destination(inst, at), from);
        }
        return;
      }
      case "set": {
        const direct = this.#direct.get(inst.value);
        if (direct?.at === at) return;
        if (inst.value.kind === "const" && inst.slot.size === 4 && inst.value.type === "i32") {
          this.#emit("const32", slotAddress(inst.slot), (inst.value.value as number) >>> 0);
        } else this.#emit(copyHandler[inst.slot.size]!, slotAddress(inst.slot), this.#operand(inst.value));
        return;
      }
      case "load":
      case "store":
        return this.#access(inst, at);
      case "call":
        return this.#call(inst, at);
      case "insn":
        this.#insns.push({ word: this.#words.length, pc: inst.pc, extra: inst.extra });
        return;
      case "if":
        return this.#if(inst.condition);
      case "lookup":
        this.#emit("lookup");
        return;
      case "raise":
        this.#emit("exit", exits.raise, inst.exception, inst.argument);
        return;
      case "stop":
        this.#emit("exit", exits.stop, inst.reason, 0);
        return;
    }
  }

  #compute(inst: Compute, at: number): void {
    if (sameBytes(inst) !== undefined) return;
    const { name } = inst.op;
    const [a, b] = inst.args as [Value, Value | undefined];
    if (inst.op.lanes === 32) {
      const mask = (inst.imm as readonly number[]).reduceRight((bits, lane) => (bits << 8n) | BigInt(lane), 0n);
      const from = [this.#operand(a), this.#operand(b!), this.#space.constant("v128", mask)];
      this.#emit("shuffle", this.#destination(inst, at), ...from);
      return;
    }
    if (inst.op.lanes !== 0) return this.#lane(inst, at);
    if (b?.kind === "const" && inst.args.length === 2) {
      const imm = findHandler(`${name}.imm`);
      if (imm !== undefined) {
        const from = this.#operand(a);
        this.#emit(imm.name, this.#destination(inst, at), from, (b.value as number) >>> 0);
        return;
      }
    }
    const from = inst.args.map((v) => this.#operand(v));
    this.#emit(name, this.#destination(inst, at), ...from);
  }

  #lane(inst: Compute, at: number): void {
    const bits = Number(/^[if](\d+)x/.exec(inst.op.name)![1]);
    const offset = (bits / 8) * (inst.imm as number);
    const [a, b] = inst.args as [Value, Value | undefined];
    if (b === undefined) {
      const from = this.#operand(a) + offset;
      this.#emit(`copy${bits}_${inst.op.name.endsWith("_s") ? "s" : "u"}`, this.#destination(inst, at), from);
      return;
    }
    const from = [this.#operand(a), offset, this.#operand(b)];
    this.#emit(`replace${bits}`, this.#destination(inst, at), ...from);
  }

  #if(condition: Value): void {
    let record: number;
    if (this.#folded.has(condition)) {
      const { op, args } = condition as Compute;
      const [a, b] = args as [Value, Value | undefined];
      if (b === undefined) record = this.#emit("if.i32.eq.imm", this.#operand(a), 0, 0) + 3;
      else if (b.kind === "const") record = this.#emit(`if.${op.name}.imm`, this.#operand(a), (b.value as number) >>> 0, 0) + 3;
      else record = this.#emit(`if.${op.name}`, this.#operand(a), this.#operand(b), 0) + 3;
    } else record = this.#emit("if", this.#operand(condition), 0) + 2;
    this.#open.push({ elseWord: record, endWords: [] });
  }

  #branchEnd(kind: "else" | "end"): void {
    const frame = this.#open.at(-1)!;
    if (kind === "else") {
      frame.endWords.push(this.#emit("jump", 0) + 1);
      this.#words[frame.elseWord] = this.#address();
      frame.elseWord = -1;
      return;
    }
    this.#open.pop();
    if (frame.elseWord >= 0) frame.endWords.push(frame.elseWord);
    for (const word of frame.endWords) this.#words[word] = this.#address();
  }

  #access(inst: Load | Extract<Inst, { kind: "store" }>, at: number): void {
    const { mem } = inst;
    let address = inst.address;
    let displacement = 0;
    if (this.#folded.has(address)) {
      const [x, c] = (address as Compute).args as [Value, Value];
      address = x;
      displacement = (c as { value: number }).value;
    }
    const bits = 8 * mem.size;
    const align = mem.align === 1 ? "" : mem.align === mem.size ? ".natural" : ".given";
    const tail = [this.#operand(address), displacement >>> 0, TLB + mem.mmuIdx * TLB_MMU_SIZE, packMemOp(mem)];
    if (align === ".given") tail.push(mem.align - 1);
    if (inst.kind === "store") {
      this.#emit(`store${bits}${align}`, this.#operand(inst.value), ...tail);
      return;
    }
    const wide = mem.type === "i64" && bits < 64;
    const sign = bits < 32 || wide ? (mem.signed ? "_s" : "_u") : "";
    this.#emit(`load${bits}${sign}${wide ? ".i64" : ""}${align}`, this.#destination(inst, at), ...tail);
  }

  #call(inst: Extract<Inst, { kind: "call" }>, at: number): void {
    const { helper } = inst;
    const args = inst.args.map((v) => this.#operand(v));
    const index = this.#space.helper(helper);
    if (helper.kind === "host") {
      const dst = helper.result === undefined ? 0 : this.#destination(inst as Value, at);
      this.#emit("callHost", index, dst, 4 * (4 + args.length), ...args);
      return;
    }
    const result = helper.result === undefined ? "" : letters[helper.result]!;
    this.#emit(`callWasm.${helper.params.map((t) => letters[t]).join("")}:${result}`, index, this.#destination(inst as Value, at), ...args);
  }
}
