/**
 * A keyboard with the PS/2 interface (IBM PS/2 Hardware Interface Technical Reference, "Keyboards"), which speaks scan code set 2.
 * Not modelled: sets 1 and 3 (the controller translates into set 1), typematic repetition, what each key of set 3 does.
 */
import { ACK, type Ps2Device, Ps2Port } from "./ps2-port.ts";

const SELF_TEST_PASSED = 0xaa;
const ECHO = 0xee;

export class Ps2Keyboard implements Ps2Device {
  readonly port = new Ps2Port();
  #enabled = true;
  /** The command whose second byte is to come. */
  #command = 0;
  /** Scroll, num and caps lock, from bit 0 on. */
  leds = 0;

  reset(): void {
    this.port.clear();
    this.#defaults();
    this.#command = 0;
    this.leds = 0;
  }

  /** The bytes of a key going down or up, in set 2. False if they found no room, or the host does not want any. */
  key(...codes: number[]): boolean {
    return this.#enabled && this.port.send(...codes);
  }

  write(byte: number): void {
    const first = this.#command;
    this.#command = 0;
    // A command in place of the second byte is a new command.
    if (first !== 0 && byte < 0xed) return this.#second(first, byte);
    this.#first(byte);
  }

  #second(command: number, byte: number): void {
    if (command === 0xed) this.leds = byte & 7;
    // Set 2 is the only one; its number is what a question for the set gets.
    if (command === 0xf0 && byte === 0) this.port.send(ACK, 2);
    else if (command === 0xf0 && byte !== 2) this.port.refuse();
    else this.port.send(ACK);
  }

  #first(command: number): void {
    const { port } = this;
    switch (command) {
      case 0xed: // LEDs, scan code set, typematic rate: a byte follows
      case 0xf0:
      case 0xf3:
        this.#command = command;
        port.send(ACK);
        return;
      case 0xee:
        port.send(ECHO);
        return;
      case 0xf2:
        port.send(ACK, 0xab, 0x83);
        return;
      case 0xf4:
        port.clear();
        this.#enabled = true;
        port.send(ACK);
        return;
      case 0xf5: // back to the defaults, silent
      case 0xf6: // back to the defaults
        port.clear();
        this.#enabled = command === 0xf6;
        port.send(ACK);
        return;
      case 0xf7: // what keys do in set 3: taken, to no effect in set 2
      case 0xf8:
      case 0xf9:
      case 0xfa:
        port.send(ACK);
        return;
      case 0xfe:
        return port.repeat();
      case 0xff:
        this.reset();
        port.send(ACK, SELF_TEST_PASSED);
        return;
      default:
        port.refuse();
    }
  }

  #defaults(): void {
    this.#enabled = true;
  }
}
