/** T16 data processing: shifts, arithmetic on low registers and immediates, special data processing (ARM DDI 0406C, A6.2.1-A6.2.3). */
import * as dp from "../insns/data-processing.ts";
import {
  compare,
  dataProcessing,
  move,
  plainImmediate,
  register,
  registerShiftedRegister,
  shiftedRegister,
} from "../insns/data-processing.ts";
import { extend, REV, REV16, REVSH } from "../insns/media.ts";
import { MUL } from "../insns/multiply.ts";
import { type ArmItem, given, insn } from "../rows.ts";
import { type ArmTranslator, SP } from "../translator.ts";

/** 16-bit instructions set the flags outside IT blocks, and only there. */
const settingFlags =
  <F extends { s: number }>(execute: (cpu: ArmTranslator, fields: F) => void) =>
  (cpu: ArmTranslator, fields: Omit<F, "s">): void =>
    execute(cpu, { ...fields, s: cpu.inITBlock ? 0 : 1 } as unknown as F);

const s0 = { s: 0 } as const;
const twoRegisters = (op: string) => `0100 00 ${op} rm:3 rdn:3` as "0100 00 0000 rm:3 rdn:3";

/** R[dn] = operation(R[dn], R[m]) */
const inPlace = (operation: dp.Operation) => {
  const execute = settingFlags(dataProcessing(operation, register));
  return (cpu: ArmTranslator, { rdn, rm }: { rdn: number; rm: number }): void => execute(cpu, { rd: rdn, rn: rdn, rm });
};
/** R[dn] shifted by R[m] */
const shiftInPlace = (type: number) => {
  const execute = settingFlags(move(dp.MOV, registerShiftedRegister));
  return (cpu: ArmTranslator, { rdn, rm }: { rdn: number; rm: number }): void => execute(cpu, { rd: rdn, rm: rdn, rs: rm, type });
};

