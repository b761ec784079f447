/**
 * Ethernet controller AMD PCnet-PCI II (Am79C970A data sheet), with its registers in I/O and memory space, in words or doublewords.
 * Not modelled: the EEPROM beyond the address, MII, the time that a frame takes, collisions, external loopback; software style 1.
 */
import { type Device, type DeviceWires, type DmaPort, type IrqLine, type MmioDevice, type NetPort, orGate } from "@tsemu/hw";
import type { PciBus } from "../pci/bus.ts";
import { devfn } from "../pci/bus.ts";
import { pciCommand, PciFunction } from "../pci/function.ts";
import { accepts, frameCheck } from "./ethernet.ts";
import { type Descriptor, descriptor, finishDescriptor, readDescriptor, readInitBlock } from "./pcnet-rings.ts";

// CSR0
const INIT = 0x0001;
const STRT = 0x0002;
const STOP = 0x0004;
const TDMD = 0x0008;
const TXON = 0x0010;
const RXON = 0x0020;
const IENA = 0x0040;
const INTR = 0x0080;
const IDON = 0x0100;
const TINT = 0x0200;
const RINT = 0x0400;
const MISS = 0x1000;
const ERR = 0x8000;
/** What ones clear; CSR3 has a mask bit for each. */
const events = 0x7f00;
const errors = 0x7800;
// CSR5
const SPND = 0x0001;
const LTINTEN = 0x4000;
// CSR15, the mode
const DRX = 0x0001;
const DTX = 0x0002;
const LOOP = 0x0004;
const DRCVPA = 0x2000;
const DRCVBC = 0x4000;
const PROM = 0x8000;
/** Of a transmit descriptor, with LTINTEN: tell when this one is done. */
const LTINT = 0x1000;

const csr = { init: 1, mask: 3, extended: 5, filter: 8, address: 12, mode: 15, receiveRing: 24, transmitRing: 30, style: 58 } as const;
const RECEIVE_COUNTER = 72;
const TRANSMIT_COUNTER = 74;
const RECEIVE_LENGTH = 76;
const TRANSMIT_LENGTH = 78;
const CHIP_ID = 88;
const MISSED_FRAMES = 112;
const bcr = { misc: 2, link: 4, bus: 18, eeprom: 19, style: 20 } as const;
/** PCnet-PCI II. */
const chipId = 0x0262_1003;
const LEDOUT = 0x8000;
const LNKSTE = 0x0040;
const DWIO = 0x0080;
/** SSIZE32, and CSRPCNET, which is read only. */
const WIDE = 0x0100;
const CSRPCNET = 0x0200;
const APROM_BYTES = 16;
const registerBytes = 32;
const minimumFrame = 60;
const checkBytes = 4;
const longestFrame = 4096;

export interface PcnetOptions extends DeviceWires {
  readonly bus: PciBus;
  readonly slot: number;
  readonly dma: DmaPort;
  readonly port: NetPort;
  readonly mac: Uint8Array;
  /** INTA. */
  readonly irq: IrqLine;
}

export class Pcnet implements Device {
  readonly #o: PcnetOptions;
  readonly #function: PciFunction;
  readonly #irq: IrqLine;
  readonly #csr = new Uint16Array(128);
  readonly #bcr = new Uint16Array(64);
  /** RAP. */
  #pointer = 0;

