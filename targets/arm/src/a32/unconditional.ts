/** The unconditional A32 space without Advanced SIMD (ARM DDI 0406C, A5.7). */
import * as branch from "../insns/branch.ts";
import { noOperation } from "../insns/load-store.ts";
import { RFE, SRS } from "../insns/load-store-multiple.ts";
import { CPS, SETEND } from "../insns/status-register.ts";
import { CLREX } from "../insns/synchronization.ts";
import { barrier, ISB } from "../insns/system.ts";
import { type ArmItem, insn } from "../rows.ts";

export const unconditionalRows: readonly ArmItem[] = [
  // H is bit 1 of the target, which is T32 code.
  insn("BLX_imm", "1111 101 h:1 imm24:s24", "blx {imm24:targeth}", (cpu, { h, imm24 }) =>
    branch.BLX_imm(cpu, { offset: imm24 * 4 + 2 * h }),
  ),

  insn("CPS", "1111 0001 0000 imod:2 m:1 0 0000 000 aif:3 0 mode:5", "cps{imod:imod} {aif:aif}{m:comma}{mode:cpsmode}", CPS, {
    needs: "v6",
  }),
  insn("SETEND", "1111 0001 0000 0001 0000 00 e:1 0 0000 0000", "setend {e:endian}", SETEND, { needs: "v6" }),
  insn("SRS", "1111 100 p:1 u:1 1 w:1 0 1101 0000 0101 000 mode:5", "srs{p:frame} sp{w:bang}, #{mode}", SRS, { needs: "v6" }),
  insn("RFE", "1111 100 p:1 u:1 0 w:1 1 rn:4 0000 1010 0000 0000", "rfe{p:frame} {rn:rw}", RFE, { needs: "v6" }),

  insn("CLREX", "1111 0101 0111 1111 1111 0000 0001 1111", "clrex", CLREX, { needs: "v6K" }),
  insn("DSB", "1111 0101 0111 1111 1111 0000 0100 option:4", "dsb {option:barrier}", barrier, { needs: "v7" }),
  insn("DMB", "1111 0101 0111 1111 1111 0000 0101 option:4", "dmb {option:barrier}", barrier, { needs: "v7" }),
  insn("ISB", "1111 0101 0111 1111 1111 0000 0110 option:4", "isb {option:isb}", ISB, { needs: "v7" }),

  // Memory hints. Rn 15 is the literal form.
  insn("PLD_imm", "1111 0101 u:1 1 01 rn:4 1111 imm:12", "pld {:immaddr}", noOperation),
  insn("PLD_reg", "1111 0111 u:1 1 01 rn:4 1111 imm5:5 type:2 0 rm:4", "pld {:regaddr}", noOperation),
  insn("PLDW_imm", "1111 0101 u:1 0 01 rn:4 1111 imm:12", "pldw {:immaddr}", noOperation, { needs: "mp" }),
  insn("PLDW_reg", "1111 0111 u:1 0 01 rn:4 1111 imm5:5 type:2 0 rm:4", "pldw {:regaddr}", noOperation, { needs: "mp" }),
  insn("PLI_imm", "1111 0100 u:1 1 01 rn:4 1111 imm:12", "pli {:immaddr}", noOperation, { needs: "v7" }),
  insn("PLI_reg", "1111 0110 u:1 1 01 rn:4 1111 imm5:5 type:2 0 rm:4", "pli {:regaddr}", noOperation, { needs: "v7" }),
  // Hints that are not allocated: NOPs with the Multiprocessing Extensions.
  insn("HINT_imm", "1111 0100 u:1 0 01 rn:4 ---- imm:12", "nop", noOperation, { needs: "mp" }),
  insn("HINT_reg", "1111 0110 u:1 0 01 rn:4 ---- imm5:5 type:2 0 rm:4", "nop", noOperation, { needs: "mp" }),
];
