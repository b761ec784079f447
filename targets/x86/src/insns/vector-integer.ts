/** Integer operations of MMX, SSE2 and SSSE3, on vectors of either width. */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import type { Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";
import { fromLow64, mmx, mmxValue, setMmx, setVector, sse, vector, type VectorOp } from "./vector-operands.ts";

/** One operation of the IR. */
export const lanes =
  (op: string): VectorOp =>
  (t, a, b) =>
    t.ir.op(op, a, b);
/** The low halves of both, for MMX in one vector: what narrows two vectors takes them from there. */
const together = (t: X86Translator, a: Value, b: Value): Value =>
  t.ir.lane("i64x2.replace_lane", 1, a, t.ir.lane("i64x2.extract_lane", 0, b));

export const pack =
  (op: string): VectorOp =>
  (t, a, b, wide) => {
    if (wide) return t.ir.op(op, a, b);
    const both = together(t, a, b);
    return t.ir.op(op, both, both);
  };

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Interleaves elements of `bytes` bytes of the low halves; of MMX registers that is the whole of them. */
export const unpackLow =
  (bytes: number): VectorOp =>
  (t, a, b) =>
    t.ir.shuffle(a, b, interleaved(bytes, 0));
/** Of the high halves. */
export const unpackHigh =
  (bytes: number): VectorOp =>
  (t, a, b, wide) =>
    t.ir.shuffle(a, b, interleaved(bytes, wide ? 8 : 4));

const interleaved = (bytes: number, from: number): number[] =>
  range(16).map((i) => {
    const element = Math.floor(i / (2 * bytes));
    const second = Math.floor(i / bytes) % 2 === 1;
    // Beyond what an MMX register has, anything.
    return ((from + element * bytes + (i % bytes)) & 15) + (second ? 16 : 0);
  });

export const PMADDWD: VectorOp = lanes("i32x4.dot_i16x8_s");

/** The upper halves of 16-bit products. */
const highProducts =
  (sign: "s" | "u"): VectorOp =>
  (t, a, b) => {
    const { ir } = t;
    const low = ir.op(`i32x4.extmul_low_i16x8_${sign}`, a, b);
    const high = ir.op(`i32x4.extmul_high_i16x8_${sign}`, a, b);
    return ir.shuffle(
      low,
      high,
      range(16).map((i) => 4 * (i >> 1) + 2 + (i & 1)),
    );
  };
export const PMULHW = highProducts("s");
export const PMULHUW = highProducts("u");

/** The even 32-bit lanes multiplied to 64 bits. */
export const multiplyEven =
  (sign: "s" | "u"): VectorOp =>
  (t, a, b) => {
    const even = (v: Value): Value => t.ir.shuffle(v, v, [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]);
    return t.ir.op(`i64x2.extmul_low_i32x4_${sign}`, even(a), even(b));
  };

/** Sums of absolute differences of eight bytes each. */
export const PSADBW: VectorOp = (t, a, b) => {
  const { ir } = t;
  const differences = ir.op("v128.or", ir.op("i8x16.sub_sat_u", a, b), ir.op("i8x16.sub_sat_u", b, a));
  const words = ir.op("i16x8.extadd_pairwise_i8x16_u", differences);
  const pairs = ir.op("i32x4.extadd_pairwise_i16x8_u", words);
  const swapped = ir.shuffle(pairs, pairs, [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11]);
  const sums = ir.op("i32x4.add", pairs, swapped);
  return ir.op("v128.and", sums, ir.v128(0x0000_0000_ffff_ffff_0000_0000_ffff_ffffn));
};

// ---- shifts: counts beyond the element give zeros, or signs

const elementBits: Readonly<Record<string, number>> = { i16x8: 16, i32x4: 32, i64x2: 64 };

/** By the low 64 bits of a vector. */
export const shiftBy =
  (type: string, op: "shl" | "shr_u" | "shr_s"): VectorOp =>
  (t, a, b) => {
    const { ir } = t;
    const bits = elementBits[type]!;
    const count = ir.lane("i64x2.extract_lane", 0, b);
    const within = ir.op("i64.lt_u", count, ir.i64(bits));
    const low = ir.wrap(count);
    if (op === "shr_s") return ir.op(`${type}.${op}`, a, ir.select(within, low, ir.i32(bits - 1)));
    return ir.op("v128.select", ir.op(`${type}.${op}`, a, low), ir.v128(0n), within);
  };

/** By an immediate; the register is the second operand of ModRM. */
const immediateShift = (t: X86Translator, a: Value, count: number, type: string, op: "shl" | "shr_u" | "shr_s"): Value => {
  const bits = elementBits[type]!;
  if (count < bits) return t.ir.op(`${type}.${op}`, a, t.ir.i32(count));
  return op === "shr_s" ? t.ir.op(`${type}.${op}`, a, t.ir.i32(bits - 1)) : t.ir.v128(0n);
};
export const shiftXmmImmediate = (type: string, op: "shl" | "shr_u" | "shr_s"): Execute =>
  sse((t, a, b) => setVector(t, a, immediateShift(t, vector(t, a), b.number & 0xff, type, op)));
export const shiftMmxImmediate = (type: string, op: "shl" | "shr_u" | "shr_s"): Execute =>
  mmx((t, a, b) =>
    setMmx(t, a, t.ir.lane("i64x2.extract_lane", 0, immediateShift(t, fromLow64(t, mmxValue(t, a)), b.number & 0xff, type, op))),
  );

/** PSLLDQ and PSRLDQ: by bytes. */
export const shiftBytes = (left: boolean): Execute =>
  sse((t, a, b) => {
    const count = Math.min(b.number & 0xff, 16);
    const zero = t.ir.v128(0n);
    const value = vector(t, a);
    setVector(
      t,
      a,
      t.ir.shuffle(
        value,
        zero,
        range(16).map((i) => shifted(left ? i - count : i + count)),
      ),
    );
  });
const shifted = (from: number): number => (from < 0 || from > 15 ? 16 : from);

// ---- shuffles by an immediate

export const byFields = (imm: number, bytes: number): number[] =>
  range(16 / bytes).flatMap((i) => range(bytes).map((k) => ((imm >>> (2 * (i & 3))) & 3) * bytes + k));

export const PSHUFD: Execute = sse((t, a, b, c) => {
  const value = vector(t, b);
  setVector(t, a, t.ir.shuffle(value, value, byFields(c.number, 4)));
});
/** Four of the words; `from`: the first byte of the half, the other half stays. */
const shuffleWords = (from: 0 | 8): Execute =>
  sse((t, a, b, c) => {
    const value = vector(t, b);
    const picks = byFields(c.number, 2)
      .slice(0, 8)
      .map((n) => n + from);
    const same = range(8).map((n) => n + (from === 0 ? 8 : 0));
    setVector(t, a, t.ir.shuffle(value, value, from === 0 ? [...picks, ...same] : [...same, ...picks]));
  });
export const PSHUFLW = shuffleWords(0);
export const PSHUFHW = shuffleWords(8);
export const PSHUFW: Execute = mmx((t, a, b, c) => {
  const value = fromLow64(t, mmxValue(t, b));
  setMmx(t, a, t.ir.lane("i64x2.extract_lane", 0, t.ir.shuffle(value, value, byFields(c.number, 2))));
});

// ---- elements

/** The low word of a general register, or a word of memory. */
const wordOf = (t: X86Translator, operand: Operand): Value =>
  operand.kind === "memory" ? operand.getU() : t.getRegister(operand.number, 2, false);

export const PINSRW: Execute = sse((t, a, b, c) => {
  const value = wordOf(t, b);
  setVector(t, a, t.ir.lane("i16x8.replace_lane", c.number & 7, vector(t, a), value));
});
export const PINSRW_MMX: Execute = mmx((t, a, b, c) => {
  const value = wordOf(t, b);
  const result = t.ir.lane("i16x8.replace_lane", c.number & 3, fromLow64(t, mmxValue(t, a)), value);
  setMmx(t, a, t.ir.lane("i64x2.extract_lane", 0, result));
});
/** An i32, with zeros above it in registers of 8 bytes. */
export const setRegisterWide = (t: X86Translator, a: Operand, value: Value): void => a.set(a.size === 8 ? t.ir.extendU(value) : value);
export const PEXTRW: Execute = sse((t, a, b, c) => setRegisterWide(t, a, t.ir.lane("i16x8.extract_lane_u", c.number & 7, vector(t, b))));
export const PEXTRW_MMX: Execute = mmx((t, a, b, c) =>
  setRegisterWide(t, a, t.ir.lane("i16x8.extract_lane_u", c.number & 3, fromLow64(t, mmxValue(t, b)))),
);
export const PMOVMSKB: Execute = sse((t, a, b) => setRegisterWide(t, a, t.ir.op("i8x16.bitmask", vector(t, b))));
export const PMOVMSKB_MMX: Execute = mmx((t, a, b) => setRegisterWide(t, a, t.ir.op("i8x16.bitmask", fromLow64(t, mmxValue(t, b)))));
export const movemask = (type: "i32x4" | "i64x2"): Execute =>
  sse((t, a, b) => setRegisterWide(t, a, t.ir.op(`${type}.bitmask`, vector(t, b))));

// ---- SSSE3

export const PSHUFB: VectorOp = (t, a, b, wide) => {
  const mask = wide ? 0x8f : 0x87;
  return t.ir.op("i8x16.swizzle", a, t.ir.op("v128.and", b, t.ir.op("i8x16.splat", t.ir.i32(mask))));
};

/** Every other element of the two, the even ones or the odd ones. */
const everyOther = (t: X86Translator, a: Value, b: Value, bytes: number, odd: boolean, wide: boolean): Value => {
  const half = wide ? 16 : 8;
  return t.ir.shuffle(
    a,
    b,
    range(16).map((i) => {
      const element = Math.floor((i % half) / bytes);
      const at = (2 * element + (odd ? 1 : 0)) * bytes + (i % bytes);
      return at < half ? at : 16 + ((at - half) & 15);
    }),
  );
};
export const horizontal =
  (op: string, bytes: number): VectorOp =>
  (t, a, b, wide) =>
    t.ir.op(op, everyOther(t, a, b, bytes, false, wide), everyOther(t, a, b, bytes, true, wide));

/** Unsigned bytes of the first times signed ones of the second, pairs added with saturation. */
export const PMADDUBSW: VectorOp = (t, a, b) => {
  const { ir } = t;
  const product = (half: "low" | "high"): Value =>
    ir.op("i32x4.dot_i16x8_s", ir.op(`i16x8.extend_${half}_i8x16_u`, a), ir.op(`i16x8.extend_${half}_i8x16_s`, b));
  return ir.op("i16x8.narrow_i32x4_s", product("low"), product("high"));
};

/** Rounded upper halves of products; the largest stays as it overflows. */
export const PMULHRSW: VectorOp = (t, a, b) => {
  const { ir } = t;
  const product = (half: "low" | "high"): Value => {
    const wide = ir.op(`i32x4.extmul_${half}_i16x8_s`, a, b);
    return ir.op("i32x4.shr_s", ir.op("i32x4.add", wide, ir.op("i32x4.splat", ir.i32(0x4000))), ir.i32(15));
  };
  return ir.shuffle(
    product("low"),
    product("high"),
    range(16).map((i) => 4 * (i >> 1) + (i & 1)),
  );
};

/** Negated where the second is negative, 0 where it is 0. */
export const sign =
  (type: string): VectorOp =>
  (t, a, b) => {
    const { ir } = t;
    const zero = ir.v128(0n);
    const negative = ir.op(`${type}.lt_s`, b, zero);
    const chosen = ir.op("v128.bitselect", ir.op(`${type}.neg`, a), a, negative);
    return ir.op("v128.andnot", chosen, ir.op(`${type}.eq`, b, zero));
  };
export const absolute =
  (type: string): VectorOp =>
  (t, _, b) =>
    t.ir.op(`${type}.abs`, b);

/** Both one after the other, from a byte on. */
export const PALIGNR: Execute = sse((t, a, b, c) => {
  const count = c.number & 0xff;
  const low = vector(t, b);
  const high = vector(t, a);
  const zero = t.ir.v128(0n);
  if (count >= 32) setVector(t, a, zero);
  else if (count >= 16)
    setVector(
      t,
      a,
      t.ir.shuffle(
        high,
        zero,
        range(16).map((i) => Math.min(i + count - 16, 16)),
      ),
    );
  else
    setVector(
      t,
      a,
      t.ir.shuffle(
        low,
        high,
        range(16).map((i) => i + count),
      ),
    );
});
export const PALIGNR_MMX: Execute = mmx((t, a, b, c) => {
  const count = c.number & 0xff;
  const { ir } = t;
  const both = together(t, fromLow64(t, mmxValue(t, b)), fromLow64(t, mmxValue(t, a)));
  const result = ir.shuffle(
    both,
    ir.v128(0n),
    range(16).map((i) => Math.min(i + count, 16)),
  );
  setMmx(t, a, ir.lane("i64x2.extract_lane", 0, result));
});
