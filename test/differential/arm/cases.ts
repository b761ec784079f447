/** Random test cases for the rows of a table: encodings and register values that stay inside the window and go on to the next instruction. */
import { type AnyFields, type FieldChoice, Prng, randomEncoding, type Row } from "@tsemu/decode";
import type { ArmTable } from "../../../targets/arm/src/decode.ts";
import type { ArmMeta } from "../../../targets/arm/src/rows.ts";
import type { ArmTranslator } from "../../../targets/arm/src/translator.ts";
import { windowAddress } from "./memory-window.ts";
import { instructionAddress } from "./program.ts";
import type { Vector } from "./vector-file.ts";

type ArmRow = Row<ArmTranslator, ArmMeta>;

/** Register values of one file: edge values, small ones, random ones, and addresses in the window. */
export interface Pool {
  readonly values: readonly number[];
  readonly anyCount: number;
  readonly small: readonly number[];
  readonly aligned: readonly number[];
  readonly unaligned: readonly number[];
}

const edges = [
  0, 1, 2, 0xffff_ffff, 0xffff_fffe, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xffff_8000, 0x7f, 0x80, 0xff,
  0x100, 0x7fff_7fff, 0x8000_8000, 0x7fff_8000, 0x8000_7fff, 0x7f7f_7f7f, 0x8080_8080, 0xff00_ff00, 0x00ff_00ff, 0x0001_ffff, 0xffff_0001,
  31, 32, 33, 255, 256,
];

export function makePool(prng: Prng): Pool {
  const values = [...edges];
  while (values.length < 160) values.push(prng.u32());
  const anyCount = values.length;
  const added = (list: readonly number[]): number[] => list.map((value) => values.push(value) - 1);
  const small = added(Array.from({ length: 8 }, (_, i) => 4 * i));
  const middle = windowAddress + 256;
  const aligned = added(Array.from({ length: 8 }, (_, i) => middle - 32 + 8 * i));
  const unaligned = added(Array.from({ length: 8 }, (_, i) => middle - 15 + 5 * i));
  return { values, anyCount, small, aligned, unaligned };
}

/** Rows that leave the straight line, need privilege, or depend on what the harness does not control; they have tests of their own. */
const excluded =
  /^(B|BL|BX|BXJ|BLX|CBZ|TBB|TBH|SVC|BKPT|HVC|SMC|ERET|SUBS_PC_LR|SRS|RFE|SETEND|WFI|WFE|YIELD|M[CR]{1,2}R?|MRC|MRRC|MCRR|IT)(_|$|DB|IA)|_lit$|_banked$|^(LDM_user|STM_user|LDM_exc)$|^LDR_lit$/;
/** Floating point and Advanced SIMD need registers that the harness does not load. */
const isExtension = (row: ArmRow): boolean => /^(V|FLD|FST)/.test(row.name);
export const isTested = (row: ArmRow): boolean => !excluded.test(row.name) && !isExtension(row);

const isMemory = (row: ArmRow): boolean => /^(LDR|STR|LDM|STM|SWP|PUSH|POP)/.test(row.name);
const needsAlignment = (row: ArmRow): boolean => /^(LDRD|STRD|LDM|STM|SWP|PUSH|POP|LDREX|STREX)/.test(row.name);

const register: FieldChoice = (prng, field) => prng.below(Math.min(15, 1 << field.width));
const anyCondition: FieldChoice = (prng) => (prng.below(2) === 0 ? 14 : prng.below(15));

/** Destinations are never PC; operands may be, where the row allows it. */
const plainChoices: Readonly<Record<string, FieldChoice>> = {
  cond: anyCondition,
  rd: register,
  rdn: register,
  rt: register,
  rt2: register,
  rdLo: register,
  rdHi: register,
  ra: register,
  // MSR: the bytes that User mode may write without a change of endianness.
  mask: [4, 8, 12, 9, 13],
  r: (prng, field) => (field.width === 1 ? prng.below(2) : 0),
};

const memoryChoices: Readonly<Record<string, FieldChoice>> = {
  ...plainChoices,
  rn: register,
  rm: register,
  type: (prng, field) => prng.below(Math.min(3, 1 << field.width)),
  imm5: (prng) => prng.below(4),
  imm: (prng) => 4 * prng.below(32),
  imm8: (prng) => prng.below(32),
  list: (prng, field) => (1 + prng.below((1 << Math.min(field.width, 15)) - 1)) & (prng.below(3) === 0 ? -1 : prng.u32() | 1),
  // POP without PC.
  p: (prng) => prng.below(2),
};

