/** The 256 words that IDENTIFY DEVICE and IDENTIFY PACKET DEVICE answer (ATA/ATAPI-7, volume 1, 6.16 and 6.17). */

export interface Identity {
  readonly model: string;
  readonly serialNumber: string;
  readonly firmware: string;
}

/** Transfer modes as SET FEATURES chose them: one of each group at most is in use. */
export interface TransferModes {
  multiword: number | undefined;
  ultra: number | undefined;
}

const ULTRA_MODES = 0x3f;
const MULTIWORD_MODES = 7;

class Words {
  readonly bytes = new Uint8Array(512);
  readonly #view = new DataView(this.bytes.buffer);

  set(word: number, value: number): void {
    this.#view.setUint16(2 * word, value, true);
  }

  long(word: number, value: number): void {
    this.#view.setUint32(2 * word, value, true);
  }

  /** Characters lie in words with the first of two above. */
  text(word: number, words: number, text: string): void {
    const padded = text.padEnd(2 * words, " ");
    for (let i = 0; i < 2 * words; i++) this.bytes[2 * word + (i ^ 1)] = padded.charCodeAt(i);
  }

  identity({ model, serialNumber, firmware }: Identity): void {
    this.text(10, 10, serialNumber);
    this.text(23, 4, firmware);
    this.text(27, 20, model);
  }

  modes({ multiword, ultra }: TransferModes): void {
    this.set(63, MULTIWORD_MODES | (multiword === undefined ? 0 : 0x100 << multiword));
    this.set(64, 3); // PIO 3 and 4
    for (let word = 65; word <= 68; word++) this.set(word, 120); // ns of a cycle
    this.set(88, ULTRA_MODES | (ultra === undefined ? 0 : 0x100 << ultra));
  }
}

export interface DiskIdentity extends Identity {
  readonly sectors: number;
  readonly geometry: { readonly cylinders: number; readonly heads: number; readonly sectors: number };
  readonly current: { readonly cylinders: number; readonly heads: number; readonly sectors: number };
  readonly maxMultiple: number;
  readonly multiple: number;
  readonly modes: TransferModes;
  readonly writeCache: boolean;
}

export const most28 = 0x0fff_ffff;

export const identifyDisk = (o: DiskIdentity): Uint8Array => {
  const w = new Words();
  w.set(0, 0x0040);
  w.set(1, o.geometry.cylinders);
  w.set(3, o.geometry.heads);
  w.set(6, o.geometry.sectors);
  w.identity(o);
  w.set(47, 0x8000 | o.maxMultiple);
  w.set(48, 1);
  w.set(49, 0x0b00); // IORDY, LBA, DMA
  w.set(51, 0x0200);
  w.set(53, 7); // words 54 to 58, 64 to 70, 88 count
  w.set(54, o.current.cylinders);
  w.set(55, o.current.heads);
  w.set(56, o.current.sectors);
  w.long(57, o.current.cylinders * o.current.heads * o.current.sectors);
  w.set(59, o.multiple === 0 ? 0 : 0x100 | o.multiple);
  w.long(60, Math.min(o.sectors, most28));
  w.modes(o.modes);
  w.set(80, 0x00f0); // ATA/ATAPI-4 to 7
  const cache = o.writeCache ? 0x20 : 0;
  w.set(82, 0x4020); // NOP, write cache; neither SMART nor security
  w.set(83, 0x7400); // FLUSH CACHE, FLUSH CACHE EXT, 48-bit addresses
  w.set(84, 0x4000);
  w.set(85, 0x4000 | cache);
  w.set(86, 0x3400);
  w.set(87, 0x4000);
  w.set(93, 0x6001); // a cable with 80 wires
  w.long(100, o.sectors % 2 ** 32);
  w.long(102, Math.floor(o.sectors / 2 ** 32));
  return w.bytes;
};

export const identifyCdRom = (o: Identity & { readonly modes: TransferModes }): Uint8Array => {
  const w = new Words();
  w.set(0, 0x85c0); // packets of 12 bytes, CD-ROM, removable, quick to take a packet
  w.identity(o);
  w.set(48, 1);
  w.set(49, 0x0b00);
  w.set(53, 6);
  w.modes(o.modes);
  w.set(71, 30); // ns from PACKET to the release of the bus, and from SERVICE to idle
  w.set(72, 30);
  w.set(80, 0x001e); // ATA-1 to ATA/ATAPI-4
  w.set(82, 0x4210); // NOP, DEVICE RESET, PACKET
  w.set(83, 0x4000);
  w.set(84, 0x4000);
  w.set(85, 0x4210);
  w.set(87, 0x4000);
  w.set(93, 0x6001);
  return w.bytes;
};

/** SET FEATURES, subcommand 3: the mode is in the count register. False if there is none such. */
export const setTransferMode = (modes: TransferModes, value: number): boolean => {
  const number = value & 7;
  switch (value >>> 3) {
    case 0: // the PIO mode of the start, with or without IORDY
      if (number > 1) return false;
      break;
    case 1: // PIO with flow control
      if (number > 4) return false;
      break;
    case 4:
      if (number > 2) return false;
      modes.multiword = number;
      modes.ultra = undefined;
      return true;
    case 8:
      if (number > 5) return false;
      modes.ultra = number;
      modes.multiword = undefined;
      return true;
    default:
      return false;
  }
  modes.multiword = modes.ultra = undefined;
  return true;
};
