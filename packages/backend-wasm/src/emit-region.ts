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
  type Goto,
  type Inst,
  isExit,
  type MemOp,
  operands,
  overlaps,
  packMemOp,
  type Slot,
  type Type,
  type Value,
} from "@tsemu/ir";
import {
  type AddressBits,
  BUDGET,
  descriptor,
  EXIT_ARG,
  EXIT_ARG2,
  exits,
  FLAGS,
  INVALID_TAG,
  linkCell,
  PAGE_BITS,
  PC,
  PC_HIGH,
  SCRATCH,
  SHORTCUTS,
  SHORTCUTS_EACH,
  SHORTCUTS_MMU_SIZE,
  shortcut,
  SITE,
  STATE_BASE,
  TLB,
  TLB_MMU_SIZE,
  TRIALS,
  TRIALS_EACH,
  TRIALS_MMU_SIZE,
  tlbShapes,
} from "@tsemu/memory";
import { AccessPatterns, type Pattern } from "./access-patterns.ts";
import { compareTag, lowWord, tagOf, tlbEntry } from "./guest-access.ts";
import { canBeFast, FastPaths } from "./fast-path.ts";
import { loadHost, lowerings, storeHost } from "./lower.ts";
import { imports, type IrOf, type Region as SentRegion, type RegionBlock as SentBlock } from "./region.ts";
import { SlotLocals } from "./slot-locals.ts";
import { irreducibleEdges, structured, waysIn } from "./structure.ts";
import { type Expr, type WasmModule, type WasmType, wasmTypes } from "./wasm-module.ts";

const LEAVE = "leave";
const i32 = wasmTypes.i32;

/** A region with its IR. */
type RegionBlock = SentBlock & { readonly ir: Block };
interface Region {
  readonly blocks: readonly RegionBlock[];
  readonly entries: readonly number[];
}

/** What $kind says in the epilogue, beside the exit reasons themselves: go on at the link cell in $arg. */
const KIND_GOTO = 100;

/** What is known of the block that code is being emitted for. */
interface BlockState {
  readonly block: RegionBlock;
  /** Its position in the region. */
  readonly index: number;
  site: number;
  readonly places: Map<Value, () => Expr>;
  readonly lastUse: Map<Value, number>;
  /** Number of each goto, and of each lookup, among its kind. */
  readonly exitNumbers: Map<Inst, number>;
  /** Value locals in use by type. */
  readonly used: Record<Type, number>;
  /** Code that goes on at another block of the region. */
  readonly branch: (to: number) => Expr;
}

/** Lookups with more known targets than this branch by a table. */
const MAX_COMPARISONS = 3;

class RegionEmitter {
  readonly #m: WasmModule;
  readonly #region: Region;
  readonly #locals: WasmType[] = [];
  readonly #slots: SlotLocals;
  readonly #fast: FastPaths;
  readonly #patterns: AccessPatterns;
  readonly #kind: number;
  readonly #arg: number;
  readonly #budget: number;
  readonly #addressBits: AddressBits;
  /** The address of an access, lower word and (where there are 64 bits) all of it. */
  readonly #va: number;
  readonly #wideVa: number;
  readonly #entry: number;
  /** Helpers called, which become imports. */
  readonly helpers: Map<string, Call["helper"]>;
  /** The block being emitted. */
  #now!: BlockState;
  /** How many value locals of each type there are. */
  readonly #pools: Record<Type, number[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  /** Where the root goes on, if there is one; and of the edges that lead to it instead of to a block ("from/to"), the way on from there. */
  #way: number | undefined;
  readonly #wayTo = new Map<string, number>();
  #labels = 0;

