/**
 * The records that the interpreter executes, as data. A record is a handler's table index followed by its operands, all
 * u32 words; an operand that names a value is the address where it lies (a state slot, a temporary or a constant).
 * The generator makes one wasm function a handler; the encoder looks handlers up by name.
 */
import { ops, type Op } from "@tsemu/ir";
import { type AddressBits, FIRST_HANDLER } from "@tsemu/memory";

export interface Handler {
  readonly name: string;
  /** Table index: the record's first word. */
  readonly index: number;
  /** Words of the record, the first included. 0 for a sequence, which has no record of its own. */
  readonly words: number;
  readonly what: HandlerKind;
}

export type Alignment = "any" | "natural" | "given";

export type HandlerKind =
  /** dst, operands ... */
  | { readonly kind: "compute"; readonly op: Op }
  /** dst, a, constant: a two-operand integer op whose second operand is in the record */
  | { readonly kind: "computeImm"; readonly op: Op }
  /** dst, a, constant: the same for i32.sub with a constant first operand */
  | { readonly kind: "copy"; readonly bits: 8 | 16 | 32 | 64 | 128; readonly signed: boolean }
  /** dst, constant */
  | { readonly kind: "const32" }
  /** dst, v128 operand, lane's byte offset, lane operand */
  | { readonly kind: "replace"; readonly bits: 8 | 16 | 32 | 64 }
  /** dst, a, b, mask */
  | { readonly kind: "shuffle" }
  /** dst, address, displacement, TLB of the MMU index, memop, [mask]; `wide`: the value has 64 bits */
  | {
      readonly kind: "load";
      readonly bits: number;
      readonly signed: boolean;
      readonly wide: boolean;
      readonly align: Alignment;
      readonly addressBits: AddressBits;
    }
  /** value, address, displacement, TLB, memop, [mask] */
  | { readonly kind: "store"; readonly bits: number; readonly align: Alignment; readonly addressBits: AddressBits }
  /** condition, where to go if it is 0 */
  | { readonly kind: "if" }
  /** a, b, where to go if the comparison is false */
  | { readonly kind: "ifCompare"; readonly op: Op; readonly imm: boolean }
  | { readonly kind: "jump" }
  /** link cell */
  | { readonly kind: "goto" }
  | { readonly kind: "lookup"; readonly addressBits: AddressBits }
  /** exit reason, argument, argument */
  | { readonly kind: "exit" }
  /** helper number, dst, operands ...; the record's length is the last word of the fixed part */
  | { readonly kind: "callHost" }
  /** table index, dst, operands ... */
  | { readonly kind: "callWasm"; readonly signature: string }
  /** All of these records, which lie one behind the other as they are: only the first one's handler is another. */
  | { readonly kind: "sequence"; readonly parts: readonly string[] };

/** Kinds of records that the next one follows, whatever they do. */
export type StraightKind = "compute" | "computeImm" | "copy" | "const32" | "replace" | "shuffle" | "load" | "store" | "callWasm";

/** Signatures of wasm helpers that tier 0 can call: "params:result", i=i32 I=i64 f=f32 F=f64 V=v128. */
export const wasmSignatures: readonly string[] = [
  "fi:f",
  "Fi:F",
  "ffi:f",
  "FFi:F",
  "fffi:f",
  "FFFi:F",
  "ffi:i",
  "FFi:i",
  "fi:F",
  "Fi:f",
  "fi:i",
  "Fi:i",
  "fi:I",
  "Fi:I",
  "ii:f",
  "ii:F",
  "Ii:f",
  "Ii:F",
  "ii:i",
  "iii:i",
  "iiii:i",
  "Ii:I",
  "IIi:I",
  "IIIi:I",
  "ii:I",
  "Ii:i",
  "IIi:i",
  "iii:f",
  "iii:F",
  "Iii:f",
  "Iii:F",
  "fii:i",
  "Fii:i",
  "fii:I",
  "Fii:I",
  "fii:f",
  "Fii:F",
  "iiii:f",
  "iiii:F",
  "iii:I",
  "Iii:i",
  "Iii:I",
  "iiii:I",
  "Iiii:i",
  "Iiii:I",
  "iiiii:i",
  "Iiiii:I",
  "iiiii:I",
  "Iiiii:i",
  "i:i",
  "iiIi:i",
  "iIi:i",
  "iIii:i",
];

const integerOps = (type: "i32" | "i64", names: string): string[] => names.split(" ").map((name) => `${type}.${name}`);

/** Handlers for integer ops with a constant second operand: one of 32 bits, for i64 sign-extended. */
const withConstant = new Set([
  ...integerOps(
    "i32",
    "add sub and or xor shl shr_s shr_u rotl rotr eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u add_overflow sub_overflow",
  ),
  ...integerOps("i64", "add and or xor shl shr_s shr_u eq ne lt_s lt_u gt_s le_s ge_s"),
]);

