/**
 * IR to tier-0 records. Every value gets a place: a state slot where it is only the slot's content or is about to be stored there, a constant's
 * address, or a temporary. Places are chosen so that the commonest guest instruction is one record.
 */
import {
  type Block,
  type Compute,
  type Const,
  type HelperSignature,
  type Inst,
  isExit,
  type Load,
  type MemOp,
  opNamed,
  ops,
  overlaps,
  packMemOp,
  type Slot,
  type Value,
} from "@tsemu/ir";
import { type AddressBits, exits, linkCell, lookupRing, STATE_BASE, TEMP_COUNT, TEMPS, TLB, TLB_MMU_SIZE } from "@tsemu/memory";
import { findHandler, handlerNamed } from "./handlers.ts";
import { fuseSequences } from "./sequences.ts";

/** Where code goes and constants come from; the engine's code arena. */
export interface CodeSpace {
  /** Of the guest's addresses. */
  readonly addressBits: AddressBits;
  /** The emulator's memory, in words. */
  readonly u32: Uint32Array;
  /** Address of a constant of 4, 8 or 16 bytes. */
  constant(type: Value["type"], value: number | bigint): number;
  /** Table index of a wasm helper, or number of a host helper. */
  helper(signature: HelperSignature): number;
}

/** What was written from `base` on: link cells of the gotos, rings of the lookups, then records. */
export interface Encoded {
  /** Words written. */
  readonly length: number;
  /** Index in words of the first record. */
  readonly entry: number;
  /** Guest instructions: word index of the first record of each, with pc and extra. In order. */
  readonly insns: readonly number[];
  /** Number of link cells. */
  readonly gotos: number;
}

const h = (name: string): number => handlerNamed(name).index;
/** Handlers that are asked for by name. */
const fixed = {
  goto: h("goto"),
  const32: h("const32"),
  lookup: { 32: h("lookup"), 64: h("lookup.wide") },
  exit: h("exit"),
  shuffle: h("shuffle"),
  if: h("if"),
  jump: h("jump"),
  callHost: h("callHost"),
  ifZero: h("if.i32.eq.imm"),
};
const i32Add = opNamed("i32.add");
const i64Add = opNamed("i64.add");
const i32Eqz = opNamed("i32.eqz");
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
  /** Of an op with a lane: bytes of one, and the handler that reads or replaces it. */
  readonly laneBytes: number;
  readonly lane: number;
}

/** Does the integer constant fit a word of a record, which is sign-extended where it has 64 bits? */
const isWord = ({ value }: Const): boolean => (Number(value) | 0) === Number(value);

const handlerOrNone = (name: string): number => findHandler(name)?.index ?? 0;

function laneInfo(name: string): Pick<OpInfo, "laneBytes" | "lane"> {
  const match = /^[if](\d+)x\d+\.(extract|replace)_lane/.exec(name);
  if (match === null) return { laneBytes: 0, lane: 0 };
  const bits = Number(match[1]);
  const lane = match[2] === "replace" ? `replace${bits}` : `copy${bits}_${name.endsWith("_s") ? "s" : "u"}`;
  return { laneBytes: bits / 8, lane: handlerOrNone(lane) };
}

const opInfos: readonly OpInfo[] = ops.map(({ name }) => {
  const lane = /^[if](32|64)x\d\.extract_lane$/.exec(name);
  const whole = name === "i32.wrap_i64" || name.includes("reinterpret");
  return {
    sameBytes: whole ? 0 : lane === null ? -1 : Number(lane[1]) / 8,
    handler: handlerOrNone(name),
    withConstant: handlerOrNone(`${name}.imm`),
    asIf: handlerOrNone(`if.${name}`),
    asIfWithConstant: handlerOrNone(`if.${name}.imm`),
    ...laneInfo(name),
  };
});

/** Handler of a helper's signature, remembered with it. */
const wasmCallHandlers = new WeakMap<HelperSignature, number>();

