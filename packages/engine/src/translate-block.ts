/** Guest code to a block of IR that is ready for either tier. */
import { type Block, type Goto, type Inst, IrBuilder, optimize, type Slot } from "@tsemu/ir";
import type { Cpu, Target, Translation } from "@tsemu/target";
import type { MmuCodeReader } from "./code-reader.ts";

/** A goto may be chained only where the mapping of the present page vouches for its target's; others look their target up. */
function lookUpOtherPages(translation: Translation, pageBits: number, pc: Slot, flags: Slot): Block {
  const page = Math.floor(translation.pc / 2 ** pageBits);
  const far = (inst: Inst): inst is Goto => inst.kind === "goto" && Math.floor(inst.pc / 2 ** pageBits) !== page;
  if (!translation.ir.insts.some(far)) return translation.ir;
  const insts: Inst[] = [];
  // Every value is an instruction, so this many ids are taken at the most.
  let nextId = translation.ir.insts.length;
  for (const inst of translation.ir.insts) {
    if (!far(inst)) {
      insts.push(inst);
      continue;
    }
    const b = new IrBuilder(nextId);
    nextId += 2;
    b.set(pc, b.i32(inst.pc));
    b.set(flags, b.i32(inst.flags));
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

/** Translates the block at pc. Throws GuestFault where code cannot be fetched. */
export function translate(target: Target, cpu: Cpu, reader: MmuCodeReader, pc: number, flags: number, maxInsns: number): ReadyBlock {
  const translation = cpu.translate(reader.begin(cpu.fetchMmuIdx(flags)), pc, flags, maxInsns);
  return { translation, ir: lookUpOtherPages(translation, target.pageBits, target.pc, target.flags) };
}

export { optimize };
