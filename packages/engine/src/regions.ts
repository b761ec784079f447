/**
 * Tier 1: hot blocks ask for regions, a compiler (in a worker, or here) makes modules of them, and their functions take the place of
 * tier 0 in the blocks' descriptors. The CPU goes on in tier 0 meanwhile.
 */
import { type Batch, type CompiledBatch, imports, type IrOf, type Region } from "@tsemu/backend-wasm";
import { hex32 } from "@tsemu/base";
import { descriptor, TABLE_ENTER } from "@tsemu/memory";
import type { TranslatedBlock } from "./block-cache.ts";
import { type Selection, type SelectionLimits, selectRegion } from "./select-region.ts";
import { regionIr } from "./translate-block.ts";
import type { HotCode, Vcpu } from "./vcpu.ts";

/** Where batches are compiled. `irOf` translates their blocks in this thread; another thread has its own. */
export interface RegionCompiler {
  compile(batch: Batch, irOf: IrOf): Promise<CompiledBatch>;
  /** Called early: a worker may be started. */
  start?(): void;
  /** If it is there it is used instead, and the CPU does not go on before its code is compiled. */
  compileNow?(batch: Batch, irOf: IrOf): CompiledBatch;
}

export interface RegionLimits extends SelectionLimits {
  /** Fewer instructions in one block, which is no loop, are worth a region only if it stays hot: its way in and out take longer than tier 0 does. */
  readonly least: number;
  /** Regions compiled as one module. */
  readonly batch: number;
}

export const defaultLimits: RegionLimits = { threshold: 1000, blocks: 40, insns: 800, least: 16, batch: 12 };

/** Compiled functions that are kept before all code is dropped; each is a WebAssembly instance's, some tens of KiB. */
const MAX_FUNCTIONS = 0x6000;

/** The blocks of a region of more instructions are not copied into others that lead to them. */
const LARGE_INSNS = 120;
/** How often a region is made anew because of what was learned later. */
const MAX_REMADE = 3;
/** Ways into one region. */
const MAX_ENTRIES = 16;
/** A block of a region must be entered from elsewhere so many times more often than others until it gets a region of its own. */
const COOLED = 8;

/** A region that is to be compiled, or was. */
interface RegionRecord {
  readonly blocks: readonly TranslatedBlock[];
  /** The ways in; the first is the block that it was selected from. */
  readonly entries: readonly TranslatedBlock[];
  readonly large: boolean;
  /** How often it took the place of an earlier one. */
  readonly remade: number;
  /** Its function's place in the table, once it has one. */
  slot: number;
}

interface Pending {
  readonly region: Region;
  readonly record: RegionRecord;
}

/** Where a site is: an instruction of a block. */
export interface Site {
  readonly block: TranslatedBlock;
  readonly index: number;
}

export const SITE_BASE = 0x8000_0000;

export class RegionTier implements HotCode {
  readonly threshold: number;
  readonly #vcpu: Vcpu;
  readonly #compiler: RegionCompiler;
  readonly #limits: RegionLimits;
  #irOf: IrOf | undefined;
  /** Hot blocks that wait for the compiler. Their heat goes on below zero while they do: the hottest is next. */
  #queue: TranslatedBlock[] = [];
  #busy = false;
  /** Counts drops of all code: what was asked for before one is not wanted after it. */
  #generation = 0;
  /** Sites are numbered block by block over all regions: the first of each block, in order, and the block. */
  #siteStarts: number[] = [];
  #siteBlocks: TranslatedBlock[] = [];
  #siteCount = 0;
  #nextSlot: number;
  /** Compiled regions by the blocks they are made of. */
  #regionsOf = new Map<TranslatedBlock, RegionRecord[]>();
  /** The large region, the latest one, that a block is part of. */
  #largeOf = new Map<TranslatedBlock, RegionRecord>();
  /** Ways into the regions that the compiler has. */
  #underway = new Set<TranslatedBlock>();
  /** Blocks that were not worth a region when they became hot. */
  #refused = new Set<TranslatedBlock>();
  readonly #imports: Record<string, unknown>;
  /** Regions compiled so far. */
  compiled = 0;
  /** Calls of the compiler that failed; a bug, reported in the log. */
  failures = 0;

