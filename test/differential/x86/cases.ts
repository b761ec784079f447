/** Random test cases for the rows of the opcode maps: encodings and registers that stay inside the window and come out at the code's end. */
import type { Prng } from "@tsemu/decode";
import { encodeVex, type VexBits } from "../../../targets/x86/src/testing/index.ts";
import type { X86Row } from "../../../targets/x86/src/decode/row.ts";
import { floats32, floats64 } from "../floats.ts";
import type { Variant } from "./variants.ts";
import { codeAddress, registerNames, type Registers, type Vector, windowAddress } from "./vector-file.ts";

const edges32 = [
  0, 1, 2, 0xffff_ffff, 0xffff_fffe, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xffff_8000, 0x7f, 0x80, 0xff,
  0x100, 0x7fff_7fff, 0x8000_8000, 0x99, 0x9a, 0x0f, 0x10, 0x7f7f_7f7f, 0x8080_8080, 0xff00_ff00, 0x0001_ffff, 31, 32, 33, 63, 64,
];

const random64 = (prng: Prng): bigint => (BigInt(prng.u32()) << 32n) | BigInt(prng.u32());

function general(variant: Variant, prng: Prng): bigint {
  const edge = prng.below(2) === 0;
  if (variant.bits === 32) return BigInt(edge ? prng.pick(edges32) : prng.u32());
  if (!edge) return random64(prng);
  const value = BigInt(prng.pick(edges32));
  return prng.below(2) === 0 ? BigInt.asUintN(64, BigInt.asIntN(32, value)) : value ^ (prng.below(3) === 0 ? 0x8000_0000_0000_0000n : 0n);
}

/** Halves of vectors: integers, singles, doubles, by the set. */
function half(kind: number, prng: Prng): bigint {
  const single = (): bigint => BigInt(prng.below(3) === 0 ? prng.u32() : prng.pick(floats32));
  switch (kind) {
    case 0:
      return (single() << 32n) | single();
    case 1:
      return prng.below(3) === 0 ? random64(prng) : prng.pick(floats64);
    case 2:
      // Numbers of like size, whose sums and products are ordinary.
      return (0x3ff0_0000_0000_0000n + BigInt(prng.below(64) - 32) * 2n ** 52n) | (random64(prng) & 0x800f_ffff_ffff_ffffn);
    case 3: {
      const near = (): bigint =>
        BigInt((((0x3f80_0000 + (prng.below(40) - 20) * 2 ** 23) & 0x7f80_0000) | (prng.u32() & 0x807f_ffff)) >>> 0);
      return (near() << 32n) | near();
    }
    default:
      return random64(prng);
  }
}

/** Significand and the rest of an x87 register. */
function extended(prng: Prng): [significand: bigint, exponent: bigint] {
  const top = 0x8000_0000_0000_0000n;
  const sign = BigInt(prng.below(2)) << 15n;
  switch (prng.below(8)) {
    case 0:
      return [0n, sign];
    case 1:
      return [prng.pick([top, 0xc000_0000_0000_0000n, top | 1n, 0xffff_ffff_ffff_ffffn]), sign | 0x7fffn];
    case 2:
      return [random64(prng) >> BigInt(prng.below(60)), sign];
    case 3:
      return [(BigInt(prng.below(0xffff)) << 48n) | top, sign | BigInt(0x3fff + prng.below(40) - 4)];
    default:
      return [random64(prng) | top, sign | BigInt(0x3fff + prng.below(140) - 70)];
  }
}

const ARITHMETIC = 0x8d5;
const IF = 0x202;

