/**
 * AVX, AVX2, FMA and F16C: Intel SDM vol. 2, tables. Instructions that SSE has too are made of its rows: with a register for the result alone
 * (`three`) or as they are (`same`), of 16 bytes and, where a feature for that is named, of 32.
 */
import { type Execute, type Feature, op, type RowOptions, type X86Row } from "../decode/row.ts";
import type { OperandSpec } from "../decode/operand-codes.ts";
import * as f from "../insns/fma.ts";
import { blendBySigns, dotProduct } from "../insns/sse41.ts";
import * as y from "../insns/vector-256.ts";
import { double, single } from "../insns/vector-float.ts";
import * as i from "../insns/vector-integer.ts";
import * as k from "../insns/vector-masked.ts";
import * as m from "../insns/vector-move.ts";
import { onXmm, setVector, sse, vector } from "../insns/vector-operands.ts";
import { cryptoRows } from "./crypto.ts";
import { sse4Rows } from "./sse4.ts";
import { vectorFloatRows } from "./vector-float.ts";
import { vectorRows } from "./vector.ts";
import { x87Rows } from "./x87.ts";

const avx = { needs: "avx" } as const;
const avx2 = { needs: "avx2" } as const;

// ---- of SSE's rows

const usesMmx = (row: X86Row): boolean => row.operands.some((spec) => spec.kind === "coded" && "PQN".includes(spec.addressing));
const older = [...vectorRows, ...vectorFloatRows, ...sse4Rows, ...cryptoRows, ...x87Rows].filter((row) => !usesMmx(row));

const maps = ["", "0F", "0F38", "0F3A"] as const;
const hex = (n: number): string => n.toString(16).toUpperCase().padStart(2, "0");
const H: OperandSpec = { kind: "coded", addressing: "H", size: "x" };

/** Behind the first operand, or before it where that is the one that an immediate shifts. */
function withRegister(operands: readonly OperandSpec[]): readonly OperandSpec[] {
  const [first, ...others] = operands;
  const isSource = first!.kind === "coded" && first!.addressing === "U";
  return isSource ? [H, ...operands] : [first!, H, ...others];
}

interface Widths {
  /** What 16 bytes need, and 32. */
  readonly short?: Feature | readonly Feature[] | undefined;
  readonly long?: Feature | undefined;
  /** L is ignored. */
  readonly scalar?: true;
}

function vexRow(row: X86Row, register: boolean, length: "128" | "256" | "LIG", needs: RowOptions["needs"], execute: Execute): X86Row[] {
  const digit = row.digit < 0 ? "" : ` /${row.digit}`;
  const [made] = op(`VEX.${length}.${row.prefix}.${maps[row.map]}.WIG ${hex(row.byte)}${digit}`, `V${row.name}`, "", execute, {
    needs: needs!,
  });
  const operands = register ? withRegister(row.operands) : row.operands;
  return [{ ...made!, operands, mod: row.mod, hasModRm: row.hasModRm, vex: { ...made!.vex!, usesRegister: register } }];
}

function made(names: string, register: boolean, { short = "avx", long, scalar }: Widths): X86Row[] {
  return names.split(" ").flatMap((name) => {
    const rows = older.filter((row) => row.name === name);
    if (rows.length === 0) throw new Error(`internal error: no SSE instruction ${name}`);
    return rows.flatMap((row) => [
      ...vexRow(row, register, scalar === true ? "LIG" : "128", short, row.execute),
      ...(long === undefined ? [] : vexRow(row, register, "256", long, y.bothHalves(row.execute))),
    ]);
  });
}
const three = (names: string, widths: Widths = {}): X86Row[] => made(names, true, widths);
const same = (names: string, widths: Widths = {}): X86Row[] => made(names, false, widths);

const each = (names: string, suffixes: string): string =>
  names
    .split(" ")
    .flatMap((name) => suffixes.split(" ").map((suffix) => name + suffix))
    .join(" ");

// ---- of AVX alone

/** An instruction of 16 and 32 bytes. */
const sized = (opcode: string, name: string, operands: string, execute: Execute, options: RowOptions = avx): X86Row[] => [
  ...op(`VEX.128.${opcode}`, name, operands, execute, options),
  ...op(`VEX.256.${opcode}`, name, operands, y.bothHalves(execute), options),
];
/** One whose function knows about both. */
const either = (opcode: string, name: string, operands: string, execute: Execute, options: RowOptions = avx): X86Row[] => [
  ...op(`VEX.128.${opcode}`, name, operands, execute, options),
  ...op(`VEX.256.${opcode}`, name, operands, execute, options),
];

