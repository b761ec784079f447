/**
 * Operations of the DSP ASE on general registers, as functions of two words. .QB is four unsigned bytes, .PH two halfwords, Q numbers
 * are fractions.
 */
import { type DspControl, ouflag } from "./control.ts";

export type RegisterOperation = (d: DspControl, rs: number, rt: number) => number;

/** Fields of a word, the lowest first. */
const bytes = (x: number): number[] => [x & 0xff, (x >>> 8) & 0xff, (x >>> 16) & 0xff, x >>> 24];
const signedBytes = (x: number): number[] => bytes(x).map((b) => (b << 24) >> 24);
const halves = (x: number): number[] => [(x << 16) >> 16, x >> 16];
const unsignedHalves = (x: number): number[] => [x & 0xffff, x >>> 16];
const fromBytes = (b: readonly number[]): number => (b[0]! & 0xff) | ((b[1]! & 0xff) << 8) | ((b[2]! & 0xff) << 16) | (b[3]! << 24);
const fromHalves = (h: readonly number[]): number => (h[0]! & 0xffff) | (h[1]! << 16);

interface Lanes {
  readonly split: (x: number) => number[];
  readonly join: (parts: readonly number[]) => number;
  readonly least: number;
  readonly most: number;
}
const QB: Lanes = { split: bytes, join: fromBytes, least: 0, most: 0xff };
const sQB: Lanes = { split: signedBytes, join: fromBytes, least: -0x80, most: 0x7f };
const PH: Lanes = { split: halves, join: fromHalves, least: -0x8000, most: 0x7fff };
const uPH: Lanes = { split: unsignedHalves, join: fromHalves, least: 0, most: 0xffff };
const W: Lanes = { split: (x) => [x | 0], join: ([x]) => x! | 0, least: -0x8000_0000, most: 0x7fff_ffff };

/** compute of each pair of lanes; what does not fit is noted, and saturated or cut. */
const each =
  (
    { split, join, least, most }: Lanes,
    flag: number | undefined,
    saturate: boolean,
    compute: (a: number, b: number) => number,
  ): RegisterOperation =>
  (d, rs, rt) => {
    const b = split(rt);
    return join(
      split(rs).map((a, i) => {
        const value = compute(a, b[i]!);
        if (value >= least && value <= most) return value;
        if (flag !== undefined) d.overflow(flag);
        return saturate ? (value < least ? least : most) : value;
      }),
    );
  };

const add = (a: number, b: number): number => a + b;
const sub = (a: number, b: number): number => a - b;

const compare =
  (
    { split }: Lanes,
    holds: (a: number, b: number) => boolean,
    to: { readonly register?: true; readonly conditions?: true },
  ): RegisterOperation =>
  (d, rs, rt) => {
    const b = split(rt);
    const parts = split(rs);
    const bits = parts.reduce((sum, a, i) => sum | (holds(a, b[i]!) ? 1 << i : 0), 0);
    if (to.conditions === true) d.setConditions(parts.length, bits);
    return to.register === true ? bits : 0;
  };
const EQ = (a: number, b: number): boolean => a === b;
const LT = (a: number, b: number): boolean => a < b;
const LE = (a: number, b: number): boolean => a <= b;

const pick =
  ({ split, join }: Lanes): RegisterOperation =>
  (d, rs, rt) => {
    const b = split(rt);
    return join(split(rs).map((a, i) => ((d.conditions >>> i) & 1 ? a : b[i]!)));
  };

/** The product of two Q15: a fraction of 32 bits. -1 times -1 does not fit. */
export const productQ15 = (d: DspControl, flag: number, a: number, b: number): number => {
  if (a === -0x8000 && b === -0x8000) {
    d.overflow(flag);
    return 0x7fff_ffff;
  }
  return 2 * a * b;
};

const productsQ15 =
  (rounded: boolean): RegisterOperation =>
  (d, rs, rt) => {
    const b = halves(rt);
    return fromHalves(
      halves(rs).map((a, i) => {
        if (a === -0x8000 && b[i] === -0x8000) {
          d.overflow(ouflag.multiply);
          return 0x7fff;
        }
        return (2 * a * b[i]! + (rounded ? 0x8000 : 0)) >> 16;
      }),
    );
  };

