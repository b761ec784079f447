/**
 * The board controller of MIPS Malta (MD00048, Malta User's Manual, chapter 4): switches, LEDs, an alphanumeric display of eight characters, the
 * reset register. Registers are words at multiples of 8. The UART among them is a device of its own.
 * Not modelled: the I2C bus with the memory module's EEPROM, the general-purpose pins (stored), the break button.
 */
import { type Device, type DeviceWires, type MmioDevice, RegisterBank } from "@tsemu/hw";

const BIG_ENDIAN = 2;
/** What SOFTRES takes for a reset. */
const GORESET = 0x42;

export interface MaltaFpgaOptions extends DeviceWires {
  readonly bigEndian: boolean;
  readonly onReset: () => void;
}

export class MaltaFpga implements Device, MmioDevice {
  readonly registers: RegisterBank;
  readonly #characters = new Uint8Array(8).fill(0x20);

  constructor(o: MaltaFpgaOptions) {
    const position = (n: number) => ({
      at: 0x418 + 8 * n,
      bits: 0,
      read: () => this.#characters[n]!,
      write: (value: number) => void (this.#characters[n] = value),
    });
    this.registers = new RegisterBank(o, {
      SWITCH: { at: 0x200, bits: 0 },
      STATUS: { at: 0x208, bits: 0, reset: o.bigEndian ? BIG_ENDIAN : 0 },
      // A PCI clock of 33 MHz.
      JMPRS: { at: 0x210, bits: 0 },
      LEDBAR: { at: 0x408, bits: 0xff },
      ASCIIWORD: { at: 0x410, write: (value) => this.#showWord(value) },
      ASCIIPOS0: position(0),
      ASCIIPOS1: position(1),
      ASCIIPOS2: position(2),
      ASCIIPOS3: position(3),
      ASCIIPOS4: position(4),
      ASCIIPOS5: position(5),
      ASCIIPOS6: position(6),
      ASCIIPOS7: position(7),
      // Reads as zero: Linux (regmap) does not write what it has just read, and would not reboot.
      SOFTRES: {
        at: 0x500,
        bits: 0,
        write: (value) => {
          if (value === GORESET) o.onReset();
        },
      },
      BRKRES: { at: 0x508, bits: 0xff, reset: 0x0a },
      GPOUT: { at: 0xa00, bits: 0xff },
      GPINP: { at: 0xa08, bits: 0 },
      I2CINP: { at: 0xb00, bits: 0, reset: 3 },
      I2COE: { at: 0xb08, bits: 3, unimplemented: 3 },
      I2COUT: { at: 0xb10, bits: 3, reset: 3 },
      I2CSEL: { at: 0xb18, bits: 1, reset: 1 },
    });
  }

  read(offset: number, size: number): number {
    return this.registers.read(offset, size);
  }

  write(offset: number, value: number, size: number): void {
    this.registers.write(offset, value, size);
  }

  /** What the display shows. */
  get display(): string {
    return String.fromCharCode(...this.#characters);
  }

  /** ASCIIWORD: a number in eight hexadecimal digits. */
  #showWord(value: number): void {
    [...value.toString(16).toUpperCase().padStart(8, "0")].forEach((digit, n) => (this.#characters[n] = digit.charCodeAt(0)));
  }

  reset(): void {
    this.registers.reset();
    this.#characters.fill(0x20);
  }
}
