/**
 * A region to one wasm function: guest state in locals, structured control flow, one epilogue.
 *
 *   load state locals and the budget
 *   block $leave
 *     the blocks: each takes its instructions off the budget, or leaves
 *   end                                       <- $kind says why, $arg with what
 *   write the locals and the budget back
 *   tail-call the next block, or return an exit reason
 *
 * Nothing is written back before a slow path: it only needs the budget. If it reports a fault, the code leaves with the site,
 * and the locals are exactly the state before the instruction's remaining effects.
 */
import {
  type Block,
  type Call,
  type Compute,
  type Inst,
  isExit,
  type MemOp,
  operands,
  overlaps,
  packMemOp,
  readBlock,
  type References,
  type Slot,
  type Type,
  type Value,
} from "@tsemu/ir";
import { BUDGET, descriptor, EXIT_ARG, EXIT_ARG2, exits, linkCell, SCRATCH, SITE, TLB, TLB_MMU_SIZE } from "@tsemu/memory";
import { tagOf, tlbEntry } from "./guest-access.ts";
import { loadHost, lowerings, storeHost } from "./lower.ts";
import { imports, type Region as SentRegion, type RegionBlock as SentBlock } from "./region.ts";
import { SlotLocals } from "./slot-locals.ts";
import { irreducibleEdges, structured } from "./structure.ts";
import { type Expr, type WasmModule, type WasmType, wasmTypes } from "./wasm-module.ts";

const LEAVE = "leave";
const i32 = wasmTypes.i32;

/** A region with its IR read. */
type RegionBlock = Omit<SentBlock, "ir"> & { readonly ir: Block };
interface Region {
  readonly blocks: readonly RegionBlock[];
}

/** What $kind says in the epilogue, beside the exit reasons themselves: go on at the link cell in $arg. */
const KIND_GOTO = 100;

/** Where a block's last instructions lead, if to known places. */
interface Tail {
  /** Number of leading instructions that are the block's body. */
  readonly body: number;
  readonly branches: readonly { readonly condition: Value | undefined; readonly code: readonly Inst[]; readonly exit: Inst }[];
}

/** Takes `if c ... goto A end goto B` (or only `goto B`) off the end of a block. */
function tailOf(block: Block): Tail {
  const { insts } = block;
  const last = insts.length - 1;
  const exit = insts[last]!;
  if (exit.kind === "goto" && insts[last - 1]?.kind === "end") {
    // The `if` of this `end`, at the top level, without an else.
    let depth = 0;
    for (let i = last - 1; i >= 0; i--) {
      const { kind } = insts[i]!;
      if (kind === "end") depth++;
      else if (kind === "else" && depth === 1) break;
      else if (kind === "if" && --depth === 0) {
        const inner = insts.slice(i + 1, last - 1);
        const end = inner.at(-1);
        if (end?.kind !== "goto" || inner.some((x, n) => n < inner.length - 1 && isExit(x))) break;
        return {
          body: i,
          branches: [
            { condition: (insts[i] as { condition: Value }).condition, code: inner.slice(0, -1), exit: end },
            { condition: undefined, code: [], exit },
          ],
        };
      }
    }
  }
  return { body: last, branches: [{ condition: undefined, code: [], exit }] };
}

class RegionEmitter {
  readonly #m: WasmModule;
  readonly #region: Region;
  readonly #locals: WasmType[] = [];
  readonly #slots: SlotLocals;
  readonly #kind: number;
  readonly #arg: number;
  readonly #budget: number;
  readonly #va: number;
  readonly #entry: number;
  /** Helpers called, which become imports. */
  readonly helpers: Map<string, Call["helper"]>;
  // Of the block being emitted:
  #block!: RegionBlock;
  #site = 0;
  #places = new Map<Value, () => Expr>();
  #lastUse = new Map<Value, number>();
  #position = new Map<Inst, number>();
  /** Value locals in use by type, and how many there are. */
  #used: Record<Type, number> = { i32: 0, i64: 0, f32: 0, f64: 0, v128: 0 };
  readonly #pools: Record<Type, number[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  #cells = new Map<Inst, number>();

