/** 32-bit integer helpers. A "u32" is a JavaScript number in 0..2^32-1, an "i32" one in -2^31..2^31-1. */

/** The bit numbered n (0..31) of x, as 0 or 1. */
export const bit = (x: number, n: number): 0 | 1 => ((x >>> n) & 1) as 0 | 1;

/** A mask of the n lowest bits (0..32), as u32. */
export const low = (n: number): number => (n >= 32 ? 0xffff_ffff : ((1 << n) - 1) >>> 0);

/** Bits lsb..lsb+width-1 of x, as u32. */
export const extract = (x: number, lsb: number, width: number): number => ((x >>> lsb) & low(width)) >>> 0;

/** x with bits lsb..lsb+width-1 replaced by the low bits of value, as u32. */
export const deposit = (x: number, lsb: number, width: number, value: number): number => {
  const mask = (low(width) << lsb) >>> 0;
  return ((x & ~mask) | ((value << lsb) & mask)) >>> 0;
};

/** The low `width` bits (1..32) of x as a signed number. */
export const signExtend = (x: number, width: number): number => (x << (32 - width)) >> (32 - width);

/** x rotated right by n (0..31), as u32. */
export const rotateRight32 = (x: number, n: number): number => ((x >>> n) | (n === 0 ? 0 : x << (32 - n))) >>> 0;

/** Number of one bits in the low 32 bits of x. */
export const popcount = (x: number): number => {
  let n = 0;
  for (let v = x >>> 0; v !== 0; v &= v - 1) n++;
  return n;
};

/** The u32 with its four bytes in opposite order. */
export const swap32 = (x: number): number => (((x & 0xff) << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24)) >>> 0;

/** x rounded up to a multiple of `alignment`, a power of two; right for values up to 2^53. */
export const alignUp = (x: number, alignment: number): number => Math.ceil(x / alignment) * alignment;

/** A u32 as "0x%08x". */
/** "0xffffffff80001000" of two words. */
export const hex64 = (low: number, high: number): string => `${hex32(high)}${(low >>> 0).toString(16).padStart(8, "0")}`;

export const hex32 = (x: number): string => `0x${(x >>> 0).toString(16).padStart(8, "0")}`;
