/**
 * One function of a PCI device: its 256 bytes of configuration space (PCI Local Bus Specification 2.2, chapter 6), of which some bits can be
 * written, and the ranges of addresses that it answers to.
 */
import type { Device, MmioDevice } from "@tsemu/hw";

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
}

export interface PciRange {
  readonly kind: "io" | "memory";
  readonly base: number;
  readonly size: number;
  readonly device: MmioDevice;
}

/** Bits of the command register. */
export const pciCommand = { io: 1, memory: 2, master: 4 } as const;
const COMMAND = 0x04;
const BARS = 0x10;
const IO_BAR = 1;

interface Bar {
  readonly kind: "io" | "memory";
  readonly at: number;
  readonly size: number;
  readonly device: MmioDevice;
}

export class PciFunction implements Device {
  readonly #config = new Uint8Array(256);
  readonly #initial = new Uint8Array(256);
  readonly #writable = new Uint8Array(256);
  readonly #bars: Bar[] = [];
  /** Called after each write of the configuration space. */
  onWrite: () => void = () => {};
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
  addBar(n: number, kind: "io" | "memory", size: number, device: MmioDevice): void {
    const at = BARS + 4 * n;
    this.define(at, 4, kind === "io" ? IO_BAR : 0, (2 ** 32 - size) & (kind === "io" ? ~3 : ~0xf));
    this.#bars.push({ kind, at, size, device });
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

  write(at: number, value: number, size: number): void {
    for (let i = 0; i < size; i++) {
      const mask = this.#writable[(at + i) & 0xff]!;
      this.#config[(at + i) & 0xff] = (this.#config[(at + i) & 0xff]! & ~mask) | ((value >>> (8 * i)) & mask);
    }
    this.onWrite();
  }

  /** What it answers to now. */
  ranges(): PciRange[] {
    const command = this.get(COMMAND, 2);
    const enabled = this.#bars.filter(({ kind }) => (command & pciCommand[kind]) !== 0);
    return [
      ...enabled.map(({ kind, at, size, device }) => ({ kind, base: (this.get(at, 4) & -size) >>> 0, size, device })),
      ...this.fixedRanges(),
    ];
  }

  reset(): void {
    this.#config.set(this.#initial);
    this.onWrite();
  }
}