  constructor(o: PcnetOptions) {
    this.#o = o;
    this.#irq = orGate(o.irq)();
    const fn = new PciFunction({ vendor: 0x1022, device: 0x2000, revision: 0x10, classCode: 0x02_0000, pin: 1 });
    this.#function = fn;
    fn.define(0x06, 2, 0x0280);
    fn.define(0x3e, 2, 0xff06); // latencies that it would like
    const registers: MmioDevice = {
      read: (at, size) => this.#read(at & (registerBytes - 1), size),
      write: (at, value, size) => this.#write(at & (registerBytes - 1), value, size),
    };
    fn.addBar(0, "io", registerBytes, registers);
    fn.addBar(1, "memory", registerBytes, registers);
    o.bus.add(devfn(o.slot, 0), fn);
    o.port.attach((frame) => this.#receive(frame));
    this.reset();
  }

  reset(): void {
    this.#function.reset();
    this.#bcr.fill(0);
    this.#bcr[0] = this.#bcr[1] = 5;
    this.#bcr[bcr.misc] = 0x0002;
    this.#bcr[bcr.link] = 0x00c0;
    this.#bcr.set([0x0084, 0x0088, 0x0090], 5);
    this.#bcr[bcr.bus] = 0x9001;
    this.#bcr[bcr.eeprom] = 0x0002;
    this.#bcr[bcr.style] = CSRPCNET;
    this.#softReset();
  }

  /** S_RESET: all but the buses' registers. */
  #softReset(): void {
    this.#csr.fill(0);
    this.#csr[0] = STOP;
    this.#csr[4] = 0x0115;
    this.#csr[csr.style] = CSRPCNET;
    this.#csr[RECEIVE_LENGTH] = this.#csr[TRANSMIT_LENGTH] = 1;
    this.#csr[CHIP_ID] = chipId & 0xffff;
    this.#csr[CHIP_ID + 1] = chipId >>> 16;
    this.#bcr[bcr.style] = CSRPCNET;
    for (let i = 0; i < 3; i++) this.#csr[csr.address + i] = this.#o.mac[2 * i]! | (this.#o.mac[2 * i + 1]! << 8);
    this.#pointer = 0;
    this.#drive();
  }

  // ---- the registers' places

  get #doublewords(): boolean {
    return (this.#bcr[bcr.bus]! & DWIO) !== 0;
  }

