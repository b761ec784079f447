/** FMA: products and sums rounded once (Intel SDM vol. 2). And F16C: half precision. */
import type { Value } from "@tsemu/ir";
import { rounding } from "@tsemu/softfloat";
import type { Execute } from "../decode/row.ts";
import type { MemoryOperand, Operand } from "../operands.ts";
import { NumberedOperand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";
import { callFloat, type FloatFunction } from "./float-functions.ts";
import { bothOf, low128 } from "./vector-256.ts";
import { combined, excepting, type Format, laneOf, single } from "./vector-float.ts";
import { fromLow64, low32, low64, setBoth, setLow32, setLow64, setVector, sse, vector } from "./vector-operands.ts";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Which of the three operands are multiplied, and which is added: digits as in the names. */
export type Order = "132" | "213" | "231";
/** Of element n. */
export type Signs = (n: number) => { readonly product: 1 | -1; readonly addend: 1 | -1 };

/** The opposite number; NaN stays as it is. */
function opposite(t: X86Translator, format: Format, value: Value): Value {
  const { ir } = t;
  const [constant, sign, infinity] =
    format.bits === 32
      ? [(n: bigint) => ir.i32(Number(n)), 0x8000_0000n, 0x7f80_0000n]
      : [(n: bigint) => ir.i64(n), 0x8000_0000_0000_0000n, 0x7ff0_0000_0000_0000n];
  const isNaN = ir.op(`${format.integer}.gt_u`, ir.and(value, constant(sign - 1n)), constant(infinity));
  return ir.select(isNaN, value, ir.xor(value, constant(sign)));
}

function fused(t: X86Translator, format: Format, operands: readonly [Value, Value, Value], order: Order, signs: ReturnType<Signs>): Value {
  const [a, b, c] = [...order].map((digit) => operands[Number(digit) - 1]!) as [Value, Value, Value];
  const factor = signs.product < 0 ? opposite(t, format, a) : a;
  const addend = signs.addend < 0 ? opposite(t, format, c) : c;
  return callFloat(t, `${format.float}_mul_add_bits` as FloatFunction, factor, b, addend);
}

/** The destination as the first of three sources. */
const asSource = (a: Operand): Operand => new NumberedOperand("vector", a.number, a.size);

export const fusedPacked = (format: Format, order: Order, signs: Signs): Execute =>
  sse((t, a, b) => {
    const vectors = [vector(t, asSource(a)), vector(t, a), vector(t, b)];
    const result = excepting(t, () =>
      combined(
        t,
        format,
        range(format.lanes).map((n) => {
          const [x, y, z] = vectors.map((v) => laneOf(t, format, format.integer, v, n));
          return fused(t, format, [x!, y!, z!], order, signs(n));
        }),
      ),
    );
    setVector(t, a, result);
  });

export const fusedScalar = (format: Format, order: Order, signs: Signs): Execute =>
  sse((t, a, b) => {
    const low = format.bits === 32 ? low32 : low64;
    const third = low(t, b);
    const result = excepting(t, () => fused(t, format, [low(t, asSource(a)), low(t, a), third], order, signs(0)));
    (format.bits === 32 ? setLow32 : setLow64)(t, asSource(a), result);
  });

// ---- half precision

/** VCVTPH2PS: four or eight. */
export const halvesToSingles: Execute = sse((t, a, b) => {
  const { ir } = t;
  const source = t.vectorBytes === 32 ? low128(t, b) : fromLow64(t, low64(t, b));
  const values = excepting(t, () =>
    range(t.vectorBytes / 4).map((n) => callFloat(t, "f16_to_f32", ir.lane("i16x8.extract_lane_u", n, source))),
  );
  setBoth(t, a, combined(t, single, values.slice(0, 4)), ...(values.length > 4 ? [combined(t, single, values.slice(4))] : []));
});

const roundings = [rounding.nearestEven, rounding.downward, rounding.upward, rounding.towardZero];

/** VCVTPS2PH: rounded as the immediate says, or MXCSR. */
export const singlesToHalves: Execute = sse((t, a, b, c) => {
  const { ir } = t;
  const sources = t.vectorBytes === 32 ? bothOf(t, b) : [vector(t, b)];
  const values = excepting(t, () => {
    const own = ir.get(t.s.fpRounding);
    if ((c.number & 4) === 0) ir.set(t.s.fpRounding, ir.i32(roundings[c.number & 3]!));
    const results = sources.flatMap((v) => range(4).map((n) => callFloat(t, "f32_to_f16", laneOf(t, single, "i32", v, n))));
    ir.set(t.s.fpRounding, own);
    return results;
  });
  const result = values.reduce((v, value, n) => ir.lane("i16x8.replace_lane", n, v, value), ir.v128(0n));
  if (a.kind !== "memory") setBoth(t, a, result);
  else if (values.length === 4) (a as MemoryOperand).store(t.memOp(8, false), ir.lane("i64x2.extract_lane", 0, result));
  else {
    const memory = a as MemoryOperand;
    ir.store({ size: 16, signed: false, align: 1, mmuIdx: t.mmuIdx, type: "v128" }, memory.address("write", 16), result);
  }
});
