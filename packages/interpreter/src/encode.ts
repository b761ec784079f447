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
  type MemOp,
  mayRaise,
  operands,
  ops,
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
  readonly words: readonly number[];
  /** Index in words of the first record. */
  readonly entry: number;
  /** Guest instructions: word index of the first record of each, with pc and extra. In order. */
  readonly insns: readonly number[];
  /** Address of each `goto`'s link cell. */
  readonly cells: number[];
}

const h = (name: string): number => handlerNamed(name).index;
/** Handlers that are asked for by name. */
const fixed = {
  goto: h("goto"),
  const32: h("const32"),
  lookup: h("lookup"),
  exit: h("exit"),
  shuffle: h("shuffle"),
  if: h("if"),
  jump: h("jump"),
  callHost: h("callHost"),
};
/** By size in bytes. */
const copyHandlers: Record<number, number> = { 4: h("copy32"), 8: h("copy64"), 16: h("copy128") };
const letters: Record<string, string> = { i32: "i", i64: "I", f32: "f", f64: "F", v128: "V" };
const slotAddress = (slot: Slot): number => STATE_BASE + slot.offset;

/** What the encoder needs to know of an op, worked out once. */
interface OpInfo {
  /** For ops whose value is part of their operand's bytes: bytes from one lane to the next (0: it begins where the operand does). Otherwise -1. */
  readonly sameBytes: number;
  /** Handlers: of the op, with a constant second operand, and as the condition of an `if`; 0 for none. */
  readonly handler: number;
  readonly withConstant: number;
  readonly asIf: number;
  readonly asIfWithConstant: number;
}

const handlerOrNone = (name: string): number => findHandler(name)?.index ?? 0;

const opInfos: readonly OpInfo[] = ops.map(({ name }) => {
  const lane = /^[if](32|64)x\d\.extract_lane$/.exec(name);
  const whole = name === "i32.wrap_i64" || name.includes("reinterpret");
  return {
    sameBytes: whole ? 0 : lane === null ? -1 : Number(lane[1]) / 8,
    handler: handlerOrNone(name),
    withConstant: handlerOrNone(`${name}.imm`),
    asIf: handlerOrNone(`if.${name}`),
    asIfWithConstant: handlerOrNone(`if.${name}.imm`),
  };
});

const infoOf = (inst: Compute): OpInfo => opInfos[inst.op.index]!;

/** Offset of the value in its operand's bytes, or -1 if it has bytes of its own. */
function sameBytes(inst: Inst): number {
  if (inst.kind !== "compute") return -1;
  const scale = infoOf(inst).sameBytes;
  return scale <= 0 ? scale : scale * (inst.imm as number);
}

/** Position of an access in the table below: kind, size, sign, width of its value, alignment rule. */
const accessIndex = (store: boolean, mem: Pick<MemOp, "size" | "signed" | "align" | "type">): number =>
  ((((store ? 1 : 0) * 5 + (31 - Math.clz32(mem.size))) * 2 + (mem.signed ? 1 : 0)) * 2 + (mem.type === "i64" ? 1 : 0)) * 3 +
  (mem.align === 1 ? 0 : mem.align === mem.size ? 1 : 2);

function accessTable(): number[] {
  const table: number[] = [];
  for (const size of [1, 2, 4, 8, 16] as const)
    for (const type of ["i32", "i64"] as const)
      for (const signed of [false, true])
        for (const [align, suffix] of [
          [1, ""],
          [size, ".natural"],
          [size === 2 ? 4 : 2, ".given"],
        ] as const) {
          if (size === 1 && align === 1 && suffix !== "") continue;
          const bits = 8 * size;
          const wide = type === "i64" && bits < 64;
          const sign = bits < 32 || wide ? (signed ? "_s" : "_u") : "";
          table[accessIndex(false, { size, signed, align, type })] = h(`load${bits}${sign}${wide ? ".i64" : ""}${suffix}`);
          table[accessIndex(true, { size, signed, align, type })] = h(`store${bits}${suffix}`);
        }
  return table;
}

