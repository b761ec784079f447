/** Guest code to a block of IR that is ready for either tier. */
import { type Block, type Goto, type Inst, IrBuilder, optimize } from "@tsemu/ir";
import type { Cpu, Target, Translation } from "@tsemu/target";
import type { MmuCodeReader } from "./code-reader.ts";

/** Is the goto's target on another page than the block at pc? */
export const isFar = (inst: Goto, pc: number, pageBits: number): boolean => inst.pc >>> pageBits !== pc >>> pageBits;

/** The instructions with the gotos that `wanted` names made lookups. */
export function lookUpInstead(block: Block, target: Target, wanted: (inst: Goto) => boolean): Block {
  if (!block.insts.some((inst) => inst.kind === "goto" && wanted(inst))) return block;
  const insts: Inst[] = [];
  // Every value is an instruction, so this many ids are taken at the most.
  let nextId = block.insts.length;
  for (const inst of block.insts) {
    if (inst.kind !== "goto" || !wanted(inst)) {
      insts.push(inst);
      continue;
    }
    const b = new IrBuilder(nextId);
    nextId += 2;
    b.set(target.pc, b.i32(inst.pc));
    b.set(target.flags, b.i32(inst.flags));
    b.lookup();
    insts.push(...b.insts);
  }
  return { insts };
}

export interface ReadyBlock {
  readonly translation: Translation;
  /** As the target made it; printed by `-d op`. */
  readonly ir: Block;
}

/**
 * Translates the block at pc for tier 0, which chains gotos only where the mapping of the present page vouches for their target's; others are
 * lookups. Throws GuestFault where code cannot be fetched.
 */
export function translate(target: Target, cpu: Cpu, reader: MmuCodeReader, pc: number, flags: number, maxInsns: number): ReadyBlock {
  const translation = cpu.translate(reader.begin(cpu.fetchMmuIdx(flags)), pc, flags, maxInsns);
  return { translation, ir: lookUpInstead(translation.ir, target, (inst) => isFar(inst, pc, target.pageBits)) };
}

export { optimize };
