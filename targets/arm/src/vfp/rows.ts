/**
 * Rows that A32 and T32 share. VFP: A32 has a condition where T32 has 1110. Advanced SIMD: data processing is 1111001 U in A32
 * and 111 U 1111 in T32, element and structure loads and stores are 11110100 and 11111001 (DDI 0406C, A7.4 to A7.9).
 */
import { type Fields, firstOf, insn, type InsnOptions, type Row, type TableItem } from "@tsemu/decode";
import * as bf from "../block-flags.ts";
import type { ArmTranslator } from "../translator.ts";
import type { VfpMeta } from "./meta.ts";

export type VfpRow = Row<ArmTranslator, VfpMeta>;
export type VfpItem = TableItem<ArmTranslator, VfpMeta>;

/** One instruction in both instruction sets. */
export interface Both {
  readonly a32: VfpItem;
  readonly t32: VfpItem;
}

type Execute<P extends string> = (cpu: ArmTranslator, fields: Fields<P>) => void;
type AnyExecute = (cpu: ArmTranslator, fields: never) => void;

const make = (name: string, pattern: string, syntax: string, execute: AnyExecute, options: object): VfpRow =>
  insn<string, ArmTranslator, VfpMeta>(name, pattern, syntax, execute as Execute<string>, options as InsnOptions<string, VfpMeta>);

/**
 * May the instruction use VFP (FPEXC.EN and CPACR)? For privileged code EN is looked at when it is executed: a kernel changes it with its threads,
 * and is the same code under either.
 */
export const vfpEnabled = (cpu: ArmTranslator): boolean => {
  if ((cpu.flags & bf.CP_ACCESS) === 0) return false;
  if (!cpu.privileged) return (cpu.flags & bf.FP_ENABLED) !== 0;
  cpu.checkFpexc();
  return true;
};

const whenEnabled =
  <P extends string>(execute: Execute<P>): Execute<P> =>
  (cpu, fields) =>
    vfpEnabled(cpu) ? execute(cpu, fields) : cpu.undefined();

const whenSimd =
  <P extends string>(execute: Execute<P>): Execute<P> =>
  (cpu, fields) =>
    vfpEnabled(cpu) && (cpu.flags & bf.SIMD_DISABLED) === 0 ? execute(cpu, fields) : cpu.undefined();

/** A VFP row from its 28 bits behind the condition; `execute` does its own check of what is enabled. */
export function vfpAlways<P extends string>(
  name: string,
  bits: P,
  syntax: string,
  execute: Execute<P>,
  options: InsnOptions<P, VfpMeta>,
): Both {
  const except = [options.except ?? []].flat();
  return {
    a32: make(name, `cond:4 ${bits}`, syntax, execute, { ...options, except: [{ cond: 15 }, ...except] }),
    t32: make(name, `1110 ${bits}`, syntax, execute, options),
  };
}

/** A VFP row; undefined where VFP is not enabled. */
export const vfp = <P extends string>(name: string, bits: P, syntax: string, execute: Execute<P>, options: InsnOptions<P, VfpMeta>): Both =>
  vfpAlways(name, bits, syntax, whenEnabled(execute), options);

/** A VFP row that CPACR.ASEDIS disables too. */
export const vfpSimd = <P extends string>(
  name: string,
  bits: P,
  syntax: string,
  execute: Execute<P>,
  options: InsnOptions<P, VfpMeta>,
): Both => vfpAlways(name, bits, syntax, whenSimd(execute), options);

/** A row of Advanced SIMD data processing: the bit U (or a field of that bit), then the 24 bits that both instruction sets share. */
export function simd<U extends string, P extends string>(
  name: string,
  u: U,
  bits: P,
  syntax: string,
  execute: Execute<`${U} ${P}`>,
  options: Omit<InsnOptions<`${U} ${P}`, VfpMeta>, "needs"> & { readonly needs?: VfpMeta["needs"] } = {},
): Both {
  const all = { needs: "neon", ...options };
  return {
    a32: make(name, `1111001 ${u} ${bits}`, syntax, whenSimd(execute), all),
    t32: make(name, `111 ${u} 1111 ${bits}`, syntax, whenSimd(execute), all),
  };
}

/** A row of element and structure loads and stores: the 24 bits that both instruction sets share. */
export function structure<P extends string>(name: string, bits: P, syntax: string, execute: Execute<P>, options: object = {}): Both {
  const all = { needs: "neon", ...options };
  return {
    a32: make(name, `11110100 ${bits}`, syntax, whenSimd(execute), all),
    t32: make(name, `11111001 ${bits}`, syntax, whenSimd(execute), all),
  };
}

/** firstOf() in both instruction sets. */
export const bothFirstOf = (...rows: readonly Both[]): Both => ({
  a32: firstOf(...rows.map((r) => r.a32)),
  t32: firstOf(...rows.map((r) => r.t32)),
});

export const a32Rows = (rows: readonly Both[]): readonly VfpItem[] => rows.map((r) => r.a32);
export const t32Rows = (rows: readonly Both[]): readonly VfpItem[] => rows.map((r) => r.t32);
