/**
 * The keyboard controller of PCs: an Intel 8042 with IBM's program (PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device
 * Controller"), a keyboard and a mouse. Registers: 0 is port 0x60, 1 is port 0x64.
 * Not modelled: the time that a byte takes, passwords, the controller's memory beyond the command byte.
 */
import type { Device, DeviceWires, IrqLine, MmioDevice } from "@tsemu/hw";
import { Fifo } from "@tsemu/hw";
import type { Ps2Device } from "./ps2-port.ts";

// Status
const OUTPUT_FULL = 0x01;
const SYSTEM = 0x04;
const COMMAND = 0x08;
const UNLOCKED = 0x10;
const FROM_MOUSE = 0x20;
// Command byte
const KEYBOARD_IRQ = 0x01;
const MOUSE_IRQ = 0x02;
const KEYBOARD_OFF = 0x10;
const MOUSE_OFF = 0x20;
const TRANSLATE = 0x40;
// Output port
const NO_RESET = 0x01;
const A20 = 0x02;
const BREAK = 0xf0;

export interface I8042Options extends DeviceWires {
  readonly keyboard: Ps2Device;
  readonly mouse: Ps2Device;
  /** ISA interrupt requests 1 and 12. */
  readonly irqs: readonly [keyboard: IrqLine, mouse: IrqLine];
  readonly onReset: () => void;
  /** The gate of address line 20, on boards that have one. */
  readonly onA20?: (open: boolean) => void;
}

export class I8042 implements Device, MmioDevice {
  readonly #o: I8042Options;
  /** Answers of the controller itself go before what its devices say. */
  readonly #own = new Fifo(16);
  #output = 0;
  #status = 0;
  #commandByte = 0;
  #outputPort = 0;
  /** The command whose byte is to come at port 0x60. */
  #pending = 0;
  /** Set 2 announces that a key goes up with a byte of its own. */
  #break = false;

  constructor(o: I8042Options) {
    this.#o = o;
    o.keyboard.port.onData = () => this.#fill();
    o.mouse.port.onData = () => this.#fill();
    this.reset();
  }

  reset(): void {
    this.#own.clear();
    this.#status = UNLOCKED | COMMAND;
    this.#commandByte = KEYBOARD_IRQ | MOUSE_IRQ;
    this.#outputPort = NO_RESET | A20;
    this.#output = this.#pending = 0;
    this.#break = false;
    this.#o.keyboard.reset();
    this.#o.mouse.reset();
    this.#drive();
  }

  read(offset: number): number {
    if ((offset & 1) !== 0) return this.#status;
    const byte = this.#output;
    this.#status &= ~(OUTPUT_FULL | FROM_MOUSE);
    this.#drive();
    this.#fill();
    return byte;
  }

  write(offset: number, value: number): void {
    const byte = value & 0xff;
    if ((offset & 1) !== 0) {
      this.#status |= COMMAND;
      this.#command(byte);
    } else {
      this.#status &= ~COMMAND;
      const command = this.#pending;
      this.#pending = 0;
      this.#data(command, byte);
    }
  }

