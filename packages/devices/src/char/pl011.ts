/**
 * ARM PrimeCell UART (PL011): ARM DDI 0183G. Transmission takes no time: the transmit FIFO is always empty. The receive interrupt
 * rises with the first byte whatever UARTIFLS says, as on QEMU, so that no time-out need be modelled; UARTCR's enable bits are
 * not looked at, as on QEMU: early consoles print without setting them.
 * Not modelled: DMA, modem lines, IrDA, sending breaks, line errors.
 */
import { low } from "@tsemu/base";
import { type CharPort, type Device, type DeviceWires, Fifo, type IrqLine, type MmioDevice, primeCellIds, RegisterBank } from "@tsemu/hw";

// UARTDR, 3.3.1
const BE = 1 << 10;
// UARTFR, 3.3.3
const RXFE = 1 << 4;
const RXFF = 1 << 6;
const TXFE = 1 << 7;
// UARTLCR_H, 3.3.7
const FEN = 1 << 4;
const BRK = 1 << 0;
// UARTCR, 3.3.8
const SIREN = 1 << 1;
const LBE = 1 << 7;
const RTSEN_CTSEN = 3 << 14;
// Interrupt bits, 3.3.10
const RXI = 1 << 4;
const TXI = 1 << 5;
const ALL_INTERRUPTS = low(11);

const fifoDepth = 16;

export interface Pl011Options extends DeviceWires {
  readonly irq: IrqLine;
  readonly port?: CharPort | undefined;
}

export class Pl011 implements Device, MmioDevice {
  readonly #irq: IrqLine;
  readonly #port: CharPort | undefined;
  readonly #received = new Fifo(fifoDepth);
  #raw = 0;
  /** UARTRSR: what came with the character read last. */
  #lineStatus = 0;

  readonly registers: RegisterBank;

  constructor(o: Pl011Options) {
    this.#irq = o.irq;
    this.#port = o.port;
    this.registers = new RegisterBank(o, {
      UARTDR: { at: 0x000, read: () => this.#receive(), write: (v) => this.#send(v & 0xff) },
      UARTRSR: { at: 0x004, bits: 0, read: () => this.#lineStatus, write: () => void (this.#lineStatus = 0) },
      UARTFR: { at: 0x018, bits: 0, read: () => this.#flags() },
      UARTILPR: { at: 0x020, bits: low(8) },
      UARTIBRD: { at: 0x024, bits: low(16) },
      UARTFBRD: { at: 0x028, bits: low(6) },
      UARTLCR_H: { at: 0x02c, bits: low(8), unimplemented: BRK, write: (v, old) => this.#setLineControl(v, old) },
      UARTCR: { at: 0x030, bits: 0xff87, reset: 0x300, unimplemented: SIREN | RTSEN_CTSEN },
      UARTIFLS: { at: 0x034, bits: low(6), reset: 0x12 },
      UARTIMSC: { at: 0x038, bits: ALL_INTERRUPTS, write: () => this.#update() },
      UARTRIS: { at: 0x03c, bits: 0, read: () => this.#raw },
      UARTMIS: { at: 0x040, bits: 0, read: () => this.#raw & this.registers.get("UARTIMSC") },
      UARTICR: { at: 0x044, bits: 0, read: () => 0, write: (v) => this.#raise(0, v) },
      UARTDMACR: { at: 0x048, bits: low(3), unimplemented: 3 },
      ...primeCellIds([0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]),
    });
    this.#port?.attach(
      (bytes) => this.#accept(bytes),
      () => this.#receiveBreak(),
    );
  }

  read(offset: number, size: number): number {
    return this.registers.read(offset, size);
  }

  write(offset: number, value: number, size: number): void {
    this.registers.write(offset, value, size);
  }

  reset(): void {
    this.registers.reset();
    this.#received.clear();
    this.#raw = 0;
    this.#lineStatus = 0;
    this.#update();
    this.#port?.resume();
  }

  /** Without FEN the FIFO is one byte deep (2.4.2). */
  get #depth(): number {
    return (this.registers.get("UARTLCR_H") & FEN) !== 0 ? fifoDepth : 1;
  }

  #flags(): number {
    let flags = TXFE;
    if (this.#received.length === 0) flags |= RXFE;
    if (this.#received.length >= this.#depth) flags |= RXFF;
    return flags;
  }

  #accept(bytes: Uint8Array): number {
    // In loopback mode the receiver hears the transmitter instead of the line.
    if ((this.registers.get("UARTCR") & LBE) !== 0) return 0;
    const taken = Math.min(bytes.length, Math.max(0, this.#depth - this.#received.length));
    for (let i = 0; i < taken; i++) this.#received.push(bytes[i]!);
    if (taken > 0) this.#raise(RXI, 0);
    return taken;
  }

  /** A break is a null character with the break error (2.4.3); it is lost if there is no room. */
  #receiveBreak(): void {
    if ((this.registers.get("UARTCR") & LBE) !== 0 || this.#received.length >= this.#depth) return;
    this.#received.push(BE);
    this.#raise(RXI, 0);
  }

  #receive(): number {
    const byte = this.#received.shift();
    if (byte === undefined) return 0;
    this.#lineStatus = byte >>> 8;
    if (this.#received.length === 0) this.#raise(0, RXI);
    this.#port?.resume();
    return byte;
  }

  #send(byte: number): void {
    if ((this.registers.get("UARTCR") & LBE) === 0) this.#port?.write(Uint8Array.of(byte));
    else if (this.#received.length < this.#depth) {
      this.#received.push(byte);
      this.#raw |= RXI;
    }
    this.#raise(TXI, 0);
  }

  #setLineControl(value: number, old: number): void {
    if (((value ^ old) & FEN) === 0) return;
    this.#received.clear();
    this.#port?.resume();
  }

  #raise(set: number, clear: number): void {
    this.#raw = (this.#raw | set) & ~clear;
    this.#update();
  }

  #update(): void {
    this.#irq.set((this.#raw & this.registers.get("UARTIMSC")) !== 0);
  }
}
