/** Rows of the MIPS decode table: which CPUs have them. */
import { insnFor, selectRows, type TableItem } from "@tsemu/decode";
import type { Features } from "./cpu-models.ts";
import type { MipsTranslator } from "./translator.ts";

/** What a CPU must have for a row to be in its table. No name: MIPS32 release 1. */
const conditions = {
  r2: (f: Features) => f.release >= 2,
  mips64: (f: Features) => f.bits === 64,
  mips64r2: (f: Features) => f.bits === 64 && f.release >= 2,
  fpu: (f: Features) => f.fpu,
  /** Without an FPU the instructions are there all the same: Coprocessor Unusable. */
  fpuR2: (f: Features) => f.bits === 64 || f.release >= 2,
  ps: (f: Features) => f.ps,
  dsp: (f: Features) => f.dsp >= 1,
  dsp2: (f: Features) => f.dsp >= 2,
} as const;

export interface MipsMeta {
  readonly needs: keyof typeof conditions;
}

export type MipsItem = TableItem<MipsTranslator, MipsMeta>;

export const insn = insnFor<MipsTranslator, MipsMeta>();

/** The rows that a CPU with these features has. */
export const rowsFor = (items: readonly MipsItem[], features: Features): MipsItem[] =>
  selectRows(items, (row) => row.meta.needs === undefined || conditions[row.meta.needs](features));

export type R3 = { readonly rs: number; readonly rt: number; readonly rd: number };
export type Immediate = { readonly rs: number; readonly rt: number; readonly imm: number };
export type Shift = { readonly rt: number; readonly rd: number; readonly sa: number };

/** An instruction of opcode SPECIAL (or another one) with three registers. */
export const three = (
  name: string,
  funct: string,
  execute: (t: MipsTranslator, fields: R3) => void,
  needs?: MipsMeta["needs"],
  opcode = "000000",
  middle = "00000",
): MipsItem =>
  insn(
    name,
    `${opcode} rs:5 rt:5 rd:5 ${middle} ${funct}`,
    `${name.toLowerCase()} {rd:r},{rs:r},{rt:r}`,
    execute,
    needs === undefined ? {} : { needs },
  );

/** An instruction with a register and a 16-bit immediate, sign-extended or not. */
export const immediate = (
  name: string,
  opcode: string,
  signed: boolean,
  execute: (t: MipsTranslator, fields: Immediate) => void,
  needs?: MipsMeta["needs"],
): MipsItem =>
  insn(
    name,
    `${opcode} rs:5 rt:5 imm:${signed ? "s" : ""}16`,
    `${name.toLowerCase()} {rt:r},{rs:r},${signed ? "{imm}" : "{imm:hex}"}`,
    execute as never,
    needs === undefined ? {} : { needs },
  );