const statusChoices = { ...plainChoices, r: [0] };

function choicesFor(row: ArmRow, table: ArmTable): Readonly<Record<string, FieldChoice>> {
  if (row.name === "POP") return { ...memoryChoices, p: [0] };
  // Its second register must not be PC.
  if (row.name.startsWith("LDRD")) return { ...memoryChoices, rt: (prng) => prng.below(14) };
  if (/^M[RS]/.test(row.name)) return statusChoices;
  if (!isMemory(row)) return plainChoices;
  // T16's immediates are scaled and small enough.
  return table.width === 16 ? { ...memoryChoices, imm5: (prng) => prng.below(32) } : memoryChoices;
}

/** Register numbers that do not go together: an address that would leave the window, or UNPREDICTABLE LDRDs. */
function conflicting(row: ArmRow, fields: AnyFields): boolean {
  if (!isMemory(row)) return false;
  const { p, w, rn, rm, rt = 0, rt2 = rt + 1 } = fields;
  if (rm !== undefined && rm === rn) return true;
  if (!row.name.startsWith("LDRD")) return false;
  const writesBack = p === 0 || w === 1;
  return [rt, rt2].some((n) => n === rm || (writesBack && n === rn));
}

const baseOf = (row: ArmRow, fields: AnyFields): number => (/^(PUSH|POP)$|_sp$/.test(row.name) ? 13 : fields["rn"]!);

const bytesOf = (word: number, width: 16 | 32, thumb: boolean): number[] => {
  const halfword = (h: number): number[] => [h & 0xff, h >>> 8];
  if (width === 16) return halfword(word);
  return thumb ? [...halfword(word >>> 16), ...halfword(word & 0xffff)] : [...halfword(word & 0xffff), ...halfword(word >>> 16)];
};

/** The load-exclusive that opens the way for a store-exclusive, to a register that the store does not use. */
function loadExclusiveBefore(row: ArmRow, fields: AnyFields, table: ArmTable, thumb: boolean): number[] {
  const load = table.rows.find((candidate) => candidate.name === row.name.replace("STREX", "LDREX"));
  if (load === undefined) return [];
  const used = [fields["rd"], fields["rt"], fields["rt2"], fields["rt"]! + 1, fields["rn"]];
  const free = [0, 2, 4, 6, 8, 10].find((n) => !used.includes(n) && !used.includes(n + 1))!;
  const choose = { cond: [14], rn: [fields["rn"]!], rt: [free], rt2: [free + 1], imm8: [fields["imm8"] ?? 0] };
  return bytesOf(randomEncoding(table, load, new Prng(0), choose), 32, thumb);
}

export interface Case extends Vector {
  readonly row: string;
}

/** The i-th case of a program: a random encoding of a row, with registers for it. */
export function makeCase(row: ArmRow, table: ArmTable, thumb: boolean, pool: Pool, prng: Prng, i: number): Case {
  const choose = choicesFor(row, table);
  let word: number;
  let fields: AnyFields;
  do {
    word = randomEncoding(table, row, prng, choose);
    fields = row.fields(word);
  } while (conflicting(row, fields));
  const registers = Array.from({ length: 15 }, () => prng.below(pool.anyCount));
  if (isMemory(row)) {
    const { rm } = fields;
    if (rm !== undefined) registers[rm] = prng.pick(pool.small);
    registers[baseOf(row, fields)] = prng.pick(needsAlignment(row) || prng.below(3) === 0 ? pool.aligned : pool.unaligned);
  }
  const prefix: number[] = [];
  if (row.name.startsWith("STREX") && prng.below(4) !== 0) prefix.push(...loadExclusiveBefore(row, fields, table, thumb));
  // Half of the T32 instructions are in an IT block of their own.
  else if (thumb && row.meta.ignoresIT !== true && prng.below(2) === 0) prefix.push(...bytesOf(0xbf08 | (prng.below(15) << 4), 16, true));
  return {
    row: row.name,
    code: Uint8Array.from([...prefix, ...bytesOf(word, table.width, thumb)]),
    pc: instructionAddress(i, thumb, thumb ? prng.below(2) : 0),
    registers,
    flags: prng.below(0x200),
  };
}
