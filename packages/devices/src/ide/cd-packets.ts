/**
 * The packets of a CD-ROM or DVD-ROM drive with one track of data: SPC-3 and MMC-3 as far as operating systems and firmware go. Sense data is
 * kept for REQUEST SENSE. The tray can be opened and closed; what is in it is always the same disc, if there is one.
 * Not modelled: audio, raw sectors of 2352 bytes, sessions, writing.
 */
import type { BlockPort } from "@tsemu/hw";
import { pieceBytes } from "./registers.ts";

const blockBytes = 2048;
/** More does not fit onto a CD of 80 minutes. */
const mostCdBlocks = 80 * 60 * 75;
const leadIn = 150;

/** Sense key, additional code and its qualifier. */
type Sense = readonly [key: number, code: number, qualifier: number];
const sense = {
  none: [0, 0, 0],
  noMedium: [2, 0x3a, 0],
  readError: [3, 0x11, 0],
  invalidCommand: [5, 0x20, 0],
  outOfRange: [5, 0x21, 0],
  invalidField: [5, 0x24, 0],
  locked: [5, 0x53, 2],
  mediumChanged: [6, 0x28, 0],
} as const satisfies Record<string, Sense>;

/** The drive's side: how a packet command goes on. */
export interface PacketProtocol {
  wait(work: Promise<void>, then: () => void, failed: () => void): void;
  send(bytes: Uint8Array, then: () => void): void;
  done(): void;
  /** CHECK CONDITION with this sense key. */
  fail(key: number): void;
}

export class CdPackets {
  readonly #port: BlockPort | undefined;
  readonly #model: string;
  readonly #protocol: PacketProtocol;
  readonly #blocks: number;
  #sense: Sense = sense.none;
  #open = false;
  #locked = false;
  /** The disc has come since the host was told last: as an attention, as an event. */
  #attention = false;
  #event: "none" | "inserted" | "removed" | "eject" = "none";

  constructor(port: BlockPort | undefined, model: string, protocol: PacketProtocol) {
    this.#port = port;
    this.#model = model;
    this.#protocol = protocol;
    this.#blocks = port === undefined ? 0 : Math.floor(port.size / blockBytes);
  }

  /** The tray stays as it is. */
  reset(): void {
    this.#sense = sense.none;
    this.#locked = false;
    this.#attention = false;
    this.#event = "none";
  }

  execute(packet: Uint8Array): void {
    const code = packet[0]!;
    const command = commands[code];
    // Attention is for the next command but those that only ask.
    if (this.#attention && command?.quiet !== true) {
      this.#attention = false;
      return this.#check(sense.mediumChanged);
    }
    if (command === undefined) return this.#check(sense.invalidCommand);
    if (command.medium === true && !this.#hasMedium) return this.#check(sense.noMedium);
    command.run(this, packet);
  }

  get #hasMedium(): boolean {
    return this.#blocks > 0 && !this.#open;
  }

