/**
 * A mouse with the PS/2 interface (IBM PS/2 Hardware Interface Technical Reference, "Mouse"): three buttons, and after the sequences of sample
 * rates by which drivers ask for it a wheel (identifier 3) and two more buttons (4), as Microsoft's mice have them.
 * Not modelled: the sample rate's effect.
 */
import { ACK, type Ps2Device, Ps2Port } from "./ps2-port.ts";

const SELF_TEST_PASSED = 0xaa;

export class Ps2Mouse implements Ps2Device {
  readonly port = new Ps2Port();
  #identifier = 0;
  #rate = 100;
  #resolution = 2;
  #doubled = false;
  #reporting = false;
  #remote = false;
  #wrap = false;
  #command = 0;
  /** The last three rates that were set. */
  #knock: number[] = [];
  #dx = 0;
  #dy = 0;
  #dz = 0;
  #buttons = 0;

  reset(): void {
    this.port.clear();
    this.#identifier = 0;
    this.#wrap = false;
    this.#command = 0;
    this.#knock = [];
    this.#defaults();
  }

  #defaults(): void {
    this.#rate = 100;
    this.#resolution = 2;
    this.#doubled = this.#reporting = this.#remote = false;
    this.#dx = this.#dy = this.#dz = 0;
  }

  /** Right and up are positive, the wheel's direction is the guest's; buttons from bit 0 on: left, right, middle, fourth, fifth. */
  move(dx: number, dy: number, dz: number, buttons: number): void {
    this.#dx += dx;
    this.#dy += dy;
    this.#dz += dz;
    this.#buttons = buttons;
    if (this.#reporting && !this.#remote && !this.#wrap) this.#report();
  }

  #report(): void {
    const limited = (value: number, most: number): number => Math.max(-most - 1, Math.min(most, value));
    const [dx, dy, dz] = [limited(this.#dx, 255), limited(this.#dy, 255), limited(this.#dz, 7)];
    const first = 8 | (this.#buttons & 7) | (dx < 0 ? 0x10 : 0) | (dy < 0 ? 0x20 : 0);
    const fourth = this.#identifier === 3 ? [dz & 0xff] : this.#identifier === 4 ? [(dz & 0xf) | ((this.#buttons & 0x18) << 1)] : [];
    if (!this.port.send(first, dx & 0xff, dy & 0xff, ...fourth)) return;
    this.#dx -= dx;
    this.#dy -= dy;
    this.#dz -= dz;
  }

  write(byte: number): void {
    // In wrap mode all comes back but what ends it.
    if (this.#wrap && byte !== 0xec && byte !== 0xff) {
      this.port.send(byte);
      return;
    }
    const command = this.#command;
    this.#command = 0;
    if (command === 0) return this.#first(byte);
    if (command === 0xf3) this.#setRate(byte);
    else this.#resolution = byte & 3;
    this.port.send(ACK);
  }

  #setRate(rate: number): void {
    this.#rate = rate;
    this.#knock = [...this.#knock, rate].slice(-3);
    const sequence = this.#knock.join(" ");
    if (sequence === "200 100 80") this.#identifier = 3;
    else if (sequence === "200 200 80" && this.#identifier === 3) this.#identifier = 4;
  }

  #first(command: number): void {
    const { port } = this;
    switch (command) {
      case 0xe6:
      case 0xe7:
        this.#doubled = command === 0xe7;
        break;
      case 0xe8: // resolution, sample rate: a byte follows
      case 0xf3:
        this.#command = command;
        break;
      case 0xe9: {
        const modes = (this.#remote ? 0x40 : 0) | (this.#reporting ? 0x20 : 0) | (this.#doubled ? 0x10 : 0);
        const buttons = ((this.#buttons & 1) << 2) | ((this.#buttons & 2) >>> 1) | ((this.#buttons & 4) >>> 1);
        port.send(ACK, modes | buttons, this.#resolution, this.#rate);
        return;
      }
      case 0xea:
      case 0xf0:
        this.#remote = command === 0xf0;
        break;
      case 0xeb:
        port.send(ACK);
        return this.#report();
      case 0xec:
      case 0xee:
        this.#wrap = command === 0xee;
        break;
      case 0xf2:
        port.send(ACK, this.#identifier);
        return;
      case 0xf4:
      case 0xf5:
        this.#reporting = command === 0xf4;
        break;
      case 0xf6:
        this.#defaults();
        break;
      case 0xfe:
        return port.repeat();
      case 0xff:
        this.reset();
        port.send(ACK, SELF_TEST_PASSED, this.#identifier);
        return;
      default:
        return port.refuse();
    }
    port.send(ACK);
  }
}