/** Two bits of the immediate for each element of 4 bytes, one for one of 8. */
const permuteSinglesBy: Execute = sse((t, a, b, c) => {
  const v = vector(t, b);
  setVector(t, a, t.ir.shuffle(v, v, i.byFields(c.number, 4)));
});
const permuteDoublesBy: Execute = sse((t, a, b, c) => {
  const v = vector(t, b);
  const lanes = Array.from({ length: 16 }, (_, n) => 8 * ((c.number >>> (2 * t.half + (n >> 3))) & 1) + (n & 7));
  setVector(t, a, t.ir.shuffle(v, v, lanes));
});

const shifts = (opcode: string, name: string, type: string, kind: "shl" | "shr_u" | "shr_s"): X86Row[] =>
  op(`VEX.256.66.0F.WIG ${opcode}`, name, "Vx,Hx,Wdq", y.shiftBoth(i.shiftBy(type, kind)), avx2);

const extensions = (first: number, name: string, sign: "s" | "u"): X86Row[] =>
  (
    [
      ["BW", "dq", 8, 16],
      ["BD", "q", 8, 32],
      ["BQ", "d", 8, 64],
      ["WD", "dq", 16, 32],
      ["WQ", "q", 16, 64],
      ["DQ", "dq", 32, 64],
    ] as const
  ).flatMap(([suffix, size, from, to], n) =>
    op(`VEX.256.66.0F38.WIG ${hex(first + n)}`, `${name}${suffix}`, `Vx,W${size}`, y.extendBoth(from, to, sign), avx2),
  );

// ---- FMA

const plus = { product: 1, addend: 1 } as const;
const minus = { product: 1, addend: -1 } as const;
const fused: readonly (readonly [name: string, opcode: number, signs: f.Signs, scalar: boolean])[] = [
  ["FMADDSUB", 0x6, (n) => (n % 2 === 0 ? minus : plus), false],
  ["FMSUBADD", 0x7, (n) => (n % 2 === 0 ? plus : minus), false],
  ["FMADD", 0x8, () => plus, true],
  ["FMSUB", 0xa, () => minus, true],
  ["FNMADD", 0xc, () => ({ product: -1, addend: 1 }), true],
  ["FNMSUB", 0xe, () => ({ product: -1, addend: -1 }), true],
];
const fma = { needs: "fma" } as const;
const fmaRows = (["132", "213", "231"] as const).flatMap((order, n) =>
  fused.flatMap(([name, low, signs, scalar]) =>
    ([single, double] as const).flatMap((format) => {
      const w = format === single ? "W0" : "W1";
      const opcode = 0x90 + 0x10 * n + low;
      const letter = format === single ? "S" : "D";
      return [
        ...sized(`66.0F38.${w} ${hex(opcode)}`, `V${name}${order}P${letter}`, "Vx,Hx,Wx", f.fusedPacked(format, order, signs), fma),
        ...(scalar
          ? op(
              `VEX.LIG.66.0F38.${w} ${hex(opcode + 1)}`,
              `V${name}${order}S${letter}`,
              format === single ? "Vx,Hx,Wd" : "Vx,Hx,Wq",
              f.fusedScalar(format, order, signs),
              fma,
            )
          : []),
      ];
    }),
  ),
);

const long = "avx" as const;
const longInteger = "avx2" as const;
const scalar = { scalar: true } as const;

