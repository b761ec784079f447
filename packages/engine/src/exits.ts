/**
 * The exits of a block, in the order in which they stand in its code, as words in the arena: with them the blocks that one leads to are found
 * without translating it again.
 */
import type { Block } from "@tsemu/ir";
import { type EmulatorMemory, linkCell, lookupRing } from "@tsemu/memory";
import { SITE_WORDS, type TranslatedBlock } from "./block-cache.ts";
import { isFar } from "./translate-block.ts";

/** The words' meanings: no more exits; a goto with a link cell; a goto to another page, whose pc and flags follow; a lookup. */
const word = { end: 0, near: 1, far: 2, lookup: 3 } as const;

export type Exit =
  /** A goto to the block's own page; `address` is its link cell's. */
  | { readonly kind: "near"; readonly address: number }
  /** A goto to another page, which tier 0 looks up. */
  | { readonly kind: "far"; readonly pc: number; readonly flags: number }
  /** `address` is that of the ring of what it found. */
  | { readonly kind: "lookup"; readonly address: number };

/** `ir` as the target made it, before gotos to other pages become lookups. */
export function exitWords({ insts }: Block, pc: number, pageBits: number): number[] {
  const words: number[] = [];
  for (let i = 0; i < insts.length; i++) {
    const inst = insts[i]!;
    if (inst.kind === "lookup") words.push(word.lookup);
    else if (inst.kind !== "goto") continue;
    else if (isFar(inst, pc, pageBits)) words.push(word.far, inst.pc, inst.flags);
    else words.push(word.near);
  }
  words.push(word.end);
  return words;
}

/** The words follow the block's sites. */
export function exitsOf(block: TranslatedBlock, { u32 }: EmulatorMemory): Exit[] {
  const exits: Exit[] = [];
  let cell = block.base;
  let ring = block.base + block.gotos * linkCell.size;
  for (let at = (block.sites >> 2) + SITE_WORDS * block.insnCount; ; at++) {
    switch (u32[at]) {
      case word.near:
        exits.push({ kind: "near", address: cell });
        cell += linkCell.size;
        break;
      case word.far:
        exits.push({ kind: "far", pc: u32[at + 1]!, flags: u32[at + 2]! });
        at += 2;
        ring += lookupRing.size;
        break;
      case word.lookup:
        exits.push({ kind: "lookup", address: ring });
        ring += lookupRing.size;
        break;
      default:
        return exits;
    }
  }
}
