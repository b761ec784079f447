/**
 * Two Intel 8259A interrupt controllers, the second on input 2 of the first, as PCs and their relatives have them (Intel 231468), with
 * the edge/level registers of EISA and of PCI bridges (Intel 82371AB, 4.2.4). Edges stay in IRR until they are acknowledged.
 * Not modelled: 8080 mode, buffered mode.
 */
import type { Device, DeviceWires, IrqLine, MmioDevice } from "@tsemu/hw";

// ICW1
const IC4 = 1;
const SNGL = 2;
const LTIM = 8;
const ICW1 = 0x10;
// ICW4
const AEOI = 2;
const SFNM = 0x10;
/** Inputs that are edge-triggered whatever the registers say: timer, keyboard, cascade; clock, coprocessor. */
const ELCR_MASKS = [0xf8, 0xde] as const;
const CASCADE = 2;
const SPURIOUS = 7;

class Chip implements MmioDevice {
  readonly #output: () => void;
  readonly #isMaster: boolean;
  readonly #unimplemented: (what: string) => void;
  #lines = 0;
  #irr = 0;
  #isr = 0;
  #imr = 0;
  /** The input that has the highest priority. */
  #first = 0;
  #base = 0;
  /** The initialisation word that comes next, 0: none. */
  #step = 0;
  #needsIcw4 = false;
  #single = false;
  #levels = false;
  #autoEoi = false;
  #rotateOnAutoEoi = false;
  #nested = false;
  #specialMask = false;
  #readIsr = false;
  #poll = false;
  elcr = 0;

  constructor(isMaster: boolean, output: () => void, unimplemented: (what: string) => void) {
    this.#isMaster = isMaster;
    this.#output = output;
    this.#unimplemented = unimplemented;
  }

  reset(): void {
    this.elcr = 0;
    this.#step = 0;
    this.#base = 0;
    this.#nested = false;
    this.#autoEoi = false;
    this.#levels = false;
    this.#needsIcw4 = false;
    this.#single = false;
    this.#initialise();
  }

  /** What ICW1 does by itself; lines that are high will have to rise again. */
  #initialise(): void {
    this.#irr = 0;
    this.#isr = 0;
    this.#imr = 0;
    this.#first = 0;
    this.#rotateOnAutoEoi = false;
    this.#specialMask = false;
    this.#readIsr = false;
    this.#poll = false;
    for (let n = 0; n < 8; n++) if (this.#isLevel(n)) this.#irr |= this.#lines & (1 << n);
  }

