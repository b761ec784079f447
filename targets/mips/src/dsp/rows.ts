/** Rows of the DSP ASE, releases 1 and 2 (MIPS32 Architecture For Programmers, volume IV-e). */
import type { Value } from "@tsemu/ir";
import { calls } from "../host-calls.ts";
import { insn, type MipsItem, type MipsMeta } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";
import { accumulatorOperation } from "./accumulator.ts";
import { registerOperation } from "./operations.ts";

const first = 1 as const;
type Fields = Readonly<Record<string, number>>;
type Needs = { readonly needs: MipsMeta["needs"] };
const needs = (release: 1 | 2): Needs => ({ needs: release === 2 ? "dsp2" : "dsp" });
const bits5 = (n: number): string => n.toString(2).padStart(5, "0");

const row = (name: string, pattern: string, operands: string, release: 1 | 2, execute: (t: MipsTranslator, f: Fields) => void): MipsItem =>
  insn(
    name,
    pattern,
    `${name.toLowerCase()} ${operands}`,
    ((t: MipsTranslator, f: Fields) => t.withDsp(() => execute(t, f))) as never,
    needs(release),
  );

/** An operation on words by name. */
const operate = (t: MipsTranslator, name: string, rs: Value, rt: Value): Value =>
  t.ir.call(calls.dsp, t.ir.i32(registerOperation(name)), rs, rt);

const accumulate = (t: MipsTranslator, name: string, ac: number, rs: Value, rt: Value): Value =>
  t.ir.call(calls.dspAccumulate, t.ir.i32(accumulatorOperation(name)), t.ir.i32(ac), rs, rt);

/** Tables of operations: the five bits, the name, the release. */
type Table = readonly (readonly [op: number, name: string, release?: 2])[];

/** rd = operation(rs, rt) */
const registers = (funct: string, table: Table): MipsItem[] =>
  table.map(([op, name, release = first]) =>
    row(name, `011111 rs:5 rt:5 rd:5 ${bits5(op)} ${funct}`, "{rd:r},{rs:r},{rt:r}", release, (t, { rs, rt, rd }) =>
      t.setW(rd!, operate(t, name, t.W(rs!), t.W(rt!))),
    ),
  );

/** DSPControl's condition bits from rs and rt. */
const comparisons = (funct: string, table: Table): MipsItem[] =>
  table.map(([op, name, release = first]) =>
    row(name, `011111 rs:5 rt:5 00000 ${bits5(op)} ${funct}`, "{rs:r},{rt:r}", release, (t, { rs, rt }) => {
      operate(t, name, t.W(rs!), t.W(rt!));
    }),
  );

/** rd = operation(rt) */
const unary = (funct: string, table: Table): MipsItem[] =>
  table.map(([op, name, release = first]) =>
    row(name, `011111 00000 rt:5 rd:5 ${bits5(op)} ${funct}`, "{rd:r},{rt:r}", release, (t, { rt, rd }) =>
      t.setW(rd!, operate(t, name, t.ir.i32(0), t.W(rt!))),
    ),
  );

/** Shifts, by a constant or (V) a register: the pattern of the count is 3, 4 or 5 bits. */
const shifts = (
  table: readonly (readonly [op: number, variable: number, name: string, bits: 3 | 4 | 5, release?: 2, variableRelease?: 2])[],
): MipsItem[] =>
  table.flatMap(([op, variable, name, bits, release = first, variableRelease = release]) => [
    row(
      name,
      `011111 ${"0".repeat(5 - bits)}${bits === 5 ? "" : " "}sa:${bits} rt:5 rd:5 ${bits5(op)} 010011`,
      "{rd:r},{rt:r},{sa:hex}",
      release,
      (t, { sa, rt, rd }) => t.setW(rd!, operate(t, name, t.ir.i32(sa!), t.W(rt!))),
    ),
    row(
      name.replace(/^(SHLL|SHRL|SHRA)/, "$1V"),
      `011111 rs:5 rt:5 rd:5 ${bits5(variable)} 010011`,
      "{rd:r},{rt:r},{rs:r}",
      variableRelease,
      (t, { rs, rt, rd }) => t.setW(rd!, operate(t, name, t.W(rs!), t.W(rt!))),
    ),
  ]);

