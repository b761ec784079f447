/**
 * Parallel addition and subtraction, SEL, and sums of absolute differences (ARM DDI 0406C, A4.4.6, A8.8.388-A8.8.390).
 * The lanes of R[n] and R[m] are those of IR vectors; what lies above the low 32 bits of a vector is of no interest.
 */
import type { Value } from "@tsemu/ir";
import * as state from "../state.ts";
import type { ArmTranslator } from "../translator.ts";

type Cpu = ArmTranslator;

/** The first letters of the mnemonics: modular (setting GE), saturating, halving; signed and unsigned. */
export type ParallelKind = "S" | "Q" | "SH" | "U" | "UQ" | "UH";

interface Lanes {
  readonly result: Value;
  /** GE, for S and U. */
  readonly ge: Value | undefined;
}

/** One of ADD or SUB on all lanes of `size` bits of a and b (i32). */
function onLanes(cpu: Cpu, kind: ParallelKind, size: 8 | 16, subtract: boolean, a: Value, b: Value): Lanes {
  const { ir } = cpu;
  const operation = subtract ? "sub" : "add";
  const sign = kind.startsWith("U") ? "u" : "s";
  const narrow = size === 8 ? "i8x16" : "i16x8";
  const wide = size === 8 ? "i16x8" : "i32x4";
  const low32 = (vector: Value): Value => ir.lane("i32x4.extract_lane", 0, vector);
  const va = ir.op("i32x4.splat", a);
  const vb = ir.op("i32x4.splat", b);
  if (kind === "Q" || kind === "UQ") return { result: low32(ir.op(`${narrow}.${operation}_sat_${sign}`, va, vb)), ge: undefined };

  const extend = (v: Value): Value => ir.op(`${wide}.extend_low_${narrow}_${sign}`, v);
  const exact = (): Value => ir.op(`${wide}.${operation}`, extend(va), extend(vb));
  if (kind === "SH" || kind === "UH") {
    const halved = ir.op(`${wide}.shr_s`, exact(), ir.i32(1));
    // The low `size` bits of each wide lane, put together again.
    const lanes = size === 8 ? bytesAt(0, 2, 4, 6) : bytesAt(0, 1, 4, 5);
    return { result: low32(ir.shuffle(halved, halved, lanes)), ge: undefined };
  }
  const vector = ir.op(`${narrow}.${operation}`, va, vb);
  const bits = (lanes: Value): Value => ir.and(ir.op("i8x16.bitmask", lanes), ir.i32(15));
  if (kind === "U") {
    // Carry out of an addition, no borrow of a subtraction.
    const carries = subtract ? ir.op(`${narrow}.ge_u`, va, vb) : ir.op(`${narrow}.lt_u`, vector, va);
    return { result: low32(vector), ge: bits(carries) };
  }
  const notNegative = ir.op(`${wide}.ge_s`, exact(), ir.v128(0n));
  return { result: low32(vector), ge: bits(ir.op(`${narrow}.narrow_${wide}_s`, notNegative, notNegative)) };
}

const bytesAt = (...first: number[]): number[] => Array.from({ length: 16 }, (_, i) => first[i] ?? 0);

function setLanes(cpu: Cpu, rd: number, { result, ge }: Lanes): void {
  cpu.setR(rd, result);
  if (ge !== undefined) cpu.ir.set(state.ge, ge);
}

interface Rrr {
  readonly rd: number;
  readonly rn: number;
  readonly rm: number;
}

/** SADD16, UQSUB8 and so on. */
export const parallel =
  (kind: ParallelKind, size: 8 | 16, subtract: boolean) =>
  (cpu: Cpu, { rd, rn, rm }: Rrr): void =>
    setLanes(cpu, rd, onLanes(cpu, kind, size, subtract, cpu.R(rn), cpu.R(rm)));

/** SASX (add high, subtract low) and SAX: with the halfwords of R[m] exchanged, one half of an addition and the other of a subtraction. */
export const parallelExchange =
  (kind: ParallelKind, addHigh: boolean) =>
  (cpu: Cpu, { rd, rn, rm }: Rrr): void => {
    const { ir } = cpu;
    const n = cpu.R(rn);
    const exchanged = ir.rotr(cpu.R(rm), ir.i32(16));
    const high = onLanes(cpu, kind, 16, !addHigh, n, exchanged);
    const low = onLanes(cpu, kind, 16, addHigh, n, exchanged);
    const merge = (h: Value, l: Value, highMask: number): Value => ir.xor(l, ir.and(ir.xor(h, l), ir.i32(highMask)));
    setLanes(cpu, rd, {
      result: merge(high.result, low.result, 0xffff_0000),
      ge: high.ge === undefined || low.ge === undefined ? undefined : merge(high.ge, low.ge, 0b1100),
    });
  };

/** SEL: each byte from R[n] where its GE bit is set, otherwise from R[m] (A8.8.166). */
export function SEL(cpu: Cpu, { rd, rn, rm }: Rrr): void {
  const { ir } = cpu;
  // GE bit i to bit 8 * i (the partial products of the multiplication do not overlap), then to a byte of ones.
  const spread = ir.and(ir.mul(ir.get(state.ge), ir.i32(0x0020_4081)), ir.i32(0x0101_0101));
  const mask = ir.mul(spread, ir.i32(0xff));
  const m = cpu.R(rm);
  cpu.setR(rd, ir.xor(m, ir.and(ir.xor(cpu.R(rn), m), mask)));
}

/** The sum of the absolute differences of four unsigned bytes. */
function sumOfDifferences(cpu: Cpu, rn: number, rm: number): Value {
  const { ir } = cpu;
  const bytes = (n: number): Value => ir.op("i16x8.extend_low_i8x16_u", ir.op("i32x4.splat", cpu.R(n)));
  const pairs = ir.op("i32x4.extadd_pairwise_i16x8_u", ir.op("i16x8.abs", ir.op("i16x8.sub", bytes(rn), bytes(rm))));
  return ir.add(ir.lane("i32x4.extract_lane", 0, pairs), ir.lane("i32x4.extract_lane", 1, pairs));
}
export const USAD8 = (cpu: Cpu, { rd, rn, rm }: Rrr): void => cpu.setR(rd, sumOfDifferences(cpu, rn, rm));
export const USADA8 = (cpu: Cpu, { rd, rn, rm, ra }: Rrr & { ra: number }): void =>
  cpu.setR(rd, cpu.ir.add(sumOfDifferences(cpu, rn, rm), cpu.R(ra)));
