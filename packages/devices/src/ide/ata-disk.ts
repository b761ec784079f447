/**
 * A hard disk: the general feature set of ATA/ATAPI-7 with 48-bit addresses and a write cache, on a BlockPort. SMART, security, host-protected
 * area, power management beyond standby and idle (which change nothing) are not there, and IDENTIFY says so.
 */
import type { BlockPort } from "@tsemu/hw";
import { type DiskIdentity, identifyDisk, most28, setTransferMode, type TransferModes } from "./identify.ts";
import { device, error, pieceBytes, register, sectorBytes } from "./registers.ts";
import { type IdeCommands, IdeUnit } from "./unit.ts";

const maxMultiple = 16;
const firmware = "2.5+";
const active = 0xff;

export interface AtaDiskOptions {
  readonly port: BlockPort;
  readonly serialNumber: string;
  readonly model?: string;
}

/** How a command moves data. */
interface Transfer {
  readonly write: boolean;
  /** 48-bit addresses and 16-bit counts. */
  readonly ext: boolean;
  readonly how: "pio" | "multiple" | "dma" | "verify";
  /** Written data is on stable storage before the command is over. */
  readonly fua?: true;
}

const transfers: Readonly<Record<number, Transfer>> = {
  0x20: { write: false, ext: false, how: "pio" },
  0x21: { write: false, ext: false, how: "pio" },
  0x24: { write: false, ext: true, how: "pio" },
  0x25: { write: false, ext: true, how: "dma" },
  0x29: { write: false, ext: true, how: "multiple" },
  0x30: { write: true, ext: false, how: "pio" },
  0x31: { write: true, ext: false, how: "pio" },
  0x34: { write: true, ext: true, how: "pio" },
  0x35: { write: true, ext: true, how: "dma" },
  0x39: { write: true, ext: true, how: "multiple" },
  0x3c: { write: true, ext: false, how: "pio" },
  0x3d: { write: true, ext: true, how: "dma", fua: true },
  0x40: { write: false, ext: false, how: "verify" },
  0x41: { write: false, ext: false, how: "verify" },
  0x42: { write: false, ext: true, how: "verify" },
  0xc4: { write: false, ext: false, how: "multiple" },
  0xc5: { write: true, ext: false, how: "multiple" },
  0xc8: { write: false, ext: false, how: "dma" },
  0xc9: { write: false, ext: false, how: "dma" },
  0xca: { write: true, ext: false, how: "dma" },
  0xcb: { write: true, ext: false, how: "dma" },
  0xce: { write: true, ext: true, how: "multiple", fua: true },
};

/** The unit for a cable. */
export const ataDisk = (o: AtaDiskOptions): IdeUnit => new IdeUnit((unit) => new AtaDisk(o, unit));

class AtaDisk implements IdeCommands {
  readonly signature = [1, 1, 0, 0];
  readonly statusAfterReset = 0x50;
  readonly #port: BlockPort;
  readonly #unit: IdeUnit;
  readonly #sectors: number;
  readonly #identity: Pick<DiskIdentity, "model" | "serialNumber" | "firmware" | "sectors" | "geometry">;
  #translation: DiskIdentity["current"];
  #multiple = 0;
  #writeCache = true;
  readonly #modes: TransferModes = { multiword: undefined, ultra: undefined };

