/**
 * The operand stream of stream.h, case for case, and the running hash over results. Operands are u64 patterns, as BigInt.
 */

/** What stream.h calls an op: operand letters (h s d w l), the number of configurations, and the width of the result. */
export type StreamOp = { readonly operands: string; readonly configs: number; readonly resultBits: number };

/** Computes one case: returns the result (only its low resultBits count) and leaves the flags in `flags`. */
export type RunCase = (a: bigint, b: bigint, c: bigint, config: number) => { result: bigint; flags: number };

/** Called after each case. */
export type Observe = (a: bigint, b: bigint, c: bigint, config: number, result: bigint, flags: number) => void;

const special32 = [
  0x0, 0x1, 0x2, 0x400000, 0x7fffff, 0x800000, 0x800001, 0xffffff, 0x1000000, 0x3effffff, 0x3f000000, 0x3f000001, 0x3f7fffff, 0x3f800000,
  0x3f800001, 0x3fc00000, 0x40000000, 0x40400000, 0x4b000000, 0x4b000001, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000, 0x5f000000,
  0x5f800000, 0x7e800000, 0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fa00000, 0x7fbfffff, 0x7fc00000, 0x7fc12345, 0x7fffffff,
].map(BigInt);
const special64 = [
  0x0n,
  0x1n,
  0x2n,
  0x8000000000000n,
  0xfffffffffffffn,
  0x10000000000000n,
  0x10000000000001n,
  0x1fffffffffffffn,
  0x20000000000000n,
  0x3fdfffffffffffffn,
  0x3fe0000000000000n,
  0x3fe0000000000001n,
  0x3fefffffffffffffn,
  0x3ff0000000000000n,
  0x3ff0000000000001n,
  0x3ff8000000000000n,
  0x4000000000000000n,
  0x36a0000000000000n,
  0x380fffffe0000000n,
  0x380ffffff0000000n,
  0x3810000000000000n,
  0x41dfffffffc00000n,
  0x41e0000000000000n,
  0x41efffffffe00000n,
  0x41f0000000000000n,
  0x43e0000000000000n,
  0x43f0000000000000n,
  0x47efffffe0000000n,
  0x47effffff0000000n,
  0x7fe0000000000000n,
  0x7fefffffffffffffn,
  0x7ff0000000000000n,
  0x7ff0000000000001n,
  0x7ff4000000000000n,
  0x7ff8000000000000n,
  0x7fffffff12345678n,
];
const specials = 72;

const words = new Uint32Array(2);
const long = new BigUint64Array(words.buffer);
const single = new Float32Array(words.buffer);
const double = new Float64Array(words.buffer);

