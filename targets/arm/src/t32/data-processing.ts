/** T32 data processing: shifted registers, modified and plain immediates, shifts by registers (ARM DDI 0406C, A6.3.1, A6.3.3, A6.3.11, A6.3.12). */
import * as dp from "../insns/data-processing.ts";
import {
  compare,
  dataProcessing,
  move,
  plainImmediate,
  registerShiftedRegister,
  shiftedRegister,
  thumbImmediate,
} from "../insns/data-processing.ts";
import * as media from "../insns/media.ts";
import { type ArmItem, given, insn, pcIn } from "../rows.ts";

// The patterns of one form differ in the opcode only, so the type of one of them serves for all.
const regPattern = (op: string) =>
  `1110 101 ${op} s:1 rn:4 0 imm5:3 rd:4 imm5:2 type:2 rm:4` as "1110 101 0000 s:1 rn:4 0 imm5:3 rd:4 imm5:2 type:2 rm:4";
const immPattern = (op: string) =>
  `1111 0 imm12:1 0 ${op} s:1 rn:4 0 imm12:3 rd:4 imm12:8` as "1111 0 imm12:1 0 0000 s:1 rn:4 0 imm12:3 rd:4 imm12:8";
const regComparePattern = (op: string) =>
  `1110 101 ${op} 1 rn:4 0 imm5:3 1111 imm5:2 type:2 rm:4` as "1110 101 0000 1 rn:4 0 imm5:3 1111 imm5:2 type:2 rm:4";
const immComparePattern = (op: string) =>
  `1111 0 imm12:1 0 ${op} 1 rn:4 0 imm12:3 1111 imm12:8` as "1111 0 imm12:1 0 0000 1 rn:4 0 imm12:3 1111 imm12:8";

/** Name, opcode, operation, suffixes that tell the syntax from a 16-bit instruction's (register, immediate), and whether Rn may be 15. */
const threeOperand: readonly (readonly [name: string, op: string, operation: dp.Operation, wide: readonly [string, string]])[] = [
  ["AND", "0000", dp.AND, [".w", ".w"]],
  ["BIC", "0001", dp.BIC, [".w", ".w"]],
  ["ORR", "0010", dp.ORR, [".w", ".w"]],
  ["ORN", "0011", dp.ORN, ["", ""]],
  ["EOR", "0100", dp.EOR, [".w", ".w"]],
  ["ADD", "1000", dp.ADD, [".w", ".w"]],
  ["ADC", "1010", dp.ADC, [".w", ".w"]],
  ["SBC", "1011", dp.SBC, [".w", ".w"]],
  ["SUB", "1101", dp.SUB, [".w", ".w"]],
  ["RSB", "1110", dp.RSB, ["", ""]],
];

/** The same opcodes with Rd 15 and S. */
const comparisons: typeof threeOperand = [
  ["TST", "0000", dp.AND, [".w", ".w"]],
  ["TEQ", "0100", dp.EOR, ["", ""]],
  ["CMN", "1000", dp.ADD, [".w", ".w"]],
  ["CMP", "1101", dp.SUB, [".w", ".w"]],
];

const plainPattern = (op: string) => `1111 0 imm:1 1 ${op} rn:4 0 imm:3 rd:4 imm:8` as "1111 0 imm:1 1 00000 rn:4 0 imm:3 rd:4 imm:8";
const adrPattern = (op: string) => `1111 0 imm:1 1 ${op} 1111 0 imm:3 rd:4 imm:8` as "1111 0 imm:1 1 00000 1111 0 imm:3 rd:4 imm:8";
const widePattern = (op: string) => `1111 0 i:1 1 ${op} imm4:4 0 imm3:3 rd:4 imm8:8` as "1111 0 i:1 1 00100 imm4:4 0 imm3:3 rd:4 imm8:8";

const imm16 = ({ imm4, i, imm3, imm8 }: { imm4: number; i: number; imm3: number; imm8: number }): number =>
  (imm4 << 12) | (i << 11) | (imm3 << 8) | imm8;

