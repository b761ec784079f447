/**
 * One function of a PCI device: its 256 bytes of configuration space (PCI Local Bus Specification 2.2, chapter 6), of which some bits can be
 * written, and the ranges of addresses that it answers to.
 */
import type { Device, MemoryBlock, MmioDevice } from "@tsemu/hw";

export interface PciIdentity {
  readonly vendor: number;
  readonly device: number;
  readonly revision: number;
  /** Class, subclass, programming interface in 24 bits. */
  readonly classCode: number;
  /** Other functions of the same device may be there. */
  readonly multiFunction?: boolean;
  /** The interrupt pin: 1 is INTA. */
  readonly pin?: number;
  /** The board it is on, as it says itself. */
  readonly subsystem?: { readonly vendor: number; readonly device: number };
}

/** By this firmware and drivers know that a board is QEMU's, or like it. */
export const qemuSubsystem = { vendor: 0x1af4, device: 0x1100 } as const;

export interface PciRange {
  readonly kind: "io" | "memory";
  readonly base: number;
  readonly size: number;
  readonly device: MmioDevice;
  /** The memory that answers there, if it is memory: the board may show it directly, in the device's stead. */
  readonly memory?: { readonly block: MemoryBlock; readonly writable: boolean } | undefined;
}

export interface BarOptions {
  readonly prefetchable?: boolean;
  /** Takes the next register, too, for an address of 64 bits. */
  readonly wide?: boolean;
}

/** Bits of the command register. */
export const pciCommand = { io: 1, memory: 2, master: 4 } as const;
const COMMAND = 0x04;
const BARS = 0x10;
const IO_BAR = 1;

/** Of the registers of expansion ROMs: the ROM answers. */
const ROM_ENABLE = 1;
const ROM_BAR = 0x30;
const PREFETCHABLE = 8;
const WIDE = 4;
/** Largest address that is decoded; what lies higher answers to nobody. */
const ADDRESS_LIMIT = 2 ** 40;

interface Bar {
  readonly kind: "io" | "memory";
  readonly at: number;
  readonly size: number;
  readonly device: MmioDevice;
  readonly wide: boolean;
  readonly memory: PciRange["memory"];
}

export class PciFunction implements Device {
  readonly #config = new Uint8Array(256);
  readonly #initial = new Uint8Array(256);
  readonly #writable = new Uint8Array(256);
  readonly #bars: Bar[] = [];
  /** Called after each write of the configuration space. */
  onWrite: () => void = () => {};
  /** Four bytes of configuration space that are a window to something else. */
  window: { readonly at: number; read(size: number): number; write(value: number, size: number): void } | undefined;
  /** What it decodes beside its base address registers. */
  fixedRanges: () => readonly PciRange[] = () => [];

  constructor(id: PciIdentity) {
    this.define(0x00, 2, id.vendor);
    this.define(0x02, 2, id.device);
    this.define(COMMAND, 2, 0, pciCommand.io | pciCommand.memory | pciCommand.master);
    this.define(0x08, 1, id.revision);
    this.define(0x09, 3, id.classCode);
    this.define(0x0c, 2, 0, 0xffff); // cache line size, latency timer
    this.define(0x0e, 1, id.multiFunction === true ? 0x80 : 0);
    this.define(0x2c, 2, id.subsystem?.vendor ?? 0);
    this.define(0x2e, 2, id.subsystem?.device ?? 0);
    this.define(0x3c, 1, 0, 0xff);
    this.define(0x3d, 1, id.pin ?? 0);
  }

  /** A register: its value after a reset, and the bits of it that can be written. */
  define(at: number, size: number, reset: number, writable = 0): void {
    for (let i = 0; i < size; i++) {
      this.#initial[at + i] = this.#config[at + i] = Math.floor(reset / 2 ** (8 * i)) & 0xff;
      this.#writable[at + i] = Math.floor(writable / 2 ** (8 * i)) & 0xff;
    }
  }

  /** Base address register n; the size is a power of two. */
  addBar(n: number, kind: "io" | "memory", size: number, device: MmioDevice, o: BarOptions = {}): void {
    this.#addBar({ kind, at: BARS + 4 * n, size, device, wide: o.wide === true, memory: undefined }, o);
  }

  /** A base address register of memory, whose size is a power of two. */
  addMemoryBar(n: number, block: MemoryBlock, o: BarOptions = {}): void {
    const memory = { block, writable: true };
    this.#addBar({ kind: "memory", at: BARS + 4 * n, size: block.size, device: onBytes(block, true), wide: o.wide === true, memory }, o);
  }

  #addBar(bar: Bar, o: BarOptions): void {
    const { kind, at, size, wide } = bar;
    const type = kind === "io" ? IO_BAR : (o.prefetchable === true ? PREFETCHABLE : 0) | (wide ? WIDE : 0);
    this.define(at, 4, type, (2 ** 32 - size) & (kind === "io" ? ~3 : ~0xf));
    if (wide) this.define(at + 4, 4, 0, 0xffff_ffff);
    this.#bars.push(bar);
  }

  /** An expansion ROM, whose size is a power of two. */
  addRom(block: MemoryBlock): void {
    this.define(ROM_BAR, 4, 0, ((2 ** 32 - block.size) & ~0x7ff) | ROM_ENABLE);
    const memory = { block, writable: false };
    this.#bars.push({ kind: "memory", at: ROM_BAR, size: block.size, device: onBytes(block, false), wide: false, memory });
  }

  get(at: number, size: number): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.#config[(at + i) & 0xff]!;
    return value;
  }

  /** As the hardware would: no mask. */
  set(at: number, size: number, value: number): void {
    for (let i = 0; i < size; i++) this.#config[(at + i) & 0xff] = value >>> (8 * i);
  }

  /** A configuration cycle that reads. */
  read(at: number, size: number): number {
    return this.window?.at === at ? this.window.read(size) : this.get(at, size);
  }

  write(at: number, value: number, size: number): void {
    if (this.window?.at === at) return this.window.write(value, size);
    for (let i = 0; i < size; i++) {
      const mask = this.#writable[(at + i) & 0xff]!;
      this.#config[(at + i) & 0xff] = (this.#config[(at + i) & 0xff]! & ~mask) | ((value >>> (8 * i)) & mask);
    }
    this.onWrite();
  }

  /** What it answers to now. */
  ranges(): PciRange[] {
    const command = this.get(COMMAND, 2);
    const enabled = this.#bars.filter(
      ({ kind, at }) => (command & pciCommand[kind]) !== 0 && (at !== ROM_BAR || (this.get(at, 1) & ROM_ENABLE) !== 0),
    );
    const placed = enabled.map(({ kind, at, size, device, wide, memory }) => {
      const high = wide ? this.get(at + 4, 4) * 2 ** 32 : 0;
      return { kind, base: high + ((this.get(at, 4) & -size) >>> 0), size, device, memory };
    });
    // A register that nobody has set up yet holds 0: that is not a place for memory.
    return [...placed.filter(({ kind, base, size }) => base + size <= ADDRESS_LIMIT && (kind === "io" || base > 0)), ...this.fixedRanges()];
  }

  reset(): void {
    this.#config.set(this.#initial);
    this.onWrite();
  }
}

/** Memory as a device. */
const onBytes = ({ bytes }: MemoryBlock, writable: boolean): MmioDevice => ({
  read(offset, size) {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (bytes[offset + i] ?? 0);
    return value;
  },
  write(offset, value, size) {
    if (writable) for (let i = 0; i < size && offset + i < bytes.length; i++) bytes[offset + i] = value >>> (8 * i);
  },
});
