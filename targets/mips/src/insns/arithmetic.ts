/** Integer arithmetic of words (MIPS32 Architecture For Programmers, volume II): shifts, sums, comparisons, bit fields, conditional moves. */
import type { Value } from "@tsemu/ir";
import { firstOf } from "@tsemu/decode";
import { exceptions } from "../host-calls.ts";
import { immediate, insn, type MipsItem, type R3, type Shift, three } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";

/** rd = compute(rs, rt) of words. */
const word =
  (compute: (t: MipsTranslator, a: Value, b: Value) => Value) =>
  (t: MipsTranslator, { rs, rt, rd }: R3): void =>
    t.setW(rd, compute(t, t.W(rs), t.W(rt)));

/** rd = compute(rs, rt) of whole registers. */
const whole =
  (compute: (t: MipsTranslator, a: Value, b: Value) => Value) =>
  (t: MipsTranslator, { rs, rt, rd }: R3): void =>
    t.setG(rd, compute(t, t.G(rs), t.G(rt)));

/** a + b or a - b; an overflow is an exception. */
export function trapping(t: MipsTranslator, op: "add" | "sub", a: Value, b: Value): Value {
  const { ir } = t;
  const overflow = ir.op(`${a.type}.${op}_overflow`, a, b);
  t.raiseIf(ir.ltS(overflow, a.type === "i32" ? ir.i32(0) : ir.i64(0n)), exceptions.overflow);
  return ir[op](a, b);
}

const shift = (
  name: string,
  funct: string,
  compute: (t: MipsTranslator, value: Value, amount: number) => Value,
  rotate: "00000" | "00001" | undefined = "00000",
): MipsItem =>
  insn(
    name,
    `000000 ${rotate} rt:5 rd:5 sa:5 ${funct}`,
    `${name.toLowerCase()} {rd:r},{rt:r},{sa:hex}`,
    ((t: MipsTranslator, { rt, rd, sa }: Shift) => t.setW(rd, compute(t, t.W(rt), sa))) as never,
    rotate === "00001" ? { needs: "r2" } : {},
  );

const lessThan = (t: MipsTranslator, signed: boolean, a: Value, b: Value): Value => t.truth(signed ? t.ir.ltS(a, b) : t.ir.ltU(a, b));

/** GPR[rs] = GPR[rt] under a condition. */
const moveIf =
  (condition: (t: MipsTranslator, rt: Value) => Value) =>
  (t: MipsTranslator, { rs, rt, rd }: R3): void =>
    t.setG(rd, t.ir.select(condition(t, t.G(rt)), t.G(rs), t.G(rd)));

const mask = (size: number): number => (size === 32 ? -1 : (1 << size) - 1);

