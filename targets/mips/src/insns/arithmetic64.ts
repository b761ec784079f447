/** MIPS64: arithmetic, shifts, bit fields, multiplication of doublewords (MIPS64 Architecture For Programmers, volume II). */
import type { Value } from "@tsemu/ir";
import { insn, type MipsItem, type MipsMeta, type R3, three } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";
import { trapping } from "./arithmetic.ts";
import { divide } from "./multiply.ts";

/** Runs only where 64-bit operations may be used. */
const wide =
  <F>(execute: (t: MipsTranslator, fields: F) => void) =>
  (t: MipsTranslator, fields: F): void => {
    if (t.operations64) execute(t, fields);
    else t.reservedInstruction();
  };

const both = (compute: (t: MipsTranslator, a: Value, b: Value) => Value) =>
  wide((t, { rs, rt, rd }: R3) => t.setG(rd, compute(t, t.G(rs), t.G(rt))));

const immediate = (name: string, opcode: string, compute: (t: MipsTranslator, a: Value, b: Value) => Value): MipsItem =>
  insn(
    name,
    `${opcode} rs:5 rt:5 imm:s16`,
    `${name.toLowerCase()} {rt:r},{rs:r},{imm}`,
    wide((t, { rs, rt, imm }: { rs: number; rt: number; imm: number }) => t.setG(rt, compute(t, t.G(rs), t.ir.i64(imm)))) as never,
    { needs: "mips64" },
  );

type Shift = { readonly rt: number; readonly rd: number; readonly sa: number };

const shift = (name: string, high: string, funct: string, plus: 0 | 32, op: "shl" | "shrU" | "shrS" | "rotr"): MipsItem =>
  insn(
    name,
    `000000 ${high} rt:5 rd:5 sa:5 ${funct}`,
    `${name.toLowerCase()} {rd:r},{rt:r},{sa:hex}`,
    wide((t, { rt, rd, sa }: Shift) => t.setG(rd, t.ir[op](t.G(rt), t.ir.i64(sa + plus)))) as never,
    { needs: high === "00001" ? "mips64r2" : "mips64" },
  );

const variable = (name: string, middle: string, funct: string, op: "shl" | "shrU" | "shrS" | "rotr"): MipsItem =>
  insn(
    name,
    `000000 rs:5 rt:5 rd:5 ${middle} ${funct}`,
    `${name.toLowerCase()} {rd:r},{rt:r},{rs:r}`,
    wide((t, { rs, rt, rd }: R3) => t.setG(rd, t.ir[op](t.G(rt), t.G(rs)))) as never,
    { needs: middle === "00001" ? "mips64r2" : "mips64" },
  );

/** The high 64 bits of a product of 64 by 64 bits, from four products of 32 by 32. */
function productHigh(t: MipsTranslator, signed: boolean, a: Value, b: Value): Value {
  const { ir } = t;
  const n32 = ir.i64(32n);
  const low = (v: Value): Value => ir.and(v, ir.i64(0xffff_ffffn));
  const high = (v: Value): Value => ir.shrU(v, n32);
  const middle = ir.add(ir.mul(high(a), low(b)), high(ir.mul(low(a), low(b))));
  const other = ir.add(ir.mul(low(a), high(b)), low(middle));
  const unsigned = ir.add(ir.add(ir.mul(high(a), high(b)), high(middle)), high(other));
  if (!signed) return unsigned;
  const sign = (v: Value): Value => ir.shrS(v, ir.i64(63n));
  return ir.sub(ir.sub(unsigned, ir.and(sign(a), b)), ir.and(sign(b), a));
}

type Operands = { readonly rs: number; readonly rt: number };

const multiply = (signed: boolean) =>
  wide((t, { rs, rt }: Operands) => {
    const a = t.G(rs);
    const b = t.G(rt);
    t.ir.set(t.s.lo[0]!, t.ir.mul(a, b));
    t.ir.set(t.s.hi[0]!, productHigh(t, signed, a, b));
  });

const division = (signed: boolean) =>
  wide((t, { rs, rt }: Operands) => {
    const { quotient, remainder } = divide(t, signed, t.G(rs), t.G(rt));
    t.ir.set(t.s.lo[0]!, quotient);
    t.ir.set(t.s.hi[0]!, remainder);
  });

const bits = (size: number): bigint => (1n << BigInt(size)) - 1n;

type Extract = { readonly rs: number; readonly rt: number; readonly msbd: number; readonly lsb: number };

const extract = (name: string, funct: string, plusSize: number, plusLsb: number): MipsItem =>
  insn(
    name,
    `011111 rs:5 rt:5 msbd:5 lsb:5 ${funct}`,
    `${name.toLowerCase()} {rt:r},{rs:r},{lsb:${plusLsb === 0 ? "hex" : "plus32"}},{msbd:${plusSize === 1 ? "plus1" : "plus33"}}`,
    wide((t, { rs, rt, msbd, lsb }: Extract) => {
      const from = lsb + plusLsb;
      const size = msbd + plusSize;
      if (from + size > 64) return t.reservedInstruction();
      t.setG(rt, t.ir.and(t.ir.shrU(t.G(rs), t.ir.i64(from)), t.ir.i64(bits(size))));
    }) as never,
    { needs: "mips64r2" },
  );

type Insert = { readonly rs: number; readonly rt: number; readonly msb: number; readonly lsb: number };

