/** Reads one instruction: prefixes, opcode, ModRM, SIB, displacement, immediates (Intel SDM vol. 2, chapter 2). */
import type { CodeReader } from "@tsemu/target";
import { seg } from "../state.ts";
import type { OperandSpec } from "./operand-codes.ts";
import type { X86Row } from "./row.ts";
import type { OpcodeTable } from "./table.ts";

/** Instructions of more bytes are a general protection fault. */
export const LONGEST = 15;

/** Thrown by a read beyond the longest instruction. */
export class TooLong extends Error {}

/** An effective address as the instruction says it: base + index * scale + displacement. Registers by number, -1 for none. */
export interface Effective {
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  readonly displacement: number;
  /** The register that SIB's index names, also where as a general one it stands for none; -1 without SIB. */
  readonly sibIndex: number;
  /** Relative to the next instruction (64-bit code). */
  readonly relative: boolean;
}

/** What a VEX prefix says besides REX's bits and the opcode map. */
export interface Vex {
  /** vvvv, a register's number. */
  readonly register: number;
  /** L: vectors have 32 bytes. */
  readonly long: boolean;
  readonly w: boolean;
}

export interface Instruction {
  readonly vex: Vex | undefined;
  readonly row: X86Row | undefined;
  readonly length: number;
  readonly operandSize: 2 | 4 | 8;
  readonly addressSize: 2 | 4 | 8;
  /** Segment override, or -1. */
  readonly segment: number;
  readonly lock: boolean;
  /** 0, 0xf3 or 0xf2. */
  readonly repeat: number;
  /** REX bits W R X B, with 0x40 where there is one: 0 if there is none. */
  readonly rex: number;
  readonly opcode: number;
  readonly modRm: number;
  readonly effective: Effective | undefined;
  /** In the order of the operands; offsets of far pointers and of memory (O) first, then the selector. */
  readonly immediates: readonly number[];
  /** Upper word of one of 8 bytes. */
  readonly upper: number | undefined;
}

const bases16 = [
  [3, 6],
  [3, 7],
  [5, 6],
  [5, 7],
  [6, -1],
  [7, -1],
  [5, -1],
  [3, -1],
] as const;

const prefixSegments: Readonly<Record<number, number>> = {
  0x26: seg.ES,
  0x2e: seg.CS,
  0x36: seg.SS,
  0x3e: seg.DS,
  0x64: seg.FS,
  0x65: seg.GS,
};

/** Reads on from an address, counting. */
class Bytes {
  readonly #reader: CodeReader;
  readonly #start: number;
  readonly #wide: boolean;
  length = 0;
  constructor(reader: CodeReader, start: number, wide: boolean) {
    this.#reader = reader;
    this.#start = start;
    this.#wide = wide;
  }
  u8(): number {
    if (this.length >= LONGEST) throw new TooLong();
    const at = this.#start + this.length++;
    return this.#reader.u8(this.#wide ? at : at >>> 0);
  }
  s8(): number {
    return (this.u8() << 24) >> 24;
  }
  u16(): number {
    const low = this.u8();
    return low | (this.u8() << 8);
  }
  /** Is it a VEX prefix that has been begun? Outside of 64-bit code the same bytes are LES and LDS, but for those have no registers as source. */
  isVex(code64: boolean): boolean {
    if (code64) return true;
    const next = this.u8();
    this.length--;
    return next >= 0xc0;
  }
  s32(): number {
    const low = this.u16();
    return low | (this.u16() << 16);
  }
}

export interface DecodeMode {
  readonly code64: boolean;
  readonly code32: boolean;
}

/** The instruction at pc. Throws TooLong, and what the reader throws. */
export function readInstruction(table: OpcodeTable, reader: CodeReader, pc: number, { code64, code32 }: DecodeMode): Instruction {
  const bytes = new Bytes(reader, pc, code64);
  let segment = -1;
  let lock = false;
  let repeat = 0;
  let operandPrefix = false;
  let addressPrefix = false;
  let rex = 0;
  let byte = bytes.u8();
  for (; ; byte = bytes.u8()) {
    const override = prefixSegments[byte];
    if (override !== undefined) {
      // ES, CS, SS and DS are no segments of 64-bit code.
      if (!code64 || override >= seg.FS) segment = override;
    } else if (byte === 0x66) operandPrefix = true;
    else if (byte === 0x67) addressPrefix = true;
    else if (byte === 0xf0) lock = true;
    else if (byte === 0xf2 || byte === 0xf3) repeat = byte;
    else if (code64 && (byte & 0xf0) === 0x40) {
      // Only the last one counts, and only directly before the opcode.
      rex = byte;
      continue;
    } else break;
    rex = 0;
  }
  let vex: Vex | undefined;
  let map: 0 | 1 | 2 | 3 = 0;
  let prefix: "NP" | "66" | "F3" | "F2" = repeat === 0xf3 ? "F3" : repeat === 0xf2 ? "F2" : operandPrefix ? "66" : "NP";
  /** Prefixes of the older kind, with a VEX prefix behind them. */
  let isMixed = false;
  if ((byte === 0xc4 || byte === 0xc5) && bytes.isVex(code64)) {
    isMixed = prefix !== "NP" || rex !== 0;
    const read = readVex(bytes, byte, code64);
    ({ vex, rex, map, prefix } = read);
    byte = bytes.u8();
  } else if (byte === 0x0f) {
    map = 1;
    byte = bytes.u8();
    if (byte === 0x38 || byte === 0x3a) {
      map = byte === 0x38 ? 2 : 3;
      byte = bytes.u8();
    }
  }
  const addressSize = code64 ? (addressPrefix ? 4 : 8) : code32 !== addressPrefix ? 4 : 2;
  let modRm = 0;
  let effective: Effective | undefined;
  const hasModRm = isMixed ? undefined : table.hasModRm(map, byte, vex !== undefined);
  if (hasModRm === true) {
    modRm = bytes.u8();
    // Of moves to and from control and debug registers rm is a register whatever mod says.
    if (map === 1 && vex === undefined && byte >= 0x20 && byte <= 0x23) modRm |= 0xc0;
    if (modRm < 0xc0) effective = readEffective(bytes, modRm, addressSize, rex, code64);
  }
  const row = hasModRm === undefined ? undefined : table.find({ map, byte, prefix, code64, vex }, modRm);
  let operandSize: 2 | 4 | 8 = vex !== undefined ? 4 : code64 || code32 ? (operandPrefix ? 2 : 4) : operandPrefix ? 4 : 2;
  if (code64 && row !== undefined) {
    if ((rex & 8) !== 0 || row.size64 === "f64" || (row.size64 === "d64" && !operandPrefix)) operandSize = 8;
  }
  const immediates: number[] = [];
  let upper: number | undefined;
  if (row !== undefined)
    for (const spec of row.operands) upper = readImmediate(bytes, spec, { operandSize, addressSize, immediates, upper, row });
  return {
    // L that an instruction ignores does not make its vectors longer.
    vex: vex === undefined ? undefined : { ...vex, long: row?.vex?.long === true },
    row,
    length: bytes.length,
    operandSize,
    addressSize,
    segment,
    lock,
    repeat,
    rex,
    opcode: byte,
    modRm,
    effective,
    immediates,
    upper,
  };
}

