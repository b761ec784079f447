/**
 * Tier 1: hot blocks ask for regions, a compiler (in a worker, or here) makes modules of them, and their functions take the place of
 * tier 0 in the blocks' descriptors. The CPU goes on in tier 0 meanwhile.
 */
import { type Batch, type CompiledBatch, imports, type IrOf, type Region } from "@tsemu/backend-wasm";
import { descriptor } from "@tsemu/memory";
import type { TranslatedBlock } from "./block-cache.ts";
import { codeOf } from "./code-reader.ts";
import { isKeepable } from "./kept-code.ts";
import { type KeptRegion, type KeptRegionBlock, KeptRegions, writeKeptRegions } from "./kept-regions.ts";
import { LiveRegions, type RegionRecord } from "./live-regions.ts";
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

/**
 * The threshold is about where a region has cost as much as it has saved: its selection, and V8's first compilation of it, are on the CPU's thread.
 * Lower ones make boots slower, higher ones programs that do much for a short time.
 */
export const defaultLimits: RegionLimits = { threshold: 8000, blocks: 40, insns: 800, least: 16, batch: 12 };

/** Wasm of regions that is kept; V8's code for it is some five times as much. Beyond that the oldest regions go. */
const MAX_BYTES = 48 * 2 ** 20;

/** The blocks of a region of more instructions are not copied into others that lead to them. */
const LARGE_INSNS = 120;
/** How often a region is made anew because of what was learned later. */
const MAX_REMADE = 3;
/** Ways into one region. */
const MAX_ENTRIES = 16;
/** A block of a region must be entered from elsewhere so many times more often than others until it gets a region of its own. */
const COOLED = 2;

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