const products = (table: Table): MipsItem[] =>
  table.map(([op, name, release = first]) =>
    row(name, `011111 rs:5 rt:5 000 ac:2 ${bits5(op)} 110000`, "{ac:ac},{rs:r},{rt:r}", release, (t, { rs, rt, ac }) => {
      accumulate(t, name, ac!, t.W(rs!), t.W(rt!));
    }),
  );

/** rt = part of an accumulator, by a constant or (V) a register. */
const extracts = (table: readonly (readonly [op: number, variable: number, name: string])[]): MipsItem[] =>
  table.flatMap(([op, variable, name]) => [
    row(name, `011111 shift:5 rt:5 000 ac:2 ${bits5(op)} 111000`, "{rt:r},{ac:ac},{shift:hex}", 1, (t, { shift, rt, ac }) =>
      t.setW(rt!, accumulate(t, name, ac!, t.ir.i32(shift!), t.ir.i32(0))),
    ),
    row(
      name.replace(/^(EXTR|EXTPDP|EXTP)/, "$1V"),
      `011111 rs:5 rt:5 000 ac:2 ${bits5(variable)} 111000`,
      "{rt:r},{ac:ac},{rs:r}",
      1,
      (t, { rs, rt, ac }) => t.setW(rt!, accumulate(t, name, ac!, t.W(rs!), t.ir.i32(0))),
    ),
  ]);

/** rd = memory at base + index. */
const indexed = (op: number, name: string, size: 1 | 2 | 4, signed: boolean): MipsItem =>
  row(name, `011111 base:5 index:5 rd:5 ${bits5(op)} 001010`, "{rd:r},{index:r}({base:r})", 1, (t, { base, index, rd }) =>
    t.setG(rd!, t.load(t.indexed(base!, index!), t.memOp(size, { signed, type: t.wordType }))),
  );

/** rt from rt, rs and a constant. */
const combine = (
  op: number,
  name: string,
  funct: string,
  compute: (t: MipsTranslator, rs: Value, rt: Value, sa: number) => Value,
): MipsItem =>
  row(name, `011111 rs:5 rt:5 sa:5 ${bits5(op)} ${funct}`, "{rt:r},{rs:r},{sa:hex}", 2, (t, { rs, rt, sa }) =>
    t.setW(rt!, compute(t, t.W(rs!), t.W(rt!), sa!)),
  );

const precrSra =
  (rounded: boolean) =>
  (t: MipsTranslator, rs: Value, rt: Value, sa: number): Value => {
    const { ir } = t;
    const one = ir.i32(1);
    const shifted = (v: Value): Value =>
      !rounded || sa === 0 ? ir.shrS(v, ir.i32(sa)) : ir.shrS(ir.add(ir.shrS(v, ir.i32(sa - 1)), one), one);
    return ir.or(ir.shl(shifted(rt), ir.i32(16)), ir.and(shifted(rs), ir.i32(0xffff)));
  };

