/**
 * Virtio over MMIO: VIRTIO 1.2, section 4.2, as version 2 and as the legacy version 1 (4.2.4), which QEMU's boards have unless told
 * otherwise. A transport without a device reads as device ID 0 and does nothing.
 * Not modelled: shared memory regions (they read as absent).
 */
import { hex32 } from "@tsemu/base";
import { type Device, type DeviceWires, type DmaPort, type IrqLine, type MmioDevice } from "@tsemu/hw";
import { maxQueueSize, VirtQueue } from "./queue.ts";

/** What every device can do, by bit number (6 and 6.3). */
export const feature = { notifyOnEmpty: 24, anyLayout: 27, indirect: 28, eventIndex: 29, version1: 32 } as const;

/** A kind of virtio device, as a transport sees it. */
export interface VirtioDevice {
  /** Section 5: 1 net, 2 block, 3 console, 4 entropy. */
  readonly id: number;
  /** The largest size of each queue. */
  readonly queueSizes: readonly number[];
  /** Its own features, by bit number (0 to 23). */
  readonly features: readonly number[];
  readonly configSize: number;
  readConfig(offset: number): number;
  writeConfig(offset: number, byte: number): void;
  /** Called once, by the transport that takes it. */
  connect(transport: VirtioTransport): void;
  /** The driver has put something in queue n. */
  notify(queue: number): void;
  /** DRIVER_OK has been set: features are final. */
  start?(): void;
  reset(): void;
}

/** What a virtio device may ask of its transport. */
export interface VirtioTransport {
  readonly dma: DmaPort;
  readonly queues: readonly VirtQueue[];
  readonly log: DeviceWires["log"];
  readonly name: string;
  /** Whether the driver accepted a feature. */
  has(featureBit: number): boolean;
  /** DRIVER_OK is set and the device has not failed. */
  readonly running: boolean;
  /** Interrupts the driver for what was pushed to a queue, if it wants that. */
  signal(queue: VirtQueue): void;
  /** Tells the driver that the configuration changed. */
  configChanged(): void;
}

const DRIVER_OK = 4;
const FEATURES_OK = 8;
const NEEDS_RESET = 0x40;
const USED_BUFFER = 1;
const CONFIG_CHANGE = 2;
const configAt = 0x100;

export interface VirtioMmioOptions extends DeviceWires {
  readonly irq: IrqLine;
  readonly dma: DmaPort;
  readonly device?: VirtioDevice | undefined;
  /** Version 1. */
  readonly legacy: boolean;
}

export class VirtioMmio implements Device, MmioDevice, VirtioTransport {
  readonly name: string;
  readonly log: DeviceWires["log"];
  readonly dma: DmaPort;
  readonly queues: readonly VirtQueue[];
  readonly #irq: IrqLine;
  readonly #device: VirtioDevice | undefined;
  readonly #legacy: boolean;
  /** Feature words 0 and 1: offered, accepted. */
  readonly #offered: [number, number] = [0, 0];
  #accepted: [number, number] = [0, 0];
  #deviceFeaturesSel = 0;
  #driverFeaturesSel = 0;
  #queueSel = 0;
  #status = 0;
  #interrupts = 0;
  #generation = 0;
  #pageSize = 0;
  /** For each queue: the legacy alignment and page number. */
  readonly #alignment: number[];
  readonly #pageNumber: number[];

