/** Random test cases for the rows of the decode table: encodings and registers that stay inside the window and come out at the code's end. */
import { type AnyFields, type FieldChoice, Prng, randomEncoding, type Row } from "@tsemu/decode";
import type { MipsMeta } from "../../../targets/mips/src/rows.ts";
import type { MipsTable, MipsTranslator } from "../../../targets/mips/src/testing/index.ts";
import { floats32, floats64 } from "../floats.ts";
import type { Variant } from "./variants.ts";
import { codeAddress, registerNames, type Registers, type Vector, windowAddress } from "./vector-file.ts";

type MipsRow = Row<MipsTranslator, MipsMeta>;

const edges32 = [
  0, 1, 2, 0xffff_ffff, 0xffff_fffe, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xffff_8000, 0x7f, 0x80, 0xff,
  0x100, 0x7fff_7fff, 0x8000_8000, 0x7fff_8000, 0x8000_7fff, 0x7f7f_7f7f, 0x8080_8080, 0xff00_ff00, 0x0001_ffff, 31, 32, 33, 63, 64,
];

const sign32 = (value: number, bits: 32 | 64): bigint => BigInt.asUintN(bits, BigInt(value | 0));
const random64 = (prng: Prng): bigint => (BigInt(prng.u32()) << 32n) | BigInt(prng.u32());

/** Sets of registers: the first half has words, sign-extended; the second, of 64-bit CPUs, whole doublewords. */
export function makeSets(variant: Variant, prng: Prng): Registers[] {
  const sets: Registers[] = [];
  for (let i = 0; i < 48; i++) {
    const wide = variant.bits === 64 && i >= 24;
    const general = (): bigint => {
      const edge = prng.below(2) === 0;
      if (!wide) return sign32(edge ? prng.pick(edges32) : prng.u32(), variant.bits);
      return edge ? sign32(prng.pick(edges32), 64) ^ (prng.below(3) === 0 ? 0x8000_0000_0000_0000n : 0n) : random64(prng);
    };
    const kind = i % 3;
    const float = (): bigint => {
      const high = BigInt(prng.below(2) === 0 ? prng.u32() : prng.pick(floats32)) << 32n;
      if (kind === 0) return high | BigInt(prng.pick(floats32));
      if (kind === 1) return prng.pick(floats64);
      const near = prng.below(3);
      // Numbers of like size, whose sums and products are ordinary.
      if (near === 0) return (0x3ff0_0000_0000_0000n + BigInt(prng.below(64) - 32) * 2n ** 52n) | (random64(prng) & 0x800f_ffff_ffff_ffffn);
      if (near === 1)
        return high | BigInt((((0x3f80_0000 + (prng.below(40) - 20) * 2 ** 23) & 0x7f80_0000) | (prng.u32() & 0x807f_ffff)) >>> 0);
      return random64(prng);
    };
    sets.push(
      registerNames.map((name) => {
        if (name === "r0") return 0n;
        // Without FS: QEMU raises nothing for results that it flushes, we underflow and inexact (see known-differences.ts).
        if (name === "fcsr") return BigInt((prng.below(4) | (prng.u32() & 0xfe80_007c)) >>> 0);
        if (name === "dsp") return variant.name === "mipsel" ? BigInt((prng.u32() & 0x0fff_7fbf) >>> 0) : 0n;
        return name.startsWith("f") ? float() : general();
      }),
    );
  }
  return sets;
}

/** Rows whose results the harness does not control, or that end more than the test. */
const excluded = /^(SYSCALL|RDHWR|CFC1|CTC1|WAIT)$/;
export const isTested = (row: MipsRow): boolean => !excluded.test(row.name);

const isBranch = (row: MipsRow): boolean => /^(B|J)/.test(row.name) && !/^(BREAK|BITREV|BALIGN)/.test(row.name);
const hasBase = (row: MipsRow): boolean => row.pattern.fields.some(({ name }) => name === "base");

/** $26 and $27 are the harness's. */
const register: FieldChoice = (prng) =>
  prng.pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 28, 29, 30, 31]);
const target: FieldChoice = (prng) => 1 + prng.below(23);

const plain: Readonly<Record<string, FieldChoice>> = { rs: register, rt: register, rd: register, base: target, index: target };
const withMemory: Readonly<Record<string, FieldChoice>> = { ...plain, offset: (prng) => prng.below(64) - 32 };

function choicesFor(row: MipsRow, variant: Variant): Readonly<Record<string, FieldChoice>> {
  const own = hasBase(row) ? withMemory : plain;
  // QEMU does nothing at all where the result goes to $0: DSPControl does not change.
  if (row.meta.needs?.startsWith("dsp") === true) return { ...own, rd: target, rt: target };
  // The condition code of a pair is an even one.
  if (row.name.endsWith("_PS")) return { ...own, cc: [0, 2, 4, 6] };
  if (variant.fr === 1) return own;
  // Odd numbers of doubles are reserved with FR 0: seldom tried.
  const float: FieldChoice = (prng) => (prng.below(8) === 0 ? prng.below(32) : 2 * prng.below(16));
  return { ...own, fs: float, ft: float, fd: float, fr: float };
}

const ADDIU_24_1 = 0x2718_0001;
const ADDIU_24_2 = 0x2718_0002;

/** What stands in delay slots: something harmless, or one of these exceptions. */
const slots: Readonly<Record<string, number>> = {
  nop: 0,
  addiu: 0x2739_0005,
  overflow: 0x0000_0000,
  trap: 0x0000_0034,
  unmapped: 0x8c19_0010,
  break: 0x0000_000d,
  branch: 0x1000_0001,
  jump: 0x0800_0000,
  reserved: 0x7c00_003f,
  // lw $25, 2($23), where $23 is made to point into the window
  unaligned: 0x8ef9_0002,
  // sw $25, 4($23)
  store: 0xaef9_0004,
};

