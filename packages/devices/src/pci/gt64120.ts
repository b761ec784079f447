/**
 * System controller Galileo GT-64120A, as the host bridge of PCI bus 0 (data sheet, revision 1.1). Its registers are little-endian words.
 * The address decoders can be written and read; what they decode is the board's choice and fixed, as are the places of the registers.
 * Not modelled: SDRAM and device timing (stored), the second PCI bus, DMA, timers, interrupts of the chip itself, messages of I2O.
 */
import { hex32, swap32 } from "@tsemu/base";
import { type Device, type DeviceWires, lanes, merge, type MmioDevice } from "@tsemu/hw";
import { type PciBus, devfn } from "./bus.ts";
import { PciFunction } from "./function.ts";

// Offsets, by the data sheet's names.
const reg = {
  CPU: 0x000,
  PCI0IOLD: 0x048,
  PCI0IOHD: 0x050,
  PCI0M0LD: 0x058,
  PCI0M0HD: 0x060,
  ISD: 0x068,
  PCI0M1LD: 0x080,
  PCI0M1HD: 0x088,
  PCI0IOREMAP: 0x0f0,
  PCI0M0REMAP: 0x0f8,
  PCI0M1REMAP: 0x100,
  PCI0_CMD: 0xc00,
  INTRCAUSE: 0xc18,
  PCI0_IACK: 0xc34,
  PCI0_CFGADDR: 0xcf8,
  PCI0_CFGDATA: 0xcfc,
} as const;
/** Writing a decoder's low end also sets its remap register. */
const remaps = new Map<number, number>([
  [reg.PCI0IOLD, reg.PCI0IOREMAP],
  [reg.PCI0M0LD, reg.PCI0M0REMAP],
  [reg.PCI0M1LD, reg.PCI0M1REMAP],
]);
const DECODER_LOW = 0x7fff;
const DECODER_HIGH = 0x7f;
const REMAP = 0x7ff;
/** The registers that are what was written, with their values after a reset: decoders of RAM and of the device bus. */
const stored: readonly (readonly [at: number, bits: number, reset: number])[] = [
  [reg.CPU, 0xffff_ffff, 0],
  [0x008, DECODER_LOW, 0],
  [0x010, DECODER_HIGH, 7],
  [0x018, DECODER_LOW, 8],
  [0x020, DECODER_HIGH, 0xf],
  [0x028, DECODER_LOW, 0xe0],
  [0x030, DECODER_HIGH, 0x70],
  [0x038, DECODER_LOW, 0xf8],
  [0x040, DECODER_HIGH, 0x7f],
  [reg.PCI0IOLD, DECODER_LOW, 0x80],
  [reg.PCI0IOHD, DECODER_HIGH, 0xf],
  [reg.PCI0M0LD, DECODER_LOW, 0x90],
  [reg.PCI0M0HD, DECODER_HIGH, 0x1f],
  [reg.ISD, DECODER_LOW, 0xa0],
  [reg.PCI0M1LD, DECODER_LOW, 0x790],
  [reg.PCI0M1HD, DECODER_HIGH, 0x1f],
  [0x0d0, REMAP, 0],
  [0x0d8, REMAP, 8],
  [0x0e0, REMAP, 0xe0],
  [0x0e8, REMAP, 0xf8],
  [reg.PCI0IOREMAP, REMAP, 0x80],
  [reg.PCI0M0REMAP, REMAP, 0x90],
  [reg.PCI0M1REMAP, REMAP, 0x790],
  [reg.PCI0_CMD, 0xffff_ffff, 0],
  [reg.PCI0_CFGADDR, 0x80ff_fffc, 0],
];
/** Of INTRCAUSE: nobody answered a cycle of the bridge. */
const MASTER_ABORT_0 = 1 << 18;
/** MByteSwap: configuration data of other devices is not swapped. */
const M_BYTE_SWAP = 1;
const ENABLE = 0x8000_0000;