/** Sets of registers. Exceptions of floating point are masked in most. */
export function makeSets(variant: Variant, prng: Prng): Registers[] {
  const sets: Registers[] = [];
  for (let i = 0; i < 60; i++) {
    const kind = i % 5;
    const st = Array.from({ length: 8 }, () => extended(prng));
    const used = prng.below(3) === 0 ? prng.u32() & 0xff : 0xff;
    sets.push(
      registerNames.map((name): bigint => {
        const n = Number(/\d+$/.exec(name)?.[0] ?? 0);
        const beyond = variant.bits === 32 && n >= 8;
        if (name === "flags") return BigInt((prng.u32() & (ARITHMETIC | (prng.below(4) === 0 ? 0x400 : 0))) | IF);
        if (name.startsWith("st")) return st[n]![0];
        if (name.startsWith("se")) return st[n]![1];
        // Every tenth set has exceptions that are not masked, and none pending.
        if (i % 10 === 9 && name === "fcw") return BigInt((0x340 | (prng.u32() & 0xc3f)) >>> 0);
        if (i % 10 === 9 && name === "fsw") return BigInt(prng.below(8) << 11);
        if (i % 10 === 9 && name === "mxcsr") return BigInt((prng.u32() & 0x7f80) >>> 0);
        if (name === "fcw") return BigInt(0x7f | (prng.below(4) << 10) | (prng.pick([0, 2, 3, 3, 3]) << 8));
        if (name === "fsw") return BigInt((prng.below(8) << 11) | (prng.u32() & 0x473f & ~0x80));
        if (name === "ftw") return BigInt(used);
        if (name === "mxcsr")
          return BigInt(
            0x1f80 | (prng.below(4) << 13) | (prng.below(3) === 0 ? prng.u32() & 0x803f : 0) | (prng.below(6) === 0 ? 0x40 : 0),
          );
        if (beyond) return 0n;
        return /^[xyzv]/.test(name) ? half(kind, prng) : general(variant, prng);
      }),
    );
  }
  return sets;
}

/** Rows whose results depend on the system, or that end more than the test. Of estimates (RCPPS) every CPU has its own. */
const excluded =
  /^(INT|INT3|INT1|SYSCALL|SYSENTER|SYSEXIT|SYSRET|CPUID|RDTSC|RDTSCP|RDPMC|RDMSR|S[GI]DT|SLDT|STR|SMSW|LAR|LSL|VERR|VERW|LLDT|LTR|LGDT|LIDT|L[DEFGS]S|CALLF|JMPF|RETF|IRET|RSM|IN|OUT|INS|OUTS|UD[01]|CLFLUSH|V?RCP[PS]S|V?RSQRT[PS]S|XSAVE|XSAVEC|XSAVEOPT|XRSTOR|X[GS]ETBV|SWAPGS|INVLPG|RDRAND|RDSEED|RD[FG]SBASE|WR[FG]SBASE|LMSW|CLAC|STAC|PREFETCHW)$/;

export const isTested = (row: X86Row): boolean =>
  !excluded.test(row.name) &&
  !(row.map === 1 && row.byte >= 0x20 && row.byte <= 0x23) &&
  !row.operands.some(
    (spec) => spec.kind === "segment" || (spec.kind === "coded" && spec.addressing === "S" && (row.byte === 0x8e || row.byte === 0x8c)),
  );

const isBranch = (row: X86Row): boolean => /^(J|LOOP|CALL|RET)/.test(row.name);
const isString = (row: X86Row): boolean => row.rep === true;

/** Registers that addresses may be made of: neither the stack pointer nor, as an index, rSP. */
const bases = [0, 1, 2, 3, 5, 6, 7];

class Code {
  readonly bytes: number[] = [];
  readonly registers: Record<string, string> = {};
  put(name: string, value: number): void {
    this.registers[name] = (value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(value)).toString(16);
  }
  push(...bytes: number[]): void {
    this.bytes.push(...bytes);
  }
  word(value: number): void {
    for (let i = 0; i < 4; i++) this.push((value >>> (8 * i)) & 0xff);
  }
}

/** A memory operand that lies in the window. */
function memoryForm(code: Code, reg: number, align: number, prng: Prng, variant: Variant): void {
  let address = windowAddress + 128 + prng.below(128);
  address -= address % align;
  const base = prng.pick(bases);
  switch (prng.below(3)) {
    case 0: {
      const displacement = prng.below(64) - 32;
      code.put(`r${base}`, address - displacement);
      code.push(0x40 | (reg << 3) | base, displacement & 0xff);
      break;
    }
    case 1: {
      const index = prng.pick(bases.filter((n) => n !== base));
      const scale = prng.below(4);
      const steps = prng.below(8);
      code.put(`r${base}`, address - (steps << scale) - 0x123);
      code.put(`r${index}`, steps);
      code.push(0x80 | (reg << 3) | 4, (scale << 6) | (index << 3) | base);
      code.word(0x123);
      break;
    }
    default:
      // An address without registers; in 64-bit code that needs a SIB byte.
      if (variant.bits === 64) code.push((reg << 3) | 4, 0x25);
      else code.push((reg << 3) | 5);
      code.word(address);
  }
}

