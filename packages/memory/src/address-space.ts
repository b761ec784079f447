/** Guest-physical memory: which addresses are RAM, ROM or a device's registers. */
import { alignUp, assert } from "@tsemu/base";
import type { MmioDevice } from "@tsemu/hw";
import { RAM_BASE } from "./layout.ts";

export interface RamRegion {
  readonly kind: "ram" | "rom";
  readonly name: string;
  readonly pa: number;
  readonly size: number;
  /** Address of its first byte in the emulator's memory. */
  readonly host: number;
  /** Of ROM: where stores go, if not nowhere: to RAM that cannot be read at present. */
  readonly writes?: number | undefined;
}

export interface MmioRegion {
  readonly kind: "mmio";
  readonly name: string;
  readonly pa: number;
  readonly size: number;
  /** Where the device's offsets count from: less than pa where its first part is covered. */
  readonly base: number;
  readonly device: MmioDevice;
}

export type Region = RamRegion | MmioRegion;

/** Of regions that overlap one that lies higher is seen, and of those that lie alike the one that was added last. */
export const layers = { over: 1, usual: 0, beneath: -1, ground: -2 } as const;
export type Layer = keyof typeof layers;

/** Memory that is seen where, and while, a region shows it. */
export interface MemoryBlock {
  readonly size: number;
  /** Address of its first byte in the emulator's memory. */
  readonly host: number;
  readonly bytes: Uint8Array;
}

/** What a part of the map that changes shows: memory to read, and the memory that stores go to (none: ROM), or a device. */
export type MapPart =
  | {
      readonly pa: number;
      readonly size: number;
      readonly reads: { readonly block: MemoryBlock; readonly offset: number };
      readonly writes?: { readonly block: MemoryBlock; readonly offset: number } | undefined;
    }
  | { readonly pa: number; readonly size: number; readonly device: MmioDevice };

/** A part of the map that changes while the machine runs. */
export interface VariableMap {
  /** From now on these are seen, in place of what was set before. */
  set(parts: readonly MapPart[]): void;
}

interface Placed {
  readonly region: Region;
  readonly layer: number;
}

/** What a machine's memory map is made of, before the emulator's memory exists. */
export interface RamRequest {
  readonly kind: "ram" | "rom";
  readonly name: string;
  readonly pa: number;
  readonly size: number;
}

/** The emulator's memory: its own areas below RAM_BASE, guest RAM and ROM above. Never grows. */
export class EmulatorMemory {
  readonly memory: WebAssembly.Memory;
  readonly buffer: ArrayBuffer;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  #end = RAM_BASE;

  /** ramBytes: the sum of all RAM and ROM; throws RangeError where the engine cannot give as much. */
  constructor(ramBytes: number) {
    const pages = Math.ceil((RAM_BASE + alignUp(ramBytes, 0x1_0000) + 0x1_0000) / 0x1_0000);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.buffer = this.memory.buffer as ArrayBuffer;
    this.u8 = new Uint8Array(this.buffer);
    this.u16 = new Uint16Array(this.buffer);
    this.u32 = new Uint32Array(this.buffer);
    this.i32 = new Int32Array(this.buffer);
  }

  /** Room for a RAM region of that size, on a page boundary. */
  allocate(size: number): number {
    const host = this.#end;
    this.#end += alignUp(size, 0x1000);
    assert(this.#end <= this.u8.length, "guest memory is larger than announced");
    return host;
  }
}

/** The memory map. */
export class AddressSpace {
  /** The highest first. */
  #regions: Placed[] = [];
  /** What is seen of them, by address, without overlaps; undefined: to be found out. */
  #pieces: Region[] | undefined;
  readonly #aliases: { readonly pa: number; readonly size: number; readonly to: number }[] = [];
  #last: Region | undefined;
  readonly memory: EmulatorMemory;

  /** Told of addresses at which something else is seen from now on. */
  onChange: (pa: number, size: number) => void = () => {};

  /** What an access to nothing gets: an abort (if the architecture has one), or zero and silence. */
  readonly holes: "abort" | "zero";

  constructor(memory: EmulatorMemory, holes: "abort" | "zero" = "abort") {
    this.memory = memory;
    this.holes = holes;
  }

  /** Memory that is not in the map yet. */
  addBlock(size: number): MemoryBlock {
    const host = this.memory.allocate(size);
    return { size, host, bytes: this.memory.u8.subarray(host, host + size) };
  }

  addRam(request: RamRequest): RamRegion & MemoryBlock {
    const block = this.addBlock(request.size);
    this.#add({ ...request, host: block.host }, "usual");
    return { ...request, ...block };
  }

  /** The RAM at `to` answers at pa too. Code and stores are known by the address of the RAM itself: see `real`. */
  addAlias(name: string, pa: number, size: number, to: number): void {
    const region = this.find(to);
    assert(region?.kind === "ram" && to + size <= region.pa + region.size, `${name}: no RAM of that size at the alias' target`);
    this.#add({ kind: "ram", name, pa, size, host: region.host + (to - region.pa) }, "usual");
    this.#aliases.push({ pa, size, to });
  }

  /** The address at which the RAM that answers at pa really is. */
  real(pa: number): number {
    const alias = this.#aliases.find((a) => pa >= a.pa && pa < a.pa + a.size);
    return alias === undefined ? pa : pa - alias.pa + alias.to;
  }

