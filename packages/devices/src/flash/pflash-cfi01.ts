/**
 * NOR flash with the Intel command set (Common Flash Interface, JEDEC JESD68.01; command set 0001h of JEP137), as the bank on
 * QEMU 7.2's virt: two 16-bit chips side by side on a 32-bit bus, uniform sectors, no write takes time.
 *
 * What QEMU's device does otherwise than chips do, and this one too: programming stores the value (chips can only clear bits),
 * an erase happens with its first command, sectors are never locked, and a new bank holds zeros. Every write is a command for both chips; its low byte is what counts.
 */
import { hex32 } from "@tsemu/base";
import type { Device, DeviceWires, MmioDevice } from "@tsemu/hw";

const busBytes = 4;
const chipBytes = 2;
const chips = busBytes / chipBytes;
/** Manufacturer (Intel) and device code. */
const identification = [0x89, 0x18];
const READY = 0x80;
const PROGRAM_ERROR = 0x10;
/** What a buffered write can change: an aligned block of this size (both chips together). */
const bufferBytes = 2 ** 11 * chips;

// The commands that a bank stays in; read array is 0 as it is at reset.
const READ_ARRAY = 0;
const PROGRAM = 0x40;
const PROGRAM_ALTERNATE = 0x10;
const ERASE = 0x20;
const CLEAR_STATUS = 0x50;
const LOCK = 0x60;
const READ_STATUS = 0x70;
const READ_ID = 0x90;
const QUERY = 0x98;
const WRITE_BUFFER = 0xe8;
// Second cycles.
const LOCK_SET = 0x01;
const CONFIRM = 0xd0;
const ARRAY = 0xff;
/** An AMD chip's command for read array, which probing software sends. */
const AMD_RESET = 0xf0;

export interface PflashCfi01Options extends DeviceWires {
  /** Size of the bank and of its sectors (both chips together); the size is a multiple of the sector's, both powers of two. */
  readonly size: number;
  readonly sectorSize: number;
}

export class PflashCfi01 implements Device, MmioDevice {
  readonly #name: string;
  readonly #log: DeviceWires["log"];
  readonly #sectorSize: number;
  /** The sectors that were ever written, by number; the others hold zeros. */
  readonly #sectors = new Map<number, Uint8Array>();
  readonly #query: Uint8Array;
  #command = READ_ARRAY;
  /** How many bus cycles of a command were seen. */
  #cycle = 0;
  #status = READY;
  /** Words that a buffered write still takes, less one. */
  #counter = 0;
  readonly #buffer = new Uint8Array(bufferBytes);
  /** Offset of the block in the buffer, or -1. */
  #block = -1;

  constructor(o: PflashCfi01Options) {
    this.#name = o.name;
    this.#log = o.log;
    this.#sectorSize = o.sectorSize;
    this.#query = queryTable(o.size / chips, o.sectorSize / chips);
  }

  /** The contents stay. */
  reset(): void {
    this.#readArray();
    this.#status = READY;
  }

  read(offset: number, size: number): number {
    const chip = this.#readChip(offset);
    if (chip === undefined) return this.#readData(offset, size);
    // Each chip answers for itself, on its half of the bus.
    return size > chipBytes ? (chip | (chip << 16)) >>> 0 : chip;
  }

