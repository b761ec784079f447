/** A32 branches and calls, conditional ones (ARM DDI 0406C, A5.5, A5.2.12). */
import * as branch from "../insns/branch.ts";
import { BKPT, HVC, SMC, SVC } from "../insns/system.ts";
import { type ArmItem, insn, pcIn } from "../rows.ts";

export const branchRows: readonly ArmItem[] = [
  insn("B", "cond:4 1010 imm24:s24", "b{cond:c} {imm24:target4}", (cpu, { imm24 }) => branch.B(cpu, { offset: imm24 * 4 })),
  insn("BL", "cond:4 1011 imm24:s24", "bl{cond:c} {imm24:target4}", (cpu, { imm24 }) => branch.BL(cpu, { offset: imm24 * 4 })),
  insn("BX", "cond:4 0001 0010 1111 1111 1111 0001 rm:4", "bx{cond:c} {rm:r}", branch.BX),
  insn("BXJ", "cond:4 0001 0010 1111 1111 1111 0010 rm:4", "bxj{cond:c} {rm:r}", branch.BX, { except: pcIn("rm") }),
  insn("BLX_reg", "cond:4 0001 0010 1111 1111 1111 0011 rm:4", "blx{cond:c} {rm:r}", branch.BLX_reg, { except: pcIn("rm") }),
  insn("SVC", "cond:4 1111 imm:24", "svc{cond:c} {imm:hex8}", SVC),
  insn("BKPT", "cond:4 0001 0010 imm:12 0111 imm:4", "bkpt {imm:hex4}", BKPT),
  insn("HVC", "cond:4 0001 0100 imm:12 0111 imm:4", "hvc #{imm}", HVC, { needs: "hvc" }),
  insn("SMC", "cond:4 0001 0110 0000 0000 0000 0111 imm:4", "smc{cond:c} #{imm}", SMC, { needs: "security" }),
];