/** Runs the stream; `random` random cases after the enumerated ones. Returns the hash after the enumeration and at the end. */
export const runStream = (op: StreamOp, random: number, run: RunCase, observe?: Observe): [enumerated: number, all: number] => {
  let state = 1;
  let hash = 0;
  const kinds = op.operands;
  const configs = op.configs;
  const resultMask = (1n << BigInt(op.resultBits)) - 1n;

  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  const pattern = (high: number, low: number): bigint => {
    words[0] = low;
    words[1] = high;
    return long[0]!;
  };
  const special = (kind: string, i: number): bigint => {
    if (kind === "h") return BigInt(i);
    if (kind === "s") return special32[i >>> 1]! | (BigInt(i & 1) << 31n);
    if (kind === "d") return special64[i >>> 1]! | (BigInt(i & 1) << 63n);
    const power = 1n << BigInt(i & 63);
    return BigInt.asUintN(kind === "w" ? 32 : 64, i < 64 ? power - 1n : -power);
  };
  const randomFloat = (exponentBits: number, highBits: number, isDouble: boolean): bigint => {
    const top = (1 << exponentBits) - 1;
    const r = next();
    let high = next();
    let low = next();
    let exponent = next();
    const n = next();
    switch (r & 7) {
      case 0:
      case 1:
        exponent &= top;
        break;
      case 2:
        exponent %= highBits + 3;
        break;
      case 3:
        exponent = top - (exponent % (highBits + 3));
        break;
      default:
        exponent = (top >>> 1) + (exponent & 63) - 32;
    }
    switch ((r >>> 3) & 7) {
      case 0:
        high &= next() & next();
        low &= next() & next();
        break;
      case 1:
        if (n & 32) {
          low = 0;
          high &= -1 << (n & 31);
        } else low &= -1 << (n & 31);
        break;
      case 2:
        if (n & 32) {
          low = -1;
          high |= ~(-1 << (n & 31));
        } else low |= ~(-1 << (n & 31));
        break;
      default:
    }
    high = (high & ((1 << highBits) - 1)) | (exponent << highBits) | ((r >>> 31) << (exponentBits + highBits));
    return isDouble ? pattern(high, low) : pattern(0, high);
  };
  const randomOperand = (kind: string): bigint => {
    const r = next();
    if (kind === "h") return BigInt(r & 0xffff);
    if (kind === "w") return pattern(0, (next() >>> (r & 31)) ^ -(r >>> 31));
    if (kind === "l") {
      const high = next();
      const value = pattern(high, next()) >> BigInt(r & 63);
      return r >>> 31 ? BigInt.asUintN(64, -value) : value;
    }
    if ((r & 7) === 0) return special(kind, (r >>> 8) % specials);
    return kind === "s" ? randomFloat(8, 23, false) : randomFloat(11, 20, true);
  };
  const sameButFew = (kind: string, a: bigint): bigint => {
    const r = next();
    const sign = kind === "s" ? pattern(0, r & 0x80000000) : kind === "d" ? pattern(r & 0x80000000, 0) : 0n;
    return a ^ BigInt(r & 3) ^ sign;
  };
  const cancelling = (kind: string, a: bigint, b: bigint): bigint => {
    if (kind === "s") {
      words[0] = Number(a);
      const x = single[0]!;
      words[0] = Number(b);
      const product = Math.fround(-(x * single[0]!));
      if (Number.isNaN(product)) return 0n;
      words[1] = 0;
      single[0] = product;
      return long[0]!;
    }
    long[0] = a;
    const x = double[0]!;
    long[0] = b;
    const product = -(x * double[0]!);
    if (Number.isNaN(product)) return 0n;
    double[0] = product;
    return long[0]!;
  };
  const mixIn = (word: number): void => {
    const h = Math.imul(hash ^ word, 0x9e3779b1);
    hash = (h << 15) | (h >>> 17);
  };
  const runCase = (a: bigint, b: bigint, c: bigint, config: number): void => {
    const outcome = run(a, b, c, config);
    long[0] = outcome.result & resultMask;
    mixIn(words[0]!);
    if (op.resultBits === 64) mixIn(words[1]!);
    mixIn(outcome.flags);
    observe?.(a, b, c, config, outcome.result & resultMask, outcome.flags);
  };

  const [k0 = "", k1 = "", k2 = ""] = kinds;
  if (k0 === "h") {
    for (let a = 0; a < 65536; a++) runCase(BigInt(a), 0n, 0n, next() % configs);
  } else if (kinds.length < 3) {
    for (let config = 0; config < configs; config++) {
      for (let a = 0; a < specials; a++) {
        for (let b = 0; b < (kinds.length === 2 ? specials : 1); b++) {
          runCase(special(k0, a), kinds.length === 2 ? special(k1, b) : 0n, 0n, config);
        }
      }
    }
  }
  const enumerated = hash >>> 0;
  for (let i = 0; i < random; i++) {
    const r = next();
    const config = next() % configs;
    let a = randomOperand(k0);
    let b = 0n;
    let c = 0n;
    if (kinds.length > 1) b = (r & 7) === 0 ? sameButFew(k1, a) : randomOperand(k1);
    if (kinds.length > 2) {
      switch (r & 7) {
        case 1:
        case 2:
          c = cancelling(k2, a, b);
          break;
        case 3:
          c = cancelling(k2, a, b);
          c = sameButFew(k2, c);
          break;
        case 4:
          a = special(k0, next() % specials);
          b = special(k1, next() % specials);
          c = special(k2, next() % specials);
          break;
        default:
          c = randomOperand(k2);
      }
    }
    runCase(a, b, c, config);
  }
  return [enumerated, hash >>> 0];
};
