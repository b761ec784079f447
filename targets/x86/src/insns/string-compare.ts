/** SSE4.2's comparisons of strings: PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM (Intel SDM vol. 2, 4.1). */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import { setCarryAndCrossed, setResultBits } from "../flags.ts";
import type { X86Translator } from "../translator.ts";
import { fromLow32, setVectorNumber, sse, vector } from "./vector-operands.ts";

/** What the immediate says of elements: how many there are, and how they compare. */
interface Elements {
  readonly count: 8 | 16;
  readonly type: "i16x8" | "i8x16";
  readonly sign: "s" | "u";
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Elements before the first that is 0. */
function implicitLength(t: X86Translator, v: Value, { count, type }: Elements): Value {
  const { ir } = t;
  const zeros = ir.op(`${type}.bitmask`, ir.op(`${type}.eq`, v, ir.v128(0n)));
  return ir.op("i32.ctz", ir.or(zeros, ir.i32(1 << count)));
}

/** The magnitude of rAX or rDX, or as many as there are. */
function explicitLength(t: X86Translator, register: number, { count }: Elements): Value {
  const { ir } = t;
  if (t.i.operandSize === 8) {
    const value = t.getRegister(register, 8, true);
    const magnitude = ir.select(ir.ltS(value, ir.i64(0)), ir.neg(value), value);
    return ir.wrap(ir.select(ir.ltU(magnitude, ir.i64(count)), magnitude, ir.i64(count)));
  }
  const value = t.word(register);
  const magnitude = ir.select(ir.ltS(value, ir.i32(0)), ir.neg(value), value);
  return ir.select(ir.ltU(magnitude, ir.i32(count)), magnitude, ir.i32(count));
}

interface Strings {
  readonly a: Value;
  readonly b: Value;
  /** Lengths. */
  readonly aLength: Value;
  readonly bLength: Value;
}

/** A bit for each element of the second string, whose meaning is the aggregation's (bits 3 and 2 of the immediate). */
function aggregate(t: X86Translator, elements: Elements, { a, b, aLength, bLength }: Strings, kind: number): Value {
  const { ir } = t;
  const { count, type, sign } = elements;
  const all = (1 << count) - 1;
  const valid = (length: Value): Value => ir.sub(ir.shl(ir.i32(1), length), ir.i32(1));
  const mask = (v: Value): Value => ir.op(`${type}.bitmask`, v);
  const splat = (n: number): Value => ir.op(`${type}.splat`, ir.lane(`${type}.extract_lane_u`, n, a));
  /** All ones where element n of the first is one. */
  const within = (n: number): Value => ir.neg(ir.gtU(aLength, ir.i32(n)));
  const bValid = valid(bLength);
  switch (kind) {
    case 0: {
      // Equal to any element of the first.
      const matches = range(count).map((n) => ir.and(mask(ir.op(`${type}.eq`, splat(n), b)), within(n)));
      return ir.and(
        matches.reduce((x, y) => ir.or(x, y)),
        bValid,
      );
    }
    case 1: {
      // In any of the ranges whose ends are pairs of the first's elements.
      const matches = range(count / 2).map((n) => {
        const inside = ir.op("v128.and", ir.op(`${type}.ge_${sign}`, b, splat(2 * n)), ir.op(`${type}.le_${sign}`, b, splat(2 * n + 1)));
        return ir.and(mask(inside), within(2 * n + 1));
      });
      return ir.and(
        matches.reduce((x, y) => ir.or(x, y)),
        bValid,
      );
    }
    case 2: {
      // Equal to the first's element at the same place; beyond both ends too.
      const aValid = valid(aLength);
      const equal = ir.and(mask(ir.op(`${type}.eq`, a, b)), ir.and(aValid, bValid));
      return ir.or(equal, ir.xor(ir.or(aValid, bValid), ir.i32(all)));
    }
    default: {
      // The first string begins there; what would lie beyond the last element counts as found.
      const found = range(count).map((n) => {
        const equal = ir.and(mask(ir.op(`${type}.eq`, splat(n), b)), bValid);
        const here = ir.or(ir.shrU(equal, ir.i32(n)), ir.i32((all << (count - n)) & all));
        return ir.or(here, ir.not(within(n)));
      });
      return ir.and(
        found.reduce((x, y) => ir.and(x, y)),
        ir.i32(all),
      );
    }
  }
}

/** ECX becomes the index of the lowest or highest bit, or the number of elements if there is none. */
function giveIndex(t: X86Translator, bits: Value, { count }: Elements, highest: boolean): void {
  const { ir } = t;
  const lowest = ir.op("i32.ctz", ir.or(bits, ir.i32(1 << count)));
  const index = highest ? ir.select(bits, ir.sub(ir.i32(31), ir.clz(bits)), ir.i32(count)) : lowest;
  t.setRegister(1, 4, index);
}

/** XMM0 becomes the bits, or elements of ones. */
function giveMask(t: X86Translator, bits: Value, { count, type }: Elements, expanded: boolean): void {
  const { ir } = t;
  if (!expanded) {
    setVectorNumber(t, 0, fromLow32(t, bits));
    return;
  }
  const words = ir.op("i16x8.splat", bits);
  const spread =
    count === 8
      ? words
      : ir.shuffle(
          words,
          words,
          range(16).map((i) => (i < 8 ? 0 : 1)),
        );
  const width = BigInt(128 / count);
  const single = ir.v128(range(count).reduce((sum, n) => sum | ((1n << BigInt(n & 7)) << (width * BigInt(n))), 0n));
  setVectorNumber(t, 0, ir.op(`${type}.eq`, ir.op("v128.and", spread, single), single));
}

function setFlags(t: X86Translator, bits: Value, { aLength, bLength }: Strings, count: number): void {
  const { ir } = t;
  const carry = ir.ne(bits, ir.i32(0));
  setCarryAndCrossed(t, carry, ir.shl(ir.xor(bits, carry), ir.i32(31)), "clear");
  setResultBits(t, ir.ltU(bLength, ir.i32(count)), ir.ltU(aLength, ir.i32(count)), ir.i32(0));
}

export const compareStrings = (lengths: "implicit" | "explicit", result: "index" | "mask"): Execute =>
  sse((t, first, second, c) => {
    const { ir } = t;
    const imm = c.number;
    const wide = (imm & 1) !== 0;
    const elements: Elements = { count: wide ? 8 : 16, type: wide ? "i16x8" : "i8x16", sign: (imm & 2) !== 0 ? "s" : "u" };
    const b = vector(t, second, "any");
    const a = vector(t, first);
    const implicit = lengths === "implicit";
    const strings: Strings = {
      a,
      b,
      aLength: implicit ? implicitLength(t, a, elements) : explicitLength(t, 0, elements),
      bLength: implicit ? implicitLength(t, b, elements) : explicitLength(t, 2, elements),
    };
    const all = ir.i32((1 << elements.count) - 1);
    const plain = aggregate(t, elements, strings, (imm >>> 2) & 3);
    // Inverted: all of them, or those of the second string's elements.
    const inverted = (imm & 0x20) === 0 ? all : ir.sub(ir.shl(ir.i32(1), strings.bLength), ir.i32(1));
    const bits = (imm & 0x10) === 0 ? plain : ir.xor(plain, inverted);
    if (result === "index") giveIndex(t, bits, elements, (imm & 0x40) !== 0);
    else giveMask(t, bits, elements, (imm & 0x40) !== 0);
    setFlags(t, bits, strings, elements.count);
  });
