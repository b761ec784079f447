/** The wire between a PS/2 device and the controller: what the device says waits here until the controller takes it. */
import { Fifo } from "@tsemu/hw";

export const ACK = 0xfa;
const RESEND = 0xfe;
/** Keyboards keep 16 bytes; a mouse's packets are dropped whole. */
const capacity = 64;

export class Ps2Port {
  readonly #queue = new Fifo(capacity);
  #last = 0;
  /** There is something to take. */
  onData: () => void = () => {};

  /** All of the bytes or, if there is no room, none. */
  send(...bytes: number[]): boolean {
    if (this.#queue.room < bytes.length) return false;
    for (const byte of bytes) this.#queue.push(byte);
    this.onData();
    return true;
  }

  take(): number | undefined {
    const byte = this.#queue.shift();
    if (byte !== undefined) this.#last = byte;
    return byte;
  }

  /** What the device answers to a command that it does not know. */
  refuse(): void {
    this.send(RESEND);
  }

  repeat(): void {
    this.send(this.#last);
  }

  clear(): void {
    this.#queue.clear();
  }
}

/** What a controller sees of a keyboard or a mouse. */
export interface Ps2Device {
  readonly port: Ps2Port;
  /** A byte from the host. */
  write(byte: number): void;
  reset(): void;
}
