/**
 * Compiled regions kept from an earlier run, beside the tier-0 code of their blocks (kept-code.ts), whose descriptors and link cells they name.
 * A region is taken into use when a block by which it is entered becomes hot and all of its blocks lie where they lay, unchanged.
 *
 *     modules   their number, then of each: bytes, and the bytes padded to words
 *     regions   their number, then of each: module, number in it, flags, blocks, ways in; BLOCK words for each block; the ways' positions
 *     end       the first site number that is free
 */
/** Words of a block: its descriptor, physical page, first site, cell of its guard or 0. */
const BLOCK = 4;
const REGION = 5;
const LARGE = 1;
const REMADE_SHIFT = 1;

/** A region as it is kept. */
export interface KeptRegion {
  readonly module: Uint8Array<ArrayBuffer>;
  /** Its function is the export `r${number}`. */
  readonly number: number;
  /** Its part of the module's bytes. */
  readonly size: number;
  readonly large: boolean;
  readonly remade: number;
  readonly blocks: readonly KeptRegionBlock[];
  /** Positions of the blocks by which it is entered, in order. */
  readonly entries: readonly number[];
}

export interface KeptRegionBlock {
  readonly descriptor: number;
  /** Number of the physical page that it lay in. */
  readonly page: number;
  /** Number of its first instruction's site. */
  readonly site: number;
  /** Address of the fetch cell that ways in from other pages compare; 0: there are none. */
  readonly guard: number;
}

/** The words of regions. `siteEnd`: the first site number, from 0, that none of them has. */
export function writeKeptRegions(regions: readonly KeptRegion[], siteEnd: number): Int32Array {
  const modules = [...new Set(regions.map(({ module }) => module))];
  const numbers = new Map(modules.map((module, i) => [module, i]));
  const words: number[] = [regions.length];
  for (const { module, number, large, remade, blocks, entries } of regions) {
    words.push(numbers.get(module)!, number, (large ? LARGE : 0) | (remade << REMADE_SHIFT), blocks.length, entries.length);
    for (const { descriptor, page, site, guard } of blocks) words.push(descriptor, page, site, guard);
    words.push(...entries);
  }
  words.push(siteEnd);
  const size = modules.reduce((sum, { length }) => sum + 1 + ((length + 3) >> 2), 1);
  const all = new Int32Array(size + words.length);
  const bytes = new Uint8Array(all.buffer);
  all[0] = modules.length;
  let at = 1;
  for (const module of modules) {
    all[at++] = module.length;
    bytes.set(module, 4 * at);
    at += (module.length + 3) >> 2;
  }
  all.set(words, size);
  return all;
}

/** What writeKeptRegions() wrote. */
export function readKeptRegions(words: Int32Array): { readonly regions: readonly KeptRegion[]; readonly siteEnd: number } {
  const modules: Uint8Array<ArrayBuffer>[] = [];
  let at = 1;
  for (let i = 0; i < words[0]!; i++) {
    const length = words[at++]!;
    modules.push(new Uint8Array(words.buffer, words.byteOffset + 4 * at, length).slice());
    at += (length + 3) >> 2;
  }
  const regions: KeptRegion[] = [];
  const inModule = modules.map(() => 0);
  for (let left = words[at++]!; left > 0; left--) {
    const [module, number, flags, blockCount, entryCount] = words.subarray(at, (at += REGION)) as unknown as number[];
    const blocks: KeptRegionBlock[] = [];
    for (let i = 0; i < blockCount!; i++, at += BLOCK)
      blocks.push({ descriptor: words[at]!, page: words[at + 1]!, site: words[at + 2]!, guard: words[at + 3]! });
    const entries = [...words.subarray(at, (at += entryCount!))];
    regions.push({
      module: modules[module!]!,
      number: number!,
      large: (flags! & LARGE) !== 0,
      remade: flags! >> REMADE_SHIFT,
      blocks,
      entries,
      size: 0,
    });
    inModule[module!]!++;
  }
  const share = new Map(modules.map((module, i) => [module, module.length / inModule[i]!]));
  return { regions: regions.map((region) => ({ ...region, size: share.get(region.module)! })), siteEnd: words[at]! };
}

/** The regions of an earlier run that this one may still take into use. */
export class KeptRegions {
  /** Site numbers from here on are free. */
  readonly siteEnd: number;
  readonly #byEntry = new Map<number, KeptRegion>();
  readonly #left: Set<KeptRegion>;
  /** Held weakly: an instance lives as long as one of its functions is in use. */
  readonly #instances = new Map<Uint8Array, WeakRef<WebAssembly.Instance>>();
  /** Blocks in the order of their sites. */
  readonly #sites: readonly KeptRegionBlock[];
  readonly all: readonly KeptRegion[];

  constructor(words: Int32Array) {
    const { regions, siteEnd } = readKeptRegions(words);
    this.siteEnd = siteEnd;
    this.all = regions;
    this.#left = new Set(regions);
    for (const region of regions) for (const entry of region.entries) this.#byEntry.set(region.blocks[entry]!.descriptor, region);
    this.#sites = regions.flatMap(({ blocks }) => blocks).sort((a, b) => a.site - b.site);
  }

  /** The region that is entered by the block with the descriptor, if nobody has taken it. */
  enteredBy(descriptor: number): KeptRegion | undefined {
    const region = this.#byEntry.get(descriptor);
    return region !== undefined && this.#left.has(region) ? region : undefined;
  }

  /** It is in use now, or of no use. */
  take(region: KeptRegion): void {
    this.#left.delete(region);
  }

  /** Not taken so far. */
  left(): Iterable<KeptRegion> {
    return this.#left;
  }

  /** The function of a region. */
  functionOf(region: KeptRegion, imports: WebAssembly.Imports): unknown {
    let instance = this.#instances.get(region.module)?.deref();
    if (instance === undefined) {
      instance = new WebAssembly.Instance(new WebAssembly.Module(region.module), imports);
      this.#instances.set(region.module, new WeakRef(instance));
    }
    return instance.exports[`r${region.number}`]!;
  }

  /** Where a site is, which is below siteEnd: the block's descriptor, and the instruction's number. */
  site(number: number): { readonly descriptor: number; readonly index: number } {
    let low = 0;
    let high = this.#sites.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#sites[middle]!.site <= number) low = middle;
      else high = middle - 1;
    }
    const { descriptor, site } = this.#sites[low]!;
    return { descriptor, index: number - site };
  }
}
