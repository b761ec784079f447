/** Accesses that instructions make to tables of the system: with the rights of a supervisor, whatever the privilege level. */
import { mmu } from "../block-flags.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { CR4 } from "./bits.ts";

/** A linear address: two words. */
export interface Linear {
  readonly low: number;
  readonly high: number;
}

export function at(base: Linear, offset: number): Linear {
  const sum = base.low + offset;
  return { low: sum >>> 0, high: (base.high + Math.floor(sum / 2 ** 32)) >>> 0 };
}

const index = (cpu: X86Cpu): number => ((cpu.word("cr4") & CR4.SMAP) !== 0 ? mmu.supervisorSmap : mmu.supervisor);

export const readSystem = (cpu: X86Cpu, address: Linear, size: 1 | 2 | 4): number =>
  cpu.env.virtual.load(address.low, address.high, size, index(cpu));
export const writeSystem = (cpu: X86Cpu, address: Linear, size: 1 | 2 | 4, value: number): void =>
  cpu.env.virtual.store(address.low, address.high, size, index(cpu), value);

/** The MMU index of a privilege level's own accesses. */
export const indexOf = (cpu: X86Cpu, cpl: number): number => (cpl === 3 ? mmu.user : index(cpu));
