/** Flags that the manual leaves undefined, by instruction: they are not compared. CPUs differ in them, and so does QEMU. */
import type { Vector } from "./vector-file.ts";
import { codeOf } from "./vector-file.ts";

const [CF, PF, AF, ZF, SF, OF] = [1, 4, 0x10, 0x40, 0x80, 0x800] as const;

const byName: Readonly<Record<string, number>> = {
  AND: AF,
  OR: AF,
  XOR: AF,
  TEST: AF,
  MUL: SF | ZF | AF | PF,
  IMUL: SF | ZF | AF | PF,
  DIV: CF | OF | SF | ZF | AF | PF,
  IDIV: CF | OF | SF | ZF | AF | PF,
  BSF: CF | OF | SF | AF | PF,
  BSR: CF | OF | SF | AF | PF,
  BT: OF | SF | AF | PF,
  BTS: OF | SF | AF | PF,
  BTR: OF | SF | AF | PF,
  BTC: OF | SF | AF | PF,
  DAA: OF,
  DAS: OF,
  AAA: OF | SF | ZF | PF,
  AAS: OF | SF | ZF | PF,
  AAM: OF | AF | CF,
  AAD: OF | AF | CF,
  SHL: AF,
  SAL: AF,
  SHR: AF,
  SAR: AF,
  SHLD: AF,
  SHRD: AF,
  TZCNT: OF | SF | PF | AF,
  LZCNT: OF | SF | PF | AF,
  ANDN: AF | PF,
  BEXTR: SF | AF | PF,
  BLSI: AF | PF,
  BLSMSK: AF | PF,
  BLSR: AF | PF,
  BZHI: AF | PF,
};
/** OF is defined for counts of 1 only, CF for counts within the operand's width. */
const shifts = /^(SHL|SAL|SHR|SAR|ROL|ROR|RCL|RCR|SHLD|SHRD)$/;

/** Is the result itself undefined? SHLD and SHRD with counts beyond an operand of 16 bits. */
export const isUndefined = (vector: Vector, count: number, bits: number): boolean =>
  /SH[LR]D$/.test(vector.row) && bits === 16 && count > 16;

/**
 * Conversions with MMX registers that trap: the CPU has set TOP to 0 by then, we leave it as it was (a fault finds TOP as before its instruction). No
 * operating system's handler looks.
 */
export const isKnown = (vector: Vector, signal: number): boolean => /CVT(PI2|T?P[SD]2PI)/.test(vector.row) && signal === 8;

export function undefinedFlags(vector: Vector, count: number | undefined, bits: number): number {
  const name = vector.row.split(" ").at(-1)!;
  let mask = byName[name] ?? 0;
  if (shifts.test(name)) {
    if (count === undefined || count !== 1) mask |= OF;
    if (count === undefined || (count >= bits && name.startsWith("S"))) mask |= CF;
  }
  return mask;
}

/** Count and width of a shift as its code and registers say, for the mask. */
export function shiftOf(vector: Vector, registers: readonly bigint[]): { readonly count: number; readonly bits: number } {
  const code = codeOf(vector);
  let at = 0;
  let word = false;
  let rex = 0;
  for (; ; at++) {
    if (code[at] === 0x66) word = true;
    else if (code[at] === 0xf0) continue;
    // No shift begins with the INC or DEC that a REX prefix would be elsewhere.
    else if ((code[at]! & 0xf0) === 0x40) rex = code[at]!;
    else break;
  }
  const two = code[at] === 0x0f;
  const byte = code[two ? at + 1 : at]!;
  const bits = !two && (byte & 1) === 0 ? 8 : (rex & 8) !== 0 ? 64 : word ? 16 : 32;
  const constant = two ? (byte & 1) === 0 : byte < 0xd0;
  const one = !two && (byte === 0xd0 || byte === 0xd1);
  const count = one ? 1 : constant ? code.at(-1)! : Number(registers[1]! & 0xffn);
  return { count: count & (bits === 64 ? 63 : 31), bits };
}
