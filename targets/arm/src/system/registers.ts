/** System registers as rows: what MRC, MCR, MRRC and MCRR reach in CP15 and CP14. */
import type { ArmCpu } from "../arm-cpu.ts";
import type { Features } from "../cpu-models.ts";
import { c15 } from "../state.ts";

export interface SystemRegister {
  readonly name: string;
  /** As host-calls.ts has it. */
  readonly key: number;
  /** `undefined` where the access is undefined; by default the slot of that name. */
  readonly read?: (cpu: ArmCpu, key: number) => number;
  readonly write?: (cpu: ArmCpu, value: number, key: number) => void;
  /** May User mode read or write it? A function where a register decides. */
  readonly user?: "r" | "rw" | "w" | ((cpu: ArmCpu, write: boolean) => boolean);
}

/** 64-bit registers: two words. */
export interface WideRegister {
  readonly name: string;
  readonly key: number;
  readonly read?: (cpu: ArmCpu) => readonly [low: number, high: number];
  readonly write?: (cpu: ArmCpu, low: number, high: number) => void;
  readonly user?: (cpu: ArmCpu, write: boolean) => boolean;
}

/** Key of a 32-bit CP15 register, in the order in which the manual names it: c<CRn>, <opc1>, c<CRm>, <opc2>. */
export const cp15 = (crn: number, opc1: number, crm: number, opc2: number): number =>
  (15 << 16) | (opc1 << 12) | (crn << 8) | (crm << 4) | opc2;
/** Key of a CP14 register. */
export const cp14 = (crn: number, opc1: number, crm: number, opc2: number): number =>
  (14 << 16) | (opc1 << 12) | (crn << 8) | (crm << 4) | opc2;
/** Key of a 64-bit CP15 register: <opc1>, c<CRm>. */
export const wide = (opc1: number, crm: number): number => (15 << 16) | (1 << 15) | (opc1 << 4) | crm;

/** The word of a register's slot. */
export const slotIndex = (name: string): number => c15[name]!.offset >> 2;

/** A register that is just its slot, with the bits that can be written. */
export function stored(name: string, key: number, mask = 0xffffffff, after?: (cpu: ArmCpu) => void): SystemRegister {
  const at = slotIndex(name);
  return {
    name,
    key,
    read: (cpu) => cpu.state.u32[at]!,
    write: (cpu, value) => {
      cpu.state.u32[at] = ((cpu.state.u32[at]! & ~mask) | (value & mask)) >>> 0;
      after?.(cpu);
    },
  };
}

/** A read-only register of the model. */
export const identity = (name: string, key: number, id: string = name): SystemRegister => ({
  name,
  key,
  read: (cpu) => cpu.model.id[id] ?? 0,
});

/** A read-only register with a fixed value. */
export const constant = (name: string, key: number, value: number): SystemRegister => ({ name, key, read: () => value });

/** An operation: write-only, nothing to do or `run`. */
export const operation = (name: string, key: number, run: (cpu: ArmCpu, value: number) => void = () => {}): SystemRegister => ({
  name,
  key,
  write: run,
});

export type RowsFor = (features: Features) => readonly SystemRegister[];
export type WideRowsFor = (features: Features) => readonly WideRegister[];
