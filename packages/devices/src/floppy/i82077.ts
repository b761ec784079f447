/**
 * Floppy disk controller Intel 82077AA (290166) with up to two drives, as PCs have it: interrupt 6, DMA channel 2. A command's bytes go through the
 * data register, then come the transfer and the bytes of the result. Drives turn at once and seek in no time.
 * Not modelled: transfers without DMA, reading deleted data and whole tracks, scans, formatting with gaps of its own, changing of disks.
 */
import type { BlockPort, Device, DeviceWires, IrqLine, MmioDevice } from "@tsemu/hw";
import type { DmaChannel } from "../dma/i8237.ts";

const sectorBytes = 512;
/** What images of these sizes are, in KiB: tracks, sides, sectors. */
const formats: Readonly<Record<number, readonly [number, number, number]>> = {
  160: [40, 1, 8],
  180: [40, 1, 9],
  320: [40, 2, 8],
  360: [40, 2, 9],
  720: [80, 2, 9],
  1200: [80, 2, 15],
  1440: [80, 2, 18],
  2880: [80, 2, 36],
};
const usual = [80, 2, 18] as const;

/** The kind of drive that a PC's setup has for an image: 1: 360 KiB, 2: 1.2 MiB, 3: 720 KiB, 4: 1.44 MiB, 5: 2.88 MiB. */
export const floppyKind = (bytes: number): number => {
  const kib = bytes / 1024;
  if (kib <= 360) return 1;
  return kib === 1200 ? 2 : kib === 720 ? 3 : kib === 2880 ? 5 : 4;
};

// Digital output register
const NOT_RESET = 0x04;
const DMA_GATE = 0x08;
// Main status register
const REQUEST = 0x80;
const TO_HOST = 0x40;
const BUSY = 0x10;
// ST0
const ABNORMAL = 0x40;
const INVALID = 0x80;
const SEEK_END = 0x20;
const NOT_READY = 0x08;
// ST1
const NO_DATA = 0x04;
const WRITE_PROTECTED = 0x02;
const END_OF_CYLINDER = 0x80;
const DATA_ERROR = 0x20;
/** Commands by their lower five bits (some by all of them): how many bytes follow. */
const parameters: Readonly<Record<number, number>> = {
  0x03: 2,
  0x04: 1,
  0x05: 8,
  0x06: 8,
  0x07: 1,
  0x08: 0,
  0x0a: 1,
  0x0d: 5,
  0x0e: 0,
  0x0f: 2,
  0x10: 0,
  0x12: 1,
  0x13: 3,
  0x14: 0,
  0x18: 0,
};
const VERSION = 0x90;
const PART = 0x41;

interface Drive {
  readonly port: BlockPort;
  readonly format: readonly [tracks: number, sides: number, sectors: number];
  track: number;
  changed: boolean;
}

export interface I82077Options extends DeviceWires {
  readonly irq: IrqLine;
  readonly dma: DmaChannel;
  readonly drives: readonly (BlockPort | undefined)[];
}

export class I82077 implements Device, MmioDevice {
  readonly #o: I82077Options;
  readonly #drives: readonly (Drive | undefined)[];
  #dor = 0;
  #tapes = 0;
  /** Bytes of the command, and those of its result that have not been read. */
  #command: number[] = [];
  #result: number[] = [];
  /** ST0 and track of interrupts that wait for SENSE INTERRUPT STATUS. */
  #sense: (readonly [number, number])[] = [];
  #executing = false;
  #specified: [number, number] = [0, 0];
  #configuration = 0;
  #precompensation = 0;
  #locked = false;
  #generation = 0;

  constructor(o: I82077Options) {
    this.#o = o;
    this.#drives = o.drives.map((port) => port && { port, format: formats[port.size / 1024] ?? usual, track: 0, changed: true });
  }

  reset(): void {
    this.#dor = 0;
    this.#locked = false;
    this.#resetController();
    this.#sense = [];
    for (const drive of this.#drives) if (drive !== undefined) drive.changed = true;
  }

  #resetController(): void {
    this.#generation++;
    this.#command = [];
    this.#result = [];
    this.#sense = [];
    this.#executing = false;
    if (!this.#locked) this.#configuration = this.#precompensation = 0;
    this.#o.irq.set(false);
  }

  get #selected(): Drive | undefined {
    return this.#drives[this.#dor & 3];
  }

