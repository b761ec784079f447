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
}

export interface MmioRegion {
  readonly kind: "mmio";
  readonly name: string;
  readonly pa: number;
  readonly size: number;
  readonly device: MmioDevice;
}

export type Region = RamRegion | MmioRegion;

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

/** The memory map. Where regions overlap, the one added last wins. */
export class AddressSpace {
  readonly #regions: Region[] = [];
  readonly #aliases: { readonly pa: number; readonly size: number; readonly to: number }[] = [];
  #last: Region | undefined;
  readonly memory: EmulatorMemory;

  /** What an access to nothing gets: an abort (if the architecture has one), or zero and silence. */
  readonly holes: "abort" | "zero";

  constructor(memory: EmulatorMemory, holes: "abort" | "zero" = "abort") {
    this.memory = memory;
    this.holes = holes;
  }

  addRam(request: RamRequest): RamRegion {
    const region: RamRegion = { ...request, host: this.memory.allocate(request.size) };
    this.#regions.unshift(region);
    this.#last = undefined;
    return region;
  }

  /** The RAM at `to` answers at pa too. Code and stores are known by the address of the RAM itself: see `real`. */
  addAlias(name: string, pa: number, size: number, to: number): void {
    const region = this.find(to);
    assert(region?.kind === "ram" && to + size <= region.pa + region.size, `${name}: no RAM of that size at the alias' target`);
    this.#regions.unshift({ kind: "ram", name, pa, size, host: region.host + (to - region.pa) });
    this.#aliases.push({ pa, size, to });
    this.#last = undefined;
  }

  /** The address at which the RAM that answers at pa really is. */
  real(pa: number): number {
    const alias = this.#aliases.find((a) => pa >= a.pa && pa < a.pa + a.size);
    return alias === undefined ? pa : pa - alias.pa + alias.to;
  }

  addMmio(name: string, pa: number, size: number, device: MmioDevice): void {
    this.#regions.unshift({ kind: "mmio", name, pa, size, device });
    this.#last = undefined;
  }

  get regions(): readonly Region[] {
    return this.#regions;
  }

  /** What answers at pa, or undefined. */
  find(pa: number): Region | undefined {
    const last = this.#last;
    if (last !== undefined && pa >= last.pa && pa < last.pa + last.size) return last;
    const found = this.#regions.find((r) => pa >= r.pa && pa < r.pa + r.size);
    // Only a region that nothing covers may be remembered without looking at the others.
    if (found !== undefined && this.#regions.indexOf(found) === this.#regions.findIndex((r) => overlap(r, found))) this.#last = found;
    return found;
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
    for (const region of this.#regions) if (region.pa > pa) next = Math.min(next, region.pa);
    return next - pa;
  }
}

const overlap = (a: Region, b: Region): boolean => a.pa < b.pa + b.size && b.pa < a.pa + a.size;
