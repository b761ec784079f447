/** BMI1 and BMI2: general registers, with a VEX prefix (Intel SDM vol. 2). PF and AF are undefined. */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import { setLogicFlags, setOnlyCarry, setResult } from "../flags.ts";
import type { X86Translator } from "../translator.ts";
import { multiplyHigh } from "./arithmetic.ts";

const constant = (t: X86Translator, like: Value, n: number): Value => (like.type === "i64" ? t.ir.i64(n) : t.ir.i32(n));
const nonZero = (t: X86Translator, value: Value): Value =>
  value.type === "i64" ? t.ir.op("i64.ne", value, t.ir.i64(0)) : t.ir.ne(value, t.ir.i32(0));

export const ANDN: Execute = (t, a, b, c) => {
  const { ir } = t;
  const result = ir.and(ir.not(b.get()), c.get());
  a.set(result);
  setLogicFlags(t, result);
};

/** BLSI, BLSMSK, BLSR: of a value and its negative, or what is 1 less. CF is whether the source is 0, inverted for BLSI. */
const lowestBit =
  (compute: (t: X86Translator, x: Value) => Value, carryIfZero: boolean): Execute =>
  (t, a, b) => {
    const value = b.get();
    const result = compute(t, value);
    a.set(result);
    setResult(t, result);
    setOnlyCarry(t, carryIfZero ? t.ir.eqz(value) : nonZero(t, value));
  };
const less1 = (t: X86Translator, x: Value): Value => t.ir.sub(x, constant(t, x, 1));
export const BLSI = lowestBit((t, x) => t.ir.and(t.ir.neg(x), x), false);
export const BLSMSK = lowestBit((t, x) => t.ir.xor(less1(t, x), x), true);
export const BLSR = lowestBit((t, x) => t.ir.and(less1(t, x), x), true);

/** The bits below bit n; all of them where n is as many as there are or more. */
function keepBelow(t: X86Translator, value: Value, n: Value): Value {
  const { ir } = t;
  const mask = ir.not(ir.shl(constant(t, value, -1), n));
  return ir.select(ir.op(`${value.type}.ge_u`, n, constant(t, value, value.type === "i64" ? 64 : 32)), value, ir.and(value, mask));
}
const byteOf = (t: X86Translator, value: Value, from: number): Value =>
  t.ir.and(t.ir.shrU(value, constant(t, value, from)), constant(t, value, 0xff));

/** So many bits as the second byte of the control says, from the one on that the first says. */
export const BEXTR: Execute = (t, a, b, c) => {
  const { ir } = t;
  const [value, control] = [b.getU(), c.getU()];
  const start = byteOf(t, control, 0);
  const width = constant(t, value, value.type === "i64" ? 64 : 32);
  const beyond = ir.op(`${value.type}.ge_u`, start, width);
  const shifted = ir.select(beyond, constant(t, value, 0), ir.shrU(value, start));
  const result = keepBelow(t, shifted, byteOf(t, control, 8));
  a.set(result);
  setLogicFlags(t, result);
};

export const BZHI: Execute = (t, a, b, c) => {
  const value = b.getU();
  const n = byteOf(t, c.getU(), 0);
  const result = keepBelow(t, value, n);
  a.set(result);
  setResult(t, result);
  setOnlyCarry(t, t.ir.op(`${value.type}.ge_u`, n, constant(t, value, value.type === "i64" ? 64 : 32)));
};

/** The product of rDX and the source: its lower half to the second operand, its upper one to the first. */
export const MULX: Execute = (t, a, b, c) => {
  const { ir } = t;
  const [x, y] = [t.getRegister(2, a.size, false), c.getU()];
  if (a.size === 8) {
    const high = multiplyHigh(t, x, y, false);
    b.set(ir.mul(x, y));
    a.set(high);
    return;
  }
  const product = ir.mul(ir.extendU(x), ir.extendU(y));
  b.set(ir.wrap(product));
  a.set(ir.wrap(ir.shrU(product, ir.i64(32))));
};

export const RORX: Execute = (t, a, b, c) => {
  const value = b.getU();
  a.set(t.ir.rotr(value, constant(t, value, c.number & 63)));
};
/** SARX, SHLX, SHRX: counts are taken modulo the width, as those of the IR. */
export const shiftWithoutFlags =
  (op: "shl" | "shrU" | "shrS"): Execute =>
  (t, a, b, c) =>
    a.set(t.ir[op](b.get(), c.get()));

/**
 * What a bit of the source moves by, 1, 2, 4 and so on: for each distance the bits of the mask that are to move by it (Hacker's Delight, 7-4). A bit
 * moves as far as there are zeros of the mask below it.
 */
function moves(t: X86Translator, selected: Value): Value[] {
  const { ir } = t;
  const bits = selected.type === "i64" ? 64 : 32;
  let mask = selected;
  let zeros = ir.shl(ir.not(mask), constant(t, mask, 1));
  const found: Value[] = [];
  for (let distance = 1; distance < bits; distance *= 2) {
    let parity = zeros;
    for (let n = 1; n < bits; n *= 2) parity = ir.xor(parity, ir.shl(parity, constant(t, parity, n)));
    const moving = ir.and(parity, mask);
    found.push(moving);
    mask = ir.or(ir.xor(mask, moving), ir.shrU(moving, constant(t, moving, distance)));
    zeros = ir.and(zeros, ir.not(parity));
  }
  return found;
}

/** The bits that the mask selects, together at the bottom. */
export const PEXT: Execute = (t, a, b, c) => {
  const { ir } = t;
  const mask = c.getU();
  let value = ir.and(b.getU(), mask);
  moves(t, mask).forEach((moving, n) => {
    const part = ir.and(value, moving);
    value = ir.or(ir.xor(value, part), ir.shrU(part, constant(t, part, 1 << n)));
  });
  a.set(value);
};

/** The lowest bits, where the mask has ones. */
export const PDEP: Execute = (t, a, b, c) => {
  const { ir } = t;
  const mask = c.getU();
  let value = b.getU();
  for (const [n, moving] of [...moves(t, mask).entries()].toReversed()) {
    const part = ir.shl(value, constant(t, value, 1 << n));
    value = ir.or(ir.and(value, ir.not(moving)), ir.and(part, moving));
  }
  a.set(ir.and(value, mask));
};
