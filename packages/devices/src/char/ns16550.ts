/**
 * UART 16550A: National Semiconductor PC16550D. Transmission takes no time. Received bytes raise the interrupt at once: as data at the trigger
 * level, below it as the time-out that would follow. Flow control: nothing is taken from the host that does not fit.
 * Not modelled: baud rates, parity and framing (stored), DMA modes, gating of the interrupt by OUT2, which is the board's.
 */
import { type CharPort, type Device, type DeviceWires, Fifo, type IrqLine, type MmioDevice } from "@tsemu/hw";

// IER
const ERBI = 1;
const ETBEI = 2;
const ELSI = 4;
const EDSSI = 8;
// IIR
const NONE = 1;
const MODEM = 0;
const THRE_EMPTY = 2;
const DATA = 4;
const LINE = 6;
const TIMEOUT = 0xc;
const FIFOS = 0xc0;
// LCR
const DLAB = 0x80;
// MCR
const LOOP = 0x10;
// LSR
const DR = 1;
const OE = 2;
const BI = 0x10;
const THRE_TEMT = 0x60;
// MSR
const CTS = 0x10;
const DSR = 0x20;
const DCD = 0x80;

const depth = 16;
const triggers = [1, 4, 8, 14] as const;

export interface Ns16550Options extends DeviceWires {
  readonly irq: IrqLine;
  readonly port?: CharPort | undefined;
}

export class Ns16550 implements Device, MmioDevice {
  readonly #irq: IrqLine;
  readonly #port: CharPort | undefined;
  readonly #received = new Fifo(depth);
  #ier = 0;
  #fcr = 0;
  #lcr = 0;
  #mcr = 0;
  #scratch = 0;
  #divisor = 0xc;
  /** Errors of the line that have not been read. */
  #errors = 0;
  /** The four deltas of MSR. */
  #deltas = 0;
  /** The transmitter has become empty, and nobody has been told. */
  #emptied = false;

  constructor(o: Ns16550Options) {
    this.#irq = o.irq;
    this.#port = o.port;
    this.#port?.attach(
      (bytes) => this.#accept(bytes),
      () => this.#receiveBreak(),
    );
  }

  reset(): void {
    this.#received.clear();
    this.#ier = this.#fcr = this.#lcr = this.#mcr = this.#scratch = this.#errors = this.#deltas = 0;
    this.#divisor = 0xc;
    this.#emptied = false;
    this.#update();
    this.#port?.resume();
  }

  get #depth(): number {
    return (this.#fcr & 1) !== 0 ? depth : 1;
  }

  get #latchOpen(): boolean {
    return (this.#lcr & DLAB) !== 0;
  }

  read(offset: number): number {
    switch (offset & 7) {
      case 0:
        return this.#latchOpen ? this.#divisor & 0xff : this.#receive();
      case 1:
        return this.#latchOpen ? this.#divisor >>> 8 : this.#ier;
      case 2: {
        const cause = this.#cause();
        if (cause === THRE_EMPTY) {
          this.#emptied = false;
          this.#update();
        }
        return cause | ((this.#fcr & 1) !== 0 ? FIFOS : 0);
      }
      case 3:
        return this.#lcr;
      case 4:
        return this.#mcr;
      case 5: {
        const status = this.#errors | THRE_TEMT | (this.#received.length > 0 ? DR : 0);
        this.#errors = 0;
        this.#update();
        return status;
      }
      case 6: {
        const status = this.#modemLines() | this.#deltas;
        this.#deltas = 0;
        this.#update();
        return status;
      }
      default:
        return this.#scratch;
    }
  }

  write(offset: number, value: number): void {
    const byte = value & 0xff;
    switch (offset & 7) {
      case 0:
        if (this.#latchOpen) this.#divisor = (this.#divisor & 0xff00) | byte;
        else this.#send(byte);
        break;
      case 1:
        if (this.#latchOpen) {
          this.#divisor = (this.#divisor & 0xff) | (byte << 8);
          break;
        }
        // Allowing the interrupt of an empty transmitter raises it: drivers wait for it.
        if ((byte & ~this.#ier & ETBEI) !== 0) this.#emptied = true;
        this.#ier = byte & (ERBI | ETBEI | ELSI | EDSSI);
        break;
      case 2:
        if (((byte ^ this.#fcr) & 1) !== 0 || (byte & 2) !== 0) this.#received.clear();
        this.#fcr = (byte & 1) !== 0 ? byte & 0xc9 : 0;
        this.#update();
        this.#port?.resume();
        return;
      case 3:
        this.#lcr = byte;
        break;
      case 4: {
        const before = this.#modemLines();
        this.#mcr = byte & 0x1f;
        const changed = before ^ this.#modemLines();
        // Of the ring indicator (bit 6) only the end counts.
        const ring = (changed & before & 0x40) | (changed & ~0x40);
        this.#deltas |= (ring >>> 4) & 0xf;
        break;
      }
      case 7:
        this.#scratch = byte;
        break;
      default:
        break;
    }
    this.#update();
    if ((offset & 7) === 4) this.#port?.resume();
  }

  /** In loop-back RTS, DTR, OUT1 and OUT2 come back as CTS, DSR, RI and DCD; otherwise someone is listening. */
  #modemLines(): number {
    if ((this.#mcr & LOOP) === 0) return CTS | DSR | DCD;
    return ((this.#mcr & 2) << 3) | ((this.#mcr & 1) << 5) | ((this.#mcr & 4) << 4) | ((this.#mcr & 8) << 4);
  }

  #accept(bytes: Uint8Array): number {
    if ((this.#mcr & LOOP) !== 0) return 0;
    const taken = Math.min(bytes.length, Math.max(0, this.#depth - this.#received.length));
    for (let i = 0; i < taken; i++) this.#received.push(bytes[i]!);
    if (taken > 0) this.#update();
    return taken;
  }

  /** A break is a null character with an error; it is lost if there is no room. */
  #receiveBreak(): void {
    if ((this.#mcr & LOOP) !== 0 || this.#received.length >= this.#depth) return;
    this.#received.push(0);
    this.#errors |= BI;
    this.#update();
  }

  #receive(): number {
    const byte = this.#received.shift();
    if (byte === undefined) return 0;
    this.#update();
    this.#port?.resume();
    return byte;
  }

  #send(byte: number): void {
    if ((this.#mcr & LOOP) === 0) this.#port?.write(Uint8Array.of(byte));
    else if (this.#received.length >= this.#depth) this.#errors |= OE;
    else this.#received.push(byte);
    this.#emptied = true;
  }

  /** IIR by priority, without the bits of the FIFOs. */
  #cause(): number {
    if ((this.#ier & ELSI) !== 0 && this.#errors !== 0) return LINE;
    if ((this.#ier & ERBI) !== 0 && this.#received.length > 0) {
      const trigger = (this.#fcr & 1) !== 0 ? triggers[this.#fcr >>> 6]! : 1;
      return this.#received.length >= trigger ? DATA : TIMEOUT;
    }
    if ((this.#ier & ETBEI) !== 0 && this.#emptied) return THRE_EMPTY;
    if ((this.#ier & EDSSI) !== 0 && this.#deltas !== 0) return MODEM;
    return NONE;
  }

  #update(): void {
    this.#irq.set(this.#cause() !== NONE);
  }
}
