/** How fields are printed in disassembly: the notation of the ARM manual (UAL), numbers as GNU objdump prints them. */
import { rotateRight32 } from "@tsemu/base";
import type { AnyFields, Formatters } from "@tsemu/decode";
import { vfpFormatters } from "./vfp/formatters.ts";
import { registersOf } from "./insns/load-store-multiple.ts";
import { ARMExpandImm, ThumbExpandImm } from "./pseudocode.ts";
import { farOffset, nearOffset } from "./t32/offsets.ts";

const conditionNames = ["eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "", ""];
const shiftNames = ["lsl", "lsr", "asr", "ror"];
const barrierOptions: Readonly<Record<number, string>> = {
  1: "oshld",
  2: "oshst",
  3: "osh",
  5: "nshld",
  6: "unst",
  7: "un",
  9: "ishld",
  10: "ishst",
  11: "ish",
  13: "ld",
  14: "st",
  15: "sy",
};
const modeNames: Readonly<Record<number, string>> = {
  16: "usr",
  17: "fiq",
  18: "irq",
  19: "svc",
  22: "mon",
  23: "abt",
  26: "hyp",
  27: "und",
  31: "sys",
};

export const registerName = (n: number): string => ["sp", "lr", "pc"][n - 13] ?? `r${n}`;
const hex = (x: number): string => `0x${(x >>> 0).toString(16)}`;
const signed = (x: number): string => String(x | 0);
const minus = (fields: AnyFields): string => (fields["u"] === 0 ? "-" : "");

/** Name of the shift and its amount, e.g. "lsr #32"; empty for LSL by 0. */
function shiftText(type: number, imm5: number): string {
  if (type === 0 && imm5 === 0) return "";
  if (type === 3 && imm5 === 0) return "rrx";
  return `${shiftNames[type]} #${imm5 === 0 ? 32 : imm5}`;
}

/** "[r1, #-4]!" from p, u, w, and what the offset is. */
function indexed(fields: AnyFields, offset: string): string {
  const { p = 1, w = 0, rn = 15 } = fields;
  const base = registerName(rn);
  if (p === 0) return `[${base}], ${offset}`;
  const inside = offset === "#0" ? `[${base}]` : `[${base}, ${offset}]`;
  return w === 0 ? inside : `[${base}, ${offset}]!`;
}

const offsetOf = (fields: AnyFields): number => fields["imm"] ?? 0;

/** Registers of MRS and MSR (Banked register), by R and SYSm (B9.2.3). */
function bankedName(r: number, sysm: number): string {
  const spsr: Readonly<Record<number, string>> = { 14: "fiq", 16: "irq", 18: "svc", 20: "abt", 22: "und", 28: "mon", 30: "hyp" };
  if (r === 1) return spsr[sysm] === undefined ? `#${sysm}` : `SPSR_${spsr[sysm]}`;
  const numbered = (n: number, mode: string): string => `${["SP", "LR"][n - 13] ?? `R${n}`}_${mode}`;
  if (sysm < 7) return numbered(8 + sysm, "usr");
  if (sysm >= 8 && sysm < 15) return numbered(sysm, "fiq");
  if (sysm === 30) return "ELR_hyp";
  const mode = ["irq", "svc", "abt", "und", undefined, undefined, "mon", "hyp"][(sysm - 16) >> 1];
  return sysm < 16 || mode === undefined ? `#${sysm}` : `${sysm & 1 ? "SP" : "LR"}_${mode}`;
}

/** Names of IT's x, y, z: t where the mask bit equals the condition's lowest bit. */
function itSuffix(firstcond: number, mask: number): string {
  let text = "";
  for (let bit = 3; bit > 31 - Math.clz32(mask & -mask); bit--) text += ((mask >>> bit) & 1) === (firstcond & 1) ? "t" : "e";
  return text;
}

/** Is this the encoding with the least rotation for its value? An assembler chooses that one. */
function isCanonical(imm12: number): boolean {
  const value = ARMExpandImm(imm12);
  for (let rotation = 0; rotation < imm12 >>> 8; rotation++) {
    // Bits of the value as this rotation would encode it.
    const byte = rotateRight32(value, (32 - 2 * rotation) % 32);
    if (byte <= 0xff) return false;
  }
  return true;
}

export const formatters: Formatters = {
  ...vfpFormatters,
  r: registerName,
  /** A register with "!" where w is set. */
  rw: (n, fields) => registerName(n) + (fields["w"] ? "!" : ""),
  /** The register after that of the field. */
  next: (n) => registerName(n + 1),
  /** S suffix from a field; 16-bit instructions set flags outside IT blocks only. */
  s: (s) => (s ? "s" : ""),
  s16: (_, fields) => (fields["inIT"] ? "" : "s"),
  /** The condition, of the field or (T32) of the IT block. */
  c: (_, fields) => conditionNames[fields["cond"] ?? 14]!,
  it: (firstcond) => (firstcond === 14 ? "al" : conditionNames[firstcond]!),
  itx: (mask, fields) => `t${itSuffix(fields["firstcond"]!, mask)}`,
  modimm: (imm12) => (isCanonical(imm12) ? `#${signed(ARMExpandImm(imm12))}` : `#${imm12 & 0xff}, ${2 * (imm12 >>> 8)}`),
  thumbimm: (imm12) => `#${ThumbExpandImm(imm12)}`,
  hex,
  hex4: (x) => `0x${x.toString(16).padStart(4, "0")}`,
  hex8: (x) => `0x${x.toString(16).padStart(8, "0")}`,
  bang: (w) => (w ? "!" : ""),
  plus1: (n) => String(n + 1),
  shift: (imm5, fields) => {
    const text = shiftText(fields["type"] ?? 0, imm5);
    return text === "" ? "" : `, ${text}`;
  },
  shiftname: (type) => shiftNames[type]!,
  /** MOV of a shifted register is written as the shift. */
  movname: (type, fields) => (shiftText(type, fields["imm5"]!) === "" ? "mov" : shiftText(type, fields["imm5"]!).slice(0, 3)),
  movamount: (imm5, fields) => {
    const text = shiftText(fields["type"]!, imm5);
    return text.includes("#") ? `, ${text.slice(4)}` : "";
  },
  amount: (imm5) => `#${imm5 === 0 ? 32 : imm5}`,
  /** SSAT, USAT, PKH: asr where the bit is set. */
  satshift: (imm5, fields) => {
    const text = shiftText((fields["sh"] ?? fields["tb"]) ? 2 : 0, imm5);
    return text === "" ? "" : `, ${text}`;
  },
  rotate: (rotate) => (rotate === 0 ? "" : `, ror #${8 * rotate}`),
  width: (msb, fields) => `#${msb - fields["lsb"]! + 1}`,
  top: (x) => (x ? "t" : "b"),
  x: (x) => (x ? "x" : ""),
  rounded: (r) => (r ? "r" : ""),
  /** Memory operands. */
  immaddr: (_, fields) => indexed(fields, `#${minus(fields)}${offsetOf(fields)}`),
  regaddr: (_, fields) => {
    const text = shiftText(fields["type"] ?? 0, fields["imm5"] ?? 0);
    return indexed(fields, `${minus(fields)}${registerName(fields["rm"]!)}${text === "" ? "" : `, ${text}`}`);
  },
  /** Operands of T32: literals, words, halfwords. */
  litaddr: (_, fields) => indexed({ ...fields, p: 1, w: 0, rn: 15 }, `#${minus(fields)}${offsetOf(fields)}`),
  negaddr: (_, fields) => indexed(fields, `#-${offsetOf(fields)}`),
  wordaddr: (imm8, fields) => indexed(fields, `#${minus(fields)}${4 * imm8}`),
  scaled1: (imm5, fields) => indexed(fields, `#${imm5}`),
  scaled2: (imm5, fields) => indexed(fields, `#${2 * imm5}`),
  scaled4: (imm5, fields) => indexed(fields, `#${4 * imm5}`),
  spaddr: (imm8) => indexed({ rn: 13 }, `#${4 * imm8}`),
  times4: (imm) => `#${4 * imm}`,
  /** Sign of an offset after the brackets. */
  postsign: (_, fields) => minus(fields),
  pclist: (list) =>
    `{${registersOf(list | 0x8000)
      .map(registerName)
      .join(", ")}}`,
  list: (list) => `{${registersOf(list).map(registerName).join(", ")}}`,
  /** Suffix of LDM and STM: which way, before or after. IA is not written. */
  block: (p, fields) => (fields["u"] ? (p ? "ib" : "") : p ? "db" : "da"),
  /** The same where IA is written. */
  frame: (p, fields) => (fields["u"] ? (p ? "ib" : "ia") : p ? "db" : "da"),
  /** Branch targets from fields in words (A32) or halfwords (T32). */
  target4: (imm, _, pc) => hex(pc + 8 + imm * 4),
  targeth: (imm, fields, pc) => hex(pc + 8 + imm * 4 + 2 * fields["h"]!),
  target2: (imm, _, pc) => hex(pc + 4 + imm * 2),
  far: (_, fields, pc) => hex(pc + 4 + farOffset(fields as unknown as Parameters<typeof farOffset>[0])),
  farx: (low10, fields, pc) =>
    hex(((pc + 4) & ~3) + farOffset({ ...(fields as unknown as Parameters<typeof farOffset>[0]), low: 2 * fields["low10"]! })),
  near: (_, fields, pc) => hex(pc + 4 + nearOffset(fields as unknown as Parameters<typeof farOffset>[0])),
  psr: (r, fields) => {
    const mask = fields["mask"];
    if (mask === undefined) return r ? "SPSR" : "CPSR";
    const parts = ["c", "x", "s", "f"].filter((_, i) => (mask >>> i) & 1).toReversed();
    return `${r ? "SPSR" : "CPSR"}_${parts.join("")}`;
  },
  banked: (m1, fields) => bankedName(fields["r"]!, (fields["m"]! << 4) | m1),
  isb: (option) => (option === 15 ? "sy" : `#${option}`),
  barrier: (option) => barrierOptions[option] ?? `#${option}`,
  aif: (aif) => ["a", "i", "f"].filter((_, i) => (aif >>> (2 - i)) & 1).join(""),
  imod: (imod) => (imod === 2 ? "ie" : imod === 3 ? "id" : ""),
  mode: (mode) => modeNames[mode] ?? `#${mode}`,
  cpsmode: (mode, fields) => (fields["m"] ? `#${mode}` : ""),
  comma: (m, fields) => (m && (fields["imod"] ?? 0) >= 2 ? ", " : ""),
  endian: (e) => (e ? "be" : "le"),
  cp: (cp) => `${14 + cp}`,
  /** Rt of MRC: 15 stands for the flags. */
  rtflags: (rt) => (rt === 15 ? "APSR_nzcv" : registerName(rt)),
  n: (nonzero) => (nonzero ? "n" : ""),
  im: (im) => (im ? "d" : "e"),
  tbbt: (tb) => (tb ? "tb" : "bt"),
  imm16: (_, { imm4 = 0, i = 0, imm3 = 0, imm8 = 0 }) => `#${(imm4 << 12) | (i << 11) | (imm3 << 8) | imm8}`,
  lslname: (imm5) => (imm5 === 0 ? "mov" : "lsl"),
  lslamount: (imm5) => (imm5 === 0 ? "" : `, #${imm5}`),
  /** RRX and ROR by an immediate have no 16-bit form. */
  movwide: (_, fields) => (fields["type"] === 3 ? "" : ".w"),
  cpswide: (_, fields) => (fields["m"] || fields["aif"] ? ".w" : ""),
  t16base: (rn, fields) => registerName(rn) + ((fields["list"]! >>> rn) & 1 ? "" : "!"),
  pushlist: (list, fields) =>
    `{${registersOf(list | (fields["m"]! << 14))
      .map(registerName)
      .join(", ")}}`,
  poplist: (list, fields) =>
    `{${registersOf(list | (fields["p"]! << 15))
      .map(registerName)
      .join(", ")}}`,
};