  constructor(vcpu: Vcpu, compiler: RegionCompiler, limits: RegionLimits = defaultLimits) {
    this.#vcpu = vcpu;
    this.#compiler = compiler;
    this.#limits = limits;
    this.threshold = limits.threshold;
    compiler.start?.();
    this.#nextSlot = vcpu.helpers.firstRegion;
    this.#imports = {
      [imports.memory]: vcpu.memory.memory,
      [imports.table]: vcpu.table,
      [imports.slowLoad]: (va: number, memop: number, site: number) => vcpu.regionLoad(va >>> 0, memop, site >>> 0),
      [imports.slowStore]: (va: number, memop: number, site: number) => vcpu.regionStore(va >>> 0, memop, site >>> 0),
      [imports.lookup]: vcpu.lookupFunction,
      ...Object.fromEntries(vcpu.regionHelpers().map(([name, fn]) => [imports.helper + name, fn])),
    };
  }

  get full(): boolean {
    return this.#nextSlot - this.#vcpu.helpers.firstRegion >= MAX_FUNCTIONS;
  }

  site(number: number): Site {
    const site = number - SITE_BASE;
    let low = 0;
    let high = this.#siteStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#siteStarts[middle]! <= site) low = middle;
      else high = middle - 1;
    }
    return { block: this.#siteBlocks[low]!, index: site - this.#siteStarts[low]! };
  }

  hot(block: TranslatedBlock): void {
    if (this.#compiler.compileNow !== undefined) {
      const pending = this.#select(block);
      if (pending !== undefined) this.#compileNow(pending);
      return;
    }
    this.#queue.push(block);
    void this.#work();
  }

  #heat(block: TranslatedBlock): number {
    return this.#vcpu.memory.i32[(block.descriptor + descriptor.heat) >> 2]!;
  }

  #setHeat(block: TranslatedBlock, heat: number): void {
    this.#vcpu.memory.i32[(block.descriptor + descriptor.heat) >> 2] = heat;
  }

  /** Not one that became part of another's region meanwhile: it gets its own if it stays hot. */
  #waits(block: TranslatedBlock): boolean {
    return !block.stale && this.#heat(block) <= 0 && !this.#underway.has(block);
  }

  /** The hottest of the queue, as many as go into one module. */
  #nextBatch(): Pending[] {
    this.#queue = this.#queue.filter((block) => this.#waits(block)).sort((a, b) => this.#heat(a) - this.#heat(b));
    const batch: Pending[] = [];
    while (batch.length < this.#limits.batch) {
      const block = this.#queue.shift();
      if (block === undefined) break;
      // The region of one before may have made it wait again.
      if (!this.#waits(block)) continue;
      const pending = this.#select(block);
      if (pending !== undefined) batch.push(pending);
    }
    return batch;
  }

  /** A block's code was overwritten: regions made of it are no longer entered. */
  invalidated(block: TranslatedBlock): void {
    const { u32 } = this.#vcpu.memory;
    for (const record of this.#regionsOf.get(block) ?? []) {
      for (const other of record.blocks) if (this.#largeOf.get(other) === record) this.#largeOf.delete(other);
      for (const entry of record.entries) {
        const d = entry.descriptor >> 2;
        if (entry.stale || u32[d + (descriptor.fn >> 2)] !== record.slot) continue;
        u32[d + (descriptor.fn >> 2)] = TABLE_ENTER;
        this.#setHeat(entry, this.threshold);
      }
    }
    this.#regionsOf.delete(block);
  }

  clear(): void {
    this.#generation++;
    this.#queue = [];
    this.#siteStarts = [];
    this.#siteBlocks = [];
    this.#siteCount = 0;
    this.#regionsOf = new Map();
    this.#largeOf = new Map();
    this.#underway.clear();
    this.#refused.clear();
    // Functions of the old regions may still be referenced by the table; their slots are used again.
    this.#nextSlot = this.#vcpu.helpers.firstRegion;
  }

  /**
   * The region for a hot block. Where one that is there already has the block, or turns out to have a way to it and back, which was not known
   * when it was made, that one is made anew.
   */
  #select(entry: TranslatedBlock): Pending | undefined {
    const own = this.#largeOf.get(entry);
    if (own !== undefined) {
      const again = this.#remake(own, entry);
      if (again !== undefined) return again;
    }
    const met = new Set<TranslatedBlock>();
    const selection = this.#selectFrom(entry, met, (block) => {
      const large = this.#largeOf.get(block);
      // One that was made anew often enough is copied in part instead.
      return large !== undefined && large !== own;
    });
    if (selection === undefined) return undefined;
    for (const record of new Set([...met].map((block) => this.#largeOf.get(block)!))) {
      const larger = this.#remake(record, entry);
      if (larger !== undefined) return larger;
    }
    const [only] = selection.blocks;
    // Such a block that stays hot lies between regions.
    if (selection.blocks.length === 1 && only!.insnCount < this.#limits.least && !selection.loops && !this.#refused.has(entry)) {
      this.#refused.add(entry);
      this.#setHeat(entry, COOLED * this.threshold);
      return undefined;
    }
    return this.#pending(selection, [entry], 0);
  }

  /** The large region again, if it now has the block; with its ways in, and by blocks that are entered often in tier 0. */
  #remake(record: RegionRecord, block: TranslatedBlock): Pending | undefined {
    const first = record.entries[0]!;
    if (record.remade >= MAX_REMADE || first.stale) return undefined;
    const selection = this.#selectFrom(first, new Set(), (other) => this.#largeOf.get(other) !== record && this.#largeOf.has(other));
    if (selection === undefined || !selection.blocks.includes(block)) return undefined;
    const often = (other: TranslatedBlock): boolean =>
      this.#largeOf.get(other) === record && this.#heat(other) < (COOLED * this.threshold) / 2;
    const entries = new Set([...record.entries, ...(this.#largeOf.get(block) === record ? [block] : []), ...record.blocks.filter(often)]);
    return this.#pending(
      selection,
      [...entries].filter((entry) => selection.blocks.includes(entry)).slice(0, MAX_ENTRIES),
      record.remade + 1,
    );
  }

  #selectFrom(entry: TranslatedBlock, met: Set<TranslatedBlock>, isLandmark: (block: TranslatedBlock) => boolean): Selection | undefined {
    const regions = {
      has: (block: TranslatedBlock) => this.#regionsOf.has(block),
      isLandmark,
      sites: (block: TranslatedBlock) => this.#takeSites(block),
    };
    return selectRegion(this.#vcpu, entry, this.#limits, regions, met);
  }

  #pending({ blocks, region }: Selection, entries: readonly TranslatedBlock[], remade: number): Pending {
    const large = blocks.reduce((sum, block) => sum + block.insnCount, 0) > LARGE_INSNS;
    const record = { blocks, entries, large, remade, slot: 0 };
    for (const entry of entries) this.#underway.add(entry);
    this.#cool(record);
    return { region: { blocks: region(), entries: entries.map((entry) => blocks.indexOf(entry)) }, record };
  }

  #takeSites(block: TranslatedBlock): number {
    const first = this.#siteCount;
    this.#siteStarts.push(first);
    this.#siteBlocks.push(block);
    this.#siteCount += block.insnCount;
    return SITE_BASE + first;
  }

  /** Blocks that a region has as well: they get one of their own only if they go on being entered from elsewhere. */
  #cool({ blocks, entries }: RegionRecord): void {
    for (const block of blocks) if (!entries.includes(block)) this.#setHeat(block, COOLED * this.threshold);
  }

  #batch(batch: readonly Pending[]): Batch {
    const { target, model, log } = this.#vcpu;
    return { target: target.name, model, regions: batch.map(({ region }) => region), text: log.on("out_wat") };
  }

  /** Made where it is wanted: a worker has its own. */
  readonly #irOfBlock: IrOf = (block) => (this.#irOf ??= regionIr(this.#vcpu.target, this.#vcpu.model))(block);

  #compileNow(pending: Pending): void {
    try {
      this.#install([pending], this.#compiler.compileNow!(this.#batch([pending]), this.#irOfBlock));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.failures++;
    this.#underway.clear();
    this.#vcpu.log.log("tier", () => `compiling failed: ${error instanceof Error ? error.message : String(error)}`);
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      if (batch.length === 0) continue;
      const generation = this.#generation;
      try {
        const result = await this.#compiler.compile(this.#batch(batch), this.#irOfBlock);
        if (generation === this.#generation) this.#install(batch, result);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#busy = false;
  }

  #install(batch: readonly Pending[], result: CompiledBatch): void {
    const vcpu = this.#vcpu;
    if (result.text !== undefined) vcpu.log.log("out_wat", `OUT: [size=${result.bytes.length}]\n${result.text}`);
    const instance = new WebAssembly.Instance(result.module ?? new WebAssembly.Module(result.bytes), {
      env: this.#imports as WebAssembly.Imports[string],
    });
    batch.forEach(({ record }, i) => {
      const { blocks, entries } = record;
      for (const entry of entries) this.#underway.delete(entry);
      if (blocks.some((b) => b.stale)) {
        for (const entry of entries) if (!entry.stale) this.#setHeat(entry, this.threshold);
        return;
      }
      const slot = this.#nextSlot++;
      if (slot >= vcpu.table.length) vcpu.table.grow(0x4000);
      vcpu.table.set(slot, instance.exports[`r${i}`]);
      record.slot = slot;
      for (const block of blocks) {
        const regions = this.#regionsOf.get(block);
        if (regions === undefined) this.#regionsOf.set(block, [record]);
        else regions.push(record);
        if (record.large) this.#largeOf.set(block, record);
      }
      entries.forEach((entry, number) => {
        vcpu.memory.u32[(entry.descriptor + descriptor.entry) >> 2] = number;
        vcpu.memory.u32[(entry.descriptor + descriptor.fn) >> 2] = slot;
      });
      this.#cool(record);
      this.compiled++;
      vcpu.log.log("tier", () => `compiled ${hex32(entries[0]!.pc)}: ${blocks.length} blocks, ${entries.length} ways in`);
    });
  }
}
