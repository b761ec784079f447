/**
 * The virtio block device: VIRTIO 1.2, section 5.2, on a BlockPort. Requests run concurrently and complete in the order in which the
 * host finishes them. A flush waits for every write that came before it.
 * Not modelled: discard, write zeroes, secure erase, zones, more than one queue.
 */
import type { BlockPort } from "@tsemu/hw";
import { type Chain, gather, type Segment, scatter, totalLength, type VirtQueue } from "./queue.ts";
import type { VirtioDevice, VirtioTransport } from "./core.ts";

const SEG_MAX = 2;
const GEOMETRY = 4;
const RO = 5;
const BLK_SIZE = 6;
const FLUSH = 9;
const TOPOLOGY = 10;
const CONFIG_WCE = 11;

const request = { in: 0, out: 1, flush: 4, getId: 8 } as const;
const status = { ok: 0, ioError: 1, unsupported: 2 } as const;

const sector = 512;
const queueSize = 256;
const headerBytes = 16;
const idBytes = 20;
/** Of a long request so much is held in memory at a time. */
const pieceBytes = 1 << 20;
const writeCacheAt = 32;
const configSize = 60;

export interface VirtioBlkOptions {
  readonly port: BlockPort;
  /** What GET_ID answers; 20 bytes of it. */
  readonly serialNumber?: string | undefined;
}

export class VirtioBlk implements VirtioDevice {
  readonly id = 2;
  readonly queueSizes = [queueSize];
  readonly features: readonly number[];
  readonly configSize = configSize;
  readonly #port: BlockPort;
  readonly #serialNumber: string;
  readonly #config = new Uint8Array(configSize);
  readonly #sectors: number;
  #transport: VirtioTransport | undefined;
  /** Counts resets: what was begun before the last one must not touch the guest any more. */
  #generation = 0;
  readonly #writes = new Set<Promise<unknown>>();

  constructor(o: VirtioBlkOptions) {
    this.#port = o.port;
    this.#serialNumber = o.serialNumber ?? "";
    this.#sectors = Math.floor(o.port.size / sector);
    this.features = [SEG_MAX, GEOMETRY, BLK_SIZE, FLUSH, TOPOLOGY, CONFIG_WCE, ...(o.port.readOnly ? [RO] : [])];
    this.#fillConfig();
  }

  connect(transport: VirtioTransport): void {
    this.#transport = transport;
  }

  readConfig(offset: number): number {
    return this.#config[offset]!;
  }