  #isLevel(n: number): boolean {
    return this.#levels || ((this.elcr >>> n) & 1) !== 0;
  }

  setLine(n: number, level: boolean): void {
    const bit = 1 << n;
    const rose = level && (this.#lines & bit) === 0;
    this.#lines = level ? this.#lines | bit : this.#lines & ~bit;
    if (this.#isLevel(n)) this.#irr = level ? this.#irr | bit : this.#irr & ~bit;
    else if (rose) this.#irr |= bit;
    this.#output();
  }

  /** How far from the highest priority the first of these inputs is; 8: there is none. */
  #distance(inputs: number): number {
    if (inputs === 0) return 8;
    let distance = 0;
    while (((inputs >>> ((this.#first + distance) & 7)) & 1) === 0) distance++;
    return distance;
  }

  /** The input to be served now, or -1. */
  pending(): number {
    const distance = this.#distance(this.#irr & ~this.#imr);
    if (distance === 8) return -1;
    let served = this.#isr;
    if (this.#specialMask) served &= ~this.#imr;
    // The cascade may interrupt itself: of the other chip's inputs a later one may be more urgent.
    if (this.#nested && this.#isMaster) served &= ~(1 << CASCADE);
    return distance < this.#distance(served) ? (this.#first + distance) & 7 : -1;
  }

  /** An acknowledge cycle; the input it is for. */
  acknowledge(): number {
    const n = this.pending();
    if (n < 0) return SPURIOUS;
    if (!this.#isLevel(n)) this.#irr &= ~(1 << n);
    if (!this.#autoEoi) this.#isr |= 1 << n;
    else if (this.#rotateOnAutoEoi) this.#first = (n + 1) & 7;
    this.#output();
    return n;
  }

  get base(): number {
    return this.#base;
  }

  read(offset: number): number {
    if (this.#poll) {
      this.#poll = false;
      const any = this.pending() >= 0;
      const n = this.acknowledge();
      return any ? 0x80 | n : 0;
    }
    if ((offset & 1) === 1) return this.#imr;
    return this.#readIsr ? this.#isr : this.#irr;
  }

  write(offset: number, value: number): void {
    if ((offset & 1) === 1) this.#writeData(value & 0xff);
    else if ((value & ICW1) !== 0) {
      if ((value & LTIM) !== 0 && !this.#levels)
        this.#unimplemented("the whole chip level-triggered by ICW1 on a board with edge registers");
      this.#levels = (value & LTIM) !== 0;
      this.#single = (value & SNGL) !== 0;
      this.#needsIcw4 = (value & IC4) !== 0;
      if (!this.#needsIcw4) {
        this.#autoEoi = false;
        this.#nested = false;
      }
      this.#initialise();
      this.#step = 2;
    } else if ((value & 8) !== 0) {
      // OCW3
      if ((value & 4) !== 0) this.#poll = true;
      if ((value & 2) !== 0) this.#readIsr = (value & 1) !== 0;
      if ((value & 0x40) !== 0) this.#specialMask = (value & 0x20) !== 0;
    } else this.#command(value);
    this.#output();
  }

  #writeData(value: number): void {
    switch (this.#step) {
      case 2:
        this.#base = value & 0xf8;
        this.#step = this.#single ? (this.#needsIcw4 ? 4 : 0) : 3;
        break;
      case 3:
        this.#step = this.#needsIcw4 ? 4 : 0;
        break;
      case 4:
        this.#autoEoi = (value & AEOI) !== 0;
        this.#nested = (value & SFNM) !== 0;
        this.#step = 0;
        break;
      default:
        this.#imr = value;
    }
  }

  /** OCW2: ends of interrupts, and rotations of the priorities. */
  #command(value: number): void {
    const n = value & 7;
    switch (value >>> 5) {
      case 0:
        this.#rotateOnAutoEoi = false;
        break;
      case 4:
        this.#rotateOnAutoEoi = true;
        break;
      case 1:
      case 5: {
        const distance = this.#distance(this.#isr);
        if (distance === 8) break;
        const served = (this.#first + distance) & 7;
        this.#isr &= ~(1 << served);
        if (value >>> 5 === 5) this.#first = (served + 1) & 7;
        break;
      }
      case 3:
      case 7:
        this.#isr &= ~(1 << n);
        if (value >>> 5 === 7) this.#first = (n + 1) & 7;
        break;
      case 6:
        this.#first = (n + 1) & 7;
        break;
      default:
        break;
    }
  }
}

export interface I8259PairOptions extends DeviceWires {
  /** INTR of the processor. */
  readonly irq: IrqLine;
}

export class I8259Pair implements Device {
  readonly #irq: IrqLine;
  readonly #first: Chip;
  readonly #second: Chip;

  constructor(o: I8259PairOptions) {
    this.#irq = o.irq;
    const missing = (what: string): void => o.log.log("unimp", () => `${o.name}: ${what} is not implemented`);
    this.#first = new Chip(true, () => this.#irq.set(this.#first.pending() >= 0), missing);
    this.#second = new Chip(false, () => this.#first.setLine(CASCADE, this.#second.pending() >= 0), missing);
  }

  /** The registers of the first chip, of the second, and the two edge/level registers. */
  get ports(): readonly [MmioDevice, MmioDevice, MmioDevice] {
    const chips = [this.#first, this.#second] as const;
    return [
      this.#first,
      this.#second,
      {
        read: (offset) => chips[offset & 1]!.elcr,
        write: (offset, value) => {
          const which = (offset & 1) as 0 | 1;
          chips[which].elcr = value & ELCR_MASKS[which];
        },
      },
    ];
  }

  /** Interrupt request n, 0 to 15; 2 is the second chip's. */
  input(n: number): IrqLine {
    const chip = n < 8 ? this.#first : this.#second;
    return { set: (level) => chip.setLine(n & 7, level) };
  }

  /** The processor's acknowledge cycles; the vector. */
  acknowledge(): number {
    const n = this.#first.acknowledge();
    if (n !== CASCADE) return this.#first.base + n;
    // The second chip's output falls in the cycle: if it has more, the first sees another edge.
    this.#first.setLine(CASCADE, false);
    return this.#second.base + this.#second.acknowledge();
  }

  reset(): void {
    this.#second.reset();
    this.#first.reset();
    this.#first.setLine(CASCADE, false);
    this.#irq.set(false);
  }
}
