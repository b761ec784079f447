/** How fields are printed, as binutils does it. */
import type { Formatter, Formatters } from "@tsemu/decode";

const names = "zero at v0 v1 a0 a1 a2 a3 t0 t1 t2 t3 t4 t5 t6 t7 s0 s1 s2 s3 s4 s5 s6 s7 t8 t9 k0 k1 gp sp s8 ra".split(" ");

const hex: Formatter = (value) => `0x${value.toString(16)}`;

export const formatters: Formatters = {
  r: (n) => names[n]!,
  /** Registers that are named by number. */
  n: (n) => `$${n}`,
  f: (n) => `$f${n}`,
  cc: (n) => `$fcc${n}`,
  /** A condition code that is not written where it is 0. */
  cc0: (n) => (n === 0 ? "" : `$fcc${n},`),
  ac: (n) => `$ac${n}`,
  hex,
  /** A branch's target. */
  b: (offset, _, pc) => `0x${((pc + 4 + 4 * offset) >>> 0).toString(16)}`,
  /** A jump's target. */
  j: (index, _, pc) => `0x${((((pc + 4) & 0xf000_0000) | (index << 2)) >>> 0).toString(16)}`,
  code: (value) => (value === 0 ? "" : ` 0x${value.toString(16)}`),
  comma: (value) => (value === 0 ? "" : `,${value}`),
  plus1: (value) => String(value + 1),
  plus32: (value) => String(value + 32),
  plus33: (value) => String(value + 33),
  /** INS: msb and lsb to a size. */
  size: (msb, { lsb }) => String(msb - lsb! + 1),
  size32: (msb, { lsb }) => String(msb + 33 - lsb!),
  hb: (value) => (value === 1 ? ".hb" : ""),
  sel: (value) => (value === 0 ? "" : `,${value}`),
  fmt: (value) => ({ 16: "s", 17: "d", 20: "w", 21: "l", 22: "ps" })[value] ?? `?${value}`,
};
