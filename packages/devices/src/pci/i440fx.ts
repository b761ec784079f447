/**
 * Host bridge Intel 82441FX (290549) as device 0 of bus 0: configuration mechanism #1, and what of it decides who answers between 640 KiB and
 * 1 MiB: the attributes of 13 segments (read from RAM or ROM, stores to RAM or nowhere) and the RAM under the display that only system
 * management mode sees.
 * Not modelled: DRAM timing and row boundaries (stored), error reporting, the AGP-less rest of PCI arbitration.
 */
import {
  type Device,
  type DeviceWires,
  type IrqLine,
  lanes,
  type MapPart,
  type MemoryBlock,
  merge,
  type MmioDevice,
  type VariableMap,
} from "@tsemu/hw";
import { devfn, type PciBus } from "./bus.ts";
import { PciFunction, qemuSubsystem } from "./function.ts";

const PAM = 0x59;
const SMRAM = 0x72;
// Of SMRAM
const D_OPEN = 0x40;
const D_CLS = 0x20;
const D_LCK = 0x10;
const G_SMRAME = 0x08;
// Attributes of a segment
const READ_RAM = 1;
const WRITE_RAM = 2;
const KiB = 1024;
const shadowBase = 0xc_0000;
const displayBase = 0xa_0000;
const displaySize = 128 * KiB;
const ENABLE = 0x8000_0000;

/** Segments in the order of their attributes: half bytes from the upper half of the first register on. */
const segments = [
  { base: 0xf_0000, size: 64 * KiB },
  ...Array.from({ length: 12 }, (_, i) => ({ base: shadowBase + 16 * KiB * i, size: 16 * KiB })),
];

export interface I440fxOptions extends DeviceWires {
  readonly bus: PciBus;
  readonly ram: MemoryBlock;
  /** What is read between 768 KiB and 1 MiB where RAM is not: option ROMs and the firmware. */
  readonly rom: MemoryBlock;
  /** A part of the map, over everything else, for each segment and for the display's range. */
  readonly map: () => VariableMap;
  /** The byte register that lies among those of the configuration mechanism, at port 0xcf9. */
  readonly resetControl: () => MmioDevice;
}

export class I440fx implements Device, MmioDevice {
  readonly #o: I440fxOptions;
  readonly #bridge: PciFunction;
  readonly #maps: readonly VariableMap[];
  readonly #display: VariableMap;
  /** Attributes as they are mapped now; -1: not at all. */
  readonly #mapped: number[] = segments.map(() => -1);
  #displayIsRam = false;
  #address = 0;
  #managing = false;

  constructor(o: I440fxOptions) {
    this.#o = o;
    const bridge = new PciFunction({ vendor: 0x8086, device: 0x1237, revision: 2, classCode: 0x06_0000, subsystem: qemuSubsystem });
    this.#bridge = bridge;
    bridge.define(0x06, 2, 0x0000);
    for (let at = 0x40; at < 0x100; at++) bridge.define(at, 1, 0, 0xff);
    bridge.define(0x57, 1, 0x10, 0xff); // DRAMC
    bridge.define(SMRAM, 1, 0x02, D_OPEN | D_CLS | D_LCK | G_SMRAME);
    bridge.onWrite = () => this.#remap();
    this.#maps = segments.map(() => o.map());
    this.#display = o.map();
    o.bus.add(devfn(0, 0), bridge);
    this.#remap();
  }

  reset(): void {
    this.#address = 0;
    this.#managing = false;
    this.#bridge.define(SMRAM, 1, 0x02, D_OPEN | D_CLS | D_LCK | G_SMRAME);
    this.#bridge.reset();
  }

  /** The CPU's wire that says it is in system management mode. */
  get smiActive(): IrqLine {
    return {
      set: (level) => {
        this.#managing = level;
        this.#remap();
      },
    };
  }

  #remap(): void {
    segments.forEach((segment, n) => {
      // The lower half of the first register is reserved.
      const half = n + 1;
      const attributes = (this.#bridge.get(PAM + (half >>> 1), 1) >>> (4 * (half & 1))) & (READ_RAM | WRITE_RAM);
      if (attributes === this.#mapped[n]) return;
      this.#mapped[n] = attributes;
      this.#maps[n]!.set(attributes === (READ_RAM | WRITE_RAM) ? [] : [this.#part(segment, attributes)]);
    });
    const smram = this.#bridge.get(SMRAM, 1);
    // Locked, it stays as it is until the next reset.
    if ((smram & D_LCK) !== 0) this.#bridge.define(SMRAM, 1, smram & ~D_OPEN, 0);
    const open =
      (smram & G_SMRAME) !== 0 && ((smram & D_OPEN & ~((smram & D_LCK) << 2)) !== 0 || (this.#managing && (smram & D_CLS) === 0));
    if (open === this.#displayIsRam) return;
    this.#displayIsRam = open;
    const ram = { block: this.#o.ram, offset: displayBase };
    this.#display.set(open ? [{ pa: displayBase, size: displaySize, reads: ram, writes: ram }] : []);
  }

  #part({ base, size }: { base: number; size: number }, attributes: number): MapPart {
    const ram = { block: this.#o.ram, offset: base };
    const rom = { block: this.#o.rom, offset: base - shadowBase };
    return {
      pa: base,
      size,
      reads: (attributes & READ_RAM) !== 0 ? ram : rom,
      writes: (attributes & WRITE_RAM) !== 0 ? ram : undefined,
    };
  }

  // ---- ports 0xcf8 to 0xcff

  read(offset: number, size: number): number {
    if (offset === 1 && size === 1) return this.#o.resetControl().read(0, 1);
    if (offset < 4) return lanes(this.#address, offset, size);
    if ((this.#address & ENABLE) === 0) return 2 ** (8 * size) - 1;
    return this.#o.bus.readConfig((this.#address & 0xff_fffc) | (offset & 3), size);
  }

  write(offset: number, value: number, size: number): void {
    if (offset === 1 && size === 1) this.#o.resetControl().write(0, value, 1);
    else if (offset < 4) {
      // Only a whole word is the address register: other accesses pass it by.
      if (size === 4) this.#address = merge(0, 0, value, 4) & 0x80ff_fffc;
    } else if ((this.#address & ENABLE) !== 0) this.#o.bus.writeConfig((this.#address & 0xff_fffc) | (offset & 3), value, size);
  }
}
