/** PCLMULQDQ: a product of polynomials over GF(2) (Intel SDM vol. 2). */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import type { X86Translator } from "../translator.ts";
import { setVector, sse, vector } from "./vector-operands.ts";

/** Every fourth bit, from bit n on. */
const everyFourth = [0x1111_1111_1111_1111n, 0x2222_2222_2222_2222n, 0x4444_4444_4444_4444n, 0x8888_8888_8888_8888n] as const;

/**
 * The low 64 bits of the product: of integers with three zeros between their bits, sums of up to 15 ones do not reach the next bit, and what the sixteenth
 * would do is beyond the 64.
 */
function lowProduct(t: X86Translator, a: Value, b: Value): Value {
  const { ir } = t;
  const parts = (v: Value): Value[] => everyFourth.map((mask) => ir.and(v, ir.i64(mask)));
  const [x, y] = [parts(a), parts(b)];
  return everyFourth
    .map((mask, n) => {
      const products = x.map((part, i) => ir.mul(part, y[(n - i) & 3]!));
      return ir.and(
        products.reduce((p, q) => ir.xor(p, q)),
        ir.i64(mask),
      );
    })
    .reduce((p, q) => ir.or(p, q));
}

function reversed(t: X86Translator, value: Value): Value {
  const { ir } = t;
  const swap = (v: Value, distance: number, mask: bigint): Value =>
    ir.or(ir.and(ir.shrU(v, ir.i64(distance)), ir.i64(mask)), ir.shl(ir.and(v, ir.i64(mask)), ir.i64(distance)));
  const inBytes = swap(swap(swap(value, 1, 0x5555_5555_5555_5555n), 2, 0x3333_3333_3333_3333n), 4, 0x0f0f_0f0f_0f0f_0f0fn);
  return ir.bswap(inBytes);
}

export const PCLMULQDQ: Execute = sse((t, a, b, c) => {
  const { ir } = t;
  const second = vector(t, b);
  const x = ir.lane("i64x2.extract_lane", c.number & 1, vector(t, a));
  const y = ir.lane("i64x2.extract_lane", (c.number >>> 4) & 1, second);
  // The product of the reversed is the reversed product: its lower bits are the upper ones.
  const high = ir.shrU(reversed(t, lowProduct(t, reversed(t, x), reversed(t, y))), ir.i64(1));
  const low = ir.lane("i64x2.replace_lane", 0, ir.v128(0n), lowProduct(t, x, y));
  setVector(t, a, ir.lane("i64x2.replace_lane", 1, low, high));
});