export const dataProcessingT16: readonly ArmItem[] = [
  // LSL by 0 is MOV, which is the same.
  ...(["lsl", "lsr", "asr"] as const).map((name, type) =>
    insn(
      `${name.toUpperCase()}_imm`,
      `000 ${type.toString(2).padStart(2, "0")} imm5:5 rm:3 rd:3` as "000 00 imm5:5 rm:3 rd:3",
      type === 0 ? "{imm5:lslname}{:s16}{:c} {rd:r}, {rm:r}{imm5:lslamount}" : `${name}{:s16}{:c} {rd:r}, {rm:r}, {imm5:amount}`,
      settingFlags(given({ type }, move(dp.MOV, shiftedRegister))),
    ),
  ),
  insn("ADD_reg", "000 11 00 rm:3 rn:3 rd:3", "add{:s16}{:c} {rd:r}, {rn:r}, {rm:r}", settingFlags(dataProcessing(dp.ADD, register))),
  insn("SUB_reg", "000 11 01 rm:3 rn:3 rd:3", "sub{:s16}{:c} {rd:r}, {rn:r}, {rm:r}", settingFlags(dataProcessing(dp.SUB, register))),
  insn(
    "ADD_imm3",
    "000 11 10 imm:3 rn:3 rd:3",
    "add{:s16}{:c} {rd:r}, {rn:r}, #{imm}",
    settingFlags(dataProcessing(dp.ADD, plainImmediate)),
  ),
  insn(
    "SUB_imm3",
    "000 11 11 imm:3 rn:3 rd:3",
    "sub{:s16}{:c} {rd:r}, {rn:r}, #{imm}",
    settingFlags(dataProcessing(dp.SUB, plainImmediate)),
  ),
  insn("MOV_imm", "001 00 rd:3 imm:8", "mov{:s16}{:c} {rd:r}, #{imm}", settingFlags(move(dp.MOV, plainImmediate))),
  insn("CMP_imm", "001 01 rn:3 imm:8", "cmp{:c} {rn:r}, #{imm}", compare(dp.SUB, plainImmediate)),
  insn("ADD_imm8", "001 10 rdn:3 imm:8", "add{:s16}{:c} {rdn:r}, #{imm}", (cpu, { rdn, imm }) =>
    settingFlags(dataProcessing(dp.ADD, plainImmediate))(cpu, { rd: rdn, rn: rdn, imm }),
  ),
  insn("SUB_imm8", "001 11 rdn:3 imm:8", "sub{:s16}{:c} {rdn:r}, #{imm}", (cpu, { rdn, imm }) =>
    settingFlags(dataProcessing(dp.SUB, plainImmediate))(cpu, { rd: rdn, rn: rdn, imm }),
  ),

  // A6.2.2
  ...(
    [
      ["AND", "0000", inPlace(dp.AND)],
      ["EOR", "0001", inPlace(dp.EOR)],
      ["LSL", "0010", shiftInPlace(0)],
      ["LSR", "0011", shiftInPlace(1)],
      ["ASR", "0100", shiftInPlace(2)],
      ["ADC", "0101", inPlace(dp.ADC)],
      ["SBC", "0110", inPlace(dp.SBC)],
      ["ROR", "0111", shiftInPlace(3)],
      ["ORR", "1100", inPlace(dp.ORR)],
      ["BIC", "1110", inPlace(dp.BIC)],
    ] as const
  ).map(([name, op, execute]) => insn(`${name}_rdn`, twoRegisters(op), `${name.toLowerCase()}{:s16}{:c} {rdn:r}, {rm:r}`, execute)),
  insn("TST_reg", "0100 00 1000 rm:3 rn:3", "tst{:c} {rn:r}, {rm:r}", compare(dp.AND, register)),
  insn(
    "RSB_imm",
    "0100 00 1001 rn:3 rd:3",
    "rsb{:s16}{:c} {rd:r}, {rn:r}, #0",
    settingFlags(given({ imm: 0 }, dataProcessing(dp.RSB, plainImmediate))),
  ),
  insn("CMP_reg", "0100 00 1010 rm:3 rn:3", "cmp{:c} {rn:r}, {rm:r}", compare(dp.SUB, register)),
  insn("CMN_reg", "0100 00 1011 rm:3 rn:3", "cmn{:c} {rn:r}, {rm:r}", compare(dp.ADD, register)),
  insn("MUL", "0100 00 1101 rn:3 rdm:3", "mul{:s16}{:c} {rdm:r}, {rn:r}", (cpu, { rn, rdm }) =>
    settingFlags(MUL)(cpu, { rd: rdm, rn, rm: rdm }),
  ),
  insn("MVN_reg", "0100 00 1111 rm:3 rd:3", "mvn{:s16}{:c} {rd:r}, {rm:r}", settingFlags(move(dp.MVN, register))),

  // A6.2.3: any register, never the flags.
  insn("ADD_high", "0100 01 00 rdn:1 rm:4 rdn:3", "add{:c} {rdn:r}, {rm:r}", (cpu, { rdn, rm }) =>
    dataProcessing(dp.ADD, register)(cpu, { rd: rdn, rn: rdn, rm, s: 0 }),
  ),
  insn("CMP_high", "0100 01 01 rn:1 rm:4 rn:3", "cmp{:c} {rn:r}, {rm:r}", compare(dp.SUB, register)),
  insn("MOV_high", "0100 01 10 rd:1 rm:4 rd:3", "mov{:c} {rd:r}, {rm:r}", given(s0, move(dp.MOV, register))),

  // A8.8.9, A8.8.12, A8.8.225
  insn("ADR", "1010 0 rd:3 imm8:8", "add{:c} {rd:r}, pc, {imm8:times4}", (cpu, { rd, imm8 }) => dp.ADR(cpu, { rd, imm: 4 * imm8, add: 1 })),
  insn("ADD_sp_imm", "1010 1 rd:3 imm8:8", "add{:c} {rd:r}, sp, {imm8:times4}", (cpu, { rd, imm8 }) =>
    dataProcessing(dp.ADD, plainImmediate)(cpu, { rd, rn: SP, imm: 4 * imm8, s: 0 }),
  ),
  insn("ADD_sp", "1011 0000 0 imm7:7", "add{:c} sp, {imm7:times4}", (cpu, { imm7 }) =>
    dataProcessing(dp.ADD, plainImmediate)(cpu, { rd: SP, rn: SP, imm: 4 * imm7, s: 0 }),
  ),
  insn("SUB_sp", "1011 0000 1 imm7:7", "sub{:c} sp, {imm7:times4}", (cpu, { imm7 }) =>
    dataProcessing(dp.SUB, plainImmediate)(cpu, { rd: SP, rn: SP, imm: 4 * imm7, s: 0 }),
  ),

  insn("SXTH", "1011 0010 00 rm:3 rd:3", "sxth{:c} {rd:r}, {rm:r}", given({ rotate: 0 }, extend("SH")), { needs: "v6" }),
  insn("SXTB", "1011 0010 01 rm:3 rd:3", "sxtb{:c} {rd:r}, {rm:r}", given({ rotate: 0 }, extend("SB")), { needs: "v6" }),
  insn("UXTH", "1011 0010 10 rm:3 rd:3", "uxth{:c} {rd:r}, {rm:r}", given({ rotate: 0 }, extend("UH")), { needs: "v6" }),
  insn("UXTB", "1011 0010 11 rm:3 rd:3", "uxtb{:c} {rd:r}, {rm:r}", given({ rotate: 0 }, extend("UB")), { needs: "v6" }),
  insn("REV", "1011 1010 00 rm:3 rd:3", "rev{:c} {rd:r}, {rm:r}", REV, { needs: "v6" }),
  insn("REV16", "1011 1010 01 rm:3 rd:3", "rev16{:c} {rd:r}, {rm:r}", REV16, { needs: "v6" }),
  insn("REVSH", "1011 1010 11 rm:3 rd:3", "revsh{:c} {rd:r}, {rm:r}", REVSH, { needs: "v6" }),
];
