/** Packing, extension, saturation, reversal, bit fields (ARM DDI 0406C, A4.4.4, A4.4.5, A4.4.7). All UNPREDICTABLE with PC. */
import { low } from "@tsemu/base";
import type { Value } from "@tsemu/ir";
import { ASR, DecodeImmShift, LSL, Shift_C } from "../pseudocode.ts";
import type { ArmTranslator } from "../translator.ts";

type Cpu = ArmTranslator;
interface Rr {
  readonly rd: number;
  readonly rm: number;
}
interface Rrr extends Rr {
  readonly rn: number;
}

/** (a AND mask) OR (b AND NOT mask) */
const merge = ({ ir }: Cpu, mask: number, a: Value, b: Value): Value => ir.or(ir.and(a, ir.i32(mask)), ir.and(b, ir.i32(~mask)));

/** PKHBT, and with tb PKHTB (A8.8.125). */
export function PKH(cpu: Cpu, { rd, rn, rm, imm5, tb }: Rrr & { imm5: number; tb: number }): void {
  const shifted = Shift_C(cpu, cpu.R(rm), DecodeImmShift(tb ? ASR : LSL, imm5)).result;
  cpu.setR(rd, tb ? merge(cpu, 0xffff, shifted, cpu.R(rn)) : merge(cpu, 0xffff, cpu.R(rn), shifted));
}

export type Extension = "SB16" | "SB" | "SH" | "UB16" | "UB" | "UH";

/** What SXTB and its like make of R[m] rotated right by 8 * rotate. */
function extended(cpu: Cpu, how: Extension, rm: number, rotate: number): Value {
  const { ir } = cpu;
  const value = cpu.R(rm);
  // A byte needs no rotation, a shift brings it down as well.
  const shifted = (): Value => (rotate === 0 ? value : ir.shrU(value, ir.i32(8 * rotate)));
  const rotated = (): Value => (rotate === 0 ? value : ir.rotr(value, ir.i32(8 * rotate)));
  switch (how) {
    case "SB":
      return ir.extend8S(shifted());
    case "UB":
      return rotate === 3 ? shifted() : ir.and(shifted(), ir.i32(0xff));
    case "SH":
      return ir.extend16S(rotate === 3 ? rotated() : shifted());
    case "UH":
      return rotate === 2 ? shifted() : ir.and(rotate === 3 ? rotated() : shifted(), ir.i32(0xffff));
    case "UB16":
      return ir.and(rotated(), ir.i32(0x00ff_00ff));
    case "SB16": {
      const both = rotated();
      const top = ir.shl(ir.extend8S(ir.shrU(both, ir.i32(16))), ir.i32(16));
      return ir.or(top, ir.and(ir.extend8S(both), ir.i32(0xffff)));
    }
  }
}

/** SXTB, UXTH ... */
export const extend =
  (how: Extension) =>
  (cpu: Cpu, { rd, rm, rotate }: Rr & { rotate: number }): void =>
    cpu.setR(rd, extended(cpu, how, rm, rotate));

/** SXTAB, UXTAH ...; the forms with 16 add each halfword by itself. */
export const extendAndAdd =
  (how: Extension) =>
  (cpu: Cpu, { rd, rn, rm, rotate }: Rrr & { rotate: number }): void => {
    const { ir } = cpu;
    const n = cpu.R(rn);
    const addend = extended(cpu, how, rm, rotate);
    if (!how.endsWith("16")) return cpu.setR(rd, ir.add(n, addend));
    const top = ir.add(ir.and(n, ir.i32(0xffff_0000)), ir.and(addend, ir.i32(0xffff_0000)));
    cpu.setR(rd, merge(cpu, 0xffff, ir.add(n, addend), top));
  };

/** The value limited to least..greatest, and whether that changed it (not 0). */
function clamp({ ir }: Cpu, value: Value, least: number, greatest: number): { result: Value; changed: Value } {
  const atMost = ir.select(ir.gtS(value, ir.i32(greatest)), ir.i32(greatest), value);
  const result = ir.select(ir.ltS(value, ir.i32(least)), ir.i32(least), atMost);
  return { result, changed: ir.xor(result, value) };
}

/** Limits of SignedSat (to n bits) and UnsignedSat. */
const limits = (signed: boolean, n: number): [number, number] => (signed ? [-(2 ** (n - 1)), 2 ** (n - 1) - 1] : [0, 2 ** n - 1]);

