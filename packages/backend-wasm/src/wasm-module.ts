/**
 * What building a module takes, whoever assembles it: the assembler here, or Binaryen. Names and arguments are those of binaryen.js.
 * Expressions are made from the inside out; an expression of a statement list must leave no value.
 */
import { opcodeNamed, wasmTypes, type WasmType } from "./opcodes.ts";

export { wasmTypes, type WasmType };

/** Which way a branch goes nearly always: 0 and 1 in the section of hints. */
export const branchHints = ["unlikely", "likely"] as const;
export type BranchHint = (typeof branchHints)[number];

/** An expression of the module it was made for. */
export type Expr = number;

type Unary<N extends string> = Record<N, (x: Expr) => Expr>;
type Binary<N extends string> = Record<N, (a: Expr, b: Expr) => Expr>;
type Loads<N extends string> = Record<N, (offset: number, align: number, address: Expr) => Expr>;
type Stores<N extends string> = Record<N, (offset: number, align: number, address: Expr, value: Expr) => Expr>;
type Extract<N extends string> = Record<N, (vector: Expr, lane: number) => Expr>;
type Replace<N extends string> = Record<N, (vector: Expr, lane: number, value: Expr) => Expr>;

type Integer = Unary<"eqz" | "reinterpret"> &
  Binary<
    | "add"
    | "sub"
    | "mul"
    | "and"
    | "or"
    | "xor"
    | "shl"
    | "shr_s"
    | "shr_u"
    | "rotl"
    | "rotr"
    | "eq"
    | "ne"
    | "lt_s"
    | "lt_u"
    | "ge_s"
    | "div_s"
    | "div_u"
    | "rem_s"
    | "rem_u"
  > &
  Loads<"load" | "load8_s" | "load8_u" | "load16_s" | "load16_u"> &
  Stores<"store" | "store8" | "store16">;

type Lanes = Extract<"extract_lane"> & Replace<"replace_lane">;

export interface WasmModule {
  readonly i32: Integer & Unary<"wrap"> & { const(value: number): Expr };
  readonly i64: Integer & Unary<"extend_s" | "extend_u"> & { const(value: bigint): Expr };
  readonly f32: Unary<"reinterpret"> & Loads<"load"> & Stores<"store"> & { const(value: number): Expr };
  readonly f64: Unary<"reinterpret"> & Loads<"load"> & Stores<"store"> & { const(value: number): Expr };
  readonly v128: Binary<"or"> & Loads<"load"> & Stores<"store"> & { const(bytes: readonly number[]): Expr };
  readonly i8x16: Binary<"swizzle" | "sub"> & Unary<"splat"> & { shuffle(a: Expr, b: Expr, lanes: readonly number[]): Expr };
  readonly i32x4: Lanes;
  readonly i64x2: Lanes;
  readonly f32x4: Lanes;
  readonly f64x2: Lanes;
  readonly local: {
    get(index: number, type: WasmType): Expr;
    set(index: number, value: Expr): Expr;
    tee(index: number, value: Expr, type: WasmType): Expr;
  };
  /** A list of statements; one with a label can be left by `br`. */
  block(label: string | null, statements: readonly Expr[]): Expr;
  loop(label: string, body: Expr): Expr;
  /** `hint`: of the condition. Binaryen does without. */
  if(condition: Expr, then: Expr, otherwise?: Expr, hint?: BranchHint): Expr;
  br(label: string): Expr;
  /** br_table. */
  switch(labels: readonly string[], otherwise: string, index: Expr): Expr;
  select(condition: Expr, yes: Expr, no: Expr): Expr;
  return(value: Expr): Expr;
  unreachable(): Expr;
  call(name: string, args: readonly Expr[], result: WasmType): Expr;
  return_call(name: string, args: readonly Expr[], result: WasmType): Expr;
  call_indirect(table: string, target: Expr, args: readonly Expr[], params: readonly WasmType[], result: WasmType): Expr;
  return_call_indirect(table: string, target: Expr, args: readonly Expr[], params: readonly WasmType[], result: WasmType): Expr;
  /** The same expression for use in another place. */
  copyExpression(expression: Expr): Expr;
  addMemoryImport(name: string, module: string, base: string): void;
  addTableImport(name: string, module: string, base: string): void;
  addFunctionImport(name: string, module: string, base: string, params: readonly WasmType[], result: WasmType): void;
  /** `locals`: types of those behind the parameters. */
  addFunction(name: string, params: readonly WasmType[], result: WasmType, locals: readonly WasmType[], body: Expr): void;
  addFunctionExport(name: string, exported: string): void;
  emitBinary(): Uint8Array<ArrayBuffer>;
  dispose(): void;
}

type BuilderName = readonly [space: string, method: string, sub: string | undefined];

/** Every module asks for all of them. */
const builderNames = new Map<string, BuilderName>();

/** binaryen.js's spelling of an instruction: namespace, method, and the method's own method where it has one. */
export function builderName(name: string): BuilderName {
  let spelling = builderNames.get(name);
  if (spelling === undefined) builderNames.set(name, (spelling = spell(name)));
  return spelling;
}

function spell(name: string): BuilderName {
  const [ns, op] = name.split(".") as [string, string];
  const conversion = /^(wrap|extend|trunc_sat|convert|demote|promote|reinterpret)_([if](?:32|64))(?:_([su]))?$/.exec(op);
  if (conversion === null) return [ns, op.replace(/^(add|sub)_sat_/, "$1_saturate_"), undefined];
  const [, verb, from, sign] = conversion;
  switch (verb) {
    case "wrap":
    case "demote":
    case "promote":
    case "reinterpret":
      return [ns, verb, undefined];
    case "extend":
      return [ns, `extend_${sign}`, undefined];
    case "trunc_sat":
      return [ns, `trunc_${sign}_sat`, from];
    default:
      return [ns, `${verb}_${sign}`, from];
  }
}

type Method = (...args: unknown[]) => Expr;

/** The module's method for a WebAssembly instruction. */
export function method(m: WasmModule, name: string): Method {
  const [ns, op, sub] = builderName(name);
  const space = (m as unknown as Record<string, Record<string, Method>>)[ns]!;
  return sub === undefined ? space[op]! : (space[op] as unknown as Record<string, Method>)[sub]!;
}

/** Does WebAssembly have an instruction of that name? */
export const isInstruction = (name: string): boolean => opcodeNamed.has(name);
