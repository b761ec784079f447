/**
 * Breakpoints: addresses at which the guest is stopped without anything being written to its memory. No block holds one but as its first
 * instruction, and a block that begins with one is not handed out, so that code without breakpoints runs as fast as ever.
 */
import type { EmulatorMemory } from "@tsemu/memory";
import { debugAddress } from "@tsemu/target";
import { SITE_WORDS, type TranslatedBlock } from "./block-cache.ts";

export class Breakpoints {
  readonly #memory: EmulatorMemory;
  /** How many of whoever asks want each, by its debugAddress. */
  readonly #counts = new Map<number, number>();

  constructor(memory: EmulatorMemory) {
    this.#memory = memory;
  }

  get any(): boolean {
    return this.#counts.size > 0;
  }

  has(pc: number): boolean {
    return this.#counts.has(pc);
  }

  /** True if it was not there before. */
  add(pc: number): boolean {
    const count = this.#counts.get(pc) ?? 0;
    this.#counts.set(pc, count + 1);
    return count === 0;
  }

  remove(pc: number): void {
    const count = this.#counts.get(pc) ?? 0;
    if (count > 1) this.#counts.set(pc, count - 1);
    else this.#counts.delete(pc);
  }

  /** How many instructions a block may have that were translated as this one: up to its first breakpoint. */
  cut(block: TranslatedBlock): number {
    const { u32 } = this.#memory;
    for (let i = 1; i < block.insnCount; i++)
      if (this.has(debugAddress(u32[(block.sites >> 2) + SITE_WORDS * i + 1]!, block.pcHigh))) return i;
    return block.insnCount;
  }
}
