/**
 * The split virtqueue: Virtual I/O Device (VIRTIO) 1.2, section 2.7, and its legacy layout (2.7.2 there). Indirect descriptors and
 * event indices are implemented.
 *
 * Everything in the rings is written by the guest and not to be trusted: an index out of range, a loop, a chain longer than the
 * queue, an indirect table inside another, lengths that add up to nonsense break the queue, which then does nothing until the
 * device is reset.
 */
import type { DmaPort } from "@tsemu/hw";

export interface Segment {
  readonly pa: number;
  readonly length: number;
}

/** One request of the driver: its buffers in order. */
export interface Chain {
  readonly head: number;
  /** Buffers that the device reads, and those that it writes. */
  readonly readable: readonly Segment[];
  readonly writable: readonly Segment[];
}

/** The largest queue that a device may offer. */
export const maxQueueSize = 1024;

const descriptorBytes = 16;
// Flags of a descriptor, of the available ring, of the used ring.
const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;
const NO_INTERRUPT = 1;
const NO_NOTIFY = 1;

// The driver places rings on 64-bit addresses; those that a JavaScript number cannot hold exactly are nobody's memory.
const maxAddress = 2 ** 52;

export class VirtQueue {
  readonly #dma: DmaPort;
  readonly #fail: (why: string) => void;
  readonly #scratch = new Uint8Array(descriptorBytes);
  readonly #scratchView = new DataView(this.#scratch.buffer);

  /** Entries, a power of two; 0 while not set up. */
  size = 0;
  ready = false;
  broken = false;
  /** Physical addresses of the three areas. */
  descriptors = 0;
  available = 0;
  used = 0;
  /** Features negotiated. */
  indirect = false;
  eventIndex = false;

  #nextAvailable = 0;
  #nextUsed = 0;
  /** The value of #nextUsed when the driver was last interrupted. */
  #signalledUsed = 0;
  #signalledValid = false;

  /** `fail` is told why the queue is broken. */
  constructor(dma: DmaPort, fail: (why: string) => void) {
    this.#dma = dma;
    this.#fail = fail;
  }

  reset(): void {
    this.size = 0;
    this.ready = false;
    this.broken = false;
    this.descriptors = 0;
    this.available = 0;
    this.used = 0;
    this.indirect = false;
    this.eventIndex = false;
    this.#nextAvailable = 0;
    this.#nextUsed = 0;
    this.#signalledUsed = 0;
    this.#signalledValid = false;
  }

  /** Places the three areas as the legacy interface does, from one address on. */
  placeLegacy(pa: number, alignment: number): void {
    this.descriptors = pa;
    this.available = pa + descriptorBytes * this.size;
    this.used = Math.ceil((this.available + 6 + 2 * this.size) / alignment) * alignment;
  }

