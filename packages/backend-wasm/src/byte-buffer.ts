/** Bytes that are written one after the other, with the encodings of the WebAssembly binary format (LEB128). */
export class ByteBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  #room(n: number): void {
    if (this.length + n <= this.bytes.length) return;
    const larger = new Uint8Array(2 * (this.bytes.length + n));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.#room(1);
    this.bytes[this.length++] = value;
  }

  /** Unsigned, below 2^32. */
  unsigned(value: number): void {
    this.#room(5);
    const { bytes } = this;
    let left = value >>> 0;
    while (left >= 0x80) {
      bytes[this.length++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    bytes[this.length++] = left;
  }

  /** Signed, 32 bits. */
  signed(value: number): void {
    this.#room(5);
    const { bytes } = this;
    let left = value | 0;
    while (left < -0x40 || left >= 0x40) {
      bytes[this.length++] = (left & 0x7f) | 0x80;
      left >>= 7;
    }
    bytes[this.length++] = left & 0x7f;
  }

  /** Signed, 64 bits. */
  signed64(value: bigint): void {
    let left = BigInt.asIntN(64, value);
    if (left === BigInt.asIntN(32, left)) return this.signed(Number(left));
    this.#room(10);
    while (left < -0x40n || left >= 0x40n) {
      this.byte(Number(left & 0x7fn) | 0x80);
      left >>= 7n;
    }
    this.byte(Number(left & 0x7fn));
  }

  append(more: ArrayLike<number>): void {
    this.#room(more.length);
    this.bytes.set(more, this.length);
    this.length += more.length;
  }

  text(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  result(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }
}
