/** Transfers between core registers and extension or system registers (DDI 0406C, A7.8, A7.9). */
import type { Value } from "@tsemu/ir";
import { calls } from "../host-calls.ts";
import * as state from "../state.ts";
import { type ArmTranslator, PC } from "../translator.ts";
import { fpscrValue, specialRegisters } from "./fpscr.ts";
import { exists, regDM, regN } from "./operands.ts";
import { type Both, bothFirstOf, vfp, vfpAlways, vfpEnabled, vfpSimd } from "./rows.ts";
import * as bf from "../block-flags.ts";

/** Lane of a 64-bit register as a 32-bit value, extended. */
function lane(cpu: ArmTranslator, d: number, bits: 8 | 16, index: number, unsigned: boolean): Value {
  const { ir } = cpu;
  const at = index * bits;
  const word = ir.wrap(at === 0 ? ir.get(state.dInt[d]!) : ir.shrU(ir.get(state.dInt[d]!), ir.i64(at)));
  if (unsigned) return ir.and(word, ir.i32(bits === 8 ? 0xff : 0xffff));
  return bits === 8 ? ir.extend8S(word) : ir.extend16S(word);
}

function setLane(cpu: ArmTranslator, d: number, bits: 8 | 16, index: number, value: Value): void {
  const { ir } = cpu;
  const slot = state.dInt[d]!;
  const mask = bits === 8 ? 0xffn : 0xffffn;
  const at = BigInt(index * bits);
  const placed = ir.shl(ir.extendU(ir.and(value, ir.i32(Number(mask)))), ir.i64(at));
  ir.set(slot, ir.or(ir.and(ir.get(slot), ir.i64(~(mask << at))), placed));
}

/** Low or high word of a doubleword register; d16 to d31 have no single-precision names. */
function word(cpu: ArmTranslator, d: number, index: number): Value {
  const { ir } = cpu;
  if (d < 16) return ir.get(state.sInt[2 * d + index]!);
  const value = ir.get(state.dInt[d]!);
  return ir.wrap(index === 0 ? value : ir.shrU(value, ir.i64(32n)));
}

function setWord(cpu: ArmTranslator, d: number, index: number, value: Value): void {
  const { ir } = cpu;
  if (d < 16) return ir.set(state.sInt[2 * d + index]!, value);
  const slot = state.dInt[d]!;
  const placed = index === 0 ? ir.extendU(value) : ir.shl(ir.extendU(value), ir.i64(32n));
  ir.set(slot, ir.or(ir.and(ir.get(slot), ir.i64(index === 0 ? 0xffff_ffff_0000_0000n : 0xffff_ffffn)), placed));
}

const noPC = { except: { rt: PC } } as const;

