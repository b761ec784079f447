/** A ring of bytes, of fixed capacity; each has eight more bits for what came with it (line errors). */
export class Fifo {
  readonly #bytes: Uint16Array;
  #first = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint16Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get room(): number {
    return this.#bytes.length - this.#length;
  }

  /** False, and nothing happens, if there is no room. */
  push(byte: number): boolean {
    if (this.room === 0) return false;
    this.#bytes[(this.#first + this.#length++) % this.#bytes.length] = byte;
    return true;
  }

  /** The oldest byte, or undefined. */
  shift(): number | undefined {
    if (this.#length === 0) return undefined;
    const byte = this.#bytes[this.#first];
    this.#first = (this.#first + 1) % this.#bytes.length;
    this.#length--;
    return byte;
  }

  clear(): void {
    this.#first = 0;
    this.#length = 0;
  }
}
