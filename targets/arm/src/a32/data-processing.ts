/** A32 data processing: register, register-shifted register, immediate, 16-bit immediates (ARM DDI 0406C, A5.2.1-A5.2.4). */
import * as dp from "../insns/data-processing.ts";
import { compare, dataProcessing, immediate, move, registerShiftedRegister, shiftedRegister } from "../insns/data-processing.ts";
import { type ArmItem, insn, pcIn } from "../rows.ts";

// The patterns of one form differ in the opcode only, so the type of one of them serves for all.
const immPattern = (opcode: string) => `cond:4 001 ${opcode} s:1 rn:4 rd:4 imm12:12` as "cond:4 001 0000 s:1 rn:4 rd:4 imm12:12";
const regPattern = (opcode: string) =>
  `cond:4 000 ${opcode} s:1 rn:4 rd:4 imm5:5 type:2 0 rm:4` as "cond:4 000 0000 s:1 rn:4 rd:4 imm5:5 type:2 0 rm:4";
const rsrPattern = (opcode: string) =>
  `cond:4 000 ${opcode} s:1 rn:4 rd:4 rs:4 0 type:2 1 rm:4` as "cond:4 000 0000 s:1 rn:4 rd:4 rs:4 0 type:2 1 rm:4";

const threeOperand: readonly (readonly [name: string, opcode: string, operation: dp.Operation])[] = [
  ["AND", "0000", dp.AND],
  ["EOR", "0001", dp.EOR],
  ["SUB", "0010", dp.SUB],
  ["RSB", "0011", dp.RSB],
  ["ADD", "0100", dp.ADD],
  ["ADC", "0101", dp.ADC],
  ["SBC", "0110", dp.SBC],
  ["RSC", "0111", dp.RSC],
  ["ORR", "1100", dp.ORR],
  ["BIC", "1110", dp.BIC],
];

const comparisons: typeof threeOperand = [
  ["TST", "1000", dp.AND],
  ["TEQ", "1001", dp.EOR],
  ["CMP", "1010", dp.SUB],
  ["CMN", "1011", dp.ADD],
];

export const dataProcessingRows: readonly ArmItem[] = [
  ...threeOperand.flatMap(([name, opcode, operation]) => [
    insn(
      `${name}_imm`,
      immPattern(opcode),
      `${name.toLowerCase()}{s:s}{cond:c} {rd:r}, {rn:r}, {imm12:modimm}`,
      dataProcessing(operation, immediate),
    ),
    insn(
      `${name}_reg`,
      regPattern(opcode),
      `${name.toLowerCase()}{s:s}{cond:c} {rd:r}, {rn:r}, {rm:r}{imm5:shift}`,
      dataProcessing(operation, shiftedRegister),
    ),
    insn(
      `${name}_rsr`,
      rsrPattern(opcode),
      `${name.toLowerCase()}{s:s}{cond:c} {rd:r}, {rn:r}, {rm:r}, {type:shiftname} {rs:r}`,
      dataProcessing(operation, registerShiftedRegister),
      { except: pcIn("rd", "rn", "rm", "rs") },
    ),
  ]),
  ...comparisons.flatMap(([name, opcode, operation]) => [
    insn(
      `${name}_imm`,
      `cond:4 001 ${opcode} 1 rn:4 0000 imm12:12` as "cond:4 001 0000 1 rn:4 0000 imm12:12",
      `${name.toLowerCase()}{cond:c} {rn:r}, {imm12:modimm}`,
      compare(operation, immediate),
    ),
    insn(
      `${name}_reg`,
      `cond:4 000 ${opcode} 1 rn:4 0000 imm5:5 type:2 0 rm:4` as "cond:4 000 0000 1 rn:4 0000 imm5:5 type:2 0 rm:4",
      `${name.toLowerCase()}{cond:c} {rn:r}, {rm:r}{imm5:shift}`,
      compare(operation, shiftedRegister),
    ),
    insn(
      `${name}_rsr`,
      `cond:4 000 ${opcode} 1 rn:4 0000 rs:4 0 type:2 1 rm:4` as "cond:4 000 0000 1 rn:4 0000 rs:4 0 type:2 1 rm:4",
      `${name.toLowerCase()}{cond:c} {rn:r}, {rm:r}, {type:shiftname} {rs:r}`,
      compare(operation, registerShiftedRegister),
      { except: pcIn("rn", "rm", "rs") },
    ),
  ]),

  // MOV (A8.8.102, A8.8.104), and LSL, LSR, ASR, ROR, RRX, which are the same encodings.
  insn("MOV_imm", "cond:4 001 1101 s:1 0000 rd:4 imm12:12", "mov{s:s}{cond:c} {rd:r}, {imm12:modimm}", move(dp.MOV, immediate)),
  insn(
    "MOV_reg",
    "cond:4 000 1101 s:1 0000 rd:4 imm5:5 type:2 0 rm:4",
    "{type:movname}{s:s}{cond:c} {rd:r}, {rm:r}{imm5:movamount}",
    move(dp.MOV, shiftedRegister),
  ),
  insn(
    "MOV_rsr",
    "cond:4 000 1101 s:1 0000 rd:4 rs:4 0 type:2 1 rm:4",
    "{type:shiftname}{s:s}{cond:c} {rd:r}, {rm:r}, {rs:r}",
    move(dp.MOV, registerShiftedRegister),
    { except: pcIn("rd", "rm", "rs") },
  ),
  insn("MVN_imm", "cond:4 001 1111 s:1 0000 rd:4 imm12:12", "mvn{s:s}{cond:c} {rd:r}, {imm12:modimm}", move(dp.MVN, immediate)),
  insn(
    "MVN_reg",
    "cond:4 000 1111 s:1 0000 rd:4 imm5:5 type:2 0 rm:4",
    "mvn{s:s}{cond:c} {rd:r}, {rm:r}{imm5:shift}",
    move(dp.MVN, shiftedRegister),
  ),
  insn(
    "MVN_rsr",
    "cond:4 000 1111 s:1 0000 rd:4 rs:4 0 type:2 1 rm:4",
    "mvn{s:s}{cond:c} {rd:r}, {rm:r}, {type:shiftname} {rs:r}",
    move(dp.MVN, registerShiftedRegister),
    { except: pcIn("rd", "rm", "rs") },
  ),
  insn("MOVW", "cond:4 0011 0000 imm16:4 rd:4 imm16:12", "movw{cond:c} {rd:r}, #{imm16}", dp.MOVW, { needs: "v6T2", except: pcIn("rd") }),
  insn("MOVT", "cond:4 0011 0100 imm16:4 rd:4 imm16:12", "movt{cond:c} {rd:r}, #{imm16}", dp.MOVT, { needs: "v6T2", except: pcIn("rd") }),
];
