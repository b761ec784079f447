/** Instructions on two registers, miscellaneous (DDI 0406C, A7.4.5), permutations apart. */
import type { Value } from "@tsemu/ir";
import type { ArmTranslator } from "../translator.ts";
import type { VfpMeta } from "../vfp/meta.ts";
import { type Both, simd } from "../vfp/rows.ts";
import {
  eachByEstimate,
  eachByLibrary,
  fixedToFloat,
  floatAbs,
  floatCompare,
  floatNeg,
  floatToFixed,
  halfToSingle,
  singleToHalf,
} from "./float.ts";
import { add, narrow, op, saturatingNarrow, shiftLeft, shiftRight, signBits, signMask, widenLow } from "./integer.ts";
import { esize, getD, getQ, getV, oddQ, setD, setQ, setQCIf, setV } from "./operands.ts";

interface Fields {
  readonly size: number;
  readonly q: number;
  readonly vd: number;
  readonly vm: number;
}

/** size, A (bits 17:16) and B (bits 10:7, then Q) of the manual's table. */
export const miscBits = (size: string, a: string, b: string, q = "q:1"): string => `1 vd:1 11 ${size} ${a} vd:4 0 ${b} ${q} vm:1 0 vm:4`;

type Compute = (cpu: ArmTranslator, size: number, m: Value, d: () => Value) => Value;
type Perform = (cpu: ArmTranslator, q: number, vd: number, m: Value) => void;

const missing = (sizes: readonly number[]): object => ({ except: { size: [0, 1, 2, 3].filter((size) => !sizes.includes(size)) } });

/** D = compute(M), for elements of the sizes given. */
function two(name: string, a: string, b: string, syntax: string, sizes: readonly number[], compute: Compute): Both {
  const execute = (cpu: ArmTranslator, { size, q, vd, vm }: Fields): void => {
    if (oddQ(q, vd, vm)) return cpu.undefined();
    setV(
      cpu,
      q,
      vd,
      compute(cpu, size, getV(cpu, q, vm), () => getV(cpu, q, vd)),
    );
  };
  return simd(
    name,
    "1",
    miscBits("size:2", a, b),
    `${syntax} {vd:qd}, {vm:qd}${name.includes("_zero") ? ", #0" : ""}`,
    execute as never,
    missing(sizes) as never,
  );
}

/** The same for 32-bit elements, which `perform` sets itself. */
function words(name: string, a: string, b: string, syntax: string, perform: Perform): Both {
  const execute = (cpu: ArmTranslator, { q, vd, vm }: Fields): void => {
    if (oddQ(q, vd, vm)) return cpu.undefined();
    perform(cpu, q, vd, getV(cpu, q, vm));
  };
  return simd(name, "1", miscBits("10", a, b), `${syntax} {vd:qd}, {vm:qd}${name.includes("_zero") ? ", #0" : ""}`, execute as never);
}

/** The elements of each container of `bits` bits in opposite order. */
const reverse =
  (bits: number): Compute =>
  (cpu, size, m) => {
    const bytes = 1 << size;
    const perContainer = bits / 8 / bytes;
    const lanes = Array.from({ length: 16 }, (_, b) => {
      const element = Math.floor(b / bytes);
      const inContainer = element % perContainer;
      return (element - inContainer + perContainer - 1 - inContainer) * bytes + (b % bytes);
    });
    return cpu.ir.shuffle(m, m, lanes);
  };

/** Sums of adjacent elements, in elements of twice the size. */
const pairwiseLong =
  (unsigned: boolean): Compute =>
  (cpu, size, m) => {
    const sign = unsigned ? "u" : "s";
    if (size === 0) return cpu.ir.op(`i16x8.extadd_pairwise_i8x16_${sign}`, m);
    if (size === 1) return cpu.ir.op(`i32x4.extadd_pairwise_i16x8_${sign}`, m);
    return add(cpu, 3, shiftRight(cpu, 3, shiftLeft(cpu, 3, m, 32), 32, unsigned), shiftRight(cpu, 3, m, 32, unsigned));
  };
const pairwiseAccumulate =
  (unsigned: boolean): Compute =>
  (cpu, size, m, d) =>
    add(cpu, size + 1, d(), pairwiseLong(unsigned)(cpu, size, m, d));

