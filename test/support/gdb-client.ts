/** The other end of GDB's remote protocol, for tests: sends packets, and waits for what comes back. */
const checksum = (text: string): string =>
  [...text]
    .reduce((sum, c) => (sum + c.charCodeAt(0)) & 0xff, 0)
    .toString(16)
    .padStart(2, "0");

export class GdbClient {
  readonly #send: (bytes: Uint8Array) => void;
  #text = "";
  #waiting: (() => void) | undefined;
  /** Acknowledgements that have come, in order. */
  acks = "";

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  receive(bytes: Uint8Array): void {
    this.#text += Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    this.#waiting?.();
  }

  raw(text: string): void {
    this.#send(Uint8Array.from(text, (c) => c.charCodeAt(0)));
  }

  /** The next packet from the other side. */
  async packet(): Promise<string> {
    for (;;) {
      this.acks += /^[+-]*/.exec(this.#text)![0];
      this.#text = this.#text.replace(/^[+-]*/, "");
      const match = /^\$([^#]*)#(..)/s.exec(this.#text);
      if (match !== null) {
        if (checksum(match[1]!) !== match[2]) throw new Error(`bad checksum: ${match[0]}`);
        this.#text = this.#text.slice(match[0].length);
        return match[1]!.replaceAll(/\}(.)/gs, (_all, c: string) => String.fromCharCode(c.charCodeAt(0) ^ 0x20));
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  post(text: string): void {
    this.raw(`$${text}#${checksum(text)}`);
  }

  /** Sends a packet and returns the answer. */
  ask(text: string): Promise<string> {
    this.post(text);
    return this.packet();
  }

  /** A register of 32 bits, low byte first, by gdb's number. */
  async register(number: number): Promise<number> {
    return word(await this.ask(`p${number.toString(16)}`));
  }
}

/** Eight digits of a little-endian word. */
export const word = (digits: string): number => Number.parseInt(digits.match(/../g)!.toReversed().join(""), 16);
export const digits = (value: number): string => value.toString(16).padStart(8, "0").match(/../g)!.toReversed().join("");
