/** The SHA extensions: rounds and message schedules of SHA-1 and SHA-256 (Intel SDM vol. 2; FIPS 180-4). */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import type { X86Translator } from "../translator.ts";
import { setVector, sse, vector, type VectorOp } from "./vector-operands.ts";

type Four = readonly [Value, Value, Value, Value];

/** The elements, the lowest first. */
const elements = (t: X86Translator, v: Value): Four => [0, 1, 2, 3].map((n) => t.ir.lane("i32x4.extract_lane", n, v)) as unknown as Four;
const combined = (t: X86Translator, values: readonly Value[]): Value =>
  values.reduce((v, value, n) => t.ir.lane("i32x4.replace_lane", n, v, value), t.ir.v128(0n));

const sum = (t: X86Translator, ...values: Value[]): Value => values.reduce((a, b) => t.ir.add(a, b));
const exclusive = (t: X86Translator, ...values: Value[]): Value => values.reduce((a, b) => t.ir.xor(a, b));
const left = (t: X86Translator, v: Value, n: number): Value => t.ir.rotl(v, t.ir.i32(n));
const right = (t: X86Translator, v: Value, n: number): Value => t.ir.rotr(v, t.ir.i32(n));

/** Bits of b where those of a are set, else of c. */
const choose = (t: X86Translator, a: Value, b: Value, c: Value): Value => t.ir.xor(c, t.ir.and(a, t.ir.xor(b, c)));
const majority = (t: X86Translator, a: Value, b: Value, c: Value): Value => t.ir.or(t.ir.and(a, b), t.ir.and(c, t.ir.or(a, b)));
const parity = (t: X86Translator, a: Value, b: Value, c: Value): Value => exclusive(t, a, b, c);

/** Function and constant of each twenty rounds of SHA-1. */
const quarters = [
  [choose, 0x5a82_7999],
  [parity, 0x6ed9_eba1],
  [majority, 0x8f1b_bcdc],
  [parity, 0xca62_c1d6],
] as const;

/** Four rounds; the first word of the message comes with E added. */
export const SHA1RNDS4: Execute = sse((t, a, b, imm) => {
  const { ir } = t;
  const words = elements(t, vector(t, b)).toReversed();
  let [D, C, B, A] = elements(t, vector(t, a));
  let E: Value = ir.i32(0);
  const [mix, constant] = quarters[imm.number & 3]!;
  for (const word of words) {
    const next = sum(t, mix(t, B, C, D), left(t, A, 5), word, E, ir.i32(constant));
    [A, B, C, D, E] = [next, A, left(t, B, 30), C, D];
  }
  setVector(t, a, combined(t, [D, C, B, A]));
});

/** E of four rounds later, added to the message's first word. */
export const SHA1NEXTE: VectorOp = (t, a, b) => {
  const e = left(t, t.ir.lane("i32x4.extract_lane", 3, a), 30);
  return t.ir.lane("i32x4.replace_lane", 3, b, t.ir.add(t.ir.lane("i32x4.extract_lane", 3, b), e));
};

export const SHA1MSG1: VectorOp = (t, a, b) =>
  t.ir.op("v128.xor", a, t.ir.shuffle(a, b, [24, 25, 26, 27, 28, 29, 30, 31, 0, 1, 2, 3, 4, 5, 6, 7]));
export const SHA1MSG2: VectorOp = (t, a, b) => {
  const [a0, a1, a2, a3] = elements(t, a);
  const [w15, w14, w13] = elements(t, b);
  const turned = (x: Value, y: Value): Value => left(t, t.ir.xor(x, y), 1);
  const w16 = turned(a3, w13);
  return combined(t, [turned(a0, w16), turned(a1, w15), turned(a2, w14), w16]);
};

/** Two rounds of SHA-256; the message's words with their constants are in XMM0. */
export const SHA256RNDS2: Execute = sse((t, a, b, c) => {
  const words = elements(t, vector(t, c)).slice(0, 2);
  let [F, E, B, A] = elements(t, vector(t, b));
  let [H, G, D, C] = elements(t, vector(t, a));
  for (const word of words) {
    const first = sum(t, choose(t, E, F, G), exclusive(t, right(t, E, 6), right(t, E, 11), right(t, E, 25)), word, H);
    const second = sum(t, majority(t, A, B, C), exclusive(t, right(t, A, 2), right(t, A, 13), right(t, A, 22)));
    [A, B, C, D, E, F, G, H] = [t.ir.add(first, second), A, B, C, t.ir.add(first, D), E, F, G];
  }
  setVector(t, a, combined(t, [F, E, B, A]));
});

export const SHA256MSG1: VectorOp = (t, a, b) => {
  const { ir } = t;
  const next = ir.shuffle(a, b, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  const turned = (n: number): Value => ir.op("v128.or", ir.op("i32x4.shr_u", next, ir.i32(n)), ir.op("i32x4.shl", next, ir.i32(32 - n)));
  const sigma = ir.op("v128.xor", ir.op("v128.xor", turned(7), turned(18)), ir.op("i32x4.shr_u", next, ir.i32(3)));
  return ir.op("i32x4.add", a, sigma);
};
export const SHA256MSG2: VectorOp = (t, a, b) => {
  const { ir } = t;
  const sigma = (v: Value): Value => exclusive(t, right(t, v, 17), right(t, v, 19), ir.shrU(v, ir.i32(10)));
  const [a0, a1, a2, a3] = elements(t, a);
  const [, , w14, w15] = elements(t, b);
  const w16 = ir.add(a0, sigma(w14));
  const w17 = ir.add(a1, sigma(w15));
  return combined(t, [w16, w17, ir.add(a2, sigma(w16)), ir.add(a3, sigma(w17))]);
};
