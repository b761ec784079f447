/** How fields are printed in disassembly: the notation of the ARM manual (UAL), numbers as GNU objdump prints them. */
import type { AnyFields, Formatters } from "@tsemu/decode";
import { registersOf } from "./insns/load-store-multiple.ts";
import { ARMExpandImm, ThumbExpandImm } from "./pseudocode.ts";
import { vfpFormatters } from "./vfp/formatters.ts";

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

const bankedName = (r: number, sysm: number): string => {
  const bank = ["usr", "fiq", "irq", "svc", "abt", "und", "mon", "hyp"];
  if (r === 1) {
    const names: Readonly<Record<number, string>> = { 14: "fiq", 16: "irq", 18: "svc", 20: "abt", 22: "und", 28: "mon", 30: "hyp" };
    return `SPSR_${names[sysm] ?? sysm}`;
  }
  if (sysm < 7) return `R${8 + sysm}_usr`.replace("R13", "SP").replace("R14", "LR");
  if (sysm >= 8 && sysm < 15) return `R${sysm}_fiq`.replace("R13", "SP").replace("R14", "LR");
  if (sysm === 30) return "ELR_hyp";
  if (sysm === 31) return "SP_hyp";
  const mode = ["irq", "svc", "abt", "und", "", "", "mon", "hyp"][(sysm - 16) >> 1];
  return `${sysm & 1 ? "SP" : "LR"}_${mode ?? bank[0]}`;
};

/** Names of IT's x, y, z: t where the mask bit equals the condition's lowest bit. */
function itSuffix(firstcond: number, mask: number): string {
  let text = "";
  for (let bit = 3; bit > 31 - Math.clz32(mask & -mask); bit--) text += ((mask >>> bit) & 1) === (firstcond & 1) ? "t" : "e";
  return text;
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
  it: (firstcond, fields) => conditionNames[firstcond] + (firstcond === 14 ? "al" : "") + (fields ? "" : ""),
  itx: (mask, fields) => itSuffix(fields["firstcond"]!, mask),
  modimm: (imm12) => `#${signed(ARMExpandImm(imm12))}`,
  thumbimm: (imm12) => `#${signed(ThumbExpandImm(imm12))}`,
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
  /** Where a literal is. */
  literal: (imm, fields, pc) => hex(((pc + (fields["thumb"] ? 4 : 8)) & ~3) + (fields["u"] === 0 ? -imm : imm)),
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
  psr: (r, fields) => {
    const mask = fields["mask"];
    if (mask === undefined) return r ? "SPSR" : "CPSR";
    const parts = ["c", "x", "s", "f"].filter((_, i) => (mask >>> i) & 1).reverse();
    return `${r ? "SPSR" : "CPSR"}_${parts.join("")}`;
  },
  banked: (sysm, fields) => bankedName(fields["r"]!, sysm),
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
  y: (w) => (w ? "w" : ""),
};
