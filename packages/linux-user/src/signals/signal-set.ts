/** A set of signals 1..128 as four words, never changed. Most architectures have signals 1..64 alone. */
const at = (signal: number): number => (signal - 1) >>> 5;
const bit = (signal: number): number => 1 << ((signal - 1) & 31);

export class SignalSet {
  /** The lowest signals first. */
  readonly words: readonly [number, number, number, number];

  /** From its words, as many as are given. */
  constructor([a = 0, b = 0, c = 0, d = 0]: readonly number[] = []) {
    this.words = [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
  }

  static readonly empty = new SignalSet();

  static of(...signals: readonly number[]): SignalSet {
    return signals.reduce((set, signal) => set.with(signal), SignalSet.empty);
  }

  /** Signals 1 to 32. */
  get low(): number {
    return this.words[0]!;
  }

  has(signal: number): boolean {
    return (this.words[at(signal)]! & bit(signal)) !== 0;
  }

  with(signal: number): SignalSet {
    return new SignalSet(this.words.map((word, n) => (n === at(signal) ? word | bit(signal) : word)));
  }

  without(signal: number): SignalSet {
    return new SignalSet(this.words.map((word, n) => (n === at(signal) ? word & ~bit(signal) : word)));
  }

  union(other: SignalSet): SignalSet {
    return new SignalSet(this.words.map((word, n) => word | other.words[n]!));
  }

  minus(other: SignalSet): SignalSet {
    return new SignalSet(this.words.map((word, n) => word & ~other.words[n]!));
  }

  intersection(other: SignalSet): SignalSet {
    return new SignalSet(this.words.map((word, n) => word & other.words[n]!));
  }

  get isEmpty(): boolean {
    return this.words.every((word) => word === 0);
  }

  /** The lowest signal, or 0. */
  get first(): number {
    const n = this.words.findIndex((word) => word !== 0);
    return n < 0 ? 0 : 32 * (n + 1) - Math.clz32(this.words[n]! & -this.words[n]!);
  }
}
