/** VFP comparisons and conversions (DDI 0406C, A8.8.303 to A8.8.311). */
import type { Value } from "@tsemu/ir";
import { mode, rounding, roundingOfStatus, type SoftFloatFunction } from "@tsemu/softfloat";
import * as state from "../state.ts";
import type { ArmTranslator } from "../translator.ts";
import { fpCall } from "./helpers.ts";
import { bitsSlot, exists, getFloat, type Precision, regDM } from "./operands.ts";
import { type Both, vfp } from "./rows.ts";

const f = (sz: Precision): "f64" | "f32" => (sz === 1 ? "f64" : "f32");

/** NZCV for -1 less, 0 equal, 1 greater, 2 unordered: a nibble each, from the lowest. */
const flagsOfOrder = 0x3268;

/**
 * FPCompare into FPSCR.NZCV. In line where both operands are numbers and denormals count; otherwise the soft-float function
 * decides about exceptions.
 */
function compare(cpu: ArmTranslator, sz: Precision, a: Value, b: Value, quietNaNInvalid: boolean): void {
  const { ir } = cpu;
  const type = f(sz);
  const ge = ir.op(`${type}.ge`, a, b);
  const le = ir.op(`${type}.le`, a, b);
  const flush = ir.and(ir.get(state.fpMode), ir.i32(mode.flushInputs));
  ir.if(
    // 0 or 1 < 0 or 1: ordered, and nothing is flushed.
    ir.ltU(flush, ir.or(ge, le)),
    () => {
      const n = ir.shl(ir.eqz(ge), ir.i32(31));
      const z = ir.shl(ir.and(ge, le), ir.i32(30));
      ir.set(state.fpNzcv, ir.or(ir.or(n, z), ir.shl(ge, ir.i32(29))));
    },
    () => {
      const bits = (v: Value): Value => ir.op(sz === 1 ? "i64.reinterpret_f64" : "i32.reinterpret_f32", v);
      const order = fpCall(cpu, `${type}_compare_${quietNaNInvalid ? "signaling" : "quiet"}`, bits(a), bits(b));
      const nibble = ir.shl(ir.add(order, ir.i32(1)), ir.i32(2));
      ir.set(state.fpNzcv, ir.shl(ir.shrU(ir.i32(flagsOfOrder), nibble), ir.i32(28)));
    },
  );
}

const compares: readonly Both[] = [
  vfp(
    "VCMP",
    "1110 1 vd:1 11 0100 vd:4 101 sz:1 e:1 1 vm:1 0 vm:4",
    "vcmp{e:vquiet}{:cc}{sz:vsz} {vd:vdm}, {vm:vdm}",
    (cpu, { vd, sz, e, vm }) => {
      const d = regDM(sz, vd);
      const m = regDM(sz, vm);
      if (!exists(cpu, sz, d, m)) return cpu.undefined();
      compare(cpu, sz, getFloat(cpu, sz, d), getFloat(cpu, sz, m), e === 1);
    },
    { needs: "vfp2" },
  ),
  vfp(
    "VCMP_zero",
    "1110 1 vd:1 11 0101 vd:4 101 sz:1 e:1 1 0 0 0000",
    "vcmp{e:vquiet}{:cc}{sz:vsz} {vd:vdm}, #0.0",
    (cpu, { vd, sz, e }) => {
      const d = regDM(sz, vd);
      if (!exists(cpu, sz, d)) return cpu.undefined();
      compare(cpu, sz, getFloat(cpu, sz, d), sz === 1 ? cpu.ir.f64(0) : cpu.ir.f32(0), e === 1);
    },
    { needs: "vfp2" },
  ),
];

/** Rounding mode argument: that of FPSCR, or a fixed one. */
const roundingArgument = (cpu: ArmTranslator, toZero: boolean): Value => cpu.ir.i32(toZero ? rounding.towardZero : roundingOfStatus);

