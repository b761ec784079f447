/**
 * Virtio over MMIO: VIRTIO 1.2, section 4.2, as version 2 and as the legacy version 1 (4.2.4), which QEMU's boards have unless told
 * otherwise. A transport without a device reads as device ID 0 and does nothing.
 * Not modelled: shared memory regions (they read as absent).
 */
import { hex32 } from "@tsemu/base";
import { type Device, type DeviceWires, type DmaPort, type IrqLine, type MmioDevice } from "@tsemu/hw";
import { VirtioCore, type VirtioDevice } from "./core.ts";
import { maxQueueSize, type VirtQueue } from "./queue.ts";

const configAt = 0x100;
/** That of the legacy interface over PCI. SeaBIOS sets none and counts on it. */
const usualAlignment = 4096;

export interface VirtioMmioOptions extends DeviceWires {
  readonly irq: IrqLine;
  readonly dma: DmaPort;
  readonly device?: VirtioDevice | undefined;
  /** Version 1. */
  readonly legacy: boolean;
}

export class VirtioMmio implements Device, MmioDevice {
  readonly #core: VirtioCore;
  readonly #irq: IrqLine;
  readonly #device: VirtioDevice | undefined;
  readonly #legacy: boolean;
  #deviceFeaturesSel = 0;
  #driverFeaturesSel = 0;
  #queueSel = 0;
  #interrupts = 0;
  #pageSize = 0;
  /** For each queue: the legacy alignment and page number. */
  readonly #alignment: number[];
  readonly #pageNumber: number[];

  constructor(o: VirtioMmioOptions) {
    this.#irq = o.irq;
    this.#device = o.device;
    this.#legacy = o.legacy;
    this.#core = new VirtioCore({ ...o, interfaces: o.legacy ? "legacy" : "modern", onInterrupt: (cause) => this.#interrupt(cause) });
    this.#alignment = this.#core.queues.map(() => usualAlignment);
    this.#pageNumber = this.#core.queues.map(() => 0);
  }

  get name(): string {
    return this.#core.name;
  }

  reset(): void {
    // The driver tells the page size once, before it resets the device for the first time: only power-on forgets it.
    this.#pageSize = 0;
    this.#resetDevice();
  }

