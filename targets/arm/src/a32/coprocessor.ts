/** A32 transfers to coprocessors 14 and 15 (ARM DDI 0406C, A5.6). LDC and STC to them are undefined, as are other coprocessors but 10 and 11. */
import * as cp from "../insns/coprocessor.ts";
import { type ArmItem, insn } from "../rows.ts";

export const coprocessorRows: readonly ArmItem[] = [
  insn(
    "MCR",
    "cond:4 1110 opc1:3 0 crn:4 rt:4 111 cp:1 opc2:3 1 crm:4",
    "mcr{cond:c} {cp:cp}, {opc1}, {rt:r}, cr{crn}, cr{crm}, {{{opc2}}}",
    cp.MCR,
  ),
  insn(
    "MRC",
    "cond:4 1110 opc1:3 1 crn:4 rt:4 111 cp:1 opc2:3 1 crm:4",
    "mrc{cond:c} {cp:cp}, {opc1}, {rt:rtflags}, cr{crn}, cr{crm}, {{{opc2}}}",
    cp.MRC,
  ),
  insn("MCRR", "cond:4 1100 0100 rt2:4 rt:4 111 cp:1 opc1:4 crm:4", "mcrr{cond:c} {cp:cp}, {opc1}, {rt:r}, {rt2:r}, cr{crm}", cp.MCRR),
  insn("MRRC", "cond:4 1100 0101 rt2:4 rt:4 111 cp:1 opc1:4 crm:4", "mrrc{cond:c} {cp:cp}, {opc1}, {rt:r}, {rt2:r}, cr{crm}", cp.MRRC),
];