const insert = (name: string, funct: string, plusMsb: number, plusLsb: number): MipsItem =>
  insn(
    name,
    `011111 rs:5 rt:5 msb:5 lsb:5 ${funct}`,
    `${name.toLowerCase()} {rt:r},{rs:r},{lsb:${plusLsb === 0 ? "hex" : "plus32"}},{msb:${plusMsb === plusLsb ? "size" : "size32"}}`,
    wide((t, { rs, rt, msb, lsb }: Insert) => {
      const to = lsb + plusLsb;
      const size = msb + plusMsb - to + 1;
      if (size < 1) return t.reservedInstruction();
      const { ir } = t;
      const mask = bits(size) << BigInt(to);
      t.setG(rt, ir.or(ir.and(t.G(rt), ir.i64(~mask)), ir.and(ir.shl(t.G(rs), ir.i64(to)), ir.i64(mask))));
    }) as never,
    { needs: "mips64r2" },
  );

/** The halfwords, or bytes of the halfwords, in opposite order. */
function swapped(t: MipsTranslator, value: Value, size: 8 | 16): Value {
  const { ir } = t;
  const mask = ir.i64(size === 8 ? 0x00ff_00ff_00ff_00ffn : 0x0000_ffff_0000_ffffn);
  const n = ir.i64(size);
  return ir.or(ir.and(ir.shrU(value, n), mask), ir.shl(ir.and(value, mask), n));
}

const needs64: Partial<MipsMeta> = { needs: "mips64" };

export const arithmetic64Rows: readonly MipsItem[] = [
  three(
    "DADD",
    "101100",
    both((t, a, b) => trapping(t, "add", a, b)),
    "mips64",
  ),
  three(
    "DADDU",
    "101101",
    both((t, a, b) => t.ir.add(a, b)),
    "mips64",
  ),
  three(
    "DSUB",
    "101110",
    both((t, a, b) => trapping(t, "sub", a, b)),
    "mips64",
  ),
  three(
    "DSUBU",
    "101111",
    both((t, a, b) => t.ir.sub(a, b)),
    "mips64",
  ),
  immediate("DADDI", "011000", (t, a, b) => trapping(t, "add", a, b)),
  immediate("DADDIU", "011001", (t, a, b) => t.ir.add(a, b)),
  shift("DSLL", "00000", "111000", 0, "shl"),
  shift("DSRL", "00000", "111010", 0, "shrU"),
  shift("DROTR", "00001", "111010", 0, "rotr"),
  shift("DSRA", "00000", "111011", 0, "shrS"),
  shift("DSLL32", "00000", "111100", 32, "shl"),
  shift("DSRL32", "00000", "111110", 32, "shrU"),
  shift("DROTR32", "00001", "111110", 32, "rotr"),
  shift("DSRA32", "00000", "111111", 32, "shrS"),
  variable("DSLLV", "00000", "010100", "shl"),
  variable("DSRLV", "00000", "010110", "shrU"),
  variable("DROTRV", "00001", "010110", "rotr"),
  variable("DSRAV", "00000", "010111", "shrS"),
  insn("DMULT", "000000 rs:5 rt:5 00000 00000 011100", "dmult {rs:r},{rt:r}", multiply(true), needs64),
  insn("DMULTU", "000000 rs:5 rt:5 00000 00000 011101", "dmultu {rs:r},{rt:r}", multiply(false), needs64),
  insn("DDIV", "000000 rs:5 rt:5 00000 00000 011110", "ddiv zero,{rs:r},{rt:r}", division(true), needs64),
  insn("DDIVU", "000000 rs:5 rt:5 00000 00000 011111", "ddivu zero,{rs:r},{rt:r}", division(false), needs64),
  insn(
    "DCLZ",
    "011100 rs:5 ----- rd:5 00000 100100",
    "dclz {rd:r},{rs:r}",
    wide((t, { rs, rd }: { rs: number; rd: number }) => t.setG(rd, t.ir.clz(t.G(rs)))),
    needs64,
  ),
  insn(
    "DCLO",
    "011100 rs:5 ----- rd:5 00000 100101",
    "dclo {rd:r},{rs:r}",
    wide((t, { rs, rd }: { rs: number; rd: number }) => t.setG(rd, t.ir.clz(t.ir.not(t.G(rs))))),
    needs64,
  ),
  extract("DEXTM", "000001", 33, 0),
  extract("DEXTU", "000010", 1, 32),
  extract("DEXT", "000011", 1, 0),
  insert("DINSM", "000101", 32, 0),
  insert("DINSU", "000110", 32, 32),
  insert("DINS", "000111", 0, 0),
  insn(
    "DSBH",
    "011111 00000 rt:5 rd:5 00010 100100",
    "dsbh {rd:r},{rt:r}",
    wide((t, { rt, rd }: { rt: number; rd: number }) => t.setG(rd, swapped(t, t.G(rt), 8))),
    { needs: "mips64r2" },
  ),
  insn(
    "DSHD",
    "011111 00000 rt:5 rd:5 00101 100100",
    "dshd {rd:r},{rt:r}",
    wide((t, { rt, rd }: { rt: number; rd: number }) => t.setG(rd, t.ir.rotl(swapped(t, t.G(rt), 16), t.ir.i64(32n)))),
    { needs: "mips64r2" },
  ),
];