const scalars: readonly Both[] = [
  vfpSimd(
    "VMOV_core_to_8",
    "1110 01 x:1 0 vn:4 rt:4 1011 vn:1 x:2 1 0000",
    "vmov{:cc}.8 {vn:vdn64}{x:nindex}, {rt:vcore}",
    (cpu, { x, vn, rt }) => {
      if (!exists(cpu, 1, regN(1, vn))) return cpu.undefined();
      setLane(cpu, regN(1, vn), 8, x, cpu.R(rt));
    },
    { needs: "neon", ...noPC },
  ),
  vfpSimd(
    "VMOV_core_to_16",
    "1110 00 x:1 0 vn:4 rt:4 1011 vn:1 x:1 1 1 0000",
    "vmov{:cc}.16 {vn:vdn64}{x:nindex}, {rt:vcore}",
    (cpu, { x, vn, rt }) => {
      if (!exists(cpu, 1, regN(1, vn))) return cpu.undefined();
      setLane(cpu, regN(1, vn), 16, x, cpu.R(rt));
    },
    { needs: "neon", ...noPC },
  ),
  vfp(
    "VMOV_core_to_32",
    "1110 00 x:1 0 vn:4 rt:4 1011 vn:1 00 1 0000",
    "vmov{:cc}.32 {vn:vdn64}{x:nindex}, {rt:vcore}",
    (cpu, { x, vn, rt }) => {
      if (!exists(cpu, 1, regN(1, vn))) return cpu.undefined();
      setWord(cpu, regN(1, vn), x, cpu.R(rt));
    },
    { needs: "vfp2", ...noPC },
  ),
  vfpSimd(
    "VMOV_8_to_core",
    "1110 u:1 1 x:1 1 vn:4 rt:4 1011 vn:1 x:2 1 0000",
    "vmov{:cc}.{u:nsux}8 {rt:vcore}, {vn:vdn64}{x:nindex}",
    (cpu, { u, x, vn, rt }) => {
      if (!exists(cpu, 1, regN(1, vn))) return cpu.undefined();
      cpu.setR(rt, lane(cpu, regN(1, vn), 8, x, u === 1));
    },
    { needs: "neon", ...noPC },
  ),
  vfpSimd(
    "VMOV_16_to_core",
    "1110 u:1 0 x:1 1 vn:4 rt:4 1011 vn:1 x:1 1 1 0000",
    "vmov{:cc}.{u:nsux}16 {rt:vcore}, {vn:vdn64}{x:nindex}",
    (cpu, { u, x, vn, rt }) => {
      if (!exists(cpu, 1, regN(1, vn))) return cpu.undefined();
      cpu.setR(rt, lane(cpu, regN(1, vn), 16, x, u === 1));
    },
    { needs: "neon", ...noPC },
  ),
  vfp(
    "VMOV_32_to_core",
    "1110 00 x:1 1 vn:4 rt:4 1011 vn:1 00 1 0000",
    "vmov{:cc}.32 {rt:vcore}, {vn:vdn64}{x:nindex}",
    (cpu, { x, vn, rt }) => {
      if (!exists(cpu, 1, regN(1, vn))) return cpu.undefined();
      cpu.setR(rt, word(cpu, regN(1, vn), x));
    },
    { needs: "vfp2", ...noPC },
  ),
  vfpSimd(
    "VDUP_core",
    "1110 1 b:1 q:1 0 vn:4 rt:4 1011 vn:1 0 e:1 1 0000",
    "vdup{:cc}.{:vdupsize} {vn:qn}, {rt:vcore}",
    (cpu, { b, q, vn, rt, e }) => {
      const { ir } = cpu;
      const d = regN(1, vn);
      if (q === 1 && (d & 1) === 1) return cpu.undefined();
      const value = ir.op(b === 1 ? "i8x16.splat" : e === 1 ? "i16x8.splat" : "i32x4.splat", cpu.R(rt));
      if (q === 1) ir.set(state.q[d >> 1]!, value);
      else ir.set(state.dInt[d]!, ir.lane("i64x2.extract_lane", 0, value));
    },
    { needs: "neon", except: [{ rt: PC }, { b: 1, e: 1 }] },
  ),
];

const moves: readonly Both[] = [
  vfp(
    "VMOV_core_single",
    "1110 000 op:1 vn:4 rt:4 1010 vn:1 00 1 0000",
    "vmov{:cc} {op:vmov1}",
    (cpu, { op, vn, rt }) => {
      if (op === 1) cpu.setR(rt, cpu.ir.get(state.sInt[vn]!));
      else cpu.ir.set(state.sInt[vn]!, cpu.R(rt));
    },
    { needs: "vfp2", ...noPC },
  ),
  vfp(
    "VMOV_core_singles",
    "1100 010 op:1 rt2:4 rt:4 1010 00 vm:1 1 vm:4",
    "vmov{:cc} {op:vmov2}",
    (cpu, { op, rt2, rt, vm }) => {
      const { ir } = cpu;
      const m = regDM(0, vm);
      // UNPREDICTABLE: s31 and the register after it. (Both words into one register: it gets the second, as in QEMU.)
      if (m === 31) return cpu.undefined();
      if (op === 1) {
        cpu.setR(rt, ir.get(state.sInt[m]!));
        cpu.setR(rt2, ir.get(state.sInt[m + 1]!));
      } else {
        ir.set(state.sInt[m]!, cpu.R(rt));
        ir.set(state.sInt[m + 1]!, cpu.R(rt2));
      }
    },
    { needs: "vfp2", except: [{ rt: PC }, { rt2: PC }] },
  ),
  vfp(
    "VMOV_core_double",
    "1100 010 op:1 rt2:4 rt:4 1011 00 vm:1 1 vm:4",
    "vmov{:cc} {op:vmov3}",
    (cpu, { op, rt2, rt, vm }) => {
      const { ir } = cpu;
      if (!exists(cpu, 1, vm)) return cpu.undefined();
      if (op === 1) {
        const low = word(cpu, vm, 0);
        const high = word(cpu, vm, 1);
        cpu.setR(rt, low);
        cpu.setR(rt2, high);
      } else ir.set(state.dInt[vm]!, ir.or(ir.extendU(cpu.R(rt)), ir.shl(ir.extendU(cpu.R(rt2)), ir.i64(32n))));
    },
    { needs: "vfp2", except: [{ rt: PC }, { rt2: PC }] },
  ),
];

