/** The FPU's registers and operations in the translator: what operations.ts means in IR. */
import type { Slot, Type, Value } from "@tsemu/ir";
import { softFloatFunctions } from "@tsemu/softfloat";
import { calls } from "../host-calls.ts";
import * as bf from "../block-flags.ts";
import type { MipsTranslator } from "../translator.ts";
import { floatHelpers } from "./helpers.ts";
import { type FloatMachine, operationNumber, operations } from "./operations.ts";

/** S, D, W, L, PS: how a register is looked at. */
export type Format = "S" | "D" | "W" | "L" | "PS";
export const isWide = (fmt: Format): boolean => fmt === "D" || fmt === "L" || fmt === "PS";

/** A value that is to be had as float or as bits. */
type Typed = (type: Type) => Value;

function converted(t: MipsTranslator, value: Value, type: Type): Value {
  if (value.type === type) return value;
  const { ir } = t;
  if (value.type === "i64" && type === "i32") return ir.wrap(value);
  if (value.type === "i32" && type === "i64") return ir.extendU(value);
  return ir.op(`${type}.reinterpret_${value.type}`, value);
}

const typed =
  (t: MipsTranslator, value: Value): Typed =>
  (type) =>
    converted(t, value, type);

/** A register as an operand. */
const operand = (t: MipsTranslator, fmt: Format, n: number): Typed => {
  const { s, sInt, d, dInt } = t.fpr;
  return (type) => t.ir.get({ f32: s, i32: sInt, f64: d, i64: dInt, v128: d }[isWide(fmt) && type === "i32" ? "i64" : type][n]!);
};

function translating(t: MipsTranslator): FloatMachine<Typed> {
  const { ir } = t;
  const bits = (value: Typed, n: 32 | 64): Value => value(n === 32 ? "i32" : "i64");
  return {
    call(fn, ...args) {
      const { params } = softFloatFunctions[fn];
      const given = args.map((arg, i) => (typeof arg === "number" ? ir.i32(arg) : arg(params[i]!)));
      return typed(t, ir.call(floatHelpers(t.s).signature(fn), ...given, ir.i32(t.stateBase + t.s.fpStatus)));
    },
    negate: (n, value) => typed(t, n === 32 ? ir.xor(bits(value, 32), ir.i32(0x8000_0000)) : ir.xor(bits(value, 64), ir.i64(1n << 63n))),
    // Made when they are asked for: not all operations have three operands.
    low: (value) => (type) => converted(t, ir.wrap(value("i64")), type),
    high: (value) => (type) => converted(t, ir.wrap(ir.shrU(value("i64"), ir.i64(32n))), type),
    pair: (low, high) => typed(t, ir.or(ir.extendU(low("i32")), ir.shl(ir.extendU(high("i32")), ir.i64(32n)))),
    one: (n) => typed(t, n === 32 ? ir.f32(1) : ir.f64(1)),
  };
}

/** The registers that an operation reads. */
export interface Operands {
  readonly fmt: Format;
  readonly a: number;
  readonly b?: number;
  readonly c?: number;
}

/**
 * The result of an operation on registers. Operation and operands are noted for FCSR's cause; where exceptions are enabled what it raises
 * is looked at right away, before the result is written.
 */
export function compute(t: MipsTranslator, name: string, { fmt, a, b, c }: Operands): Typed {
  const { ir, s } = t;
  const number = operationNumber(name);
  const traps = (t.flags & bf.FP_TRAPS) !== 0;
  const [x, y, z] = [a, b, c].map((n) => (n === undefined ? undefined : operand(t, fmt, n)));
  if (traps) {
    ir.set(s.fpKept, ir.get(s.fpFlags));
    ir.set(s.fpFlags, ir.i32(0));
  } else {
    ir.set(s.fpLast, ir.i32(number));
    note(t, s.fpLastA, fmt, x);
    note(t, s.fpLastB, fmt, y);
    note(t, s.fpLastC, fmt, z);
  }
  const none: Typed = () => {
    throw new Error(`internal error: ${name} has no such operand`);
  };
  const result = operations[number]!(translating(t), x ?? none, y ?? none, z ?? none);
  if (traps) ir.call(calls.fpCheck);
  return result;
}

const note = (t: MipsTranslator, slot: Slot, fmt: Format, value: Typed | undefined): void => {
  if (value !== undefined) t.ir.set(slot, isWide(fmt) ? value("i64") : t.ir.extendU(value("i32")));
};

export const getBits = (t: MipsTranslator, fmt: Format, n: number): Value => operand(t, fmt, n)(isWide(fmt) ? "i64" : "i32");

export function setFloat(t: MipsTranslator, fmt: Format, n: number, value: Value): void {
  const { s, sInt, d, dInt } = t.fpr;
  const wide = isWide(fmt);
  const as = wide ? (value.type === "f64" ? "f64" : "i64") : value.type === "f32" ? "f32" : "i32";
  t.ir.set({ f32: s, i32: sInt, f64: d, i64: dInt }[as][n]!, converted(t, value, as));
}

/** Writes an operation's result, in the type that it has. */
export const setResult = (t: MipsTranslator, fmt: Format, n: number, result: Typed): void => setFloat(t, fmt, n, result(naturalType(fmt)));
const naturalType = (fmt: Format): Type => ({ S: "f32", D: "f64", W: "i32", L: "i64", PS: "i64" })[fmt] as Type;

/**
 * May the instruction run: CP1 usable, doubles in even registers where there are no odd ones, 64-bit integers and pairs with FR 1
 * alone? Otherwise it is done with.
 */
export function mayUse(t: MipsTranslator, fmts: readonly Format[], wideRegisters: readonly number[]): boolean {
  if (!t.coprocessor(1)) return false;
  const fr = (t.flags & bf.FR) !== 0;
  if (fr || (!fmts.includes("L") && !fmts.includes("PS") && wideRegisters.every((n) => n % 2 === 0))) return true;
  t.reservedInstruction();
  return false;
}
