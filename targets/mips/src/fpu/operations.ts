/**
 * The operations of the FPU, each written once for two machines: the translator's, whose values are IR, and that of CFC1, which repeats the
 * last operation on numbers to find out what it raised (see fcsr.ts).
 */
import { rounding, roundingOfStatus, type SoftFloatFunction } from "@tsemu/softfloat";

export interface FloatMachine<V> {
  /** A function of the soft-float library; numbers are constants of 32 bits. */
  call(fn: SoftFloatFunction, ...args: (V | number)[]): V;
  /** The sign inverted, of a NaN too. */
  negate(bits: 32 | 64, value: V): V;
  /** Halves of a paired single. */
  low(value: V): V;
  high(value: V): V;
  pair(low: V, high: V): V;
  /** 1.0 */
  one(bits: 32 | 64): V;
}

export type Operation = <V>(m: FloatMachine<V>, a: V, b: V, c: V) => V;

type Single = (fmt: 32 | 64) => Operation;
const named = (fmt: 32 | 64, name: string): SoftFloatFunction => `f${fmt}_${name}` as SoftFloatFunction;

const two =
  (name: string): Single =>
  (fmt) =>
  (m, a, b) =>
    m.call(named(fmt, name), a, b);

/** a * b + c, or - c, rounded twice (as the cores without a fused unit do it), and perhaps the sign inverted. */
const multiplyAdd =
  (op: "add" | "sub", negate: boolean): Single =>
  (fmt) =>
  (m, a, b, c) => {
    const sum = m.call(named(fmt, op), m.call(named(fmt, "mul"), a, b), c);
    return negate ? m.negate(fmt, sum) : sum;
  };

const basic: Readonly<Record<string, Single>> = {
  ADD: two("add"),
  SUB: two("sub"),
  MUL: two("mul"),
  MADD: multiplyAdd("add", false),
  MSUB: multiplyAdd("sub", false),
  NMADD: multiplyAdd("add", true),
  NMSUB: multiplyAdd("sub", true),
  COMPARE: two("compare_quiet"),
  COMPARE_SIGNALING: two("compare_signaling"),
};

const unpaired: Readonly<Record<string, Single>> = {
  DIV: two("div"),
  SQRT: (fmt) => (m, a) => m.call(named(fmt, "sqrt"), a),
  RECIP: (fmt) => (m, a) => m.call(named(fmt, "div"), m.one(fmt), a),
  RSQRT: (fmt) => (m, a) => m.call(named(fmt, "div"), m.one(fmt), m.call(named(fmt, "sqrt"), a)),
};

const paired =
  (single: Operation): Operation =>
  (m, a, b, c) =>
    m.pair(single(m, m.low(a), m.low(b), m.low(c)), single(m, m.high(a), m.high(b), m.high(c)));

const roundings = {
  ROUND: rounding.nearestEven,
  TRUNC: rounding.towardZero,
  CEIL: rounding.upward,
  FLOOR: rounding.downward,
  CVT: roundingOfStatus,
} as const;

function* all(): Generator<readonly [name: string, operation: Operation]> {
  for (const [name, make] of Object.entries({ ...basic, ...unpaired })) {
    yield [`${name}_S`, make(32)];
    yield [`${name}_D`, make(64)];
  }
  // Comparisons give a pair of results.
  for (const [name, make] of Object.entries(basic)) yield [`${name}_PS`, paired(make(32))];
  for (const [name, mode] of Object.entries(roundings)) {
    for (const [to, bits] of [
      ["W", 32],
      ["L", 64],
    ] as const) {
      yield [`${name}_${to}_S`, (m, a) => m.call(`f32_to_i${bits}`, a, 0, mode)];
      yield [`${name}_${to}_D`, (m, a) => m.call(`f64_to_i${bits}`, a, 0, mode)];
    }
  }
  for (const [from, bits] of [
    ["W", 32],
    ["L", 64],
  ] as const) {
    yield [`CVT_S_${from}`, (m, a) => m.call(`i${bits}_to_f32`, a, 0, roundingOfStatus)];
    yield [`CVT_D_${from}`, (m, a) => m.call(`i${bits}_to_f64`, a, 0, roundingOfStatus)];
  }
  yield ["CVT_D_S", (m, a) => m.call("f32_to_f64", a)];
  yield ["CVT_S_D", (m, a) => m.call("f64_to_f32", a)];
}

const list = [...all()];

/** The operations by number; number 0 is none. */
export const operations: readonly (Operation | undefined)[] = [undefined, ...list.map(([, operation]) => operation)];

const numbers = new Map(list.map(([name], i) => [name, i + 1]));

export function operationNumber(name: string): number {
  const number = numbers.get(name);
  if (number === undefined) throw new Error(`internal error: no FPU operation ${name}`);
  return number;
}