/** The slow paths as compiled code calls them: with one word of address, or two. */
function slowPaths(vcpu: Vcpu): Record<string, unknown> {
  if (vcpu.target.addressBits === 32)
    return {
      [imports.slowLoad]: (va: number, memop: number, site: number) => vcpu.regionLoad(va >>> 0, 0, memop, site >>> 0),
      [imports.slowStore]: (va: number, memop: number, site: number) => vcpu.regionStore(va >>> 0, 0, memop, site >>> 0),
    };
  return {
    [imports.slowLoad]: (va: number, high: number, memop: number, site: number) => vcpu.regionLoad(va >>> 0, high >>> 0, memop, site >>> 0),
    [imports.slowStore]: (va: number, high: number, memop: number, site: number) =>
      vcpu.regionStore(va >>> 0, high >>> 0, memop, site >>> 0),
  };
}

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
  readonly #live: LiveRegions;
  /** Ways into the regions that the compiler has. */
  #underway = new Set<TranslatedBlock>();
  /** Regions that an earlier run compiled, and those of them that could not be used once. */
  #kept: KeptRegions | undefined;
  #notYet = new Set<KeptRegion>();
  /** Blocks that were not worth a region when they became hot. */
  #refused = new Set<TranslatedBlock>();
  /** What modules of regions import. */
  readonly #environment: WebAssembly.Imports;
  /** Regions compiled so far, and taken over from an earlier run. */
  compiled = 0;
  takenOver = 0;
  /** Calls of the compiler that failed; a bug, reported in the log. */
  failures = 0;

  constructor(vcpu: Vcpu, compiler: RegionCompiler, limits: RegionLimits = defaultLimits) {
    this.#vcpu = vcpu;
    this.#compiler = compiler;
    this.#limits = limits;
    this.threshold = limits.threshold;
    compiler.start?.();
    this.#live = new LiveRegions(vcpu.memory, vcpu.table, vcpu.helpers.firstRegion, limits.threshold);
    const env: Record<string, unknown> = {
      [imports.memory]: vcpu.memory.memory,
      [imports.table]: vcpu.table,
      ...slowPaths(vcpu),
      [imports.lookup]: vcpu.lookupFunction,
      ...Object.fromEntries(vcpu.regionHelpers().map(([name, fn]) => [imports.helper + name, fn])),
    };
    this.#environment = { env: env as WebAssembly.Imports[string] };
  }

  site(number: number): Site {
    const site = number - SITE_BASE;
    if (this.#kept !== undefined && site < this.#kept.siteEnd) {
      const { descriptor: address, index } = this.#kept.site(site);
      return { block: this.#vcpu.blocks.byDescriptor(address)!, index };
    }
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
    const kept = this.#kept?.enteredBy(block.descriptor);
    if (kept !== undefined && this.#takeKept(kept, block)) return;
    if (this.#compiler.compileNow !== undefined) {
      const pending = this.#select(block);
      if (pending !== undefined) this.#compileNow(pending);
      return;
    }
    this.#queue.push(block);
    void this.#work();
  }

  restore(words: Int32Array): void {
    this.#kept = new KeptRegions(words);
    this.#siteCount = this.#kept.siteEnd;
    for (const { blocks } of this.#kept.all)
      for (const { descriptor: address, guard } of blocks) {
        const place = guard === 0 ? undefined : this.#vcpu.keptPlace(address);
        if (place !== undefined) this.#vcpu.adoptGuard(place, guard);
      }
  }

  keep(isKept: (descriptor: number) => boolean): Int32Array {
    // A block that was rewritten has the descriptor of the one before it, which may be kept.
    const records = [...this.#live.all(), ...this.#live.retired()].filter(({ blocks }) => blocks.every(isKeepable));
    const regions = records.flatMap(({ kept }) => kept ?? []);
    const all = [...regions, ...(this.#kept?.left() ?? [])].filter(({ blocks }) =>
      blocks.every(({ descriptor: address }) => isKept(address)),
    );
    return writeKeptRegions(all, this.#siteCount);
  }

  *overwritten(): Iterable<{ readonly block: TranslatedBlock; readonly code: Uint8Array }> {
    for (const { blocks, code } of this.#live.retired()) for (let i = 0; i < code.length; i++) yield { block: blocks[i]!, code: code[i]! };
  }

  /** Has the block enter the region of an earlier run. False if another is to be made: the code has changed, or lies elsewhere. */
  #takeKept(kept: KeptRegion, entry: TranslatedBlock): boolean {
    const blocks: TranslatedBlock[] = [];
    for (const { descriptor: address, page } of kept.blocks) {
      const place = this.#vcpu.keptPlace(address);
      const block = place === undefined ? undefined : this.#vcpu.keptBlock(address, 0x1000 * page + (place.pc & 0xfff));
      if (block === undefined) {
        // Some of its code may only be loaded later.
        const again = !this.#notYet.has(kept);
        this.#notYet.add(kept);
        if (again) this.#setHeat(entry, this.threshold);
        else this.#kept!.take(kept);
        return again;
      }
      blocks.push(block);
    }
    this.#kept!.take(kept);
    const entries = kept.entries.map((position) => blocks[position]!);
    const code = blocks.map((block) => codeOf(block, this.#vcpu.space));
    const record: RegionRecord = { blocks, entries, large: kept.large, remade: kept.remade, slot: 0, kept, code, size: kept.size };
    this.#enter(record, this.#kept!.functionOf(kept, this.#environment));
    this.takenOver++;
    this.#vcpu.log.log(
      "tier",
      () => `kept ${this.#vcpu.address(entry.pc, entry.pcHigh)}: ${blocks.length} blocks, ${entries.length} ways in`,
    );
    return true;
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

  invalidated(block: TranslatedBlock): void {
    this.#live.invalidate(block);
  }

  clear(): void {
    this.#generation++;
    this.#kept = undefined;
    this.#notYet.clear();
    this.#queue = [];
    this.#siteStarts = [];
    this.#siteBlocks = [];
    this.#siteCount = 0;
    this.#underway.clear();
    this.#refused.clear();
    this.#live.clear();
  }

  /**
   * The region for a hot block. Where one that is there already has the block, or turns out to have a way to it and back, which was not known
   * when it was made, that one is made anew.
   */
  #select(entry: TranslatedBlock): Pending | undefined {
    const own = this.#live.largeOf(entry);
    if (own !== undefined) {
      const again = this.#remake(own, entry);
      if (again !== undefined) return again;
    }
    const met = new Set<TranslatedBlock>();
    const selection = this.#selectFrom(entry, met, (block) => {
      const large = this.#live.largeOf(block);
      // One that was made anew often enough is copied in part instead.
      return large !== undefined && large !== own;
    });
    if (selection === undefined) return undefined;
    for (const record of new Set([...met].map((block) => this.#live.largeOf(block)!))) {
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
    const selection = this.#selectFrom(
      first,
      new Set(),
      (other) => this.#live.largeOf(other) !== record && this.#live.largeOf(other) !== undefined,
    );
    if (selection === undefined || !selection.blocks.includes(block)) return undefined;
    const often = (other: TranslatedBlock): boolean =>
      this.#live.largeOf(other) === record && this.#heat(other) < (COOLED * this.threshold) / 2;
    const entries = new Set([...record.entries, ...(this.#live.largeOf(block) === record ? [block] : []), ...record.blocks.filter(often)]);
    return this.#pending(
      selection,
      [...entries].filter((entry) => selection.blocks.includes(entry)).slice(0, MAX_ENTRIES),
      record.remade + 1,
    );
  }

  #selectFrom(entry: TranslatedBlock, met: Set<TranslatedBlock>, isLandmark: (block: TranslatedBlock) => boolean): Selection | undefined {
    const regions = {
      has: (block: TranslatedBlock) => this.#live.has(block),
      isLandmark,
      sites: (block: TranslatedBlock) => this.#takeSites(block),
    };
    return selectRegion(this.#vcpu, entry, this.#limits, regions, met);
  }

  #pending({ blocks, region }: Selection, entries: readonly TranslatedBlock[], remade: number): Pending {
    const large = blocks.reduce((sum, block) => sum + block.insnCount, 0) > LARGE_INSNS;
    const record = { blocks, entries, large, remade, slot: 0, kept: undefined, code: [], size: 0 };
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
    return {
      target: target.name,
      model,
      addressBits: target.addressBits,
      regions: batch.map(({ region }) => region),
      text: log.on("out_wat"),
    };
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
    const instance = new WebAssembly.Instance(result.module ?? new WebAssembly.Module(result.bytes), this.#environment);
    batch.forEach(({ record, region }, i) => {
      const { blocks, entries, large, remade } = record;
      for (const entry of entries) this.#underway.delete(entry);
      if (blocks.some((b) => b.stale)) {
        for (const entry of entries) if (!entry.stale) this.#setHeat(entry, this.threshold);
        return;
      }
      record.size = result.bytes.length / batch.length;
      record.kept = {
        module: result.bytes,
        number: i,
        size: record.size,
        large,
        remade,
        blocks: region.blocks.map(
          (block, n): KeptRegionBlock => ({
            descriptor: block.descriptor,
            page: Math.floor(blocks[n]!.pa / 0x1000),
            site: block.site - SITE_BASE,
            guard: block.guard?.cell ?? 0,
          }),
        ),
        entries: region.entries,
      };
      record.code = region.blocks.map((block) => block.code);
      this.#enter(record, instance.exports[`r${i}`]!);
      this.compiled++;
      vcpu.log.log(
        "tier",
        () => `compiled ${vcpu.address(entries[0]!.pc, entries[0]!.pcHigh)}: ${blocks.length} blocks, ${entries.length} ways in`,
      );
    });
  }

  /** From now on the region's entries lead to its function. */
  #enter(record: RegionRecord, fn: unknown): void {
    this.#live.add(record, fn);
    this.#cool(record);
    for (const oldest of this.#live.all()) {
      if (this.#live.bytes <= MAX_BYTES) break;
      this.#live.drop(oldest);
    }
  }
}