/** The upper words of products of two Q31. */
const productQ31 =
  (rounded: boolean): RegisterOperation =>
  (d, rs, rt) => {
    if ((rs | 0) === -0x8000_0000 && (rt | 0) === -0x8000_0000) {
      d.overflow(ouflag.multiply);
      return 0x7fff_ffff;
    }
    const product = 2n * BigInt(rs | 0) * BigInt(rt | 0) + (rounded ? 0x8000_0000n : 0n);
    return Number(BigInt.asIntN(32, product >> 32n));
  };

/** Two bytes of rs (from byte `first`) times the halfwords of rt, unsigned. */
const bytesTimesHalves =
  (first: 0 | 2): RegisterOperation =>
  (d, rs, rt) => {
    const b = unsignedHalves(rt);
    return fromHalves(
      [0, 1].map((i) => {
        const product = bytes(rs)[first + i]! * b[i]!;
        if (product <= 0xffff) return product;
        d.overflow(ouflag.multiply);
        return 0xffff;
      }),
    );
  };

/** Bytes of rt in halfwords, `shift` bits up: the lower halfword's, then the upper's. */
const expand =
  (low: number, high: number, shift: 0 | 7): RegisterOperation =>
  (_d, _rs, rt) =>
    fromHalves([bytes(rt)[low]! << shift, bytes(rt)[high]! << shift]);

const absolute = (lanes: Lanes): RegisterOperation => {
  const run = each(lanes, ouflag.add, true, (_a, b) => Math.abs(b));
  return (d, _rs, rt) => run(d, rt, rt);
};

const toByte = (d: DspControl, value: number): number => {
  if (value >= 0 && value <= 0x7f80) return value >> 7;
  d.overflow(ouflag.shift);
  return value < 0 ? 0 : 0xff;
};

const toHalf = (d: DspControl, value: number): number => {
  if (value > 0x7fff_7fff) {
    d.overflow(ouflag.shift);
    return 0x7fff;
  }
  return (value + 0x8000) >> 16;
};

/** rt's lanes shifted by rs, which is taken modulo the lanes' width. */
const shift =
  ({ split, join }: Lanes, bits: number, compute: (d: DspControl, value: number, n: number) => number): RegisterOperation =>
  (d, rs, rt) =>
    join(split(rt).map((value) => compute(d, value, rs & (bits - 1))));

const left =
  (least: number, most: number, saturate: boolean) =>
  (d: DspControl, value: number, n: number): number => {
    const result = value * 2 ** n;
    if (result >= least && result <= most) return result;
    d.overflow(ouflag.shift);
    return saturate ? (result < 0 ? least : most) : result % 2 ** 32;
  };
const right = (_d: DspControl, value: number, n: number): number => Math.floor(value / 2 ** n);
const rightRounded = (_d: DspControl, value: number, n: number): number =>
  n === 0 ? value : Math.floor((Math.floor(value / 2 ** (n - 1)) + 1) / 2);

const replicate = (x: number): number => fromBytes([x, x, x, x]);

