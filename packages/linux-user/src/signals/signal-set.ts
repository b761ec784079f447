/** A set of signals 1..64 as two words, never changed. */
export class SignalSet {
  readonly low: number;
  readonly high: number;

  constructor(low = 0, high = 0) {
    this.low = low >>> 0;
    this.high = high >>> 0;
  }

  static readonly empty = new SignalSet();

  static of(...signals: readonly number[]): SignalSet {
    return signals.reduce((set, signal) => set.with(signal), SignalSet.empty);
  }

  has(signal: number): boolean {
    return signal <= 32 ? ((this.low >>> (signal - 1)) & 1) !== 0 : ((this.high >>> (signal - 33)) & 1) !== 0;
  }

  with(signal: number): SignalSet {
    return signal <= 32
      ? new SignalSet(this.low | (1 << (signal - 1)), this.high)
      : new SignalSet(this.low, this.high | (1 << (signal - 33)));
  }

  without(signal: number): SignalSet {
    return signal <= 32
      ? new SignalSet(this.low & ~(1 << (signal - 1)), this.high)
      : new SignalSet(this.low, this.high & ~(1 << (signal - 33)));
  }

  union(other: SignalSet): SignalSet {
    return new SignalSet(this.low | other.low, this.high | other.high);
  }

  minus(other: SignalSet): SignalSet {
    return new SignalSet(this.low & ~other.low, this.high & ~other.high);
  }

  intersection(other: SignalSet): SignalSet {
    return new SignalSet(this.low & other.low, this.high & other.high);
  }

  get isEmpty(): boolean {
    return this.low === 0 && this.high === 0;
  }

  /** The lowest signal, or 0. */
  get first(): number {
    if (this.low !== 0) return 32 - Math.clz32(this.low & -this.low);
    if (this.high !== 0) return 64 - Math.clz32(this.high & -this.high);
    return 0;
  }

  /** As sigset_t has it. */
  bytes(littleEndian: boolean): Uint8Array {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, this.low, littleEndian);
    view.setUint32(4, this.high, littleEndian);
    return bytes;
  }
}
