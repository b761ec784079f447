/**
 * ARM PrimeCell Vectored Interrupt Controller (PL190): ARM DDI 0181E. Thirty-two level-sensitive inputs, each to IRQ or FIQ; sixteen of
 * them may be given a vector and a priority. Reading VICVECTADDR enters an interrupt, writing it leaves it.
 * Not modelled: daisy chaining, the integration test registers, protection (VICPROTECTION is stored).
 */
import { low } from "@tsemu/base";
import { type Device, type DeviceWires, type IrqLine, type MmioDevice, primeCellIds, RegisterBank, type RegisterRow } from "@tsemu/hw";

const vectors = 16;
/** Priorities: 0 to 15 are the vectored ones, then the rest, then nothing. */
const unvectored = 16;
const none = 17;
const E = 1 << 5; // VICVECTCNTL: enabled

export interface Pl190Options extends DeviceWires {
  readonly irq: IrqLine;
  readonly fiq: IrqLine;
}

export class Pl190 implements Device, MmioDevice {
  readonly #irq: IrqLine;
  readonly #fiq: IrqLine;
  #level = 0;
  #software = 0;
  #enabled = 0;
  /** The priority being served, and those it interrupted. */
  #current = none;
  #interrupted: number[] = [];

  readonly registers: RegisterBank;

  constructor(o: Pl190Options) {
    this.#irq = o.irq;
    this.#fiq = o.fiq;
    const update = () => this.#update();
    const rows: Record<string, RegisterRow> = {
      VICIRQSTATUS: { at: 0x000, bits: 0, read: () => this.#active() & ~this.registers.get("VICINTSELECT") },
      VICFIQSTATUS: { at: 0x004, bits: 0, read: () => this.#active() & this.registers.get("VICINTSELECT") },
      VICRAWINTR: { at: 0x008, bits: 0, read: () => this.#level | this.#software },
      VICINTSELECT: { at: 0x00c, write: update },
      VICINTENABLE: { at: 0x010, bits: 0, read: () => this.#enabled, write: (v) => this.#enable(v, 0) },
      VICINTENCLEAR: { at: 0x014, bits: 0, read: () => 0, write: (v) => this.#enable(0, v) },
      VICSOFTINT: { at: 0x018, bits: 0, read: () => this.#software, write: (v) => this.#setSoftware(v, 0) },
      VICSOFTINTCLEAR: { at: 0x01c, bits: 0, read: () => 0, write: (v) => this.#setSoftware(0, v) },
      VICPROTECTION: { at: 0x020, bits: 1, unimplemented: 1 },
      VICVECTADDR: { at: 0x030, bits: 0, read: () => this.#enter(), write: () => this.#leave() },
      VICDEFVECTADDR: { at: 0x034 },
      ...primeCellIds([0x90, 0x11, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1]),
    };
    for (let i = 0; i < vectors; i++) {
      rows[`VICVECTADDR${i}`] = { at: 0x100 + 4 * i };
      rows[`VICVECTCNTL${i}`] = { at: 0x200 + 4 * i, bits: low(6), write: update };
    }
    this.registers = new RegisterBank(o, rows);
  }

  input(n: number): IrqLine {
    return {
      set: (level) => {
        this.#level = level ? this.#level | (1 << n) : this.#level & ~(1 << n);
        this.#update();
      },
    };
  }

  read(offset: number, size: number): number {
    return this.registers.read(offset, size);
  }

  write(offset: number, value: number, size: number): void {
    this.registers.write(offset, value, size);
  }

  reset(): void {
    this.registers.reset();
    this.#software = 0;
    this.#enabled = 0;
    this.#current = none;
    this.#interrupted = [];
    this.#update();
  }

  #active(): number {
    return (this.#level | this.#software) & this.#enabled;
  }

  #enable(set: number, clear: number): void {
    this.#enabled = (this.#enabled | set) & ~clear;
    this.#update();
  }

  #setSoftware(set: number, clear: number): void {
    this.#software = (this.#software | set) & ~clear;
    this.#update();
  }

  #highest(): number {
    const active = this.#active() & ~this.registers.get("VICINTSELECT");
    if (active === 0) return none;
    for (let i = 0; i < vectors; i++) {
      const control = this.registers.get(`VICVECTCNTL${i}`);
      if ((control & E) !== 0 && ((active >>> (control & 31)) & 1) !== 0) return i;
    }
    return unvectored;
  }

  #vector(priority: number): number {
    return this.registers.get(priority < unvectored ? `VICVECTADDR${priority}` : "VICDEFVECTADDR");
  }

  #enter(): number {
    const highest = this.#highest();
    if (highest < this.#current) {
      this.#interrupted.push(this.#current);
      this.#current = highest;
      this.#update();
    }
    return this.#vector(this.#current);
  }

  #leave(): void {
    this.#current = this.#interrupted.pop() ?? none;
    this.#update();
  }

  #update(): void {
    this.#irq.set(this.#highest() < this.#current);
    this.#fiq.set((this.#active() & this.registers.get("VICINTSELECT")) !== 0);
  }
}