  writeConfig(offset: number, byte: number): void {
    if (offset === writeCacheAt && this.#transport?.has(CONFIG_WCE) === true) this.#config[writeCacheAt] = byte & 1;
  }

  start(): void {
    // A driver that knows nothing of caches gets every write on stable storage before it is told of it (5.2.6.2).
    if (this.#transport?.has(CONFIG_WCE) !== true) this.#config[writeCacheAt] = this.#transport?.has(FLUSH) === true ? 1 : 0;
  }

  reset(): void {
    this.#generation++;
    this.#config[writeCacheAt] = 1;
  }

  notify(): void {
    const t = this.#transport;
    const queue = t?.queues[0];
    if (t === undefined || queue === undefined) return;
    // No more than a queueful: a ring on which our own answers are written must not keep us here.
    for (let i = queue.size; i > 0 && t.running; i--) {
      const chain = queue.pop();
      if (chain === undefined) break;
      this.#begin(t, queue, chain);
    }
  }

  #fillConfig(): void {
    const view = new DataView(this.#config.buffer);
    view.setBigUint64(0, BigInt(this.#sectors), true);
    view.setUint32(12, queueSize - 2, true);
    // Geometry as a disk of this size would have guessed for it: 16 heads of 63 sectors.
    view.setUint16(16, Math.min(16383, Math.max(2, Math.floor(this.#sectors / (16 * 63)))), true);
    view.setUint8(18, 16);
    view.setUint8(19, 63);
    view.setUint32(20, sector, true);
    view.setUint16(26, 1, true); // least efficient I/O, in blocks
    view.setUint8(writeCacheAt, 1);
    view.setUint16(34, 1, true); // queues
  }

  #begin(t: VirtioTransport, queue: VirtQueue, chain: Chain): void {
    const header = new Uint8Array(headerBytes);
    const room = totalLength(chain.writable);
    if (gather(t.dma, chain.readable, 0, header) < headerBytes || room < 1) {
      // No room for a status: there is no way to answer.
      t.log.log("guest_errors", `${t.name}: virtio-blk request without header or status`);
      queue.push(chain.head, 0);
      t.signal(queue);
      return;
    }
    const generation = this.#generation;
    const finish = (code: number, written: number): void => {
      if (generation !== this.#generation) return;
      scatter(t.dma, chain.writable, room - 1, Uint8Array.of(code));
      queue.push(chain.head, written + 1);
      t.signal(queue);
    };
    const view = new DataView(header.buffer);
    const at = (view.getUint32(8, true) + 2 ** 32 * view.getUint32(12, true)) * sector;
    const type = view.getUint32(0, true);
    if (type === request.getId) finish(status.ok, this.#writeId(t, chain, room - 1));
    else if (type === request.flush) this.#settle(this.#flush(), finish, 0);
    else if (type === request.in) {
      if (!this.#valid(at, room - 1)) finish(status.ioError, 0);
      else this.#settle(this.#read(t, chain, at, room - 1, generation), finish, room - 1);
    } else if (type === request.out) {
      const length = totalLength(chain.readable) - headerBytes;
      if (!this.#valid(at, length) || this.#port.readOnly) finish(status.ioError, 0);
      else this.#settle(this.#track(this.#write(t, chain.readable, at, length, generation)), finish, 0);
    } else finish(status.unsupported, 0);
  }

  #valid(at: number, length: number): boolean {
    return length % sector === 0 && at + length <= this.#sectors * sector;
  }

  #settle(work: Promise<void>, finish: (code: number, written: number) => void, written: number): void {
    work.then(
      () => finish(status.ok, written),
      () => finish(status.ioError, 0),
    );
  }

  async #read(t: VirtioTransport, chain: Chain, at: number, length: number, generation: number): Promise<void> {
    const buffer = new Uint8Array(Math.min(length, pieceBytes));
    for (let done = 0; done < length && generation === this.#generation; ) {
      const piece = buffer.subarray(0, Math.min(pieceBytes, length - done));
      await this.#port.read(at + done, piece);
      if (generation === this.#generation) scatter(t.dma, chain.writable, done, piece);
      done += piece.length;
    }
  }

  async #write(t: VirtioTransport, from: readonly Segment[], at: number, length: number, generation: number): Promise<void> {
    const buffer = new Uint8Array(Math.min(length, pieceBytes));
    for (let done = 0; done < length && generation === this.#generation; ) {
      const piece = buffer.subarray(0, Math.min(pieceBytes, length - done));
      gather(t.dma, from, headerBytes + done, piece);
      await this.#port.write(at + done, piece);
      done += piece.length;
    }
    if (this.#config[writeCacheAt] === 0) await this.#port.flush();
  }

  /** Waits for the writes under way, whether they succeed or not: an error is reported to the write's own request. */
  async #flush(): Promise<void> {
    await Promise.allSettled(this.#writes);
    await this.#port.flush();
  }

  #track(work: Promise<void>): Promise<void> {
    this.#writes.add(work);
    const done = (): void => void this.#writes.delete(work);
    work.then(done, done);
    return work;
  }

  #writeId(t: VirtioTransport, chain: Chain, room: number): number {
    const id = new Uint8Array(Math.min(idBytes, room));
    id.set(new TextEncoder().encode(this.#serialNumber).subarray(0, id.length));
    return scatter(t.dma, chain.writable, 0, id);
  }
}
