/**
 * The bus master of an IDE channel ("Programming Interface for Bus Master IDE Controller", revision 1.0): a table of regions of memory, which
 * the data of one DMA command pass through.
 */
import type { DmaPort, MmioDevice } from "@tsemu/hw";
import type { IdeChannel } from "./channel.ts";

const COMMAND = 0;
const STATUS = 2;
const TABLE = 4;
const START = 1;
const TO_MEMORY = 8;
const ACTIVE = 1;
const ERROR = 2;
const INTERRUPT = 4;
/** What software notes for itself: which units can do DMA. */
const CAPABLE = 0x60;
const entryBytes = 8;
const LAST = 0x8000_0000;

export interface BusMasterOptions {
  readonly dma: DmaPort;
  /** Whether the function may be a master of its bus. */
  readonly enabled: () => boolean;
}

export class IdeBusMaster implements MmioDevice {
  readonly #o: BusMasterOptions;
  #channel: IdeChannel | undefined;
  #command = 0;
  #status = 0;
  #table = 0;
  /** Of the table: where the next entry is, and what is left of the present one. */
  #next = 0;
  #pa = 0;
  #left = 0;
  #last = false;

  constructor(o: BusMasterOptions) {
    this.#o = o;
  }

  connect(channel: IdeChannel): void {
    this.#channel = channel;
  }

  reset(): void {
    this.#command = this.#status = this.#table = 0;
  }

  read(at: number, size: number): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.#byte(at + i);
    return value;
  }

  #byte(at: number): number {
    if (at === COMMAND) return this.#command;
    if (at === STATUS) return this.#status;
    return at >= TABLE ? (this.#table >>> (8 * (at - TABLE))) & 0xff : 0;
  }

  write(at: number, value: number, size: number): void {
    for (let i = 0; i < size; i++) this.#writeByte(at + i, (value >>> (8 * i)) & 0xff);
  }

  #writeByte(at: number, byte: number): void {
    if (at === COMMAND) this.#writeCommand(byte & (START | TO_MEMORY));
    else if (at === STATUS) this.#status = (this.#status & ACTIVE) | (byte & CAPABLE) | (this.#status & (ERROR | INTERRUPT) & ~byte);
    else if (at >= TABLE && at < TABLE + 4) {
      const shift = 8 * (at - TABLE);
      this.#table = ((this.#table & ~(0xff << shift)) | (byte << shift)) & ~3;
    }
  }

  #writeCommand(value: number): void {
    const started = (value & ~this.#command & START) !== 0;
    this.#command = value;
    if ((value & START) === 0) this.#status &= ~ACTIVE;
    if (!started) return;
    this.#status |= ACTIVE;
    this.#next = this.#table >>> 0;
    this.#left = 0;
    this.#last = false;
    this.run();
  }

  /** INTRQ has risen. */
  interrupted(): void {
    this.#status |= INTERRUPT;
  }

  /** Moves what the unit has, or wants, as far as the table goes. */
  run(): void {
    while ((this.#status & ACTIVE) !== 0 && this.#o.enabled()) {
      const request = this.#channel?.dma;
      // Started in the wrong direction, neither side moves.
      if (request === undefined || request.toMemory !== ((this.#command & TO_MEMORY) !== 0)) return;
      if (this.#left === 0) this.#fetch();
      const length = Math.min(this.#left, request.bytes.length - request.position);
      const piece = request.bytes.subarray(request.position, request.position + length);
      if (request.toMemory) this.#o.dma.write(this.#pa, piece);
      else this.#o.dma.read(this.#pa, piece);
      request.position += length;
      this.#pa += length;
      this.#left -= length;
      if (this.#left === 0 && this.#last) this.#status &= ~ACTIVE;
      if (request.position === request.bytes.length) this.#channel?.dmaMoved();
    }
  }

  /** The next entry: address, and in the second word the length, of which 0 means 64 KiB. */
  #fetch(): void {
    const entry = new Uint8Array(entryBytes);
    this.#o.dma.read(this.#next, entry);
    const view = new DataView(entry.buffer);
    const second = view.getUint32(4, true);
    // A table does not cross a multiple of 64 KiB: the pointer wraps there.
    this.#next = ((this.#next & ~0xffff) | ((this.#next + entryBytes) & 0xffff)) >>> 0;
    this.#pa = (view.getUint32(0, true) & ~1) >>> 0;
    this.#left = second & 0xfffe || 0x1_0000;
    this.#last = (second & LAST) !== 0;
  }
}
