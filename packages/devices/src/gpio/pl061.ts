/**
 * ARM PrimeCell GPIO (PL061): ARM DDI 0190B. Eight lines. The data register is seen 256 times: address bits 9:2 say which lines an
 * access is about. Mode control by hardware (GPIOAFSEL) is stored but moves no line.
 */
import { low } from "@tsemu/base";
import { type Device, type DeviceWires, type IrqLine, type MmioDevice, primeCellIds, RegisterBank, unconnected } from "@tsemu/hw";

export interface Pl061Options extends DeviceWires {
  readonly irq: IrqLine;
  /** What the lines drive when they are outputs. */
  readonly outputs?: readonly IrqLine[];
}

const all = low(8);

export class Pl061 implements Device, MmioDevice {
  readonly #irq: IrqLine;
  readonly #outputs: readonly IrqLine[];
  /** What the guest wrote, and the levels on the pins used as inputs. */
  #written = 0;
  #pins = 0;
  /** Edges seen and not yet cleared. */
  #edges = 0;

  readonly registers: RegisterBank;

  constructor(o: Pl061Options) {
    this.#irq = o.irq;
    this.#outputs = o.outputs ?? [];
    const update = () => this.#update();
    this.registers = new RegisterBank(o, {
      GPIODIR: { at: 0x400, bits: all, write: () => this.#drive() },
      GPIOIS: { at: 0x404, bits: all, write: update },
      GPIOIBE: { at: 0x408, bits: all },
      GPIOIEV: { at: 0x40c, bits: all, write: update },
      GPIOIE: { at: 0x410, bits: all, write: update },
      GPIORIS: { at: 0x414, bits: 0, read: () => this.#raw() },
      GPIOMIS: { at: 0x418, bits: 0, read: () => this.#raw() & this.registers.get("GPIOIE") },
      GPIOIC: { at: 0x41c, bits: 0, read: () => 0, write: (v) => this.#clear(v) },
      GPIOAFSEL: { at: 0x420, bits: all, unimplemented: all },
      ...primeCellIds([0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1]),
    });
  }

  /** The pin numbered n (0 to 7) as something outside drives it. */
  input(n: number): IrqLine {
    return { set: (level) => this.#setPin(n, level) };
  }

  read(offset: number, size: number): number {
    return offset < 0x400 ? this.#data() & (offset >>> 2) : this.registers.read(offset, size);
  }

  write(offset: number, value: number, size: number): void {
    if (offset >= 0x400) {
      this.registers.write(offset, value, size);
      return;
    }
    const mask = (offset >>> 2) & this.registers.get("GPIODIR");
    this.#written = (this.#written & ~mask) | (value & mask);
    this.#drive();
  }

  reset(): void {
    this.registers.reset();
    this.#written = 0;
    this.#edges = 0;
    this.#drive();
  }

  #data(): number {
    const outputs = this.registers.get("GPIODIR");
    return (this.#written & outputs) | (this.#pins & ~outputs);
  }

  #setPin(n: number, level: boolean): void {
    const mask = 1 << n;
    const old = this.#pins;
    this.#pins = level ? old | mask : old & ~mask;
    const r = this.registers;
    const isEdgeInput = (r.get("GPIODIR") & mask) === 0 && (r.get("GPIOIS") & mask) === 0;
    const wanted = (r.get("GPIOIBE") & mask) !== 0 || ((r.get("GPIOIEV") & mask) !== 0) === level;
    if (this.#pins !== old && isEdgeInput && wanted) this.#edges |= mask;
    this.#update();
  }

  /** A level-sensitive pin interrupts as long as it has its level; an edge until it is cleared. */
  #raw(): number {
    const r = this.registers;
    return ((~(this.#data() ^ r.get("GPIOIEV")) & r.get("GPIOIS") & ~r.get("GPIODIR")) | (this.#edges & ~r.get("GPIOIS"))) & all;
  }

  #clear(value: number): void {
    this.#edges &= ~value;
    this.#update();
  }

  #drive(): void {
    const outputs = this.registers.get("GPIODIR");
    for (let n = 0; n < 8; n++) (this.#outputs[n] ?? unconnected).set(((this.#written & outputs) >>> n) % 2 === 1);
    this.#update();
  }

  #update(): void {
    this.#irq.set((this.#raw() & this.registers.get("GPIOIE")) !== 0);
  }
}