/** Handlers of guest accesses by accessIndex. */
const accessHandlers: readonly number[] = accessTable();

export function encode(block: Block, base: number, space: CodeSpace): Encoded {
  return new Encoder(block, base, space).run();
}

interface Direct {
  readonly slot: Slot;
  readonly at: number;
  readonly computedAt: number;
}

class Encoder {
  readonly #insts: readonly Inst[];
  readonly #base: number;
  readonly #space: CodeSpace;
  readonly #words: number[] = [];
  readonly #insns: number[] = [];
  readonly #cells: number[] = [];
  /** By value: number of uses; position of the last one, through views of its bytes. */
  readonly #uses: Int32Array;
  readonly #lastUse: Int32Array;
  readonly #place: Int32Array;
  /** Values that are the target of a `set` at that position, whose record writes the slot itself. */
  readonly #direct: (Direct | undefined)[] = [];
  readonly #directs: Direct[] = [];
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
    let ids = 0;
    for (const { id } of block.insts) if (id >= ids) ids = id + 1;
    this.#uses = new Int32Array(ids);
    this.#lastUse = new Int32Array(ids).fill(-1);
    this.#place = new Int32Array(ids).fill(-1);
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
      if (inst.kind === "goto") this.#emit(fixed.goto, this.#cells[cell++]!);
      else if (!this.#folded.has(inst)) this.#encode(inst, at);
      for (const temp of this.#expiring.get(at) ?? []) this.#freeTemps.push(temp);
    });
    return { words: this.#words, entry, insns: this.#insns, cells: this.#cells };
  }

