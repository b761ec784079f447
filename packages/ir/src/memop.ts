/** How a guest load or store accesses memory. */
import type { Type } from "./types.ts";

export interface MemOp {
  /** Bytes accessed. */
  readonly size: 1 | 2 | 4 | 8 | 16;
  /** Loads narrower than their type: sign-extend? */
  readonly signed: boolean;
  /** The address must be a multiple of this many bytes, otherwise the access raises an alignment fault. 1: any address. */
  readonly align: 1 | 2 | 4 | 8 | 16;
  /** Which of the target's translation regimes (0..3), e.g. user and privileged. */
  readonly mmuIdx: number;
  /** The type of the value loaded or stored. */
  readonly type: Type;
}

/** A MemOp as the 32-bit number that slow paths receive: bits 0-4 size, 5 signed, 8-12 align, 16-17 mmuIdx. */
export const packMemOp = (m: MemOp): number => m.size | (m.signed ? 32 : 0) | (m.align << 8) | (m.mmuIdx << 16);
export const packedSize = (p: number): number => p & 31;
export const packedSigned = (p: number): boolean => (p & 32) !== 0;
export const packedAlign = (p: number): number => (p >>> 8) & 31;
export const packedMmuIdx = (p: number): number => (p >>> 16) & 3;

/** "i32.load16_u align=2 mmu=0": the printed form without operands. */
export function memOpName(m: MemOp, kind: "load" | "store"): string {
  const full = m.size === { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 }[m.type];
  const suffix = full ? "" : `${m.size * 8}${kind === "store" ? "" : m.signed ? "_s" : "_u"}`;
  return `${m.type}.${kind}${suffix}`;
}
