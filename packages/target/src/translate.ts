/** The generic translation loop: how a block of guest code grows, whatever the architecture. */
import { type Block, IrBuilder } from "@tsemu/ir";
import type { CodeReader } from "./cpu.ts";

export interface Translation {
  readonly ir: Block;
  readonly pc: number;
  /** Bytes of guest code the block covers, from pc. */
  readonly bytes: number;
  readonly insnCount: number;
}

/**
 * Translates one block at pc, which is at most maxInsns instructions. Reads code through `reader`, which may throw GuestFault. `pcHigh`: the
 * upper word of pc, where addresses have 64 bits; what the block says of addresses of code (`insn`, `goto`) are lower words. One with another
 * upper word is no goto's target but a lookup's.
 */
export type Translate = (reader: CodeReader, pc: number, flags: number, maxInsns: number, pcHigh: number) => Translation;

/** What one architecture does for the loop. A fresh object for every block; `pc` is that of the next instruction. */
export interface BlockTranslator {
  readonly ir: IrBuilder;
  pc: number;
  /** Set by an instruction after which nothing of this block follows; it has emitted the exit. */
  ended: boolean;
  /** What `restore` needs beside pc for the instruction at pc. */
  insnExtra(): number;
  /** Length in bytes of the instruction at pc. */
  insnLength(): number;
  /** Decodes and translates the instruction at pc, and moves pc behind it. */
  insn(): void;
  /** Emits the exit that continues at pc. */
  fallThrough(): void;
}

/** Most instructions a block has; it bounds how far off an interrupt can be, and the work lost by a fault. */
export const maxBlockInsns = 64;

/**
 * Translates until an instruction ends the block, the page ends, or maxInsns are done. An instruction that crosses
 * into the next page is translated only as the first of a block (which then covers two pages).
 */
export function translateBlock(t: BlockTranslator, pageBits: number, maxInsns: number): Translation {
  const start = t.pc;
  const pageEnd = (Math.floor(start / 2 ** pageBits) + 1) * 2 ** pageBits;
  let insnCount = 0;
  for (;;) {
    t.ir.insn(t.pc, t.insnExtra());
    t.insn();
    insnCount++;
    if (t.ended) break;
    if (insnCount === maxInsns || t.pc >= pageEnd || t.pc <= start || t.pc + t.insnLength() > pageEnd) {
      t.fallThrough();
      break;
    }
  }
  return { ir: { insts: t.ir.insts }, pc: start, bytes: t.pc > start ? t.pc - start : 2 ** 32 - start, insnCount };
}