export const arithmeticRows: readonly MipsItem[] = [
  firstOf(
    insn("NOP", "000000 00000 00000 00000 00000 000000", "nop", () => {}),
    insn("SSNOP", "000000 00000 00000 00000 00001 000000", "ssnop", () => {}),
    insn("EHB", "000000 00000 00000 00000 00011 000000", "ehb", () => {}),
    shift("SLL", "000000", (t, v, n) => t.ir.shl(v, t.ir.i32(n))),
  ),
  shift("SRL", "000010", (t, v, n) => t.ir.shrU(v, t.ir.i32(n))),
  shift("ROTR", "000010", (t, v, n) => t.ir.rotr(v, t.ir.i32(n)), "00001"),
  shift("SRA", "000011", (t, v, n) => t.ir.shrS(v, t.ir.i32(n))),
  insn(
    "SLLV",
    "000000 rs:5 rt:5 rd:5 00000 000100",
    "sllv {rd:r},{rt:r},{rs:r}",
    word((t, n, v) => t.ir.shl(v, n)),
  ),
  insn(
    "SRLV",
    "000000 rs:5 rt:5 rd:5 00000 000110",
    "srlv {rd:r},{rt:r},{rs:r}",
    word((t, n, v) => t.ir.shrU(v, n)),
  ),
  insn(
    "ROTRV",
    "000000 rs:5 rt:5 rd:5 00001 000110",
    "rotrv {rd:r},{rt:r},{rs:r}",
    word((t, n, v) => t.ir.rotr(v, n)),
    { needs: "r2" },
  ),
  insn(
    "SRAV",
    "000000 rs:5 rt:5 rd:5 00000 000111",
    "srav {rd:r},{rt:r},{rs:r}",
    word((t, n, v) => t.ir.shrS(v, n)),
  ),
  three(
    "ADD",
    "100000",
    word((t, a, b) => trapping(t, "add", a, b)),
  ),
  three(
    "ADDU",
    "100001",
    word((t, a, b) => t.ir.add(a, b)),
  ),
  three(
    "SUB",
    "100010",
    word((t, a, b) => trapping(t, "sub", a, b)),
  ),
  three(
    "SUBU",
    "100011",
    word((t, a, b) => t.ir.sub(a, b)),
  ),
  three(
    "AND",
    "100100",
    whole((t, a, b) => t.ir.and(a, b)),
  ),
  three(
    "OR",
    "100101",
    whole((t, a, b) => t.ir.or(a, b)),
  ),
  three(
    "XOR",
    "100110",
    whole((t, a, b) => t.ir.xor(a, b)),
  ),
  three(
    "NOR",
    "100111",
    whole((t, a, b) => t.ir.not(t.ir.or(a, b))),
  ),
  three(
    "SLT",
    "101010",
    whole((t, a, b) => lessThan(t, true, a, b)),
  ),
  three(
    "SLTU",
    "101011",
    whole((t, a, b) => lessThan(t, false, a, b)),
  ),
  three(
    "MOVZ",
    "001010",
    moveIf((t, rt) => t.ir.eqz(rt)),
  ),
  three(
    "MOVN",
    "001011",
    moveIf((t, rt) => t.ir.ne(rt, t.constant(0))),
  ),
  immediate("ADDI", "001000", true, (t, { rs, rt, imm }) => t.setW(rt, trapping(t, "add", t.W(rs), t.ir.i32(imm)))),
  immediate("ADDIU", "001001", true, (t, { rs, rt, imm }) => t.setW(rt, rs === 0 ? t.ir.i32(imm) : t.ir.add(t.W(rs), t.ir.i32(imm)))),
  immediate("SLTI", "001010", true, (t, { rs, rt, imm }) => t.setG(rt, lessThan(t, true, t.G(rs), t.constant(imm)))),
  immediate("SLTIU", "001011", true, (t, { rs, rt, imm }) => t.setG(rt, lessThan(t, false, t.G(rs), t.constant(imm)))),
  immediate("ANDI", "001100", false, (t, { rs, rt, imm }) => t.setG(rt, t.ir.and(t.G(rs), t.constant(imm)))),
  immediate("ORI", "001101", false, (t, { rs, rt, imm }) => t.setG(rt, rs === 0 ? t.constant(imm) : t.ir.or(t.G(rs), t.constant(imm)))),
  immediate("XORI", "001110", false, (t, { rs, rt, imm }) => t.setG(rt, t.ir.xor(t.G(rs), t.constant(imm)))),
  insn("LUI", "001111 00000 rt:5 imm:16", "lui {rt:r},{imm:hex}", (t, { rt, imm }) => t.setW(rt, t.ir.i32(imm << 16))),
  insn("CLZ", "011100 rs:5 ----- rd:5 00000 100000", "clz {rd:r},{rs:r}", (t, { rs, rd }) => t.setW(rd, t.ir.clz(t.W(rs)))),
  insn("CLO", "011100 rs:5 ----- rd:5 00000 100001", "clo {rd:r},{rs:r}", (t, { rs, rd }) => t.setW(rd, t.ir.clz(t.ir.not(t.W(rs))))),
  insn(
    "EXT",
    "011111 rs:5 rt:5 msbd:5 lsb:5 000000",
    "ext {rt:r},{rs:r},{lsb:hex},{msbd:plus1}",
    (t, { rs, rt, msbd, lsb }) => {
      // lsb + size > 32: UNPREDICTABLE; reserved here, as in QEMU.
      if (lsb + msbd > 31) return t.reservedInstruction();
      t.setW(rt, t.ir.and(t.ir.shrU(t.W(rs), t.ir.i32(lsb)), t.ir.i32(mask(msbd + 1))));
    },
    { needs: "r2" },
  ),
  insn(
    "INS",
    "011111 rs:5 rt:5 msb:5 lsb:5 000100",
    "ins {rt:r},{rs:r},{lsb:hex},{msb:size}",
    (t, { rs, rt, msb, lsb }) => {
      if (lsb > msb) return t.reservedInstruction();
      const { ir } = t;
      const bits = mask(msb - lsb + 1) << lsb;
      t.setW(rt, ir.or(ir.and(t.W(rt), ir.i32(~bits)), ir.and(ir.shl(t.W(rs), ir.i32(lsb)), ir.i32(bits))));
    },
    { needs: "r2" },
  ),
  insn(
    "WSBH",
    "011111 00000 rt:5 rd:5 00010 100000",
    "wsbh {rd:r},{rt:r}",
    (t, { rt, rd }) => t.setW(rd, t.ir.rotl(t.ir.bswap(t.W(rt)), t.ir.i32(16))),
    { needs: "r2" },
  ),
  insn("SEB", "011111 00000 rt:5 rd:5 10000 100000", "seb {rd:r},{rt:r}", (t, { rt, rd }) => t.setW(rd, t.ir.extend8S(t.W(rt))), {
    needs: "r2",
  }),
  insn("SEH", "011111 00000 rt:5 rd:5 11000 100000", "seh {rd:r},{rt:r}", (t, { rt, rd }) => t.setW(rd, t.ir.extend16S(t.W(rt))), {
    needs: "r2",
  }),
];