  get #isDvd(): boolean {
    return this.#blocks > mostCdBlocks;
  }

  #good(): void {
    this.#sense = sense.none;
    this.#protocol.done();
  }

  #check(why: Sense): void {
    this.#sense = why;
    this.#protocol.fail(why[0]);
  }

  /** No more than the host has room for. */
  #answer(bytes: ArrayLike<number>, room: number): void {
    const answer = Uint8Array.from(bytes).subarray(0, room);
    if (answer.length === 0) return this.#good();
    this.#protocol.send(answer, () => this.#good());
  }

  // ---- the commands, by number below

  testUnitReady(): void {
    this.#good();
  }

  requestSense(packet: Uint8Array): void {
    const [key, code, qualifier] = this.#sense;
    this.#sense = sense.none;
    const answer = new Uint8Array(18);
    answer.set([0x70, 0, key, 0, 0, 0, 0, 10]);
    answer.set([code, qualifier], 12);
    this.#answer(answer, packet[4]!);
  }

  inquiry(packet: Uint8Array): void {
    if ((packet[1]! & 1) !== 0) return this.#check(sense.invalidField);
    // A removable CD device, ATAPI; the name begins with the vendor's.
    const text = `${this.#model.split(" ")[0]!.padEnd(8)}${this.#model.padEnd(16).slice(0, 16)}2.5+`;
    this.#answer([5, 0x80, 0, 0x21, 31, 0, 0, 0, ...new TextEncoder().encode(text)], packet[4]!);
  }

  startStop(packet: Uint8Array): void {
    const [start, loadEject] = [(packet[4]! & 1) !== 0, (packet[4]! & 2) !== 0];
    if (!loadEject || start !== this.#open) return this.#good();
    if (!start && this.#locked) return this.#check(sense.locked);
    this.#open = !start;
    this.#event = start ? "inserted" : "removed";
    this.#attention = start && this.#blocks > 0;
    this.#good();
  }

  preventAllow(packet: Uint8Array): void {
    this.#locked = (packet[4]! & 1) !== 0;
    this.#good();
  }

  readCapacity(): void {
    const answer = new DataView(new ArrayBuffer(8));
    answer.setUint32(0, this.#blocks - 1);
    answer.setUint32(4, blockBytes);
    this.#answer(new Uint8Array(answer.buffer), 8);
  }

  read(lba: number, count: number): void {
    if (lba + count > this.#blocks) return this.#check(sense.outOfRange);
    if (count === 0) return this.#good();
    const piece = Math.min(count, pieceBytes / blockBytes);
    const bytes = new Uint8Array(piece * blockBytes);
    this.#protocol.wait(
      this.#port!.read(lba * blockBytes, bytes),
      () => this.#protocol.send(bytes, () => this.read(lba + piece, count - piece)),
      () => this.#check(sense.readError),
    );
  }

  readCd(packet: Uint8Array): void {
    const count = (packet[6]! << 16) | (packet[7]! << 8) | packet[8]!;
    const what = packet[9]! & 0xf8;
    if (count === 0 || what === 0) return this.#good();
    if (what !== 0x10) return this.#check(sense.invalidField);
    this.read(long(packet, 2), count);
  }

  seek(packet: Uint8Array): void {
    if (long(packet, 2) >= this.#blocks) return this.#check(sense.outOfRange);
    this.#good();
  }

  readToc(packet: Uint8Array): void {
    const msf = (packet[1]! & 2) !== 0;
    const format = (packet[2]! & 0xf) !== 0 ? packet[2]! & 0xf : packet[9]! >>> 6;
    const start = packet[6]!;
    const place = (lba: number): number[] => (msf ? [0, ...toMsf(lba + leadIn)] : [...bigEndian(lba)]);
    const answer = (body: number[]): void => this.#answer([...bigEndian(body.length).slice(2), ...body], short(packet, 7));
    if (format === 0) {
      // Track 1 of data, and the lead-out, which is track 0xaa.
      if (start > 1 && start !== 0xaa) return this.#check(sense.invalidField);
      const track = start <= 1 ? [0, 0x14, 1, 0, ...place(0)] : [];
      return answer([1, 1, ...track, 0, 0x16, 0xaa, 0, ...place(this.#blocks)]);
    }
    if (format === 1) return answer([1, 1, 0, 0x14, 1, 0, ...place(0)]);
    if (format !== 2) return this.#check(sense.invalidField);
    // First track, last track, lead-out, track 1: session 1.
    const entry = (point: number, where: number[]): number[] => [1, 0x14, 0, point, 0, 0, 0, ...where];
    const leadOut = msf ? [0, ...toMsf(this.#blocks + leadIn)] : [...bigEndian(this.#blocks)];
    return answer([
      1,
      1,
      ...entry(0xa0, [0, 1, 0, 0]),
      ...entry(0xa1, [0, 1, 0, 0]),
      ...entry(0xa2, leadOut),
      ...entry(1, msf ? [0, ...toMsf(leadIn)] : [0, 0, 0, 0]),
    ]);
  }

  getConfiguration(packet: Uint8Array): void {
    if ((packet[1]! & 3) > 2) return this.#check(sense.invalidField);
    const [cd, dvd] = [0x0008, 0x0010];
    const current = !this.#hasMedium ? 0 : this.#isDvd ? dvd : cd;
    const profile = (number: number): number[] => [number >>> 8, number & 0xff, number === current ? 1 : 0, 0];
    const features: [number, number[]][] = [
      [0, [0, 0, 0x03, 8, ...profile(dvd), ...profile(cd)]],
      [1, [0, 1, 0x0b, 8, 0, 0, 0, 2, 0, 0, 0, 0]], // core: ATAPI
      [3, [0, 3, 0x03, 4, 0x29, 0, 0, 0]], // removable medium: tray, eject, lock
    ];
    const first = short(packet, 2);
    const kind = packet[1]! & 3;
    const wanted = features.filter(([n, bytes]) => (kind === 2 ? n === first : n >= first && (kind === 0 || (bytes[2]! & 1) !== 0)));
    const body = [0, 0, current >>> 8, current & 0xff, ...wanted.flatMap(([, bytes]) => bytes)];
    this.#answer([...bigEndian(body.length), ...body], short(packet, 7));
  }

  getEvent(packet: Uint8Array): void {
    // Only when asked (polled), and of media events alone.
    if ((packet[1]! & 1) === 0) return this.#check(sense.invalidField);
    const media = 0x10;
    if ((packet[4]! & media) === 0) return this.#answer([0, 2, 0x80, media], short(packet, 7));
    const code = { none: 0, eject: 1, inserted: 2, removed: 3 }[this.#event];
    this.#event = "none";
    const state = (this.#open ? 1 : 0) | (this.#hasMedium ? 2 : 0);
    this.#answer([0, 6, 4, media, code, state, 0, 0], short(packet, 7));
  }

  modeSense(packet: Uint8Array, ten: boolean): void {
    const page = packet[2]! & 0x3f;
    const which = packet[2]! >>> 6;
    // Saved values there are none.
    if (which === 3) return this.#check([5, 0x39, 0]);
    const pages: [number, number[]][] = [
      [0x01, [0x01, 6, 0, 5, 0, 0, 0, 0]],
      [0x2a, this.#capabilities()],
    ];
    const wanted = pages.filter(([n]) => page === 0x3f || n === page).flatMap(([, bytes]) => bytes);
    if (wanted.length === 0) return this.#check(sense.invalidField);
    const medium = this.#open ? 0x71 : this.#hasMedium ? 1 : 0x70;
    if (ten) return this.#answer([...bigEndian(wanted.length + 6).slice(2), medium, 0, 0, 0, 0, 0, ...wanted], short(packet, 7));
    this.#answer([wanted.length + 3, medium, 0, 0, ...wanted], packet[4]!);
  }

  /** CD capabilities and mechanical status: reads what it can, tray, eject, lock; 706 kB/s. */
  #capabilities(): number[] {
    const speed = [706 >>> 8, 706 & 0xff];
    return [0x2a, 18, 0x3b, 0, 0x70, 0x60, 0x29 | (this.#locked ? 2 : 0), 0, ...speed, 0, 2, 2, 0, ...speed, 0, 0, 0, 0];
  }

  discInformation(packet: Uint8Array): void {
    const answer = new Uint8Array(34);
    // A complete disc, its last session complete; one session, tracks 1 to 1.
    answer.set([0, 32, 0x0e, 1, 1, 1, 1, 0x20]);
    this.#answer(answer, short(packet, 7));
  }

  dvdStructure(packet: Uint8Array): void {
    if (!this.#isDvd) return this.#check([5, 0x30, 2]);
    if (packet[7] !== 0) return this.#check(sense.invalidField);
    // Physical format of layer 0: DVD-ROM, 120 mm, where data begins and ends.
    const answer = new Uint8Array(2052);
    answer.set([(answer.length - 2) >>> 8, (answer.length - 2) & 0xff, 0, 0, 1, 0x0f, 1, 0, 0, 3, 0, 0]);
    answer.set(bigEndian(0x3_0000 + this.#blocks - 1), 12);
    this.#answer(answer, short(packet, 8));
  }

  mechanismStatus(packet: Uint8Array): void {
    this.#answer([0, this.#open ? 0x10 : 0, 0, 0, 0, 1, 0, 0], short(packet, 8));
  }
}

interface Command {
  /** Needs a disc. */
  readonly medium?: true;
  /** Is carried out even if the host is to be told something first (SPC-3, 4.5.6; MMC-3). */
  readonly quiet?: true;
  run(drive: CdPackets, packet: Uint8Array): void;
}

const short = (packet: Uint8Array, at: number): number => (packet[at]! << 8) | packet[at + 1]!;
const long = (packet: Uint8Array, at: number): number => ((short(packet, at) << 16) | short(packet, at + 2)) >>> 0;
const bigEndian = (value: number): number[] => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
const toMsf = (frames: number): number[] => [Math.floor(frames / 4500) & 0xff, Math.floor(frames / 75) % 60, frames % 75];

const commands: Readonly<Record<number, Command>> = {
  0x00: { medium: true, run: (d) => d.testUnitReady() },
  0x03: { quiet: true, run: (d, p) => d.requestSense(p) },
  0x12: { quiet: true, run: (d, p) => d.inquiry(p) },
  0x1a: { run: (d, p) => d.modeSense(p, false) },
  0x1b: { run: (d, p) => d.startStop(p) },
  0x1e: { run: (d, p) => d.preventAllow(p) },
  0x25: { medium: true, run: (d) => d.readCapacity() },
  0x28: { medium: true, run: (d, p) => d.read(long(p, 2), short(p, 7)) },
  0x2b: { medium: true, run: (d, p) => d.seek(p) },
  0x43: { medium: true, run: (d, p) => d.readToc(p) },
  0x46: { quiet: true, run: (d, p) => d.getConfiguration(p) },
  0x4a: { quiet: true, run: (d, p) => d.getEvent(p) },
  0x51: { medium: true, run: (d, p) => d.discInformation(p) },
  0x5a: { run: (d, p) => d.modeSense(p, true) },
  0xa8: { medium: true, run: (d, p) => d.read(long(p, 2), long(p, 6)) },
  0xad: { medium: true, run: (d, p) => d.dvdStructure(p) },
  0xbb: { run: (d) => d.testUnitReady() }, // SET CD SPEED
  0xbd: { run: (d, p) => d.mechanismStatus(p) },
  0xbe: { medium: true, run: (d, p) => d.readCd(p) },
};