const list: Readonly<Record<string, RegisterOperation>> = {
  "ADDU.QB": each(QB, ouflag.add, false, add),
  "SUBU.QB": each(QB, ouflag.add, false, sub),
  "ADDU_S.QB": each(QB, ouflag.add, true, add),
  "SUBU_S.QB": each(QB, ouflag.add, true, sub),
  "ADDU.PH": each(uPH, ouflag.add, false, add),
  "SUBU.PH": each(uPH, ouflag.add, false, sub),
  "ADDU_S.PH": each(uPH, ouflag.add, true, add),
  "SUBU_S.PH": each(uPH, ouflag.add, true, sub),
  "ADDQ.PH": each(PH, ouflag.add, false, add),
  "SUBQ.PH": each(PH, ouflag.add, false, sub),
  "ADDQ_S.PH": each(PH, ouflag.add, true, add),
  "SUBQ_S.PH": each(PH, ouflag.add, true, sub),
  "ADDQ_S.W": each(W, ouflag.add, true, add),
  "SUBQ_S.W": each(W, ouflag.add, true, sub),
  ADDSC: (d, rs, rt) => {
    const sum = (rs >>> 0) + (rt >>> 0);
    d.carry = sum > 0xffff_ffff ? 1 : 0;
    return sum | 0;
  },
  ADDWC: (d, rs, rt) => {
    const sum = (rs | 0) + (rt | 0) + d.carry;
    if (sum !== (sum | 0)) d.overflow(ouflag.add);
    return sum | 0;
  },
  MODSUB: (_d, rs, rt) => (rs === 0 ? (rt >>> 8) & 0xffff : (rs - (rt & 0xff)) | 0),
  "RADDU.W.QB": (_d, rs) => bytes(rs).reduce(add, 0),
  "MULEU_S.PH.QBL": bytesTimesHalves(2),
  "MULEU_S.PH.QBR": bytesTimesHalves(0),
  "MULEQ_S.W.PHL": (d, rs, rt) => productQ15(d, ouflag.multiply, rs >> 16, rt >> 16),
  "MULEQ_S.W.PHR": (d, rs, rt) => productQ15(d, ouflag.multiply, (rs << 16) >> 16, (rt << 16) >> 16),
  "MULQ_S.PH": productsQ15(false),
  "MULQ_RS.PH": productsQ15(true),
  "CMPU.EQ.QB": compare(QB, EQ, { conditions: true }),
  "CMPU.LT.QB": compare(QB, LT, { conditions: true }),
  "CMPU.LE.QB": compare(QB, LE, { conditions: true }),
  "CMPGU.EQ.QB": compare(QB, EQ, { register: true }),
  "CMPGU.LT.QB": compare(QB, LT, { register: true }),
  "CMPGU.LE.QB": compare(QB, LE, { register: true }),
  "CMPGDU.EQ.QB": compare(QB, EQ, { register: true, conditions: true }),
  "CMPGDU.LT.QB": compare(QB, LT, { register: true, conditions: true }),
  "CMPGDU.LE.QB": compare(QB, LE, { register: true, conditions: true }),
  "CMP.EQ.PH": compare(PH, EQ, { conditions: true }),
  "CMP.LT.PH": compare(PH, LT, { conditions: true }),
  "CMP.LE.PH": compare(PH, LE, { conditions: true }),
  "PICK.QB": pick(QB),
  "PICK.PH": pick(PH),
  "PRECRQ.QB.PH": (_d, rs, rt) => fromBytes([bytes(rt)[1]!, bytes(rt)[3]!, bytes(rs)[1]!, bytes(rs)[3]!]),
  "PRECR.QB.PH": (_d, rs, rt) => fromBytes([bytes(rt)[0]!, bytes(rt)[2]!, bytes(rs)[0]!, bytes(rs)[2]!]),
  "PACKRL.PH": (_d, rs, rt) => (rs << 16) | (rt >>> 16),
  "PRECRQU_S.QB.PH": (d, rs, rt) => fromBytes([...halves(rt), ...halves(rs)].map((half) => toByte(d, half))),
  "PRECRQ.PH.W": (_d, rs, rt) => (rs & 0xffff_0000) | (rt >>> 16),
  "PRECRQ_RS.PH.W": (d, rs, rt) => fromHalves([toHalf(d, rt | 0), toHalf(d, rs | 0)]),
  "ABSQ_S.QB": absolute(sQB),
  "ABSQ_S.PH": absolute(PH),
  "ABSQ_S.W": absolute(W),
  "REPLV.QB": (_d, _rs, rt) => replicate(rt),
  "REPLV.PH": (_d, _rs, rt) => fromHalves([rt, rt]),
  BITREV: (_d, _rs, rt) => {
    let result = 0;
    for (let i = 0; i < 16; i++) result |= ((rt >>> i) & 1) << (15 - i);
    return result;
  },
  "PRECEQ.W.PHL": (_d, _rs, rt) => rt & 0xffff_0000,
  "PRECEQ.W.PHR": (_d, _rs, rt) => rt << 16,
  "PRECEQU.PH.QBL": expand(2, 3, 7),
  "PRECEQU.PH.QBR": expand(0, 1, 7),
  "PRECEQU.PH.QBLA": expand(1, 3, 7),
  "PRECEQU.PH.QBRA": expand(0, 2, 7),
  "PRECEU.PH.QBL": expand(2, 3, 0),
  "PRECEU.PH.QBR": expand(0, 1, 0),
  "PRECEU.PH.QBLA": expand(1, 3, 0),
  "PRECEU.PH.QBRA": expand(0, 2, 0),
  "SHLL.QB": shift(QB, 8, left(0, 0xff, false)),
  "SHRL.QB": shift(QB, 8, right),
  "SHRA.QB": shift(sQB, 8, right),
  "SHRA_R.QB": shift(sQB, 8, rightRounded),
  "SHLL.PH": shift(PH, 16, left(-0x8000, 0x7fff, false)),
  "SHLL_S.PH": shift(PH, 16, left(-0x8000, 0x7fff, true)),
  "SHRA.PH": shift(PH, 16, right),
  "SHRA_R.PH": shift(PH, 16, rightRounded),
  "SHRL.PH": shift(uPH, 16, right),
  "SHLL_S.W": shift(W, 32, left(-0x8000_0000, 0x7fff_ffff, true)),
  "SHRA_R.W": shift(W, 32, rightRounded),
  "ADDUH.QB": each(QB, undefined, false, (a, b) => (a + b) >> 1),
  "ADDUH_R.QB": each(QB, undefined, false, (a, b) => (a + b + 1) >> 1),
  "SUBUH.QB": each(QB, undefined, false, (a, b) => (a - b) >> 1),
  "SUBUH_R.QB": each(QB, undefined, false, (a, b) => (a - b + 1) >> 1),
  "ADDQH.PH": each(PH, undefined, false, (a, b) => (a + b) >> 1),
  "ADDQH_R.PH": each(PH, undefined, false, (a, b) => (a + b + 1) >> 1),
  "SUBQH.PH": each(PH, undefined, false, (a, b) => (a - b) >> 1),
  "SUBQH_R.PH": each(PH, undefined, false, (a, b) => (a - b + 1) >> 1),
  "ADDQH.W": each(W, undefined, false, (a, b) => Math.floor((a + b) / 2)),
  "ADDQH_R.W": each(W, undefined, false, (a, b) => Math.floor((a + b + 1) / 2)),
  "SUBQH.W": each(W, undefined, false, (a, b) => Math.floor((a - b) / 2)),
  "SUBQH_R.W": each(W, undefined, false, (a, b) => Math.floor((a - b + 1) / 2)),
  "MUL.PH": each(PH, ouflag.multiply, false, (a, b) => a * b),
  "MUL_S.PH": each(PH, ouflag.multiply, true, (a, b) => a * b),
  "MULQ_S.W": productQ31(false),
  "MULQ_RS.W": productQ31(true),
  /** Of rt and the field in rs: what EXTP put there. */
  INSV: (d, rs, rt) => {
    const { scount } = d;
    const pos = d.pos & 31;
    // Beyond the register: UNPREDICTABLE. As QEMU we let one bit go.
    if (scount === 0 || pos + scount > 33) return rt;
    const mask = pos + scount >= 32 ? -1 << pos : ((1 << scount) - 1) << pos;
    return (rt & ~mask) | ((rs << pos) & mask);
  },
  RDDSP: (d, mask) => d.read(mask),
  WRDSP: (d, mask, value) => {
    d.write(mask, value);
    return 0;
  },
};

export const registerOperations: readonly { readonly name: string; readonly run: RegisterOperation }[] = Object.entries(list).map(
  ([name, run]) => ({
    name,
    run,
  }),
);

const numbers = new Map(registerOperations.map(({ name }, i) => [name, i]));

export function registerOperation(name: string): number {
  const number = numbers.get(name);
  if (number === undefined) throw new Error(`internal error: no DSP operation ${name}`);
  return number;
}