  constructor(m: WasmModule, region: Region, helpers: Map<string, Call["helper"]>) {
    this.#m = m;
    this.#region = region;
    this.helpers = helpers;
    this.#slots = new SlotLocals(m, allInsts(region), (type) => this.#newLocal(type));
    this.#kind = this.#newLocal("i32");
    this.#arg = this.#newLocal("i32");
    this.#budget = this.#newLocal("i32");
    this.#va = this.#newLocal("i32");
    this.#entry = this.#newLocal("i32");
  }

  /** Local 0 is the parameter. */
  #newLocal(type: Type): number {
    this.#locals.push(wasmTypes[type]);
    return this.#locals.length;
  }

  emit(name: string): void {
    const m = this.#m;
    const { blocks } = this.#region;
    const index = new Map(blocks.map((b, i) => [`${b.pc}/${b.flags}`, i]));
    const targetOf = (exit: Inst): number | undefined => (exit.kind === "goto" ? index.get(`${exit.pc}/${exit.flags}`) : undefined);
    const tails = blocks.map((b) => tailOf(b.ir));
    const edges = tails.map(({ branches }) => branches.map((b) => targetOf(b.exit)));
    const inside = (targets: readonly (number | undefined)[]): number[] => targets.filter((t) => t !== undefined);
    // What would make the graph irreducible leaves through its link cell, like an edge to elsewhere.
    const wrong = irreducibleEdges(edges.map(inside));
    const graph = edges.map((targets, from) => targets.map((to) => (to !== undefined && wrong.has(`${from}/${to}`) ? undefined : to)));
    const body = structured(m, graph.map(inside), (from, branch) => {
      const block = blocks[from]!;
      this.#beginBlock(block);
      const tail = tails[from]!;
      const code = [...this.#takeBudget(), ...this.#insts(block.ir.insts.slice(0, tail.body), 0)];
      // All of the block's own code comes first: a branch may contain other blocks.
      const ways = tail.branches.map(({ condition, code: inner, exit }, i) => {
        const to = graph[from]![i];
        const statements = inner.length === 0 ? [] : this.#insts(inner, this.#position.get(inner[0]!)!);
        if (to === undefined) statements.push(this.#exit(exit));
        return { condition: condition === undefined ? undefined : this.#use(condition), statements, to };
      });
      const [first, second] = ways.map(({ statements, to }) => m.block(null, to === undefined ? statements : [...statements, branch(to)]));
      const { condition } = ways[0]!;
      return m.block(null, [...code, condition === undefined ? first! : m.if(condition, first!, second!)]);
    });
    m.addFunction(name, [i32], i32, this.#locals, m.block(null, [...this.#prologue(), m.block(LEAVE, [body]), ...this.#epilogue()]));
    m.addFunctionExport(name, name);
  }

  #get = (local: number): Expr => this.#m.local.get(local, i32);
  #cell = (address: number): Expr => this.#m.i32.load(address, 4, this.#m.i32.const(0));
  #setCell = (address: number, value: Expr): Expr => this.#m.i32.store(address, 4, this.#m.i32.const(0), value);

  #prologue(): Expr[] {
    return [...this.#slots.loadAll(), this.#m.local.set(this.#budget, this.#cell(BUDGET))];
  }

  #epilogue(): Expr[] {
    const m = this.#m;
    const next = (): Expr => this.#get(this.#va);
    return [
      ...this.#slots.writeBack(),
      this.#setCell(BUDGET, this.#get(this.#budget)),
      m.if(
        m.i32.eq(this.#get(this.#kind), m.i32.const(KIND_GOTO)),
        m.block(null, [
          m.local.set(this.#va, m.i32.load(linkCell.descriptor, 4, this.#get(this.#arg))),
          m.if(next(), m.return_call_indirect("table", m.i32.load(descriptor.fn, 4, next()), [next()], [i32], i32)),
          m.local.set(this.#kind, m.i32.const(exits.unlinked)),
        ]),
      ),
      m.if(m.i32.eq(this.#get(this.#kind), m.i32.const(exits.lookup)), m.return_call("lookup", [m.i32.const(0)], i32)),
      // Faults and raises come with a site, the others with their argument.
      m.if(
        m.i32.or(m.i32.eq(this.#get(this.#kind), m.i32.const(exits.fault)), m.i32.eq(this.#get(this.#kind), m.i32.const(exits.raise))),
        this.#setCell(SITE, this.#get(this.#arg)),
        this.#setCell(EXIT_ARG, this.#get(this.#arg)),
      ),
      m.return(this.#get(this.#kind)),
    ];
  }

  #leave(kind: number, arg: number): Expr {
    const m = this.#m;
    return m.block(null, [m.local.set(this.#kind, m.i32.const(kind)), m.local.set(this.#arg, m.i32.const(arg | 0)), m.br(LEAVE)]);
  }

  #beginBlock(block: RegionBlock): void {
    this.#block = block;
    this.#site = block.site - 1;
    this.#places = new Map();
    this.#lastUse = new Map();
    this.#position = new Map();
    this.#cells = new Map();
    this.#used = { i32: 0, i64: 0, f32: 0, f64: 0, v128: 0 };
    let cell = block.cells;
    block.ir.insts.forEach((inst, at) => {
      this.#position.set(inst, at);
      for (const v of operands(inst)) this.#lastUse.set(v, at);
      if (inst.kind === "goto") {
        this.#cells.set(inst, cell);
        cell += linkCell.size;
      }
    });
  }

  #takeBudget(): Expr[] {
    const m = this.#m;
    const n = this.#block.insnCount;
    return [
      m.if(m.i32.lt_s(this.#get(this.#budget), m.i32.const(n)), this.#leave(exits.budget, this.#block.descriptor)),
      m.local.set(this.#budget, m.i32.sub(this.#get(this.#budget), m.i32.const(n))),
    ];
  }

  /** Emits a run of instructions that starts at position `at` of the block, `if`s included. */
  #insts(insts: readonly Inst[], at: number): Expr[] {
    const m = this.#m;
    const stack: { out: Expr[]; condition: Expr; then: Expr[] | undefined }[] = [];
    let out: Expr[] = [];
    insts.forEach((inst, i) => {
      switch (inst.kind) {
        case "if":
          stack.push({ out, condition: this.#use(inst.condition), then: undefined });
          out = [];
          break;
        case "else":
          stack.at(-1)!.then = out;
          out = [];
          break;
        case "end": {
          const { out: outer, condition, then } = stack.pop()!;
          outer.push(then === undefined ? m.if(condition, m.block(null, out)) : m.if(condition, m.block(null, then), m.block(null, out)));
          out = outer;
          break;
        }
        default:
          this.#inst(inst, at + i, out);
      }
    });
    return out;
  }

  #use(v: Value): Expr {
    if (v.kind === "const") return this.#constant(v.type, v.value);
    const place = this.#places.get(v);
    if (place === undefined) throw new Error(`internal error: IR value v${v.id} is not in its block`);
    return place();
  }

  #constant(type: Type, value: number | bigint): Expr {
    const m = this.#m;
    switch (type) {
      case "i32":
        return m.i32.const(value as number);
      case "i64":
        return m.i64.const(value as bigint);
      case "f32":
        return m.f32.const(value as number);
      case "f64":
        return m.f64.const(value as number);
      case "v128": {
        const bytes: number[] = [];
        for (let i = 0n; i < 16n; i++) bytes.push(Number(((value as bigint) >> (8n * i)) & 0xffn));
        return m.v128.const(bytes);
      }
    }
  }

  /** Computes v into a local of its own. */
  #define(v: Value, value: Expr): Expr {
    const type = v.type!;
    const pool = this.#pools[type];
    const n = this.#used[type]++;
    pool[n] ??= this.#newLocal(type);
    const local = pool[n]!;
    this.#places.set(v, () => this.#m.local.get(local, wasmTypes[type]));
    return this.#m.local.set(local, value);
  }

  #inst(inst: Inst, at: number, out: Expr[]): void {
    if (isExit(inst)) {
      out.push(this.#exit(inst));
      return;
    }
    switch (inst.kind) {
      case "insn":
        this.#site++;
        return;
      case "compute":
        out.push(this.#define(inst, this.#compute(inst)));
        return;
      case "get":
        if (this.#slots.isWhole(inst.slot) && !this.#overwritten(inst.slot, at, this.#lastUse.get(inst) ?? at)) {
          this.#places.set(inst, () => this.#slots.get(inst.slot));
        } else out.push(this.#define(inst, this.#slots.get(inst.slot)));
        return;
      case "set":
        out.push(this.#slots.set(inst.slot, this.#use(inst.value)));
        return;
      case "load":
        this.#load(inst, out);
        return;
      case "store":
        this.#store(inst, out);
        return;
      case "call":
        this.#call(inst, out);
    }
  }

  #compute(inst: Compute): Expr {
    return lowerings[inst.op.index]!(
      this.#m,
      inst.args.map((a) => this.#use(a)),
      inst.imm,
      (e) => this.#m.copyExpression(e),
    );
  }

  /** Is the slot written between two positions of the block? */
  #overwritten(slot: Slot, from: number, to: number): boolean {
    const { insts } = this.#block.ir;
    for (let i = from + 1; i < to; i++) {
      const inst = insts[i]!;
      if (inst.kind === "set" && overlaps(inst.slot, slot)) return true;
      if (inst.kind === "call") {
        const { writes } = inst.helper.effects;
        if (writes === "all" || writes.some((w) => overlaps(w, slot))) return true;
      }
    }
    return false;
  }

  #exit(inst: Inst): Expr {
    const m = this.#m;
    switch (inst.kind) {
      case "goto":
        return this.#leave(KIND_GOTO, this.#cells.get(inst)!);
      case "lookup":
        return this.#leave(exits.lookup, 0);
      case "raise":
        return m.block(null, [
          this.#setCell(EXIT_ARG, m.i32.const(inst.exception)),
          this.#setCell(EXIT_ARG2, m.i32.const(inst.argument | 0)),
          this.#leave(exits.raise, this.#site),
        ]);
      case "stop":
        return this.#leave(exits.stop, inst.reason);
      default:
        throw new Error(`internal error: ${inst.kind} is no exit`);
    }
  }

  /** va and the TLB entry's address into their locals; returns the condition of a hit on the tag at `tag` of the entry. */
  #lookUpTlb(mem: MemOp, address: Value, tag: number, out: Expr[]): Expr {
    const m = this.#m;
    const va = (): Expr => this.#get(this.#va);
    const base = TLB + mem.mmuIdx * TLB_MMU_SIZE;
    out.push(m.local.set(this.#va, this.#use(address)), m.local.set(this.#entry, tlbEntry(m, va)));
    const align = mem.align === 1 || mem.align >= mem.size ? mem.align : { mask: () => m.i32.const(mem.align - 1) };
    return m.i32.eq(tagOf(m, va, { size: mem.size, align }), m.i32.load(base + tag, 4, this.#get(this.#entry)));
  }

  #hostAddress(mem: MemOp): Expr {
    const m = this.#m;
    return m.i32.add(this.#get(this.#va), m.i32.load(TLB + mem.mmuIdx * TLB_MMU_SIZE + 8, 4, this.#get(this.#entry)));
  }

  /** The slow path's call: leaves the region if it faults. The budget may be taken away by what it does. */
  #slow(name: string, mem: MemOp): Expr[] {
    const m = this.#m;
    return [
      this.#setCell(BUDGET, this.#get(this.#budget)),
      m.local.set(this.#entry, m.call(name, [this.#get(this.#va), m.i32.const(packMemOp(mem)), m.i32.const(this.#site | 0)], i32)),
      m.local.set(this.#budget, this.#cell(BUDGET)),
      m.if(this.#get(this.#entry), this.#leave(exits.fault, this.#site)),
    ];
  }

  #load(inst: Extract<Inst, { kind: "load" }>, out: Expr[]): void {
    const m = this.#m;
    const { mem } = inst;
    const hit = this.#lookUpTlb(mem, inst.address, 0, out);
    const host = this.#hostAddress(mem);
    const fast = narrowLoad(m, mem, host);
    const assign = this.#define(inst, fast);
    const slow = [...this.#slow(imports.slowLoad, mem), this.#assign(inst, loadHost(m, mem.type, SCRATCH, m.i32.const(0)))];
    out.push(m.if(hit, assign, m.block(null, slow)));
  }

  /** Another assignment to the local that `define` gave v. */
  #assign(v: Value, value: Expr): Expr {
    const m = this.#m;
    const type = v.type!;
    const local = this.#pools[type][this.#used[type] - 1]!;
    return m.local.set(local, value);
  }

  #store(inst: Extract<Inst, { kind: "store" }>, out: Expr[]): void {
    const m = this.#m;
    const { mem } = inst;
    const hit = this.#lookUpTlb(mem, inst.address, 4, out);
    const fast = narrowStore(m, mem, this.#hostAddress(mem), this.#use(inst.value));
    const slow = [storeHost(m, mem.type, SCRATCH, m.i32.const(0), this.#use(inst.value)), ...this.#slow(imports.slowStore, mem)];
    out.push(m.if(hit, fast, m.block(null, slow)));
  }

  #call(inst: Call, out: Expr[]): void {
    const m = this.#m;
    const { helper } = inst;
    const { reads, writes, mayRaise } = helper.effects;
    this.helpers.set(helper.name, helper);
    out.push(...this.#slots.writeBack(reads === "all" || mayRaise ? "all" : [...reads, ...(writes === "all" ? [] : writes)]));
    const isHost = helper.kind === "host";
    if (isHost) out.push(this.#setCell(BUDGET, this.#get(this.#budget)), this.#setCell(SITE, m.i32.const(this.#site | 0)));
    const call = m.call(
      imports.helper + helper.name,
      inst.args.map((a) => this.#use(a)),
      helper.result === undefined ? wasmTypes.none : wasmTypes[helper.result],
    );
    out.push(helper.result === undefined ? call : this.#define(inst as Value, call));
    if (isHost) out.push(m.local.set(this.#budget, this.#cell(BUDGET)));
    out.push(...this.#slots.reload(writes));
  }
}

function* allInsts(region: Region): Generator<Inst> {
  for (const { ir } of region.blocks) yield* ir.insts;
}

type SizedAccess = Record<string, (offset: number, align: number, address: Expr, value?: Expr) => Expr>;

function narrowLoad(m: WasmModule, mem: MemOp, address: Expr): Expr {
  const bits = 8 * mem.size;
  const full = { i32: 32, i64: 64, f32: 32, f64: 64, v128: 128 }[mem.type];
  if (bits === full) return loadHost(m, mem.type, 0, address);
  return (m[mem.type] as unknown as SizedAccess)[`load${bits}_${mem.signed ? "s" : "u"}`]!(0, 1, address);
}

function narrowStore(m: WasmModule, mem: MemOp, address: Expr, value: Expr): Expr {
  const bits = 8 * mem.size;
  const full = { i32: 32, i64: 64, f32: 32, f64: 64, v128: 128 }[mem.type];
  if (bits === full) return storeHost(m, mem.type, 0, address, value);
  return (m[mem.type] as unknown as SizedAccess)[`store${bits}`]!(0, 1, address, value);
}

/** Adds a region's function to the module; the helpers it calls are collected in `helpers`. */
export function emitRegion(
  m: WasmModule,
  region: SentRegion,
  references: References,
  name: string,
  helpers: Map<string, Call["helper"]>,
): void {
  const blocks = region.blocks.map((block) => ({ ...block, ir: readBlock(block.ir, references) }));
  new RegionEmitter(m, { blocks }, helpers).emit(name);
}
