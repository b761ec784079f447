/** Translated blocks by physical address, virtual address and block flags; and which physical pages they were made of. */
import { descriptor, type EmulatorMemory, TABLE_ENTER, TABLE_STALE } from "@tsemu/memory";

/**
 * Where the instructions of a block begin: SITE_WORDS words each in the code arena: index of the first word of its tier-0 code from the block's
 * base, pc, extra. (Not objects: there are some hundred thousand of them in a running Linux.)
 */
export const SITE_WORDS = 3;

export interface TranslatedBlock {
  /** Address of its descriptor; stays the same when the block is translated again. */
  readonly descriptor: number;
  readonly pc: number;
  readonly flags: number;
  readonly pa: number;
  /** Physical address of the second page, for a block that crosses into one; otherwise -1. */
  readonly pa2: number;
  readonly bytes: number;
  readonly insnCount: number;
  /** Address of its first word (link cells), and of its entry record. */
  readonly base: number;
  readonly entry: number;
  /** Address of its instructions' sites. */
  readonly sites: number;
  /** Its code was overwritten. */
  stale: boolean;
  /** How often that happened to the blocks it took the place of. */
  readonly rewrites: number;
}

export class BlockCache {
  readonly #memory: EmulatorMemory;
  readonly #byPa = new Map<number, TranslatedBlock[]>();
  readonly #byPage = new Map<number, TranslatedBlock[]>();
  readonly #byDescriptor = new Map<number, TranslatedBlock>();

  constructor(memory: EmulatorMemory) {
    this.#memory = memory;
  }

  get size(): number {
    return this.#byDescriptor.size;
  }

  /** Also finds stale ones, whose descriptor is to be used again. `pa2` is asked for where a candidate crosses pages. */
  find(pa: number, pc: number, flags: number, pa2: () => number): TranslatedBlock | undefined {
    const candidates = this.#byPa.get(pa);
    if (candidates === undefined) return undefined;
    for (const block of candidates) if (block.pc === pc && block.flags === flags && (block.pa2 < 0 || block.pa2 === pa2())) return block;
    return undefined;
  }

  byDescriptor(address: number): TranslatedBlock | undefined {
    return this.#byDescriptor.get(address);
  }

  /** Adds a block, in place of the stale one with the same descriptor if there is one. */
  add(block: TranslatedBlock): void {
    const old = this.#byDescriptor.get(block.descriptor);
    const list = this.#byPa.get(block.pa);
    if (list === undefined) this.#byPa.set(block.pa, [block]);
    else if (old !== undefined) list[list.indexOf(old)] = block;
    else list.push(block);
    this.#byDescriptor.set(block.descriptor, block);
    for (const page of pagesOf(block)) {
      const blocks = this.#byPage.get(page);
      if (blocks === undefined) this.#byPage.set(page, [block]);
      else blocks.push(block);
    }
    const d = block.descriptor >> 2;
    const { u32 } = this.#memory;
    u32[d + (descriptor.fn >> 2)] = TABLE_ENTER;
    u32[d + (descriptor.code >> 2)] = block.entry;
    u32[d + (descriptor.pc >> 2)] = block.pc;
    u32[d + (descriptor.flags >> 2)] = block.flags;
    u32[d + (descriptor.insns >> 2)] = block.insnCount;
  }

  hasCode(pa: number): boolean {
    return this.#byPage.has(pageOf(pa));
  }

  /** Makes stale every block that holds a byte of the range, which lies in one page, and returns them. */
  invalidate(pa: number, size: number): readonly TranslatedBlock[] {
    const page = pageOf(pa);
    const blocks = this.#byPage.get(page);
    if (blocks === undefined) return [];
    const gone = blocks.filter((b) => !b.stale && touches(b, pa, size));
    for (const block of gone) {
      block.stale = true;
      this.#memory.u32[(block.descriptor + descriptor.fn) >> 2] = TABLE_STALE;
    }
    const left = blocks.filter((b) => !b.stale);
    if (left.length === 0) this.#byPage.delete(page);
    else if (left.length < blocks.length) this.#byPage.set(page, left);
    return gone;
  }

  clear(): void {
    this.#byPa.clear();
    this.#byPage.clear();
    this.#byDescriptor.clear();
  }
}

const pageOf = (pa: number): number => Math.floor(pa / 0x1000);
const pagesOf = (block: TranslatedBlock): number[] => (block.pa2 < 0 ? [pageOf(block.pa)] : [pageOf(block.pa), pageOf(block.pa2)]);

function touches(block: TranslatedBlock, pa: number, size: number): boolean {
  if (block.pa2 < 0) return pa < block.pa + block.bytes && block.pa < pa + size;
  const inFirst = 0x1000 - (block.pa % 0x1000);
  return (pa < block.pa + inFirst && block.pa < pa + size) || (pa < block.pa2 + block.bytes - inFirst && block.pa2 < pa + size);
}
