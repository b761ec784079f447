/** FPU arithmetic, multiply-add, conversions, comparisons. */
import type { Value } from "@tsemu/ir";
import { insn, type MipsItem } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";
import { compute, type Format, getBits, isWide, mayUse, setFloat, setResult } from "./machine.ts";
import { fmtBits, type Fpu2, type Fpu3, fpu2, fpu3, mnemonic, needsOf } from "./rows.ts";

const wide = (fmt: Format, ...registers: number[]): number[] => (isWide(fmt) ? registers : []);

const binary = (name: string, funct: string, fmts: readonly Format[]): MipsItem[] =>
  fmts.map((fmt) =>
    fpu3(name, fmt, funct, (t, { ft, fs, fd }) => {
      if (!mayUse(t, [fmt], wide(fmt, ft, fs, fd))) return;
      setResult(t, fmt, fd, compute(t, `${name}_${fmt}`, { fmt, a: fs, b: ft }));
    }),
  );

const unary = (name: string, funct: string): MipsItem[] =>
  (["S", "D"] as const).map((fmt) =>
    fpu2(
      `${name}_${fmt}`,
      fmt,
      funct,
      (t, { fs, fd }) => {
        if (!mayUse(t, [fmt], wide(fmt, fs, fd))) return;
        setResult(t, fmt, fd, compute(t, `${name}_${fmt}`, { fmt, a: fs }));
      },
      name === "SQRT" ? {} : { needs: "fpuR2" },
    ),
  );

/** fd = what the bits of fs become; nothing is raised (ABS and NEG of a NaN too, as in QEMU). */
const bitwise = (name: string, funct: string, change: (t: MipsTranslator, fmt: Format, value: Value) => Value): MipsItem[] =>
  (["S", "D", "PS"] as const).map((fmt) =>
    fpu2(`${name}_${fmt}`, fmt, funct, (t, { fs, fd }) => {
      if (mayUse(t, [fmt], wide(fmt, fs, fd))) setFloat(t, fmt, fd, change(t, fmt, getBits(t, fmt, fs)));
    }),
  );

const signs = (fmt: Format): bigint => (fmt === "PS" ? 0x8000_0000_8000_0000n : 1n << 63n);

const convert = (name: string, to: Format, from: Format, funct: string): MipsItem =>
  fpu2(
    `${name}_${to}_${from}`,
    from,
    funct,
    (t, { fs, fd }: Fpu2) => {
      if (!mayUse(t, [to, from], [...wide(from, fs), ...wide(to, fd)])) return;
      setResult(t, to, fd, compute(t, `${name}_${to}_${from}`, { fmt: from, a: fs }));
    },
    needsOf(to, from),
  );

/** To W and to L by each rounding: funct of L and W. */
const roundingRows = (name: string, long: string, word: string): MipsItem[] =>
  (["S", "D"] as const).flatMap((fmt) => [convert(name, "L", fmt, long), convert(name, "W", fmt, word)]);

const multiplyAdd = (name: string, op: string): MipsItem[] =>
  (
    [
      ["S", "000"],
      ["D", "001"],
      ["PS", "110"],
    ] as const
  ).map(([fmt, bits]) =>
    insn(
      `${name}_${fmt}`,
      `010011 fr:5 ft:5 fs:5 fd:5 ${op} ${bits}`,
      `${mnemonic(`${name}_${fmt}`)} {fd:f},{fr:f},{fs:f},{ft:f}`,
      ((t: MipsTranslator, { fr, ft, fs, fd }: Fpu3 & { readonly fr: number }) => {
        if (!mayUse(t, [fmt], wide(fmt, fr, ft, fs, fd))) return;
        setResult(t, fmt, fd, compute(t, `${name}_${fmt}`, { fmt, a: fs, b: ft, c: fr }));
      }) as never,
      fmt === "PS" ? { needs: "ps" } : { needs: "fpuR2" },
    ),
  );

/** C.cond by the low three bits of cond: unordered, equal, less; the fourth makes quiet NaNs invalid too. */
const conditions = "f un eq ueq olt ult ole ule sf ngle seq ngl lt nge le ngt".split(" ");

