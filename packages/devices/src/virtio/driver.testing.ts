/** A guest's side of virtio-mmio, for tests: sets a device up and puts requests on its queues. */
import { Logger } from "@tsemu/base";
import { FakeClock, FakeMemory, RecordedLine } from "@tsemu/hw";
import type { VirtioDevice } from "./core.ts";
import { VirtioMmio } from "./transport-mmio.ts";

export const memoryBase = 0x4000_0000;
const queueBytes = 0x4000;

/** Buffers of a request: bytes that the device reads, or the number of bytes that it may write. */
export type Buffer = Uint8Array | number;

export class TestDriver {
  readonly memory = new FakeMemory(memoryBase, 1 << 20);
  readonly irq = new RecordedLine();
  readonly errors: string[] = [];
  readonly mmio: VirtioMmio;
  readonly size = 8;
  readonly #legacy: boolean;
  /** What the legacy driver says of its rings' alignment; SeaBIOS says nothing. */
  alignment: number | undefined = 4096;
  #free = memoryBase + 0x2_0000;
  readonly #nextDescriptor: number[] = [0, 0];
  readonly #availableIndex: number[] = [0, 0];
  readonly #usedSeen: number[] = [0, 0];
  /** Where the writable buffers of the request at a descriptor lie. */
  readonly #writable = new Map<string, { pa: number; length: number }[]>();

  constructor(device: VirtioDevice, legacy: boolean) {
    this.#legacy = legacy;
    const log = new Logger(["guest_errors"], (text) => this.errors.push(text.trimEnd()));
    this.mmio = new VirtioMmio({ name: "virtio0", clock: new FakeClock(), log, irq: this.irq, dma: this.memory, device, legacy });
  }

  read = (at: number): number => this.mmio.read(at, 4);
  write = (at: number, value: number): void => this.mmio.write(at, value, 4);
  view = (pa: number): DataView => new DataView(this.memory.bytes.buffer, pa - memoryBase);
  ringBase = (queue: number): number => memoryBase + queueBytes * queue;
  availableRing = (queue: number): number => this.ringBase(queue) + 16 * this.size;
  usedRing = (queue: number): number => this.ringBase(queue) + 0x1000;

  /** Negotiates `features` (bit numbers) and sets up `queues` queues. */
  start(features: readonly number[], queues: number): void {
    // Linux tells the page size first, and resets the device after that.
    if (this.#legacy) this.write(0x28, 4096);
    this.write(0x70, 0);
    this.write(0x70, 3);
    const words = [0, 0];
    for (const n of [...features, ...(this.#legacy ? [] : [32])]) words[n >> 5]! |= 1 << (n & 31);
    for (const word of [0, 1]) {
      this.write(0x24, word);
      this.write(0x20, words[word]! >>> 0);
    }
    if (!this.#legacy) this.write(0x70, 11);
    for (let q = 0; q < queues; q++) this.#setUpQueue(q);
    this.write(0x70, this.#legacy ? 7 : 15);
  }

  #setUpQueue(q: number): void {
    this.memory.bytes.fill(0, queueBytes * q, queueBytes * (q + 1));
    this.#nextDescriptor[q] = 0;
    this.#availableIndex[q] = 0;
    this.#usedSeen[q] = 0;
    this.write(0x30, q);
    this.write(0x38, this.size);
    if (this.#legacy) {
      if (this.alignment !== undefined) this.write(0x3c, this.alignment);
      this.write(0x40, this.ringBase(q) / 4096);
      return;
    }
    for (const [at, pa] of [
      [0x80, this.ringBase(q)],
      [0x90, this.availableRing(q)],
      [0xa0, this.usedRing(q)],
    ] as const) {
      this.write(at, pa);
      this.write(at + 4, 0);
    }
    this.write(0x44, 1);
  }

  allocate(length: number): number {
    const pa = this.#free;
    this.#free += (length + 15) & ~15;
    return pa;
  }

  descriptor(pa: number, target: number, length: number, flags: number, next: number): void {
    const view = this.view(pa);
    view.setUint32(0, target, true);
    view.setUint32(4, 0, true);
    view.setUint32(8, length, true);
    view.setUint16(12, flags, true);
    view.setUint16(14, next, true);
  }

  /** Puts a request on a queue without telling the device; gives its head. */
  add(q: number, buffers: readonly Buffer[], indirect = false): number {
    const head = this.#nextDescriptor[q]! % this.size;
    const table = indirect ? this.allocate(16 * buffers.length) : this.ringBase(q);
    const writable: { pa: number; length: number }[] = [];
    buffers.forEach((b, i) => {
      const index = indirect ? i : (head + i) % this.size;
      const next = indirect ? i + 1 : (index + 1) % this.size;
      const length = typeof b === "number" ? b : b.length;
      const pa = this.allocate(length);
      if (typeof b === "number") writable.push({ pa, length });
      else this.memory.write(pa, b);
      this.descriptor(table + 16 * index, pa, length, (typeof b === "number" ? 2 : 0) | (i + 1 < buffers.length ? 1 : 0), next);
    });
    if (indirect) this.descriptor(this.ringBase(q) + 16 * head, table, 16 * buffers.length, 4, 0);
    this.#nextDescriptor[q]! += indirect ? 1 : buffers.length;
    this.#writable.set(`${q}.${head}`, writable);
    this.offer(q, head);
    return head;
  }

  /** Makes a descriptor available. */
  offer(q: number, head: number): void {
    const ring = this.view(this.availableRing(q));
    ring.setUint16(4 + 2 * (this.#availableIndex[q]! % this.size), head, true);
    this.#availableIndex[q] = (this.#availableIndex[q]! + 1) & 0xffff;
    ring.setUint16(2, this.#availableIndex[q]!, true);
  }

  notify(q: number): void {
    this.write(0x50, q);
  }

  /** What the device has handed back since the last call: for each request its writable buffers' contents. */
  done(q: number): { head: number; written: number; data: Uint8Array }[] {
    const ring = this.view(this.usedRing(q));
    const result = [];
    for (; this.#usedSeen[q] !== ring.getUint16(2, true); this.#usedSeen[q] = (this.#usedSeen[q]! + 1) & 0xffff) {
      const at = 4 + 8 * (this.#usedSeen[q]! % this.size);
      const head = ring.getUint32(at, true);
      const parts = this.#writable.get(`${q}.${head}`) ?? [];
      const data = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
      let to = 0;
      for (const { pa, length } of parts) {
        this.memory.read(pa, data.subarray(to, to + length));
        to += length;
      }
      result.push({ head, written: ring.getUint32(at + 4, true), data });
    }
    return result;
  }

  /** Acknowledges and gives the interrupt status. */
  acknowledge(): number {
    const status = this.read(0x60);
    this.write(0x64, status);
    return status;
  }
}