  /** The next request of the driver, or undefined if there is none (or the queue is broken or not set up). */
  pop(): Chain | undefined {
    if (!this.#usable) return undefined;
    const waiting = (this.#read16(this.available + 2) - this.#nextAvailable) & 0xffff;
    if (waiting === 0) return undefined;
    if (waiting > this.size) return this.#break(`${waiting} requests in a queue of ${this.size}`);
    const head = this.#read16(this.available + 4 + 2 * (this.#nextAvailable % this.size));
    if (head >= this.size) return this.#break(`descriptor ${head} of ${this.size}`);
    const chain = this.#walk(head);
    if (chain === undefined) return undefined;
    this.#nextAvailable = (this.#nextAvailable + 1) & 0xffff;
    if (this.eventIndex) this.#write16(this.used + 4 + 8 * this.size, this.#nextAvailable);
    return chain;
  }

  /** Whether a request waits. */
  get hasNext(): boolean {
    return this.#usable && this.#read16(this.available + 2) !== this.#nextAvailable;
  }

  /** Puts a request back: pop will give it again. Only for the one popped last. */
  unpop(): void {
    this.#nextAvailable = (this.#nextAvailable - 1) & 0xffff;
  }

  /** Hands a request back to the driver; `written` counts the bytes written to its buffers from their start. */
  push(head: number, written: number): void {
    if (!this.#usable) return;
    const at = this.used + 4 + 8 * (this.#nextUsed % this.size);
    this.#scratchView.setUint32(0, head, true);
    this.#scratchView.setUint32(4, written, true);
    this.#dma.write(at, this.#scratch.subarray(0, 8));
    this.#nextUsed = (this.#nextUsed + 1) & 0xffff;
    this.#write16(this.used + 2, this.#nextUsed);
  }

  /** Whether the driver wants an interrupt for what has been pushed since it last got one (2.7.10). */
  takeInterrupt(notifyOnEmpty: boolean): boolean {
    if (!this.#usable) return false;
    if (notifyOnEmpty && !this.hasNext && this.#nextAvailable === this.#nextUsed) return true;
    if (!this.eventIndex) return (this.#read16(this.available) & NO_INTERRUPT) === 0;
    const event = this.#read16(this.available + 4 + 2 * this.size);
    const pushed = (this.#nextUsed - this.#signalledUsed) & 0xffff;
    const due = !this.#signalledValid || ((this.#nextUsed - event - 1) & 0xffff) < pushed;
    this.#signalledUsed = this.#nextUsed;
    this.#signalledValid = true;
    return due;
  }

  /** Whether the driver is to tell us of new requests (2.7.7); while a device works through its queue it need not. */
  setNotification(wanted: boolean): void {
    if (!this.#usable) return;
    if (this.eventIndex) {
      if (wanted) this.#write16(this.used + 4 + 8 * this.size, this.#nextAvailable);
    } else this.#write16(this.used, wanted ? 0 : NO_NOTIFY);
  }

  get #usable(): boolean {
    return this.ready && !this.broken && this.size > 0;
  }

  #walk(head: number): Chain | undefined {
    const readable: Segment[] = [];
    const writable: Segment[] = [];
    let table: DataView | undefined;
    let limit = this.size;
    let total = 0;
    let count = 0;
    for (let index = head; ; ) {
      const view = table ?? this.#descriptor(index);
      const at = table === undefined ? 0 : index * descriptorBytes;
      const pa = view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
      const length = view.getUint32(at + 8, true);
      const flags = view.getUint16(at + 12, true);
      const next = view.getUint16(at + 14, true);
      if (pa > maxAddress) return this.#break("a buffer beyond all memory");
      if ((flags & INDIRECT) !== 0) {
        if (table !== undefined) return this.#break("an indirect table inside another");
        if (!this.indirect) return this.#break("an indirect table that was not negotiated");
        if ((flags & NEXT) !== 0) return this.#break("an indirect table with a next descriptor");
        if (length === 0 || length % descriptorBytes !== 0) return this.#break(`an indirect table of ${length} bytes`);
        // Longer tables may exist; more than a queue's worth of them cannot be used.
        limit = Math.min(length / descriptorBytes, maxQueueSize);
        const bytes = new Uint8Array(limit * descriptorBytes);
        this.#dma.read(pa, bytes);
        table = new DataView(bytes.buffer);
        index = 0;
        continue;
      }
      if (++count > limit) return this.#break("a loop of descriptors");
      total += length;
      if (total > 2 ** 32) return this.#break("a request longer than 4 GiB");
      if ((flags & WRITE) !== 0) writable.push({ pa, length });
      else if (writable.length > 0) return this.#break("a buffer to read behind one to write");
      else readable.push({ pa, length });
      if ((flags & NEXT) === 0) return { head, readable, writable };
      if (next >= limit) return this.#break(`next descriptor ${next} of ${limit}`);
      index = next;
    }
  }

  #descriptor(index: number): DataView {
    this.#dma.read(this.descriptors + descriptorBytes * index, this.#scratch);
    return this.#scratchView;
  }

  #read16(pa: number): number {
    this.#dma.read(pa, this.#scratch.subarray(0, 2));
    return this.#scratchView.getUint16(0, true);
  }

  #write16(pa: number, value: number): void {
    this.#scratchView.setUint16(0, value, true);
    this.#dma.write(pa, this.#scratch.subarray(0, 2));
  }

  #break(why: string): undefined {
    this.broken = true;
    this.#fail(why);
    return undefined;
  }
}

export const totalLength = (segments: readonly Segment[]): number => segments.reduce((sum, s) => sum + s.length, 0);

/** Reads `into.length` bytes from `offset` on of the buffers taken as one; gives how many there were. */
export const gather = (dma: DmaPort, segments: readonly Segment[], offset: number, into: Uint8Array): number => {
  let done = 0;
  for (const { pa, from, length } of pieces(segments, offset, into.length)) {
    dma.read(pa, into.subarray(from, from + length));
    done = from + length;
  }
  return done;
};

/** Writes bytes at `offset` of the buffers taken as one; gives how many fitted. */
export const scatter = (dma: DmaPort, segments: readonly Segment[], offset: number, bytes: Uint8Array): number => {
  let done = 0;
  for (const { pa, from, length } of pieces(segments, offset, bytes.length)) {
    dma.write(pa, bytes.subarray(from, from + length));
    done = from + length;
  }
  return done;
};

/** The parts of buffers that bytes offset .. offset + length - 1 lie in; `from` counts from the offset. */
const pieces = (segments: readonly Segment[], offset: number, length: number): { pa: number; from: number; length: number }[] => {
  const result: { pa: number; from: number; length: number }[] = [];
  let start = 0;
  for (const s of segments) {
    const first = Math.max(start, offset);
    const end = Math.min(start + s.length, offset + length);
    if (first < end) result.push({ pa: s.pa + first - start, from: first - offset, length: end - first });
    start += s.length;
  }
  return result;
};