/** May this code name the system register (B9.3.22, B9.3.23)? FPSCR needs VFP to be enabled, the others privilege. */
function mayAccess(cpu: ArmTranslator, register: number): boolean {
  const { features, privileged, flags } = cpu;
  switch (register) {
    case specialRegisters.fpscr:
      return vfpEnabled(cpu);
    case specialRegisters.fpsid:
      return (flags & bf.CP_ACCESS) !== 0 && (privileged || features.vfp === 2);
    case specialRegisters.mvfr0:
    case specialRegisters.mvfr1:
      return (flags & bf.CP_ACCESS) !== 0 && privileged && features.version >= 6;
    case specialRegisters.fpexc:
      return (flags & bf.CP_ACCESS) !== 0 && privileged;
    case specialRegisters.fpinst:
    case specialRegisters.fpinst2:
      return privileged && features.vfp === 2 && vfpEnabled(cpu);
    default:
      return false;
  }
}

/** VMRS APSR_nzcv, FPSCR: the comparison flags become the core's. */
function copyFlags(cpu: ArmTranslator): void {
  const { ir } = cpu;
  const nzcv = ir.get(state.fpNzcv);
  ir.set(state.nf, nzcv);
  const z = ir.i32(1 << 30);
  ir.set(state.zf, ir.xor(ir.and(nzcv, z), z));
  ir.set(state.cf, ir.and(ir.shrU(nzcv, ir.i32(29)), ir.i32(1)));
  ir.set(state.vf, ir.shl(nzcv, ir.i32(3)));
}

const system: readonly Both[] = [
  bothFirstOf(
    vfpAlways(
      "VMRS_flags",
      "1110 1111 0001 1111 1010 0001 0000",
      "vmrs{:cc} APSR_nzcv, fpscr",
      (cpu) => (vfpEnabled(cpu) ? copyFlags(cpu) : cpu.undefined()),
      {
        needs: "vfp2",
      },
    ),
    vfpAlways(
      "VMRS",
      "1110 1111 reg:4 rt:4 1010 0001 0000",
      "vmrs{:cc} {rt:vcore}, {reg:vspecial}",
      (cpu, { reg, rt }) => {
        if (!mayAccess(cpu, reg)) return cpu.undefined();
        cpu.setR(rt, reg === specialRegisters.fpscr ? fpscrValue(cpu) : cpu.ir.call(calls.vmrs, cpu.ir.i32(reg)));
      },
      { needs: "vfp2", ...noPC },
    ),
  ),
  vfpAlways(
    "VMSR",
    "1110 1110 reg:4 rt:4 1010 0001 0000",
    "vmsr{:cc} {reg:vspecial}, {rt:vcore}",
    (cpu, { reg, rt }) => {
      if (!mayAccess(cpu, reg)) return cpu.undefined();
      // Identification registers ignore writes.
      if (reg === specialRegisters.fpsid || reg === specialRegisters.mvfr0 || reg === specialRegisters.mvfr1) return;
      cpu.syncNext();
      cpu.ir.call(calls.vmsr, cpu.ir.i32(reg), cpu.R(rt));
      cpu.lookupAfterHelper();
    },
    { needs: "vfp2", ...noPC },
  ),
];

export const vfpTransfers: readonly Both[] = [...scalars, ...moves, ...system];
