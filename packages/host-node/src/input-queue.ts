/** What came from the host for a guest and has not been taken by its device yet. */
export class InputQueue {
  #accept: ((bytes: Uint8Array) => number) | undefined;
  #waiting: Uint8Array[] = [];
  #offering = false;
  /** Bytes that wait. */
  length = 0;

  attach(accept: (bytes: Uint8Array) => number): void {
    this.#accept = accept;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.length += bytes.length;
    this.offer();
  }

  /** Offers what waits, until the device takes no more. */
  offer(): void {
    // A device may say that it has room while it is taking.
    if (this.#accept === undefined || this.#offering) return;
    this.#offering = true;
    try {
      for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
        const taken = Math.min(this.#accept(first), first.length);
        if (taken <= 0) return;
        this.length -= taken;
        if (taken === first.length) this.#waiting.shift();
        else this.#waiting[0] = first.subarray(taken);
      }
    } finally {
      this.#offering = false;
    }
  }
}
