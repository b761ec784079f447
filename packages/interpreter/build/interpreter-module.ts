/** The interpreter's functions: one a handler, each ending in a tail call of the next record's. */
import {
  type AccessShape,
  compareTag,
  type Expr,
  loadHost,
  lowerings,
  lowWord,
  storeHost,
  tagOf,
  tlbEntry,
  type WasmModule,
  wasmTypes,
} from "@tsemu/backend-wasm/build";
import type { BinaryenModule } from "@tsemu/backend-binaryen";
import { type Op, type Type, typeSize } from "@tsemu/ir";
import {
  type AddressBits,
  BUDGET,
  CURRENT,
  descriptor,
  EXIT_ARG,
  EXIT_ARG2,
  exits,
  FIRST_REGION,
  FLAGS,
  JUMP_CACHE,
  JUMP_CACHE_ENTRIES,
  lookupRing,
  PC,
  PC_HIGH,
  SCRATCH,
  SITE,
  SPACE,
  TABLE_ENTER,
  TABLE_LOOKUP,
  TABLE_LOOKUP_WIDE,
  TABLE_RELOOK,
  TABLE_RELOOK_WIDE,
  TABLE_STALE,
  tlbShapes,
} from "@tsemu/memory";
import { type Handler, type HandlerKind, handlerNamed, handlers, type StraightKind } from "../src/handlers.ts";

const i32 = wasmTypes.i32;
const letters: Record<string, Type> = { i: "i32", I: "i64", f: "f32", F: "f64", V: "v128" };

/**
 * Local 0 is the address of the record that the function was called for (or the descriptor, in the entry functions). A function that executes
 * several records writes each of them with its own offset from there, and with its own locals.
 */
