/**
 * Tier 1: hot blocks ask for regions, a compiler (in a worker, or here) makes modules of them, and their functions take the place of
 * tier 0 in the blocks' descriptors. The CPU goes on in tier 0 meanwhile.
 */
import { type Batch, type CompiledBatch, imports, type Region, type RegionBlock } from "@tsemu/backend-wasm";
import { hex32 } from "@tsemu/base";
import { BlockWriter, optimize } from "@tsemu/ir";
import { descriptor, linkCell, TABLE_ENTER } from "@tsemu/memory";
import { GuestFault, maxBlockInsns } from "@tsemu/target";
import type { TranslatedBlock } from "./block-cache.ts";
import { translate } from "./translate-block.ts";
import type { HotCode, Vcpu } from "./vcpu.ts";

/** Where batches are compiled. */
export interface RegionCompiler {
  compile(batch: Batch): Promise<CompiledBatch>;
  /** Called early: a worker may be started. */
  start?(): void;
  /** If it is there it is used instead, and the CPU does not go on before its code is compiled. */
  compileNow?(batch: Batch): CompiledBatch;
}

export interface RegionLimits {
  /** Executions in tier 0 after which a block asks for a region. */
  readonly threshold: number;
  /** Blocks and guest instructions of the largest region. */
  readonly blocks: number;
  readonly insns: number;
  /** Regions compiled as one module. */
  readonly batch: number;
}

export const defaultLimits: RegionLimits = { threshold: 1000, blocks: 40, insns: 800, batch: 12 };

/** Compiled functions that are kept before all code is dropped; each is a WebAssembly instance's, some tens of KiB. */
const MAX_FUNCTIONS = 0x6000;

interface Pending {
  readonly region: Region;
  readonly blocks: readonly TranslatedBlock[];
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
  /** Numbers slots and helpers, the same for all batches. */
  readonly #writer = new BlockWriter();
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
  #regionsOf = new Map<TranslatedBlock, { readonly entry: TranslatedBlock }[]>();
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
      const pending = this.#request(block);
      if (pending !== undefined) this.#compileNow(pending);
      return;
    }
    this.#queue.push(block);
    void this.#work();
  }

  #request(block: TranslatedBlock): Pending | undefined {
    try {
      return this.#select(block);
    } catch (error) {
      // The code cannot be fetched any more: not worth compiling.
      if (error instanceof GuestFault) return undefined;
      throw error;
    }
  }

  #heat(block: TranslatedBlock): number {
    return this.#vcpu.memory.i32[(block.descriptor + descriptor.heat) >> 2]!;
  }

  #setHeat(block: TranslatedBlock, heat: number): void {
    this.#vcpu.memory.i32[(block.descriptor + descriptor.heat) >> 2] = heat;
  }

  /** The hottest of the queue, as many as go into one module. */
  #nextBatch(): Pending[] {
    this.#queue = this.#queue.filter((block) => !block.stale).sort((a, b) => this.#heat(a) - this.#heat(b));
    const batch: Pending[] = [];
    const inside = new Set<TranslatedBlock>();
    while (batch.length < this.#limits.batch) {
      const block = this.#queue.shift();
      if (block === undefined) break;
      // It has just become part of a hotter one's region: it gets its own if it stays hot.
      if (inside.has(block)) continue;
      const pending = this.#request(block);
      if (pending === undefined) continue;
      batch.push(pending);
      for (const other of pending.blocks) inside.add(other);
    }
    return batch;
  }

  /** A block's code was overwritten: regions made of it are no longer entered. */
  invalidated(block: TranslatedBlock): void {
    for (const { entry } of this.#regionsOf.get(block) ?? []) {
      if (entry.stale) continue;
      const d = entry.descriptor >> 2;
      this.#vcpu.memory.u32[d + (descriptor.fn >> 2)] = TABLE_ENTER;
      this.#vcpu.memory.u32[d + (descriptor.heat >> 2)] = this.threshold;
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
    // Functions of the old regions may still be referenced by the table; their slots are used again.
    this.#nextSlot = this.#vcpu.helpers.firstRegion;
  }

  /** Collects the blocks reachable from the hot one by known edges that have been executed, and makes their IR again. */
  #select(entry: TranslatedBlock): Pending | undefined {
    const { blocks: maxBlocks, insns: maxInsns } = this.#limits;
    const vcpu = this.#vcpu;
    const chosen: TranslatedBlock[] = [];
    const seen = new Set<TranslatedBlock>([entry]);
    const open = [entry];
    let insns = 0;
    for (let block = open.shift(); block !== undefined; block = open.shift()) {
      if (chosen.length >= maxBlocks || insns + block.insnCount > maxInsns) break;
      chosen.push(block);
      insns += block.insnCount;
      for (let cell = block.base; cell < block.entry; cell += linkCell.size) {
        const target = vcpu.blocks.byDescriptor(vcpu.memory.u32[cell >> 2]!);
        // A cell that was never linked leads to code that was never executed.
        if (target === undefined || target.stale || seen.has(target)) continue;
        seen.add(target);
        open.push(target);
      }
    }
    const blocks: RegionBlock[] = [];
    for (const block of chosen) {
      const { translation, ir } = translate(vcpu.target, vcpu.cpu, vcpu.reader, block.pc, block.flags, maxBlockInsns);
      if (translation.insnCount !== block.insnCount) return undefined;
      blocks.push({
        pc: block.pc,
        flags: block.flags,
        descriptor: block.descriptor,
        insnCount: block.insnCount,
        ir: this.#writer.write(optimize(ir)),
        cells: block.base,
        site: SITE_BASE + this.#siteCount,
      });
      this.#siteStarts.push(this.#siteCount);
      this.#siteBlocks.push(block);
      this.#siteCount += block.insnCount;
    }
    this.#cool(chosen);
    return { region: { blocks }, blocks: chosen };
  }

  /** Blocks that a region has as well: they get one of their own only if they go on being entered from elsewhere. */
  #cool(blocks: readonly TranslatedBlock[]): void {
    for (const block of blocks.slice(1)) this.#setHeat(block, this.threshold);
  }

  #compileNow(pending: Pending): void {
    try {
      const text = this.#vcpu.log.on("out_wat");
      this.#install([pending], this.#compiler.compileNow!({ references: this.#writer.references, regions: [pending.region], text }));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.failures++;
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
        const result = await this.#compiler.compile({
          references: this.#writer.references,
          regions: batch.map((p) => p.region),
          text: this.#vcpu.log.on("out_wat"),
        });
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
    batch.forEach(({ blocks }, i) => {
      const entry = blocks[0]!;
      if (blocks.some((b) => b.stale)) {
        this.#setHeat(entry, this.threshold);
        return;
      }
      const slot = this.#nextSlot++;
      if (slot >= vcpu.table.length) vcpu.table.grow(0x4000);
      vcpu.table.set(slot, instance.exports[`r${i}`]);
      for (const block of blocks) {
        const regions = this.#regionsOf.get(block);
        if (regions === undefined) this.#regionsOf.set(block, [{ entry }]);
        else regions.push({ entry });
      }
      vcpu.memory.u32[(entry.descriptor + descriptor.fn) >> 2] = slot;
      this.#cool(blocks);
      this.compiled++;
      vcpu.log.log("tier", () => `compiled ${hex32(entry.pc)}: ${blocks.length} blocks`);
    });
  }
}
