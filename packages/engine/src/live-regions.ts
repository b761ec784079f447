/** The compiled regions that blocks lead to: their functions' places in the table, what they are made of, and which is to go when they get too many. */
import { descriptor, type EmulatorMemory, TABLE_ENTER } from "@tsemu/memory";
import type { TranslatedBlock } from "./block-cache.ts";
import { isKeepable } from "./kept-code.ts";
import type { KeptRegion } from "./kept-regions.ts";

/** A region that is to be compiled, or was. */
export interface RegionRecord {
  readonly blocks: readonly TranslatedBlock[];
  /** The ways in; the first is the block that it was selected from. */
  readonly entries: readonly TranslatedBlock[];
  readonly large: boolean;
  /** How often it took the place of an earlier one. */
  readonly remade: number;
  /** Its function's place in the table, once it has one. */
  slot: number;
  /** What a later run needs, once it is compiled; and the code of its blocks. */
  kept: KeptRegion | undefined;
  code: readonly Uint8Array[];
  /** Bytes of wasm that it makes up. */
  size: number;
}

/** Regions that are remembered after their code was overwritten. */
const MAX_RETIRED = 400;

export class LiveRegions {
  readonly #memory: EmulatorMemory;
  readonly #table: WebAssembly.Table;
  readonly #firstSlot: number;
  /** Executions in tier 0 after which a block whose region is gone asks for another. */
  readonly #heat: number;
  /** The oldest first. */
  readonly #bySlot = new Map<number, RegionRecord>();
  #nextSlot: number;
  #freeSlots: number[] = [];
  readonly #byBlock = new Map<TranslatedBlock, RegionRecord[]>();
  /** The large region, the latest one, that a block is part of. */
  readonly #largeOf = new Map<TranslatedBlock, RegionRecord>();
  /** Regions that were in use until their code was overwritten. A later run may have the same code there for a while. */
  readonly #retired = new Set<RegionRecord>();
  /** Bytes of wasm that the regions make up. */
  bytes = 0;

  constructor(memory: EmulatorMemory, table: WebAssembly.Table, firstSlot: number, heat: number) {
    this.#memory = memory;
    this.#table = table;
    this.#firstSlot = this.#nextSlot = firstSlot;
    this.#heat = heat;
  }

  get count(): number {
    return this.#bySlot.size;
  }

  has(block: TranslatedBlock): boolean {
    return this.#byBlock.has(block);
  }

  largeOf(block: TranslatedBlock): RegionRecord | undefined {
    return this.#largeOf.get(block);
  }

  all(): Iterable<RegionRecord> {
    return this.#bySlot.values();
  }

  retired(): Iterable<RegionRecord> {
    return this.#retired;
  }

  /** From now on the region's entries lead to its function. */
  add(record: RegionRecord, fn: unknown): void {
    const { u32 } = this.#memory;
    const slot = (record.slot = this.#freeSlots.pop() ?? this.#nextSlot++);
    if (slot >= this.#table.length) this.#table.grow(0x4000);
    this.#table.set(slot, fn);
    this.#bySlot.set(slot, record);
    this.bytes += record.size;
    for (const block of record.blocks) {
      const regions = this.#byBlock.get(block);
      if (regions === undefined) this.#byBlock.set(block, [record]);
      else regions.push(record);
      if (record.large) this.#largeOf.set(block, record);
    }
    const before = new Set<RegionRecord>();
    record.entries.forEach((entry, number) => {
      const d = entry.descriptor >> 2;
      const earlier = this.#bySlot.get(u32[d + (descriptor.fn >> 2)]!);
      if (earlier !== undefined) before.add(earlier);
      u32[d + (descriptor.entry >> 2)] = number;
      u32[d + (descriptor.fn >> 2)] = slot;
    });
    for (const earlier of before) if (!this.#isEntered(earlier)) this.#remove(earlier);
  }

  #isEntered({ entries, slot }: RegionRecord): boolean {
    const { u32 } = this.#memory;
    return entries.some((entry) => u32[(entry.descriptor + descriptor.fn) >> 2] === slot);
  }

  /** The block's code was overwritten: regions made of it are no longer entered. */
  invalidate(block: TranslatedBlock): void {
    for (const record of this.#byBlock.get(block) ?? []) {
      if (this.#retired.size < MAX_RETIRED && record.blocks.every(isKeepable)) this.#retired.add(record);
      this.drop(record);
    }
  }

  /** Has the region's entries start in tier 0 again. */
  drop(record: RegionRecord): void {
    const { u32, i32 } = this.#memory;
    for (const entry of record.entries) {
      const d = entry.descriptor >> 2;
      if (entry.stale || u32[d + (descriptor.fn >> 2)] !== record.slot) continue;
      u32[d + (descriptor.fn >> 2)] = TABLE_ENTER;
      i32[d + (descriptor.heat >> 2)] = this.#heat;
    }
    this.#remove(record);
  }

  /** Nothing leads to its function any more. (It may be executing: it then ends in peace.) */
  #remove(record: RegionRecord): void {
    for (const block of record.blocks) {
      if (this.#largeOf.get(block) === record) this.#largeOf.delete(block);
      const left = this.#byBlock.get(block)!.filter((other) => other !== record);
      if (left.length === 0) this.#byBlock.delete(block);
      else this.#byBlock.set(block, left);
    }
    this.#bySlot.delete(record.slot);
    this.#table.set(record.slot, null);
    this.#freeSlots.push(record.slot);
    this.bytes -= record.size;
  }

  clear(): void {
    for (const slot of this.#bySlot.keys()) this.#table.set(slot, null);
    this.#bySlot.clear();
    this.#byBlock.clear();
    this.#largeOf.clear();
    this.#retired.clear();
    this.#freeSlots = [];
    this.#nextSlot = this.#firstSlot;
    this.bytes = 0;
  }
}