  #resetDevice(): void {
    this.#core.reset();
    this.#deviceFeaturesSel = 0;
    this.#driverFeaturesSel = 0;
    this.#queueSel = 0;
    this.#alignment.fill(usualAlignment);
    this.#pageNumber.fill(0);
    this.#interrupts = 0;
    this.#irq.set(false);
  }

  read(offset: number, size: number): number {
    if (offset >= configAt) return this.#core.readConfig(offset - configAt, size);
    if (size !== 4 || offset % 4 !== 0) {
      this.#core.guestError(`read of ${size} bytes at offset ${hex32(offset)}`);
      return 0;
    }
    return this.#readRegister(offset) >>> 0;
  }

  write(offset: number, value: number, size: number): void {
    if (this.#device === undefined) return;
    if (offset >= configAt) this.#core.writeConfig(offset - configAt, value, size);
    else if (size !== 4 || offset % 4 !== 0) this.#core.guestError(`write of ${size} bytes at offset ${hex32(offset)}`);
    else if (!this.#writeCommon(offset, value) && !(this.#legacy ? this.#writeLegacy(offset, value) : this.#writeModern(offset, value))) {
      this.#core.guestError(`write to register ${hex32(offset)}`);
    }
  }

  #readRegister(offset: number): number {
    const queue = this.#core.queues[this.#queueSel];
    switch (offset) {
      case 0x000:
        return 0x7472_6976; // "virt"
      case 0x004:
        return this.#legacy ? 1 : 2;
      case 0x008:
        return this.#device?.id ?? 0;
      case 0x00c:
        return 0x554d_4551; // "QEMU"
    }
    if (this.#device === undefined) return 0;
    switch (offset) {
      case 0x010:
        return this.#core.offered(this.#deviceFeaturesSel);
      case 0x034:
        return this.#core.largest(this.#queueSel);
      case 0x040:
        if (this.#legacy) return this.#pageNumber[this.#queueSel] ?? 0;
        break;
      case 0x044:
        if (!this.#legacy) return queue?.ready === true ? 1 : 0;
        break;
      case 0x060:
        return this.#interrupts;
      case 0x070:
        return this.#core.status;
      // Length and base of the selected shared memory region: there is none.
      case 0x0b0:
      case 0x0b4:
      case 0x0b8:
      case 0x0bc:
        return 0xffff_ffff;
      case 0x0fc:
        if (!this.#legacy) return this.#core.generation;
        break;
    }
    this.#core.guestError(`read of register ${hex32(offset)}`);
    return 0;
  }

  /** The registers that both versions have; false if `offset` is none of them. */
  #writeCommon(offset: number, value: number): boolean {
    switch (offset) {
      case 0x014:
        this.#deviceFeaturesSel = value;
        return true;
      case 0x020:
        this.#core.acceptFeatures(this.#driverFeaturesSel, value);
        return true;
      case 0x024:
        this.#driverFeaturesSel = value;
        return true;
      case 0x030:
        if (value < this.#core.queues.length || value < maxQueueSize) this.#queueSel = value;
        return true;
      case 0x038:
        this.#core.setQueueSize(this.#queueSel, value);
        return true;
      case 0x050:
        this.#core.notify(value);
        return true;
      case 0x064:
        this.#interrupts &= ~value;
        this.#irq.set(this.#interrupts !== 0);
        return true;
      case 0x070:
        if ((value & 0xff) === 0) this.#resetDevice();
        else this.#core.setStatus(value & 0xff, !this.#legacy);
        return true;
      default:
        return false;
    }
  }

  #writeLegacy(offset: number, value: number): boolean {
    const n = this.#queueSel;
    const queue = this.#core.queues[n];
    if (offset === 0x028) {
      this.#pageSize = value;
    } else if (offset === 0x03c) {
      if (queue !== undefined) this.#alignment[n] = value;
    } else if (offset === 0x040) {
      // Zero is the legacy way to reset the device, as for QEMU.
      if (value === 0) this.#resetDevice();
      else if (queue !== undefined) this.#placeLegacy(queue, n, value);
    } else return false;
    return true;
  }

  #placeLegacy(queue: VirtQueue, n: number, pageNumber: number): void {
    const alignment = this.#alignment[n]!;
    if (this.#pageSize === 0 || queue.size === 0 || alignment === 0 || (alignment & (alignment - 1)) !== 0) {
      this.#core.guestError(`queue ${n} placed before its size, alignment and the page size are set`);
      return;
    }
    this.#pageNumber[n] = pageNumber;
    queue.placeLegacy(pageNumber * this.#pageSize, alignment);
    queue.ready = true;
  }

  #writeModern(offset: number, value: number): boolean {
    const queue = this.#core.queues[this.#queueSel];
    const low = (x: number): number => x - (x % 2 ** 32) + value;
    const high = (x: number): number => (x % 2 ** 32) + value * 2 ** 32;
    if (offset === 0x044) {
      this.#core.enableQueue(this.#queueSel, (value & 1) !== 0);
      return true;
    }
    if (![0x080, 0x084, 0x090, 0x094, 0x0a0, 0x0a4].includes(offset)) return false;
    if (queue === undefined || queue.ready) return true;
    const place = (offset & 4) === 0 ? low : high;
    if (offset < 0x090) queue.descriptors = place(queue.descriptors);
    else if (offset < 0x0a0) queue.available = place(queue.available);
    else queue.used = place(queue.used);
    return true;
  }

  #interrupt(bits: number): void {
    this.#interrupts |= bits;
    this.#irq.set(true);
  }
}
