/** The SMBus host of the PIIX4 (290562, 7.3), with a bus that nothing is on: every transfer ends with no device having answered. */
import type { MmioDevice } from "@tsemu/hw";

const STATUS = 0;
const CONTROL = 2;
// Status: error bits and the interrupt's cause are cleared by writing ones.
const DEVICE_ERROR = 0x04;
const CLEARED = 0x1e;
const START = 0x40;
const registers = 16;

export class SmBusHost implements MmioDevice {
  readonly #bytes = new Uint8Array(registers);

  reset(): void {
    this.#bytes.fill(0);
  }

  read(at: number, size: number): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (this.#bytes[at + i] ?? 0);
    return value;
  }

  write(at: number, value: number, size: number): void {
    for (let i = 0; i < size && at + i < registers; i++) this.#writeByte(at + i, (value >>> (8 * i)) & 0xff);
  }

  #writeByte(at: number, byte: number): void {
    if (at === STATUS) this.#bytes[STATUS]! &= ~(byte & CLEARED);
    else if (at === CONTROL) {
      this.#bytes[CONTROL] = byte & ~START;
      if ((byte & START) !== 0) this.#bytes[STATUS]! |= DEVICE_ERROR;
    } else this.#bytes[at] = byte;
  }
}
