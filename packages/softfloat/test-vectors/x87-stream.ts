/**
 * The operand stream of x87.c, case for case, and the running hash over outcomes. Operands and results are three words: 64 bits of
 * significand, integer or pattern, then 16 of sign and exponent or digits.
 */

/** Where the case to be run is, and where its outcome is to be put. */
export type Case = {
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  /** Control word in the low half, condition codes before the instruction in the high one. */
  config: number;
  readonly first: Uint32Array;
  readonly second: Uint32Array;
  /** Bits of the status word; bit 16: not carried out. */
  status: number;
};

/** What x87.c calls an op; counts as the vectors have them. */
export type X87StreamOp = { readonly operands: string; readonly hasSecond: boolean; readonly loose: boolean };

const h = 0x80000000;
const ones = 0xffffffff;
// biome-ignore format: rows of three words
const special80 = [
  0, 0, 0, 1, 0, 0, 0, 0x40000000, 0, ones, 0x7fffffff, 0, 0, h, 0, ones, ones, 0, 0, h, 1, 1, h, 1, ones, ones, 1,
  0x12345, 0, 0, 0, h, 2,
  1, 0x40000000, 1, 0, 0x40000000, 0x3fff, 0, 0, 0x3fff, 0, 0, 0x7fff, 5, 0x40000000, 0x7fff,
  0, h, 0x3fff, 1, h, 0x3fff, ones, ones, 0x3ffe, 0, 0xc0000000, 0x3fff, 0, h, 0x4000, 0, 0xc0000000, 0x4000, 0, h, 0x3ffe,
  1, h, 0x3ffe, ones, ones, 0x3ffd, 0, 0xa0000000, 0x4002, 0x2168c235, 0xc90fdaa2, 0x4000, 0x2168c235, 0xc90fdaa2, 0x3fff,
  0x2168c234, 0xc90fdaa2, 0x3ffe, 0x33f9de64, 0xb504f333, 0x3ffe, 0x67f3bcc9, 0x95f61998, 0x3ffd, 0x33f9de65, 0xb504f333, 0x3fff,
  0, 0xfffe0000, 0x400d, 0, 0xffff0000, 0x400d, 0, h, 0x400e, 0, 0x80010000, 0x400e, 0, 0xfffffffe, 0x401d, 0, ones, 0x401d,
  0, h, 0x401e, h, h, 0x401e, ones - 1, ones, 0x403d, ones, ones, 0x403d, 0, h, 0x403e, 1, h, 0x403e, 0, h, 0x403f,
  0xa763ffff, 0xde0b6b3, 0, 0x4ec7fffc, 0xde0b6b3a, 0x403a, 0x4ec7fffe, 0xde0b6b3a, 0x403a, 0x4ec80000, 0xde0b6b3a, 0x403a,
  0, h, 0x3f81, 0, 0xffffff00, 0x3f80, 0, 0xffffff80, 0x3f80, 0, h, 0x3f69, 0, h, 0x3f6a, 0, 0xffffff00, 0x407e,
  0, 0xffffff80, 0x407e, 0, h, 0x3c01, 0xfffff800, ones, 0x3c00, 0xfffffc00, ones, 0x3c00, 0, h, 0x3bcd, 0xfffff800, ones, 0x43fe,
  0xfffffc00, ones, 0x43fe, 0, 0xc0000000, 0x400d, 0, h, 0x2000, 0, h, 0x5fff, 0, h, 0x6000,
  0, h, 0x7ffe, ones, ones, 0x7ffe, 0, h, 0x7fff, 1, h, 0x7fff, ones, 0xbfffffff, 0x7fff, 0, 0xc0000000, 0x7fff,
  1, 0xc0000000, 0x7fff, 0x12345, 0xc0000000, 0x7fff, ones, ones, 0x7fff,
];
const specials = (special80.length / 3) * 2;

const special = (v: Uint32Array, i: number): void => {
  const at = (i >>> 1) * 3;
  v[0] = special80[at]!;
  v[1] = special80[at + 1]!;
  v[2] = special80[at + 2]! | ((i & 1) << 15);
};