const fieldPattern = (op: string) =>
  `1111 0 0 1 ${op} rn:4 0 lsb:3 rd:4 lsb:2 0 widthm1:5` as "1111 0 0 1 10100 rn:4 0 lsb:3 rd:4 lsb:2 0 widthm1:5";
const satPattern = (op: string) =>
  `1111 0 0 1 ${op} sh:1 0 rn:4 0 imm5:3 rd:4 imm5:2 0 sat:5` as "1111 0 0 1 100 sh:1 0 rn:4 0 imm5:3 rd:4 imm5:2 0 sat:5";

const rdn = pcIn("rd", "rn");

export const dataProcessingT32: readonly ArmItem[] = [
  ...threeOperand.flatMap(([name, op, operation, [wideReg, wideImm]]) => {
    const mnemonic = `${name.toLowerCase()}{s:s}{:c}`;
    return [
      insn(
        `${name}_reg`,
        regPattern(op),
        `${mnemonic}${wideReg} {rd:r}, {rn:r}, {rm:r}{imm5:shift}`,
        dataProcessing(operation, shiftedRegister),
        {
          except: pcIn("rd", "rn", "rm"),
        },
      ),
      insn(
        `${name}_imm`,
        immPattern(op),
        `${mnemonic}${wideImm} {rd:r}, {rn:r}, {imm12:thumbimm}`,
        dataProcessing(operation, thumbImmediate),
        {
          except: rdn,
        },
      ),
    ];
  }),
  ...comparisons.flatMap(([name, op, operation, [wideReg, wideImm]]) => [
    insn(
      `${name}_reg`,
      regComparePattern(op),
      `${name.toLowerCase()}{:c}${wideReg} {rn:r}, {rm:r}{imm5:shift}`,
      compare(operation, shiftedRegister),
      {
        except: pcIn("rn", "rm"),
      },
    ),
    insn(
      `${name}_imm`,
      immComparePattern(op),
      `${name.toLowerCase()}{:c}${wideImm} {rn:r}, {imm12:thumbimm}`,
      compare(operation, thumbImmediate),
      {
        except: pcIn("rn"),
      },
    ),
  ]),
  // ORR and ORN with Rn 15.
  insn(
    "MOV_reg",
    "1110 101 0010 s:1 1111 0 imm5:3 rd:4 imm5:2 type:2 rm:4",
    "{type:movname}{s:s}{:c}{:movwide} {rd:r}, {rm:r}{imm5:movamount}",
    move(dp.MOV, shiftedRegister),
    { except: pcIn("rd", "rm") },
  ),
  insn(
    "MOV_imm",
    "1111 0 imm12:1 0 0010 s:1 1111 0 imm12:3 rd:4 imm12:8",
    "mov{s:s}{:c}.w {rd:r}, {imm12:thumbimm}",
    move(dp.MOV, thumbImmediate),
    {
      except: pcIn("rd"),
    },
  ),
  insn(
    "MVN_reg",
    "1110 101 0011 s:1 1111 0 imm5:3 rd:4 imm5:2 type:2 rm:4",
    "mvn{s:s}{:c}.w {rd:r}, {rm:r}{imm5:shift}",
    move(dp.MVN, shiftedRegister),
    { except: pcIn("rd", "rm") },
  ),
  insn(
    "MVN_imm",
    "1111 0 imm12:1 0 0011 s:1 1111 0 imm12:3 rd:4 imm12:8",
    "mvn{s:s}{:c}.w {rd:r}, {imm12:thumbimm}",
    move(dp.MVN, thumbImmediate),
    {
      except: pcIn("rd"),
    },
  ),
  insn("PKH", "1110 1010 1100 rn:4 0 imm5:3 rd:4 imm5:2 tb:1 0 rm:4", "pkh{tb:tbbt}{:c} {rd:r}, {rn:r}, {rm:r}{imm5:satshift}", media.PKH, {
    except: pcIn("rd", "rn", "rm"),
  }),

  // LSL, LSR, ASR, ROR (register): R[n] shifted by R[m].
  insn(
    "SHIFT_rsr",
    "1111 1010 0 type:2 s:1 rm:4 1111 rd:4 0000 rs:4",
    "{type:shiftname}{s:s}{:c}.w {rd:r}, {rm:r}, {rs:r}",
    move(dp.MOV, registerShiftedRegister),
    {
      except: pcIn("rd", "rm", "rs"),
    },
  ),

  // Plain immediates (A6.3.3). With Rn 15, ADR.
  insn("ADDW", plainPattern("00000"), "addw{:c} {rd:r}, {rn:r}, #{imm}", given({ s: 0 }, dataProcessing(dp.ADD, plainImmediate)), {
    except: rdn,
  }),
  insn("SUBW", plainPattern("01010"), "subw{:c} {rd:r}, {rn:r}, #{imm}", given({ s: 0 }, dataProcessing(dp.SUB, plainImmediate)), {
    except: rdn,
  }),
  insn("ADR_add", adrPattern("00000"), "addw{:c} {rd:r}, pc, #{imm}", given({ add: 1 }, dp.ADR), { except: pcIn("rd") }),
  insn("ADR_sub", adrPattern("01010"), "subw{:c} {rd:r}, pc, #{imm}", given({ add: 0 }, dp.ADR), { except: pcIn("rd") }),
  insn("MOVW", widePattern("00100"), "movw{:c} {rd:r}, {:imm16}", (cpu, f) => dp.MOVW(cpu, { rd: f.rd, imm16: imm16(f) }), {
    except: pcIn("rd"),
  }),
  insn("MOVT", widePattern("01100"), "movt{:c} {rd:r}, {:imm16}", (cpu, f) => dp.MOVT(cpu, { rd: f.rd, imm16: imm16(f) }), {
    except: pcIn("rd"),
  }),

  // ASR by 0 is SSAT16 and USAT16.
  insn("SSAT", satPattern("100"), "ssat{:c} {rd:r}, #{sat:plus1}, {rn:r}{imm5:satshift}", media.saturate(true), {
    except: [...rdn, { sh: 1, imm5: 0 }],
  }),
  insn("USAT", satPattern("110"), "usat{:c} {rd:r}, #{sat}, {rn:r}{imm5:satshift}", media.saturate(false), {
    except: [...rdn, { sh: 1, imm5: 0 }],
  }),
  insn("SSAT16", "1111 0 0 1 10010 rn:4 0 000 rd:4 00 00 sat:4", "ssat16{:c} {rd:r}, #{sat:plus1}, {rn:r}", media.saturate16(true), {
    except: rdn,
  }),
  insn("USAT16", "1111 0 0 1 11010 rn:4 0 000 rd:4 00 00 sat:4", "usat16{:c} {rd:r}, #{sat}, {rn:r}", media.saturate16(false), {
    except: rdn,
  }),
  insn("SBFX", fieldPattern("10100"), "sbfx{:c} {rd:r}, {rn:r}, #{lsb}, #{widthm1:plus1}", media.bitFieldExtract(true), { except: rdn }),
  insn("UBFX", fieldPattern("11100"), "ubfx{:c} {rd:r}, {rn:r}, #{lsb}, #{widthm1:plus1}", media.bitFieldExtract(false), { except: rdn }),
  insn("BFI", "1111 0 0 1 10110 rn:4 0 lsb:3 rd:4 lsb:2 0 msb:5", "bfi{:c} {rd:r}, {rn:r}, #{lsb}, {msb:width}", media.BFI, {
    except: rdn,
  }),
  insn("BFC", "1111 0 0 1 10110 1111 0 lsb:3 rd:4 lsb:2 0 msb:5", "bfc{:c} {rd:r}, #{lsb}, {msb:width}", media.BFC, { except: pcIn("rd") }),
];
