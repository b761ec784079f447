/**
 * Links to blocks of two pages. A link holds as long as the page that it is in is mapped, which is such a block's first; so it leads to a descriptor
 * that looks the block up. What the jump cache has of the second page is forgotten when that page's mapping is.
 */
import { type AddressBits, descriptor, type EmulatorMemory, TABLE_RELOOK, TABLE_RELOOK_WIDE } from "@tsemu/memory";
import type { TranslatedBlock } from "./block-cache.ts";
import type { CodeArena } from "./code-arena.ts";

export class Crossings {
  readonly #memory: EmulatorMemory;
  readonly #arena: CodeArena;
  readonly #relook: number;
  /** The descriptors that look up, by the blocks' own. */
  readonly #made = new Map<number, number>();

  constructor(memory: EmulatorMemory, arena: CodeArena, addressBits: AddressBits) {
    this.#memory = memory;
    this.#arena = arena;
    this.#relook = addressBits === 64 ? TABLE_RELOOK_WIDE : TABLE_RELOOK;
  }

  /** What a link to the block leads to. */
  linkTo({ descriptor: block, pc, pcHigh, flags, pa2 }: TranslatedBlock): number {
    if (pa2 < 0) return block;
    let made = this.#made.get(block);
    if (made === undefined) {
      made = this.#arena.allocate(descriptor.size);
      const { u32 } = this.#memory;
      u32[(made + descriptor.fn) >> 2] = this.#relook;
      // Nothing is executed in this one: here is whose it is.
      u32[(made + descriptor.code) >> 2] = block;
      u32[(made + descriptor.pc) >> 2] = pc;
      u32[(made + descriptor.pcHigh) >> 2] = pcHigh;
      u32[(made + descriptor.flags) >> 2] = flags;
      this.#made.set(block, made);
    }
    return made;
  }

  /** The descriptor of the block that a link leads to. */
  linked(to: number): number {
    const { u32 } = this.#memory;
    return to !== 0 && u32[(to + descriptor.fn) >> 2] === this.#relook ? u32[(to + descriptor.code) >> 2]! : to;
  }

  /** The arena was emptied. */
  clear(): void {
    this.#made.clear();
  }
}
