/** Functions of the manual's pseudocode that decode immediates and shifts (ARM DDI 0406C, A5.2.4, A6.3.2, A8.4.3). */
import { rotateRight32 } from "@tsemu/base";
import type { Value } from "@tsemu/ir";
import type { ArmTranslator, Shifted } from "./translator.ts";

/** ARMExpandImm: imm12 is a rotation (by twice its top four bits) of a byte. A u32. */
export const ARMExpandImm = (imm12: number): number => rotateRight32(imm12 & 0xff, 2 * (imm12 >>> 8));

/** ThumbExpandImm, a u32. The UNPREDICTABLE patterns of a zero byte give 0. */
export function ThumbExpandImm(imm12: number): number {
  const byte = imm12 & 0xff;
  if (imm12 >>> 10 !== 0) return rotateRight32(0x80 | (imm12 & 0x7f), imm12 >>> 7);
  switch (imm12 >>> 8) {
    case 0:
      return byte;
    case 1:
      return (byte << 16) | byte;
    case 2:
      return ((byte << 24) | (byte << 8)) >>> 0;
    default:
      return (byte * 0x01010101) >>> 0;
  }
}

/** A constant operand; the carry out is bit 31 where the immediate is rotated. */
const expanded = (cpu: ArmTranslator, imm32: number, rotated: boolean): Shifted => ({
  result: cpu.i32(imm32),
  carry: rotated ? () => cpu.i32(imm32 >>> 31) : undefined,
});

export const ARMExpandImm_C = (cpu: ArmTranslator, imm12: number): Shifted => expanded(cpu, ARMExpandImm(imm12), imm12 >>> 8 !== 0);
export const ThumbExpandImm_C = (cpu: ArmTranslator, imm12: number): Shifted => expanded(cpu, ThumbExpandImm(imm12), imm12 >>> 10 !== 0);

/** SRType. 0..3 are the encodings of `type`. */
export const LSL = 0;
export const LSR = 1;
export const ASR = 2;
export const ROR = 3;
export const RRX = 4;

export interface ImmShift {
  readonly kind: number;
  /** 0..32 */
  readonly amount: number;
}

/** DecodeImmShift: type 0..3, imm5 0..31. */
export function DecodeImmShift(type: number, imm5: number): ImmShift {
  if (type === ROR) return imm5 === 0 ? { kind: RRX, amount: 1 } : { kind: ROR, amount: imm5 };
  return { kind: type, amount: imm5 === 0 && type !== LSL ? 32 : imm5 };
}

/** Shift_C by an amount that the encoding gives. */
export function Shift_C(cpu: ArmTranslator, value: Value, { kind, amount }: ImmShift): Shifted {
  const { ir } = cpu;
  const bitOf = (n: number) => (): Value => {
    if (n === 31) return ir.shrU(value, ir.i32(31));
    return ir.and(n === 0 ? value : ir.shrU(value, ir.i32(n)), ir.i32(1));
  };
  switch (kind) {
    case LSL:
      return amount === 0 ? { result: value, carry: undefined } : { result: ir.shl(value, ir.i32(amount)), carry: bitOf(32 - amount) };
    case LSR:
      return { result: amount === 32 ? ir.i32(0) : ir.shrU(value, ir.i32(amount)), carry: bitOf(amount - 1) };
    case ASR:
      return { result: ir.shrS(value, ir.i32(Math.min(amount, 31))), carry: bitOf(amount - 1) };
    case ROR:
      return { result: ir.rotr(value, ir.i32(amount)), carry: bitOf(amount - 1) };
    default:
      return { result: ir.or(ir.shl(cpu.carryFlag(), ir.i32(31)), ir.shrU(value, ir.i32(1))), carry: bitOf(0) };
  }
}

/** Shift: Shift_C without the carry. */
export const Shift = (cpu: ArmTranslator, value: Value, type: number, imm5: number): Value =>
  Shift_C(cpu, value, DecodeImmShift(type, imm5)).result;

/** Shift_C by the low byte of a register: exact for all of 0..255. IR shifts count modulo 32, so larger amounts are selected away. */
export function ShiftByRegister_C(cpu: ArmTranslator, value: Value, type: number, register: Value): Shifted {
  const { ir } = cpu;
  const n = ir.and(register, ir.i32(0xff));
  const carryUnlessZero = (carry: Value): Value => ir.select(n, carry, cpu.carryFlag());
  /** Bit 0 of `shifted` if n <= 32, otherwise 0. */
  const upTo32 = (shifted: Value): Value => ir.and(shifted, ir.leU(n, ir.i32(32)));
  const zeroFrom32 = (shifted: Value): Value => ir.select(ir.ltU(n, ir.i32(32)), shifted, ir.i32(0));
  switch (type) {
    case LSL:
      return {
        result: zeroFrom32(ir.shl(value, n)),
        carry: () => carryUnlessZero(upTo32(ir.shrU(value, ir.sub(ir.i32(32), n)))),
      };
    case LSR:
      return {
        result: zeroFrom32(ir.shrU(value, n)),
        carry: () => carryUnlessZero(upTo32(ir.shrU(value, ir.sub(n, ir.i32(1))))),
      };
    case ASR: {
      const atMost31 = (count: Value): Value => ir.select(ir.ltU(count, ir.i32(32)), count, ir.i32(31));
      return {
        result: ir.shrS(value, atMost31(n)),
        carry: () => carryUnlessZero(ir.and(ir.shrS(value, atMost31(ir.sub(n, ir.i32(1)))), ir.i32(1))),
      };
    }
    default: {
      const result = ir.rotr(value, n);
      return { result, carry: () => carryUnlessZero(ir.shrU(result, ir.i32(31))) };
    }
  }
}

/** NOT(value), as a constant if it is one. */
export const NOT = (cpu: ArmTranslator, value: Value): Value =>
  value.kind === "const" ? cpu.i32(~Number(value.value)) : cpu.ir.not(value);

/** Align(value, size): value rounded down to a multiple of size, a power of two. */
export const Align = (cpu: ArmTranslator, value: Value, size: number): Value =>
  value.kind === "const" ? cpu.i32(Number(value.value) & -size) : cpu.ir.and(value, cpu.i32(-size));

/** value + offset for an offset that the encoding gives; emits nothing for 0, a constant for a constant. */
export function plus(cpu: ArmTranslator, value: Value, offset: number): Value {
  if (offset === 0) return value;
  return value.kind === "const" ? cpu.i32(Number(value.value) + offset) : cpu.ir.add(value, cpu.i32(offset));
}