  /** The value whose bytes v shares. */
  #root(v: Value): Value {
    let root = v;
    while (sameBytes(root) >= 0) root = (root as Compute).args[0]!;
    return root;
  }

  #countUses(): void {
    const insts = this.#insts;
    insts.forEach((inst, at) => {
      for (const v of operands(inst)) {
        this.#uses[v.id]!++;
        this.#lastUse[this.#root(v).id] = at;
      }
    });
    insts.forEach((inst, at) => {
      if (inst.kind === "load" || inst.kind === "store") this.#foldDisplacement(inst, at);
      else if (inst.kind === "if") this.#foldCompare(inst, at);
      else if (inst.kind === "set") this.#chooseDirect(inst.value, inst.slot, at);
    });
  }

  /** The value is used at `at` too, by an instruction that folds another into itself. */
  #extend(v: Value, at: number): void {
    const { id } = this.#root(v);
    if (this.#lastUse[id]! < at) this.#lastUse[id] = at;
  }

  /** An address that is a single-use x + constant: the record adds the constant. */
  #foldDisplacement(inst: Inst & { address: Value }, at: number): void {
    const { address } = inst;
    if (address.kind !== "compute" || address.op.name !== "i32.add" || this.#uses[address.id] !== 1) return;
    const [x, c] = address.args as [Value, Value];
    if (c.kind !== "const" || x.kind === "const") return;
    this.#folded.add(address);
    this.#extend(x, at);
  }

  /** A comparison that only the `if` right behind it uses: one record does both. */
  #foldCompare(inst: Inst & { condition: Value }, at: number): void {
    const { condition } = inst;
    if (condition.kind !== "compute" || this.#uses[condition.id] !== 1 || this.#insts[at - 1] !== condition) return;
    if (condition.op.name !== "i32.eqz" && infoOf(condition).asIf === 0) return;
    this.#folded.add(condition);
    for (const v of condition.args) this.#extend(v, at);
  }

  /** May v, set into slot at `at`, be computed right there? Not if the slot's old content is still wanted, or could be seen, in between. */
  #chooseDirect(v: Value, slot: Slot, at: number): void {
    if (v.kind !== "compute" && v.kind !== "load" && v.kind !== "call") return;
    if (this.#direct[v.id] !== undefined || this.#folded.has(v) || sameBytes(v) >= 0 || (v.kind === "call" && v.helper.kind === "host"))
      return;
    let i = at - 1;
    for (; i >= 0; i--) {
      const inst = this.#insts[i]!;
      if (inst === v) break;
      if (inst.kind === "if" || inst.kind === "else" || inst.kind === "end" || isExit(inst) || mayRaise(inst) || inst.kind === "call")
        return;
      if (inst.kind === "insn") continue;
      if ((inst.kind === "get" || inst.kind === "set") && overlaps(inst.slot, slot)) return;
      for (const operand of operands(inst)) {
        if (this.#liesIn(operand, slot)) return;
        // An address folded into the instruction reads its own operand there.
        if (this.#folded.has(operand)) for (const inner of operands(operand)) if (this.#liesIn(inner, slot)) return;
      }
    }
    // Later uses read the slot: it must not be overwritten before the last.
    if (this.#overwritten(slot, at, Math.max(at, this.#lastUse[v.id]!))) return;
    const direct = { slot, at, computedAt: i };
    this.#direct[v.id] = direct;
    this.#directs.push(direct);
  }

  /** Are the value's bytes in a slot that overlaps the given one: that it was read from, or that an earlier `set` put it in? */
  #liesIn(v: Value, slot: Slot): boolean {
    const root = this.#root(v);
    const place = root.kind === "get" ? root.slot : this.#direct[root.id]?.slot;
    return place !== undefined && overlaps(place, slot);
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
    for (const { slot: target, computedAt } of this.#directs)
      if (computedAt > from && computedAt < to && overlaps(target, slot)) return true;
    return false;
  }

  #emit(handler: number, ...words: number[]): number {
    const at = this.#words.length;
    this.#words.push(handler, ...words);
    return at;
  }

  /** The address where v lies when an instruction reads it. */
  #operand(v: Value): number {
    const offset = sameBytes(v);
    if (offset >= 0) return this.#operand((v as Compute).args[0]!) + offset;
    if (v.kind === "const") return this.#space.constant(v.type, v.value);
    const place = this.#place[v.id]!;
    if (place < 0) throw new Error(`internal error: IR value v${v.id} (${v.kind}) has no place`);
    return place;
  }

  /** Chooses where v goes, which is computed at `at`. */
  #destination(v: Value, at: number): number {
    const direct = this.#direct[v.id];
    const place = direct === undefined ? this.#temp(v, at) : slotAddress(direct.slot);
    this.#place[v.id] = place;
    return place;
  }

  #temp(v: Value, at: number): number {
    const temp = this.#freeTemps.pop() ?? this.#temps++;
    if (temp >= TEMP_COUNT) throw new Error("internal error: block needs too many temporaries");
    const end = Math.max(this.#lastUse[v.id]!, at);
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
        const last = this.#lastUse[inst.id]!;
        if (!this.#clobbered(inst.slot, at, last)) this.#place[inst.id] = slotAddress(inst.slot);
        else {
          const from = slotAddress(inst.slot);
          this.#emit(copyHandlers[inst.slot.size]!, this.#destination(inst, at), from);
        }
        return;
      }
      case "set": {
        const direct = this.#direct[inst.value.id];
        if (direct?.at === at) return;
        if (inst.value.kind === "const" && inst.slot.size === 4 && inst.value.type === "i32") {
          this.#emit(fixed.const32, slotAddress(inst.slot), (inst.value.value as number) >>> 0);
        } else this.#emit(copyHandlers[inst.slot.size]!, slotAddress(inst.slot), this.#operand(inst.value));
        return;
      }
      case "load":
      case "store":
        return this.#access(inst, at);
      case "call":
        return this.#call(inst, at);
      case "insn":
        this.#insns.push(this.#words.length, inst.pc, inst.extra);
        return;
      case "if":
        return this.#if(inst.condition);
      case "lookup":
        this.#emit(fixed.lookup);
        return;
      case "raise":
        this.#emit(fixed.exit, exits.raise, inst.exception, inst.argument);
        return;
      case "stop":
        this.#emit(fixed.exit, exits.stop, inst.reason, 0);
        return;
    }
  }

  #compute(inst: Compute, at: number): void {
    if (sameBytes(inst) >= 0) return;
    const [a, b] = inst.args as [Value, Value | undefined];
    if (inst.op.lanes === 32) {
      const mask = (inst.imm as readonly number[]).reduceRight((bits, lane) => (bits << 8n) | BigInt(lane), 0n);
      const from = [this.#operand(a), this.#operand(b!), this.#space.constant("v128", mask)];
      this.#emit(fixed.shuffle, this.#destination(inst, at), ...from);
      return;
    }
    if (inst.op.lanes !== 0) return this.#lane(inst, at);
    const info = infoOf(inst);
    if (b?.kind === "const" && info.withConstant !== 0) {
      const from = this.#operand(a);
      this.#emit(info.withConstant, this.#destination(inst, at), from, (b.value as number) >>> 0);
      return;
    }
    const from = inst.args.map((v) => this.#operand(v));
    this.#emit(info.handler, this.#destination(inst, at), ...from);
  }

  #lane(inst: Compute, at: number): void {
    const bits = Number(/^[if](\d+)x/.exec(inst.op.name)![1]);
    const offset = (bits / 8) * (inst.imm as number);
    const [a, b] = inst.args as [Value, Value | undefined];
    if (b === undefined) {
      const from = this.#operand(a) + offset;
      this.#emit(h(`copy${bits}_${inst.op.name.endsWith("_s") ? "s" : "u"}`), this.#destination(inst, at), from);
      return;
    }
    const from = [this.#operand(a), offset, this.#operand(b)];
    this.#emit(h(`replace${bits}`), this.#destination(inst, at), ...from);
  }

  #if(condition: Value): void {
    let record: number;
    if (this.#folded.has(condition)) {
      const { args } = condition as Compute;
      const [a, b] = args as [Value, Value | undefined];
      if (b === undefined) record = this.#emit(h("if.i32.eq.imm"), this.#operand(a), 0, 0) + 3;
      else if (b.kind === "const")
        record = this.#emit(infoOf(condition as Compute).asIfWithConstant, this.#operand(a), (b.value as number) >>> 0, 0) + 3;
      else record = this.#emit(infoOf(condition as Compute).asIf, this.#operand(a), this.#operand(b), 0) + 3;
    } else record = this.#emit(fixed.if, this.#operand(condition), 0) + 2;
    this.#open.push({ elseWord: record, endWords: [] });
  }

  #branchEnd(kind: "else" | "end"): void {
    const frame = this.#open.at(-1)!;
    if (kind === "else") {
      frame.endWords.push(this.#emit(fixed.jump, 0) + 1);
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
    const given = mem.align !== 1 && mem.align !== mem.size;
    const tail = [this.#operand(address), displacement >>> 0, TLB + mem.mmuIdx * TLB_MMU_SIZE, packMemOp(mem)];
    if (given) tail.push(mem.align - 1);
    const handler = accessHandlers[accessIndex(inst.kind === "store", mem)]!;
    if (inst.kind === "store") this.#emit(handler, this.#operand(inst.value), ...tail);
    else this.#emit(handler, this.#destination(inst, at), ...tail);
  }

  #call(inst: Extract<Inst, { kind: "call" }>, at: number): void {
    const { helper } = inst;
    const args = inst.args.map((v) => this.#operand(v));
    const index = this.#space.helper(helper);
    if (helper.kind === "host") {
      const dst = helper.result === undefined ? 0 : this.#destination(inst as Value, at);
      this.#emit(fixed.callHost, index, dst, 4 * (4 + args.length), ...args);
      return;
    }
    const result = helper.result === undefined ? "" : letters[helper.result]!;
    this.#emit(
      h(`callWasm.${helper.params.map((t) => letters[t]).join("")}:${result}`),
      index,
      this.#destination(inst as Value, at),
      ...args,
    );
  }
}