function wasmCallHandler(helper: HelperSignature): number {
  let handler = wasmCallHandlers.get(helper);
  if (handler === undefined) {
    const result = helper.result === undefined ? "" : letters[helper.result]!;
    handler = h(`callWasm.${helper.params.map((t) => letters[t]).join("")}:${result}`);
    wasmCallHandlers.set(helper, handler);
  }
  return handler;
}

const infoOf = (inst: Compute): OpInfo => opInfos[inst.op.index]!;

/** Offset of the value in its operand's bytes, or -1 if it has bytes of its own. */
function sameBytes(inst: Inst): number {
  if (inst.kind !== "compute") return -1;
  const scale = infoOf(inst).sameBytes;
  return scale <= 0 ? scale : scale * (inst.imm as number);
}

/** Position of an access in the tables below: kind, size, sign, width of its value, alignment rule. */
const accessIndex = (store: boolean, mem: Pick<MemOp, "size" | "signed" | "align" | "type">): number =>
  ((((store ? 1 : 0) * 5 + (31 - Math.clz32(mem.size))) * 2 + (mem.signed ? 1 : 0)) * 2 + (mem.type === "i64" ? 1 : 0)) * 3 +
  (mem.align === 1 ? 0 : mem.align === mem.size ? 1 : 2);

function accessTable(address: AddressBits): number[] {
  const table: number[] = [];
  const wideAddress = address === 64 ? ".wide" : "";
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
          table[accessIndex(false, { size, signed, align, type })] = h(`load${bits}${sign}${wide ? ".i64" : ""}${suffix}${wideAddress}`);
          table[accessIndex(true, { size, signed, align, type })] = h(`store${bits}${suffix}${wideAddress}`);
        }
  return table;
}

/** Handlers of guest accesses by the width of the address and accessIndex. */
const accessHandlers: Readonly<Record<AddressBits, readonly number[]>> = { 32: accessTable(32), 64: accessTable(64) };

/** A value that its record computes right into a slot: the `set`'s position, and the value's own. */
interface Direct {
  readonly slot: Slot;
  readonly at: number;
  readonly computedAt: number;
}

interface OpenIf {
  elseWord: number;
  readonly endWords: number[];
}

/** Values of a block that there is room for at first. */
const INITIAL_VALUES = 1024;

/** What is noted of each value, by its id. */
class ValueNotes {
  readonly size: number;
  /** Number of uses; position of the last one, through views of its bytes; address; 1 if it is folded into its one user. */
  readonly uses: Int32Array;
  readonly lastUse: Int32Array;
  readonly place: Int32Array;
  readonly folded: Uint8Array;
  /** Index in the encoder's list, or -1. */
  readonly direct: Int32Array;

  constructor(size: number) {
    this.size = size;
    this.uses = new Int32Array(size);
    this.lastUse = new Int32Array(size);
    this.place = new Int32Array(size);
    this.folded = new Uint8Array(size);
    this.direct = new Int32Array(size);
  }

  /** Nothing is known of the value yet. */
  begin(id: number): void {
    this.uses[id] = 0;
    this.lastUse[id] = -1;
    this.place[id] = -1;
    this.folded[id] = 0;
    this.direct[id] = -1;
  }
}

/** Encodes one block after the other; what it needs meanwhile is kept. */
export class Encoder {
  readonly #space: CodeSpace;
  readonly #out: Uint32Array;
  #insts: readonly Inst[] = [];
  #base = 0;
  /** Index in #out of the next word. */
  #next = 0;
  #insns: number[] = [];
  #notes = new ValueNotes(INITIAL_VALUES);
  #directs: Direct[] = [];
  readonly #freeTemps: number[] = [];
  #temps = 0;
  /** Temporaries in use, as chains: the first one that is free behind a position, and the next one by temporary; -1: none. */
  #freeBehind = new Int32Array(INITIAL_VALUES);
  readonly #nextFree = new Int32Array(TEMP_COUNT);
  /** Record words that wait for the address of the next `else` or `end`. */
  #open: OpenIf[] = [];

  constructor(space: CodeSpace) {
    this.#space = space;
    this.#out = space.u32;
  }