class HandlerWriter {
  readonly m: WasmModule;
  /** Words between the function's record and the one that is being written; locals that those before took. */
  readonly #offset: number;
  readonly #locals: number;
  constructor(m: WasmModule, offset = 0, locals = 0) {
    this.m = m;
    this.#offset = offset;
    this.#locals = locals;
  }
  ip = (): Expr => this.m.local.get(0, i32);
  /** The record's address. */
  record = (): Expr => (this.#offset === 0 ? this.ip() : this.m.i32.add(this.ip(), this.m.i32.const(4 * this.#offset)));
  /** The record's word n. */
  word = (n: number): Expr => this.m.i32.load(4 * (this.#offset + n), 4, this.ip());
  /** The record's word n as a constant of the type. */
  constant = (n: number, type: Type): Expr => (type === "i64" ? this.m.i64.extend_s(this.word(n)) : this.word(n));
  /** Locals of the record are numbered from 1. */
  get = (n: number, type: Type): Expr => this.m.local.get(this.#locals + n, wasmTypes[type]);
  set = (n: number, value: Expr): Expr => this.m.local.set(this.#locals + n, value);
  /** The value of the type that word n points at. */
  value = (n: number, type: Type): Expr => loadHost(this.m, type, 0, this.word(n));
  setValue = (n: number, type: Type, value: Expr): Expr => storeHost(this.m, type, 0, this.word(n), value);
  goOn = (words: number): Expr => this.continueAt(this.m.i32.add(this.ip(), this.m.i32.const(4 * (this.#offset + words))), words);
  /** Executes the record at a given address. `words` avoids computing the address twice where it is ip + constant. */
  continueAt(address: Expr, words?: number): Expr {
    const target = words === undefined ? this.m.i32.load(0, 4, this.m.copyExpression(address)) : this.word(words);
    return this.m.return_call_indirect("table", target, [address], [i32], i32);
  }
  enter(block: () => Expr): Expr {
    return this.m.return_call_indirect("table", this.m.i32.load(descriptor.fn, 4, block()), [block()], [i32], i32);
  }
  cell = (address: number): Expr => this.m.i32.load(address, 4, this.m.i32.const(0));
  setCell = (address: number, value: Expr): Expr => this.m.i32.store(address, 4, this.m.i32.const(0), value);
  exit = (reason: number, argument?: Expr): Expr => {
    const leave = this.m.return(this.m.i32.const(reason));
    return argument === undefined ? leave : this.m.block(null, [this.setCell(EXIT_ARG, argument), leave]);
  };

  /** Operands as locals 1.. (for lowerings that repeat them); returns statements and reads. */
  operandLocals(op: Op, read: (i: number, type: Type) => Expr): { readonly set: Expr[]; readonly get: Expr[] } {
    const set = op.params.map((t, i) => this.set(i + 1, read(i, t)));
    return { set, get: op.params.map((t, i) => this.get(i + 1, t)) };
  }
  lower = (op: Op, args: Expr[]): Expr => lowerings[op.index]!(this.m, args, 0, (e) => this.m.copyExpression(e));
}

/** Locals beyond the parameter, and the body. */
type Body = { readonly locals: Type[]; readonly code: Expr[] };

type Emitters<K extends HandlerKind["kind"]> = {
  [N in K]: (w: HandlerWriter, h: Handler, what: Extract<HandlerKind, { kind: N }>, goesOn: boolean) => Body;
};

/** Records that the next one follows. `goesOn`: it is executed by a tail call, not by the rest of the function. */
const straight: Emitters<StraightKind> = {
  compute(w, _h, { op }) {
    const { set, get } = w.operandLocals(op, (i, t) => w.value(2 + i, t));
    return { locals: [...op.params], code: [...set, w.setValue(1, op.result, w.lower(op, get))] };
  },
  computeImm(w, _h, { op }) {
    const { set, get } = w.operandLocals(op, (i, t) => (i === 0 ? w.value(2, t) : w.constant(3, t)));
    return { locals: [...op.params], code: [...set, w.setValue(1, op.result, w.lower(op, get))] };
  },
  copy(w, _h, { bits, signed }) {
    const { m } = w;
    if (bits >= 32) {
      const type: Type = bits === 32 ? "i32" : bits === 64 ? "i64" : "v128";
      return { locals: [], code: [w.setValue(1, type, w.value(2, type))] };
    }
    const load = bits === 8 ? (signed ? m.i32.load8_s : m.i32.load8_u) : signed ? m.i32.load16_s : m.i32.load16_u;
    return { locals: [], code: [w.setValue(1, "i32", load(0, 1, w.word(2)))] };
  },
  const32: (w) => ({ locals: [], code: [w.setValue(1, "i32", w.word(2))] }),
  replace(w, _h, { bits }) {
    const { m } = w;
    // The lane operand is read before dst is written: they may be the same place.
    const lane = m.i32.add(w.word(1), w.word(3));
    const type: Type = bits === 64 ? "i64" : "i32";
    const store = bits === 8 ? m.i32.store8 : bits === 16 ? m.i32.store16 : bits === 32 ? m.i32.store : m.i64.store;
    return {
      locals: [type],
      code: [w.set(1, w.value(4, type)), w.setValue(1, "v128", w.value(2, "v128")), store(0, 1, lane, w.get(1, type))],
    };
  },
  shuffle(w) {
    const { m } = w;
    const mask = (): Expr => w.value(4, "v128");
    const fromA = m.i8x16.swizzle(w.value(2, "v128"), mask());
    const fromB = m.i8x16.swizzle(w.value(3, "v128"), m.i8x16.sub(mask(), m.i8x16.splat(m.i32.const(16))));
    return { locals: [], code: [w.setValue(1, "v128", m.v128.or(fromA, fromB))] };
  },
  load(w, h, { bits, signed, wide, align, addressBits }, goesOn) {
    const { m } = w;
    const type: Type = wide || bits === 64 ? "i64" : bits === 128 ? "v128" : "i32";
    const access = {
      fast: w.setValue(1, type, narrowLoad(m, type, bits, signed, hostOf(w, addressBits))),
      slow: [slowCall(w, "slow_load", addressBits), w.setValue(1, type, loadHost(m, type, SCRATCH, m.i32.const(0)))],
      kind: "read",
      shape: { size: bits / 8, align: shapeAlign(w, align, bits) },
    } as const;
    return fastFirst(w, h, access, addressBits, goesOn);
  },
  store(w, h, { bits, align, addressBits }, goesOn) {
    const { m } = w;
    const type: Type = bits === 64 ? "i64" : bits === 128 ? "v128" : "i32";
    const store = bits === 8 ? m.i32.store8 : bits === 16 ? m.i32.store16 : m[type].store;
    const access = {
      fast: store(0, 1, hostOf(w, addressBits), w.value(1, type)),
      slow: [storeHost(m, type, SCRATCH, m.i32.const(0), w.value(1, type)), slowCall(w, "slow_store", addressBits)],
      kind: "write",
      shape: { size: bits / 8, align: shapeAlign(w, align, bits) },
    } as const;
    return fastFirst(w, h, access, addressBits, goesOn);
  },
  callWasm(w, _h, { signature }) {
    const { m } = w;
    const [params, result] = signature.split(":") as [string, string];
    const types = [...params].map((c) => letters[c]!);
    const type = letters[result]!;
    const call = m.call_indirect(
      "table",
      w.word(1),
      types.map((t, i) => w.value(3 + i, t)),
      types.map((t) => wasmTypes[t]),
      wasmTypes[type],
    );
    return { locals: [], code: [w.setValue(2, type, call)] };
  },
};

/** What a condition's record tests. */
function condition(w: HandlerWriter, what: HandlerKind): Expr {
  if (what.kind === "if") return w.value(1, "i32");
  if (what.kind !== "ifCompare") throw new Error(`a ${what.kind} is no condition`);
  const type = what.op.params[0]!;
  return w.lower(what.op, [w.value(1, type), what.imm ? w.constant(2, type) : w.value(2, type)]);
}

/** Enters the block that the link cell leads to, whose address is given. */
function follow(w: HandlerWriter, cell: () => Expr): Body {
  const { m } = w;
  const block = (): Expr => w.get(1, "i32");
  return {
    locals: ["i32", "i32", "i32"],
    code: [w.set(1, m.i32.load(0, 4, cell())), m.if(block(), m.block(null, enterBlock(w, block, 2))), w.exit(exits.unlinked, cell())],
  };
}

/** Records behind which something else follows. */
const leaving: Emitters<Exclude<HandlerKind["kind"], StraightKind | "sequence">> = {
  ifCompare: (w, _h, what) => ({ locals: [], code: [w.m.if(condition(w, what), w.goOn(4)), w.continueAt(w.word(3))] }),
  if: (w, _h, what) => ({ locals: [], code: [w.m.if(condition(w, what), w.goOn(3)), w.continueAt(w.word(2))] }),
  jump: (w) => ({ locals: [], code: [w.continueAt(w.word(1))] }),
  goto: (w) => follow(w, () => w.word(1)),
  lookup(w, _h, { addressBits }) {
    const { m } = w;
    const n = (): Expr => w.get(3, "i32");
    // Word 1 is the ring in which what is found is noted.
    const place = m.i32.add(w.word(1), m.i32.shl(m.i32.and(n(), m.i32.const(lookupRing.entries - 1)), m.i32.const(2)));
    return lookUp(w, addressBits, (block) => [
      w.set(3, m.i32.load(lookupRing.count, 4, w.word(1))),
      m.i32.store(lookupRing.found, 4, place, block()),
      m.i32.store(lookupRing.count, 4, w.word(1), m.i32.add(n(), m.i32.const(1))),
    ]);
  },
  exit: (w) => ({
    locals: [],
    code: [w.setCell(EXIT_ARG, w.word(2)), w.setCell(EXIT_ARG2, w.word(3)), w.setCell(SITE, w.record()), w.m.return(w.word(1))],
  }),
  callHost(w) {
    const { m } = w;
    // Word 3 is the record's length in bytes.
    return {
      locals: ["i32"],
      code: [
        m.call("call_host", [w.word(1), w.record()], wasmTypes.none),
        w.set(1, m.i32.add(w.record(), w.word(3))),
        w.continueAt(w.get(1, "i32")),
      ],
    };
  },
};

const isStraight = (kind: HandlerKind["kind"]): kind is StraightKind => kind in straight;

/** A record that is not followed by others in the same function. */
function single(w: HandlerWriter, h: Handler): Body {
  const { what } = h;
  if (!isStraight(what.kind))
    return (leaving[what.kind as keyof typeof leaving] as (w: HandlerWriter, h: Handler, what: HandlerKind) => Body)(w, h, what);
  const { locals, code } = straightBody(w, h, true);
  return { locals, code: [...code, w.goOn(h.words)] };
}

const straightBody = (w: HandlerWriter, h: Handler, goesOn: boolean): Body =>
  (straight[h.what.kind as StraightKind] as (w: HandlerWriter, h: Handler, what: HandlerKind, goesOn: boolean) => Body)(
    w,
    h,
    h.what,
    goesOn,
  );

/** Records that lie one behind the other. */
function sequence(m: WasmModule, names: readonly string[]): Body {
  const locals: Type[] = [];
  const code: Expr[] = [];
  let offset = 0;
  const parts = names.map(handlerNamed);
  for (const [i, part] of parts.entries()) {
    const w = new HandlerWriter(m, offset, locals.length);
    const isBranch = parts[i + 1]?.what.kind === "goto";
    const body = isBranch ? branch(w, part, parts[i + 1]!) : i === parts.length - 1 ? single(w, part) : straightBody(w, part, false);
    locals.push(...body.locals);
    code.push(...body.code);
    offset += part.words;
    if (isBranch) break;
  }
  return { locals, code };
}

/** A condition with two gotos behind it: the first is what is to be done if it is true. */
function branch(w: HandlerWriter, h: Handler, goto: Handler): Body {
  const taken = follow(w, () => w.word(h.words + 1));
  const other = follow(w, () => w.word(h.words + goto.words + 1));
  return { locals: taken.locals, code: [w.m.if(condition(w, h.what), w.m.block(null, taken.code)), ...other.code] };
}

const shapeAlign = (w: HandlerWriter, align: "any" | "natural" | "given", bits: number): AccessShape["align"] =>
  align === "any" ? 1 : align === "natural" ? bits / 8 : { mask: () => w.word(6) };

function narrowLoad(m: WasmModule, type: Type, bits: number, signed: boolean, address: Expr): Expr {
  if (bits === 8 * typeSize[type]) return loadHost(m, type, 0, address);
  const name = `load${bits}_${signed ? "s" : "u"}`;
  return (m[type] as unknown as Record<string, (offset: number, align: number, address: Expr) => Expr>)[name]!(0, 1, address);
}

/** In an access: its address, which is local 1, and where that is in the emulator's memory by the TLB entry, whose address is local 2. */
const vaOf = (w: HandlerWriter, bits: AddressBits): Expr => w.get(1, bits === 64 ? "i64" : "i32");
const hostOf = (w: HandlerWriter, bits: AddressBits): Expr =>
  w.m.i32.add(lowWord(w.m, vaOf(w, bits), bits), w.m.i32.load(tlbShapes[bits].addend, 4, w.get(2, "i32")));

/** The call of a slow path, with the address's word or words and the record. */
function slowCall(w: HandlerWriter, name: "slow_load" | "slow_store", bits: AddressBits): Expr {
  const { m } = w;
  const low = lowWord(m, vaOf(w, bits), bits);
  if (bits === 32) return m.call(name, [low, w.record()], wasmTypes.none);
  const high = m.i32.wrap(m.i64.shr_u(vaOf(w, bits), m.i64.const(32n)));
  return m.call(`${name}_wide`, [low, high, w.record()], wasmTypes.none);
}

/** An access in two versions; what it is tells which tag of the TLB's entry is asked. */
interface Access {
  readonly fast: Expr;
  readonly slow: readonly Expr[];
  readonly kind: "read" | "write";
  readonly shape: AccessShape;
}

/** The access: fast if the TLB entry's tag matches, otherwise slow. */
function fastFirst(w: HandlerWriter, h: Handler, { fast, slow, kind, shape }: Access, bits: AddressBits, goesOn: boolean): Body {
  const { m } = w;
  const va = (): Expr => vaOf(w, bits);
  const hit = compareTag(m, "eq", tagOf(m, va, shape, bits), { entry: w.get(2, "i32"), base: 0, access: kind }, bits);
  const sum = bits === 64 ? m.i64.add(w.value(2, "i64"), m.i64.extend_s(w.word(3))) : m.i32.add(w.value(2, "i32"), w.word(3));
  return {
    locals: [bits === 64 ? "i64" : "i32", "i32"],
    code: [
      w.set(1, sum),
      w.set(2, m.i32.add(w.word(4), tlbEntry(m, va, bits))),
      // A tail call right behind the fast version: nothing is jumped over.
      ...(goesOn ? [m.if(hit, m.block(null, [fast, w.goOn(h.words)])), ...slow] : [m.if(hit, fast, m.block(null, [...slow]))]),
    ],
  };
}

/** Runs the block with the descriptor in tier 0, unless its budget or its heat says otherwise. Two i32 locals from `first` on are its own. */
function startTier0(w: HandlerWriter, block: () => Expr, first: number): Expr[] {
  const { m } = w;
  const field = (offset: number): Expr => m.i32.load(offset, 4, block());
  const [left, heat] = [first, first + 1];
  return [
    // Budget left after this block.
    w.set(left, m.i32.sub(w.cell(BUDGET), field(descriptor.insns))),
    m.if(m.i32.lt_s(w.get(left, "i32"), m.i32.const(0)), w.exit(exits.budget, block())),
    w.set(heat, m.i32.sub(field(descriptor.heat), m.i32.const(1))),
    m.i32.store(descriptor.heat, 4, block(), w.get(heat, "i32")),
    m.if(m.i32.eqz(w.get(heat, "i32")), w.exit(exits.hot, block())),
    w.setCell(BUDGET, w.get(left, "i32")),
    w.setCell(CURRENT, block()),
    w.set(left, field(descriptor.code)),
    w.continueAt(w.get(left, "i32")),
  ];
}

/** Enters the block with the descriptor: what is to be executed in tier 0, which is most of what others come to from there, at once. */
const enterBlock = (w: HandlerWriter, block: () => Expr, firstLocal: number): Expr[] => [
  w.m.if(
    w.m.i32.eq(w.m.i32.load(descriptor.fn, 4, block()), w.m.i32.const(TABLE_ENTER)),
    w.m.block(null, startTier0(w, block, firstLocal)),
  ),
  w.enter(block),
];

/** To the descriptor's pc and flags, by `onward`. */
function atDescriptor(w: HandlerWriter, onward: Expr): Body {
  const { m } = w;
  return {
    locals: [],
    code: [w.setCell(PC, m.i32.load(descriptor.pc, 4, w.ip())), w.setCell(FLAGS, m.i32.load(descriptor.flags, 4, w.ip())), onward],
  };
}

/** Continues at the pc and flags in their slots, through the jump cache; first `found` is done with the block that it has. */
function lookUp(w: HandlerWriter, bits: AddressBits, found: (block: () => Expr) => Expr[]): Body {
  const { m } = w;
  const entry = (): Expr => w.get(1, "i32");
  const pc = (): Expr => w.get(2, "i32");
  const block = (): Expr => m.i32.load(JUMP_CACHE + 8, 4, entry());
  const hash = m.i32.and(
    m.i32.xor(m.i32.shr_u(pc(), m.i32.const(1)), m.i32.shr_u(pc(), m.i32.const(13))),
    m.i32.const(JUMP_CACHE_ENTRIES - 1),
  );
  const sameLow = m.i32.and(
    m.i32.eq(m.i32.load(JUMP_CACHE, 4, entry()), pc()),
    m.i32.eq(m.i32.load(JUMP_CACHE + 4, 4, entry()), w.cell(FLAGS)),
  );
  // Of no block it is that of address 0: nothing is found then anyway.
  const sameHigh = (): Expr => m.i32.eq(m.i32.load(descriptor.pcHigh, 4, block()), w.cell(PC_HIGH));
  const same = bits === 64 ? m.i32.and(sameLow, sameHigh()) : sameLow;
  const space = (): Expr => m.i32.load(JUMP_CACHE + 12, 4, entry());
  const inSpace = m.i32.or(m.i32.eqz(space()), m.i32.eq(space(), w.cell(SPACE)));
  return {
    locals: ["i32", "i32", "i32"],
    code: [
      w.set(2, w.cell(PC)),
      w.set(1, m.i32.shl(hash, m.i32.const(4))),
      m.if(
        m.i32.and(m.i32.and(same, inSpace), m.i32.ne(block(), m.i32.const(0))),
        m.block(null, [w.set(1, block()), ...found(entry), ...enterBlock(w, entry, 2)]),
      ),
      w.exit(exits.lookup),
    ],
  };
}

/** Adds memory, table, imports and every function of the interpreter to the module. */
export function addInterpreter(m: BinaryenModule): void {
  m.addMemoryImport("memory", "env", "memory");
  m.addTableImport("table", "env", "table");
  m.addFunctionImport("slow_load", "env", "slow_load", [i32, i32], wasmTypes.none);
  m.addFunctionImport("slow_store", "env", "slow_store", [i32, i32], wasmTypes.none);
  m.addFunctionImport("slow_load_wide", "env", "slow_load_wide", [i32, i32, i32], wasmTypes.none);
  m.addFunctionImport("slow_store_wide", "env", "slow_store_wide", [i32, i32, i32], wasmTypes.none);
  m.addFunctionImport("call_host", "env", "call_host", [i32, i32], wasmTypes.none);
  const w = new HandlerWriter(m);
  const table: string[] = [];
  const add = (name: string, index: number, body: Body): void => {
    m.addFunction(
      name,
      [i32],
      i32,
      body.locals.map((t) => wasmTypes[t]),
      m.block(null, [...body.code, m.unreachable()]),
    );
    table[index] = name;
  };
  add("enter", TABLE_ENTER, { locals: ["i32", "i32"], code: startTier0(w, w.ip, 1) });
  // A block whose code is gone: back to the engine.
  add("stale", TABLE_STALE, atDescriptor(w, w.exit(exits.lookup)));
  add("relook", TABLE_RELOOK, atDescriptor(w, m.return_call("lookup", [m.i32.const(0)], i32)));
  add("relook_wide", TABLE_RELOOK_WIDE, atDescriptor(w, m.return_call("lookup_wide", [m.i32.const(0)], i32)));
  add(
    "lookup",
    TABLE_LOOKUP,
    lookUp(w, 32, () => []),
  );
  add(
    "lookup_wide",
    TABLE_LOOKUP_WIDE,
    lookUp(w, 64, () => []),
  );
  for (const h of handlers) add(`op.${h.name}`, h.index, h.what.kind === "sequence" ? sequence(m, h.what.parts) : single(w, h));
  if (table.length > FIRST_REGION) throw new Error(`${table.length} handlers: move FIRST_REGION`);
  m.addActiveElementSegment("table", "handlers", table, m.i32.const(0));
  // How the engine enters: the descriptor's function, whatever its tier.
  m.addFunction("run", [i32], i32, [], w.enter(w.ip));
  m.addFunctionExport("run", "run");
  m.addFunctionExport("lookup", "lookup");
  m.addFunctionExport("lookup_wide", "lookup_wide");
}