/** SSAT (to sat + 1 bits) and USAT (to sat bits), of R[n] shifted (A8.8.193, A8.8.260). */
export const saturate =
  (signed: boolean) =>
  (cpu: Cpu, { rd, rn, sat, imm5, sh }: { rd: number; rn: number; sat: number; imm5: number; sh: number }): void => {
    const value = Shift_C(cpu, cpu.R(rn), DecodeImmShift(sh ? ASR : LSL, imm5)).result;
    const [least, greatest] = limits(signed, signed ? sat + 1 : sat);
    const { result, changed } = clamp(cpu, value, least, greatest);
    cpu.setR(rd, result);
    cpu.setQIf(changed);
  };

/** SSAT16 and USAT16: both halfwords, as signed numbers. */
export const saturate16 =
  (signed: boolean) =>
  (cpu: Cpu, { rd, rn, sat }: { rd: number; rn: number; sat: number }): void => {
    const { ir } = cpu;
    const [least, greatest] = limits(signed, signed ? sat + 1 : sat);
    const n = cpu.R(rn);
    const lower = clamp(cpu, ir.extend16S(n), least, greatest);
    const upper = clamp(cpu, ir.shrS(n, ir.i32(16)), least, greatest);
    cpu.setR(rd, ir.or(ir.shl(upper.result, ir.i32(16)), ir.and(lower.result, ir.i32(0xffff))));
    cpu.setQIf(ir.or(lower.changed, upper.changed));
  };

export const CLZ = (cpu: Cpu, { rd, rm }: Rr): void => cpu.setR(rd, cpu.ir.clz(cpu.R(rm)));
export const REV = (cpu: Cpu, { rd, rm }: Rr): void => cpu.setR(rd, cpu.ir.bswap(cpu.R(rm)));
/** Bytes of each halfword exchanged: all reversed, then the halfwords back. */
export const REV16 = (cpu: Cpu, { rd, rm }: Rr): void => cpu.setR(rd, cpu.ir.rotr(cpu.ir.bswap(cpu.R(rm)), cpu.ir.i32(16)));
/** The low halfword reversed and sign-extended: it is the top one of the reversed word. */
export const REVSH = (cpu: Cpu, { rd, rm }: Rr): void => cpu.setR(rd, cpu.ir.shrS(cpu.ir.bswap(cpu.R(rm)), cpu.ir.i32(16)));

/** Bits in opposite order: bytes, then nibbles, pairs and bits inside them. */
export function RBIT(cpu: Cpu, { rd, rm }: Rr): void {
  const { ir } = cpu;
  const swap = (value: Value, n: number, mask: number): Value =>
    ir.or(ir.and(ir.shrU(value, ir.i32(n)), ir.i32(mask)), ir.shl(ir.and(value, ir.i32(mask)), ir.i32(n)));
  cpu.setR(rd, swap(swap(swap(ir.bswap(cpu.R(rm)), 4, 0x0f0f_0f0f), 2, 0x3333_3333), 1, 0x5555_5555));
}

interface BitField {
  readonly rd: number;
  readonly rn: number;
  readonly lsb: number;
}

/** BFI: bits msb..lsb of R[d] from R[n] (A8.8.20). msb below lsb is UNPREDICTABLE: undefined, as in QEMU. */
export function BFI(cpu: Cpu, { rd, rn, lsb, msb }: BitField & { msb: number }): void {
  if (msb < lsb) return cpu.undefined();
  const { ir } = cpu;
  const n = cpu.R(rn);
  if (lsb === 0 && msb === 31) return cpu.setR(rd, n);
  const shifted = lsb === 0 ? n : ir.shl(n, ir.i32(lsb));
  cpu.setR(rd, merge(cpu, low(msb - lsb + 1) << lsb, shifted, cpu.R(rd)));
}

/** BFC (A8.8.19). */
export function BFC(cpu: Cpu, { rd, lsb, msb }: { rd: number; lsb: number; msb: number }): void {
  if (msb < lsb) return cpu.undefined();
  cpu.setR(rd, cpu.ir.and(cpu.R(rd), cpu.i32(~(low(msb - lsb + 1) << lsb))));
}

/** SBFX and UBFX (A8.8.164, A8.8.246). A field past bit 31 is UNPREDICTABLE: undefined, as in QEMU. */
export const bitFieldExtract =
  (signed: boolean) =>
  (cpu: Cpu, { rd, rn, lsb, widthm1 }: BitField & { widthm1: number }): void => {
    const above = 31 - lsb - widthm1;
    if (above < 0) return cpu.undefined();
    const { ir } = cpu;
    const n = cpu.R(rn);
    if (signed) {
      const top = above === 0 ? n : ir.shl(n, ir.i32(above));
      return cpu.setR(rd, widthm1 === 31 ? top : ir.shrS(top, ir.i32(31 - widthm1)));
    }
    const shifted = lsb === 0 ? n : ir.shrU(n, ir.i32(lsb));
    cpu.setR(rd, above === 0 ? shifted : ir.and(shifted, ir.i32(low(widthm1 + 1))));
  };
