/** Vector operands of Advanced SIMD. A doubleword register is computed with as a vector that holds it twice. */
import type { Value } from "@tsemu/ir";
import * as state from "../state.ts";
import type { ArmTranslator } from "../translator.ts";

/** Lane shapes by the encodings' size: 0 bytes .. 3 doublewords. */
export const shapes = ["i8x16", "i16x8", "i32x4", "i64x2"] as const;
export type Shape = (typeof shapes)[number];

/** Bits of an element by size. */
export const esize = (size: number): number => 8 << size;

/** The register of a field Vn:N. */
export const registerN = (field: number): number => ((field & 1) << 4) | (field >>> 1);

/** A doubleword register, twice. */
export const getD = (cpu: ArmTranslator, d: number): Value => cpu.ir.op("i64x2.splat", cpu.ir.get(state.dInt[d]!));
/** The quadword register that holds doubleword d (even) and the one after it. */
export const getQ = (cpu: ArmTranslator, d: number): Value => cpu.ir.get(state.q[d >> 1]!);
export const getV = (cpu: ArmTranslator, q: number, d: number): Value => (q === 1 ? getQ(cpu, d) : getD(cpu, d));

/** The low half of a vector into a doubleword register. */
export const setD = (cpu: ArmTranslator, d: number, value: Value): void =>
  cpu.ir.set(state.dInt[d]!, cpu.ir.lane("i64x2.extract_lane", 0, value));
export const setQ = (cpu: ArmTranslator, d: number, value: Value): void => cpu.ir.set(state.q[d >> 1]!, value);
export const setV = (cpu: ArmTranslator, q: number, d: number, value: Value): void => (q === 1 ? setQ(cpu, d, value) : setD(cpu, d, value));

/** Two doubleword registers as one vector, `low` in its low half. */
export function pair(cpu: ArmTranslator, low: number, high: number): Value {
  if (high === low + 1 && low % 2 === 0) return getQ(cpu, low);
  if (high === low) return getD(cpu, low);
  return cpu.ir.lane("i64x2.replace_lane", 1, getD(cpu, low), cpu.ir.get(state.dInt[high]!));
}

/** Where a quadword operation names an odd doubleword register, it is undefined. */
export const oddQ = (q: number, ...registers: number[]): boolean => q === 1 && registers.some((r) => (r & 1) === 1);

/** A vector constant with the same element (unsigned, `bits` wide) in every lane. */
export function splatConst(cpu: ArmTranslator, bits: number, element: bigint): Value {
  let value = BigInt.asUintN(bits, element);
  for (let width = BigInt(bits); width < 128n; width *= 2n) value |= value << width;
  return cpu.ir.v128(value);
}

/** Sets FPSCR.QC where any bit of the vector is set. */
export const setQCIf = (cpu: ArmTranslator, saturated: Value): void => {
  const { ir } = cpu;
  ir.set(state.qc, ir.or(ir.get(state.qc), ir.op("v128.any_true", saturated)));
};