/** The rest of a VEX prefix: SDM vol. 2, 2.3.5. Its bits of registers are inverted. */
function readVex(
  bytes: Bytes,
  first: number,
  code64: boolean,
): { readonly vex: Vex; readonly rex: number; readonly map: 0 | 1 | 2 | 3; readonly prefix: "NP" | "66" | "F3" | "F2" } {
  const second = bytes.u8();
  const isShort = first === 0xc5;
  const last = isShort ? second & 0x7f : bytes.u8();
  const extensions = isShort ? (~second >>> 5) & 4 : (~second >>> 5) & 7;
  const w = last >>> 7;
  const number = isShort ? 1 : second & 31;
  // Other maps have no instructions: those of map 0 begin with no VEX prefix.
  const map = number >= 1 && number <= 3 ? (number as 1 | 2 | 3) : 0;
  const register = (~last >>> 3) & (code64 ? 15 : 7);
  return {
    vex: { register, long: (last & 4) !== 0, w: w === 1 },
    rex: code64 ? 0x40 | (w << 3) | extensions : 0,
    map,
    prefix: (["NP", "66", "F3", "F2"] as const)[last & 3]!,
  };
}

function readEffective(bytes: Bytes, modRm: number, addressSize: number, rex: number, code64: boolean): Effective {
  const mod = modRm >>> 6;
  const rm = modRm & 7;
  if (addressSize === 2) {
    const [base, index] = mod === 0 && rm === 6 ? [-1, -1] : bases16[rm]!;
    const displacement = mod === 1 ? bytes.s8() : mod === 2 || base < 0 ? (bytes.u16() << 16) >> 16 : 0;
    return { base, index, scale: 0, displacement, sibIndex: -1, relative: false };
  }
  let base = rm | ((rex & 1) << 3);
  let index = -1;
  let sibIndex = -1;
  let scale = 0;
  let relative = false;
  if (rm === 4) {
    const sib = bytes.u8();
    scale = sib >>> 6;
    sibIndex = ((sib >>> 3) & 7) | ((rex & 2) << 2);
    index = sibIndex === 4 ? -1 : sibIndex;
    base = (sib & 7) | ((rex & 1) << 3);
    if ((sib & 7) === 5 && mod === 0) base = -2;
  } else if (rm === 5 && mod === 0) {
    base = -2;
    relative = code64;
  }
  const displacement = mod === 1 ? bytes.s8() : mod === 2 || base === -2 ? bytes.s32() : 0;
  return { base: base === -2 ? -1 : base, index, scale, displacement, sibIndex, relative };
}

interface ImmediateContext {
  readonly operandSize: 2 | 4 | 8;
  readonly addressSize: 2 | 4 | 8;
  readonly immediates: number[];
  readonly upper: number | undefined;
  readonly row: X86Row;
}

/** Reads what the operand has in the instruction; returns the upper word so far. */
function readImmediate(
  bytes: Bytes,
  spec: OperandSpec,
  { operandSize, addressSize, immediates, upper, row }: ImmediateContext,
): number | undefined {
  if (spec.kind !== "coded") return upper;
  const sized = (size: number): number => (size === 1 ? bytes.s8() : size === 2 ? (bytes.u16() << 16) >> 16 : bytes.s32());
  switch (spec.addressing) {
    case "L":
      immediates.push(bytes.u8());
      return upper;
    case "I": {
      const whole = spec.size === "v" && operandSize === 8;
      const size = spec.size === "b" ? 1 : spec.size === "w" ? 2 : Math.min(operandSize, 4);
      immediates.push(sized(size));
      return whole ? bytes.s32() : upper;
    }
    case "J": {
      // Near branches have 32-bit offsets in 64-bit code, whatever the prefix (as on Intel's CPUs).
      const size = spec.size === "b" ? 1 : row.size64 === "f64" && operandSize === 8 ? 4 : operandSize;
      immediates.push(sized(size));
      return upper;
    }
    case "O": {
      immediates.push(addressSize === 2 ? bytes.u16() : bytes.s32());
      return addressSize === 8 ? bytes.s32() : upper;
    }
    case "A":
      immediates.push(operandSize === 2 ? bytes.u16() : bytes.s32(), bytes.u16());
      return upper;
    default:
      return upper;
  }
}