  addMmio(name: string, pa: number, size: number, device: MmioDevice, layer: Layer = "usual"): void {
    this.#add({ kind: "mmio", name, pa, size, base: pa, device }, layer);
  }

  /** A part of the map that shows nothing at first. */
  addVariable(name: string, layer: Layer): VariableMap {
    let shown: Region[] = [];
    return {
      set: (parts) => {
        const before = shown;
        this.#regions = this.#regions.filter(({ region }) => !before.includes(region));
        this.#forget();
        shown = parts.map((part) => regionOf(name, part));
        for (const region of shown) this.#add(region, layer);
        for (const region of [...before, ...shown]) this.onChange(region.pa, region.size);
      },
    };
  }

  #add(region: Region, layer: Layer): void {
    const placed = { region, layer: layers[layer] };
    const at = this.#regions.findIndex((other) => other.layer <= placed.layer);
    this.#regions.splice(at < 0 ? this.#regions.length : at, 0, placed);
    this.#forget();
  }

  #forget(): void {
    this.#pieces = undefined;
    this.#last = undefined;
  }

  /** Whole regions, whether they are seen or not. */
  get regions(): readonly Region[] {
    return this.#regions.map(({ region }) => region);
  }

  /** What answers at pa, as far as it is seen around there; or undefined. */
  find(pa: number): Region | undefined {
    const last = this.#last;
    if (last !== undefined && pa >= last.pa && pa < last.pa + last.size) return last;
    const pieces = (this.#pieces ??= visible(this.regions));
    let low = 0;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pieces[middle]!.pa <= pa) low = middle + 1;
      else high = middle;
    }
    const found = pieces[low - 1];
    return found !== undefined && pa < found.pa + found.size ? (this.#last = found) : undefined;
  }

  /** Address in the emulator's memory of the RAM or ROM byte at pa, or -1. */
  hostAddress(pa: number): number {
    const region = this.find(pa);
    return region === undefined || region.kind === "mmio" ? -1 : region.host + (pa - region.pa);
  }

  /** Copies bytes out of RAM; what is not RAM reads as zero. */
  readBytes(pa: number, into: Uint8Array): void {
    this.#chunks(pa, into.length, (host, at, n) => {
      if (host < 0) into.fill(0, at, at + n);
      else into.set(this.memory.u8.subarray(host, host + n), at);
    });
  }

  /** Copies bytes into RAM (and into ROM if `rom`, for loaders); what is neither is dropped. */
  writeBytes(pa: number, from: Uint8Array, rom = false): void {
    this.#chunks(pa, from.length, (host, at, n, region) => {
      if (host >= 0 && (rom || region?.kind === "ram")) this.memory.u8.set(from.subarray(at, at + n), host);
      else if (region?.kind === "rom" && region.writes !== undefined)
        this.memory.u8.set(from.subarray(at, at + n), region.writes + (pa + at - region.pa));
    });
  }

  #chunks(pa: number, length: number, each: (host: number, at: number, n: number, region: Region | undefined) => void): void {
    for (let at = 0; at < length; ) {
      const region = this.find(pa + at);
      const inRegion = region === undefined ? this.#hole(pa + at) : region.pa + region.size - (pa + at);
      const n = Math.min(length - at, inRegion);
      each(region === undefined || region.kind === "mmio" ? -1 : region.host + (pa + at - region.pa), at, n, region);
      at += n;
    }
  }

  /** Bytes from pa, where nothing is, to the next region. */
  #hole(pa: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { region } of this.#regions) if (region.pa > pa) next = Math.min(next, region.pa);
    return next - pa;
  }
}

const regionOf = (name: string, part: MapPart): Region => {
  const { pa, size } = part;
  if ("device" in part) return { kind: "mmio", name, pa, size, base: pa, device: part.device };
  const { reads, writes } = part;
  const host = reads.block.host + reads.offset;
  const stores = writes === undefined ? undefined : writes.block.host + writes.offset;
  return stores === host ? { kind: "ram", name, pa, size, host } : { kind: "rom", name, pa, size, host, writes: stores };
};

/** The part of a region from `from` up to `to`. */
const cut = (region: Region, from: number, to: number): Region => {
  const place = { pa: from, size: to - from };
  if (region.kind === "mmio") return { ...region, ...place };
  const skipped = from - region.pa;
  const writes = region.writes === undefined ? undefined : region.writes + skipped;
  return { ...region, ...place, host: region.host + skipped, writes };
};

/** What is seen of regions that are sorted by height, in the order of addresses. */
const visible = (regions: readonly Region[]): Region[] => {
  const edges = [...new Set(regions.flatMap(({ pa, size }) => [pa, pa + size]))].sort((a, b) => a - b);
  const pieces: Region[] = [];
  let whole: Region | undefined;
  edges.forEach((from, i) => {
    const to = edges[i + 1];
    const region = to === undefined ? undefined : regions.find((r) => r.pa <= from && r.pa + r.size > from);
    if (region === undefined || to === undefined) {
      whole = undefined;
      return;
    }
    // Neighbours of the same region are one piece.
    const start = region === whole ? pieces.pop()!.pa : from;
    pieces.push(cut(region, start, to));
    whole = region;
  });
  return pieces;
};
