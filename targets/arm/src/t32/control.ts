/** T32 branches, status registers, hints, barriers, calls, coprocessors 14 and 15 (ARM DDI 0406C, A6.3.4, A6.3.6, A6.3.18). */
import { firstOf } from "@tsemu/decode";
import * as branch from "../insns/branch.ts";
import * as cp from "../insns/coprocessor.ts";
import { exceptionReturn } from "../insns/data-processing.ts";
import * as status from "../insns/status-register.ts";
import { CLREX } from "../insns/synchronization.ts";
import { barrier, HVC, ISB, NOP, SMC, UDF, WFE, WFI, YIELD } from "../insns/system.ts";
import { plus } from "../pseudocode.ts";
import { type ArmItem, insn, pcIn } from "../rows.ts";
import { LR } from "../translator.ts";
import { farOffset, nearOffset } from "./offsets.ts";

export const controlT32: readonly ArmItem[] = [
  // Conditions 14 and 15 are the rest of this chapter.
  insn(
    "B_cond",
    "1111 0 s:1 cond:4 high:6 10 j1:1 0 j2:1 low:11",
    "b{cond:c}.w {:near}",
    (cpu, f) => cpu.conditionally(f.cond, () => branch.B(cpu, { offset: nearOffset(f) })),
    { except: { cond: [14, 15] } },
  ),
  insn("B", "1111 0 s:1 high:10 10 j1:1 1 j2:1 low:11", "b{:c}.w {:far}", (cpu, f) => branch.B(cpu, { offset: farOffset(f) })),
  insn("BL", "1111 0 s:1 high:10 11 j1:1 1 j2:1 low:11", "bl{:c} {:far}", (cpu, f) => branch.BL(cpu, { offset: farOffset(f) })),
  insn("BLX_imm", "1111 0 s:1 high:10 11 j1:1 0 j2:1 low10:10 0", "blx{:c} {:farx}", (cpu, f) =>
    branch.BLX_imm(cpu, { offset: farOffset({ ...f, low: 2 * f.low10 }) }),
  ),
  insn("TBB", "1110 1000 1101 rn:4 1111 0000 0000 rm:4", "tbb{:c} [{rn:r}, {rm:r}]", branch.tableBranch(1), { except: pcIn("rm") }),
  insn("TBH", "1110 1000 1101 rn:4 1111 0000 0001 rm:4", "tbh{:c} [{rn:r}, {rm:r}, lsl #1]", branch.tableBranch(2), { except: pcIn("rm") }),
  insn("BXJ", "1111 0011 1100 rm:4 1000 1111 0000 0000", "bxj{:c} {rm:r}", branch.BX, { except: pcIn("rm") }),
  // ERET is SUBS PC, LR, #0.
  insn("SUBS_PC_LR", "1111 0011 1101 1110 1000 1111 imm8:8", "subs{:c} pc, lr, #{imm8}", (cpu, { imm8 }) =>
    exceptionReturn(cpu, plus(cpu, cpu.R(LR), -imm8)),
  ),

  insn("MSR_reg", "1111 0011 100 r:1 rn:4 1000 mask:4 0000 0000", "msr{:c} {r:psr}, {rn:r}", status.MSR_reg, { except: pcIn("rn") }),
  insn(
    "MSR_banked",
    "1111 0011 100 r:1 rn:4 1000 m1:4 001 m:1 0000",
    "msr{:c} {m1:banked}, {rn:r}",
    (cpu, f) => status.MSR_banked(cpu, { ...f, sysm: (f.m << 4) | f.m1 }),
    { needs: "virtualization", except: pcIn("rn") },
  ),
  insn("MRS", "1111 0011 111 r:1 1111 1000 rd:4 0000 0000", "mrs{:c} {rd:r}, {r:psr}", status.MRS, { except: pcIn("rd") }),
  insn(
    "MRS_banked",
    "1111 0011 111 r:1 m1:4 1000 rd:4 001 m:1 0000",
    "mrs{:c} {rd:r}, {m1:banked}",
    (cpu, f) => status.MRS_banked(cpu, { ...f, sysm: (f.m << 4) | f.m1 }),
    { needs: "virtualization", except: pcIn("rd") },
  ),

  // Hints are CPS without a change; NOP is all of their space that the rows before it leave.
  firstOf(
    insn("YIELD", "1111 0011 1010 1111 1000 0000 0000 0001", "yield{:c}.w", YIELD),
    insn("WFE", "1111 0011 1010 1111 1000 0000 0000 0010", "wfe{:c}.w", WFE),
    insn("WFI", "1111 0011 1010 1111 1000 0000 0000 0011", "wfi{:c}.w", WFI),
    insn("SEV", "1111 0011 1010 1111 1000 0000 0000 0100", "sev{:c}.w", NOP),
    insn("DBG", "1111 0011 1010 1111 1000 0000 1111 option:4", "dbg{:c} #{option}", NOP),
    insn("NOP", "1111 0011 1010 1111 1000 0000 ---- ----", "nop{:c}.w", NOP),
    insn(
      "CPS",
      "1111 0011 1010 1111 1000 0 imod:2 m:1 aif:3 mode:5",
      "cps{imod:imod}{:cpswide} {aif:aif}{m:comma}{mode:cpsmode}",
      status.CPS,
    ),
  ),
  insn("CLREX", "1111 0011 1011 1111 1000 1111 0010 1111", "clrex{:c}", CLREX),
  insn("DSB", "1111 0011 1011 1111 1000 1111 0100 option:4", "dsb{:c} {option:barrier}", barrier),
  insn("DMB", "1111 0011 1011 1111 1000 1111 0101 option:4", "dmb{:c} {option:barrier}", barrier),
  insn("ISB", "1111 0011 1011 1111 1000 1111 0110 option:4", "isb{:c} {option:isb}", ISB),
  insn("HVC", "1111 0111 1110 imm:4 1000 imm:12", "hvc{:c} #{imm}", HVC, { needs: "hvc" }),
  insn("SMC", "1111 0111 1111 imm:4 1000 0000 0000 0000", "smc{:c} #{imm}", SMC, { needs: "security" }),
  insn("UDF", "1111 0111 1111 imm:4 1010 imm:12", "udf{:c}.w #{imm}", UDF),

  insn(
    "MCR",
    "1110 1110 opc1:3 0 crn:4 rt:4 111 cp:1 opc2:3 1 crm:4",
    "mcr{:c} {cp:cp}, {opc1}, {rt:r}, cr{crn}, cr{crm}, {{{opc2}}}",
    cp.MCR,
  ),
  insn(
    "MRC",
    "1110 1110 opc1:3 1 crn:4 rt:4 111 cp:1 opc2:3 1 crm:4",
    "mrc{:c} {cp:cp}, {opc1}, {rt:rtflags}, cr{crn}, cr{crm}, {{{opc2}}}",
    cp.MRC,
  ),
  insn("MCRR", "1110 1100 0100 rt2:4 rt:4 111 cp:1 opc1:4 crm:4", "mcrr{:c} {cp:cp}, {opc1}, {rt:r}, {rt2:r}, cr{crm}", cp.MCRR),
  insn("MRRC", "1110 1100 0101 rt2:4 rt:4 111 cp:1 opc1:4 crm:4", "mrrc{:c} {cp:cp}, {opc1}, {rt:r}, {rt2:r}, cr{crm}", cp.MRRC),
];
