/** Branches and jumps. The delay slot is the translator's business. */
import type { Value } from "@tsemu/ir";
import { insn, type MipsItem } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";

type Condition = (t: MipsTranslator, rs: number, rt: number) => Value;

const equal: Condition = (t, rs, rt) => t.ir.eq(t.G(rs), t.G(rt));
const notEqual: Condition = (t, rs, rt) => t.ir.ne(t.G(rs), t.G(rt));
const lessZero: Condition = (t, rs) => t.ir.ltS(t.G(rs), t.constant(0));
const lessEqualZero: Condition = (t, rs) => t.ir.leS(t.G(rs), t.constant(0));
const greaterZero: Condition = (t, rs) => t.ir.gtS(t.G(rs), t.constant(0));
const greaterEqualZero: Condition = (t, rs) => t.ir.geS(t.G(rs), t.constant(0));

type Fields = { readonly rs: number; readonly rt?: number; readonly offset: number };

/** A branch by comparison; `link`: $31 is set whether it is taken or not. */
const branch = (
  name: string,
  pattern: string,
  operands: string,
  condition: Condition,
  options: { link?: true; likely?: true } = {},
): MipsItem =>
  insn(name, `${pattern} offset:s16`, `${name.toLowerCase()} ${operands},{offset:b}`, ((
    t: MipsTranslator,
    { rs, rt = 0, offset }: Fields,
  ) => {
    // rs = 31 with a link is UNPREDICTABLE; the old value decides, as in QEMU.
    const taken = condition(t, rs, rt);
    if (options.link === true && !t.inDelaySlot) t.link(31);
    if (options.likely === true) t.branchLikely(taken, offset);
    else if (rs === rt && name === "BEQ") t.branchTo(t.pc + 4 * offset);
    else t.branchIf(taken, offset);
  }) as never);

/** Bits 27 to 2 of a jump's target; the others are those of the delay slot. */
const jumpTarget = (t: MipsTranslator, index: number): number => t.pc - (t.pc % 0x1000_0000) + 4 * index;

const jump = (t: MipsTranslator, index: number, link: boolean): void => {
  if (link && !t.inDelaySlot) t.link(31);
  t.branchTo(jumpTarget(t, index));
};

/** `JALX` and targets with bit 0 set lead to MIPS16e code, which none of the models executes: an address error at the target. */
const jumpRegister = (t: MipsTranslator, rs: number, rd: number | undefined): void => {
  const target = t.G(rs);
  if (rd !== undefined && !t.inDelaySlot) t.link(rd);
  t.jumpRegister(target);
};

export const branchRows: readonly MipsItem[] = [
  branch("BEQ", "000100 rs:5 rt:5", "{rs:r},{rt:r}", equal),
  branch("BNE", "000101 rs:5 rt:5", "{rs:r},{rt:r}", notEqual),
  branch("BLEZ", "000110 rs:5 00000", "{rs:r}", lessEqualZero),
  branch("BGTZ", "000111 rs:5 00000", "{rs:r}", greaterZero),
  branch("BEQL", "010100 rs:5 rt:5", "{rs:r},{rt:r}", equal, { likely: true }),
  branch("BNEL", "010101 rs:5 rt:5", "{rs:r},{rt:r}", notEqual, { likely: true }),
  branch("BLEZL", "010110 rs:5 00000", "{rs:r}", lessEqualZero, { likely: true }),
  branch("BGTZL", "010111 rs:5 00000", "{rs:r}", greaterZero, { likely: true }),
  branch("BLTZ", "000001 rs:5 00000", "{rs:r}", lessZero),
  branch("BGEZ", "000001 rs:5 00001", "{rs:r}", greaterEqualZero),
  branch("BLTZL", "000001 rs:5 00010", "{rs:r}", lessZero, { likely: true }),
  branch("BGEZL", "000001 rs:5 00011", "{rs:r}", greaterEqualZero, { likely: true }),
  branch("BLTZAL", "000001 rs:5 10000", "{rs:r}", lessZero, { link: true }),
  branch("BGEZAL", "000001 rs:5 10001", "{rs:r}", greaterEqualZero, { link: true }),
  branch("BLTZALL", "000001 rs:5 10010", "{rs:r}", lessZero, { link: true, likely: true }),
  branch("BGEZALL", "000001 rs:5 10011", "{rs:r}", greaterEqualZero, { link: true, likely: true }),
  insn("J", "000010 index:26", "j {index:j}", (t, { index }) => jump(t, index, false)),
  insn("JAL", "000011 index:26", "jal {index:j}", (t, { index }) => jump(t, index, true)),
  // The hint's bit is .HB: instruction hazards are cleared, which is so at every block's end. Other hints are reserved.
  insn("JR", "000000 rs:5 00000 00000 hb:1 0000 001000", "jr{hb:hb} {rs:r}", (t, { rs }) => jumpRegister(t, rs, undefined)),
  insn("JALR", "000000 rs:5 00000 rd:5 hb:1 0000 001001", "jalr{hb:hb} {rd:r},{rs:r}", (t, { rs, rd }) => jumpRegister(t, rs, rd)),
];
