/** Multiplication and division of words, and the accumulators HI and LO. */
import type { Value } from "@tsemu/ir";
import { insn, type MipsItem } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";

type Operands = { readonly rs: number; readonly rt: number };
type WithAccumulator = Operands & { readonly ac: number };

/** The 64-bit product. */
export const product = (t: MipsTranslator, signed: boolean, a: Value, b: Value): Value => {
  const wide = (v: Value): Value => (signed ? t.ir.extendS(v) : t.ir.extendU(v));
  return t.ir.mul(wide(a), wide(b));
};

/** HI:LO of an accumulator as 64 bits. */
export function accumulator(t: MipsTranslator, n: number): Value {
  const { ir, s } = t;
  return ir.or(ir.shl(ir.extendU(t.wordOf(s.hi[n]!)), ir.i64(32n)), ir.extendU(t.wordOf(s.lo[n]!)));
}

export function setAccumulator(t: MipsTranslator, n: number, value: Value): void {
  const { ir, s } = t;
  t.setWordOf(s.lo[n]!, ir.wrap(value));
  t.setWordOf(s.hi[n]!, ir.wrap(ir.shrU(value, ir.i64(32n))));
}

const multiply =
  (signed: boolean, combine?: "add" | "sub") =>
  (t: MipsTranslator, { rs, rt, ac }: WithAccumulator): void => {
    const p = product(t, signed, t.W(rs), t.W(rt));
    setAccumulator(t, ac, combine === undefined ? p : t.ir[combine](accumulator(t, ac), p));
  };

/**
 * Quotient to LO, remainder to HI. Division by zero is UNPREDICTABLE: as QEMU we divide by 1 then, and by 1 too where the quotient
 * overflows.
 */
export function divide(t: MipsTranslator, signed: boolean, a: Value, b: Value): { readonly quotient: Value; readonly remainder: Value } {
  const { ir } = t;
  const one = a.type === "i64" ? ir.i64(1n) : ir.i32(1);
  const divisor = ir.select(ir.eqz(b), one, b);
  const sign = signed ? "s" : "u";
  return { quotient: ir.op(`${a.type}.div_${sign}`, a, divisor), remainder: ir.op(`${a.type}.rem_${sign}`, a, divisor) };
}

const division =
  (signed: boolean) =>
  (t: MipsTranslator, { rs, rt }: Operands): void => {
    const { quotient, remainder } = divide(t, signed, t.W(rs), t.W(rt));
    t.setWordOf(t.s.lo[0]!, quotient);
    t.setWordOf(t.s.hi[0]!, remainder);
  };

/** The accumulator's number is the DSP ASE's; other CPUs have none but 0. */
const accumulating = (
  name: string,
  opcode: string,
  funct: string,
  execute: (t: MipsTranslator, fields: WithAccumulator) => void,
): MipsItem[] => [
  insn(name, `${opcode} rs:5 rt:5 00000 00000 ${funct}`, `${name.toLowerCase()} {rs:r},{rt:r}`, ((t: MipsTranslator, fields: Operands) =>
    execute(t, { ...fields, ac: 0 })) as never),
  insn(
    `${name}_ac`,
    `${opcode} rs:5 rt:5 000 ac:2 00000 ${funct}`,
    `${name.toLowerCase()} {ac:ac},{rs:r},{rt:r}`,
    ((t: MipsTranslator, fields: WithAccumulator) => t.withDsp(() => execute(t, fields))) as never,
    { needs: "dsp", except: { ac: 0 } as never },
  ),
];

const move = (name: string, funct: string, from: "rs" | "rd", which: "hi" | "lo"): MipsItem[] => {
  const run = (t: MipsTranslator, n: number, ac: number): void => {
    const slot = t.s[which][ac]!;
    if (from === "rd") t.setG(n, t.ir.get(slot));
    else t.ir.set(slot, t.G(n));
  };
  const plain = from === "rd" ? (`000000 00000 00000 rd:5 00000 ${funct}` as const) : (`000000 rs:5 00000 00000 00000 ${funct}` as const);
  const other =
    from === "rd" ? (`000000 000 ac:2 00000 rd:5 00000 ${funct}` as const) : (`000000 rs:5 00000 000 ac:2 00000 ${funct}` as const);
  return [
    insn(name, plain, `${name.toLowerCase()} {${from}:r}`, ((t: MipsTranslator, f: Record<string, number>) =>
      run(t, f[from]!, 0)) as never),
    insn(
      `${name}_ac`,
      other,
      `${name.toLowerCase()} {${from}:r},{ac:ac}`,
      ((t: MipsTranslator, f: Record<string, number>) => t.withDsp(() => run(t, f[from]!, f["ac"]!))) as never,
      { needs: "dsp", except: { ac: 0 } as never },
    ),
  ];
};

export const multiplyRows: readonly MipsItem[] = [
  ...move("MFHI", "010000", "rd", "hi"),
  ...move("MTHI", "010001", "rs", "hi"),
  ...move("MFLO", "010010", "rd", "lo"),
  ...move("MTLO", "010011", "rs", "lo"),
  ...accumulating("MULT", "000000", "011000", multiply(true)),
  ...accumulating("MULTU", "000000", "011001", multiply(false)),
  insn("DIV", "000000 rs:5 rt:5 00000 00000 011010", "div zero,{rs:r},{rt:r}", division(true)),
  insn("DIVU", "000000 rs:5 rt:5 00000 00000 011011", "divu zero,{rs:r},{rt:r}", division(false)),
  ...accumulating("MADD", "011100", "000000", multiply(true, "add")),
  ...accumulating("MADDU", "011100", "000001", multiply(false, "add")),
  insn("MUL", "011100 rs:5 rt:5 rd:5 00000 000010", "mul {rd:r},{rs:r},{rt:r}", (t, { rs, rt, rd }) =>
    t.setW(rd, t.ir.mul(t.W(rs), t.W(rt))),
  ),
  ...accumulating("MSUB", "011100", "000100", multiply(true, "sub")),
  ...accumulating("MSUBU", "011100", "000101", multiply(false, "sub")),
];