const immediateBytes = (row: X86Row, operandSize: number): number =>
  row.operands.reduce((sum, spec) => {
    if (spec.kind === "coded" && spec.addressing === "L") return sum + 1;
    if (spec.kind !== "coded" || spec.addressing !== "I") return sum;
    const z = operandSize === 2 ? 2 : 4;
    return sum + (spec.size === "b" ? 1 : spec.size === "w" ? 2 : spec.size === "v" && operandSize === 8 ? 8 : z);
  }, 0);

/** An operand whose index is a vector register: of small numbers, so that what is gathered lies in the window. */
function gatherForm(code: Code, row: X86Row, reg: number, prng: Prng): void {
  const base = prng.pick(bases);
  const displacement = prng.below(64) - 32;
  const index = prng.below(8);
  code.put(`r${base}`, windowAddress + 200 - displacement);
  code.push(0x44 | (reg << 3), (prng.below(4) << 6) | (index << 3) | base, displacement & 0xff);
  const small = (bits: number): bigint => BigInt.asUintN(bits, BigInt(prng.below(20) - 10));
  const isWide = /GATHERQ/.test(row.name);
  for (const quarter of "xyzv") {
    const value = isWide ? small(64) : (small(32) << 32n) | small(32);
    code.registers[`${quarter}${index}`] = value.toString(16);
  }
}

/** A VEX prefix for the row. Registers as below. */
function vexBits(row: X86Row, variant: Variant, memory: boolean, prng: Prng): VexBits {
  const wide = variant.bits === 64;
  return {
    map: row.map,
    prefix: row.prefix === "any" ? "NP" : row.prefix,
    long: row.vex!.long ?? prng.below(2) === 0,
    w: row.vex!.w ?? prng.below(2) === 0,
    extensions: wide && prng.below(2) === 0 ? (prng.u32() & 4) | (memory ? 0 : prng.u32() & 1) : 0,
    register: row.vex!.usesRegister ? prng.below(wide ? 16 : 8) : 0,
    short: prng.below(2) === 0,
  };
}

