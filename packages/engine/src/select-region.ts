/**
 * Which blocks make up a region: those that the hot one leads to, by gotos (on other pages too), and by lookups as far as tier 0 has seen
 * where they lead. So a call's return is known if the caller is in the region, and an indirect branch if it has favourites.
 */
import type { RegionBlock } from "@tsemu/backend-wasm";
import { descriptor, lookupRing } from "@tsemu/memory";
import type { TranslatedBlock } from "./block-cache.ts";
import { codeOf } from "./code-reader.ts";
import { type Exit, exitsOf } from "./exits.ts";
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

/** An exit of a block, and the blocks that it is known to lead to. */
interface Way {
  readonly exit: Exit;
  readonly to: readonly TranslatedBlock[];
}

interface Chosen {
  readonly block: TranslatedBlock;
  readonly ways: readonly Way[];
}

export interface Selection {
  /** The entry first. */
  readonly blocks: readonly TranslatedBlock[];
  /** It leads back to the entry. */
  readonly loops: boolean;
  /** The blocks' form for the compiler. */
  region(): RegionBlock[];
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
    const ways = exitsOf(block, vcpu.memory).map((exit): Way => ({ exit, to: targetsOf(vcpu, block, exit) }));
    chosen.push({ block, ways });
    insns += block.insnCount;
    for (const { to } of ways)
      for (const next of to) {
        if (seen.has(next) || next.stale) continue;
        if (regions.isLandmark(next)) {
          met.add(next);
          continue;
        }
        if (executed(next) < least && !regions.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
  }
  return {
    blocks: chosen.map(({ block }) => block),
    loops: chosen.some(({ ways }) => ways.some(({ to }) => to.includes(entry))),
    region: () => describe(vcpu, chosen, regions),
  };
}

function describe(vcpu: Vcpu, chosen: readonly Chosen[], regions: Regions): RegionBlock[] {
  const position = new Map(chosen.map(({ block }, i) => [block, i]));
  const { pageBits } = vcpu.target;
  const isInside = (block: TranslatedBlock): boolean => position.has(block);
  // A guard for every block that another page leads to.
  const guarded = new Set(
    chosen.flatMap(({ block, ways }) => ways.flatMap(({ to }) => to.filter((next) => isInside(next) && !samePage(next, block, pageBits)))),
  );
  const reached = new Set(chosen.flatMap(({ ways }) => ways.flatMap(({ to }) => to)));
  return chosen.map(({ block, ways }): RegionBlock => {
    const gotos: { to: number; cell: number }[] = [];
    const targets: number[][] = [];
    const lookedUp: number[] = [];
    let number = 0;
    for (const { exit, to } of ways) {
      if (exit.kind === "lookup") {
        targets.push(to.flatMap((next) => position.get(next) ?? []));
        continue;
      }
      const inside = to[0] === undefined ? -1 : (position.get(to[0]) ?? -1);
      if (exit.kind === "far" && inside < 0) {
        lookedUp.push(number);
        targets.push([]);
      } else gotos.push({ to: inside, cell: exit.kind === "near" ? exit.address : 0 });
      number++;
    }
    return {
      pc: block.pc,
      pcHigh: block.pcHigh,
      flags: block.flags,
      descriptor: block.descriptor,
      insnCount: block.insnCount,
      code: codeOf(block, vcpu.space),
      lookedUp,
      gotos,
      targets,
      guard: guarded.has(block) ? vcpu.fetchGuard(block) : undefined,
      secondGuard: reached.has(block) && block.pa2 >= 0 ? vcpu.secondFetchGuard(block) : undefined,
      site: regions.sites(block),
    };
  });
}

const samePage = (a: TranslatedBlock, b: TranslatedBlock, pageBits: number): boolean =>
  a.pc >>> pageBits === b.pc >>> pageBits && a.pcHigh === b.pcHigh;

function targetsOf(vcpu: Vcpu, { pcHigh }: TranslatedBlock, exit: Exit): readonly TranslatedBlock[] {
  if (exit.kind === "lookup") return favourites(vcpu, exit.address);
  // A cell that was never linked leads to code that was never executed.
  const target = exit.kind === "far" ? vcpu.knownBlock({ pc: exit.pc, pcHigh, flags: exit.flags }) : vcpu.linkedBlock(exit.address);
  return target === undefined ? [] : [target];
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
    .filter((block) => !block.stale);
}
