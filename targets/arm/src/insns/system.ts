/** Hints, barriers, and the instructions that call something: SVC, BKPT, HVC, SMC (ARM DDI 0406C, A4.10, A8.8, B9.3). */
import { calls } from "../host-calls.ts";
import type { ArmTranslator } from "../translator.ts";

type Cpu = ArmTranslator;

/** NOP, SEV, DBG, and hints that are not allocated. */
export const NOP = (): void => {};
export const YIELD = (cpu: Cpu): void => cpu.yield();
/** No event register: another vCPU, or an interrupt, gets its turn. */
export const WFE = (cpu: Cpu): void => cpu.yield();
/** In User mode too, as nothing here can trap it. */
export const WFI = (cpu: Cpu): void => cpu.waitForInterrupt();
/** Accesses are in program order: DMB and DSB have nothing to do. */
export const barrier = NOP;
/** ISB: what follows is looked up anew. */
export const ISB = (cpu: Cpu): void => cpu.endWithLookup();
export const SVC = (cpu: Cpu, { imm }: { imm: number }): void => cpu.supervisorCall(imm);
export const BKPT = (cpu: Cpu, { imm }: { imm: number }): void => cpu.breakpoint(imm);
export const UDF = (cpu: Cpu): void => cpu.undefined();

function firmwareCall(cpu: Cpu, smc: 0 | 1, imm: number): void {
  if (!cpu.privileged) return cpu.undefined();
  cpu.syncNext();
  cpu.ir.call(calls.firmwareCall, cpu.i32(smc), cpu.i32(imm));
  cpu.lookupAfterHelper();
}
export const HVC = (cpu: Cpu, { imm }: { imm: number }): void => firmwareCall(cpu, 0, imm);
export const SMC = (cpu: Cpu, { imm }: { imm: number }): void => firmwareCall(cpu, 1, imm);
