/** A32 hints (ARM DDI 0406C, A5.2.11). What is not allocated is a NOP, on older architectures too. */
import { firstOf } from "@tsemu/decode";
import { NOP, WFE, WFI, YIELD } from "../insns/system.ts";
import { type ArmItem, insn } from "../rows.ts";

export const hintRows: readonly ArmItem[] = [
  // The last row is all of the space that those before it leave.
  firstOf(
    insn("YIELD", "cond:4 0011 0010 0000 1111 ---- 0000 0001", "yield{cond:c}", YIELD),
    insn("WFE", "cond:4 0011 0010 0000 1111 ---- 0000 0010", "wfe{cond:c}", WFE),
    insn("WFI", "cond:4 0011 0010 0000 1111 ---- 0000 0011", "wfi{cond:c}", WFI),
    insn("SEV", "cond:4 0011 0010 0000 1111 ---- 0000 0100", "sev{cond:c}", NOP),
    insn("DBG", "cond:4 0011 0010 0000 1111 ---- 1111 option:4", "dbg{cond:c} #{option}", NOP),
    insn("NOP", "cond:4 0011 0010 0000 1111 ---- ---- ----", "nop{cond:c}", NOP),
  ),
];