  #read(at: number, size: number): number {
    if (at < APROM_BYTES) {
      let value = 0;
      for (let i = size - 1; i >= 0; i--) value = value * 256 + this.#aprom(at + i);
      return value;
    }
    const which = (at - APROM_BYTES) >>> (this.#doublewords ? 2 : 1);
    // Words, or doublewords: nothing else answers.
    if (size !== (this.#doublewords ? 4 : 2)) return 0;
    switch (which) {
      case 0:
        return this.#readCsr(this.#pointer);
      case 1:
        return this.#pointer;
      case 2:
        this.#softReset();
        return 0;
      default:
        return this.#readBcr(this.#pointer);
    }
  }

  /** The address, and "WW", with a checksum before it. */
  #aprom(at: number): number {
    const bytes = [...this.#o.mac, 0, 0, 0, 0, 0, 0, 0, 0, 0x57, 0x57];
    const sum = bytes.reduce((a, b) => a + b, 0);
    return at === 12 ? sum & 0xff : at === 13 ? sum >>> 8 : (bytes[at] ?? 0);
  }

  #write(at: number, value: number, size: number): void {
    if (at < APROM_BYTES) return;
    // The first doubleword that is written to RDP changes to doublewords.
    if (at === APROM_BYTES && size === 4 && !this.#doublewords) this.#bcr[bcr.bus]! |= DWIO;
    if (size !== (this.#doublewords ? 4 : 2)) return;
    const word = value & 0xffff;
    switch ((at - APROM_BYTES) >>> (this.#doublewords ? 2 : 1)) {
      case 0:
        return this.#writeCsr(this.#pointer, word);
      case 1:
        this.#pointer = word & 0x7f;
        return;
      case 2:
        return;
      default:
        return this.#writeBcr(this.#pointer, word);
    }
  }

  // ---- CSRs and BCRs

  #readCsr(n: number): number {
    if (n !== 0) return n === csr.style ? this.#bcr[bcr.style]! : this.#csr[n]!;
    const value = this.#csr[0]!;
    return value | ((value & errors) !== 0 ? ERR : 0) | (this.#interrupting ? INTR : 0);
  }

  #writeCsr(n: number, value: number): void {
    const stopped = (this.#csr[0]! & STOP) !== 0;
    if (n === 0) return this.#writeControl(value);
    switch (n) {
      case csr.mask:
      case 4:
        this.#csr[n] = value;
        return this.#drive();
      case csr.extended:
        this.#csr[n] = value;
        return this.#transmit();
      case csr.style:
        return this.#writeBcr(bcr.style, value);
      default:
        // The rest may be written while the chip is stopped or suspended; identification never.
        if (n === CHIP_ID || n === CHIP_ID + 1) return;
        if (stopped || (this.#csr[csr.extended]! & SPND) !== 0) this.#csr[n] = value;
    }
  }

  #readBcr(n: number): number {
    const value = this.#bcr[n] ?? 0;
    // The lamp is lit where it is to show the link, which is always there.
    return n === bcr.link ? (value & ~LEDOUT) | ((value & LNKSTE) !== 0 ? LEDOUT : 0) : value;
  }

  #writeBcr(n: number, value: number): void {
    if (n === bcr.style) {
      const style = value & 0xff;
      this.#bcr[n] = style | CSRPCNET | (style === 2 || style === 3 ? WIDE : 0);
    } else if (n === bcr.bus) this.#bcr[n] = (value & ~DWIO) | (this.#bcr[n]! & DWIO);
    else if (n > 1 && n < this.#bcr.length) this.#bcr[n] = value;
  }

  #writeControl(value: number): void {
    let now = (this.#csr[0]! & ~(value & events) & ~IENA) | (value & IENA);
    if ((value & STOP) !== 0) {
      // It stops at once, and forgets what has happened.
      this.#csr[0] = STOP;
      this.#csr[csr.extended]! &= ~SPND;
      return this.#drive();
    }
    const [starts, initialises] = [(value & STRT) !== 0, (value & INIT) !== 0];
    if (initialises && (now & STOP) !== 0) {
      this.#initialise();
      now = (now & ~STOP) | INIT | IDON;
    }
    if (starts && (now & STRT) === 0) {
      const mode = this.#csr[csr.mode]!;
      now = (now & ~STOP) | STRT | ((mode & DTX) === 0 ? TXON : 0) | ((mode & DRX) === 0 ? RXON : 0);
    }
    this.#csr[0] = now;
    this.#drive();
    if ((value & (TDMD | STRT)) !== 0) this.#transmit();
  }

  #pair(n: number): number {
    return (this.#csr[n]! | (this.#csr[n + 1]! << 16)) >>> 0;
  }

  #setPair(n: number, value: number): void {
    this.#csr[n] = value & 0xffff;
    this.#csr[n + 1] = value >>> 16;
  }

  #initialise(): void {
    const block = readInitBlock(this.#dma, this.#pair(csr.init), (this.#bcr[bcr.style]! & WIDE) !== 0);
    this.#csr[csr.mode] = block.mode;
    for (let i = 0; i < 4; i++) this.#csr[csr.filter + i] = block.filter[2 * i]! | (block.filter[2 * i + 1]! << 8);
    for (let i = 0; i < 3; i++) this.#csr[csr.address + i] = block.address[2 * i]! | (block.address[2 * i + 1]! << 8);
    this.#setPair(csr.receiveRing, block.receiveRing);
    this.#setPair(csr.transmitRing, block.transmitRing);
    // Lengths and counters are negative; counters reload when they reach zero.
    this.#csr[RECEIVE_LENGTH] = this.#csr[RECEIVE_COUNTER] = -block.receiveLength;
    this.#csr[TRANSMIT_LENGTH] = this.#csr[TRANSMIT_COUNTER] = -block.transmitLength;
  }

  get #interrupting(): boolean {
    return (this.#csr[0]! & IENA) !== 0 && (this.#csr[0]! & ~this.#csr[csr.mask]! & events) !== 0;
  }

  #drive(): void {
    this.#irq.set(this.#interrupting);
  }

  #raise(bits: number): void {
    this.#csr[0]! |= bits;
    this.#drive();
  }

  // ---- rings

  get #style(): number {
    return this.#bcr[bcr.style]! & 0xff;
  }

  get #dma(): DmaPort {
    return this.#o.dma;
  }

  get #maySend(): boolean {
    const master = (this.#function.get(4, 2) & pciCommand.master) !== 0;
    return master && (this.#csr[csr.extended]! & SPND) === 0;
  }

  #descriptor(ring: number, lengthAt: number, counterAt: number): Descriptor {
    const length = 0x1_0000 - this.#csr[lengthAt]!;
    const left = 0x1_0000 - this.#csr[counterAt]!;
    return readDescriptor(this.#dma, this.#pair(ring), (length - left) & 0xffff, this.#style);
  }

  #advance(lengthAt: number, counterAt: number): void {
    const next = (this.#csr[counterAt]! + 1) & 0xffff;
    this.#csr[counterAt] = next === 0 ? this.#csr[lengthAt]! : next;
  }

  #transmit(): void {
    const frame: Uint8Array[] = [];
    let size = 0;
    // No more than a ring of the largest size: one of which all descriptors stay ours would have no end.
    for (let i = 0; i < 512 && (this.#csr[0]! & TXON) !== 0 && this.#maySend; i++) {
      const d = this.#descriptor(csr.transmitRing, TRANSMIT_LENGTH, TRANSMIT_COUNTER);
      if ((d.status & descriptor.OWN) === 0) return;
      const given = d.status & ~descriptor.OWN;
      if ((d.status & descriptor.STP) !== 0) {
        frame.length = 0;
        size = 0;
      }
      const piece = new Uint8Array(Math.min(d.length, longestFrame - size));
      this.#dma.read(d.buffer, piece);
      frame.push(piece);
      size += piece.length;
      this.#advance(TRANSMIT_LENGTH, TRANSMIT_COUNTER);
      if ((d.status & descriptor.ENP) === 0) {
        const next = this.#descriptor(csr.transmitRing, TRANSMIT_LENGTH, TRANSMIT_COUNTER);
        const cutOff = (next.status & descriptor.OWN) === 0;
        finishDescriptor(this.#dma, d, this.#style, { status: given | (cutOff ? descriptor.ERR | descriptor.BUFF : 0), cutOff });
        if (!cutOff) continue;
        // The rest of the frame is not there: the transmitter stops.
        this.#csr[0]! &= ~TXON;
        return this.#raise(TINT);
      }
      finishDescriptor(this.#dma, d, this.#style, { status: given });
      this.#send(join(frame, size));
      frame.length = 0;
      size = 0;
      if ((this.#csr[csr.extended]! & LTINTEN) === 0 || (d.status & LTINT) !== 0) this.#raise(TINT);
    }
  }

  #send(frame: Uint8Array): void {
    if ((this.#csr[csr.mode]! & LOOP) !== 0) this.#receive(frame);
    else this.#o.port.send(frame);
  }

  #receive(frame: Uint8Array): boolean {
    if ((this.#csr[0]! & RXON) === 0 || !this.#maySend || frame.length > longestFrame - checkBytes) return false;
    if (!this.#wants(frame)) return true;
    const padded = new Uint8Array(Math.max(frame.length, minimumFrame) + checkBytes);
    padded.set(frame);
    const length = padded.length - checkBytes;
    new DataView(padded.buffer).setUint32(length, frameCheck(padded.subarray(0, length)), true);
    return this.#store(padded);
  }

  #wants(frame: Uint8Array): boolean {
    const mode = this.#csr[csr.mode]!;
    if ((mode & PROM) !== 0) return true;
    const bytes = (from: number, words: number): Uint8Array =>
      Uint8Array.from({ length: 2 * words }, (_, i) => this.#csr[from + (i >>> 1)]! >>> (8 * (i & 1)));
    return accepts(frame, {
      address: (mode & DRCVPA) === 0 ? bytes(csr.address, 3) : undefined,
      broadcast: (mode & DRCVBC) === 0,
      hashes: bytes(csr.filter, 4),
    });
  }

  #store(frame: Uint8Array): boolean {
    for (let done = 0, first = true; ; first = false) {
      const d = this.#descriptor(csr.receiveRing, RECEIVE_LENGTH, RECEIVE_COUNTER);
      if ((d.status & descriptor.OWN) === 0) {
        this.#csr[MISSED_FRAMES]!++;
        this.#raise(MISS);
        return false;
      }
      const length = Math.min(d.length, frame.length - done);
      this.#dma.write(d.buffer, frame.subarray(done, done + length));
      done += length;
      const last = done === frame.length;
      this.#advance(RECEIVE_LENGTH, RECEIVE_COUNTER);
      const next = last ? undefined : this.#descriptor(csr.receiveRing, RECEIVE_LENGTH, RECEIVE_COUNTER);
      const overrun = next !== undefined && (next.status & descriptor.OWN) === 0;
      const status = (first ? descriptor.STP : 0) | (last ? descriptor.ENP : 0) | (overrun ? descriptor.ERR | descriptor.BUFF : 0);
      finishDescriptor(this.#dma, d, this.#style, { status, ...(last ? { messageLength: frame.length } : {}) });
      if (!last && !overrun) continue;
      this.#raise(RINT);
      return true;
    }
  }
}

const join = (pieces: readonly Uint8Array[], size: number): Uint8Array => {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};
