/** SSE4.1 and SSE4.2: Intel SDM vol. 2, tables. */
import { op, type X86Row } from "../decode/row.ts";
import * as s from "../insns/sse41.ts";
import { compareStrings } from "../insns/string-compare.ts";
import { double, packed, scalarOp, single, type Element } from "../insns/vector-float.ts";
import { lanes, multiplyEven, pack } from "../insns/vector-integer.ts";
import { MOVA } from "../insns/vector-move.ts";
import { onXmm, type VectorOp } from "../insns/vector-operands.ts";
import type { Execute } from "../decode/row.ts";

const sse41 = { needs: "sse41" } as const;
const sse42 = { needs: "sse42" } as const;

const integer = (opcode: string, name: string, compute: VectorOp, options: typeof sse41 | typeof sse42 = sse41): X86Row[] =>
  op(`66 0F 38 ${opcode}`, name, "Vx,Wx", onXmm(compute), options);

/** Six extensions, from the opcode on. */
const extensions = (first: number, name: string, sign: "s" | "u"): X86Row[] => {
  const row = (n: number, suffix: string, source: string, execute: Execute): X86Row[] =>
    op(`66 0F 38 ${(first + n).toString(16)}`, `${name}${suffix}`, `Vx,${source}`, execute, sse41);
  return [
    ...row(0, "BW", "Wq", s.extendElements(8, 16, sign)),
    ...row(1, "BD", "Wd", s.extendElements(8, 32, sign)),
    ...row(2, "BQ", "Ww", s.extendElements(8, 64, sign)),
    ...row(3, "WD", "Wq", s.extendElements(16, 32, sign)),
    ...row(4, "WQ", "Wd", s.extendElements(16, 64, sign)),
    ...row(5, "DQ", "Wq", s.extendElements(32, 64, sign)),
  ];
};

/** With the immediate at hand. */
const rounded = (make: (element: Element) => Execute): Execute => {
  return (t, a, b, c) => make(s.roundBy(c.number))(t, a, b, c);
};

export const sse4Rows: readonly X86Row[] = [
  ...op("66 0F 38 10", "PBLENDVB", "Vx,Wx,XMM0", s.blendBySigns("i8x16"), sse41),
  ...op("66 0F 38 14", "BLENDVPS", "Vx,Wx,XMM0", s.blendBySigns("i32x4"), sse41),
  ...op("66 0F 38 15", "BLENDVPD", "Vx,Wx,XMM0", s.blendBySigns("i64x2"), sse41),
  ...op("66 0F 38 17", "PTEST", "Vx,Wx", s.PTEST, sse41),
  ...extensions(0x20, "PMOVSX", "s"),
  ...integer("28", "PMULDQ", multiplyEven("s")),
  ...integer("29", "PCMPEQQ", lanes("i64x2.eq")),
  ...op("66 0F 38 2A", "MOVNTDQA", "Vx,Mx", MOVA, sse41),
  ...integer("2B", "PACKUSDW", pack("i16x8.narrow_i32x4_u")),
  ...extensions(0x30, "PMOVZX", "u"),
  ...integer("37", "PCMPGTQ", lanes("i64x2.gt_s"), sse42),
  ...integer("38", "PMINSB", lanes("i8x16.min_s")),
  ...integer("39", "PMINSD", lanes("i32x4.min_s")),
  ...integer("3A", "PMINUW", lanes("i16x8.min_u")),
  ...integer("3B", "PMINUD", lanes("i32x4.min_u")),
  ...integer("3C", "PMAXSB", lanes("i8x16.max_s")),
  ...integer("3D", "PMAXSD", lanes("i32x4.max_s")),
  ...integer("3E", "PMAXUW", lanes("i16x8.max_u")),
  ...integer("3F", "PMAXUD", lanes("i32x4.max_u")),
  ...integer("40", "PMULLD", lanes("i32x4.mul")),
  ...op("66 0F 38 41", "PHMINPOSUW", "Vx,Wx", s.PHMINPOSUW, sse41),
  ...op(
    "66 0F 3A 08",
    "ROUNDPS",
    "Vx,Wx,Ib",
    rounded((element) => packed(single, element)),
    sse41,
  ),
  ...op(
    "66 0F 3A 09",
    "ROUNDPD",
    "Vx,Wx,Ib",
    rounded((element) => packed(double, element)),
    sse41,
  ),
  ...op(
    "66 0F 3A 0A",
    "ROUNDSS",
    "Vx,Wd,Ib",
    rounded((element) => scalarOp(single, element)),
    sse41,
  ),
  ...op(
    "66 0F 3A 0B",
    "ROUNDSD",
    "Vx,Wq,Ib",
    rounded((element) => scalarOp(double, element)),
    sse41,
  ),
  ...op("66 0F 3A 0C", "BLENDPS", "Vx,Wx,Ib", s.blendByImmediate(4), sse41),
  ...op("66 0F 3A 0D", "BLENDPD", "Vx,Wx,Ib", s.blendByImmediate(8), sse41),
  ...op("66 0F 3A 0E", "PBLENDW", "Vx,Wx,Ib", s.blendByImmediate(2), sse41),
  ...op("66 0F 3A 14", "PEXTRB", "Rd,Vx,Ib", s.extract("i8x16"), sse41),
  ...op("66 0F 3A 14", "PEXTRB", "Mb,Vx,Ib", s.extract("i8x16"), sse41),
  ...op("66 0F 3A 15", "PEXTRW", "Rd,Vx,Ib", s.extract("i16x8"), sse41),
  ...op("66 0F 3A 15", "PEXTRW", "Mw,Vx,Ib", s.extract("i16x8"), sse41),
  ...op("66 0F 3A 16", "PEXTRD", "Ey,Vx,Ib", s.PEXTRD, sse41),
  ...op("66 0F 3A 17", "EXTRACTPS", "Ed,Vx,Ib", s.extract("i32x4"), sse41),
  ...op("66 0F 3A 20", "PINSRB", "Vx,Rd,Ib", s.insert("i8x16"), sse41),
  ...op("66 0F 3A 20", "PINSRB", "Vx,Mb,Ib", s.insert("i8x16"), sse41),
  ...op("66 0F 3A 21", "INSERTPS", "Vx,Wd,Ib", s.INSERTPS, sse41),
  ...op("66 0F 3A 22", "PINSRD", "Vx,Ey,Ib", s.PINSRD, sse41),
  ...op("66 0F 3A 40", "DPPS", "Vx,Wx,Ib", s.dotProduct(single), sse41),
  ...op("66 0F 3A 41", "DPPD", "Vx,Wx,Ib", s.dotProduct(double), sse41),
  ...op("66 0F 3A 42", "MPSADBW", "Vx,Wx,Ib", s.MPSADBW, sse41),
  ...op("66 0F 3A 60", "PCMPESTRM", "Vx,Wx,Ib", compareStrings("explicit", "mask"), sse42),
  ...op("66 0F 3A 61", "PCMPESTRI", "Vx,Wx,Ib", compareStrings("explicit", "index"), sse42),
  ...op("66 0F 3A 62", "PCMPISTRM", "Vx,Wx,Ib", compareStrings("implicit", "mask"), sse42),
  ...op("66 0F 3A 63", "PCMPISTRI", "Vx,Wx,Ib", compareStrings("implicit", "index"), sse42),
];