  /** Writes the block's code at the address `base`. */
  encode(block: Block, base: number): Encoded {
    const { insts } = block;
    this.#begin(insts, base);
    const { gotos, lookups } = this.#look();
    let cell = base;
    let ring = 4 * this.#next;
    this.#next += lookups * (lookupRing.size >> 2);
    this.#out.fill(0, ring >> 2, this.#next);
    const entry = this.#next - (base >> 2);
    const { folded } = this.#notes;
    for (let at = 0; at < insts.length; at++) {
      const inst = insts[at]!;
      if (inst.kind === "goto") {
        this.#emit1(fixed.goto, cell);
        cell += linkCell.size;
      } else if (inst.kind === "lookup") {
        this.#emit1(fixed.lookup[this.#space.addressBits], ring);
        ring += lookupRing.size;
      } else if (inst.id < 0 || folded[inst.id] === 0) this.#encode(inst, at);
      this.#freeAfter(at);
    }
    fuseSequences(this.#out, (base >> 2) + entry, this.#next);
    return { length: this.#next - (base >> 2), entry, insns: this.#insns, gotos };
  }

  #begin(insts: readonly Inst[], base: number): void {
    this.#insts = insts;
    this.#base = base;
    this.#next = base >> 2;
    this.#insns = [];
    this.#directs = [];
    this.#freeTemps.length = 0;
    this.#temps = 0;
    if (this.#freeBehind.length < insts.length) this.#freeBehind = new Int32Array(2 * insts.length);
    this.#freeBehind.fill(-1, 0, insts.length);
    this.#open = [];
  }

  /** The notes, with room for a value of that id. */
  #notesFor(id: number): ValueNotes {
    const old = this.#notes;
    if (id < old.size) return old;
    const notes = new ValueNotes(2 * id);
    for (const list of ["uses", "lastUse", "place", "folded", "direct"] as const) notes[list].set(old[list]);
    return (this.#notes = notes);
  }

  /** The value whose bytes v shares. */
  #root(v: Value): Value {
    let root = v;
    while (sameBytes(root) >= 0) root = (root as Compute).args[0]!;
    return root;
  }

  #use(v: Value, at: number): void {
    const { uses, lastUse } = this.#notes;
    uses[v.id]!++;
    lastUse[v.kind === "compute" ? this.#root(v).id : v.id] = at;
  }

  /** Looks through the block once: writes the gotos' cells, counts them and the lookups, and takes note of its values. */
  #look(): { readonly gotos: number; readonly lookups: number } {
    const insts = this.#insts;
    let gotos = 0;
    let lookups = 0;
    for (let at = 0; at < insts.length; at++) {
      const inst = insts[at]!;
      const { id } = inst;
      // A value comes before its uses.
      if (id >= 0) this.#notesFor(id).begin(id);
      switch (inst.kind) {
        case "compute":
        case "call": {
          const { args } = inst;
          for (let i = 0; i < args.length; i++) this.#use(args[i]!, at);
          break;
        }
        case "set":
          this.#use(inst.value, at);
          break;
        case "load":
          this.#use(inst.address, at);
          break;
        case "store":
          this.#use(inst.address, at);
          this.#use(inst.value, at);
          break;
        case "if":
          this.#use(inst.condition, at);
          break;
        case "goto":
          gotos++;
          this.#word(0);
          this.#word(inst.pc);
          this.#word(inst.flags);
          break;
        case "lookup":
          lookups++;
      }
    }
    for (let at = 0; at < insts.length; at++) {
      const inst = insts[at]!;
      switch (inst.kind) {
        case "set":
          this.#chooseDirect(inst.value, inst.slot, at);
          break;
        case "load":
        case "store":
          this.#foldDisplacement(inst, at);
          break;
        case "if":
          this.#foldCompare(inst, at);
      }
    }
    return { gotos, lookups };
  }

