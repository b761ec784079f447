/** Moves of MMX and SSE registers, and shuffles of floating-point elements, which compute nothing. */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import type { MemoryOperand, Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";
import {
  fromLow32,
  fromLow64,
  low32,
  low64,
  mmx,
  mmxValue,
  setLow32,
  setLow64,
  setMmx,
  setVector,
  sse,
  vector,
  type VectorOp,
} from "./vector-operands.ts";

export const MOVA: Execute = sse((t, a, b) => setVector(t, a, vector(t, b, "always"), "always"));
export const MOVU: Execute = sse((t, a, b) => setVector(t, a, vector(t, b, "any"), "any"));
export const MOVQ_MMX: Execute = mmx((t, a, b) => setMmx(t, a, mmxValue(t, b)));

/** MOVSS and MOVSD: from memory with zeros above, between registers the low element alone. */
export const MOVSS: Execute = sse((t, a, b) => {
  if (a.kind === "memory") setLow32(t, a, low32(t, b));
  else if (b.kind === "memory") setVector(t, a, fromLow32(t, low32(t, b)));
  else setLow32(t, a, low32(t, b));
});
export const MOVSD: Execute = sse((t, a, b) => {
  if (a.kind === "memory") setLow64(t, a, low64(t, b));
  else if (b.kind === "memory") setVector(t, a, fromLow64(t, low64(t, b)));
  else setLow64(t, a, low64(t, b));
});
/** MOVQ between XMM registers clears what is above. */
export const MOVQ: Execute = sse((t, a, b) => {
  if (a.kind === "memory") setLow64(t, a, low64(t, b));
  else setVector(t, a, fromLow64(t, low64(t, b)));
});

const upper = (t: X86Translator, operand: Operand): Value => t.ir.get(t.s.xmmUpper64[operand.source]!);
const setUpper = (t: X86Translator, operand: Operand, value: Value): void => {
  if (t.i.vex === undefined) t.ir.set(t.s.xmmUpper64[operand.number]!, value);
  else setVector(t, operand, t.ir.lane("i64x2.replace_lane", 1, vector(t, operand), value));
};

/** MOVLPS, MOVLPD; with a register as source MOVHLPS. */
export const MOVL: Execute = sse((t, a, b) => setLow64(t, a, b.kind === "memory" || a.kind === "memory" ? low64(t, b) : upper(t, b)));
/** MOVHPS, MOVHPD; with a register as source MOVLHPS. */
export const MOVH: Execute = sse((t, a, b) => {
  if (a.kind === "memory") (a as MemoryOperand).store(t.memOp(8, false), upper(t, b));
  else setUpper(t, a, low64(t, b));
});

export const MOVDDUP: Execute = sse((t, a, b) => setVector(t, a, t.ir.op("i64x2.splat", low64(t, b))));
const duplicate = (odd: 0 | 4): Execute =>
  sse((t, a, b) => {
    const v = vector(t, b);
    setVector(
      t,
      a,
      t.ir.shuffle(
        v,
        v,
        [0, 1, 2, 3, 0, 1, 2, 3, 8, 9, 10, 11, 8, 9, 10, 11].map((n) => n + odd),
      ),
    );
  });
export const MOVSLDUP = duplicate(0);
export const MOVSHDUP = duplicate(4);

/** MOVD and MOVQ with general registers. */
export const MOVD_TO_XMM: Execute = sse((t, a, b) => {
  const value = b.get();
  setVector(t, a, value.type === "i64" ? fromLow64(t, value) : fromLow32(t, value));
});
export const MOVD_FROM_XMM: Execute = sse((t, a, b) => a.set(a.size === 8 ? low64(t, b) : low32(t, b)));
export const MOVD_TO_MMX: Execute = mmx((t, a, b) => {
  const value = b.get();
  setMmx(t, a, value.type === "i64" ? value : t.ir.extendU(value));
});
export const MOVD_FROM_MMX: Execute = mmx((t, a, b) => {
  const value = mmxValue(t, b);
  a.set(a.size === 8 ? value : t.ir.wrap(value));
});
export const MOVQ2DQ: Execute = mmx((t, a, b) => setVector(t, a, fromLow64(t, mmxValue(t, b))));
export const MOVDQ2Q: Execute = mmx((t, a, b) => setMmx(t, a, low64(t, b)));

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Two elements of the first, then two of the second. */
export const SHUFPS: Execute = sse((t, a, b, c) => {
  const source = vector(t, b);
  const lanes = range(4).flatMap((i) => range(4).map((k) => ((c.number >>> (2 * i)) & 3) * 4 + k + (i < 2 ? 0 : 16)));
  setVector(t, a, t.ir.shuffle(vector(t, a), source, lanes));
});
export const SHUFPD: Execute = sse((t, a, b, c) => {
  const source = vector(t, b);
  const lanes = range(2).flatMap((i) => range(8).map((k) => ((c.number >>> (i + 2 * t.half)) & 1) * 8 + k + (i === 0 ? 0 : 16)));
  setVector(t, a, t.ir.shuffle(vector(t, a), source, lanes));
});

/** ANDN: the first is inverted. */
export const ANDN: VectorOp = (t, a, b) => t.ir.op("v128.andnot", b, a);

/** MASKMOVQ, MASKMOVDQU: the bytes whose mask is negative go to DS:rDI. */
export const maskedMove =
  (wide: boolean): Execute =>
  (t, a, b) => {
    const run = (value: Value, mask: Value, count: number): void => {
      const { ir } = t;
      const target = t.stringDestination();
      const bits = ir.op("i8x16.bitmask", mask);
      for (let n = 0; n < count; n++) {
        const byte = ir.lane("i8x16.extract_lane_u", n, value);
        ir.if(ir.and(bits, ir.i32(1 << n)), () => ir.store(t.memOp(1, false), t.advance(target, n), byte));
      }
    };
    if (wide) sse(() => run(vector(t, a), vector(t, b), 16))(t, a, b, undefined as never);
    else mmx(() => run(fromLow64(t, mmxValue(t, a)), fromLow64(t, mmxValue(t, b)), 8))(t, a, b, undefined as never);
  };

export const EMMS: Execute = (t) => {
  mmx(() => t.ir.set(t.s.empty, t.ir.i32(0xff)))(t, undefined as never, undefined as never, undefined as never);
};
