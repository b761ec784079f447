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
  /** Upper word of pc; 0 where addresses have 32 bits. */
  readonly pcHigh: number;
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
  /** Number of its link cells. */
  readonly gotos: number;
  /** Its code was overwritten. */
  stale: boolean;
  /** How often that happened to the blocks it took the place of. */
  readonly rewrites: number;
  /** The block cache's: the next one in its chain. */
  next: TranslatedBlock | undefined;
}

/** Where guest code begins, and how it is translated. */
export interface Place {
  readonly pc: number;
  readonly pcHigh: number;
  readonly flags: number;
}

const none: readonly TranslatedBlock[] = [];

/** The blocks of a physical page, and which of its 64 lines of 64 bytes they have bytes in. */
class PageCode {
  readonly blocks: TranslatedBlock[] = [];
  readonly #lines = new Uint8Array(64);

  add(block: TranslatedBlock, page: number): void {
    this.blocks.push(block);
    const inFirst = 0x1000 - (block.pa % 0x1000);
    const isFirst = page === pageOf(block.pa);
    const from = isFirst ? block.pa % 0x1000 : 0;
    const bytes = isFirst ? Math.min(block.bytes, inFirst) : block.bytes - inFirst;
    for (let line = from >> 6; line <= (from + bytes - 1) >> 6; line++) this.#lines[line] = 1;
  }

  touches(offset: number, size: number): boolean {
    for (let line = offset >> 6; line <= Math.min(63, (offset + size - 1) >> 6); line++) if (this.#lines[line] === 1) return true;
    return false;
  }
}

/** Buckets of the table of blocks; a power of two. A running Linux has some 10^5 blocks. */
const BUCKETS = 0x1_0000;

export class BlockCache {
  readonly #memory: EmulatorMemory;
  /** First blocks of chains, by the hash of their addresses. (A Map of a number takes four times as long to look up.) */
  readonly #chains: (TranslatedBlock | undefined)[] = new Array<undefined>(BUCKETS).fill(undefined);
  readonly #byPage = new Map<number, PageCode>();
  readonly #byDescriptor = new Map<number, TranslatedBlock>();

  constructor(memory: EmulatorMemory) {
    this.#memory = memory;
  }

  /** All blocks, stale ones too. */
  all(): Iterable<TranslatedBlock> {
    return this.#byDescriptor.values();
  }

  get size(): number {
    return this.#byDescriptor.size;
  }

  /** Also finds stale ones, whose descriptor is to be used again. `pa2` is asked for where a candidate crosses pages. */
  find(pa: number, { pc, pcHigh, flags }: Place, pa2: () => number): TranslatedBlock | undefined {
    for (let block = this.#chains[bucketOf(pa, pc)]; block !== undefined; block = block.next)
      // First what decides mostly, and is a small number.
      if (block.pa === pa && block.flags === flags && block.pc === pc && block.pcHigh === pcHigh && (block.pa2 < 0 || block.pa2 === pa2()))
        return block;
    return undefined;
  }

  byDescriptor(address: number): TranslatedBlock | undefined {
    return this.#byDescriptor.get(address);
  }

  /** Adds a block, in place of the stale one with the same descriptor if there is one. */
  add(block: TranslatedBlock): void {
    const old = this.#byDescriptor.get(block.descriptor);
    const bucket = bucketOf(block.pa, block.pc);
    if (old !== undefined) this.#unchain(old, bucket);
    block.next = this.#chains[bucket];
    this.#chains[bucket] = block;
    this.#byDescriptor.set(block.descriptor, block);
    this.#note(block, pageOf(block.pa));
    if (block.pa2 >= 0) this.#note(block, pageOf(block.pa2));
    const d = block.descriptor >> 2;
    const { u32 } = this.#memory;
    u32[d + (descriptor.fn >> 2)] = TABLE_ENTER;
    u32[d + (descriptor.code >> 2)] = block.entry;
    u32[d + (descriptor.pc >> 2)] = block.pc;
    u32[d + (descriptor.pcHigh >> 2)] = block.pcHigh;
    u32[d + (descriptor.flags >> 2)] = block.flags;
    u32[d + (descriptor.insns >> 2)] = block.insnCount;
  }

  /** The bucket is that of all blocks with the descriptor: they have the same addresses. */
  #unchain(block: TranslatedBlock, bucket: number): void {
    if (this.#chains[bucket] === block) {
      this.#chains[bucket] = block.next;
      return;
    }
    let at = this.#chains[bucket];
    while (at !== undefined && at.next !== block) at = at.next;
    if (at !== undefined) at.next = block.next;
  }

  #note(block: TranslatedBlock, page: number): void {
    let code = this.#byPage.get(page);
    if (code === undefined) this.#byPage.set(page, (code = new PageCode()));
    code.add(block, page);
  }

  hasCode(pa: number): boolean {
    return this.#byPage.has(pageOf(pa));
  }

  /** Makes stale every block that holds a byte of the range, which lies in one page, and returns them. */
  invalidate(pa: number, size: number): readonly TranslatedBlock[] {
    const page = pageOf(pa);
    const code = this.#byPage.get(page);
    // Most stores to a page with code are to data that lies beside it.
    if (code === undefined || !code.touches(pa % 0x1000, size)) return none;
    const gone = code.blocks.filter((b) => touches(b, pa, size));
    if (gone.length === 0) return none;
    for (const block of gone) {
      block.stale = true;
      this.#memory.u32[(block.descriptor + descriptor.fn) >> 2] = TABLE_STALE;
      for (const other of pagesOf(block)) this.#remove(other, block);
    }
    return gone;
  }

  #remove(page: number, block: TranslatedBlock): void {
    const code = this.#byPage.get(page);
    if (code === undefined) return;
    const left = code.blocks.filter((b) => b !== block);
    if (left.length === 0) this.#byPage.delete(page);
    else {
      const remaining = new PageCode();
      for (const b of left) remaining.add(b, page);
      this.#byPage.set(page, remaining);
    }
  }

  clear(): void {
    this.#chains.fill(undefined);
    this.#byPage.clear();
    this.#byDescriptor.clear();
  }
}

const bucketOf = (pa: number, pc: number): number => ((pa >>> 1) ^ (pc >>> 13)) & (BUCKETS - 1);
const pageOf = (pa: number): number => Math.floor(pa / 0x1000);
const pagesOf = (block: TranslatedBlock): number[] => (block.pa2 < 0 ? [pageOf(block.pa)] : [pageOf(block.pa), pageOf(block.pa2)]);

function touches(block: TranslatedBlock, pa: number, size: number): boolean {
  if (block.pa2 < 0) return pa < block.pa + block.bytes && block.pa < pa + size;
  const inFirst = 0x1000 - (block.pa % 0x1000);
  return (pa < block.pa + inFirst && block.pa < pa + size) || (pa < block.pa2 + block.bytes - inFirst && block.pa2 < pa + size);
}