  // ---- registers: ports 0x3f0 to 0x3f7, without 0x3f6

  read(offset: number): number {
    switch (offset) {
      case 0:
      case 1:
        return 0;
      case 2:
        return this.#dor;
      case 3:
        return this.#tapes;
      case 4:
        return this.#status;
      case 5:
        return this.#readData();
      case 7:
        return this.#selected?.changed === true ? 0x80 : 0;
      default:
        return 0xff;
    }
  }

  write(offset: number, value: number): void {
    switch (offset) {
      case 2:
        return this.#writeDor(value & 0xff);
      case 3:
        this.#tapes = value & 3;
        return;
      case 4:
        // The data rate is the drive's.
        if ((value & 0x80) !== 0) this.#leaveReset();
        return;
      case 5:
        return this.#writeData(value & 0xff);
      default:
        return;
    }
  }

  get #status(): number {
    if ((this.#dor & NOT_RESET) === 0) return 0;
    if (this.#executing) return BUSY;
    return REQUEST | (this.#result.length > 0 ? TO_HOST | BUSY : this.#command.length > 0 ? BUSY : 0);
  }

  #writeDor(value: number): void {
    const leaves = (value & ~this.#dor & NOT_RESET) !== 0;
    this.#dor = value;
    if ((value & NOT_RESET) === 0) this.#resetController();
    else if (leaves) this.#leaveReset();
  }

  /** All four drives report, whether they are there or not. */
  #leaveReset(): void {
    this.#resetController();
    this.#sense = [0, 1, 2, 3].map((n) => [0xc0 | n, this.#drives[n]?.track ?? 0]);
    this.#interrupt();
  }

  #interrupt(): void {
    if ((this.#dor & DMA_GATE) !== 0) this.#o.irq.set(true);
  }

  #readData(): number {
    this.#o.irq.set(false);
    return this.#result.shift() ?? 0;
  }

  #writeData(byte: number): void {
    if ((this.#status & (REQUEST | TO_HOST)) !== REQUEST) return;
    this.#command.push(byte);
    const wanted = parameters[this.#command[0]! & 0x1f];
    if (wanted === undefined) return this.#finish([INVALID]);
    if (this.#command.length > wanted) this.#execute();
  }

  #finish(result: readonly number[]): void {
    this.#command = [];
    this.#executing = false;
    this.#result = [...result];
  }

  // ---- commands (chapter 5)

  #execute(): void {
    const [first, second = 0, third = 0] = this.#command as [number, number?, number?];
    const drive = this.#drives[second & 3];
    switch (first & 0x1f) {
      case 0x03: // SPECIFY
        this.#specified = [second, third];
        return this.#finish([]);
      case 0x04: // SENSE DRIVE STATUS
        return this.#finish([this.#driveStatus(second, drive)]);
      case 0x05: // WRITE DATA
      case 0x06: // READ DATA
        return this.#transfer((first & 0x1f) === 0x05);
      case 0x07: // RECALIBRATE
        return this.#seek(second & 3, drive, 0);
      case 0x08: // SENSE INTERRUPT STATUS
        this.#o.irq.set(false);
        return this.#finish(this.#sense.shift() ?? [INVALID]);
      case 0x0a: // READ ID
        if (drive === undefined) return this.#ended(second, ABNORMAL | NOT_READY, NO_DATA, 0, [0, 0, 1]);
        return this.#ended(second, 0, 0, 0, [drive.track, (second >>> 2) & 1, 1]);
      case 0x0d: // FORMAT TRACK: the data are what they were
        return this.#ended(second, drive === undefined ? ABNORMAL | NOT_READY : 0, 0, 0, [drive?.track ?? 0, 0, 1]);
      case 0x0e: // DUMP REGISTERS
        return this.#finish(
          [0, 1, 2, 3]
            .map((n) => this.#drives[n]?.track ?? 0)
            .concat(
              ...this.#specified,
              this.#drives[this.#dor & 3]?.format[2] ?? 0,
              this.#locked ? 0x80 : 0,
              this.#configuration,
              this.#precompensation,
            ),
        );
      case 0x0f: // SEEK
        return this.#seek(second & 3, drive, third);
      case 0x10: // VERSION
        return this.#finish([VERSION]);
      case 0x12: // PERPENDICULAR MODE
        return this.#finish([]);
      case 0x13: // CONFIGURE
        this.#configuration = third;
        this.#precompensation = this.#command[3]!;
        return this.#finish([]);
      case 0x14: // LOCK
        this.#locked = (first & 0x80) !== 0;
        return this.#finish([this.#locked ? 0x10 : 0]);
      default: // PART ID
        return this.#finish([PART]);
    }
  }

  #driveStatus(select: number, drive: Drive | undefined): number {
    const place = drive === undefined ? 0 : (drive.track === 0 ? 0x10 : 0) | (drive.port.readOnly ? 0x40 : 0);
    return 0x28 | (select & 7) | place;
  }

  #seek(n: number, drive: Drive | undefined, track: number): void {
    if (drive !== undefined) {
      drive.track = Math.min(track, 0xff);
      drive.changed = false;
    }
    this.#finish([]);
    this.#sense = [[SEEK_END | n | (drive === undefined && track === 0 ? ABNORMAL | 0x10 : 0), drive?.track ?? track]];
    this.#interrupt();
  }

  /** The seven bytes of a transfer's result. */
  #ended(select: number, st0: number, st1: number, st2: number, [track, head, sector]: readonly [number, number, number]): void {
    this.#finish([st0 | (select & 7), st1, st2, track, head, sector, 2]);
    this.#interrupt();
  }