export const dspRows: readonly MipsItem[] = [
  ...registers("010000", [
    [0, "ADDU.QB"],
    [1, "SUBU.QB"],
    [4, "ADDU_S.QB"],
    [5, "SUBU_S.QB"],
    [6, "MULEU_S.PH.QBL"],
    [7, "MULEU_S.PH.QBR"],
    [8, "ADDU.PH", 2],
    [9, "SUBU.PH", 2],
    [10, "ADDQ.PH"],
    [11, "SUBQ.PH"],
    [12, "ADDU_S.PH", 2],
    [13, "SUBU_S.PH", 2],
    [14, "ADDQ_S.PH"],
    [15, "SUBQ_S.PH"],
    [16, "ADDSC"],
    [17, "ADDWC"],
    [18, "MODSUB"],
    [22, "ADDQ_S.W"],
    [23, "SUBQ_S.W"],
    [28, "MULEQ_S.W.PHL"],
    [29, "MULEQ_S.W.PHR"],
    [30, "MULQ_S.PH", 2],
    [31, "MULQ_RS.PH"],
  ]),
  row("RADDU.W.QB", "011111 rs:5 00000 rd:5 10100 010000", "{rd:r},{rs:r}", 1, (t, { rs, rd }) =>
    t.setW(rd!, operate(t, "RADDU.W.QB", t.W(rs!), t.ir.i32(0))),
  ),
  ...comparisons("010001", [
    [0, "CMPU.EQ.QB"],
    [1, "CMPU.LT.QB"],
    [2, "CMPU.LE.QB"],
    [8, "CMP.EQ.PH"],
    [9, "CMP.LT.PH"],
    [10, "CMP.LE.PH"],
  ]),
  ...registers("010001", [
    [3, "PICK.QB"],
    [4, "CMPGU.EQ.QB"],
    [5, "CMPGU.LT.QB"],
    [6, "CMPGU.LE.QB"],
    [11, "PICK.PH"],
    [12, "PRECRQ.QB.PH"],
    [13, "PRECR.QB.PH", 2],
    [14, "PACKRL.PH"],
    [15, "PRECRQU_S.QB.PH"],
    [20, "PRECRQ.PH.W"],
    [21, "PRECRQ_RS.PH.W"],
    [24, "CMPGDU.EQ.QB", 2],
    [25, "CMPGDU.LT.QB", 2],
    [26, "CMPGDU.LE.QB", 2],
  ]),
  combine(30, "PRECR_SRA.PH.W", "010001", precrSra(false)),
  combine(31, "PRECR_SRA_R.PH.W", "010001", precrSra(true)),
  ...unary("010010", [
    [1, "ABSQ_S.QB", 2],
    [3, "REPLV.QB"],
    [4, "PRECEQU.PH.QBL"],
    [5, "PRECEQU.PH.QBR"],
    [6, "PRECEQU.PH.QBLA"],
    [7, "PRECEQU.PH.QBRA"],
    [9, "ABSQ_S.PH"],
    [11, "REPLV.PH"],
    [12, "PRECEQ.W.PHL"],
    [13, "PRECEQ.W.PHR"],
    [17, "ABSQ_S.W"],
    [27, "BITREV"],
    [28, "PRECEU.PH.QBL"],
    [29, "PRECEU.PH.QBR"],
    [30, "PRECEU.PH.QBLA"],
    [31, "PRECEU.PH.QBRA"],
  ]),
  row("REPL.QB", "011111 00 imm:8 rd:5 00010 010010", "{rd:r},{imm:hex}", 1, (t, { imm, rd }) => t.setW(rd!, t.ir.i32(imm! * 0x0101_0101))),
  row("REPL.PH", "011111 imm:s10 rd:5 01010 010010", "{rd:r},{imm}", 1, (t, { imm, rd }) =>
    t.setW(rd!, t.ir.i32((imm! << 16) | (imm! & 0xffff))),
  ),
  ...shifts([
    [0, 2, "SHLL.QB", 3],
    [1, 3, "SHRL.QB", 3],
    [4, 6, "SHRA.QB", 3, 2],
    [5, 7, "SHRA_R.QB", 3, 2],
    [8, 10, "SHLL.PH", 4],
    [9, 11, "SHRA.PH", 4],
    [12, 14, "SHLL_S.PH", 4],
    [13, 15, "SHRA_R.PH", 4],
    [20, 22, "SHLL_S.W", 5],
    [21, 23, "SHRA_R.W", 5],
    [25, 27, "SHRL.PH", 4, 2],
  ]),
  ...registers("011000", [
    [0, "ADDUH.QB", 2],
    [1, "SUBUH.QB", 2],
    [2, "ADDUH_R.QB", 2],
    [3, "SUBUH_R.QB", 2],
    [8, "ADDQH.PH", 2],
    [9, "SUBQH.PH", 2],
    [10, "ADDQH_R.PH", 2],
    [11, "SUBQH_R.PH", 2],
    [12, "MUL.PH", 2],
    [14, "MUL_S.PH", 2],
    [16, "ADDQH.W", 2],
    [17, "SUBQH.W", 2],
    [18, "ADDQH_R.W", 2],
    [19, "SUBQH_R.W", 2],
    [22, "MULQ_S.W", 2],
    [23, "MULQ_RS.W", 2],
  ]),
  indexed(0, "LWX", 4, true),
  indexed(4, "LHX", 2, true),
  indexed(6, "LBUX", 1, false),
  row("INSV", "011111 rs:5 rt:5 00000 00000 001100", "{rt:r},{rs:r}", 1, (t, { rs, rt }) =>
    t.setW(rt!, operate(t, "INSV", t.W(rs!), t.W(rt!))),
  ),
  ...products([
    [0, "DPA.W.PH", 2],
    [1, "DPS.W.PH", 2],
    [2, "MULSA.W.PH", 2],
    [3, "DPAU.H.QBL"],
    [4, "DPAQ_S.W.PH"],
    [5, "DPSQ_S.W.PH"],
    [6, "MULSAQ_S.W.PH"],
    [7, "DPAU.H.QBR"],
    [8, "DPAX.W.PH", 2],
    [9, "DPSX.W.PH", 2],
    [11, "DPSU.H.QBL"],
    [12, "DPAQ_SA.L.W"],
    [13, "DPSQ_SA.L.W"],
    [15, "DPSU.H.QBR"],
    [16, "MAQ_SA.W.PHL"],
    [18, "MAQ_SA.W.PHR"],
    [20, "MAQ_S.W.PHL"],
    [22, "MAQ_S.W.PHR"],
    [24, "DPAQX_S.W.PH", 2],
    [25, "DPSQX_S.W.PH", 2],
    [26, "DPAQX_SA.W.PH", 2],
    [27, "DPSQX_SA.W.PH", 2],
  ]),
  combine(0, "APPEND", "110001", (t, rs, rt, sa) =>
    sa === 0 ? rt : t.ir.or(t.ir.shl(rt, t.ir.i32(sa)), t.ir.and(rs, t.ir.i32((1 << sa) - 1))),
  ),
  combine(1, "PREPEND", "110001", (t, rs, rt, sa) =>
    sa === 0 ? rt : t.ir.or(t.ir.shl(rs, t.ir.i32(32 - sa)), t.ir.shrU(rt, t.ir.i32(sa))),
  ),
  row("BALIGN", "011111 rs:5 rt:5 000 bp:2 10000 110001", "{rt:r},{rs:r},{bp}", 2, (t, { rs, rt, bp }) => {
    // 0 and 2 are left to other instructions; QEMU leaves the register then.
    if (bp === 0 || bp === 2) return;
    const { ir } = t;
    t.setW(rt!, ir.or(ir.shl(t.W(rt!), ir.i32(8 * bp!)), ir.shrU(t.W(rs!), ir.i32(32 - 8 * bp!))));
  }),
  ...extracts([
    [0, 1, "EXTR.W"],
    [2, 3, "EXTP"],
    [4, 5, "EXTR_R.W"],
    [6, 7, "EXTR_RS.W"],
    [10, 11, "EXTPDP"],
    [14, 15, "EXTR_S.H"],
  ]),
  row("RDDSP", "011111 mask:10 rd:5 10010 111000", "{rd:r},{mask:hex}", 1, (t, { mask, rd }) =>
    t.setW(rd!, operate(t, "RDDSP", t.ir.i32(mask!), t.ir.i32(0))),
  ),
  row("WRDSP", "011111 rs:5 mask:10 10011 111000", "{rs:r},{mask:hex}", 1, (t, { rs, mask }) => {
    operate(t, "WRDSP", t.ir.i32(mask!), t.W(rs!));
  }),
  row("SHILO", "011111 shift:s6 0000 000 ac:2 11010 111000", "{ac:ac},{shift}", 1, (t, { shift, ac }) => {
    accumulate(t, "SHILO", ac!, t.ir.i32(shift!), t.ir.i32(0));
  }),
  row("SHILOV", "011111 rs:5 00000 000 ac:2 11011 111000", "{ac:ac},{rs:r}", 1, (t, { rs, ac }) => {
    accumulate(t, "SHILO", ac!, t.W(rs!), t.ir.i32(0));
  }),
  row("MTHLIP", "011111 rs:5 00000 000 ac:2 11111 111000", "{rs:r},{ac:ac}", 1, (t, { rs, ac }) => {
    accumulate(t, "MTHLIP", ac!, t.W(rs!), t.ir.i32(0));
  }),
  insn(
    "BPOSGE32",
    "000001 00000 11100 offset:s16",
    "bposge32 {offset:b}",
    (t, { offset }) => {
      t.withDsp(() => t.branchIf(t.ir.geU(t.ir.and(t.ir.get(t.s.dspControl), t.ir.i32(0x3f)), t.ir.i32(32)), offset));
    },
    { needs: "dsp" },
  ),
];
