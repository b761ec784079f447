/**
 * GDB's remote protocol, the lower half: packets "$...#cc" with a checksum, acknowledgements, the interrupt character. A packet is a
 * string of one character a byte. (GDB manual, appendix "Remote Serial Protocol", Overview.)
 */

const INTERRUPT = 0x03;
const [DOLLAR, HASH, PLUS, MINUS, ESCAPE] = [0x24, 0x23, 0x2b, 0x2d, 0x7d];
/** Longer than any packet that is asked for with PacketSize; more is a client gone mad. */
const LONGEST = 0x2_0000;

export interface PacketEvents {
  packet(text: string): void;
  interrupt(): void;
}

export class PacketStream {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #events: PacketEvents;
  /** False after QStartNoAckMode. */
  acknowledges = true;
  /** The packet under way: its bytes, unescaped later; undefined between packets. */
  #body: number[] | undefined;
  /** Digits of the checksum that have come; undefined while the body lasts. */
  #checksum: string | undefined;
  #last: Uint8Array | undefined;

  constructor(write: (bytes: Uint8Array) => void, events: PacketEvents) {
    this.#write = write;
    this.#events = events;
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.#take(byte);
  }

  #take(byte: number): void {
    if (this.#body === undefined) {
      if (byte === DOLLAR) this.#body = [];
      else if (byte === INTERRUPT) this.#events.interrupt();
      else if (byte === MINUS && this.acknowledges && this.#last !== undefined) this.#write(this.#last);
      return;
    }
    if (this.#checksum !== undefined) {
      this.#checksum += String.fromCharCode(byte);
      if (this.#checksum.length === 2) this.#end(this.#body, this.#checksum);
      return;
    }
    if (byte === HASH) this.#checksum = "";
    // The one before was cut short.
    else if (byte === DOLLAR) this.#body = [];
    else if (this.#body.length < LONGEST) this.#body.push(byte);
  }

  #end(body: readonly number[], checksum: string): void {
    this.#body = this.#checksum = undefined;
    const sum = body.reduce((total, byte) => total + byte, 0) & 0xff;
    const good = sum === Number.parseInt(checksum, 16);
    if (this.acknowledges) this.#write(Uint8Array.of(good ? PLUS : MINUS));
    else if (!good) return;
    if (good) this.#events.packet(unescaped(body));
  }

  send(text: string): void {
    const body = escaped(text);
    const sum = body.reduce((total, byte) => total + byte, 0) & 0xff;
    const bytes = Uint8Array.of(DOLLAR, ...body, HASH, ...[...sum.toString(16).padStart(2, "0")].map((c) => c.charCodeAt(0)));
    this.#last = bytes;
    this.#write(bytes);
  }
}

function unescaped(body: readonly number[]): string {
  let text = "";
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    text += String.fromCharCode(byte === ESCAPE && i + 1 < body.length ? body[++i]! ^ 0x20 : byte);
  }
  return text;
}

/** Characters that mean something in a packet; "*" would say that what is before it comes several times. */
const special = new Set([DOLLAR, HASH, ESCAPE, 0x2a]);

const escaped = (text: string): number[] =>
  [...text].flatMap((c) => {
    const byte = c.charCodeAt(0);
    return special.has(byte) ? [ESCAPE, byte ^ 0x20] : [byte];
  });
