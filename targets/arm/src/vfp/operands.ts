/**
 * Registers as VFP encodings name them. Fields vd and vm are D:Vd and M:Vm, vn is Vn:N, as their bits stand in the encoding;
 * a single-precision register is Vd:D, a doubleword one D:Vd (A7.3).
 */
import type { Slot, Value } from "@tsemu/ir";
import * as state from "../state.ts";
import type { ArmTranslator } from "../translator.ts";

/** 0: single precision, 1: double precision; the bit `sz` of encodings. */
export type Precision = number;

/** Register number of a field D:Vd or M:Vm. */
export const regDM = (sz: Precision, field: number): number => (sz === 1 ? field : ((field & 15) << 1) | (field >>> 4));
/** Register number of a field Vn:N. */
export const regN = (sz: Precision, field: number): number => (sz === 1 ? ((field & 1) << 4) | (field >>> 1) : field);

/** Doubleword registers d16 to d31 exist only in some cores. */
export const exists = (cpu: ArmTranslator, sz: Precision, ...registers: number[]): boolean =>
  sz === 0 || registers.every((r) => r < cpu.features.vfpRegisters);

/** The register's slot as a float. */
export const floatSlot = (sz: Precision, register: number): Slot => (sz === 1 ? state.d : state.s)[register]!;
/** The register's slot as an integer of its size. */
export const bitsSlot = (sz: Precision, register: number): Slot => (sz === 1 ? state.dInt : state.sInt)[register]!;

export const getFloat = (cpu: ArmTranslator, sz: Precision, register: number): Value => cpu.ir.get(floatSlot(sz, register));
export const setFloat = (cpu: ArmTranslator, sz: Precision, register: number, value: Value): void =>
  cpu.ir.set(floatSlot(sz, register), value);

/** VFPExpandImm (A7.5.1): the number that imm8 stands for. */
export function VFPExpandImm(imm8: number): number {
  const sign = imm8 & 0x80 ? -1 : 1;
  const exponent = (((imm8 >> 4) & 3) | (imm8 & 0x40 ? 0 : 4)) - 3;
  return sign * (1 + (imm8 & 15) / 16) * 2 ** exponent;
}