  constructor({ port, serialNumber, model = "QEMU HARDDISK" }: AtaDiskOptions, unit: IdeUnit) {
    this.#port = port;
    this.#unit = unit;
    this.#sectors = Math.floor(port.size / sectorBytes);
    // Geometry as a disk of this size would have guessed for it.
    const [heads, sectors] = [16, 63];
    const cylinders = Math.min(16383, Math.max(2, Math.floor(this.#sectors / (heads * sectors))));
    const geometry = { cylinders, heads, sectors };
    this.#translation = geometry;
    this.#identity = { model, serialNumber, firmware, sectors: this.#sectors, geometry };
  }

  reset(): void {
    this.#translation = this.#identity.geometry;
    this.#multiple = maxMultiple;
    this.#writeCache = true;
    this.#modes.multiword = undefined;
    this.#modes.ultra = 5;
  }

  execute(command: number): void {
    const unit = this.#unit;
    const transfer = transfers[command];
    if (transfer !== undefined) return this.#transfer(transfer);
    // RECALIBRATE and SEEK have a nibble of their own each.
    if (command >>> 4 === 1) return unit.done();
    switch (command) {
      case 0x70: // SEEK
      case 0x94: // STANDBY, IDLE, SLEEP and what they were called before
      case 0x95:
      case 0x96:
      case 0x97:
      case 0x99:
      case 0xe0:
      case 0xe1:
      case 0xe2:
      case 0xe3:
      case 0xe6:
        return unit.done();
      case 0x98: // CHECK POWER MODE
      case 0xe5:
        unit.set(register.count, active);
        return unit.done();
      case 0x90: // EXECUTE DEVICE DIAGNOSTIC
        unit.sign();
        unit.error = 1;
        return unit.done();
      case 0x91: // INITIALIZE DEVICE PARAMETERS
        return this.#initialize();
      case 0xc6: // SET MULTIPLE MODE
        return this.#setMultiple(unit.get(register.count));
      case 0xe7: // FLUSH CACHE, FLUSH CACHE EXT
      case 0xea:
        return unit.wait(this.#port.flush(), () => unit.done());
      case 0xec: // IDENTIFY DEVICE
        return unit.send(this.#identify(), { interrupt: true }, () => unit.done(false));
      case 0xef: // SET FEATURES
        return this.#setFeatures(unit.get(register.feature), unit.get(register.count));
      case 0xf8: // READ NATIVE MAX ADDRESS
        this.#setAddress(Math.min(this.#sectors, most28) - 1, false);
        return unit.done();
      case 0x27: // READ NATIVE MAX ADDRESS EXT
        this.#setAddress(this.#sectors - 1, true);
        return unit.done();
      default:
        return unit.abort();
    }
  }

  #identify(): Uint8Array {
    return identifyDisk({
      ...this.#identity,
      current: this.#translation,
      maxMultiple,
      multiple: this.#multiple,
      modes: this.#modes,
      writeCache: this.#writeCache,
    });
  }

  #initialize(): void {
    const heads = (this.#unit.get(register.device) & 0xf) + 1;
    const sectors = this.#unit.get(register.count);
    if (sectors === 0) return this.#unit.abort();
    const cylinders = Math.min(16383, Math.floor(this.#sectors / (heads * sectors)));
    this.#translation = { cylinders, heads, sectors };
    this.#unit.done();
  }

  #setMultiple(count: number): void {
    if (count > maxMultiple || (count & (count - 1)) !== 0) return this.#unit.abort();
    this.#multiple = count;
    this.#unit.done();
  }

  #setFeatures(feature: number, count: number): void {
    switch (feature) {
      case 0x02:
        this.#writeCache = true;
        return this.#unit.done();
      case 0x82:
        // What is in the cache is written first (6.45.9).
        this.#writeCache = false;
        return this.#unit.wait(this.#port.flush(), () => this.#unit.done());
      case 0x03:
        return setTransferMode(this.#modes, count) ? this.#unit.done() : this.#unit.abort();
      case 0x55: // read ahead, and keeping these settings over a reset: as they are
      case 0xaa:
      case 0x66:
      case 0xcc:
        return this.#unit.done();
      default:
        return this.#unit.abort();
    }
  }

  // ---- addresses

  #address(ext: boolean): number {
    const { current, previous } = this.#unit;
    const [low, mid, high] = [current[register.lbaLow]!, current[register.lbaMid]!, current[register.lbaHigh]!];
    const select = current[register.device]!;
    if (ext) {
      const upper = previous[register.lbaLow]! + 2 ** 8 * previous[register.lbaMid]! + 2 ** 16 * previous[register.lbaHigh]!;
      return low + 2 ** 8 * mid + 2 ** 16 * high + 2 ** 24 * upper;
    }
    if ((select & device.LBA) !== 0) return low + 2 ** 8 * mid + 2 ** 16 * high + 2 ** 24 * (select & 0xf);
    const { heads, sectors } = this.#translation;
    // Sectors count from 1; sector 0 is nowhere.
    return low === 0 ? this.#sectors : ((mid + 256 * high) * heads + (select & 0xf)) * sectors + low - 1;
  }

  #setAddress(lba: number, ext: boolean): void {
    const { current, previous } = this.#unit;
    const byte = (n: number): number => Math.floor(lba / 2 ** (8 * n)) & 0xff;
    if (!ext && (current[register.device]! & device.LBA) === 0) {
      const { heads, sectors } = this.#translation;
      const track = Math.floor(lba / sectors);
      const cylinder = Math.floor(track / heads);
      current[register.lbaLow] = (lba % sectors) + 1;
      current[register.lbaMid] = cylinder;
      current[register.lbaHigh] = cylinder >>> 8;
      current[register.device] = (current[register.device]! & 0xf0) | (track % heads);
      return;
    }
    for (let n = 0; n < 3; n++) {
      current[register.lbaLow + n] = byte(n);
      if (ext) previous[register.lbaLow + n] = byte(n + 3);
    }
    if (!ext) current[register.device] = (current[register.device]! & 0xf0) | (byte(3) & 0xf);
  }

  // ---- data

  #transfer(t: Transfer): void {
    const unit = this.#unit;
    if (t.how === "multiple" && this.#multiple === 0) return unit.abort();
    const { current, previous } = unit;
    const count = t.ext ? current[register.count]! + 256 * previous[register.count]! || 65536 : current[register.count]! || 256;
    const lba = this.#address(t.ext);
    if (lba + count > this.#sectors) return unit.fail(error.IDNF);
    if (t.write && this.#port.readOnly) return unit.abort();
    if (t.how === "verify") return this.#finish(lba + count, t, true);
    const job = { transfer: t, first: lba, end: lba + count };
    if (t.write) this.#write(job, lba);
    else this.#read(job, lba);
  }

  #block({ how }: Transfer): number {
    return how === "multiple" ? this.#multiple * sectorBytes : sectorBytes;
  }

  #piece({ end }: Job, lba: number): number {
    return Math.min(end - lba, pieceBytes / sectorBytes);
  }

  #read(job: Job, lba: number): void {
    const unit = this.#unit;
    const count = this.#piece(job, lba);
    const bytes = new Uint8Array(count * sectorBytes);
    const next = (): void => {
      if (lba + count === job.end) this.#finish(job.end, job.transfer, job.transfer.how === "dma");
      else this.#read(job, lba + count);
    };
    const ready = (): void => {
      if (job.transfer.how === "dma") unit.requestDma(true, bytes, next);
      else unit.send(bytes, { block: this.#block(job.transfer), interrupt: true }, next);
    };
    unit.wait(this.#port.read(lba * sectorBytes, bytes), ready, () => this.#failed(lba, job));
  }

  #write(job: Job, lba: number): void {
    const unit = this.#unit;
    const count = this.#piece(job, lba);
    const store = (bytes: Uint8Array): void => {
      const stored = (): void => {
        if (lba + count === job.end) this.#written(job);
        else this.#write(job, lba + count);
      };
      unit.wait(this.#port.write(lba * sectorBytes, bytes), stored, () => this.#failed(lba, job));
    };
    if (job.transfer.how === "dma") {
      const bytes = new Uint8Array(count * sectorBytes);
      unit.requestDma(false, bytes, () => store(bytes));
    } else unit.receive(count * sectorBytes, { block: this.#block(job.transfer), interrupt: lba !== job.first }, store);
  }

  #written(job: Job): void {
    const finish = (): void => this.#finish(job.end, job.transfer, true);
    if (this.#writeCache && job.transfer.fua !== true) finish();
    else this.#unit.wait(this.#port.flush(), finish, () => this.#failed(job.first, job));
  }

  /** The registers name the last sector. */
  #finish(end: number, { ext }: Transfer, interrupt: boolean): void {
    this.#setAddress(end - 1, ext);
    this.#unit.set(register.count, 0);
    this.#unit.done(interrupt);
  }

  #failed(lba: number, { transfer }: Job): void {
    this.#setAddress(lba, transfer.ext);
    if (transfer.write) this.#unit.abort();
    else this.#unit.fail(error.UNC);
  }
}

interface Job {
  readonly transfer: Transfer;
  readonly first: number;
  /** One past the last sector. */
  readonly end: number;
}
