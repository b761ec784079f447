/**
 * Packed arithmetic by one vector operation, where that does all that the elements' functions do: rounding to nearest, nothing flushed, inexact results noted
 * already, and operands and results that are ordinary numbers (as softfloat's fast paths have it for one element).
 */
import type { Value } from "@tsemu/ir";
import { flag, mode } from "@tsemu/softfloat";
import type { X86Translator } from "../translator.ts";
import type { Format } from "./vector-float.ts";

export interface Quick {
  readonly op: "add" | "sub" | "mul" | "div" | "sqrt";
  /** A tiny result may have been rounded, unless one of these operands is 0. Those of sums are exact. */
  readonly exactWithZero: "always" | "first" | "second" | "either";
}

export const quick = {
  add: { op: "add", exactWithZero: "always" },
  sub: { op: "sub", exactWithZero: "always" },
  mul: { op: "mul", exactWithZero: "either" },
  div: { op: "div", exactWithZero: "first" },
  sqrt: { op: "sqrt", exactWithZero: "second" },
} as const satisfies Record<string, Quick>;

const slowModes = mode.flushInputs | mode.flushOutputs | mode.underflowUnmasked | mode.overflowUnmasked;

/** Not 0 if an element's function might do something else. */
function obstacles(t: X86Translator): Value {
  const { ir } = t;
  const { fpMode, fpRounding, fpFlags } = t.s;
  const inexact = ir.i32(flag.inexact);
  const notNoted = ir.xor(ir.and(ir.get(fpFlags), inexact), inexact);
  return ir.or(ir.or(ir.and(ir.get(fpMode), ir.i32(slowModes)), ir.get(fpRounding)), notNoted);
}

/** The operation on two vectors, or on the second alone; `slow` is by elements. */
export function quickly(t: X86Translator, format: Format, { op, exactWithZero }: Quick, x: Value, y: Value, slow: () => Value): Value {
  const { ir } = t;
  const isSingle = format.bits === 32;
  const everywhere = (bits: bigint): Value =>
    ir.v128(isSingle ? bits * 0x1_0000_0001_0000_0001_0000_0001n : bits * 0x1_0000_0000_0000_0001n);
  const [significand, exponents] = isSingle ? [23n, 0xffn] : [52n, 0x7ffn];
  const least = 1n << significand;
  const infinity = exponents << significand;
  const integers = (name: string, a: Value, b: Value): Value => ir.op(`${format.vectorOfIntegers}.${name}`, a, b);
  const magnitude = (v: Value): Value => ir.op("v128.and", v, everywhere(infinity | (least - 1n)));
  const zero = ir.v128(0n);
  const isZero = (v: Value): Value => integers("eq", magnitude(v), zero);
  const isDenormal = (v: Value): Value =>
    ir.op("v128.and", integers("gt_s", magnitude(v), zero), integers("lt_s", magnitude(v), everywhere(least)));

  const result = op === "sqrt" ? ir.op(`${format.vectorOfFloats}.sqrt`, y) : ir.op(`${format.vectorOfFloats}.${op}`, x, y);
  const size = magnitude(result);
  const wrong = [isDenormal(y), integers("ge_s", size, everywhere(infinity))];
  if (op !== "sqrt") wrong.push(isDenormal(x));
  if (exactWithZero !== "always") {
    const zeros = [...(exactWithZero === "second" ? [] : [isZero(x)]), ...(exactWithZero === "first" ? [] : [isZero(y)])];
    // The least normal number may be a tiny one that was rounded up.
    const isTiny = integers("lt_s", size, everywhere(2n * least));
    wrong.push(
      ir.op(
        "v128.andnot",
        isTiny,
        zeros.reduce((a, b) => ir.op("v128.or", a, b)),
      ),
    );
  }
  const anyWrong = ir.op(
    "v128.any_true",
    wrong.reduce((a, b) => ir.op("v128.or", a, b)),
  );
  const slot = t.s.scratch128[3]!;
  ir.if(
    ir.eqz(ir.or(obstacles(t), anyWrong)),
    () => ir.set(slot, result),
    () => ir.set(slot, slow()),
  );
  return ir.get(slot);
}