/** Truth of the condition from a comparison's result: -1, 0, 1, or 2 where a NaN is among the operands. */
function holds(t: MipsTranslator, cond: number, order: Value): Value {
  const { ir } = t;
  const is = (n: number): Value => ir.eq(order, ir.i32(n));
  switch (cond & 7) {
    case 0:
      return ir.i32(0);
    case 1:
      return is(2);
    case 2:
      return is(0);
    case 3:
      return ir.eqz(ir.and(order, ir.i32(1)));
    case 4:
      return is(-1);
    case 5:
      return ir.or(is(-1), is(2));
    case 6:
      return ir.leS(order, ir.i32(0));
    default:
      return ir.ne(order, ir.i32(1));
  }
}

const compareRows = (["S", "D", "PS"] as const).flatMap((fmt) =>
  conditions.map((name, cond): MipsItem => {
    const bits = cond.toString(2).padStart(4, "0");
    return insn(
      `C_${name.toUpperCase()}_${fmt}`,
      `010001 ${fmtBits[fmt]} ft:5 fs:5 cc:3 00 11 ${bits}`,
      `c.${name}.${fmt.toLowerCase()} {cc:cc0}{fs:f},{ft:f}`,
      ((t: MipsTranslator, { ft, fs, cc }: { readonly ft: number; readonly fs: number; readonly cc: number }) => {
        if (!mayUse(t, [fmt], wide(fmt, ft, fs))) return;
        const result = compute(t, `COMPARE${cond >= 8 ? "_SIGNALING" : ""}_${fmt}`, { fmt, a: fs, b: ft });
        if (fmt !== "PS") return t.ir.set(t.s.fcc[cc]!, holds(t, cond, result("i32")));
        // Of pairs the lower half decides the code named, which is even, and the upper half the next one.
        const pair = result("i64");
        t.ir.set(t.s.fcc[cc & 6]!, holds(t, cond, t.ir.wrap(pair)));
        t.ir.set(t.s.fcc[cc | 1]!, holds(t, cond, t.ir.wrap(t.ir.shrU(pair, t.ir.i64(32n)))));
      }) as never,
      needsOf(fmt),
    );
  }),
);

export const fpuArithmeticRows: readonly MipsItem[] = [
  ...binary("ADD", "000000", ["S", "D", "PS"]),
  ...binary("SUB", "000001", ["S", "D", "PS"]),
  ...binary("MUL", "000010", ["S", "D", "PS"]),
  ...binary("DIV", "000011", ["S", "D"]),
  ...unary("SQRT", "000100"),
  ...unary("RECIP", "010101"),
  ...unary("RSQRT", "010110"),
  ...bitwise("ABS", "000101", (t, fmt, v) => (v.type === "i32" ? t.ir.and(v, t.ir.i32(0x7fff_ffff)) : t.ir.and(v, t.ir.i64(~signs(fmt))))),
  ...bitwise("MOV", "000110", (_, __, v) => v),
  ...bitwise("NEG", "000111", (t, fmt, v) => (v.type === "i32" ? t.ir.xor(v, t.ir.i32(0x8000_0000)) : t.ir.xor(v, t.ir.i64(signs(fmt))))),
  ...roundingRows("ROUND", "001000", "001100"),
  ...roundingRows("TRUNC", "001001", "001101"),
  ...roundingRows("CEIL", "001010", "001110"),
  ...roundingRows("FLOOR", "001011", "001111"),
  ...roundingRows("CVT", "100101", "100100"),
  convert("CVT", "S", "D", "100000"),
  convert("CVT", "S", "W", "100000"),
  convert("CVT", "S", "L", "100000"),
  convert("CVT", "D", "S", "100001"),
  convert("CVT", "D", "W", "100001"),
  convert("CVT", "D", "L", "100001"),
  ...multiplyAdd("MADD", "100"),
  ...multiplyAdd("MSUB", "101"),
  ...multiplyAdd("NMADD", "110"),
  ...multiplyAdd("NMSUB", "111"),
  ...compareRows,
];
