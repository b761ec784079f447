/** Paired singles: what has no like among singles (MIPS64 Architecture For Programmers, volume II). */
import type { Value } from "@tsemu/ir";
import { insn, type MipsItem } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";
import { getBits, mayUse, setFloat } from "./machine.ts";
import { type Fpu2, type Fpu3, fpu2, fpu3, mnemonic } from "./rows.ts";

type Half = "low" | "high";

const half = (t: MipsTranslator, n: number, which: Half): Value => {
  const { ir } = t;
  const pair = getBits(t, "PS", n);
  return ir.wrap(which === "low" ? pair : ir.shrU(pair, ir.i64(32n)));
};

const setPair = (t: MipsTranslator, n: number, low: Value, high: Value): void =>
  setFloat(t, "PS", n, t.ir.or(t.ir.extendU(low), t.ir.shl(t.ir.extendU(high), t.ir.i64(32n))));

/** fd = a half of fs above a half of ft. */
const merge = (name: string, funct: string, upper: Half, lower: Half): MipsItem =>
  fpu3(name, "PS", funct, (t, { ft, fs, fd }) => {
    if (mayUse(t, ["PS"], [])) setPair(t, fd, half(t, ft, lower), half(t, fs, upper));
  });

/** The operation raises nothing: FCSR's cause is empty afterwards. */
function raisesNothing(t: MipsTranslator): void {
  t.ir.set(t.s.fpLast, t.ir.i32(0));
  t.ir.set(t.s.fpCause, t.ir.i32(0));
}

const single = (name: string, funct: string, which: Half): MipsItem =>
  fpu2(name, "PS", funct, (t, { fs, fd }) => {
    if (!mayUse(t, ["PS"], [])) return;
    raisesNothing(t);
    setFloat(t, "S", fd, half(t, fs, which));
  });

/** Each half is moved by a condition code of its own. */
const moveIf = (name: string, wanted: 0 | 1): MipsItem =>
  insn(
    `${name}_PS`,
    `010001 10110 cc:3 0 ${wanted} fs:5 fd:5 010001`,
    `${mnemonic(name)}.ps {fd:f},{fs:f},{cc:cc}`,
    ((t: MipsTranslator, { cc, fs, fd }: Fpu2 & { readonly cc: number }) => {
      if (!mayUse(t, ["PS"], [])) return;
      const { ir, s } = t;
      const moved = (which: Half, code: number): Value => {
        const [yes, no] = wanted === 1 ? [fs, fd] : [fd, fs];
        return ir.select(ir.get(s.fcc[code]!), half(t, yes, which), half(t, no, which));
      };
      setPair(t, fd, moved("low", cc & 6), moved("high", cc | 1));
    }) as never,
    { needs: "ps" },
  );

export const fpuPairedRows: readonly MipsItem[] = [
  insn(
    "CVT_PS_S",
    "010001 10000 ft:5 fs:5 fd:5 100110",
    "cvt.ps.s {fd:f},{fs:f},{ft:f}",
    (t, { ft, fs, fd }) => {
      if (mayUse(t, ["PS"], [])) setPair(t, fd, getBits(t, "S", ft), getBits(t, "S", fs));
    },
    { needs: "ps" },
  ),
  single("CVT_S_PU", "100000", "high"),
  single("CVT_S_PL", "101000", "low"),
  merge("PLL", "101100", "low", "low"),
  merge("PLU", "101101", "low", "high"),
  merge("PUL", "101110", "high", "low"),
  merge("PUU", "101111", "high", "high"),
  moveIf("MOVF", 0),
  moveIf("MOVT", 1),
  insn(
    "ALNV_PS",
    "010011 rs:5 ft:5 fs:5 fd:5 011110",
    "alnv.ps {fd:f},{fs:f},{ft:f},{rs:r}",
    ((t: MipsTranslator, { rs, ft, fs, fd }: Fpu3 & { readonly rs: number }) => {
      if (!mayUse(t, ["PS"], [])) return;
      const { ir } = t;
      const bytes = ir.and(t.W(rs), ir.i32(7));
      // An address that is no multiple of 4 is UNPREDICTABLE: nothing is done.
      ir.if(ir.eqz(bytes), () => setFloat(t, "PS", fd, getBits(t, "PS", fs)));
      ir.if(ir.eq(bytes, ir.i32(4)), () => {
        if (t.bigEndian) setPair(t, fd, half(t, ft, "high"), half(t, fs, "low"));
        else setPair(t, fd, half(t, fs, "high"), half(t, ft, "low"));
      });
    }) as never,
    { needs: "ps" },
  ),
];