  #command(command: number): void {
    switch (command) {
      case 0x20:
        return this.#answer(this.#commandByte);
      case 0x60: // command byte, output port, buffers, to the mouse: a byte follows
      case 0xd1:
      case 0xd2:
      case 0xd3:
      case 0xd4:
        this.#pending = command;
        return;
      case 0xa7:
        return this.#setCommandByte(this.#commandByte | MOUSE_OFF);
      case 0xa8:
        return this.#setCommandByte(this.#commandByte & ~MOUSE_OFF);
      case 0xa9: // the mouse's wires, the keyboard's: no error
      case 0xab:
        return this.#answer(0);
      case 0xaa: // self-test
        this.#status |= SYSTEM;
        return this.#answer(0x55);
      case 0xad:
        return this.#setCommandByte(this.#commandByte | KEYBOARD_OFF);
      case 0xae:
        return this.#setCommandByte(this.#commandByte & ~KEYBOARD_OFF);
      case 0xc0: // input port: not locked
        return this.#answer(0x80);
      case 0xd0:
        return this.#answer(
          this.#outputPort | ((this.#status & OUTPUT_FULL) !== 0 ? ((this.#status & FROM_MOUSE) === 0 ? 0x10 : 0x20) : 0),
        );
      case 0xdd:
      case 0xdf:
        return this.#setOutputPort((this.#outputPort & ~A20) | (command === 0xdf ? A20 : 0));
      default:
        // A pulse on bits 0 to 3 of the output port that are zero.
        if (command >= 0xf0) {
          if ((command & NO_RESET) === 0) this.#o.onReset();
          return;
        }
        this.#o.log.log("unimp", () => `${this.#o.name}: command 0x${command.toString(16)} is not implemented`);
    }
  }

  #data(command: number, byte: number): void {
    switch (command) {
      case 0x60:
        return this.#setCommandByte(byte);
      case 0xd1:
        return this.#setOutputPort(byte);
      case 0xd2:
        return this.#put(byte, false);
      case 0xd3:
        return this.#put(byte, true);
      case 0xd4:
        this.#setCommandByte(this.#commandByte & ~MOUSE_OFF);
        return this.#o.mouse.write(byte);
      default:
        // Writing to the keyboard switches it on.
        this.#setCommandByte(this.#commandByte & ~KEYBOARD_OFF);
        return this.#o.keyboard.write(byte);
    }
  }

  #setCommandByte(value: number): void {
    this.#commandByte = value;
    this.#status = (this.#status & ~SYSTEM) | (value & SYSTEM);
    this.#drive();
    this.#fill();
  }

  #setOutputPort(value: number): void {
    this.#outputPort = value & (NO_RESET | A20);
    this.#o.onA20?.((value & A20) !== 0);
    if ((value & NO_RESET) === 0) this.#o.onReset();
  }

  #answer(byte: number): void {
    this.#own.push(byte);
    this.#fill();
  }

  /** Puts the next byte into the output buffer, if that is empty. */
  #fill(): void {
    if ((this.#status & OUTPUT_FULL) !== 0) return;
    const own = this.#own.shift();
    if (own !== undefined) return this.#put(own, false);
    if ((this.#commandByte & KEYBOARD_OFF) === 0) {
      const byte = this.#fromKeyboard();
      if (byte !== undefined) return this.#put(byte, false);
    }
    if ((this.#commandByte & MOUSE_OFF) !== 0) return;
    const byte = this.#o.mouse.port.take();
    if (byte !== undefined) this.#put(byte, true);
  }

  /** In set 1, if the controller is to translate. */
  #fromKeyboard(): number | undefined {
    for (;;) {
      const byte = this.#o.keyboard.port.take();
      if (byte === undefined || (this.#commandByte & TRANSLATE) === 0) return byte;
      if (byte !== BREAK) {
        const up = this.#break ? 0x80 : 0;
        this.#break = false;
        return setOne(byte) | up;
      }
      this.#break = true;
    }
  }

  #put(byte: number, fromMouse: boolean): void {
    this.#output = byte;
    this.#status = (this.#status & ~FROM_MOUSE) | OUTPUT_FULL | (fromMouse ? FROM_MOUSE : 0);
    this.#drive();
  }

  #drive(): void {
    const full = (this.#status & OUTPUT_FULL) !== 0;
    const fromMouse = (this.#status & FROM_MOUSE) !== 0;
    this.#o.irqs[0].set(full && !fromMouse && (this.#commandByte & KEYBOARD_IRQ) !== 0);
    this.#o.irqs[1].set(full && fromMouse && (this.#commandByte & MOUSE_IRQ) !== 0);
  }
}

/** Set 1's codes for set 2's 0x00 to 0x7f, as the controller's program has them. */
const translation = Uint8Array.from(
  (
    "ff 43 41 3f 3d 3b 3c 58 64 44 42 40 3e 0f 29 59 65 38 2a 70 1d 10 02 5a 66 71 2c 1f 1e 11 03 5b " +
    "67 2e 2d 20 12 05 04 5c 68 39 2f 21 14 13 06 5d 69 31 30 23 22 15 07 5e 6a 72 32 24 16 08 09 5f " +
    "6b 33 25 17 18 0b 0a 60 6c 34 35 26 27 19 0c 61 6d 73 28 74 1a 0d 62 6e 3a 36 1c 1b 75 2b 63 76 " +
    "55 56 77 78 79 7a 0e 7b 7c 4f 7d 4b 47 7e 7f 6f 52 53 50 4c 4d 48 01 45 57 4e 51 4a 37 49 46 54"
  )
    .split(" ")
    .map((byte) => Number.parseInt(byte, 16)),
);

/** Above 0x7f are F7 and SysRq, and answers, which stay as they are. */
const setOne = (byte: number): number => (byte < 0x80 ? translation[byte]! : byte === 0x83 ? 0x41 : byte === 0x84 ? 0x54 : byte);
