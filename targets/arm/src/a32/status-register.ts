/** A32 MRS, MSR, ERET (ARM DDI 0406C, A5.2.11, A5.2.12, B9.3). */
import { exceptionReturn } from "../insns/data-processing.ts";
import * as status from "../insns/status-register.ts";
import { ARMExpandImm } from "../pseudocode.ts";
import { type ArmItem, insn, pcIn } from "../rows.ts";

export const statusRegisterRows: readonly ArmItem[] = [
  insn("MRS", "cond:4 0001 0 r:1 00 1111 rd:4 0000 0000 0000", "mrs{cond:c} {rd:r}, {r:psr}", status.MRS, { except: pcIn("rd") }),
  insn("MSR_reg", "cond:4 0001 0 r:1 10 mask:4 1111 0000 0000 rn:4", "msr{cond:c} {r:psr}, {rn:r}", status.MSR_reg, { except: pcIn("rn") }),
  insn(
    "MRS_banked",
    "cond:4 0001 0 r:1 00 m1:4 rd:4 001 m:1 0000 0000",
    "mrs{cond:c} {rd:r}, {m1:banked}",
    (cpu, f) => status.MRS_banked(cpu, { ...f, sysm: (f.m << 4) | f.m1 }),
    {
      needs: "virtualization",
      except: pcIn("rd"),
    },
  ),
  insn(
    "MSR_banked",
    "cond:4 0001 0 r:1 10 m1:4 1111 001 m:1 0000 rn:4",
    "msr{cond:c} {m1:banked}, {rn:r}",
    (cpu, f) => status.MSR_banked(cpu, { ...f, sysm: (f.m << 4) | f.m1 }),
    {
      needs: "virtualization",
      except: pcIn("rn"),
    },
  ),
  // With no mask bits and R = 0 it is a hint: see hints.ts.
  insn(
    "MSR_imm",
    "cond:4 0011 0 r:1 10 mask:4 1111 imm12:12",
    "msr{cond:c} {r:psr}, {imm12:modimm}",
    (cpu, { imm12, mask, r }) => status.MSR_value(cpu, ARMExpandImm(imm12), { mask, r }),
    { except: { r: 0, mask: 0 } },
  ),
  insn("ERET", "cond:4 0001 0110 0000 0000 0000 0110 1110", "eret{cond:c}", (cpu) => exceptionReturn(cpu, cpu.R(14)), {
    needs: "virtualization",
  }),
];