  constructor(o: VirtioMmioOptions) {
    this.name = o.name;
    this.log = o.log;
    this.dma = o.dma;
    this.#irq = o.irq;
    this.#device = o.device;
    this.#legacy = o.legacy;
    this.queues = (o.device?.queueSizes ?? []).map(() => new VirtQueue(o.dma, (why) => this.#fail(why)));
    this.#alignment = this.queues.map(() => 0);
    this.#pageNumber = this.queues.map(() => 0);
    const common = [feature.indirect, feature.eventIndex, ...(o.legacy ? [feature.notifyOnEmpty, feature.anyLayout] : [feature.version1])];
    for (const n of [...(o.device?.features ?? []), ...common]) this.#offered[n < 32 ? 0 : 1] |= 1 << (n & 31);
    o.device?.connect(this);
  }

  has(featureBit: number): boolean {
    return ((this.#accepted[featureBit < 32 ? 0 : 1] >>> (featureBit & 31)) & 1) !== 0;
  }

  get running(): boolean {
    return (this.#status & (DRIVER_OK | NEEDS_RESET)) === DRIVER_OK;
  }

  signal(queue: VirtQueue): void {
    if (queue.takeInterrupt(this.has(feature.notifyOnEmpty))) this.#interrupt(USED_BUFFER);
  }

  configChanged(): void {
    this.#generation = (this.#generation + 1) >>> 0;
    if (this.running) this.#interrupt(CONFIG_CHANGE);
  }

  reset(): void {
    // The driver tells the page size once, before it resets the device for the first time: only power-on forgets it.
    this.#pageSize = 0;
    this.#resetDevice();
  }

  #resetDevice(): void {
    this.#device?.reset();
    for (const queue of this.queues) queue.reset();
    this.#accepted = [0, 0];
    this.#deviceFeaturesSel = 0;
    this.#driverFeaturesSel = 0;
    this.#queueSel = 0;
    this.#status = 0;
    this.#alignment.fill(0);
    this.#pageNumber.fill(0);
    this.#interrupts = 0;
    this.#irq.set(false);
  }

  read(offset: number, size: number): number {
    if (offset >= configAt) return this.#readConfig(offset - configAt, size);
    if (size !== 4 || offset % 4 !== 0) {
      this.#guestError(`read of ${size} bytes at offset ${hex32(offset)}`);
      return 0;
    }
    return this.#readRegister(offset) >>> 0;
  }

  write(offset: number, value: number, size: number): void {
    if (this.#device === undefined) return;
    if (offset >= configAt) {
      for (let i = 0; i < size; i++) this.#writeConfig(offset - configAt + i, (value >>> (8 * i)) & 0xff);
    } else if (size !== 4 || offset % 4 !== 0) this.#guestError(`write of ${size} bytes at offset ${hex32(offset)}`);
    else if (!this.#writeCommon(offset, value) && !(this.#legacy ? this.#writeLegacy(offset, value) : this.#writeModern(offset, value))) {
      this.#guestError(`write to register ${hex32(offset)}`);
    }
  }

  #readConfig(offset: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const at = offset + i;
      if (this.#device !== undefined && at < this.#device.configSize) value |= (this.#device.readConfig(at) & 0xff) << (8 * i);
    }
    return value >>> 0;
  }

  #writeConfig(offset: number, byte: number): void {
    if (this.#device !== undefined && offset < this.#device.configSize) this.#device.writeConfig(offset, byte);
  }

  #readRegister(offset: number): number {
    const queue = this.queues[this.#queueSel];
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
        return this.#deviceFeaturesSel < 2 ? this.#offered[this.#deviceFeaturesSel]! : 0;
      case 0x034:
        return queue === undefined ? 0 : Math.min(this.#device.queueSizes[this.#queueSel]!, maxQueueSize);
      case 0x040:
        if (this.#legacy) return this.#pageNumber[this.#queueSel] ?? 0;
        break;
      case 0x044:
        if (!this.#legacy) return queue?.ready === true ? 1 : 0;
        break;
      case 0x060:
        return this.#interrupts;
      case 0x070:
        return this.#status;
      // Length and base of the selected shared memory region: there is none.
      case 0x0b0:
      case 0x0b4:
      case 0x0b8:
      case 0x0bc:
        return 0xffff_ffff;
      case 0x0fc:
        if (!this.#legacy) return this.#generation;
        break;
    }
    this.#guestError(`read of register ${hex32(offset)}`);
    return 0;
  }

  /** The registers that both versions have; false if `offset` is none of them. */
  #writeCommon(offset: number, value: number): boolean {
    const queue = this.queues[this.#queueSel];
    switch (offset) {
      case 0x014:
        this.#deviceFeaturesSel = value;
        return true;
      case 0x020:
        this.#acceptFeatures(value);
        return true;
      case 0x024:
        this.#driverFeaturesSel = value;
        return true;
      case 0x030:
        if (value < this.queues.length || value < maxQueueSize) this.#queueSel = value;
        return true;
      case 0x038:
        if (queue !== undefined) this.#setQueueSize(queue, value);
        return true;
      case 0x050:
        if (value < this.queues.length && this.running) this.#device?.notify(value);
        return true;
      case 0x064:
        this.#interrupts &= ~value;
        this.#irq.set(this.#interrupts !== 0);
        return true;
      case 0x070:
        this.#setStatus(value & 0xff);
        return true;
      default:
        return false;
    }
  }

  #writeLegacy(offset: number, value: number): boolean {
    const n = this.#queueSel;
    const queue = this.queues[n];
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
      this.#guestError(`queue ${n} placed before its size, alignment and the page size are set`);
      return;
    }
    this.#pageNumber[n] = pageNumber;
    queue.placeLegacy(pageNumber * this.#pageSize, alignment);
    queue.ready = true;
  }

  #writeModern(offset: number, value: number): boolean {
    const queue = this.queues[this.#queueSel];
    const low = (x: number): number => x - (x % 2 ** 32) + value;
    const high = (x: number): number => (x % 2 ** 32) + value * 2 ** 32;
    if (offset === 0x044) {
      if (queue !== undefined) queue.ready = (value & 1) !== 0 && queue.size > 0 && this.#inMemory(queue);
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

  #inMemory(queue: VirtQueue): boolean {
    if (queue.descriptors < 2 ** 52 && queue.available < 2 ** 52 && queue.used < 2 ** 52) return true;
    this.#guestError("a queue beyond all memory");
    return false;
  }

  #setQueueSize(queue: VirtQueue, value: number): void {
    const largest = this.#device!.queueSizes[this.#queueSel]!;
    if (queue.ready) this.#guestError("size of a queue changed while in use");
    else if (value === 0 || value > largest || (value & (value - 1)) !== 0) this.#guestError(`queue size ${value}, at most ${largest}`);
    else queue.size = value;
  }

  #acceptFeatures(value: number): void {
    if (this.#driverFeaturesSel > 1 || (this.#status & (FEATURES_OK | DRIVER_OK)) !== 0) {
      if (value !== 0) this.#guestError("features accepted too late or out of range");
      return;
    }
    const word = this.#driverFeaturesSel as 0 | 1;
    this.#accepted[word] = value & this.#offered[word];
  }

  #setStatus(value: number): void {
    if (value === 0) {
      this.#resetDevice();
      return;
    }
    // A driver of the modern interface that does not accept VERSION_1 is told so by FEATURES_OK staying clear (2.1.2).
    const refused = !this.#legacy && !this.has(feature.version1) ? FEATURES_OK : 0;
    const starts = (value & DRIVER_OK) !== 0 && (this.#status & DRIVER_OK) === 0;
    this.#status = (value & ~refused & ~NEEDS_RESET) | (this.#status & NEEDS_RESET);
    if (!starts) return;
    for (const queue of this.queues) {
      queue.indirect = this.has(feature.indirect);
      queue.eventIndex = this.has(feature.eventIndex);
    }
    this.#device?.start?.();
    // Requests made before DRIVER_OK, against the rules but by real drivers, wait for no second notification.
    for (let n = 0; n < this.queues.length; n++) if (this.queues[n]!.hasNext) this.#device?.notify(n);
  }

  #interrupt(bits: number): void {
    this.#interrupts |= bits;
    this.#irq.set(true);
  }

  /** The guest broke a queue: nothing more happens until it resets the device. A modern driver is told. */
  #fail(why: string): void {
    this.#guestError(why);
    this.#status |= NEEDS_RESET;
    if (this.has(feature.version1)) this.#interrupt(CONFIG_CHANGE);
  }

  #guestError(what: string): void {
    this.log.log("guest_errors", () => `${this.name}: ${what}`);
  }
}
