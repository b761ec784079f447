/**
 * Virtio over PCI: VIRTIO 1.2, section 4.1, as a transitional device: the registers of version 1 in memory (BAR 4), which capabilities point at, and
 * those of before at ports (BAR 0; 4.1.4.10). Interrupts are messages if the driver wants them, otherwise the pin.
 */
import { type Device, type DeviceWires, type DmaPort, type IrqLine, lanes, type MmioDevice } from "@tsemu/hw";
import { devfn, type PciBus } from "../pci/bus.ts";
import { PciFunction } from "../pci/function.ts";
import { Msix } from "../pci/msix.ts";
import { VirtioCore, type VirtioDevice } from "./core.ts";

const vendor = 0x1af4;
/** By virtio ID: class codes of the devices that are not simply "other". */
const classes: Readonly<Record<number, number>> = { 1: 0x02_0000, 2: 0x01_0000, 3: 0x07_8000, 4: 0x00_ff00 };
/** Transitional devices have device IDs of their own. */
const transitional: Readonly<Record<number, number>> = { 1: 0x1000, 2: 0x1001, 3: 0x1003, 4: 0x1005 };
const bars = { legacy: 0, msix: 1, modern: 4 } as const;
const modernBytes = 0x4000;
/** Regions of BAR 4, a page each. */
const region = { common: 0x0000, isr: 0x1000, device: 0x2000, notify: 0x3000 } as const;
const notifyMultiplier = 4;
/** Capabilities: their places, and types of virtio's. */
const caps = { common: 0x40, isr: 0x50, device: 0x60, notify: 0x70, access: 0x84, msix: 0x98 } as const;
const types = { common: 1, notify: 2, isr: 3, device: 4, access: 5 } as const;
const VENDOR_SPECIFIC = 0x09;
const NO_VECTOR = 0xffff;
const INTERRUPT_DISABLE = 0x400;
const COMMAND_BITS = 0x0507;
const HAS_CAPABILITIES = 0x10;
const legacyPage = 4096;

export interface VirtioPciOptions extends DeviceWires {
  readonly bus: PciBus;
  readonly slot: number;
  readonly irq: IrqLine;
  readonly dma: DmaPort;
  readonly device: VirtioDevice;
  /** Where messages go. */
  readonly message: (address: number, data: number) => void;
}

export class VirtioPci implements Device {
  readonly #irq: IrqLine;
  readonly #core: VirtioCore;
  readonly #function: PciFunction;
  readonly #msix: Msix;
  #isr = 0;
  #deviceFeaturesSel = 0;
  #driverFeaturesSel = 0;
  #queueSel = 0;
  #configVector = NO_VECTOR;
  readonly #queueVectors: number[];
  /** Of the legacy interface. */
  readonly #pageNumbers: number[];

