/** Rows of the ARM decode tables: which cores have them, and what rows of different encodings share. */
import { insnFor, selectRows, type TableItem } from "@tsemu/decode";
import type { Features } from "./cpu-models.ts";
import { vfpConditions } from "./vfp/meta.ts";
import type { ArmTranslator } from "./translator.ts";

/** What a core must have for a row to be in its tables. No name: ARMv5TE. */
const conditions = {
  v6: (f: Features) => f.version >= 6,
  v6K: (f: Features) => f.v6K,
  v6T2: (f: Features) => f.thumb2,
  /** BL and BLX as two instructions of 16 bits. */
  beforeV6T2: (f: Features) => !f.thumb2,
  v7: (f: Features) => f.version >= 7,
  mp: (f: Features) => f.mp,
  divide: (f: Features) => f.divide,
  security: (f: Features) => f.security,
  /** The instructions exist with the Virtualization Extensions, but HVC can also call a machine's firmware. */
  hvc: (f: Features) => f.version >= 7,
  virtualization: (f: Features) => f.virtualization || f.lpae,
  ...vfpConditions,
  v8: (f: Features) => f.v8,
} as const;

export interface ArmMeta {
  readonly needs: keyof typeof conditions;
  /** Inside an IT block too, runs whatever its condition (BKPT). */
  readonly ignoresIT: boolean;
}

export type ArmItem = TableItem<ArmTranslator, ArmMeta>;

export const insn = insnFor<ArmTranslator, ArmMeta>();

/** The rows that a core with these features has. */
export const rowsFor = (items: readonly ArmItem[], features: Features): ArmItem[] =>
  selectRows(items, (row) => row.meta.needs === undefined || conditions[row.meta.needs](features));

/**
 * The encodings where one of the fields named is 15, for `except`: PC there is UNPREDICTABLE, and we take it as
 * undefined. (QEMU branches or ignores it; no program can rely on either.)
 */
export const pcIn = <Name extends string>(...names: Name[]): { readonly [N in Name]?: number }[] =>
  names.map((name) => ({ [name]: 15 }) as { readonly [N in Name]?: number });

/** `execute` for an encoding that has no bits for some of its fields. */
export const given =
  <Given extends Readonly<Record<string, number>>, F extends { readonly [Name in keyof Given]: number }>(
    constants: Given,
    execute: (cpu: ArmTranslator, fields: F) => void,
  ) =>
  (cpu: ArmTranslator, fields: Omit<F, keyof Given>): void =>
    execute(cpu, { ...fields, ...constants } as unknown as F);