  #transfer(writes: boolean): void {
    const [command, select, track, head, sector, size, last] = this.#command as [number, number, number, number, number, number, number];
    const drive = this.#drives[select & 3];
    const at = [track, head, sector] as const;
    if (drive === undefined) return this.#ended(select, ABNORMAL | NOT_READY, NO_DATA, 0, at);
    const [tracks, sides, sectors] = drive.format;
    drive.changed = false;
    if (writes && drive.port.readOnly) return this.#ended(select, ABNORMAL, WRITE_PROTECTED, 0, at);
    if (size !== 2 || track >= tracks || head >= sides || sector === 0 || sector > sectors)
      return this.#ended(select, ABNORMAL, NO_DATA, 0, at);
    if (!this.#o.dma.ready || (this.#specified[1] & 1) !== 0) {
      this.#o.log.log("unimp", () => `${this.#o.name}: transfers without DMA are not implemented`);
      return this.#ended(select, ABNORMAL, DATA_ERROR, 0, at);
    }
    // With the multi-track bit the other side follows.
    const first = (track * sides + head) * sectors + sector - 1;
    const end = Math.min(last, sectors) - sector + 1 + ((command & 0x80) !== 0 && head === 0 && sides === 2 ? sectors : 0);
    const count = Math.min(end, Math.ceil(this.#o.dma.left / sectorBytes));
    const bytes = new Uint8Array(Math.max(0, count) * sectorBytes);
    this.#executing = true;
    const generation = this.#generation;
    const done = (failed: boolean): void => {
      if (generation !== this.#generation) return;
      if (failed) return this.#ended(select, ABNORMAL, DATA_ERROR, 0, at);
      if (!writes) this.#o.dma.transfer(bytes);
      const after = sector - 1 + count;
      const next = [track, (head + Math.floor(after / sectors)) % 2, (after % sectors) + 1] as const;
      // The end of the cylinder comes before the end of the count: the data did not suffice.
      const short = this.#o.dma.ready;
      this.#ended(select, short ? ABNORMAL : 0, short ? END_OF_CYLINDER : 0, 0, after >= sectors * (2 - head) ? [track + 1, 0, 1] : next);
    };
    if (writes) this.#o.dma.transfer(bytes);
    const work = writes ? drive.port.write(first * sectorBytes, bytes) : drive.port.read(first * sectorBytes, bytes);
    work.then(
      () => done(false),
      () => done(true),
    );
  }
}