export interface Gt64120Options extends DeviceWires {
  readonly bus: PciBus;
  /** The processor's byte order. */
  readonly bigEndian: boolean;
  /** The interrupt controller's acknowledge cycle. */
  readonly acknowledge: () => number;
}

export class Gt64120 implements Device, MmioDevice {
  readonly #o: Gt64120Options;
  readonly #values = new Map<number, number>();
  #cause = 0;
  readonly #bridge = new PciFunction({ vendor: 0x11ab, device: 0x4620, revision: 0x10, classCode: 0x06_0000 });

  constructor(o: Gt64120Options) {
    this.#o = o;
    o.bus.add(devfn(0, 0), this.#bridge);
    this.reset();
  }

  reset(): void {
    this.#bridge.reset();
    this.#cause = 0;
    for (const [at, , value] of stored) this.#values.set(at, value);
    if (this.#o.bigEndian) return;
    // Sampled at reset: bit 12 says that the processor is little-endian, and neither PCI master nor slave swaps.
    this.#values.set(reg.CPU, 0x1000);
    this.#values.set(reg.PCI0_CMD, 0x1_0001);
  }

  read(offset: number, size: number): number {
    const at = offset & ~3;
    if (at === reg.PCI0_CFGDATA) return this.#configuration((address) => this.#readConfiguration(address, offset, size)) ?? 0;
    if (at === reg.PCI0_IACK) return lanes(this.#o.acknowledge(), offset, size);
    if (at === reg.INTRCAUSE) return lanes(this.#cause, offset, size);
    const value = this.#values.get(at);
    if (value === undefined) this.#missing(`read of register ${hex32(at)}`);
    return lanes(value ?? 0, offset, size);
  }

  write(offset: number, value: number, size: number): void {
    const at = offset & ~3;
    if (at === reg.PCI0_CFGDATA) {
      this.#configuration((address) => this.#writeConfiguration(address, offset, value, size));
      return;
    }
    if (at === reg.INTRCAUSE) {
      // Zeros clear.
      this.#cause &= merge(this.#cause, offset, value, size);
      return;
    }
    const row = stored.find(([register]) => register === at);
    if (row === undefined) return this.#missing(`write of ${hex32(value)} to register ${hex32(at)}`);
    const written = (merge(this.#values.get(at)!, offset, value, size) & row[1]) >>> 0;
    this.#values.set(at, written);
    const remap = remaps.get(at);
    if (remap !== undefined) this.#values.set(remap, written & REMAP);
  }

  #missing(what: string): void {
    this.#o.log.log("unimp", () => `${this.#o.name}: ${what} is not implemented`);
  }

  #configuration<T>(cycle: (address: number) => T): T | undefined {
    const address = this.#values.get(reg.PCI0_CFGADDR)!;
    if ((address & ENABLE) === 0) return undefined;
    if (!this.#o.bus.has(address)) this.#cause |= MASTER_ABORT_0;
    return cycle(address & 0xff_fffc);
  }

  /** The bridge's own registers are never swapped. */
  #swaps(address: number): boolean {
    return (this.#values.get(reg.PCI0_CMD)! & M_BYTE_SWAP) === 0 && (address & 0xff_f800) !== 0;
  }

  #readConfiguration(address: number, offset: number, size: number): number {
    if (!this.#swaps(address)) return this.#o.bus.readConfig(address | (offset & 3), size);
    return lanes(swap32(this.#o.bus.readConfig(address, 4)), offset, size);
  }

  #writeConfiguration(address: number, offset: number, value: number, size: number): void {
    const { bus } = this.#o;
    if (!this.#swaps(address)) bus.writeConfig(address | (offset & 3), value, size);
    else if (size === 4) bus.writeConfig(address, swap32(value), 4);
    // Swapped in its word: the lanes count from the other end.
    else for (let i = 0; i < size; i++) bus.writeConfig(address | (3 - ((offset & 3) + i)), (value >>> (8 * i)) & 0xff, 1);
  }
}
