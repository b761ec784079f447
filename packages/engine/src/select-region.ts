/**
 * Which blocks make up a region: those that the hot one leads to, by gotos (on other pages too), and by lookups as far as tier 0 has seen
 * where they lead. So a call's return is known if the caller is in the region, and an indirect branch if it has favourites.
 */
import type { RegionBlock } from "@tsemu/backend-wasm";
import { type Block, type BlockWriter, type Goto, optimize } from "@tsemu/ir";
import { descriptor, linkCell, lookupRing } from "@tsemu/memory";
import { maxBlockInsns } from "@tsemu/target";
import type { TranslatedBlock } from "./block-cache.ts";
import { isFar, lookUpInstead } from "./translate-block.ts";
import type { Vcpu } from "./vcpu.ts";

export interface SelectionLimits {
  /** Executions in tier 0 after which a block asks for a region. */
  readonly threshold: number;
  /** Blocks and guest instructions of the largest region. */
  readonly blocks: number;
  readonly insns: number;
}

/** Places that one lookup is followed to. */
const MAX_TARGETS = 12;
/** Of its last lookups, how many must have led somewhere for the place to be followed. */
const FOLLOWED = 2;
/** A block that was executed this much less often than the entry is left out. */
const COLD_SHARE = 1 / 64;

/** An exit of a block: where it leads, and how it gets there from outside of the region. */
interface Exit {
  readonly cell: number;
  readonly to: readonly TranslatedBlock[];
}

interface Chosen {
  readonly block: TranslatedBlock;
  readonly ir: Block;
  readonly exits: readonly Exit[];
}

/** The blocks, the entry first, and their form for the compiler; undefined where the code is no longer what was executed. */
export interface Selection {
  readonly blocks: readonly TranslatedBlock[];
  readonly region: readonly RegionBlock[];
  /** It leads back to the entry. */
  readonly loops: boolean;
}

/** What a selection needs to know of the regions there are. */
export interface Regions {
  /** The block is part of one, so that its heat says nothing. */
  has(block: TranslatedBlock): boolean;
  /** The block is not to be taken: another region has it, and is too large to be copied. */
  isLandmark(block: TranslatedBlock): boolean;
  /** Takes as many site numbers as the block has instructions, and returns the first. */
  sites(block: TranslatedBlock): number;
}

/** The first block is `entry`. Landmarks that the selection led to are added to `met`. */
export function selectRegion(
  vcpu: Vcpu,
  entry: TranslatedBlock,
  limits: SelectionLimits,
  writer: BlockWriter,
  regions: Regions,
  met: Set<TranslatedBlock>,
): Selection | undefined {
  const { i32 } = vcpu.memory;
  const executed = (block: TranslatedBlock): number => limits.threshold - i32[(block.descriptor + descriptor.heat) >> 2]!;
  const least = executed(entry) * COLD_SHARE;
  const chosen: Chosen[] = [];
  const seen = new Set<TranslatedBlock>([entry]);
  const open = [entry];
  let insns = 0;
  for (let block = open.shift(); block !== undefined; block = open.shift()) {
    if (chosen.length >= limits.blocks || insns + block.insnCount > limits.insns) {
      if (chosen.length === 0) return undefined;
      continue;
    }
    const translation = vcpu.cpu.translate(vcpu.reader.beginBlock(block), block.pc, block.flags, maxBlockInsns);
    if (translation.insnCount !== block.insnCount) {
      if (block === entry) return undefined;
      continue;
    }
    const exits = exitsOf(vcpu, block, translation.ir);
    chosen.push({ block, ir: translation.ir, exits });
    insns += block.insnCount;
    for (const { to } of exits)
      for (const next of to) {
        if (seen.has(next) || next.stale || next.pa2 >= 0) continue;
        if (regions.isLandmark(next)) {
          met.add(next);
          continue;
        }
        if (executed(next) < least && !regions.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
  }
  const position = new Map(chosen.map(({ block }, i) => [block, i]));
  const { pageBits } = vcpu.target;
  const region = chosen.map(({ block, ir, exits }): RegionBlock => {
    const gotos: { to: number; cell: number }[] = [];
    const targets: number[][] = [];
    const leaving = new Set<Goto>();
    let n = 0;
    for (const inst of ir.insts) {
      if (inst.kind === "goto") {
        const { cell, to } = exits[n++]!;
        const inside = to[0] === undefined ? -1 : (position.get(to[0]) ?? -1);
        if (cell === 0 && inside < 0) {
          // It becomes a lookup that leads nowhere in particular.
          leaving.add(inst);
          targets.push([]);
        } else gotos.push({ to: inside, cell });
      } else if (inst.kind === "lookup") targets.push(exits[n++]!.to.flatMap((next) => position.get(next) ?? []));
    }
    return {
      pc: block.pc,
      flags: block.flags,
      descriptor: block.descriptor,
      insnCount: block.insnCount,
      ir: writer.write(optimize(lookUpInstead(ir, vcpu.target, (inst) => leaving.has(inst)))),
      gotos,
      targets,
      guard: undefined,
      site: regions.sites(block),
    };
  });
  // A guard for every block that another page leads to.
  const guarded = new Set<number>();
  for (const { block, exits } of chosen)
    for (const { to } of exits)
      for (const next of to) if (position.has(next) && next.pc >>> pageBits !== block.pc >>> pageBits) guarded.add(position.get(next)!);
  return {
    loops: chosen.some(({ exits }) => exits.some(({ to }) => to.includes(entry))),
    blocks: chosen.map(({ block }) => block),
    region: region.map((block, i) => (guarded.has(i) ? { ...block, guard: vcpu.fetchGuard(chosen[i]!.block) } : block)),
  };
}

/** In the order of the block's gotos and lookups. In tier 0, gotos to other pages are lookups. */
function exitsOf(vcpu: Vcpu, block: TranslatedBlock, ir: Block): Exit[] {
  const { u32 } = vcpu.memory;
  const { pageBits } = vcpu.target;
  const near = ir.insts.filter((inst) => inst.kind === "goto" && !isFar(inst, block.pc, pageBits)).length;
  let cell = block.base;
  let ring = block.base + near * linkCell.size;
  const exits: Exit[] = [];
  for (const inst of ir.insts) {
    if (inst.kind === "goto") {
      if (isFar(inst, block.pc, pageBits)) {
        const target = vcpu.knownBlock(inst.pc, inst.flags);
        exits.push({ cell: 0, to: target === undefined ? [] : [target] });
        ring += lookupRing.size;
      } else {
        // A cell that was never linked leads to code that was never executed.
        const target = vcpu.blocks.byDescriptor(u32[cell >> 2]!);
        exits.push({ cell, to: target === undefined ? [] : [target] });
        cell += linkCell.size;
      }
    } else if (inst.kind === "lookup") {
      exits.push({ cell: 0, to: favourites(vcpu, ring) });
      ring += lookupRing.size;
    }
  }
  return exits;
}

/** The blocks that a lookup has found most often lately. */
function favourites(vcpu: Vcpu, ring: number): TranslatedBlock[] {
  const { u32 } = vcpu.memory;
  const counts = new Map<number, number>();
  const noted = Math.min(lookupRing.entries, u32[ring >> 2]!);
  for (let i = 0; i < noted; i++) {
    const found = u32[(ring + lookupRing.found + 4 * i) >> 2]!;
    counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count >= FOLLOWED)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_TARGETS)
    .flatMap(([found]) => vcpu.blocks.byDescriptor(found) ?? [])
    .filter((block) => !block.stale && block.pa2 < 0);
}