export const avxRows: readonly X86Row[] = [
  // Floating point
  ...three(each("ADD SUB MUL DIV MIN MAX", "PS PD"), { long }),
  ...three(each("ADD SUB MUL DIV MIN MAX SQRT CMP ROUND", "SS SD"), scalar),
  ...three("RSQRTSS RCPSS CVTSI2SS CVTSI2SD CVTSS2SD CVTSD2SS", scalar),
  ...three(each("AND ANDN OR XOR UNPCKL UNPCKH SHUF CMP ADDSUB HADD HSUB BLEND", "PS PD"), { long }),
  ...three("DPPS DPPD"),
  ...op("VEX.256.66.0F3A.WIG 40", "VDPPS", "Vx,Hx,Wx,Ib", dotProduct(single), avx),
  ...same("SQRTPS SQRTPD RSQRTPS RCPPS CVTDQ2PS CVTPS2DQ CVTTPS2DQ ROUNDPS ROUNDPD", { long }),
  ...same("UCOMISS UCOMISD COMISS COMISD CVTSS2SI CVTSD2SI CVTTSS2SI CVTTSD2SI", scalar),
  ...same("CVTPS2PD CVTPD2PS CVTPD2DQ CVTTPD2DQ CVTDQ2PD"),
  ...op("VEX.256.NP.0F.WIG 5A", "VCVTPS2PD", "Vx,Wdq", y.singlesToDoubles, avx),
  ...op("VEX.256.66.0F.WIG 5A", "VCVTPD2PS", "Vdq,Wx", y.doublesToSingles, avx),
  ...op("VEX.256.F3.0F.WIG E6", "VCVTDQ2PD", "Vx,Wdq", y.integersToDoubles, avx),
  ...op("VEX.256.F2.0F.WIG E6", "VCVTPD2DQ", "Vdq,Wx", y.doublesToIntegers(false), avx),
  ...op("VEX.256.66.0F.WIG E6", "VCVTTPD2DQ", "Vdq,Wx", y.doublesToIntegers(true), avx),
  // Moves
  ...same("MOVAPS MOVAPD MOVUPS MOVUPD MOVDQA MOVDQU MOVNTPS MOVNTPD MOVNTDQ LDDQU MOVSLDUP MOVSHDUP", { long }),
  ...same("MOVNTDQA", { long: longInteger }),
  ...op("VEX.LIG.F3.0F.WIG 10", "VMOVSS", "Vx,Md", m.MOVSS, avx),
  ...op("VEX.LIG.F3.0F.WIG 10", "VMOVSS", "Vx,Hx,Ux", m.MOVSS, avx),
  ...op("VEX.LIG.F3.0F.WIG 11", "VMOVSS", "Md,Vx", m.MOVSS, avx),
  ...op("VEX.LIG.F3.0F.WIG 11", "VMOVSS", "Ux,Hx,Vx", m.MOVSS, avx),
  ...op("VEX.LIG.F2.0F.WIG 10", "VMOVSD", "Vx,Mq", m.MOVSD, avx),
  ...op("VEX.LIG.F2.0F.WIG 10", "VMOVSD", "Vx,Hx,Ux", m.MOVSD, avx),
  ...op("VEX.LIG.F2.0F.WIG 11", "VMOVSD", "Mq,Vx", m.MOVSD, avx),
  ...op("VEX.LIG.F2.0F.WIG 11", "VMOVSD", "Ux,Hx,Vx", m.MOVSD, avx),
  ...op("VEX.128.NP.0F.WIG 12", "VMOVLPS", "Vx,Hx,Wq", m.MOVL, avx),
  ...op("VEX.128.66.0F.WIG 12", "VMOVLPD", "Vx,Hx,Mq", m.MOVL, avx),
  ...op("VEX.128.NP.0F.WIG 13", "VMOVLPS", "Mq,Vx", m.MOVL, avx),
  ...op("VEX.128.66.0F.WIG 13", "VMOVLPD", "Mq,Vx", m.MOVL, avx),
  ...op("VEX.128.NP.0F.WIG 16", "VMOVHPS", "Vx,Hx,Wq", m.MOVH, avx),
  ...op("VEX.128.66.0F.WIG 16", "VMOVHPD", "Vx,Hx,Mq", m.MOVH, avx),
  ...op("VEX.128.NP.0F.WIG 17", "VMOVHPS", "Mq,Vx", m.MOVH, avx),
  ...op("VEX.128.66.0F.WIG 17", "VMOVHPD", "Mq,Vx", m.MOVH, avx),
  ...op("VEX.128.F2.0F.WIG 12", "VMOVDDUP", "Vx,Wq", m.MOVDDUP, avx),
  ...op("VEX.256.F2.0F.WIG 12", "VMOVDDUP", "Vx,Wx", y.duplicateEven, avx),
  ...op("VEX.128.66.0F.WIG 6E", "VMOVD", "Vx,Ey", m.MOVD_TO_XMM, avx),
  ...op("VEX.128.66.0F.WIG 7E", "VMOVD", "Ey,Vx", m.MOVD_FROM_XMM, avx),
  ...same("MOVQ MASKMOVDQU LDMXCSR STMXCSR"),
  ...op("VEX.128.NP.0F.WIG 50", "VMOVMSKPS", "Gy,Ux", i.movemask("i32x4"), avx),
  ...op("VEX.256.NP.0F.WIG 50", "VMOVMSKPS", "Gy,Ux", y.moveMask("i32x4"), avx),
  ...op("VEX.128.66.0F.WIG 50", "VMOVMSKPD", "Gy,Ux", i.movemask("i64x2"), avx),
  ...op("VEX.256.66.0F.WIG 50", "VMOVMSKPD", "Gy,Ux", y.moveMask("i64x2"), avx),
  ...op("VEX.128.NP.0F.WIG 77", "VZEROUPPER", "", y.zero(false), avx),
  ...op("VEX.256.NP.0F.WIG 77", "VZEROALL", "", y.zero(true), avx),
  // Integers
  ...three(each("PADD PSUB", "B W D Q SB SW USB USW"), { long: longInteger }),
  ...three(each("PCMPEQ PCMPGT", "B W D Q"), { long: longInteger }),
  ...three(each("PMIN PMAX", "SB SW SD UB UW UD"), { long: longInteger }),
  ...three("PUNPCKLBW PUNPCKLWD PUNPCKLDQ PUNPCKLQDQ PUNPCKHBW PUNPCKHWD PUNPCKHDQ PUNPCKHQDQ", { long: longInteger }),
  ...three("PACKSSWB PACKSSDW PACKUSWB PACKUSDW PAND PANDN POR PXOR PAVGB PAVGW PSADBW MPSADBW PBLENDW PALIGNR", { long: longInteger }),
  ...three("PMULLW PMULHW PMULHUW PMULHRSW PMULLD PMULUDQ PMULDQ PMADDWD PMADDUBSW", { long: longInteger }),
  ...three("PSHUFB PHADDW PHADDD PHADDSW PHSUBW PHSUBD PHSUBSW PSIGNB PSIGNW PSIGND", { long: longInteger }),
  ...same("PABSB PABSW PABSD PSHUFD PSHUFLW PSHUFHW", { long: longInteger }),
  ...three("PSLLDQ PSRLDQ", { long: longInteger }),
  ...older
    .filter(({ name, digit }) => /^PS(LL|RL|RA)[WDQ]$/.test(name) && digit >= 0)
    .flatMap((row) => [...vexRow(row, true, "128", "avx", row.execute), ...vexRow(row, true, "256", "avx2", y.bothHalves(row.execute))]),
  ...older
    .filter(({ name, digit }) => /^PS(LL|RL|RA)[WDQ]$/.test(name) && digit < 0)
    .flatMap((row) => vexRow(row, true, "128", "avx", row.execute)),
  ...shifts("D1", "VPSRLW", "i16x8", "shr_u"),
  ...shifts("D2", "VPSRLD", "i32x4", "shr_u"),
  ...shifts("D3", "VPSRLQ", "i64x2", "shr_u"),
  ...shifts("E1", "VPSRAW", "i16x8", "shr_s"),
  ...shifts("E2", "VPSRAD", "i32x4", "shr_s"),
  ...shifts("F1", "VPSLLW", "i16x8", "shl"),
  ...shifts("F2", "VPSLLD", "i32x4", "shl"),
  ...shifts("F3", "VPSLLQ", "i64x2", "shl"),
  ...three("PINSRB PINSRW PINSRD INSERTPS"),
  ...same("PEXTRB PEXTRW PEXTRD EXTRACTPS PHMINPOSUW PCMPESTRM PCMPESTRI PCMPISTRM PCMPISTRI"),
  ...same(each("PMOVSX PMOVZX", "BW BD BQ WD WQ DQ")),
  ...extensions(0x20, "VPMOVSX", "s"),
  ...extensions(0x30, "VPMOVZX", "u"),
  ...op("VEX.128.66.0F.WIG D7", "VPMOVMSKB", "Gy,Ux", i.PMOVMSKB, avx),
  ...op("VEX.256.66.0F.WIG D7", "VPMOVMSKB", "Gy,Ux", y.moveMask("i8x16"), avx2),
  ...either("66.0F38.WIG 17", "VPTEST", "Vx,Wx", y.test()),
  ...either("66.0F38.W0 0E", "VTESTPS", "Vx,Wx", y.test(32)),
  ...either("66.0F38.W0 0F", "VTESTPD", "Vx,Wx", y.test(64)),
  ...op("VEX.128.66.0F3A.W0 4C", "VPBLENDVB", "Vx,Hx,Wx,Lx", blendBySigns("i8x16"), avx),
  ...op("VEX.256.66.0F3A.W0 4C", "VPBLENDVB", "Vx,Hx,Wx,Lx", y.bothHalves(blendBySigns("i8x16")), avx2),
  ...sized("66.0F3A.W0 4A", "VBLENDVPS", "Vx,Hx,Wx,Lx", blendBySigns("i32x4")),
  ...sized("66.0F3A.W0 4B", "VBLENDVPD", "Vx,Hx,Wx,Lx", blendBySigns("i64x2")),
  // Ciphers
  ...three("AESENC AESENCLAST AESDEC AESDECLAST", { short: ["avx", "aes"] }),
  ...same("AESIMC AESKEYGENASSIST", { short: ["avx", "aes"] }),
  ...three("PCLMULQDQ", { short: ["avx", "pclmulqdq"] }),
  // Permutations
  ...sized("66.0F38.W0 0C", "VPERMILPS", "Vx,Hx,Wx", onXmm(y.permuteWithin(4))),
  ...sized("66.0F38.W0 0D", "VPERMILPD", "Vx,Hx,Wx", onXmm(y.permuteWithin(8))),
  ...sized("66.0F3A.W0 04", "VPERMILPS", "Vx,Wx,Ib", permuteSinglesBy),
  ...sized("66.0F3A.W0 05", "VPERMILPD", "Vx,Wx,Ib", permuteDoublesBy),
  ...op("VEX.256.66.0F3A.W0 06", "VPERM2F128", "Vx,Hx,Wx,Ib", y.permuteHalves, avx),
  ...op("VEX.256.66.0F3A.W0 46", "VPERM2I128", "Vx,Hx,Wx,Ib", y.permuteHalves, avx2),
  ...op("VEX.256.66.0F3A.W0 18", "VINSERTF128", "Vx,Hx,Wdq,Ib", y.insert128, avx),
  ...op("VEX.256.66.0F3A.W0 38", "VINSERTI128", "Vx,Hx,Wdq,Ib", y.insert128, avx2),
  ...op("VEX.256.66.0F3A.W0 19", "VEXTRACTF128", "Wdq,Vx,Ib", y.extract128, avx),
  ...op("VEX.256.66.0F3A.W0 39", "VEXTRACTI128", "Wdq,Vx,Ib", y.extract128, avx2),
  ...op("VEX.256.66.0F38.W0 36", "VPERMD", "Vx,Hx,Wx", y.permuteSingles, avx2),
  ...op("VEX.256.66.0F38.W0 16", "VPERMPS", "Vx,Hx,Wx", y.permuteSingles, avx2),
  ...op("VEX.256.66.0F3A.W1 00", "VPERMQ", "Vx,Wx,Ib", y.permuteDoubles, avx2),
  ...op("VEX.256.66.0F3A.W1 01", "VPERMPD", "Vx,Wx,Ib", y.permuteDoubles, avx2),
  ...either("66.0F38.W0 18", "VBROADCASTSS", "Vx,Md", y.broadcast(32)),
  ...either("66.0F38.W0 18", "VBROADCASTSS", "Vx,Ux", y.broadcast(32), avx2),
  ...op("VEX.256.66.0F38.W0 19", "VBROADCASTSD", "Vx,Mq", y.broadcast(64), avx),
  ...op("VEX.256.66.0F38.W0 19", "VBROADCASTSD", "Vx,Ux", y.broadcast(64), avx2),
  ...op("VEX.256.66.0F38.W0 1A", "VBROADCASTF128", "Vx,Mdq", y.broadcast128, avx),
  ...op("VEX.256.66.0F38.W0 5A", "VBROADCASTI128", "Vx,Mdq", y.broadcast128, avx2),
  ...either("66.0F38.W0 78", "VPBROADCASTB", "Vx,Wb", y.broadcast(8), avx2),
  ...either("66.0F38.W0 79", "VPBROADCASTW", "Vx,Ww", y.broadcast(16), avx2),
  ...either("66.0F38.W0 58", "VPBROADCASTD", "Vx,Wd", y.broadcast(32), avx2),
  ...either("66.0F38.W0 59", "VPBROADCASTQ", "Vx,Wq", y.broadcast(64), avx2),
  ...sized("66.0F3A.W0 02", "VPBLENDD", "Vx,Hx,Wx,Ib", older.find(({ name }) => name === "BLENDPS")!.execute, avx2),
  ...sized("66.0F38.W0 45", "VPSRLVD", "Vx,Hx,Wx", onXmm(y.shiftEach(single, "shr_u")), avx2),
  ...sized("66.0F38.W1 45", "VPSRLVQ", "Vx,Hx,Wx", onXmm(y.shiftEach(double, "shr_u")), avx2),
  ...sized("66.0F38.W0 46", "VPSRAVD", "Vx,Hx,Wx", onXmm(y.shiftEach(single, "shr_s")), avx2),
  ...sized("66.0F38.W0 47", "VPSLLVD", "Vx,Hx,Wx", onXmm(y.shiftEach(single, "shl")), avx2),
  ...sized("66.0F38.W1 47", "VPSLLVQ", "Vx,Hx,Wx", onXmm(y.shiftEach(double, "shl")), avx2),
  // Under masks
  ...either("66.0F38.W0 2C", "VMASKMOVPS", "Vx,Hx,Mx", k.maskedLoad(single)),
  ...either("66.0F38.W0 2D", "VMASKMOVPD", "Vx,Hx,Mx", k.maskedLoad(double)),
  ...either("66.0F38.W0 2E", "VMASKMOVPS", "Mx,Hx,Vx", k.maskedStore(single)),
  ...either("66.0F38.W0 2F", "VMASKMOVPD", "Mx,Hx,Vx", k.maskedStore(double)),
  ...either("66.0F38.W0 8C", "VPMASKMOVD", "Vx,Hx,Mx", k.maskedLoad(single), avx2),
  ...either("66.0F38.W1 8C", "VPMASKMOVQ", "Vx,Hx,Mx", k.maskedLoad(double), avx2),
  ...either("66.0F38.W0 8E", "VPMASKMOVD", "Mx,Hx,Vx", k.maskedStore(single), avx2),
  ...either("66.0F38.W1 8E", "VPMASKMOVQ", "Mx,Hx,Vx", k.maskedStore(double), avx2),
  ...either("66.0F38.W0 90", "VPGATHERDD", "Vx,Mx,Hx", k.gather(single, single), avx2),
  ...either("66.0F38.W1 90", "VPGATHERDQ", "Vx,Mx,Hx", k.gather(double, single), avx2),
  ...either("66.0F38.W0 91", "VPGATHERQD", "Vx,Mx,Hx", k.gather(single, double), avx2),
  ...either("66.0F38.W1 91", "VPGATHERQQ", "Vx,Mx,Hx", k.gather(double, double), avx2),
  ...either("66.0F38.W0 92", "VGATHERDPS", "Vx,Mx,Hx", k.gather(single, single), avx2),
  ...either("66.0F38.W1 92", "VGATHERDPD", "Vx,Mx,Hx", k.gather(double, single), avx2),
  ...either("66.0F38.W0 93", "VGATHERQPS", "Vx,Mx,Hx", k.gather(single, double), avx2),
  ...either("66.0F38.W1 93", "VGATHERQPD", "Vx,Mx,Hx", k.gather(double, double), avx2),
  ...fmaRows,
  ...op("VEX.128.66.0F38.W0 13", "VCVTPH2PS", "Vx,Wq", f.halvesToSingles, { needs: "f16c" }),
  ...op("VEX.256.66.0F38.W0 13", "VCVTPH2PS", "Vx,Wdq", f.halvesToSingles, { needs: "f16c" }),
  ...op("VEX.128.66.0F3A.W0 1D", "VCVTPS2PH", "Wq,Vx,Ib", f.singlesToHalves, { needs: "f16c" }),
  ...op("VEX.256.66.0F3A.W0 1D", "VCVTPS2PH", "Wdq,Vx,Ib", f.singlesToHalves, { needs: "f16c" }),
];