export function makeCase(row: X86Row, variant: Variant, sets: readonly Registers[], prng: Prng): Vector {
  const code = new Code();
  const set = prng.below(sets.length);
  const label = `${row.opcode} ${row.name}`;
  const vector = (): Vector => ({
    row: label,
    code: code.bytes.map((b) => b.toString(16).padStart(2, "0")).join(""),
    set,
    registers: code.registers,
  });
  code.put("r4", windowAddress + 256 + 8 * prng.below(4));
  if (isBranch(row)) {
    branch(row, code, prng);
    return vector();
  }
  if (row.name === "POPF") {
    // Not TF, NT and AC, which the harness would not survive.
    code.push(0x68);
    code.word(prng.u32() & ~0x4_4100);
  }
  const wide = variant.bits === 64;
  const hasSize =
    row.operands.some((spec) => (spec.kind === "coded" || spec.kind === "register") && /^[vzy]$/.test(spec.size)) ||
    row.operands.length === 0;
  const word = row.prefix === "any" && hasSize && prng.below(3) === 0;
  const rexW = wide && hasSize && prng.below(2) === 0 && !(word && prng.below(2) === 0);
  const memory = row.hasModRm && (row.mod === "mem" || (row.mod === "any" && prng.below(2) === 0));
  if (word) code.push(0x66);
  if (row.lock === true && memory && prng.below(4) === 0) code.push(0xf0);
  if (isString(row) && prng.below(2) === 0) code.push(0xf2 + prng.below(2));
  const vex = row.vex === undefined ? undefined : vexBits(row, variant, memory, prng);
  if (vex !== undefined) code.push(...encodeVex(vex));
  else if (row.prefix === "66" || row.prefix === "F3" || row.prefix === "F2") code.push(Number.parseInt(row.prefix, 16));
  // In 64-bit code also the upper eight registers, as long as they make no address.
  const rex = wide ? (rexW ? 8 : 0) | (prng.below(2) === 0 ? (prng.u32() & 4) | (memory ? 0 : prng.u32() & 1) : 0) : 0;
  if (vex === undefined && (rex !== 0 || (wide && prng.below(6) === 0))) code.push(0x40 | rex);
  const operandSize = rexW || (wide && row.size64 !== undefined && !word) ? 8 : word ? 2 : 4;
  if (vex === undefined && row.map > 0) code.push(0x0f);
  if (vex === undefined && row.map > 1) code.push(row.map === 2 ? 0x38 : 0x3a);
  code.push(row.byte);
  const reg = row.digit >= 0 ? row.digit : prng.below(8);
  if (row.hasModRm) {
    const rm = row.rm >= 0 ? row.rm : prng.below(8);
    if (memory) {
      const big = row.operands.some((spec) => spec.kind === "coded" && /^(dq|qq|x)$/.test(spec.size));
      // Unaligned operands of 16 bytes fault: seldom tried.
      const align = big && prng.below(6) !== 0 ? (row.vex === undefined ? 16 : 32) : prng.below(3) === 0 ? 1 : 8;
      if (/GATHER/.test(row.name)) gatherForm(code, row, reg, prng);
      else memoryForm(code, reg, align, prng, variant);
      // Bit offsets in registers reach beyond the operand.
      if (/^BT[CRS]?$/.test(row.name) && row.operands[1]!.kind === "coded" && row.operands[1]!.addressing === "G") {
        const name = `r${reg | ((rex & 4) << 1)}`;
        if (code.registers[name] === undefined) code.put(name, prng.below(512) - 256);
        else return makeCase(row, variant, sets, prng);
      }
    } else code.push(0xc0 | (reg << 3) | rm);
  }
  if (isString(row) || row.name === "XLAT" || row.name.startsWith("MASKMOV")) {
    const align = prng.below(2) === 0 ? 8 : 1;
    for (const n of [6, 7]) code.put(`r${n}`, windowAddress + 160 + align * prng.below(8));
    code.put("r1", prng.below(6));
    if (row.name === "XLAT") code.put("r3", windowAddress + prng.below(200));
    // As often found as not: a compared byte is one of the window's.
  }
  if (/^(LEAVE|ENTER)$/.test(row.name)) code.put("r5", windowAddress + 192 + 8 * prng.below(8));
  if (row.name === "ENTER") {
    code.push(prng.below(64), 0, prng.below(5));
    return vector();
  }
  const offsets = row.operands.some((spec) => spec.kind === "coded" && spec.addressing === "O");
  if (offsets) {
    code.word(windowAddress + 128 + prng.below(64));
    if (wide) code.word(0);
  }
  const shiftCount = /^(RO[LR]|RC[LR]|SH[LR]D?|SA[LR])$/.test(row.name);
  for (let i = immediateBytes(row, operandSize); i > 0; i--)
    code.push(shiftCount && prng.below(3) !== 0 ? prng.below(40) : prng.u32() & 0xff);
  if (shiftCount && row.operands.at(-1)!.kind === "register" && code.registers["r1"] === undefined && prng.below(2) === 0)
    code.put("r1", prng.below(70));
  // Divisions whose quotient fits, now and then.
  if (/^I?DIV$/.test(row.name) && prng.below(3) !== 0 && code.registers["r2"] === undefined) code.put("r2", prng.below(4));
  return vector();
}

/** Over an instruction that would set a register, or not; calls leave their return address in the window. */
function branch(row: X86Row, code: Code, prng: Prng): void {
  const flag = (): void => code.push(0xb0, 0x55);
  if (/^(RET)$/.test(row.name)) {
    // The address is pushed first: behind the instruction that is skipped.
    const length = 5 + (row.operands.length === 0 ? 1 : 3);
    code.push(0x68);
    code.word(codeAddress + length + 2);
    code.push(row.byte);
    if (row.operands.length > 0) code.push(8 * prng.below(4), 0);
    flag();
    return;
  }
  const relative = row.operands[0]!.kind === "coded" && row.operands[0]!.addressing === "J";
  if (/^(LOOP|JCXZ)/.test(row.name)) {
    if (prng.below(2) === 0) code.put("r1", prng.below(3));
    if (prng.below(4) === 0) code.push(0x67);
  }
  if (!relative) {
    // Through a register, or memory that has been written to.
    const n = prng.pick([0, 3, 6, 7]);
    code.put(`r${n}`, codeAddress + 4);
    code.push(row.byte, 0xc0 | (row.digit << 3) | n);
    flag();
    return;
  }
  if (row.map === 1) code.push(0x0f);
  code.push(row.byte);
  const spec = row.operands[0]!;
  if (spec.kind === "coded" && spec.size === "b") code.push(2);
  else code.word(2);
  flag();
}
