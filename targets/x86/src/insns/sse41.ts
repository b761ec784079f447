/** SSE4.1: blends, extensions, elements, dot products, roundings (Intel SDM vol. 2). */
import type { Value } from "@tsemu/ir";
import { rounding, roundingOfStatus } from "@tsemu/softfloat";
import type { Execute } from "../decode/row.ts";
import { setOnlyCarry, setResultBits } from "../flags.ts";
import type { MemoryOperand, Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";
import { callFloat, type FloatFunction } from "./float-functions.ts";
import { arithmetic, combined, excepting, type Element, type Format, laneOf } from "./vector-float.ts";
import { eachHalf, fromLow32, low32, setBoth, setVector, sse, vector } from "./vector-operands.ts";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

// ---- blends

/** Elements of the second where the sign bit of the mask's element is set; the mask is the third operand. */
export const blendBySigns = (type: "i8x16" | "i32x4" | "i64x2"): Execute =>
  sse((t, a, b, c) => {
    const { ir } = t;
    const bits = { i8x16: 8, i32x4: 32, i64x2: 64 }[type];
    const second = vector(t, b);
    const signs = ir.op(`${type}.shr_s`, vector(t, c), ir.i32(bits - 1));
    setVector(t, a, ir.op("v128.bitselect", second, vector(t, a), signs));
  });

/** Elements of `bytes` bytes of the second where the immediate's bit is set. */
export const blendByImmediate = (bytes: 2 | 4 | 8): Execute =>
  sse((t, a, b, c) => {
    const second = vector(t, b);
    const from = blendBits(t, c.number, bytes);
    const lanes = range(16).map((i) => i + (((from >>> Math.floor(i / bytes)) & 1) === 1 ? 16 : 0));
    setVector(t, a, t.ir.shuffle(vector(t, a), second, lanes));
  });
/** The bits of the immediate that are this half's; words have the same ones in both. */
const blendBits = (t: X86Translator, imm: number, bytes: number): number => (bytes === 2 ? imm : imm >>> (t.half * (16 / bytes)));

/** PTEST: ZF if the two have no bit in common, CF if the second has none that the first does not have. */
export const testVectors = (t: X86Translator, common: Value, beyond: Value): void => {
  const { ir } = t;
  const zero = ir.i32(0);
  setOnlyCarry(t, ir.eqz(beyond));
  setResultBits(t, ir.eqz(common), zero, zero);
};
export const PTEST: Execute = sse((t, a, b) => {
  const { ir } = t;
  const [y, x] = [vector(t, b), vector(t, a)];
  testVectors(t, ir.op("v128.any_true", ir.op("v128.and", x, y)), ir.op("v128.any_true", ir.op("v128.andnot", y, x)));
});

// ---- integers

/** Bytes, words, doublewords of the lower part made wider; `from` and `to` are bits. */
export const extendElements = (from: 8 | 16 | 32, to: 16 | 32 | 64, sign: "s" | "u"): Execute =>
  sse((t, a, b) => setVector(t, a, extendedElements(t, narrowSource(t, b, (128 * from) / to), from, to, sign)));

/** So many bits of memory below zeros, or a register. */
export function narrowSource(t: X86Translator, b: Operand, bits: number): Value {
  const { ir } = t;
  if (b.kind !== "memory") return vector(t, b);
  const memory = b as MemoryOperand;
  const value = memory.load(t.memOp(bits / 8, false));
  return bits === 64 ? ir.lane("i64x2.replace_lane", 0, ir.v128(0n), value) : fromLow32(t, value);
}

export function extendedElements(t: X86Translator, value: Value, from: 8 | 16 | 32, to: 16 | 32 | 64, sign: "s" | "u"): Value {
  let v = value;
  const types = { 8: "i8x16", 16: "i16x8", 32: "i32x4", 64: "i64x2" } as const;
  for (let bits = from as number; bits < to; bits *= 2) v = t.ir.op(`${types[(bits * 2) as 16]}.extend_low_${types[bits as 8]}_${sign}`, v);
  return v;
}

/** The least word and, above it, its index. */
export const PHMINPOSUW: Execute = sse((t, a, b) => {
  const { ir } = t;
  const v = vector(t, b);
  const numbered = (half: "low" | "high", first: bigint): Value =>
    ir.op(
      "v128.or",
      ir.op("i32x4.shl", ir.op(`i32x4.extend_${half}_i16x8_u`, v), ir.i32(16)),
      ir.v128(first | ((first + 1n) << 32n) | ((first + 2n) << 64n) | ((first + 3n) << 96n)),
    );
  let least = ir.op("i32x4.min_u", numbered("low", 0n), numbered("high", 4n));
  for (const distance of [8, 4])
    least = ir.op(
      "i32x4.min_u",
      least,
      ir.shuffle(
        least,
        least,
        range(16).map((i) => (i + distance) & 15),
      ),
    );
  const found = ir.lane("i32x4.extract_lane", 0, least);
  setVector(t, a, fromLow32(t, ir.op("i32.rotl", found, ir.i32(16))));
});

/** Sums of four absolute differences: of a block of four bytes of the second with eight of the first that begin at one byte after the other. */
export const MPSADBW: Execute = sse((t, a, b, c) => {
  const { ir } = t;
  // The upper half has three bits of its own.
  const imm = c.number >>> (3 * t.half);
  const [second, first] = [vector(t, b), vector(t, a)];
  const from = 4 * ((imm >>> 2) & 1);
  const block = 4 * (imm & 3);
  const sums = range(4).map((k) => {
    const x = ir.shuffle(
      first,
      first,
      range(16).map((i) => (from + k + i) & 15),
    );
    const y = ir.shuffle(
      second,
      second,
      range(16).map(() => block + k),
    );
    const difference = ir.op("v128.or", ir.op("i8x16.sub_sat_u", x, y), ir.op("i8x16.sub_sat_u", y, x));
    return ir.op("i16x8.extend_low_i8x16_u", difference);
  });
  setVector(
    t,
    a,
    sums.reduce((x, y) => ir.op("i16x8.add", x, y)),
  );
});

// ---- elements

type Lanes = "i8x16" | "i16x8" | "i32x4" | "i64x2";
const laneMask: Readonly<Record<Lanes, number>> = { i8x16: 15, i16x8: 7, i32x4: 3, i64x2: 1 };
const laneCode = (type: Lanes): string => `${type}.extract_lane${type === "i8x16" || type === "i16x8" ? "_u" : ""}`;

/** PEXTRB, PEXTRW, EXTRACTPS: to a general register, with zeros above, or to memory. */
export const extract = (type: "i8x16" | "i16x8" | "i32x4"): Execute =>
  sse((t, a, b, c) => a.set(t.ir.lane(laneCode(type), c.number & laneMask[type], vector(t, b))));
/** PEXTRD, PEXTRQ, PINSRD, PINSRQ: by the operand's size. */
const lanesOf = (operand: Operand): Lanes => (operand.size === 8 ? "i64x2" : "i32x4");
export const PEXTRD: Execute = sse((t, a, b, c) => a.set(t.ir.lane(laneCode(lanesOf(a)), c.number & laneMask[lanesOf(a)], vector(t, b))));
export const insert = (type: Lanes): Execute =>
  sse((t, a, b, c) => {
    const value = b.getU();
    setVector(t, a, t.ir.lane(`${type}.replace_lane`, c.number & laneMask[type], vector(t, a), value));
  });
export const PINSRD: Execute = (t, a, b, c) => insert(lanesOf(b))(t, a, b, c);

/** One of the source's elements, or memory, to an element; others become 0 as the immediate says. */
export const INSERTPS: Execute = sse((t, a, b, c) => {
  const { ir } = t;
  const imm = c.number;
  const value = b.kind === "memory" ? low32(t, b) : ir.lane("i32x4.extract_lane", (imm >>> 6) & 3, vector(t, b));
  let result = ir.lane("i32x4.replace_lane", (imm >>> 4) & 3, vector(t, a), value);
  if ((imm & 15) !== 0) {
    const lanes = range(16).map((i) => (((imm >>> (i >> 2)) & 1) === 1 ? 16 : i));
    result = ir.shuffle(result, ir.v128(0n), lanes);
  }
  setVector(t, a, result);
});

// ---- floating point

const roundings = [rounding.nearestEven, rounding.downward, rounding.upward, rounding.towardZero];

/** ROUNDPS and such: of the second operand, as the immediate says. */
export const roundBy =
  (imm: number): Element =>
  (t, format, _, b) => {
    const { ir } = t;
    const mode = (imm & 4) !== 0 ? roundingOfStatus : roundings[imm & 3]!;
    return callFloat(t, `${format.float}_round_to_int` as FloatFunction, b, ir.i32(mode), ir.i32((imm & 8) !== 0 ? 0 : 1));
  };

/** A value of each of the vector's 16 bytes. */
const halves = (t: X86Translator, compute: () => Value): Value[] => (t.vectorBytes === 32 ? eachHalf(t, compute) : [compute()]);

/**
 * DPPS, DPPD: the sum of products of the elements that the upper four bits name, in those that the lower ones do. Each of
 * them adds its own product to its neighbour's, and those two to the other two: the order decides about what NaN it becomes. Exceptions are looked at after
 * each step, which both halves of 32 bytes take together.
 */
export const dotProduct = (format: Format): Execute =>
  sse((t, a, b, c) => {
    const { ir } = t;
    const second = halves(t, () => vector(t, b));
    const first = halves(t, () => vector(t, a));
    const zero = format.bits === 32 ? ir.i32(0) : ir.i64(0);
    const wanted = range(format.lanes).filter((n) => ((c.number >>> n) & 1) === 1);
    const lane = (v: Value, n: number): Value => laneOf(t, format, format.integer, v, n);
    const product = (x: Value, y: Value, n: number): Value =>
      ((c.number >>> (4 + n)) & 1) === 1 ? arithmetic("mul")(t, format, lane(x, n), lane(y, n)) : zero;
    let sums = excepting(t, () => first.map((x, half) => range(format.lanes).map((n) => product(x, second[half]!, n))));
    for (let distance = 1; distance < format.lanes; distance *= 2) {
      const isLast = 2 * distance === format.lanes;
      const isNeeded = (n: number): boolean => (wanted.length === 0 ? [0] : wanted).some((m) => n === m || (!isLast && n === (m ^ 2)));
      const sum = (terms: readonly Value[], n: number): Value => {
        const [own, other] = [terms[n]!, terms[n ^ distance]!];
        return isLast ? arithmetic("add")(t, format, own, other) : arithmetic("add")(t, format, other, own);
      };
      const before = sums;
      sums = excepting(t, () => before.map((terms) => terms.map((_, n) => (isNeeded(n) ? sum(terms, n) : zero))));
    }
    const results = sums.map((values) =>
      combined(
        t,
        format,
        range(format.lanes).map((n) => (wanted.includes(n) ? values[n]! : zero)),
      ),
    );
    if (results.length === 1) setVector(t, a, results[0]!);
    else setBoth(t, a, results[0]!, results[1]!);
  });