/** Leading zeros: the ones that remain clear when every bit below the highest one is set, counted bytewise and summed. */
const countLeadingZeros: Compute = (cpu, size, m) => {
  const { ir } = cpu;
  let smeared = m;
  for (let n = 1; n < esize(size); n *= 2) smeared = ir.op("v128.or", smeared, shiftRight(cpu, size, smeared, n, true));
  let counts = ir.op("i8x16.popcnt", ir.op("v128.not", smeared));
  if (size > 0) counts = ir.op("i16x8.extadd_pairwise_i8x16_u", counts);
  if (size > 1) counts = ir.op("i32x4.extadd_pairwise_i16x8_u", counts);
  return counts;
};
/** Bits after the sign bit that equal it: the leading zeros of x ^ (x >> 1), less one. */
const countLeadingSigns: Compute = (cpu, size, m, d) => {
  const zeros = countLeadingZeros(cpu, size, cpu.ir.op("v128.xor", m, signMask(cpu, size, m)), d);
  // All ones is -1.
  return add(cpu, size, zeros, cpu.ir.v128(-1n));
};

/** abs or neg, of which the least number saturates. */
const saturating =
  (name: "abs" | "neg"): Compute =>
  (cpu, size, m) => {
    const least = op(cpu, size, "eq", m, signBits(cpu, size));
    setQCIf(cpu, least);
    return cpu.ir.op("v128.xor", op(cpu, size, name, m), least);
  };

const compareZero =
  (name: string): Compute =>
  (cpu, size, m) =>
    op(cpu, size, name, m, cpu.ir.v128(0n));
const compareFloatZero =
  (name: "eq" | "ge" | "gt", zeroFirst: boolean): Perform =>
  (cpu, q, vd, m) => {
    const zero = cpu.ir.v128(0n);
    floatCompare(cpu, q, vd, name, zeroFirst ? zero : m, zeroFirst ? m : zero);
  };

/** A doubleword result of a quadword; `b` ends with the bit in Q's place. */
function narrowing(name: string, b: readonly [string, string], syntax: string, compute: Compute): Both {
  const execute = (cpu: ArmTranslator, { size, vd, vm }: Fields): void => {
    if ((vm & 1) === 1) return cpu.undefined();
    setD(
      cpu,
      vd,
      compute(cpu, size, getQ(cpu, vm), () => getD(cpu, vd)),
    );
  };
  return simd(
    name,
    "1",
    miscBits("size:2", "10", ...b),
    `${syntax}{size:nwide} {vd:vd64}, {vm:qq}`,
    execute as never,
    missing([0, 1, 2]) as never,
  );
}

const longMaximum = simd(
  "VSHLL_max",
  "1",
  miscBits("size:2", "10", "0110", "0") as "1 vd:1 11 size:2 10 vd:4 0 0110 0 vm:1 0 vm:4",
  "vshll.i{size:nsize} {vd:qq}, {vm:vd64}, #{size:nsize}",
  (cpu, { size, vd, vm }) => {
    if ((vd & 1) === 1) return cpu.undefined();
    setQ(cpu, vd, shiftLeft(cpu, size + 1, widenLow(cpu, size, getD(cpu, vm), true), esize(size)));
  },
  { except: { size: 3 } },
);

const halves: VfpMeta["needs"] = "neonHalf";
const toHalf = simd(
  "VCVT_half_single",
  "1",
  miscBits("01", "10", "1100", "0") as "1 vd:1 11 01 10 vd:4 0 1100 0 vm:1 0 vm:4",
  "vcvt.f16.f32 {vd:vd64}, {vm:qq}",
  (cpu, { vd, vm }) => ((vm & 1) === 1 ? cpu.undefined() : setD(cpu, vd, singleToHalf(cpu, getQ(cpu, vm)))),
  { needs: halves },
);
const fromHalf = simd(
  "VCVT_single_half",
  "1",
  miscBits("01", "10", "1110", "0") as "1 vd:1 11 01 10 vd:4 0 1110 0 vm:1 0 vm:4",
  "vcvt.f32.f16 {vd:qq}, {vm:vd64}",
  (cpu, { vd, vm }) => ((vd & 1) === 1 ? cpu.undefined() : setQ(cpu, vd, halfToSingle(cpu, getD(cpu, vm)))),
  { needs: halves },
);

const integers = [0, 1, 2];

