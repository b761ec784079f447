/** Vectors of 32 bytes: most instructions do with each half what they do with 16 bytes; those that do not have functions of their own here. */
import type { MemOp, Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import type { MemoryOperand, Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";
import { callFloat } from "./float-functions.ts";
import { extendedElements, narrowSource, testVectors } from "./sse41.ts";
import { combined, double, excepting, type Format, laneOf, single, toInt32 } from "./vector-float.ts";
import { setRegisterWide } from "./vector-integer.ts";
import { eachHalf, low64, setBoth, sse, vector, type VectorOp } from "./vector-operands.ts";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Both halves, one after the other. Neither is written before both are known, and exceptions are looked at once. */
export const bothHalves = (execute: Execute): Execute =>
  sse((t, a, b, c) => {
    t.waiting = [];
    excepting(t, () => {
      for (const half of [0, 1] as const) {
        t.half = half;
        execute(t, a, b, c);
      }
    });
    t.half = 0;
    for (const [slot, value] of t.waiting) t.ir.set(slot, value);
  });

export const bothOf = (t: X86Translator, operand: Operand): [Value, Value] => eachHalf(t, () => vector(t, operand));

const whole = (t: X86Translator): MemOp => ({ size: 16, signed: false, align: 1, mmuIdx: t.mmuIdx, type: "v128" });

/** The lower 16 bytes of a register, or 16 bytes of memory. */
export const low128 = (t: X86Translator, operand: Operand): Value =>
  operand.kind === "memory" ? t.ir.load(whole(t), (operand as MemoryOperand).address("read", 16)) : t.ir.get(t.s.xmm[operand.source]!);

// ---- of older instructions

/** Shifts: the second operand has 16 bytes, whose count is that of both halves. */
export const shiftBoth = (compute: VectorOp): Execute =>
  sse((t, a, b) => {
    const count = low128(t, b);
    setBoth(t, a, ...eachHalf(t, () => compute(t, vector(t, a), count, true)));
  });

export const extendBoth = (from: 8 | 16 | 32, to: 16 | 32 | 64, sign: "s" | "u"): Execute =>
  sse((t, a, b) => {
    const bits = (256 * from) / to;
    const value = bits === 128 ? low128(t, b) : narrowSource(t, b, bits);
    const upper = t.ir.shuffle(
      value,
      value,
      range(16).map((i) => (i + bits / 16) & 15),
    );
    setBoth(t, a, extendedElements(t, value, from, to, sign), extendedElements(t, upper, from, to, sign));
  });

export const moveMask = (type: "i8x16" | "i32x4" | "i64x2"): Execute =>
  sse((t, a, b) => {
    const { ir } = t;
    const [low, high] = eachHalf(t, () => ir.op(`${type}.bitmask`, vector(t, b)));
    const lanes = { i8x16: 16, i32x4: 4, i64x2: 2 }[type];
    setRegisterWide(t, a, ir.or(low, ir.shl(high, ir.i32(lanes))));
  });

/** VPTEST; VTESTPS and VTESTPD of the sign bits alone. */
export const test = (bits?: 32 | 64): Execute =>
  sse((t, a, b) => {
    const { ir } = t;
    const both = (f: (x: Value, y: Value) => Value): Value => {
      const one = (): Value => f(vector(t, a), vector(t, b));
      const v = t.vectorBytes === 32 ? ir.op("v128.or", ...eachHalf(t, one)) : one();
      const signs = ir.v128(bits === 32 ? 0x80000000_80000000_80000000_80000000n : 0x80000000_00000000_80000000_00000000n);
      return ir.op("v128.any_true", bits === undefined ? v : ir.op("v128.and", v, signs));
    };
    testVectors(
      t,
      both((x, y) => ir.op("v128.and", x, y)),
      both((x, y) => ir.op("v128.andnot", y, x)),
    );
  });

/** VMOVDDUP. */
export const duplicateEven: Execute = sse((t, a, b) => {
  setBoth(
    t,
    a,
    ...eachHalf(t, () => {
      const v = vector(t, b);
      return t.ir.shuffle(v, v, [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7]);
    }),
  );
});

/** Four elements of 32 bits to four of 64: VCVTDQ2PD, VCVTPS2PD. */
const widen = (convert: (t: X86Translator, value: Value) => Value): Execute =>
  sse((t, a, b) => {
    const v = low128(t, b);
    const values = excepting(t, () => range(4).map((n) => convert(t, laneOf(t, single, "i32", v, n))));
    setBoth(t, a, combined(t, double, values.slice(0, 2)), combined(t, double, values.slice(2)));
  });
export const integersToDoubles = widen((t, value) => callFloat(t, "i32_to_f64", value, t.ir.i32(0), t.ir.i32(-1)));
export const singlesToDoubles = widen((t, value) => callFloat(t, "f32_to_f64", value));

/** And back: VCVTPD2PS, VCVTPD2DQ, VCVTTPD2DQ. */
const narrow = (convert: (t: X86Translator, value: Value) => Value): Execute =>
  sse((t, a, b) => {
    const halves = bothOf(t, b);
    const values = excepting(t, () => halves.flatMap((v) => range(2).map((n) => convert(t, laneOf(t, double, "i64", v, n)))));
    setBoth(t, a, combined(t, single, values));
  });
export const doublesToSingles = narrow((t, value) => callFloat(t, "f64_to_f32", value));
export const doublesToIntegers = (truncates: boolean): Execute => narrow((t, value) => toInt32(t, double, value, truncates));

// ---- of AVX

/** A mask register's upper half, or all of it, becomes 0: VZEROUPPER, VZEROALL. */
export const zero = (all: boolean): Execute =>
  sse((t) => {
    for (let n = 0; n < (t.code64 ? 16 : 8); n++) {
      t.ir.set(t.s.xmmHigh[n]!, t.ir.v128(0n));
      if (all) t.ir.set(t.s.xmm[n]!, t.ir.v128(0n));
    }
  });

/** One element everywhere: of memory, or the lowest of a register. */
export const broadcast = (bits: 8 | 16 | 32 | 64): Execute =>
  sse((t, a, b) => {
    const { ir } = t;
    const type = { 8: "i8x16", 16: "i16x8", 32: "i32x4", 64: "i64x2" }[bits];
    const value = b.kind === "memory" ? b.getU() : bits === 64 ? low64(t, b) : ir.get(t.s.xmmLow32[b.source]!);
    const v = ir.op(`${type}.splat`, value);
    if (t.vectorBytes === 32) setBoth(t, a, v, v);
    else setBoth(t, a, v);
  });
export const broadcast128: Execute = sse((t, a, b) => {
  const v = low128(t, b);
  setBoth(t, a, v, v);
});

/** VINSERTF128, VEXTRACTF128. */
export const insert128: Execute = sse((t, a, b, c) => {
  const v = low128(t, b);
  const [low, high] = bothOf(t, a);
  if ((c.number & 1) === 0) setBoth(t, a, v, high);
  else setBoth(t, a, low, v);
});
export const extract128: Execute = sse((t, a, b, c) => {
  const v = t.ir.get(((c.number & 1) === 0 ? t.s.xmm : t.s.xmmHigh)[b.source]!);
  if (a.kind === "memory") t.ir.store(whole(t), (a as MemoryOperand).address("write", 16), v);
  else setBoth(t, a, v);
});

/** Each half one of the four of both operands, or 0. */
export const permuteHalves: Execute = sse((t, a, b, c) => {
  const second = bothOf(t, b);
  const all = [...bothOf(t, a), ...second];
  const one = (imm: number): Value => ((imm & 8) !== 0 ? t.ir.v128(0n) : all[imm & 3]!);
  setBoth(t, a, one(c.number), one(c.number >>> 4));
});

/** VPERMQ, VPERMPD: doubles by two bits of the immediate each, from anywhere. */
export const permuteDoubles: Execute = sse((t, a, b, c) => {
  const [low, high] = bothOf(t, b);
  const pick = (first: number): Value =>
    t.ir.shuffle(
      low,
      high,
      range(16).map((i) => 8 * ((c.number >>> (2 * (first + (i >> 3)))) & 3) + (i & 7)),
    );
  setBoth(t, a, pick(0), pick(2));
});

/** Bytes of elements by their numbers: `numbers` are elements of so many bytes. */
const byteNumbers = (t: X86Translator, numbers: Value, bytes: 4 | 8): Value => {
  const { ir } = t;
  if (bytes === 4) {
    const places = ir.op("i32x4.mul", numbers, ir.op("i32x4.splat", ir.i32(0x0404_0404)));
    return ir.op("i32x4.add", places, ir.op("i32x4.splat", ir.i32(0x0302_0100)));
  }
  const places = ir.op("i64x2.mul", numbers, ir.op("i64x2.splat", ir.i64(0x0808_0808_0808_0808n)));
  return ir.op("i64x2.add", places, ir.op("i64x2.splat", ir.i64(0x0706_0504_0302_0100n)));
};

/** VPERMD, VPERMPS: elements of the second by the numbers in the first, from anywhere. */
export const permuteSingles: Execute = sse((t, a, b) => {
  const { ir } = t;
  const [low, high] = bothOf(t, b);
  const picked = eachHalf(t, () => {
    const numbers = byteNumbers(t, ir.op("v128.and", vector(t, a), ir.op("i32x4.splat", ir.i32(7))), 4);
    const inHigh = ir.op("v128.xor", numbers, ir.op("i8x16.splat", ir.i32(16)));
    return ir.op("v128.or", ir.op("i8x16.swizzle", low, numbers), ir.op("i8x16.swizzle", high, inHigh));
  });
  setBoth(t, a, ...picked);
});

/** VPERMILPS, VPERMILPD: within 16 bytes. Numbers of doubles are in bit 1. */
export const permuteWithin =
  (bytes: 4 | 8): VectorOp =>
  (t, a, b) => {
    const { ir } = t;
    const numbers =
      bytes === 4
        ? ir.op("v128.and", b, ir.op("i32x4.splat", ir.i32(3)))
        : ir.op("v128.and", ir.op("i64x2.shr_u", b, ir.i32(1)), ir.op("i64x2.splat", ir.i64(1)));
    return ir.op("i8x16.swizzle", a, byteNumbers(t, numbers, bytes));
  };

// ---- shifts of each element by its own count

const shifted = (t: X86Translator, format: Format, value: Value, count: Value, op: "shl" | "shr_u" | "shr_s"): Value => {
  const { ir } = t;
  const bits = format.bits === 64 ? ir.i64(64) : ir.i32(32);
  const isWithin = ir.ltU(count, bits);
  if (op === "shr_s") return ir.op("i32.shr_s", value, ir.select(isWithin, count, ir.i32(31)));
  return ir.select(isWithin, ir.op(`${format.integer}.${op}`, value, count), format.bits === 64 ? ir.i64(0) : ir.i32(0));
};
export const shiftEach =
  (format: Format, op: "shl" | "shr_u" | "shr_s"): VectorOp =>
  (t, a, b) => {
    const lane = (v: Value, n: number): Value => laneOf(t, format, format.integer, v, n);
    return combined(
      t,
      format,
      range(format.lanes).map((n) => shifted(t, format, lane(a, n), lane(b, n), op)),
    );
  };
