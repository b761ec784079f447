/** AES-NI: rounds of the cipher on 16 bytes, column after column (Intel SDM vol. 2; FIPS 197). */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import type { X86Translator } from "../translator.ts";
import { setVector, sse, vector, type VectorOp } from "./vector-operands.ts";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

// ---- substitution: sixteen tables, one for each upper half of a byte

const times2 = (a: number): number => ((a << 1) ^ ((a >>> 7) * 0x11b)) & 0xff;

/** The S-box: inverses in GF(2^8), then an affine map. */
function makeSubstitution(): { readonly forward: number[]; readonly inverse: number[] } {
  const forward = Array.from({ length: 256 }, () => 0);
  // 3 generates the field, and 0xf6 is its inverse.
  let [value, inverse] = [1, 1];
  const times = (a: number, b: number): number => range(8).reduce((sum, n) => (((b >>> n) & 1) * range(n).reduce(times2, a)) ^ sum, 0);
  for (let n = 0; n < 255; n++) {
    let mapped = 0x63;
    for (let turn = 0; turn < 5; turn++) mapped ^= ((inverse << turn) | (inverse >>> (8 - turn))) & 0xff;
    forward[value] = mapped;
    value = times(value, 3);
    inverse = times(inverse, 0xf6);
  }
  forward[0] = 0x63;
  const backward = Array.from({ length: 256 }, () => 0);
  forward.forEach((to, from) => (backward[to] = from));
  return { forward, inverse: backward };
}

const pieces = (table: readonly number[]): readonly bigint[] =>
  range(16).map((high) => range(16).reduce((sum, low) => sum | (BigInt(table[16 * high + low]!) << BigInt(8 * low)), 0n));
const substitution = makeSubstitution();
const tables = { forward: pieces(substitution.forward), inverse: pieces(substitution.inverse) };

/** Each table gives 0 where the upper half of a byte is not its own. */
function substitute(t: X86Translator, v: Value, direction: "forward" | "inverse"): Value {
  const { ir } = t;
  return tables[direction]
    .map((table, high) =>
      ir.op("i8x16.swizzle", ir.v128(table), high === 0 ? v : ir.op("v128.xor", v, ir.op("i8x16.splat", ir.i32(16 * high)))),
    )
    .reduce((x, y) => ir.op("v128.or", x, y));
}

// ---- the other steps

/** Row r moves by r columns. */
const shiftRows = (t: X86Translator, v: Value, direction: 1 | -1): Value =>
  t.ir.shuffle(
    v,
    v,
    range(16).map((i) => (i + 4 * direction * (i & 3)) & 15),
  );

/** Within columns, by so many rows. */
const rotateColumns = (t: X86Translator, v: Value, rows: number): Value =>
  t.ir.shuffle(
    v,
    v,
    range(16).map((i) => (i & 12) | ((i + rows) & 3)),
  );

function doubled(t: X86Translator, v: Value): Value {
  const { ir } = t;
  const reduction = ir.op("v128.and", ir.op("i8x16.shr_s", v, ir.i32(7)), ir.op("i8x16.splat", ir.i32(0x1b)));
  return ir.op("v128.xor", ir.op("i8x16.add", v, v), reduction);
}

function mixColumns(t: X86Translator, v: Value): Value {
  const { ir } = t;
  const next = rotateColumns(t, v, 1);
  const both = ir.op("v128.xor", v, next);
  return ir.op("v128.xor", ir.op("v128.xor", doubled(t, both), next), rotateColumns(t, both, 2));
}

/** The inverse is the same after a step that adds 4 (x + the byte two rows on). */
function unmixColumns(t: X86Translator, v: Value): Value {
  const { ir } = t;
  const four = doubled(t, doubled(t, ir.op("v128.xor", v, rotateColumns(t, v, 2))));
  return mixColumns(t, ir.op("v128.xor", v, four));
}

const round =
  (direction: "forward" | "inverse", isLast: boolean): VectorOp =>
  (t, state, key) => {
    const shifted = shiftRows(t, state, direction === "forward" ? 1 : -1);
    const substituted = substitute(t, shifted, direction);
    const mixed = isLast ? substituted : direction === "forward" ? mixColumns(t, substituted) : unmixColumns(t, substituted);
    return t.ir.op("v128.xor", mixed, key);
  };
export const AESENC = round("forward", false);
export const AESENCLAST = round("forward", true);
export const AESDEC = round("inverse", false);
export const AESDECLAST = round("inverse", true);

export const AESIMC: VectorOp = (t, _, b) => unmixColumns(t, b);

/** Doublewords 1 and 3 substituted, and each once more rotated, with the round's constant. */
export const AESKEYGENASSIST: Execute = sse((t, a, b, c) => {
  const { ir } = t;
  const s = substitute(t, vector(t, b), "forward");
  const words = ir.shuffle(s, s, [4, 5, 6, 7, 5, 6, 7, 4, 12, 13, 14, 15, 13, 14, 15, 12]);
  const constant = BigInt(c.number & 0xff);
  setVector(t, a, ir.op("v128.xor", words, ir.v128((constant << 32n) | (constant << 96n))));
});