export const neonMisc: readonly Both[] = [
  two("VREV64", "00", "0000", "vrev64.{size:nsize}", [0, 1, 2], reverse(64)),
  two("VREV32", "00", "0001", "vrev32.{size:nsize}", [0, 1], reverse(32)),
  two("VREV16", "00", "0010", "vrev16.{size:nsize}", [0], reverse(16)),
  two("VPADDL_s", "00", "0100", "vpaddl.s{size:nsize}", integers, pairwiseLong(false)),
  two("VPADDL_u", "00", "0101", "vpaddl.u{size:nsize}", integers, pairwiseLong(true)),
  two("VCLS", "00", "1000", "vcls.s{size:nsize}", integers, countLeadingSigns),
  two("VCLZ", "00", "1001", "vclz.i{size:nsize}", integers, countLeadingZeros),
  two("VCNT", "00", "1010", "vcnt.{size:nsize}", [0], (cpu, _, m) => cpu.ir.op("i8x16.popcnt", m)),
  two("VMVN_reg", "00", "1011", "vmvn", [0], (cpu, _, m) => cpu.ir.op("v128.not", m)),
  two("VPADAL_s", "00", "1100", "vpadal.s{size:nsize}", integers, pairwiseAccumulate(false)),
  two("VPADAL_u", "00", "1101", "vpadal.u{size:nsize}", integers, pairwiseAccumulate(true)),
  two("VQABS", "00", "1110", "vqabs.s{size:nsize}", integers, saturating("abs")),
  two("VQNEG", "00", "1111", "vqneg.s{size:nsize}", integers, saturating("neg")),
  two("VCGT_zero", "01", "0000", "vcgt.s{size:nsize}", integers, compareZero("gt_s")),
  two("VCGE_zero", "01", "0001", "vcge.s{size:nsize}", integers, compareZero("ge_s")),
  two("VCEQ_zero", "01", "0010", "vceq.i{size:nsize}", integers, compareZero("eq")),
  two("VCLE_zero", "01", "0011", "vcle.s{size:nsize}", integers, compareZero("le_s")),
  two("VCLT_zero", "01", "0100", "vclt.s{size:nsize}", integers, compareZero("lt_s")),
  two("VABS_int", "01", "0110", "vabs.s{size:nsize}", integers, (cpu, size, m) => op(cpu, size, "abs", m)),
  two("VNEG_int", "01", "0111", "vneg.s{size:nsize}", integers, (cpu, size, m) => op(cpu, size, "neg", m)),
  words("VCGT_zero_float", "01", "1000", "vcgt.f32", compareFloatZero("gt", false)),
  words("VCGE_zero_float", "01", "1001", "vcge.f32", compareFloatZero("ge", false)),
  words("VCEQ_zero_float", "01", "1010", "vceq.f32", compareFloatZero("eq", false)),
  words("VCLE_zero_float", "01", "1011", "vcle.f32", compareFloatZero("ge", true)),
  words("VCLT_zero_float", "01", "1100", "vclt.f32", compareFloatZero("gt", true)),
  words("VABS_float", "01", "1110", "vabs.f32", (cpu, q, vd, m) => setV(cpu, q, vd, floatAbs(cpu, m))),
  words("VNEG_float", "01", "1111", "vneg.f32", (cpu, q, vd, m) => setV(cpu, q, vd, floatNeg(cpu, m))),
  narrowing("VMOVN", ["0100", "0"], "vmovn.i", (cpu, size, m) => narrow(cpu, size, m)),
  narrowing("VQMOVUN", ["0100", "1"], "vqmovun.s", (cpu, size, m) => saturatingNarrow(cpu, size, m, false, true)),
  narrowing("VQMOVN_s", ["0101", "0"], "vqmovn.s", (cpu, size, m) => saturatingNarrow(cpu, size, m, false, false)),
  narrowing("VQMOVN_u", ["0101", "1"], "vqmovn.u", (cpu, size, m) => saturatingNarrow(cpu, size, m, true, true)),
  longMaximum,
  toHalf,
  fromHalf,
  words("VRECPE_int", "11", "1000", "vrecpe.u32", (cpu, q, vd, m) => setV(cpu, q, vd, eachByEstimate(cpu, q, "u32_recip_estimate", m))),
  words("VRSQRTE_int", "11", "1001", "vrsqrte.u32", (cpu, q, vd, m) => setV(cpu, q, vd, eachByEstimate(cpu, q, "u32_rsqrt_estimate", m))),
  words("VRECPE_float", "11", "1010", "vrecpe.f32", (cpu, q, vd, m) => setV(cpu, q, vd, eachByLibrary(cpu, q, "f32_recip_estimate", m))),
  words("VRSQRTE_float", "11", "1011", "vrsqrte.f32", (cpu, q, vd, m) => setV(cpu, q, vd, eachByLibrary(cpu, q, "f32_rsqrt_estimate", m))),
  words("VCVT_f32_s32", "11", "1100", "vcvt.f32.s32", (cpu, q, vd, m) => fixedToFloat(cpu, q, vd, m, 0, false)),
  words("VCVT_f32_u32", "11", "1101", "vcvt.f32.u32", (cpu, q, vd, m) => fixedToFloat(cpu, q, vd, m, 0, true)),
  words("VCVT_s32_f32", "11", "1110", "vcvt.s32.f32", (cpu, q, vd, m) => floatToFixed(cpu, q, vd, m, 0, false)),
  words("VCVT_u32_f32", "11", "1111", "vcvt.u32.f32", (cpu, q, vd, m) => floatToFixed(cpu, q, vd, m, 0, true)),
];
