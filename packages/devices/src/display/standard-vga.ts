/**
 * QEMU's standard VGA as a PCI device, 1234:1111 (docs/specs/standard-vga): a VGA at its ports and its range of memory, the Bochs extension, memory
 * as a linear frame buffer (BAR 0), all registers once more in memory (BAR 2), its firmware as a ROM.
 * Not modelled: EDID.
 */
import { type Device, type DeviceWires, lanes, type MemoryBlock, type MmioDevice } from "@tsemu/hw";
import { devfn, type PciBus } from "../pci/bus.ts";
import { PciFunction, qemuSubsystem } from "../pci/function.ts";
import type { Frame, FrameSource } from "./frame.ts";
import { Vbe } from "./vbe.ts";
import { vgaFrame } from "./vga-frame.ts";
import { VgaMemory } from "./vga-memory.ts";
import { VgaRegisters } from "./vga-registers.ts";

const registerBar = 4096;
/** Of BAR 2: ports 0x3c0 to 0x3df, the extension's registers, and QEMU's own: their length and the byte order. */
const at = { vga: 0x400, vbe: 0x500, extended: 0x600, end: 0x608 } as const;
const LITTLE_ENDIAN = 0x1e1e_1e1e;

export interface StandardVgaOptions extends DeviceWires {
  readonly bus: PciBus;
  readonly slot: number;
  readonly memory: MemoryBlock;
  readonly rom?: MemoryBlock | undefined;
}

export class StandardVga implements Device, FrameSource {
  readonly #function: PciFunction;
  readonly #registers = new VgaRegisters();
  readonly #window: VgaMemory;
  readonly #vbe: Vbe;
  readonly #memory: Uint8Array;
  /** Ports 0x3b0 to 0x3df. */
  readonly ports: MmioDevice = {
    read: (offset, size) => bytewise(size, (i) => this.#registers.read(offset + i)),
    write: (offset, value, size) => {
      for (let i = 0; i < size; i++) this.#registers.write(offset + i, (value >>> (8 * i)) & 0xff);
    },
  };
  /** Ports 0x1ce and 0x1cf, of 16 bits each, and the data's other place, 0x1d0. */
  readonly vbePorts: MmioDevice = {
    read: (offset) => (offset === 0 ? this.#vbe.index : this.#vbe.data),
    write: (offset, value) => {
      if (offset === 0) this.#vbe.index = value;
      else this.#vbe.data = value;
    },
  };

  constructor(o: StandardVgaOptions) {
    this.#memory = o.memory.bytes;
    this.#window = new VgaMemory(this.#registers, this.#memory);
    this.#vbe = new Vbe({ registers: this.#registers, memory: this.#memory, setBank: (offset) => (this.#window.bankOffset = offset) });
    const fn = new PciFunction({ vendor: 0x1234, device: 0x1111, revision: 2, classCode: 0x03_0000, subsystem: qemuSubsystem });
    this.#function = fn;
    fn.addMemoryBar(0, o.memory, { prefetchable: true });
    fn.addBar(2, "memory", registerBar, this.#mapped);
    if (o.rom !== undefined) fn.addRom(o.rom);
    o.bus.add(devfn(o.slot, 0), fn);
  }

  reset(): void {
    this.#registers.reset();
    this.#window.reset();
    this.#vbe.reset();
    this.#function.reset();
  }

  /** 0xa0000 to 0xbffff. */
  get window(): MmioDevice {
    return this.#window;
  }

  frame(): Frame {
    return vgaFrame(this.#registers, this.#memory, this.#vbe.mode);
  }

  readonly #mapped: MmioDevice = {
    read: (offset, size) => {
      if (offset >= at.vga && offset < at.vga + 0x20) return bytewise(size, (i) => this.#registers.read(offset - at.vga + 0x10 + i));
      if (offset >= at.vbe && offset < at.vbe + 0x16) return this.#vbe.get((offset - at.vbe) >>> 1);
      if (offset >= at.extended && offset < at.end)
        return lanes(offset < at.extended + 4 ? at.end - at.extended : LITTLE_ENDIAN, offset, size);
      return 0;
    },
    write: (offset, value, size) => {
      if (offset >= at.vga && offset < at.vga + 0x20)
        for (let i = 0; i < size; i++) this.#registers.write(offset - at.vga + 0x10 + i, (value >>> (8 * i)) & 0xff);
      else if (offset >= at.vbe && offset < at.vbe + 0x16) this.#vbe.set((offset - at.vbe) >>> 1, value & 0xffff);
    },
  };
}

const bytewise = (size: number, read: (i: number) => number): number => {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + (read(i) & 0xff);
  return value;
};