  /** What one chip answers; undefined in read-array mode. */
  #readChip(offset: number): number | undefined {
    const word = offset >>> 2;
    switch (this.#command) {
      case READ_ARRAY:
        return undefined;
      case READ_ID:
        return identification[word & 0xff] ?? 0;
      case QUERY:
        return this.#query[word] ?? 0;
      default:
        return this.#status;
    }
  }

  write(offset: number, value: number, size: number): void {
    const command = value & 0xff;
    if (this.#cycle === 0) this.#first(offset, command);
    else if (this.#cycle === 1) this.#second(offset, value, size);
    else if (this.#cycle === 2) this.#fillBuffer(offset, value, size);
    else if (command === CONFIRM && (this.#status & PROGRAM_ERROR) === 0) this.#confirm();
    else this.#readArray();
  }

  #first(offset: number, command: number): void {
    switch (command) {
      case READ_STATUS:
      case READ_ID:
        this.#command = command;
        return;
      case READ_ARRAY:
      case ARRAY:
      case AMD_RESET:
        this.#readArray();
        return;
      case CLEAR_STATUS:
        this.#status = 0;
        this.#readArray();
        return;
      case ERASE:
        this.#sector(offset).fill(0xff);
        this.#status |= READY;
        break;
      case WRITE_BUFFER:
        this.#status |= READY;
        break;
      case PROGRAM:
      case PROGRAM_ALTERNATE:
      case LOCK:
      case QUERY:
        break;
      default:
        this.#unknown(offset, command);
        return;
    }
    this.#command = command;
    this.#cycle = 1;
  }

  #second(offset: number, value: number, size: number): void {
    const command = value & 0xff;
    switch (this.#command) {
      case PROGRAM:
      case PROGRAM_ALTERNATE:
        store(this.#sector(offset), offset % this.#sectorSize, value, size);
        this.#done();
        return;
      case ERASE:
        if (command === CONFIRM) this.#done();
        else if (command === ARRAY) this.#readArray();
        else this.#unknown(offset, value);
        return;
      case LOCK:
        if (command === CONFIRM || command === LOCK_SET) this.#done();
        else this.#readArray();
        return;
      case QUERY:
        // Query mode is left by read array only.
        if (command === ARRAY) this.#readArray();
        return;
      default:
        this.#counter = value & 0xffff;
        this.#cycle = 2;
        this.#startBuffer(offset);
    }
  }

  /** The buffer begins as the block of the array that it is for. */
  #startBuffer(offset: number): void {
    this.#block = offset - (offset % bufferBytes);
    const sector = this.#sectors.get(Math.floor(offset / this.#sectorSize));
    const at = this.#block % this.#sectorSize;
    if (sector === undefined) this.#buffer.fill(0);
    else this.#buffer.set(sector.subarray(at, at + bufferBytes));
  }

  #fillBuffer(offset: number, value: number, size: number): void {
    const at = offset - this.#block;
    if (at < 0 || at + size > bufferBytes) this.#status |= PROGRAM_ERROR;
    else store(this.#buffer, at, value, size);
    this.#status |= READY;
    if (this.#counter-- === 0) this.#cycle = 3;
  }

  #confirm(): void {
    this.#sector(this.#block).set(this.#buffer, this.#block % this.#sectorSize);
    this.#block = -1;
    this.#done();
  }

  #readArray(): void {
    this.#command = READ_ARRAY;
    this.#cycle = 0;
    this.#block = -1;
  }

  /** The command is complete; reads give the status. */
  #done(): void {
    this.#cycle = 0;
    this.#status |= READY;
  }

  #unknown(offset: number, value: number): void {
    this.#log.log(
      "guest_errors",
      () => `${this.#name}: command ${hex32(value)} at offset ${hex32(offset)} in cycle ${this.#cycle} of ${hex32(this.#command)}`,
    );
    this.#readArray();
  }

  #sector(offset: number): Uint8Array {
    const number = Math.floor(offset / this.#sectorSize);
    let sector = this.#sectors.get(number);
    if (sector === undefined) {
      sector = new Uint8Array(this.#sectorSize);
      this.#sectors.set(number, sector);
    }
    return sector;
  }

  #readData(offset: number, size: number): number {
    const sector = this.#sectors.get(Math.floor(offset / this.#sectorSize));
    if (sector === undefined) return 0;
    let value = 0;
    for (let i = 0; i < size; i++) value |= (sector[(offset % this.#sectorSize) + i] ?? 0) << (8 * i);
    return value >>> 0;
  }
}

function store(bytes: Uint8Array, at: number, value: number, size: number): void {
  for (let i = 0; i < size; i++) bytes[at + i] = value >>> (8 * i);
}

/** The CFI query structure of one chip, byte n at word address n. */
function queryTable(chipSize: number, sectorSize: number): Uint8Array {
  const table = new Uint8Array(0x52);
  const put = (at: number, ...bytes: number[]): void => table.set(bytes, at);
  const text = (s: string): number[] => [...s].map((c) => c.charCodeAt(0));
  const sectors = chipSize / sectorSize;
  put(0x10, ...text("QRY"));
  put(0x13, 1, 0); // command set: Intel
  put(0x15, 0x31, 0); // where its extended table is
  put(0x1b, 0x45, 0x55, 0, 0); // Vcc 4.5 V to 5.5 V, no Vpp
  put(0x1f, 7, 7, 0x0a, 0); // typical times: word 2^n us, buffer 2^n us, sector 2^n ms
  put(0x23, 4, 4, 4, 0); // at most 2^n times as long
  put(0x27, Math.log2(chipSize));
  put(0x28, 2, 0); // 8 and 16 bits wide
  put(0x2a, 0x0b, 0); // buffer of 2^n bytes
  put(0x2c, 1); // one region of equal sectors:
  put(0x2d, (sectors - 1) & 0xff, (sectors - 1) >> 8, (sectorSize >> 8) & 0xff, sectorSize >> 16);
  put(0x31, ...text("PRI10"));
  put(0x3f, 1); // protection fields
  return table;
}
