/** Collects the single bytes that guests write, so that not every one of them is a system call. */
const capacity = 16_384;

export class OutputBuffer {
  readonly #sink: (bytes: Uint8Array) => void;
  #bytes = new Uint8Array(capacity);
  #length = 0;
  #scheduled = false;

  /** `sink` gets bytes that are its own to keep. */
  constructor(sink: (bytes: Uint8Array) => void) {
    this.#sink = sink;
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(bytes.length - at, capacity - this.#length);
      this.#bytes.set(bytes.subarray(at, at + taken), this.#length);
      this.#length += taken;
      at += taken;
      if (this.#length === capacity) this.flush();
    }
    if (this.#length === 0 || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Hands on what there is, now. */
  flush(): void {
    if (this.#length === 0) return;
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    this.#sink(bytes);
  }
}