const conversions: readonly Both[] = [
  vfp(
    "VCVT_double_single",
    "1110 1 vd:1 11 0111 vd:4 101 sz:1 11 vm:1 0 vm:4",
    "vcvt{:cc}{sz:vtosize} {vd:vother}, {vm:vdm}",
    (cpu, { vd, sz, vm }) => {
      // sz is the precision of the operand.
      const other = sz === 1 ? 0 : 1;
      const d = regDM(other, vd);
      const m = regDM(sz, vm);
      if (!exists(cpu, sz, m) || !exists(cpu, other, d)) return cpu.undefined();
      cpu.ir.set(bitsSlot(other, d), fpCall(cpu, sz === 1 ? "f64_to_f32" : "f32_to_f64", cpu.ir.get(bitsSlot(sz, m))));
    },
    { needs: "vfp2" },
  ),
  vfp(
    "VCVT_from_int",
    "1110 1 vd:1 11 1000 vd:4 101 sz:1 s:1 1 vm:1 0 vm:4",
    "vcvt{:cc}{sz:vsz}{s:vsu32} {vd:vdm}, {vm:vs}",
    (cpu, { vd, sz, s, vm }) => {
      const d = regDM(sz, vd);
      if (!exists(cpu, sz, d)) return cpu.undefined();
      const value = cpu.ir.get(state.sInt[regDM(0, vm)]!);
      const name: SoftFloatFunction = `${s === 1 ? "i32" : "u32"}_to_${f(sz)}`;
      cpu.ir.set(bitsSlot(sz, d), fpCall(cpu, name, value, cpu.ir.i32(0), roundingArgument(cpu, false)));
    },
    { needs: "vfp2" },
  ),
  vfp(
    "VCVT_to_int",
    "1110 1 vd:1 11 110 s:1 vd:4 101 sz:1 op:1 1 vm:1 0 vm:4",
    "vcvt{op:vround}{:cc}{s:vsu32}{sz:vsz} {vd:vs}, {vm:vdm}",
    (cpu, { vd, sz, s, op, vm }) => {
      const m = regDM(sz, vm);
      if (!exists(cpu, sz, m)) return cpu.undefined();
      const name: SoftFloatFunction = `${f(sz)}_to_${s === 1 ? "i32" : "u32"}`;
      const value = fpCall(cpu, name, cpu.ir.get(bitsSlot(sz, m)), cpu.ir.i32(0), roundingArgument(cpu, op === 1));
      cpu.ir.set(state.sInt[regDM(0, vd)]!, value);
    },
    { needs: "vfp2" },
  ),
  vfp(
    "VCVT_fixed",
    "1110 1 vd:1 11 1 op:1 1 u:1 vd:4 101 sz:1 sx:1 1 imm:1 0 imm:4",
    "vcvt{:cc}{op:vfixedsizes} {vd:vdm}, {vd:vdm}, {imm:vfraction}",
    (cpu, { vd, sz, op, u, sx, imm }) => {
      const d = regDM(sz, vd);
      if (!exists(cpu, sz, d)) return cpu.undefined();
      // The five bits are imm4:i.
      const amount = ((imm & 15) << 1) | (imm >>> 4);
      const point = cpu.ir.i32((sx === 1 ? 32 : 16) - amount);
      if (op === 1) fixedFromFloat(cpu, sz, d, u === 1, sx === 1, point);
      else floatFromFixed(cpu, sz, d, u === 1, sx === 1, point);
    },
    { needs: "vfp3" },
  ),
  vfp(
    "VCVTB_VCVTT",
    "1110 1 vd:1 11 001 op:1 vd:4 1010 t:1 1 vm:1 0 vm:4",
    "vcvt{t:vhalf}{:cc}{op:vhalfsizes} {vd:vs}, {vm:vs}",
    (cpu, { vd, op, t, vm }) => {
      const { ir } = cpu;
      const d = state.sInt[regDM(0, vd)]!;
      const m = ir.get(state.sInt[regDM(0, vm)]!);
      const shift = ir.i32(16 * t);
      if (op === 0) {
        const half = t === 1 ? ir.shrU(m, shift) : ir.and(m, ir.i32(0xffff));
        ir.set(d, fpCall(cpu, "f16_to_f32", half));
        return;
      }
      const half = ir.shl(fpCall(cpu, "f32_to_f16", m), shift);
      ir.set(d, ir.or(ir.and(ir.get(d), ir.i32(t === 1 ? 0xffff : 0xffff_0000)), half));
    },
    { needs: "vfpHalf" },
  ),
];

/** FPToFixed: rounded toward zero, extended to the whole register. */
function fixedFromFloat(cpu: ArmTranslator, sz: Precision, d: number, unsigned: boolean, wide: boolean, point: Value): void {
  const { ir } = cpu;
  const slot = bitsSlot(sz, d);
  const name: SoftFloatFunction = `${f(sz)}_to_${unsigned ? "u" : "i"}${wide ? 32 : 16}`;
  const value = fpCall(cpu, name, ir.get(slot), point, roundingArgument(cpu, true));
  ir.set(slot, sz === 0 ? value : unsigned ? ir.extendU(value) : ir.extendS(value));
}

/** FixedToFP: of the low bits of the register, rounded to nearest. */
function floatFromFixed(cpu: ArmTranslator, sz: Precision, d: number, unsigned: boolean, wide: boolean, point: Value): void {
  const { ir } = cpu;
  const word = ir.get(sz === 1 ? (state.sInt[2 * d] ?? state.dInt[d]!) : state.sInt[d]!);
  const low = word.type === "i64" ? ir.wrap(word) : word;
  const value = wide ? low : unsigned ? ir.and(low, ir.i32(0xffff)) : ir.extend16S(low);
  const name: SoftFloatFunction = `${unsigned ? "u32" : "i32"}_to_${f(sz)}`;
  ir.set(bitsSlot(sz, d), fpCall(cpu, name, value, point, ir.i32(rounding.nearestEven)));
}

export const vfpConversions: readonly Both[] = [...compares, ...conversions];
