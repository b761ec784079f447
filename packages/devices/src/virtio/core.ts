/** What transports of virtio have in common: features, status, queues, configuration (VIRTIO 1.2, 2 and 3). */
import type { DeviceWires, DmaPort } from "@tsemu/hw";
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

/** What an interrupt says: a queue's buffers were used, the configuration changed. */
export const virtioCause = { usedBuffer: 1, configChange: 2 } as const;

export interface VirtioCoreOptions {
  readonly name: string;
  readonly log: DeviceWires["log"];
  readonly dma: DmaPort;
  readonly device?: VirtioDevice | undefined;
  /** Interfaces that the transport has: its driver may be of before version 1, of after, or either. */
  readonly interfaces: "legacy" | "modern" | "both";
  /** The queue, if it is one's. */
  readonly onInterrupt: (cause: number, queue?: number) => void;
}

export class VirtioCore implements VirtioTransport {
  readonly name: string;
  readonly log: DeviceWires["log"];
  readonly dma: DmaPort;
  readonly queues: readonly VirtQueue[];
  readonly device: VirtioDevice | undefined;
  readonly #interrupt: (cause: number, queue?: number) => void;
  /** Feature words 0 and 1: offered, accepted. */
  readonly #offered: [number, number] = [0, 0];
  #accepted: [number, number] = [0, 0];
  #status = 0;
  #generation = 0;

  constructor(o: VirtioCoreOptions) {
    this.name = o.name;
    this.log = o.log;
    this.dma = o.dma;
    this.device = o.device;
    this.#interrupt = o.onInterrupt;
    this.queues = (o.device?.queueSizes ?? []).map(() => new VirtQueue(o.dma, (why) => this.#fail(why)));
    const common = [
      feature.indirect,
      feature.eventIndex,
      ...(o.interfaces === "modern" ? [] : [feature.notifyOnEmpty, feature.anyLayout]),
      ...(o.interfaces === "legacy" ? [] : [feature.version1]),
    ];
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
    if (queue.takeInterrupt(this.has(feature.notifyOnEmpty))) this.#interrupt(virtioCause.usedBuffer, this.queues.indexOf(queue));
  }

  configChanged(): void {
    this.#generation = (this.#generation + 1) >>> 0;
    if (this.running) this.#interrupt(virtioCause.configChange);
  }

  reset(): void {
    this.device?.reset();
    for (const queue of this.queues) queue.reset();
    this.#accepted = [0, 0];
    this.#status = 0;
  }

  get generation(): number {
    return this.#generation;
  }

  offered(word: number): number {
    return this.#offered[word] ?? 0;
  }

  accepted(word: number): number {
    return this.#accepted[word] ?? 0;
  }

  /** The largest size of a queue; 0 if there is none. */
  largest(n: number): number {
    return Math.min(this.device?.queueSizes[n] ?? 0, maxQueueSize);
  }

  readConfig(offset: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const at = offset + i;
      if (this.device !== undefined && at < this.device.configSize) value |= (this.device.readConfig(at) & 0xff) << (8 * i);
    }
    return value >>> 0;
  }

  writeConfig(offset: number, value: number, size: number): void {
    for (let i = 0; i < size; i++) {
      const at = offset + i;
      if (this.device !== undefined && at < this.device.configSize) this.device.writeConfig(at, (value >>> (8 * i)) & 0xff);
    }
  }

  notify(n: number): void {
    if (n < this.queues.length && this.running) this.device?.notify(n);
  }

  acceptFeatures(word: number, value: number): void {
    if (word > 1 || (this.#status & (FEATURES_OK | DRIVER_OK)) !== 0) {
      if (value !== 0) this.guestError("features accepted too late or out of range");
      return;
    }
    this.#accepted[word as 0 | 1] = value & this.#offered[word as 0 | 1];
  }

  setQueueSize(n: number, value: number): void {
    const queue = this.queues[n];
    if (queue === undefined) return;
    const largest = this.largest(n);
    if (queue.ready) this.guestError("size of a queue changed while in use");
    else if (value === 0 || value > largest || (value & (value - 1)) !== 0) this.guestError(`queue size ${value}, at most ${largest}`);
    else queue.size = value;
  }

  /** A driver of version 1 starts a queue, or stops it. */
  enableQueue(n: number, on: boolean): void {
    const queue = this.queues[n];
    if (queue !== undefined) queue.ready = on && queue.size > 0 && this.#inMemory(queue);
  }

  #inMemory(queue: VirtQueue): boolean {
    if (queue.descriptors < 2 ** 52 && queue.available < 2 ** 52 && queue.used < 2 ** 52) return true;
    this.guestError("a queue beyond all memory");
    return false;
  }

  get status(): number {
    return this.#status;
  }

  /** Not 0, which is a reset. */
  setStatus(value: number, modern: boolean): void {
    // A driver of the modern interface that does not accept VERSION_1 is told so by FEATURES_OK staying clear (2.1.2).
    const refused = modern && !this.has(feature.version1) ? FEATURES_OK : 0;
    const starts = (value & DRIVER_OK) !== 0 && (this.#status & DRIVER_OK) === 0;
    this.#status = (value & ~refused & ~NEEDS_RESET) | (this.#status & NEEDS_RESET);
    if (!starts) return;
    for (const queue of this.queues) {
      queue.indirect = this.has(feature.indirect);
      queue.eventIndex = this.has(feature.eventIndex);
    }
    this.device?.start?.();
    // Requests made before DRIVER_OK, against the rules but by real drivers, wait for no second notification.
    for (let n = 0; n < this.queues.length; n++) if (this.queues[n]!.hasNext) this.device?.notify(n);
  }

  /** The guest broke a queue: nothing more happens until it resets the device. A modern driver is told. */
  #fail(why: string): void {
    this.guestError(why);
    this.#status |= NEEDS_RESET;
    if (this.has(feature.version1)) this.#interrupt(virtioCause.configChange);
  }

  guestError(what: string): void {
    this.log.log("guest_errors", () => `${this.name}: ${what}`);
  }
}