  constructor(m: WasmModule, region: Region, addressBits: AddressBits, helpers: Map<string, Call["helper"]>) {
    this.#m = m;
    this.#region = region;
    this.#addressBits = addressBits;
    this.helpers = helpers;
    this.#slots = new SlotLocals(m, allInsts(region), (type) => this.#newLocal(type));
    this.#patterns = new AccessPatterns(allInsts(region));
    this.#fast = new FastPaths(m, this.#slots, callsOf(region), () => this.#newLocal("i32"));
    this.#kind = this.#newLocal("i32");
    this.#arg = this.#newLocal("i32");
    this.#budget = this.#newLocal("i32");
    this.#va = this.#newLocal("i32");
    this.#wideVa = addressBits === 64 ? this.#newLocal("i64") : this.#va;
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
    const edges = blocks.map((block) => this.#edgesOf(block));
    const irreducible = irreducibleEdges(edges);
    const reducible = edges.map((targets, from) => targets.filter((to) => !irreducible.has(`${from}/${to}`)));
    // The root's ways in are those of the region, and what irreducible edges lead to.
    const inner = [...irreducible].map((edge) => Number(edge.split("/")[1]));
    const ways = [...new Set([...this.#region.entries, ...inner])];
    const body =
      ways.length === 1
        ? structured(m, reducible, (index, branch) => this.#node(index, branch, []))
        : this.#rooted(reducible, waysIn(reducible, ways), irreducible);
    m.addFunction(name, [i32], i32, this.#locals, m.block(null, [...this.#prologue(), m.block(LEAVE, [body]), ...this.#epilogue()]));
    m.addFunctionExport(name, name);
  }

  #node(index: number, branch: (to: number) => Expr, before: readonly Expr[]): Expr {
    const outer = this.#now;
    const block = this.#region.blocks[index]!;
    this.#now = blockState(block, index, branch);
    const code = this.#m.block(null, [...before, ...this.#takeBudget(), ...this.#insts(block.ir.insts)]);
    this.#now = outer;
    return code;
  }

  /**
   * The region behind a root that goes on where $way says: by one of the ways in, or by an edge that would make the graph irreducible, which leads
   * back to the root. What lies in loops is reached through their headers; there, $way is 0 on the ordinary way.
   */
  #rooted(graph: readonly (readonly number[])[], ways: readonly (readonly number[])[], irreducible: ReadonlySet<string>): Expr {
    const m = this.#m;
    const way = this.#newLocal("i32");
    this.#way = way;
    /** Of each node (the root is 0, the blocks follow): where the ways through it go on. */
    const onward: { readonly way: number; readonly to: number }[][] = [[], ...graph.map(() => [])];
    ways.forEach((nodes, number) => {
      let from = 0;
      for (const node of nodes) {
        onward[from]!.push({ way: number, to: node + 1 });
        from = node + 1;
      }
    });
    const edges = onward.map((list, from) => [...list.map(({ to }) => to), ...(from === 0 ? [] : graph[from - 1]!.map((to) => to + 1))]);
    for (const edge of irreducible) {
      const [from, to] = edge.split("/").map(Number) as [number, number];
      edges[from + 1]!.push(0);
      this.#wayTo.set(
        edge,
        ways.findIndex((nodes) => nodes.at(-1) === to),
      );
    }
    if (irreducibleEdges(edges).size > 0) throw new Error("internal error: the region's graph is irreducible");
    return structured(m, edges, (node, branch) => {
      /** Goes on by each of the ways through the node, if it is the one being gone. */
      const dispatch = onward[node]!.map(({ way: number, to }) => {
        const arrived = ways[number]!.at(-1) === to - 1 && number !== 0 ? [m.local.set(way, m.i32.const(0))] : [];
        return m.if(m.i32.eq(this.#get(way), m.i32.const(number)), m.block(null, [...arrived, branch(to)]));
      });
      if (node === 0) return m.block(null, [...dispatch, m.unreachable()]);
      const before = dispatch.length === 0 ? [] : [m.if(this.#get(way), m.block(null, dispatch))];
      return this.#node(node - 1, (to) => branch(to + 1), before);
    });
  }

  /** Where the block's exits lead inside the region, in order. */
  #edgesOf({ ir, gotos, targets }: RegionBlock): number[] {
    let goto = 0;
    let lookup = 0;
    return ir.insts.flatMap((inst) => {
      if (inst.kind === "goto") {
        const { to } = gotos[goto++]!;
        return to < 0 ? [] : [to];
      }
      return inst.kind === "lookup" ? targets[lookup++]! : [];
    });
  }

  #get = (local: number): Expr => this.#m.local.get(local, i32);
  #cell = (address: number): Expr => this.#m.i32.load(address, 4, this.#m.i32.const(0));
  #setCell = (address: number, value: Expr): Expr => this.#m.i32.store(address, 4, this.#m.i32.const(0), value);

  #prologue(): Expr[] {
    const m = this.#m;
    const way = this.#way === undefined ? [] : [m.local.set(this.#way, m.i32.load(descriptor.entry, 4, this.#get(0)))];
    return [...this.#slots.loadAll(), ...this.#fast.update("all"), m.local.set(this.#budget, this.#cell(BUDGET)), ...way];
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

  #takeBudget(): Expr[] {
    const m = this.#m;
    const n = this.#now.block.insnCount;
    return [
      m.if(
        m.i32.lt_s(this.#get(this.#budget), m.i32.const(n)),
        this.#leave(exits.budget, this.#now.block.descriptor),
        undefined,
        "unlikely",
      ),
      m.local.set(this.#budget, m.i32.sub(this.#get(this.#budget), m.i32.const(n))),
    ];
  }

  /** Emits the instructions of the block, `if`s included. */
  #insts(insts: readonly Inst[]): Expr[] {
    const m = this.#m;
    const stack: { out: Expr[]; condition: Expr; first: Expr[] | undefined }[] = [];
    let out: Expr[] = [];
    insts.forEach((inst, at) => {
      switch (inst.kind) {
        case "if":
          stack.push({ out, condition: this.#use(inst.condition), first: undefined });
          out = [];
          break;
        case "else":
          stack.at(-1)!.first = out;
          out = [];
          break;
        case "end": {
          const { out: outer, condition, first } = stack.pop()!;
          outer.push(first === undefined ? m.if(condition, m.block(null, out)) : m.if(condition, m.block(null, first), m.block(null, out)));
          out = outer;
          break;
        }
        default:
          this.#inst(inst, at, out);
      }
    });
    return out;
  }

  #use(v: Value): Expr {
    if (v.kind === "const") return this.#constant(v.type, v.value);
    const place = this.#now.places.get(v);
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
    const n = this.#now.used[type]++;
    pool[n] ??= this.#newLocal(type);
    const local = pool[n]!;
    this.#now.places.set(v, () => this.#m.local.get(local, wasmTypes[type]));
    return this.#m.local.set(local, value);
  }

  #inst(inst: Inst, at: number, out: Expr[]): void {
    if (isExit(inst)) {
      out.push(this.#exit(inst));
      return;
    }
    switch (inst.kind) {
      case "insn":
        this.#now.site++;
        return;
      case "compute":
        out.push(this.#define(inst, this.#compute(inst)));
        return;
      case "get":
        if (this.#slots.isWhole(inst.slot) && !this.#overwritten(inst.slot, at, this.#now.lastUse.get(inst) ?? at)) {
          this.#now.places.set(inst, () => this.#slots.get(inst.slot));
        } else out.push(this.#define(inst, this.#slots.get(inst.slot)));
        return;
      case "set":
        out.push(this.#slots.set(inst.slot, this.#use(inst.value)), ...this.#fast.update([inst.slot]));
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
    const { insts } = this.#now.block.ir;
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
        return this.#goto(inst);
      case "lookup":
        return this.#lookup(inst);
      case "raise":
        return m.block(null, [
          this.#setCell(EXIT_ARG, m.i32.const(inst.exception)),
          this.#setCell(EXIT_ARG2, m.i32.const(inst.argument | 0)),
          this.#leave(exits.raise, this.#now.site),
        ]);
      case "stop":
        return this.#leave(exits.stop, inst.reason);
      default:
        throw new Error(`internal error: ${inst.kind} is no exit`);
    }
  }

  /** Goes on at a block of the region, if the way there is open; otherwise `instead`. */
  #enter(to: number, instead: () => Expr): Expr {
    const m = this.#m;
    const { block, index, branch } = this.#now;
    const target = this.#region.blocks[to]!;
    const way = this.#wayTo.get(`${index}/${to}`);
    const go = (): Expr => (way === undefined ? branch(to) : m.block(null, [m.local.set(this.#way!, m.i32.const(way)), branch(-1)]));
    // The page is that of the present block: its mapping holds.
    const isHere = target.pc >>> PAGE_BITS === block.pc >>> PAGE_BITS && target.pcHigh === block.pcHigh;
    const guards = [isHere ? undefined : target.guard, target.secondGuard].filter((guard) => guard !== undefined);
    if (guards.length === 0) return go();
    const holds = guards.map(({ cell, value }) => m.i32.eq(this.#cell(cell), m.i32.const(value))).reduce((all, one) => m.i32.and(all, one));
    return m.if(holds, go(), instead(), "likely");
  }

  #goto(inst: Goto): Expr {
    const m = this.#m;
    const { to, cell } = this.#now.block.gotos[this.#now.exitNumbers.get(inst)!]!;
    const leave = (): Expr =>
      cell !== 0
        ? this.#leave(KIND_GOTO, cell)
        : m.block(null, [
            this.#slots.setWord(PC - STATE_BASE, m.i32.const(inst.pc | 0)),
            this.#slots.setWord(FLAGS - STATE_BASE, m.i32.const(inst.flags)),
            this.#leave(exits.lookup, 0),
          ]);
    return to < 0 ? leave() : this.#enter(to, leave);
  }

  #lookup(inst: Inst): Expr {
    const m = this.#m;
    const targets = this.#now.block.targets[this.#now.exitNumbers.get(inst)!]!;
    const leave = (): Expr => this.#leave(exits.lookup, 0);
    const pc = (): Expr => this.#slots.word(PC - STATE_BASE);
    /** The branch if that is where it goes; otherwise what follows is reached. */
    const attempt = (to: number): Expr => {
      const target = this.#region.blocks[to]!;
      const low = m.i32.and(
        m.i32.eq(pc(), m.i32.const(target.pc | 0)),
        m.i32.eq(this.#slots.word(FLAGS - STATE_BASE), m.i32.const(target.flags)),
      );
      const matches =
        this.#addressBits === 64 ? m.i32.and(low, m.i32.eq(this.#slots.word(PC_HIGH - STATE_BASE), m.i32.const(target.pcHigh | 0))) : low;
      return m.if(matches, this.#enter(to, leave));
    };
    const table = targets.length > MAX_COMPARISONS ? jumpTable(targets.map((to) => this.#region.blocks[to]!.pc)) : undefined;
    if (table === undefined) return m.block(null, [...targets.map(attempt), leave()]);
    // A block for each target, one inside the other, left by the branch through the table; behind each, what its target needs.
    const n = this.#labels++;
    const label = (i: number | undefined): string => (i === undefined ? `other${n}` : `target${n}_${i}`);
    const hash = m.i32.and(m.i32.shr_u(pc(), m.i32.const(table.shift)), m.i32.const(table.places.length - 1));
    let code = m.switch(table.places.map(label), label(undefined), hash);
    targets.forEach((to, i) => {
      code = m.block(null, [m.block(label(i), [code]), attempt(to), m.br(label(undefined))]);
    });
    return m.block(null, [m.block(label(undefined), [code]), leave()]);
  }

  /**
   * va into its local, and its host address less va into another: by the shortcut of the register that the address comes from, or else by the TLB,
   * which then becomes the shortcut. Where neither has it, `slow` is done and `done` left.
   */
  #translate(mem: MemOp, address: Value, store: boolean, slow: readonly Expr[], done: string): Expr[] {
    const m = this.#m;
    const bits = this.#addressBits;
    const va = (): Expr => this.#address();
    const low = (): Expr => lowWord(m, va(), bits);
    const tlb = TLB + mem.mmuIdx * TLB_MMU_SIZE;
    const align = mem.align === 1 || mem.align >= mem.size ? mem.align : { mask: () => m.i32.const(mem.align - 1) };
    const tag = (): Expr => tagOf(m, va, { size: mem.size, align }, bits);
    const pattern = this.#patterns.of(address);
    const cell = shortcutOf(pattern, mem.mmuIdx, store);
    const entry = (): Expr => this.#get(this.#entry);
    const addend = (): Expr => m.i32.load(tlb + tlbShapes[bits].addend, 4, entry());
    const lookUp = [
      m.local.set(this.#entry, tlbEntry(m, va, bits)),
      m.if(
        compareTag(m, "ne", tag(), { entry: entry(), base: tlb, access: store ? "write" : "read" }, bits),
        m.block(null, [...slow, m.br(done)]),
        undefined,
        "unlikely",
      ),
    ];
    const setVa = m.local.set(this.#wideVa, this.#use(address));
    if (cell === undefined) return [setVa, ...lookUp, m.local.set(this.#entry, m.i32.add(low(), addend()))];
    const byShortcut = m.local.set(this.#entry, m.i32.add(low(), this.#cell(cell + shortcut.addend)));
    const wideTag = bits === 64 ? tag() : m.i64.extend_u(tag());
    const isTrial = pattern.kind === "scattered";
    const credit = cell + shortcut.credit;
    const byTlb = [
      ...lookUp,
      ...(isTrial ? [this.#setCell(credit, m.i32.sub(this.#cell(credit), m.i32.const(1)))] : []),
      m.i64.store(cell + shortcut.tag, 8, m.i32.const(0), isTrial ? this.#trialTag(cell, wideTag) : wideTag),
      m.local.set(this.#entry, addend()),
      this.#setCell(cell + shortcut.addend, entry()),
      m.local.set(this.#entry, m.i32.add(low(), entry())),
    ];
    const [first, second] = this.#atShortcut(mem, tag, cell);
    if (second === undefined) return [setVa, m.if(first!, byShortcut, m.block(null, byTlb), "likely")];
    // Two branches: the conjunction of two comparisons would be computed as a number.
    const found = `found${this.#labels++}`;
    const both = m.if(first!, m.if(second, m.block(null, [byShortcut, m.br(found)]), undefined, "likely"), undefined, "likely");
    return [setVa, m.block(found, [both, ...byTlb])];
  }

  /** The shortcut's tag after a miss: that of no page once its credit is used up. Without a branch, which would cost more than it saves. */
  #trialTag(cell: number, tag: Expr): Expr {
    const m = this.#m;
    const isUsedUp = m.i64.shr_s(m.i64.extend_s(this.#cell(cell + shortcut.credit)), m.i64.const(63n));
    const none = (BigInt(INVALID_TAG) << 32n) | BigInt(INVALID_TAG);
    return m.i64.or(tag, m.i64.and(isUsedUp, m.i64.const(none)));
  }

  /**
   * What holds if all of the access lies in the shortcut's page. The tag alone does not say so of one that may be unaligned: it is that of the last
   * byte, which in the TLB is looked for in the first byte's entry. Addresses of 64 bits leave no tag that is far from all of them: both are compared.
   */
  #atShortcut(mem: MemOp, tag: () => Expr, cell: number): [first: Expr, second?: Expr] {
    const m = this.#m;
    if (this.#addressBits === 64) {
      const isPage = m.i64.eq(tag(), m.i64.load(cell + shortcut.tag, 8, m.i32.const(0)));
      if (mem.align >= mem.size) return [isPage];
      const inPage = m.i32.and(m.i32.wrap(this.#address()), m.i32.const((1 << PAGE_BITS) - 1));
      return [isPage, m.i32.lt_u(inPage, m.i32.const((1 << PAGE_BITS) - mem.size + 1))];
    }
    const isPage = (): Expr => m.i32.eq(tag(), this.#cell(cell + shortcut.tag));
    if (mem.align >= mem.size) return [isPage()];
    const distance = m.i64.sub(m.i64.extend_u(this.#get(this.#va)), m.i64.load(cell + shortcut.tag, 8, m.i32.const(0)));
    const isInPage = m.i64.lt_u(distance, m.i64.const(BigInt((1 << PAGE_BITS) - mem.size + 1)));
    return [mem.align === 1 ? isInPage : m.i32.and(isInPage, isPage())];
  }

  /** The address of the present access. */
  #address(): Expr {
    return this.#addressBits === 64 ? this.#m.local.get(this.#wideVa, wasmTypes.i64) : this.#get(this.#va);
  }

  /** The words of the present access's address. */
  #addressWords(): Expr[] {
    const m = this.#m;
    if (this.#addressBits === 32) return [this.#address()];
    return [m.i32.wrap(this.#address()), m.i32.wrap(m.i64.shr_u(this.#address(), m.i64.const(32n)))];
  }

  /** The slow path's call: leaves the region if it faults. The budget may be taken away by what it does. */
  #slow(name: string, mem: MemOp): Expr[] {
    const m = this.#m;
    return [
      this.#setCell(BUDGET, this.#get(this.#budget)),
      m.local.set(this.#entry, m.call(name, [...this.#addressWords(), m.i32.const(packMemOp(mem)), m.i32.const(this.#now.site | 0)], i32)),
      m.local.set(this.#budget, this.#cell(BUDGET)),
      m.if(this.#get(this.#entry), this.#leave(exits.fault, this.#now.site), undefined, "unlikely"),
    ];
  }

  #load(inst: Extract<Inst, { kind: "load" }>, out: Expr[]): void {
    const m = this.#m;
    const { mem, address } = inst;
    const done = `done${this.#labels++}`;
    const assign = this.#define(inst, narrowLoad(m, mem, this.#get(this.#entry)));
    const slow = [...this.#slow(imports.slowLoad, mem), this.#assign(inst, loadHost(m, mem.type, SCRATCH, m.i32.const(0)))];
    out.push(m.block(done, [...this.#translate(mem, address, false, slow, done), assign]));
  }

  /** Another assignment to the local that `define` gave v. */
  #assign(v: Value, value: Expr): Expr {
    const m = this.#m;
    const type = v.type!;
    const local = this.#pools[type][this.#now.used[type] - 1]!;
    return m.local.set(local, value);
  }

  #store(inst: Extract<Inst, { kind: "store" }>, out: Expr[]): void {
    const m = this.#m;
    const { mem, address } = inst;
    const done = `done${this.#labels++}`;
    const slow = [storeHost(m, mem.type, SCRATCH, m.i32.const(0), this.#use(inst.value)), ...this.#slow(imports.slowStore, mem)];
    const store = narrowStore(m, mem, this.#get(this.#entry), this.#use(inst.value));
    out.push(m.block(done, [...this.#translate(mem, address, true, slow, done), store]));
  }

  #call(inst: Call, out: Expr[]): void {
    if (!canBeFast(inst)) return this.#slowCall(inst, out);
    const m = this.#m;
    const { value, conditions } = this.#fast.compute(
      inst,
      inst.args.map((a) => this.#use(a)),
    );
    out.push(this.#define(inst as Value, value));
    const all = conditions(() => this.#use(inst as Value));
    if (all.length === 0) return;
    const slow: Expr[] = [];
    this.#slowCall(inst, slow);
    const done = `done${this.#labels++}`;
    const fast = all.reduceRight((then, condition) => m.if(condition, then, undefined, "likely"), m.br(done));
    out.push(m.block(done, [fast, ...slow]));
  }

  /** The call itself; where the fast path came before it, its result goes where that one's went. */
  #slowCall(inst: Call, out: Expr[]): void {
    const m = this.#m;
    const { helper } = inst;
    const { reads, writes, mayRaise } = helper.effects;
    this.helpers.set(helper.name, helper);
    out.push(...this.#slots.writeBack(reads === "all" || mayRaise ? "all" : [...reads, ...(writes === "all" ? [] : writes)]));
    const isHost = helper.kind === "host";
    if (isHost) out.push(this.#setCell(BUDGET, this.#get(this.#budget)), this.#setCell(SITE, m.i32.const(this.#now.site | 0)));
    const call = m.call(
      imports.helper + helper.name,
      inst.args.map((a) => this.#use(a)),
      helper.result === undefined ? wasmTypes.none : wasmTypes[helper.result],
    );
    if (helper.result === undefined) out.push(call);
    else out.push(this.#now.places.has(inst as Value) ? this.#assign(inst as Value, call) : this.#define(inst as Value, call));
    if (isHost) out.push(m.local.set(this.#budget, this.#cell(BUDGET)));
    out.push(...this.#slots.reload(writes), ...this.#fast.update(writes));
  }
}

/** The cell for accesses of a pattern; none for those that a shortcut would only delay. */
function shortcutOf(pattern: Pattern, mmuIdx: number, store: boolean): number | undefined {
  const place = (number: number, each: number): number => shortcut.size * ((store ? each : 0) + (number % each));
  if (pattern.kind === "steady") return SHORTCUTS + mmuIdx * SHORTCUTS_MMU_SIZE + place(pattern.base, SHORTCUTS_EACH);
  return pattern.kind === "scattered" ? TRIALS + mmuIdx * TRIALS_MMU_SIZE + place(pattern.table, TRIALS_EACH) : undefined;
}

function* callsOf(region: Region): Generator<Call> {
  for (const inst of allInsts(region)) if (inst.kind === "call") yield inst;
}

/** Also counts the block's exits, and finds the last use of each value. */
function blockState(block: RegionBlock, index: number, branch: (to: number) => Expr): BlockState {
  const lastUse = new Map<Value, number>();
  const exitNumbers = new Map<Inst, number>();
  let gotos = 0;
  let lookups = 0;
  block.ir.insts.forEach((inst, at) => {
    for (const v of operands(inst)) lastUse.set(v, at);
    if (inst.kind === "goto") exitNumbers.set(inst, gotos++);
    else if (inst.kind === "lookup") exitNumbers.set(inst, lookups++);
  });
  const used = { i32: 0, i64: 0, f32: 0, f64: 0, v128: 0 };
  return { block, index, site: block.site - 1, places: new Map(), lastUse, exitNumbers, used, branch };
}

/** A shift and a table by which each pc finds its number at (pc >> shift) % (length of the table); undefined where none is small enough. */
export function jumpTable(
  pcs: readonly number[],
): { readonly shift: number; readonly places: readonly (number | undefined)[] } | undefined {
  for (let size = 4; size <= 8 * pcs.length; size *= 2)
    for (let shift = 0; shift < 12; shift++) {
      const places: (number | undefined)[] = new Array<undefined>(size).fill(undefined);
      const fits = pcs.every((pc, i) => {
        const place = (pc >>> shift) & (size - 1);
        const free = places[place] === undefined;
        places[place] = i;
        return free;
      });
      if (fits) return { shift, places };
    }
  return undefined;
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
  irOf: IrOf,
  addressBits: AddressBits,
  name: string,
  helpers: Map<string, Call["helper"]>,
): void {
  const blocks = region.blocks.map((block) => ({ ...block, ir: irOf(block) }));
  new RegionEmitter(m, { blocks, entries: region.entries }, addressBits, helpers).emit(name);
}
