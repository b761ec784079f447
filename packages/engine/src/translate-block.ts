/** Guest code to a block of IR that is ready for either tier. */
import type { IrOf } from "@tsemu/backend-wasm";
import { type Block, type Goto, type Inst, IrBuilder, optimize } from "@tsemu/ir";
import { STATE_BASE } from "@tsemu/memory";
import type { CodeReader, Target, Translate, Translation } from "@tsemu/target";
import type { Place } from "./block-cache.ts";
import { BytesReader } from "./code-reader.ts";

/** Is the goto's target on another page than the block at pc? */
export const isFar = (inst: Goto, pc: number, pageBits: number): boolean => inst.pc >>> pageBits !== pc >>> pageBits;

/** The instructions with the gotos that `wanted` names, each with its number among the gotos, made lookups. */
function lookUpInstead(block: Block, target: Target, wanted: (inst: Goto, number: number) => boolean): Block {
  let number = 0;
  if (!block.insts.some((inst) => inst.kind === "goto" && wanted(inst, number++))) return block;
  const insts: Inst[] = [];
  // Every value is an instruction, so this many ids are taken at the most.
  let nextId = block.insts.length;
  number = 0;
  for (const inst of block.insts) {
    if (inst.kind !== "goto" || !wanted(inst, number++)) {
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
  /** As the target made it. */
  readonly translation: Translation;
  /** For tier 0, before the passes; printed by `-d op`. */
  readonly ir: Block;
}

/**
 * Translates the block for tier 0, which chains gotos only where the mapping of the present page vouches for their target's; others are
 * lookups. Throws GuestFault where code cannot be fetched.
 */
export function translateForTier0(
  target: Target,
  translate: Translate,
  reader: CodeReader,
  { pc, pcHigh, flags }: Place,
  maxInsns: number,
): ReadyBlock {
  const translation = translate(reader, pc, flags, maxInsns, pcHigh);
  return { translation, ir: lookUpInstead(translation.ir, target, (inst) => isFar(inst, pc, target.pageBits)) };
}

/** Translates the blocks of regions once more, from the copy of their code. */
export function regionIr(target: Target, model: string): IrOf {
  const translate = target.translator(model, STATE_BASE);
  return ({ pc, pcHigh, flags, code, insnCount, lookedUp }) => {
    const { ir, bytes } = translate(new BytesReader(code, pc), pc, flags, insnCount, pcHigh);
    if (bytes !== code.length) throw new Error(`internal error: the block at 0x${pc.toString(16)} has become another one`);
    return optimize(lookUpInstead(ir, target, (_, number) => lookedUp.includes(number)));
  };
}

/** The same for several targets, each of which is loaded when it is first asked for. */
export function irOfTargets(targets: Readonly<Record<string, () => Promise<Target>>>): (target: string, model: string) => Promise<IrOf> {
  const known = new Map<string, Promise<IrOf>>();
  return (name, model) => {
    const key = `${name} ${model}`;
    let irOf = known.get(key);
    if (irOf === undefined) known.set(key, (irOf = targets[name]!().then((target) => regionIr(target, model))));
    return irOf;
  };
}
