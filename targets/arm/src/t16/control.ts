/** T16 branches, hints, IT, processor state, calls (ARM DDI 0406C, A6.2.5, A6.2.6, A8.8.18, A8.8.25, A8.8.54). */
import { firstOf } from "@tsemu/decode";
import * as branch from "../insns/branch.ts";
import { CPS, SETEND } from "../insns/status-register.ts";
import { BKPT, NOP, SVC, UDF, WFE, WFI, YIELD } from "../insns/system.ts";
import { type ArmItem, insn, pcIn } from "../rows.ts";

const v6T2 = { needs: "v6T2" } as const;

export const controlT16: readonly ArmItem[] = [
  insn("BX", "0100 0111 0 rm:4 000", "bx{:c} {rm:r}", branch.BX),
  insn("BLX_reg", "0100 0111 1 rm:4 000", "blx{:c} {rm:r}", branch.BLX_reg, { except: pcIn("rm") }),
  insn(
    "CBZ",
    "1011 nonzero:1 0 imm:1 1 imm:5 rn:3",
    "cb{nonzero:n}z {rn:r}, {imm:target2}",
    (cpu, f) => branch.CBZ(cpu, { ...f, offset: 2 * f.imm }),
    v6T2,
  ),
  // Inside an IT block UNPREDICTABLE: taken if both conditions hold.
  insn(
    "B_cond",
    "1101 cond:4 imm8:s8",
    "b{cond:c}.n {imm8:target2}",
    (cpu, { cond, imm8 }) => cpu.conditionally(cond, () => branch.B(cpu, { offset: 2 * imm8 })),
    {
      except: { cond: [14, 15] },
    },
  ),
  insn("B", "1110 0 imm11:s11", "b{:c}.n {imm11:target2}", (cpu, { imm11 }) => branch.B(cpu, { offset: 2 * imm11 })),

  // BL and BLX before Thumb-2.
  insn("BL_prefix", "1111 0 imm11:s11", "bl_prefix {imm11}", (cpu, { imm11 }) => branch.BL_prefix(cpu, { offset: imm11 << 12 }), {
    needs: "beforeV6T2",
  }),
  insn("BL_suffix", "1111 1 imm11:11", "bl_suffix {imm11}", (cpu, { imm11 }) => branch.BL_suffix(cpu, { offset: 2 * imm11 }), {
    needs: "beforeV6T2",
  }),
  insn("BLX_suffix", "1110 1 imm10:10 0", "blx_suffix {imm10}", (cpu, { imm10 }) => branch.BLX_suffix(cpu, { offset: 4 * imm10 }), {
    needs: "beforeV6T2",
  }),

  insn(
    "IT",
    "1011 1111 firstcond:4 mask:4",
    "i{mask:itx} {firstcond:it}",
    (cpu, { firstcond, mask }) => (cpu.itState = (firstcond << 4) | mask),
    {
      ...v6T2,
      except: { mask: 0 },
    },
  ),
  // The last row is all of the space that those before it leave.
  firstOf(
    insn("YIELD", "1011 1111 0001 0000", "yield{:c}", YIELD, v6T2),
    insn("WFE", "1011 1111 0010 0000", "wfe{:c}", WFE, v6T2),
    insn("WFI", "1011 1111 0011 0000", "wfi{:c}", WFI, v6T2),
    insn("SEV", "1011 1111 0100 0000", "sev{:c}", NOP, v6T2),
    insn("NOP", "1011 1111 ---- 0000", "nop{:c}", NOP, v6T2),
  ),
  insn("SETEND", "1011 0110 010 1 e:1 000", "setend {e:endian}", SETEND, { needs: "v6" }),
  insn("CPS", "1011 0110 011 im:1 0 aif:3", "cpsi{im:im} {aif:aif}", (cpu, { im, aif }) => CPS(cpu, { imod: 2 + im, m: 0, aif, mode: 0 }), {
    needs: "v6",
  }),
  insn("BKPT", "1011 1110 imm:8", "bkpt {imm:hex4}", BKPT, { ignoresIT: true }),
  insn("UDF", "1101 1110 imm:8", "udf{:c} #{imm}", UDF),
  insn("SVC", "1101 1111 imm:8", "svc{:c} {imm}", SVC),
];