const comparesForIf = new Set([
  ...integerOps("i32", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"),
  ...integerOps("i64", "eq ne lt_s gt_s le_s ge_s"),
]);

/** Value ops that need no handler of their own: the encoder turns them into copies or other addresses. */
const withoutHandler = (op: Op): boolean => op.lanes !== 0 || op.name === "i32.wrap_i64" || op.name.includes("reinterpret");

/**
 * What guests execute most, as sequences of records: the tail call from one to the next takes longer than most of what they do. A condition with two
 * gotos behind it, of which the first is what is to be done if it is true, counts as one record that nothing follows. Chosen by counting what tier 0 executes in boots and programs.
 */
function* sequences(): Generator<readonly string[]> {
  const conditions = ["if", ...[...comparesForIf].flatMap((name) => [`if.${name}`, `if.${name}.imm`])];
  for (const name of conditions) yield [name, ...gotos];
  // Where a target's state has both of a result's sign and zero in one 64-bit slot.
  const sign = "i64.extend_i32_s";
  const zero = ["if.i32.eq.imm", "if.i32.ne.imm"];
  // A comparison: sign and zero of the difference, carry, overflow.
  for (const imm of ["", ".imm"]) {
    const compare = [`i32.sub${imm}`, sign, `i32.ge_u${imm}`, `i32.sub_overflow${imm}`];
    yield compare.slice(1);
    yield* withEnds(compare, zero);
    yield [`i32.add${imm}`, sign, "i32.lt_u", `i32.add_overflow${imm}`];
  }
  // With zero, or of a result of logic: carry and overflow are constants.
  yield* withEnds([sign, "const32", "const32"], zero);
  for (const name of zero) yield [sign, name, ...gotos];
  // Of a shift.
  yield [sign, "i32.shr_u.imm", "i32.and.imm"];
  yield ["i32.shl.imm", sign, "i32.shr_u.imm", "i32.and.imm"];
  // Code on another page, and code of another kind by the lowest bit of its address.
  yield ["const32", "const32"];
  yield ["const32", "const32", "lookup"];
  const exchange = ["i32.and.imm", "i32.shl.imm", "i32.add.imm", "i32.and", "i32.or.imm", "lookup"];
  yield exchange;
  for (const access of ["load32.natural", "store32.natural", "load32", "store32"])
    for (const times of [1, 2, 3, 4]) {
      if (times > 1) yield repeated(times, access);
      yield ["i32.add.imm", ...repeated(times, access)];
    }
  yield ["i32.shl.imm", "i32.add"];
  yield ["i32.shr_u.imm", "i32.and.imm"];
  yield* stackSequences("i32", "load32", "store32", "copy32", "lookup");
  yield* stackSequences("i64", "load64.wide", "store64.wide", "copy64", "lookup.wide");
  yield* wideSequences();
}

const repeated = (times: number, ...parts: readonly string[]): readonly string[] => Array.from({ length: times }, () => parts).flat();

/** What state is copied to, and pushing, popping and returning, which come with copies of the stack pointer. */
function* stackSequences(type: "i32" | "i64", load: string, store: string, copy: string, lookup: string): Generator<readonly string[]> {
  for (const times of [2, 3, 4, 5, 6]) yield repeated(times, copy);
  yield [`${type}.add.imm`, store, copy];
  for (const times of [1, 2, 3]) {
    yield repeated(times, load, `${type}.add.imm`);
    yield [...repeated(times, load, `${type}.add.imm`), "const32", lookup];
  }
  yield [`${type}.add`, `${type}.sub`];
  yield [copy, "if", ...gotos];
}

/** Where addresses or registers have 64 bits. */
function* wideSequences(): Generator<readonly string[]> {
  const [signed, unsigned] = ["i64.extend_i32_s", "i64.extend_i32_u"];
  for (const access of ["load64.natural.wide", "store64.natural.wide", "load64.wide", "store64.wide"])
    for (const times of [2, 3, 4]) yield repeated(times, access);
  yield ["const32", "const32", "lookup.wide"];
  yield ["copy64", "const32", "lookup.wide"];
  yield ["i64.add.imm", "copy64", "const32", "lookup.wide"];
  for (const times of [1, 2, 3, 4]) yield [signed, ...repeated(times, "copy64")];
  yield [unsigned, "copy64"];
  for (const op of ["i32.add", "i32.add.imm", "i32.rotr.imm", "i32.and.imm"]) yield [op, signed];
  for (const before of ["i32.and.imm", "load32.wide", "load8_u.wide", "i64.lt_u", "i64.lt_u.imm"]) yield [before, unsigned];
  yield [signed, signed];
  yield ["i32.add.imm", signed, "i64.ne", "if", ...gotos];
  yield ["i64.ne.imm", "i64.add.imm", "if", ...gotos];
  for (const before of ["i64.ne", "i64.ne.imm", "i64.eq.imm", "load64.natural.wide"]) yield [before, "if", ...gotos];
  yield ["i64.eqz", "if"];
  yield ["i64.add.imm", "i64.add.imm"];
  yield ["i64.shl.imm", "i64.add"];
  yield ["i64.shr_u.imm", "i64.and.imm"];
}

const gotos = ["goto", "goto"];

/** The records alone; with a condition at the end; with both its gotos behind that. */
function* withEnds(parts: readonly string[], conditions: readonly string[]): Generator<readonly string[]> {
  yield parts;
  for (const name of conditions) {
    yield [...parts, name];
    yield [...parts, name, ...gotos];
  }
}

type HandlerRow = [name: string, words: number, what: HandlerKind];

/** Loads and stores by the width of their address. */
function* accessHandlers(addressBits: AddressBits): Generator<HandlerRow> {
  for (const align of ["any", "natural", "given"] as const) {
    const suffix = (align === "any" ? "" : `.${align}`) + (addressBits === 64 ? ".wide" : "");
    const words = align === "given" ? 7 : 6;
    for (const bits of [8, 16, 32, 64, 128]) {
      if (bits === 8 && align === "natural") continue;
      yield [`store${bits}${suffix}`, words, { kind: "store", bits, align, addressBits }];
      const load = (signed: boolean, wide: boolean): HandlerKind => ({ kind: "load", bits, signed, wide, align, addressBits });
      for (const signed of bits < 32 ? [false, true] : [false])
        yield [`load${bits}${signed ? "_s" : bits < 32 ? "_u" : ""}${suffix}`, words, load(signed, false)];
      if (bits > 32) continue;
      for (const signed of [false, true]) yield [`load${bits}_${signed ? "s" : "u"}.i64${suffix}`, words, load(signed, true)];
    }
  }
}

function* allHandlers(): Generator<HandlerRow> {
  for (const op of ops) {
    if (withoutHandler(op)) continue;
    yield [op.name, 2 + op.params.length, { kind: "compute", op }];
    if (withConstant.has(op.name)) yield [`${op.name}.imm`, 4, { kind: "computeImm", op }];
    if (comparesForIf.has(op.name)) {
      yield [`if.${op.name}`, 4, { kind: "ifCompare", op, imm: false }];
      yield [`if.${op.name}.imm`, 4, { kind: "ifCompare", op, imm: true }];
    }
  }
  for (const bits of [8, 16] as const)
    for (const signed of [false, true]) yield [`copy${bits}${signed ? "_s" : "_u"}`, 3, { kind: "copy", bits, signed }];
  for (const bits of [32, 64, 128] as const) yield [`copy${bits}`, 3, { kind: "copy", bits, signed: false }];
  yield ["const32", 3, { kind: "const32" }];
  for (const bits of [8, 16, 32, 64] as const) yield [`replace${bits}`, 5, { kind: "replace", bits }];
  yield ["shuffle", 5, { kind: "shuffle" }];
  for (const addressBits of [32, 64] as const) yield* accessHandlers(addressBits);
  yield ["if", 3, { kind: "if" }];
  yield ["jump", 2, { kind: "jump" }];
  yield ["goto", 2, { kind: "goto" }];
  yield ["lookup", 2, { kind: "lookup", addressBits: 32 }];
  yield ["lookup.wide", 2, { kind: "lookup", addressBits: 64 }];
  yield ["exit", 4, { kind: "exit" }];
  yield ["callHost", 4, { kind: "callHost" }];
  for (const signature of wasmSignatures) yield [`callWasm.${signature}`, 3 + signature.indexOf(":"), { kind: "callWasm", signature }];
  for (const parts of sequences()) yield [parts.join(" "), 0, { kind: "sequence", parts }];
}

export const handlers: readonly Handler[] = [...allHandlers()].map(([name, words, what], i) => ({
  name,
  index: FIRST_HANDLER + i,
  words,
  what,
}));

const byName = new Map(handlers.map((h) => [h.name, h]));

/** The handler of that name, or undefined. */
export const findHandler = (name: string): Handler | undefined => byName.get(name);

/** The handler of that name; throws where there is none. */
export function handlerNamed(name: string): Handler {
  const handler = byName.get(name);
  if (handler === undefined) throw new Error(`internal error: no interpreter handler ${name}`);
  return handler;
}