  constructor(o: VirtioPciOptions) {
    this.#irq = o.irq;
    this.#core = new VirtioCore({ ...o, interfaces: "both", onInterrupt: (cause, queue) => this.#interrupt(cause, queue) });
    const { id, configSize, queueSizes } = o.device;
    this.#queueVectors = queueSizes.map(() => NO_VECTOR);
    this.#pageNumbers = queueSizes.map(() => 0);
    const fn = new PciFunction({
      vendor,
      device: transitional[id] ?? 0x1040 + id,
      revision: 0,
      classCode: classes[id] ?? 0xff_0000,
      pin: 1,
      subsystem: { vendor, device: id },
    });
    this.#function = fn;
    fn.define(0x04, 2, 0, COMMAND_BITS);
    fn.define(0x06, 2, HAS_CAPABILITIES);
    fn.define(0x34, 1, caps.msix);
    this.#msix = new Msix({
      function: fn,
      at: caps.msix,
      next: caps.access,
      bar: bars.msix,
      vectors: queueSizes.length + 1,
      send: o.message,
    });
    this.#capability(caps.access, caps.notify, types.access, 0, 0, 20);
    for (let word = 4; word <= 12; word += 4) fn.define(caps.access + word, 4, 0, 0xffff_ffff);
    this.#capability(caps.notify, caps.device, types.notify, region.notify, notifyMultiplier * queueSizes.length, 20);
    fn.define(caps.notify + 16, 4, notifyMultiplier);
    this.#capability(caps.device, caps.isr, types.device, region.device, Math.max(4, configSize), 16);
    this.#capability(caps.isr, caps.common, types.isr, region.isr, 4, 16);
    this.#capability(caps.common, 0, types.common, region.common, 0x38, 16);
    fn.addBar(bars.legacy, "io", 2 ** Math.ceil(Math.log2(0x18 + configSize)), this.#legacy);
    fn.addBar(bars.modern, "memory", modernBytes, this.#modern, { prefetchable: true, wide: true });
    fn.onWrite = () => {
      this.#msix.update();
      this.#drive();
    };
    fn.window = {
      at: caps.access + 16,
      read: (size) => this.#accessed((d, at) => d.read(at, size)),
      write: (value, size) => void this.#accessed((d, at) => (d.write(at, value, size), 0)),
    };
    o.bus.add(devfn(o.slot, 0), fn);
  }

  #capability(at: number, next: number, type: number, offset: number, length: number, size: number): void {
    const fn = this.#function;
    fn.define(at, 1, VENDOR_SPECIFIC);
    fn.define(at + 1, 1, next);
    fn.define(at + 2, 1, size);
    fn.define(at + 3, 1, type);
    fn.define(at + 4, 1, bars.modern);
    fn.define(at + 8, 4, offset);
    fn.define(at + 12, 4, length);
  }

  /** The registers through configuration space: a BAR, an offset in it, then data (4.1.4.9). Only the BAR of version 1 is reached. */
  #accessed(cycle: (device: MmioDevice, at: number) => number): number {
    const fn = this.#function;
    const at = fn.get(caps.access + 8, 4);
    return fn.get(caps.access + 4, 1) === bars.modern && at < modernBytes ? cycle(this.#modern, at) : 0;
  }

  reset(): void {
    this.#function.reset();
    this.#msix.reset();
    this.#resetDevice();
  }

  #resetDevice(): void {
    this.#core.reset();
    this.#deviceFeaturesSel = this.#driverFeaturesSel = this.#queueSel = 0;
    this.#configVector = NO_VECTOR;
    this.#queueVectors.fill(NO_VECTOR);
    this.#pageNumbers.fill(0);
    this.#isr = 0;
    this.#drive();
  }

  #interrupt(cause: number, queue: number | undefined): void {
    this.#isr |= cause;
    if (this.#msix.enabled) this.#msix.fire(queue === undefined ? this.#configVector : this.#queueVectors[queue]!);
    else this.#drive();
  }

  #drive(): void {
    const disabled = (this.#function.get(0x04, 2) & INTERRUPT_DISABLE) !== 0;
    this.#irq.set(this.#isr !== 0 && !disabled && !this.#msix.enabled);
  }

  #takeIsr(): number {
    const isr = this.#isr;
    this.#isr = 0;
    this.#drive();
    return isr;
  }

  #setStatus(value: number, modern: boolean): void {
    if (value === 0) this.#resetDevice();
    else this.#core.setStatus(value, modern);
  }

  /** A vector that there is, or none. */
  #vector(value: number): number {
    return value <= this.#core.queues.length ? value : NO_VECTOR;
  }

  // ---- version 1

  readonly #modern: MmioDevice = {
    read: (offset, size) => {
      const at = offset & 0xfff;
      switch (offset & ~0xfff) {
        case region.common:
          return at < 0x38 ? this.#readCommon(at, size) : 0;
        case region.isr:
          return at === 0 ? this.#takeIsr() : 0;
        case region.device:
          return this.#core.readConfig(at, size);
        default:
          return 0;
      }
    },
    write: (offset, value, size) => {
      const at = offset & 0xfff;
      switch (offset & ~0xfff) {
        case region.common:
          return this.#writeCommon(at, value, size);
        case region.device:
          return this.#core.writeConfig(at, value, size);
        case region.notify:
          return this.#core.notify(at / notifyMultiplier);
        default:
          return;
      }
    },
  };

  #readCommon(at: number, size: number): number {
    // Registers of two bytes share words; lanes() picks what was asked for.
    return lanes(this.#commonWord(at & ~3) >>> 0, at, size);
  }

  #commonWord(at: number): number {
    const n = this.#queueSel;
    const queue = this.#core.queues[n];
    switch (at) {
      case 0x00:
        return this.#deviceFeaturesSel;
      case 0x04:
        return this.#core.offered(this.#deviceFeaturesSel);
      case 0x08:
        return this.#driverFeaturesSel;
      case 0x0c:
        return this.#core.accepted(this.#driverFeaturesSel);
      case 0x10:
        return this.#configVector | (this.#core.queues.length << 16);
      case 0x14:
        return this.#core.status | ((this.#core.generation & 0xff) << 8) | (n << 16);
      case 0x18:
        return (
          (queue === undefined ? 0 : queue.size === 0 ? this.#core.largest(n) : queue.size) | ((this.#queueVectors[n] ?? NO_VECTOR) << 16)
        );
      case 0x1c:
        return (queue?.ready === true ? 1 : 0) | (n << 16);
      case 0x20:
      case 0x28:
      case 0x30:
        return (queue?.[areas[at]] ?? 0) % 2 ** 32;
      case 0x24:
      case 0x2c:
      case 0x34:
        return Math.floor((queue?.[areas[(at - 4) as 0x20]] ?? 0) / 2 ** 32);
      default:
        return 0;
    }
  }

  #writeCommon(at: number, value: number, size: number): void {
    const n = this.#queueSel;
    const queue = this.#core.queues[n];
    switch (at) {
      case 0x00:
        this.#deviceFeaturesSel = value;
        return;
      case 0x08:
        this.#driverFeaturesSel = value;
        return;
      case 0x0c:
        return this.#core.acceptFeatures(this.#driverFeaturesSel, value);
      case 0x10:
        this.#configVector = this.#vector(value);
        return;
      case 0x14:
        return this.#setStatus(value & 0xff, true);
      case 0x16:
        this.#queueSel = value & 0xffff;
        return;
      case 0x18:
        return this.#core.setQueueSize(n, value & 0xffff);
      case 0x1a:
        if (queue !== undefined) this.#queueVectors[n] = this.#vector(value & 0xffff);
        return;
      case 0x1c:
        // Drivers that are content with the size they found do not write it.
        if (queue !== undefined && queue.size === 0) this.#core.setQueueSize(n, this.#core.largest(n));
        return this.#core.enableQueue(n, (value & 1) !== 0);
      case 0x20:
      case 0x28:
      case 0x30:
        if (queue !== undefined && !queue.ready && size === 4) queue[areas[at]] += value - (queue[areas[at]] % 2 ** 32);
        return;
      case 0x24:
      case 0x2c:
      case 0x34: {
        const area = areas[(at - 4) as 0x20];
        if (queue !== undefined && !queue.ready && size === 4) queue[area] = (queue[area] % 2 ** 32) + value * 2 ** 32;
        return;
      }
      default:
        this.#core.guestError(`write of ${size} bytes to common configuration at 0x${at.toString(16)}`);
    }
  }

  // ---- before version 1

  /** The device's own configuration moves when there are vectors. */
  get #legacyConfig(): number {
    return this.#msix.enabled ? 0x18 : 0x14;
  }

  readonly #legacy: MmioDevice = {
    read: (offset, size) => {
      if (offset >= this.#legacyConfig) return this.#core.readConfig(offset - this.#legacyConfig, size);
      return this.#readLegacy(offset) >>> 0;
    },
    write: (offset, value, size) => {
      if (offset >= this.#legacyConfig) this.#core.writeConfig(offset - this.#legacyConfig, value, size);
      else this.#writeLegacy(offset, value);
    },
  };

  #readLegacy(offset: number): number {
    switch (offset) {
      case 0x00:
        return this.#core.offered(0);
      case 0x04:
        return this.#core.accepted(0);
      case 0x08:
        return this.#pageNumbers[this.#queueSel] ?? 0;
      case 0x0c:
        return this.#core.largest(this.#queueSel);
      case 0x0e:
        return this.#queueSel;
      case 0x12:
        return this.#core.status;
      case 0x13:
        return this.#takeIsr();
      case 0x14:
        return this.#configVector;
      case 0x16:
        return this.#queueVectors[this.#queueSel] ?? NO_VECTOR;
      default:
        return 0;
    }
  }

  #writeLegacy(offset: number, value: number): void {
    const n = this.#queueSel;
    const queue = this.#core.queues[n];
    switch (offset) {
      case 0x04:
        return this.#core.acceptFeatures(0, value);
      case 0x08:
        if (value === 0) return this.#resetDevice();
        if (queue === undefined) return;
        this.#pageNumbers[n] = value;
        queue.ready = false;
        queue.size = this.#core.largest(n);
        queue.placeLegacy(value * legacyPage, legacyPage);
        queue.ready = true;
        return;
      case 0x0e:
        this.#queueSel = value & 0xffff;
        return;
      case 0x10:
        return this.#core.notify(value & 0xffff);
      case 0x12:
        return this.#setStatus(value & 0xff, false);
      case 0x14:
        this.#configVector = this.#vector(value & 0xffff);
        return;
      case 0x16:
        if (queue !== undefined) this.#queueVectors[n] = this.#vector(value & 0xffff);
        return;
      default:
        this.#core.guestError(`write to register 0x${offset.toString(16)}`);
    }
  }
}

const areas = { 0x20: "descriptors", 0x28: "available", 0x30: "used" } as const;