  /** The value is used at `at` too, by an instruction that folds another into itself. */
  #extend(v: Value, at: number): void {
    const { id } = this.#root(v);
    const { lastUse } = this.#notes;
    if (lastUse[id]! < at) lastUse[id] = at;
  }

  /** An address that is a single-use x + constant: the record adds the constant, sign-extended. */
  #foldDisplacement(inst: Inst & { address: Value }, at: number): void {
    const { address } = inst;
    if (address.kind !== "compute" || (address.op !== i32Add && address.op !== i64Add) || this.#notes.uses[address.id] !== 1) return;
    const [x, c] = address.args as [Value, Value];
    if (c.kind !== "const" || x.kind === "const" || !isWord(c)) return;
    this.#notes.folded[address.id] = 1;
    this.#extend(x, at);
  }

  /** A comparison that only the `if` right behind it uses: one record does both. */
  #foldCompare(inst: Inst & { condition: Value }, at: number): void {
    const { condition } = inst;
    if (condition.kind !== "compute" || this.#notes.uses[condition.id] !== 1 || this.#insts[at - 1] !== condition) return;
    if (condition.op !== i32Eqz && infoOf(condition).asIf === 0) return;
    this.#notes.folded[condition.id] = 1;
    for (const v of condition.args) this.#extend(v, at);
  }

  /** May v, set into slot at `at`, be computed right there? Not if the slot's old content is still wanted, or could be seen, in between. */
  #chooseDirect(v: Value, slot: Slot, at: number): void {
    if (v.kind !== "compute" && v.kind !== "load" && v.kind !== "call") return;
    const { direct, folded, lastUse } = this.#notes;
    if (direct[v.id]! >= 0 || folded[v.id] === 1 || sameBytes(v) >= 0 || (v.kind === "call" && v.helper.kind === "host")) return;
    let i = at - 1;
    for (; i >= 0; i--) {
      const inst = this.#insts[i]!;
      if (inst === v) break;
      switch (inst.kind) {
        case "insn":
        case "const":
          continue;
        case "get":
          if (overlaps(inst.slot, slot)) return;
          continue;
        case "set":
          if (overlaps(inst.slot, slot) || this.#liesIn(inst.value, slot)) return;
          continue;
        case "compute":
          for (let n = 0; n < inst.args.length; n++) if (this.#liesIn(inst.args[n]!, slot)) return;
          continue;
        default:
          // What may raise shows the slot; control flow and calls are not looked into.
          return;
      }
    }
    // Later uses read the slot: it must not be overwritten before the last.
    if (this.#overwritten(slot, at, Math.max(at, lastUse[v.id]!))) return;
    direct[v.id] = this.#directs.push({ slot, at, computedAt: i }) - 1;
  }

  #directOf(v: Value): Direct | undefined {
    const index = this.#notes.direct[v.id]!;
    return index < 0 ? undefined : this.#directs[index];
  }

  /** Are the value's bytes, or those of an operand folded into it, in a slot that overlaps the given one: read from it, or put there by an earlier `set`? */
  #liesIn(v: Value, slot: Slot): boolean {
    if (v.kind === "const") return false;
    if (this.#notes.folded[v.id] === 1) return (v as Compute).args.some((inner) => this.#liesIn(inner, slot));
    const root = this.#root(v);
    const place = root.kind === "get" ? root.slot : this.#directOf(root)?.slot;
    return place !== undefined && overlaps(place, slot);
  }

  /** Is the slot written in positions from+1 .. to-1? */
  #overwritten(slot: Slot, from: number, to: number): boolean {
    for (let i = from + 1; i < to; i++) {
      const inst = this.#insts[i]!;
      if (inst.kind === "set") {
        if (overlaps(inst.slot, slot)) return true;
      } else if (inst.kind === "call") {
        const { writes } = inst.helper.effects;
        if (writes === "all" || writes.some((w) => overlaps(w, slot))) return true;
      }
    }
    return false;
  }

  /** A value that a later record computes directly into an overlapping slot would be clobbered before its last use. */
  #clobbered(slot: Slot, from: number, to: number): boolean {
    if (this.#overwritten(slot, from, to)) return true;
    const directs = this.#directs;
    for (let i = 0; i < directs.length; i++) {
      const { slot: target, computedAt } = directs[i]!;
      if (computedAt > from && computedAt < to && overlaps(target, slot)) return true;
    }
    return false;
  }

  #word(word: number): void {
    this.#out[this.#next++] = word;
  }

  /** Index of the word just written. */
  #last(): number {
    return this.#next - 1;
  }

  #emit1(handler: number, a: number): void {
    const out = this.#out;
    const at = this.#next;
    out[at] = handler;
    out[at + 1] = a;
    this.#next = at + 2;
  }

  #emit2(handler: number, a: number, b: number): void {
    const out = this.#out;
    const at = this.#next;
    out[at] = handler;
    out[at + 1] = a;
    out[at + 2] = b;
    this.#next = at + 3;
  }

  #emit3(handler: number, a: number, b: number, c: number): void {
    this.#emit2(handler, a, b);
    this.#word(c);
  }

  /** The address where v lies when an instruction reads it. */
  #operand(v: Value): number {
    if (v.kind === "const") return this.#space.constant(v.type, v.value);
    const offset = sameBytes(v);
    if (offset >= 0) return this.#operand((v as Compute).args[0]!) + offset;
    const place = this.#notes.place[v.id]!;
    if (place < 0) throw new Error(`internal error: IR value v${v.id} (${v.kind}) has no place`);
    return place;
  }

  /** Chooses where v goes, which is computed at `at`. */
  #destination(v: Value, at: number): number {
    const direct = this.#directOf(v);
    const place = direct === undefined ? this.#temp(v, at) : slotAddress(direct.slot);
    this.#notes.place[v.id] = place;
    return place;
  }

  #temp(v: Value, at: number): number {
    const temp = this.#freeTemps.pop() ?? this.#temps++;
    if (temp >= TEMP_COUNT) throw new Error("internal error: block needs too many temporaries");
    const last = Math.max(this.#notes.lastUse[v.id]!, at);
    this.#nextFree[temp] = this.#freeBehind[last]!;
    this.#freeBehind[last] = temp;
    return TEMPS + 16 * temp;
  }

  #freeAfter(at: number): void {
    for (let temp = this.#freeBehind[at]!; temp >= 0; temp = this.#nextFree[temp]!) this.#freeTemps.push(temp);
  }

  #address(): number {
    return 4 * this.#next;
  }

  #encode(inst: Inst, at: number): void {
    switch (inst.kind) {
      case "const":
      case "else":
      case "end":
        if (inst.kind !== "const") this.#branchEnd(inst.kind, at);
        return;
      case "compute":
        return this.#compute(inst, at);
      case "get": {
        const last = this.#notes.lastUse[inst.id]!;
        if (!this.#clobbered(inst.slot, at, last)) this.#notes.place[inst.id] = slotAddress(inst.slot);
        else {
          const from = slotAddress(inst.slot);
          this.#emit2(copyHandlers[inst.slot.size]!, this.#destination(inst, at), from);
        }
        return;
      }
      case "set": {
        if (this.#directOf(inst.value)?.at === at) return;
        if (inst.value.kind === "const" && inst.slot.size === 4 && inst.value.type === "i32") {
          this.#emit2(fixed.const32, slotAddress(inst.slot), inst.value.value as number);
        } else this.#emit2(copyHandlers[inst.slot.size]!, slotAddress(inst.slot), this.#operand(inst.value));
        return;
      }
      case "load":
      case "store":
        return this.#access(inst, at);
      case "call":
        return this.#call(inst, at);
      case "insn":
        this.#insns.push(this.#next - (this.#base >> 2), inst.pc, inst.extra);
        return;
      case "if":
        return this.#if(inst.condition);
      case "raise":
        this.#emit3(fixed.exit, exits.raise, inst.exception, inst.argument);
        return;
      case "stop":
        this.#emit3(fixed.exit, exits.stop, inst.reason, 0);
        return;
    }
  }

  #compute(inst: Compute, at: number): void {
    if (sameBytes(inst) >= 0) return;
    const [a, b] = inst.args as [Value, Value | undefined];
    if (inst.op.lanes === 32) {
      const mask = (inst.imm as readonly number[]).reduceRight((bits, lane) => (bits << 8n) | BigInt(lane), 0n);
      const [x, y, z] = [this.#operand(a), this.#operand(b!), this.#space.constant("v128", mask)];
      this.#emit3(fixed.shuffle, this.#destination(inst, at), x, y);
      this.#word(z);
      return;
    }
    if (inst.op.lanes !== 0) return this.#lane(inst, at);
    const info = infoOf(inst);
    if (b?.kind === "const" && info.withConstant !== 0 && isWord(b)) {
      const from = this.#operand(a);
      this.#emit3(info.withConstant, this.#destination(inst, at), from, Number(b.value));
      return;
    }
    const x = this.#operand(a);
    if (b === undefined) return this.#emit2(info.handler, this.#destination(inst, at), x);
    const y = this.#operand(b);
    const c = inst.args[2];
    if (c === undefined) return this.#emit3(info.handler, this.#destination(inst, at), x, y);
    const z = this.#operand(c);
    this.#emit3(info.handler, this.#destination(inst, at), x, y);
    this.#word(z);
  }

  #lane(inst: Compute, at: number): void {
    const info = infoOf(inst);
    const offset = info.laneBytes * (inst.imm as number);
    const [a, b] = inst.args as [Value, Value | undefined];
    if (b === undefined) {
      const from = this.#operand(a) + offset;
      return this.#emit2(info.lane, this.#destination(inst, at), from);
    }
    const vector = this.#operand(a);
    const value = this.#operand(b);
    this.#emit3(info.lane, this.#destination(inst, at), vector, offset);
    this.#word(value);
  }

  #if(condition: Value): void {
    if (this.#notes.folded[condition.id] === 1) {
      const [a, b] = (condition as Compute).args as [Value, Value | undefined];
      const info = infoOf(condition as Compute);
      if (b === undefined) this.#emit3(fixed.ifZero, this.#operand(a), 0, 0);
      else if (b.kind === "const" && isWord(b)) this.#emit3(info.asIfWithConstant, this.#operand(a), Number(b.value), 0);
      else this.#emit3(info.asIf, this.#operand(a), this.#operand(b), 0);
    } else this.#emit2(fixed.if, this.#operand(condition), 0);
    this.#open.push({ elseWord: this.#last(), endWords: [] });
  }

  #branchEnd(kind: "else" | "end", at: number): void {
    const frame = this.#open.at(-1)!;
    if (kind === "else") {
      // Nothing comes from behind an exit.
      if (!isExit(this.#insts[at - 1]!)) {
        this.#emit1(fixed.jump, 0);
        frame.endWords.push(this.#last());
      }
      this.#out[frame.elseWord] = this.#address();
      frame.elseWord = -1;
      return;
    }
    this.#open.pop();
    if (frame.elseWord >= 0) frame.endWords.push(frame.elseWord);
    for (const word of frame.endWords) this.#out[word] = this.#address();
  }

  #access(inst: Load | Extract<Inst, { kind: "store" }>, at: number): void {
    const { mem } = inst;
    let address = inst.address;
    let displacement = 0;
    if (this.#notes.folded[address.id] === 1) {
      const [x, c] = (address as Compute).args as [Value, Value];
      address = x;
      displacement = Number((c as { value: number | bigint }).value);
    }
    const given = mem.align !== 1 && mem.align !== mem.size;
    const base = this.#operand(address);
    const handler = accessHandlers[this.#space.addressBits][accessIndex(inst.kind === "store", mem)]!;
    const value = inst.kind === "store" ? this.#operand(inst.value) : this.#destination(inst, at);
    this.#emit3(handler, value, base, displacement);
    this.#word(TLB + mem.mmuIdx * TLB_MMU_SIZE);
    this.#word(packMemOp(mem));
    if (given) this.#word(mem.align - 1);
  }

  #call(inst: Extract<Inst, { kind: "call" }>, at: number): void {
    const { helper } = inst;
    const args = inst.args.map((v) => this.#operand(v));
    const index = this.#space.helper(helper);
    if (helper.kind === "host") {
      const dst = helper.result === undefined ? 0 : this.#destination(inst as Value, at);
      this.#emit3(fixed.callHost, index, dst, 4 * (4 + args.length));
    } else this.#emit2(wasmCallHandler(helper), index, this.#destination(inst as Value, at));
    for (const arg of args) this.#word(arg);
  }
}
