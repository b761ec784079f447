/** Shifts of each element by its own amount, left or (negative) right: VSHL, VRSHL, VQSHL and VQRSHL by a register. */
import type { Value } from "@tsemu/ir";
import type { ArmTranslator } from "../translator.ts";
import { add, op, select, shiftLeft, shiftRight, signMask } from "./integer.ts";
import { esize, setQCIf, splatConst } from "./operands.ts";

/** Every element shifted by its own count, of which only the bits below the element size matter: a step for each such bit. */
function byCounts(cpu: ArmTranslator, size: number, value: Value, counts: Value, name: "shl" | "shr_s" | "shr_u"): Value {
  let result = value;
  for (let bit = 0; 1 << bit < esize(size); bit++) {
    const chosen = signMask(cpu, size, shiftLeft(cpu, size, counts, esize(size) - 1 - bit));
    result = select(cpu, chosen, op(cpu, size, name, result, cpu.i32(1 << bit)), result);
  }
  return result;
}

/** All ones where count, taken as unsigned (at most 128 in its element), is the element size or more. */
const beyond = (cpu: ArmTranslator, size: number, counts: Value): Value =>
  op(cpu, size, size === 3 ? "ge_s" : "ge_u", counts, splatConst(cpu, esize(size), BigInt(esize(size))));

export interface ShiftOptions {
  readonly unsigned: boolean;
  readonly rounding: boolean;
  readonly saturating: boolean;
}

export function shiftByRegister(cpu: ArmTranslator, size: number, value: Value, amounts: Value, options: ShiftOptions): Value {
  const bits = esize(size);
  // The amount is the lowest byte of its element, signed.
  const amount = shiftRight(cpu, size, shiftLeft(cpu, size, amounts, bits - 8), bits - 8, false);
  const toRight = signMask(cpu, size, amount);
  const magnitude = op(cpu, size, "abs", amount);
  const left = leftByCounts(cpu, size, value, magnitude, toRight, options);
  return select(cpu, toRight, rightByCounts(cpu, size, value, magnitude, options), left);
}

function leftByCounts(
  cpu: ArmTranslator,
  size: number,
  value: Value,
  counts: Value,
  toRight: Value,
  { unsigned, saturating }: ShiftOptions,
): Value {
  const { ir } = cpu;
  const bits = esize(size);
  const all = beyond(cpu, size, counts);
  const shifted = byCounts(cpu, size, value, counts, "shl");
  const result = ir.op("v128.andnot", shifted, all);
  if (!saturating) return result;
  const back = byCounts(cpu, size, shifted, counts, unsigned ? "shr_u" : "shr_s");
  const nonZero = op(cpu, size, "ne", value, ir.v128(0n));
  const lost = ir.op("v128.or", op(cpu, size, "ne", back, value), ir.op("v128.and", all, nonZero));
  const overflow = ir.op("v128.andnot", lost, toRight);
  setQCIf(cpu, overflow);
  const most = splatConst(cpu, bits, unsigned ? -1n : (1n << BigInt(bits - 1)) - 1n);
  return select(cpu, overflow, unsigned ? most : ir.op("v128.xor", most, signMask(cpu, size, value)), result);
}

function rightByCounts(cpu: ArmTranslator, size: number, value: Value, counts: Value, { unsigned, rounding }: ShiftOptions): Value {
  const { ir } = cpu;
  // Rounding: shift by one less, then add the bit that goes out last.
  const most = rounding ? op(cpu, size, "sub", counts, splatConst(cpu, esize(size), 1n)) : counts;
  const all = beyond(cpu, size, most);
  const shifted = byCounts(cpu, size, value, most, unsigned ? "shr_u" : "shr_s");
  const filled = unsigned ? ir.op("v128.andnot", shifted, all) : select(cpu, all, signMask(cpu, size, value), shifted);
  if (!rounding) return filled;
  const bit = ir.op("v128.and", filled, splatConst(cpu, esize(size), 1n));
  return add(cpu, size, shiftRight(cpu, size, filled, 1, unsigned), bit);
}

/** A shift right by a constant 1..element size, rounded: (value + 2^(n-1)) >> n without losing the carry. */
export function roundingShiftRight(cpu: ArmTranslator, size: number, value: Value, n: number, unsigned: boolean): Value {
  const before = shiftRight(cpu, size, value, n - 1, unsigned);
  const bit = cpu.ir.op("v128.and", before, splatConst(cpu, esize(size), 1n));
  return add(cpu, size, shiftRight(cpu, size, before, 1, unsigned), bit);
}

/** A shift left by a constant, saturated. `from`, `to`: are operand and result unsigned? */
export function saturatingShiftLeft(cpu: ArmTranslator, size: number, value: Value, n: number, from: boolean, to: boolean): Value {
  const { ir } = cpu;
  const bits = esize(size);
  const shifted = shiftLeft(cpu, size, value, n);
  const back = shiftRight(cpu, size, shifted, n, to);
  const lost = op(cpu, size, "ne", back, value);
  const negative = signMask(cpu, size, value);
  if (to && !from) {
    // VQSHLU: a negative element becomes 0.
    setQCIf(cpu, ir.op("v128.or", lost, negative));
    return ir.op("v128.andnot", ir.op("v128.or", shifted, lost), negative);
  }
  setQCIf(cpu, lost);
  const most = splatConst(cpu, bits, to ? -1n : (1n << BigInt(bits - 1)) - 1n);
  return select(cpu, lost, to ? most : ir.op("v128.xor", most, negative), shifted);
}
