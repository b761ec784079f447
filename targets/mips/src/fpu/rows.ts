/** What the rows of the FPU have in common. */
import { insn, type MipsItem, type MipsMeta } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";
import type { Format } from "./machine.ts";

/** The field fmt. */
export const fmtBits: Readonly<Record<Format, string>> = { S: "10000", D: "10001", W: "10100", L: "10101", PS: "10110" };

export type Fpu3 = { readonly ft: number; readonly fs: number; readonly fd: number };
export type Fpu2 = { readonly fs: number; readonly fd: number };

/** PS needs paired singles; others need nothing (their coprocessor is not usable where there is no FPU). */
export const needsOf = (...fmts: Format[]): Partial<MipsMeta> =>
  fmts.includes("PS") ? { needs: "ps" } : fmts.includes("L") ? { needs: "fpuR2" } : {};

export const mnemonic = (name: string): string => name.toLowerCase().replaceAll("_", ".");

export const fpu3 = (name: string, fmt: Format, funct: string, execute: (t: MipsTranslator, fields: Fpu3) => void): MipsItem =>
  insn(
    `${name}_${fmt}`,
    `010001 ${fmtBits[fmt]} ft:5 fs:5 fd:5 ${funct}`,
    `${mnemonic(`${name}_${fmt}`)} {fd:f},{fs:f},{ft:f}`,
    execute as never,
    needsOf(fmt),
  );

/** `name` in full. */
export const fpu2 = (
  name: string,
  fmt: Format,
  funct: string,
  execute: (t: MipsTranslator, fields: Fpu2) => void,
  meta: Partial<MipsMeta> = needsOf(fmt),
): MipsItem => insn(name, `010001 ${fmtBits[fmt]} 00000 fs:5 fd:5 ${funct}`, `${mnemonic(name)} {fd:f},{fs:f}`, execute as never, meta);