/** Runs the enumerated cases, unless loose, and so many random ones. Returns the hash after the enumeration and at the end. */
export const runX87Stream = (op: X87StreamOp, random: number, c: Case, run: () => void): [enumerated: number, all: number] => {
  let state = 1;
  let hash = 0;
  const { a, b, first, second } = c;

  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  const randomBits = (v: Uint32Array, choice: number): void => {
    let high = next();
    let low = next();
    const n = next();
    const upper = ones << (n & 31);
    switch (choice & 7) {
      case 0:
        high &= next() & next();
        low &= next() & next();
        break;
      case 1:
        if (n & 32) {
          low = 0;
          high &= upper;
        } else low &= upper;
        break;
      case 2:
        if (n & 32) {
          low = ones;
          high |= ~upper;
        } else low |= ~upper;
        break;
      default:
    }
    v[0] = low;
    v[1] = high;
  };
  const random80 = (v: Uint32Array): void => {
    const r = next();
    let e = next();
    if ((r & 7) === 0) {
      special(v, e % specials);
      return;
    }
    randomBits(v, r >>> 3);
    switch ((r >>> 6) & 15) {
      case 0:
      case 1:
        e &= 0x7fff;
        break;
      case 2:
        e %= 72;
        break;
      case 3:
        e = 0x7fff - (e % 72);
        break;
      case 4:
        e = 0x3f66 + (e % 30);
        break;
      case 5:
        e = (e & 0x100 ? 0x407c : 0x43fc) + (e & 3);
        break;
      case 6:
        e = 0x3bc8 + (e % 64);
        break;
      case 7:
      case 8:
        e = 0x3ff9 + (e & 7);
        break;
      case 9:
        e = 0x3fff + (e % 72);
        break;
      default:
        e = 0x3fdf + (e & 63);
    }
    if (((r >>> 10) & 31) !== 0 && e !== 0) v[1]! |= h;
    v[2] = e | ((r >>> 31) << 15);
  };
  const random32 = (v: Uint32Array): void => {
    const r = next();
    let e = next();
    randomBits(v, r);
    const k = (r >>> 3) & 7;
    e = k === 0 ? 0 : k === 1 ? 255 : k === 2 ? e & 255 : 127 + (e & 31) - 16;
    const fraction = ((r >>> 6) & 7) === 0 ? 0 : v[1]! & 0x7fffff;
    v[0] = fraction | (e << 23) | (r & h);
  };
  const random64 = (v: Uint32Array): void => {
    const r = next();
    let e = next();
    randomBits(v, r);
    v[1]! &= 0xfffff;
    const k = (r >>> 3) & 7;
    e = k === 0 ? 0 : k === 1 ? 2047 : k === 2 ? e & 2047 : 1023 + (e & 127) - 64;
    if (((r >>> 6) & 7) === 0) v[0] = v[1] = 0;
    v[1]! |= (e << 20) | (r & h);
  };
  const randomInteger = (v: Uint32Array): void => {
    const r = next();
    const n = r & 63;
    randomBits(v, r >>> 6);
    let low = v[0]!;
    let high = v[1]!;
    if (n >= 32) {
      low = high >>> (n - 32);
      high = 0;
    } else if (n > 0) {
      low = (low >>> n) | (high << (32 - n));
      high >>>= n;
    }
    if (r >>> 31) {
      high = ~high + (low === 0 ? 1 : 0);
      low = -low;
    }
    v[0] = low;
    v[1] = high;
  };
  const randomDecimal = (v: Uint32Array): void => {
    const r = next();
    const sign = next();
    for (let i = 0; i < 3; i++) {
      let d = next();
      let digits = 0;
      for (let k = 0; k < 8; k++, d >>>= 4) digits |= ((d & 15) < 10 || (r & 15) === 0 ? d & 15 : (d & 15) - 8) << (4 * k);
      v[i] = digits;
    }
    v[2] = (v[2]! & 0xff) | (sign & 0xff00);
    if (r & 16) v[1] = 0;
    if (r & 32) v[2] &= 0xff00;
  };
  const randomOperand = (v: Uint32Array, kind: string): void => {
    if (kind === "x") random80(v);
    else if (kind === "s") random32(v);
    else if (kind === "d") random64(v);
    else if (kind === "b") randomDecimal(v);
    else randomInteger(v);
  };
  const similar = (v: Uint32Array): void => {
    const r = next();
    v.set(a);
    if (r & 4) {
      v[0]! ^= r & 3;
    } else {
      randomBits(v, r >>> 8);
      v[1]! |= h;
      v[2] = (v[2]! + ((r >>> 16) & 127) - 64) & 0x7fff;
    }
    v[2]! ^= (r >>> 31) << 15;
  };
  const randomConfig = (): number => {
    const r = next();
    const masks = r & 0x1000 ? 0x3f : (r >>> 16) & 0x3f;
    return 0x40 | masks | [0x300, 0x300, 0x200, 0x000][r & 3]! | ((r & 0xc) << 8) | ((r & 0x470) << 20);
  };
  const mixIn = (word: number): void => {
    const mixed = Math.imul(hash ^ word, 0x9e3779b1);
    hash = (mixed << 15) | (mixed >>> 17);
  };
  const runCase = (): void => {
    c.config = randomConfig();
    runPrepared();
  };
  const runPrepared = (): void => {
    run();
    for (let i = 0; i < 3; i++) mixIn(first[i]!);
    if (op.hasSecond) for (let i = 0; i < 3; i++) mixIn(second[i]!);
    mixIn(c.status);
  };

  const [k0 = "", k1 = ""] = op.operands;
  a.fill(0);
  b.fill(0);
  if (k0 === "x" && !op.loose) {
    for (let repeat = 0; repeat < 4; repeat++) {
      for (let i = 0; i < specials; i++) {
        for (let j = 0; j < (k1 === "x" ? specials : 1); j++) {
          special(a, i);
          if (k1 === "x") special(b, j);
          runCase();
        }
      }
    }
  }
  const enumerated = hash >>> 0;
  for (let i = 0; i < random; i++) {
    const r = next();
    c.config = randomConfig();
    if (k0 !== "") randomOperand(a, k0);
    if (k1 !== "") {
      if (k1 === "x" && (r & 3) === 0) similar(b);
      else randomOperand(b, k1);
    }
    runPrepared();
  }
  return [enumerated, hash >>> 0];
};
