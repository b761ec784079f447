/**
 * FPSCR, FPEXC and the identification registers (DDI 0406C, B4.1.57, B4.1.58, B6.1.38 to B6.1.42). FPSCR is kept in pieces: the
 * comparison flags, QC, the control bits, and the two status blocks of the soft-float library, whose exception flags
 * together are its cumulative ones.
 */
import type { Slot, Value } from "@tsemu/ir";
import { mode, nanRule, nanRuleShift, rounding } from "@tsemu/softfloat";
import type { CpuState } from "@tsemu/target";
import type { ArmModel, Features } from "../cpu-models.ts";
import * as state from "../state.ts";
import type { ArmTranslator } from "../translator.ts";

/** Register numbers of VMRS and VMSR. */
export const specialRegisters = { fpsid: 0, fpscr: 1, mvfr1: 6, mvfr0: 7, fpexc: 8, fpinst: 9, fpinst2: 10 } as const;

/** Bits of FPSCR. */
const NZCV = 0xf000_0000;
const QC_SHIFT = 27;
const AHP = 1 << 26;
const DN = 1 << 25;
const FZ = 1 << 24;
const RMODE_SHIFT = 22;
const LEN_STRIDE = 0x0037_0000;
const CUMULATIVE = 0x9f;

/** FPEXC.EN. */
export const FPEXC_EN = 1 << 30;

/** FPSCR.RMode to the soft-float library's rounding mode. */
const roundingModes = [rounding.nearestEven, rounding.upward, rounding.downward, rounding.towardZero] as const;

/** What every ARM status block has in its mode word. */
const armMode = mode.tinyBeforeRounding | (nanRule.arm << nanRuleShift);

const wordOf = (slot: Slot): number => slot.offset >> 2;

/** FPSCR as VMRS reads it (u32). */
export function readFpscr({ i32 }: CpuState): number {
  const flags = (i32[wordOf(state.fpFlags)]! | i32[wordOf(state.neonFlags)]!) & CUMULATIVE;
  const qc = i32[wordOf(state.qc)]! !== 0 ? 1 : 0;
  return (i32[wordOf(state.fpNzcv)]! | (qc << QC_SHIFT) | i32[wordOf(state.fpscr)]! | flags) >>> 0;
}

/** The same in translated code. */
export function fpscrValue({ ir }: ArmTranslator): Value {
  const flags = ir.and(ir.or(ir.get(state.fpFlags), ir.get(state.neonFlags)), ir.i32(CUMULATIVE));
  const qc = ir.shl(ir.get(state.qc), ir.i32(QC_SHIFT));
  return ir.or(ir.or(ir.get(state.fpNzcv), ir.get(state.fpscr)), ir.or(qc, flags));
}

/** Writes FPSCR. Bits that the core does not have stay 0; trap enables are among them. The block flags depend on Len and Stride. */
export function writeFpscr({ i32 }: CpuState, features: Features, value: number): void {
  const controls = AHP | DN | FZ | (3 << RMODE_SHIFT) | LEN_STRIDE;
  i32[wordOf(state.fpNzcv)] = value & NZCV;
  i32[wordOf(state.qc)] = features.neon ? (value >>> QC_SHIFT) & 1 : 0;
  i32[wordOf(state.fpscr)] = value & controls;
  // In both blocks, since vectors compute faster where the inexact flag is set in theirs.
  i32[wordOf(state.fpFlags)] = value & CUMULATIVE;
  i32[wordOf(state.neonFlags)] = value & CUMULATIVE;
  setStatusModes(i32);
}

/** Brings the control words of both status blocks in line with FPSCR's control bits; after a reset too. */
export function setStatusModes(i32: Int32Array): void {
  const fpscr = i32[wordOf(state.fpscr)]!;
  const half = fpscr & AHP ? mode.alternativeHalf : 0;
  i32[wordOf(state.fpRounding)] = roundingModes[(fpscr >>> RMODE_SHIFT) & 3]!;
  i32[wordOf(state.fpMode)] = armMode | half | (fpscr & FZ ? mode.flushInputs | mode.flushOutputs : 0) | (fpscr & DN ? mode.defaultNaN : 0);
  // The standard FPSCR value (A2.6.3): nearest, flush-to-zero and default NaN, with FPSCR's AHP.
  i32[wordOf(state.neonRounding)] = rounding.nearestEven;
  i32[wordOf(state.neonMode)] = armMode | half | mode.flushInputs | mode.flushOutputs | mode.defaultNaN;
}

/** Power-on state: everything 0, VFP disabled. */
export function resetFp(cpuState: CpuState): void {
  cpuState.i32[wordOf(state.fpexc)] = 0;
  cpuState.i32[wordOf(state.neonFlags)] = 0;
  cpuState.i32[wordOf(state.fpscr)] = 0;
  setStatusModes(cpuState.i32);
}

/** The host helper `vmrs`: the registers that translated code does not read itself. Privilege was checked by the translation. */
export function readSpecialRegister(cpuState: CpuState, model: ArmModel, register: number): number {
  switch (register) {
    case specialRegisters.fpsid:
      return model.id["fpsid"] ?? 0;
    case specialRegisters.fpscr:
      return readFpscr(cpuState);
    case specialRegisters.mvfr0:
      return model.id["mvfr0"] ?? 0;
    case specialRegisters.mvfr1:
      return model.id["mvfr1"] ?? 0;
    case specialRegisters.fpexc:
      return cpuState.i32[wordOf(state.fpexc)]!;
    case specialRegisters.fpinst:
      return cpuState.i32[wordOf(state.fpinst)]!;
    case specialRegisters.fpinst2:
      return cpuState.i32[wordOf(state.fpinst2)]!;
    default:
      return 0;
  }
}

/** The host helper `vmsr`. `refreshFlags` computes the block flags again, which FPEXC.EN and FPSCR.Len and Stride are part of. */
export function writeSpecialRegister(
  cpuState: CpuState,
  features: Features,
  register: number,
  value: number,
  refreshFlags: () => void,
): void {
  switch (register) {
    case specialRegisters.fpscr:
      writeFpscr(cpuState, features, value);
      break;
    case specialRegisters.fpexc:
      // No exceptional state is ever pending: only EN is kept.
      cpuState.i32[wordOf(state.fpexc)] = value & FPEXC_EN;
      break;
    case specialRegisters.fpinst:
      cpuState.i32[wordOf(state.fpinst)] = value;
      break;
    case specialRegisters.fpinst2:
      cpuState.i32[wordOf(state.fpinst2)] = value;
      break;
  }
  refreshFlags();
}

/** FPSCR's share of the block flags: Len and Stride, to be shifted to block-flags' LEN_SHIFT and STRIDE_SHIFT. */
export const vectorControl = ({ i32 }: CpuState): { readonly len: number; readonly stride: number } => {
  const fpscr = i32[wordOf(state.fpscr)]!;
  return { len: (fpscr >>> 16) & 7, stride: (fpscr >>> 20) & 3 };
};
