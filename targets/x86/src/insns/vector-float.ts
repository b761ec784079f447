/** Floating point of SSE: arithmetic, comparisons, conversions. Elements are computed one after the other by soft-float's functions. */
import type { Type, Value } from "@tsemu/ir";
import { rounding, roundingOfStatus } from "@tsemu/softfloat";
import type { Execute } from "../decode/row.ts";
import { setOnlyCarry, setResultBits } from "../flags.ts";
import { calls } from "../host-calls.ts";
import type { Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";
import { callFloat, type FloatFunction } from "./float-functions.ts";
import { type Quick, quickly } from "./vector-quick.ts";
import {
  beginMmx,
  fromLow64,
  low32,
  low64,
  mmxAllowed,
  mmxValue,
  setLow32,
  setLow64,
  setMmx,
  setVector,
  sse,
  vector,
} from "./vector-operands.ts";

/** An element's format: how many there are, and what lanes are called. */
export interface Format {
  readonly bits: 32 | 64;
  readonly lanes: number;
  readonly float: "f32" | "f64";
  readonly integer: "i32" | "i64";
  readonly vectorOfFloats: string;
  readonly vectorOfIntegers: string;
}
export const single: Format = { bits: 32, lanes: 4, float: "f32", integer: "i32", vectorOfFloats: "f32x4", vectorOfIntegers: "i32x4" };
export const double: Format = { bits: 64, lanes: 2, float: "f64", integer: "i64", vectorOfFloats: "f64x2", vectorOfIntegers: "i64x2" };

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export const laneOf = (t: X86Translator, format: Format, type: Type, v: Value, n: number): Value =>
  t.ir.lane(`${type.startsWith("f") ? format.vectorOfFloats : format.vectorOfIntegers}.extract_lane`, n, v);

export function combined(t: X86Translator, format: Format, values: readonly Value[]): Value {
  const ofFloats = values[0]!.type === format.float;
  const name = ofFloats ? format.vectorOfFloats : format.vectorOfIntegers;
  return values.reduce((v, value, n) => t.ir.lane(`${name}.replace_lane`, n, v, value), t.ir.v128(0n));
}

/**
 * Runs what computes, and then, where exceptions are not masked, has them looked at: a trap leaves the destination as it is, so that it is only written
 * behind this.
 */
export function excepting<T>(t: X86Translator, compute: () => T): T {
  if (!t.trapsSse || t.excepting) return compute();
  t.excepting = true;
  const { ir } = t;
  const before = ir.get(t.s.fpFlags);
  ir.set(t.s.fpFlags, ir.i32(0));
  const result = compute();
  t.excepting = false;
  ir.call(calls.sseCheck, before);
  return result;
}

/** The element below, of a register or of memory that needs no alignment. */
const scalar = (t: X86Translator, format: Format, operand: Operand): Value => (format.bits === 32 ? low32(t, operand) : low64(t, operand));
const setScalar = (t: X86Translator, format: Format, operand: Operand, value: Value): void =>
  format.bits === 32 ? setLow32(t, operand, value) : setLow64(t, operand, value);

const asFloat = (t: X86Translator, value: Value): Value =>
  value.type === "i32" ? t.ir.op("f32.reinterpret_i32", value) : value.type === "i64" ? t.ir.op("f64.reinterpret_i64", value) : value;
const asBits = (t: X86Translator, value: Value): Value =>
  value.type === "f32" ? t.ir.op("i32.reinterpret_f32", value) : value.type === "f64" ? t.ir.op("i64.reinterpret_f64", value) : value;

/** One element of both operands, as bits, to one as bits. */
export type Element = (t: X86Translator, format: Format, a: Value, b: Value) => Value;

/** Element by element; `whole`: what does the same at once in ordinary cases. */
export const packed = (format: Format, element: Element, whole?: Quick): Execute =>
  sse((t, a, b) => {
    const y = vector(t, b);
    const x = vector(t, a);
    const byElements = (): Value =>
      combined(
        t,
        format,
        range(format.lanes).map((n) =>
          element(t, format, laneOf(t, format, format.integer, x, n), laneOf(t, format, format.integer, y, n)),
        ),
      );
    if (whole === undefined || t.trapsSse) setVector(t, a, excepting(t, byElements));
    else setVector(t, a, quickly(t, format, whole, x, y, byElements));
  });

export const scalarOp = (format: Format, element: Element): Execute =>
  sse((t, a, b) => {
    const y = scalar(t, format, b);
    const x = scalar(t, format, a);
    const result = excepting(t, () => element(t, format, x, y));
    setScalar(t, format, a, result);
  });

/** ADD, SUB, MUL, DIV: functions of floats. */
export const arithmetic =
  (name: "add" | "sub" | "mul" | "div"): Element =>
  (t, format, a, b) =>
    asBits(t, callFloat(t, `${format.float}_${name}` as FloatFunction, asFloat(t, a), asFloat(t, b)));
/** MIN and MAX: the second operand if there is a NaN, or if both are zeros. */
export const extreme =
  (name: "min" | "max"): Element =>
  (t, format, a, b) =>
    callFloat(t, `${format.float}_${name}_second` as FloatFunction, a, b);
/** Of the second operand alone. */
export const squareRoot: Element = (t, format, _, b) => asBits(t, callFloat(t, `${format.float}_sqrt` as FloatFunction, asFloat(t, b)));

/** -1, 0, 1 as the first is less, equal or greater, 2 if they are unordered. */
const compared = (t: X86Translator, format: Format, a: Value, b: Value, quiet: boolean): Value =>
  callFloat(t, `${format.float}_compare_${quiet ? "quiet" : "signaling"}` as FloatFunction, a, b);

/** Outcomes of a comparison, as bits by what `compared` gives. */
const [LESS, EQUAL, GREATER, UNORDERED] = [1, 2, 4, 8] as const;
/** What the predicates hold for: the first eight are those of SSE. Another sixteen hold for the same. */
const predicates = [
  EQUAL,
  LESS,
  LESS | EQUAL,
  UNORDERED,
  LESS | GREATER | UNORDERED,
  EQUAL | GREATER | UNORDERED,
  GREATER | UNORDERED,
  LESS | EQUAL | GREATER,
  EQUAL | UNORDERED,
  LESS | UNORDERED,
  LESS | EQUAL | UNORDERED,
  0,
  LESS | GREATER,
  EQUAL | GREATER,
  GREATER,
  LESS | EQUAL | GREATER | UNORDERED,
] as const;
/** Those that ask for an order signal quiet NaNs too; of the upper sixteen it is the others. */
const isQuiet = (predicate: number): boolean => ((predicate & 3) % 3 === 0) === predicate < 16;

/** CMPPS and such: all ones where the predicate holds. */
export const compareWith = (format: Format, isPacked: boolean): Execute => {
  const element =
    (predicate: number): Element =>
    (t, _, a, b) => {
      const { ir } = t;
      const order = compared(t, format, a, b, isQuiet(predicate));
      const wanted = ir.and(ir.shrU(ir.i32(predicates[predicate & 15]!), ir.add(order, ir.i32(1))), ir.i32(1));
      const mask = ir.sub(ir.i32(0), wanted);
      return format.bits === 32 ? mask : ir.extendS(mask);
    };
  return (t, a, b, c) => {
    const predicate = c.number & (t.i.vex === undefined ? 7 : 31);
    const execute = isPacked ? packed(format, element(predicate)) : scalarOp(format, element(predicate));
    execute(t, a, b, c);
  };
};

/** COMISS, UCOMISS and those of doubles: ZF, PF and CF; the other flags become 0. */
export const compareToFlags = (format: Format, quiet: boolean): Execute =>
  sse((t, a, b) => {
    const { ir } = t;
    const y = scalar(t, format, b);
    const order = excepting(t, () => compared(t, format, scalar(t, format, a), y, quiet));
    const is = (n: number): Value => ir.eq(order, ir.i32(n));
    const unordered = is(2);
    const zero = ir.or(is(0), unordered);
    setOnlyCarry(t, ir.or(is(-1), unordered));
    setResultBits(t, zero, ir.i32(0), unordered);
  });

/** ADDSUBPS: differences in the even elements, sums in the odd ones. */
export const addSubtract = (format: Format): Execute =>
  sse((t, a, b) => {
    const y = vector(t, b);
    const x = vector(t, a);
    const result = excepting(t, () =>
      combined(
        t,
        format,
        range(format.lanes).map((n) =>
          arithmetic(n % 2 === 0 ? "sub" : "add")(
            t,
            format,
            laneOf(t, format, format.integer, x, n),
            laneOf(t, format, format.integer, y, n),
          ),
        ),
      ),
    );
    setVector(t, a, result);
  });

/** HADDPS and such: neighbours, those of the first operand below those of the second. */
export const neighbours = (format: Format, name: "add" | "sub"): Execute =>
  sse((t, a, b) => {
    const y = vector(t, b);
    const x = vector(t, a);
    const half = format.lanes / 2;
    const result = excepting(t, () =>
      combined(
        t,
        format,
        range(format.lanes).map((n) => {
          const from = n < half ? x : y;
          const at = 2 * (n % half);
          return arithmetic(name)(t, format, laneOf(t, format, format.integer, from, at), laneOf(t, format, format.integer, from, at + 1));
        }),
      ),
    );
    setVector(t, a, result);
  });

// ---- estimates: 1/x and 1/sqrt(x) as they are, rounded; without exceptions, whatever MXCSR says

const estimate =
  (root: boolean): Element =>
  (t, _, __, b) => {
    const { ir } = t;
    const magnitude = ir.and(b, ir.i32(0x7fff_ffff));
    const sign = ir.and(b, ir.i32(0x8000_0000));
    // Denormal numbers count as zeros.
    const isTiny = ir.ltU(magnitude, ir.i32(0x0080_0000));
    const value = asFloat(t, ir.select(isTiny, sign, b));
    const quotient = asBits(t, ir.op("f32.div", ir.f32(1), root ? ir.op("f32.sqrt", value) : value));
    // Tiny results are zeros.
    const flushed = ir.select(
      ir.ltU(ir.and(quotient, ir.i32(0x7fff_ffff)), ir.i32(0x0080_0000)),
      ir.and(quotient, ir.i32(0x8000_0000)),
      quotient,
    );
    const isNaN = ir.gtU(magnitude, ir.i32(0x7f80_0000));
    const result = ir.select(isNaN, ir.or(b, ir.i32(0x0040_0000)), flushed);
    if (!root) return result;
    const isNegative = ir.and(ir.ltS(b, ir.i32(0)), ir.eqz(ir.or(isTiny, isNaN)));
    return ir.select(isNegative, ir.i32(0xffc0_0000), result);
  };
export const RCP = estimate(false);
export const RSQRT = estimate(true);

// ---- conversions

const status = roundingOfStatus;
const truncating = rounding.towardZero;

/** CVTSI2SS and such: a general register or memory to the low element. */
export const fromInteger = (format: Format): Execute =>
  sse((t, a, b) => {
    const value = b.get();
    const name = `${value.type}_to_${format.float}` as FloatFunction;
    const result = excepting(t, () => callFloat(t, name, value, t.ir.i32(0), t.ir.i32(status)));
    setScalar(t, format, a, result);
  });

/** CVTSS2SI, CVTTSS2SI and such. */
export const toInteger = (format: Format, truncates: boolean): Execute =>
  sse((t, a, b) => {
    const value = scalar(t, format, b);
    const name = `${format.float}_to_${a.size === 8 ? "i64" : "i32"}` as FloatFunction;
    a.set(excepting(t, () => callFloat(t, name, value, t.ir.i32(0), t.ir.i32(truncates ? truncating : status))));
  });

export const toInt32 = (t: X86Translator, format: Format, value: Value, truncates: boolean): Value =>
  callFloat(t, `${format.float}_to_i32` as FloatFunction, value, t.ir.i32(0), t.ir.i32(truncates ? truncating : status));

/** Two elements in 64 bits: MMX registers, and halves. */
const pair = (t: X86Translator, low: Value, high: Value): Value => t.ir.or(t.ir.shl(t.ir.extendU(high), t.ir.i64(32)), t.ir.extendU(low));

/** CVTPS2PI, CVTPD2PI, truncating or not. Memory is read before the x87's stack is set up for MMX. */
export const toMmx = (format: Format, truncates: boolean): Execute =>
  sse((t, a, b) => {
    if (!mmxAllowed(t)) return;
    let elements: Value[];
    if (format.bits === 32) {
      const bits = low64(t, b);
      elements = [t.ir.wrap(bits), t.ir.wrap(t.ir.shrU(bits, t.ir.i64(32)))];
    } else {
      const v = vector(t, b);
      elements = [0, 1].map((n) => laneOf(t, double, "i64", v, n));
    }
    beginMmx(t);
    const [low, high] = excepting(t, () => elements.map((value) => toInt32(t, format, value, truncates)));
    setMmx(t, a, pair(t, low!, high!));
  });

/** CVTPI2PS, CVTPI2PD. From memory they leave the x87 alone, as AMD's CPUs do (Intel's only CVTPI2PD). */
export const fromMmx = (format: Format): Execute =>
  sse((t, a, b) => {
    if (b.kind !== "memory") {
      if (!mmxAllowed(t)) return;
      beginMmx(t);
    }
    const bits = mmxValue(t, b);
    const values = [t.ir.wrap(bits), t.ir.wrap(t.ir.shrU(bits, t.ir.i64(32)))];
    const converted = excepting(t, () =>
      values.map((value) => callFloat(t, `i32_to_${format.float}` as FloatFunction, value, t.ir.i32(0), t.ir.i32(status))),
    );
    if (format.bits === 32) setLow64(t, a, pair(t, converted[0]!, converted[1]!));
    else setVector(t, a, combined(t, double, converted));
  });

/** CVTDQ2PS. */
export const CVTDQ2PS: Execute = sse((t, a, b) => {
  const v = vector(t, b);
  const result = excepting(t, () =>
    combined(
      t,
      single,
      range(4).map((n) => callFloat(t, "i32_to_f32", laneOf(t, single, "i32", v, n), t.ir.i32(0), t.ir.i32(status))),
    ),
  );
  setVector(t, a, result);
});
/** CVTPS2DQ, CVTTPS2DQ. */
export const singlesToIntegers = (truncates: boolean): Execute =>
  sse((t, a, b) => {
    const v = vector(t, b);
    const result = excepting(t, () =>
      combined(
        t,
        single,
        range(4).map((n) => toInt32(t, single, laneOf(t, single, "i32", v, n), truncates)),
      ),
    );
    setVector(t, a, result);
  });
/** CVTPD2DQ, CVTTPD2DQ: into the lower half, zeros above. */
export const doublesToIntegers = (truncates: boolean): Execute =>
  sse((t, a, b) => {
    const v = vector(t, b);
    const [low, high] = excepting(t, () => range(2).map((n) => toInt32(t, double, laneOf(t, double, "i64", v, n), truncates)));
    setVector(t, a, fromLow64(t, pair(t, low!, high!)));
  });
/** CVTDQ2PD: two integers of the lower half. */
export const CVTDQ2PD: Execute = sse((t, a, b) => {
  const bits = low64(t, b);
  const values = [t.ir.wrap(bits), t.ir.wrap(t.ir.shrU(bits, t.ir.i64(32)))];
  const result = values.map((value) => callFloat(t, "i32_to_f64", value, t.ir.i32(0), t.ir.i32(status)));
  setVector(t, a, combined(t, double, result));
});

export const CVTSS2SD: Execute = sse((t, a, b) => {
  const value = low32(t, b);
  setLow64(
    t,
    a,
    excepting(t, () => callFloat(t, "f32_to_f64", value)),
  );
});
export const CVTSD2SS: Execute = sse((t, a, b) => {
  const value = low64(t, b);
  setLow32(
    t,
    a,
    excepting(t, () => callFloat(t, "f64_to_f32", value)),
  );
});
export const CVTPS2PD: Execute = sse((t, a, b) => {
  const bits = low64(t, b);
  const values = [t.ir.wrap(bits), t.ir.wrap(t.ir.shrU(bits, t.ir.i64(32)))];
  const result = excepting(t, () =>
    combined(
      t,
      double,
      values.map((value) => callFloat(t, "f32_to_f64", value)),
    ),
  );
  setVector(t, a, result);
});
export const CVTPD2PS: Execute = sse((t, a, b) => {
  const v = vector(t, b);
  const [low, high] = excepting(t, () => range(2).map((n) => callFloat(t, "f64_to_f32", laneOf(t, double, "i64", v, n))));
  setVector(t, a, fromLow64(t, pair(t, low!, high!)));
});
