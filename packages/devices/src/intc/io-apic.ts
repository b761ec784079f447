/**
 * I/O APIC: Intel 82093AA (290566), with the 24 inputs of its successors and their EOI register (version 0x20). Its messages go to the local
 * APIC of the only CPU.
 */
import { type Device, type DeviceWires, type IrqLine, lanes, type MmioDevice } from "@tsemu/hw";
import { type ApicMessage, delivery } from "./local-apic.ts";

const pins = 24;
const SELECT = 0x00;
const WINDOW = 0x10;
const EOI = 0x40;
const VERSION = 0x20 | ((pins - 1) << 16);
// Lower word of a redirection entry.
const LOGICAL = 0x800;
const REMOTE_IRR = 0x4000;
const LEVEL = 0x8000;
const MASKED = 0x1_0000;
/** Delivery status and remote IRR are read only. */
const WRITABLE = 0x1_afff;

export interface IoApicOptions extends DeviceWires {
  readonly deliver: (message: ApicMessage) => void;
  /** The acknowledge cycle of the 8259 pair, for inputs that say ExtINT. */
  readonly acknowledgePic: () => number;
}

export class IoApic implements Device, MmioDevice {
  readonly #o: IoApicOptions;
  readonly #low = new Uint32Array(pins).fill(MASKED);
  readonly #high = new Uint32Array(pins);
  #select = 0;
  #id = 0;
  /** Levels of the inputs. */
  #lines = 0;
  /** Edges that no message has been sent for. */
  #edges = 0;

  constructor(o: IoApicOptions) {
    this.#o = o;
  }

  reset(): void {
    this.#low.fill(MASKED);
    this.#high.fill(0);
    this.#select = this.#id = this.#edges = 0;
  }

  input(n: number): IrqLine {
    const bit = 1 << n;
    return {
      set: (level) => {
        const rose = level && (this.#lines & bit) === 0;
        this.#lines = level ? this.#lines | bit : this.#lines & ~bit;
        // An edge that comes while the input is masked is remembered until it is not, as QEMU does: a driver finds what came before it.
        if (rose && (this.#low[n]! & LEVEL) === 0) this.#edges |= bit;
        this.#service(n);
      },
    };
  }

  /** Sends the input's message, if it is to be sent now. */
  #service(n: number): void {
    const entry = this.#low[n]!;
    const level = (entry & LEVEL) !== 0;
    if ((entry & MASKED) !== 0 || (((level ? this.#lines : this.#edges) >>> n) & 1) === 0) return;
    this.#edges &= ~(1 << n);
    if (level && (entry & REMOTE_IRR) !== 0) return;
    const mode = (entry >>> 8) & 7;
    if (level && (mode === delivery.fixed || mode === delivery.lowest)) this.#low[n] = entry | REMOTE_IRR;
    const extInt = mode === delivery.extInt;
    this.#o.deliver({
      vector: extInt ? this.#o.acknowledgePic() : entry & 0xff,
      mode: extInt ? delivery.fixed : mode,
      destination: this.#high[n]! >>> 24,
      logical: (entry & LOGICAL) !== 0,
      level,
    });
  }

  /** The CPU is done with a level-triggered vector: where the line is still high, it begins again. */
  endOfInterrupt(vector: number): void {
    for (let n = 0; n < pins; n++) {
      if ((this.#low[n]! & 0xff) !== vector || (this.#low[n]! & REMOTE_IRR) === 0) continue;
      this.#low[n]! &= ~REMOTE_IRR;
      this.#service(n);
    }
  }

  read(offset: number, size: number): number {
    const at = offset & 0xff & ~3;
    return lanes(at === SELECT ? this.#select : at === WINDOW ? this.#register(this.#select) : 0, offset, size);
  }

  #register(n: number): number {
    if (n === 0 || n === 2) return this.#id << 24;
    if (n === 1) return VERSION;
    const pin = (n - 0x10) >>> 1;
    if (n < 0x10 || pin >= pins) return 0;
    return (n & 1) === 0 ? this.#low[pin]! : this.#high[pin]!;
  }

  write(offset: number, value: number, size: number): void {
    const at = offset & 0xff;
    if (at === SELECT) this.#select = value & 0xff;
    else if (at === WINDOW && size === 4) this.#writeRegister(this.#select, value >>> 0);
    else if (at === EOI) this.endOfInterrupt(value & 0xff);
    else this.#o.log.log("guest_errors", () => `${this.#o.name}: write of ${size} bytes at offset 0x${at.toString(16)}`);
  }

  #writeRegister(n: number, value: number): void {
    const pin = (n - 0x10) >>> 1;
    if (n === 0) this.#id = (value >>> 24) & 0xf;
    if (n < 0x10 || pin >= pins) return;
    if ((n & 1) !== 0) {
      this.#high[pin] = value;
      return;
    }
    this.#low[pin] = (value & WRITABLE) | (this.#low[pin]! & ~WRITABLE);
    if ((value & LEVEL) === 0) this.#low[pin]! &= ~REMOTE_IRR;
    this.#service(pin);
  }
}
