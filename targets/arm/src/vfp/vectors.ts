/**
 * VFP short vectors (DDI 0406C, appendix K): on cores that have them, FPSCR.Len and Stride turn data-processing instructions on
 * registers outside bank 0 into one operation for each of Len + 1 registers, which wrap around within their bank.
 */
import * as bf from "../block-flags.ts";
import type { ArmTranslator } from "../translator.ts";
import { exists, type Precision } from "./operands.ts";

/** Registers of one operation: destination, first and second operand (-1 where there is none). */
export type Operation = readonly [d: number, n: number, m: number];

const lengthOf = (cpu: ArmTranslator): number => (cpu.flags >>> bf.LEN_SHIFT) & 7;
const strideOf = (cpu: ArmTranslator): number => (cpu.flags >>> bf.STRIDE_SHIFT) & 3;

/** Are FPSCR.Len and Stride 0, as instructions without vector form demand? */
export const noVectors = (cpu: ArmTranslator): boolean => lengthOf(cpu) === 0 && strideOf(cpu) === 0;

/**
 * The operations that an instruction on these registers stands for, or undefined where it is undefined: registers that do not
 * exist, or vectors on a core without them.
 */
export function operations(cpu: ArmTranslator, sz: Precision, d: number, n: number, m: number): readonly Operation[] | undefined {
  if (!exists(cpu, sz, d, n, m)) return undefined;
  if (noVectors(cpu)) return [[d, n, m]];
  if (!cpu.features.shortVectors) return undefined;
  const bank = sz === 1 ? 4 : 8;
  // Bank 0, and the bank that repeats it among d16 to d31, hold scalars.
  const isScalar = (register: number): boolean => (sz === 1 ? (register & 0xc) === 0 : register < 8);
  if (isScalar(d)) return [[d, n, m]];
  const step = strideOf(cpu) === 3 ? 2 : 1;
  const advance = (register: number, i: number): number =>
    register < 0 ? register : (register & -bank) | ((register + i * step) & (bank - 1));
  return Array.from({ length: lengthOf(cpu) + 1 }, (_, i): Operation => [advance(d, i), advance(n, i), isScalar(m) ? m : advance(m, i)]);
}