export function makeCase(row: MipsRow, table: MipsTable, variant: Variant, sets: readonly Registers[], prng: Prng): Vector {
  const doubles = variant.bits === 64 && (row.meta.needs?.startsWith("mips64") === true || prng.below(3) === 0) && !isWordRow(row);
  const set = (doubles ? 24 : 0) + prng.below(24);
  const registers: Record<string, string> = {};
  const put = (name: string, value: number): void => {
    registers[name] = value.toString(16);
  };
  let word = randomEncoding(table, row, prng, choicesFor(row, variant));
  const fields = row.fields(word);
  if (isBranch(row)) return branchCase(row, table, fields, word, set, sets, registers, prng);
  const prefix: number[] = [];
  if (hasBase(row)) {
    const { base, index } = fields as { base: number; index?: number };
    const loose = prng.below(4) === 0;
    const size = sizeOf(row);
    const offset = fields["offset"] ?? 0;
    let address = windowAddress + 128 + prng.below(128);
    if (!loose) address -= (address + offset) % size;
    if (index !== undefined && index !== base) put(`r${index}`, loose ? prng.below(64) : prng.below(8) * size);
    else if (index !== undefined) word = randomEncoding(table, row, prng, { ...plain, base: [2], index: [3] });
    if (index !== undefined && index === base) put("r3", 8 * prng.below(4));
    put(`r${index === base && index !== undefined ? 2 : base}`, address);
    if (row.name.startsWith("SC") && prng.below(4) !== 0) prefix.push(linkedLoad(row, word));
  }
  return { row: row.name, code: [...prefix, word >>> 0], set, registers };
}

const isWordRow = (row: MipsRow): boolean =>
  /^(SRA|SRAV|SRL|SRLV|ROTR|ROTRV|ADD|ADDI|SUB|DIV|DIVU|MULT|MULTU|MADD|MADDU|MSUB|MSUBU|MUL|EXT|INS|SEB|SEH|WSBH|CLZ|CLO|ADDIU|ADDU|SUBU)$/.test(
    row.name,
  );

const sizeOf = (row: MipsRow): number =>
  /^(LD|SD|LLD|SCD|LU|SU)/.test(row.name) && !/^(LD[LR]|SD[LR])$/.test(row.name)
    ? 8
    : /^(LB|SB)/.test(row.name)
      ? 1
      : /^(LH|SH)/.test(row.name)
        ? 2
        : /[LR]$/.test(row.name) && row.name !== "LL"
          ? 1
          : 4;

/** LL or LLD of the same place, to $25. */
const linkedLoad = (row: MipsRow, word: number): number =>
  (((row.name === "SCD" ? 0x34 : 0x30) << 26) | (word & 0x03e0_ffff) | (25 << 16)) >>> 0;

function branchCase(
  row: MipsRow,
  table: MipsTable,
  fields: AnyFields,
  word: number,
  set: number,
  sets: readonly Registers[],
  registers: Record<string, string>,
  prng: Prng,
): Vector {
  const offset = 2;
  const code: number[] = [];
  let branch = word;
  if ("offset" in fields) branch = (word & 0xffff_0000) | offset;
  else if ("index" in fields) branch = (word & 0xfc00_0000) | ((codeAddress >> 2) + 3);
  const { rs, rt, rd } = fields;
  if (/^JR|^JALR/.test(row.name)) {
    // A register for the target that is not the link's.
    const to = 5 + prng.below(10);
    branch = (branch & ~(31 << 21)) | (to << 21);
    if (rd === to) branch = (branch & ~(31 << 11)) | (31 << 11);
    registers[`r${to}`] = (codeAddress + 12).toString(16);
  } else if (rt !== undefined && rs !== undefined && rs !== 0 && rt !== 0 && prng.below(2) === 0) {
    registers[`r${rs}`] = sets[set]![rt]!.toString(16);
    registers[`r${rt}`] = sets[set]![rt]!.toString(16);
  }
  // A link register that decides is UNPREDICTABLE; branches that never branch are no branches to QEMU.
  if (/^B.*AL/.test(row.name) && rs === 31) branch = (branch & ~(31 << 21)) | (4 << 21);
  const never = /^BNE|^BGTZ|^BLTZ/.test(row.name) && (rt === undefined ? rs === 0 : rs === rt);
  const names = Object.keys(slots);
  let slot = never ? "addiu" : prng.pick([...names, "addiu", "store", "random", "random", "random"]);
  if (slot === "random" && never) slot = "addiu";
  registers["r23"] = (windowAddress + 64).toString(16);
  let inSlot: number;
  if (slot === "random") {
    const simple = table.rows.filter((candidate) =>
      /^(ADDU|SUBU|AND|OR|XOR|SLT|SLTU|SLL|SRL|LUI|MOVZ|MULT|MFLO|ADDIU)$/.test(candidate.name),
    );
    inSlot = randomEncoding(table, prng.pick(simple), prng, { ...plain, rd: [7, 25, 31, 5], rt: [7, 25, 31, 5] });
  } else if (slot === "overflow") {
    registers["r22"] = "7fffffff";
    inSlot = 0x02d6_c820; // add $25, $22, $22
  } else inSlot = slots[slot]!;
  code.push(branch >>> 0, inSlot >>> 0, ADDIU_24_1, ADDIU_24_2);
  return { row: row.name, code, set, registers };
}
