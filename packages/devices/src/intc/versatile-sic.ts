/**
 * The secondary interrupt controller in the FPGA of the ARM Versatile boards: ARM DUI 0225D, 4.10.2. Its interrupts go to input 31 of
 * the primary controller together; sources 21 to 30 may instead be let through, each to the input of the same number.
 */
import { type Device, type DeviceWires, type IrqLine, type MmioDevice, RegisterBank, unconnected } from "@tsemu/hw";

const passable = 0x7fe0_0000;
const together = 31;

export interface VersatileSicOptions extends DeviceWires {
  /** The primary controller's inputs, by number. */
  readonly outputs: readonly IrqLine[];
}

export class VersatileSic implements Device, MmioDevice {
  readonly #outputs: readonly IrqLine[];
  #level = 0;
  #software = 0;
  #enabled = 0;
  #passed = 0;

  readonly registers: RegisterBank;

  constructor(o: VersatileSicOptions) {
    this.#outputs = o.outputs;
    this.registers = new RegisterBank(o, {
      SIC_STATUS: { at: 0x00, bits: 0, read: () => this.#raw() & this.#enabled },
      SIC_RAWSTAT: { at: 0x04, bits: 0, read: () => this.#raw() },
      SIC_ENSET: { at: 0x08, bits: 0, read: () => this.#enabled, write: (v) => this.#change(() => (this.#enabled |= v)) },
      SIC_ENCLR: { at: 0x0c, bits: 0, read: () => 0, write: (v) => this.#change(() => (this.#enabled &= ~v)) },
      SIC_SOFTINTSET: { at: 0x10, bits: 0, read: () => this.#software, write: (v) => this.#change(() => (this.#software |= v)) },
      SIC_SOFTINTCLR: { at: 0x14, bits: 0, read: () => 0, write: (v) => this.#change(() => (this.#software &= ~v)) },
      SIC_PICENSET: { at: 0x20, bits: 0, read: () => this.#passed, write: (v) => this.#change(() => (this.#passed |= v & passable)) },
      SIC_PICENCLR: { at: 0x24, bits: 0, read: () => 0, write: (v) => this.#change(() => (this.#passed &= ~v)) },
    });
  }

  input(n: number): IrqLine {
    return { set: (level) => this.#change(() => (this.#level = level ? this.#level | (1 << n) : this.#level & ~(1 << n))) };
  }

  read(offset: number, size: number): number {
    return this.registers.read(offset, size);
  }

  write(offset: number, value: number, size: number): void {
    this.registers.write(offset, value, size);
  }

  reset(): void {
    this.#change(() => {
      this.registers.reset();
      this.#software = 0;
      this.#enabled = 0;
      this.#passed = 0;
    });
  }

  #raw(): number {
    return this.#level | this.#software;
  }

  #change(change: () => void): void {
    change();
    const passing = this.#raw() & this.#passed;
    for (let n = 21; n < together; n++) (this.#outputs[n] ?? unconnected).set(((passing >>> n) & 1) !== 0);
    (this.#outputs[together] ?? unconnected).set((this.#raw() & this.#enabled) !== 0);
  }
}
