/**
 * MCR, MRC, MCRR, MRRC to coprocessors 14 and 15 (ARM DDI 0406C, A8.8.98-A8.8.99, A8.8.107-A8.8.108, B3.17). What a register
 * does is a helper's business; a few that are used in every system call or barrier are known here.
 */
import type { Slot, Value } from "@tsemu/ir";
import { calls } from "../host-calls.ts";
import * as state from "../state.ts";
import { cacheOperations } from "../system/cache-operations.ts";
import { type ArmTranslator, PC } from "../translator.ts";
import { setNZCVFromBits } from "./status-register.ts";

type Cpu = ArmTranslator;

export interface Register {
  /** 0: CP14, 1: CP15. */
  readonly cp: number;
  readonly opc1: number;
  readonly crn: number;
  readonly crm: number;
  readonly opc2: number;
  readonly rt: number;
}

const keyOf = ({ cp, opc1, crn, crm, opc2 }: Register): number => ((14 + cp) << 16) | (opc1 << 12) | (crn << 8) | (crm << 4) | opc2;
const cp15 = (opc1: number, crn: number, crm: number, opc2: number): number => keyOf({ cp: 1, opc1, crn, crm, opc2, rt: 0 });

const TPIDRURW = cp15(0, 13, 0, 2);
const TPIDRURO = cp15(0, 13, 0, 3);
const TPIDRPRW = cp15(0, 13, 0, 4);
/** Wait for interrupt before ARMv7, which made it a NOP. */
const CP15WFI = cp15(0, 7, 0, 4);
const CP15DSB = cp15(0, 7, 10, 4);
const CP15DMB = cp15(0, 7, 10, 5);

/** The slot of a thread-identity register that the present privilege level may access so. */
function threadRegister(cpu: Cpu, key: number, write: boolean): Slot | undefined {
  if (!cpu.features.v6K) return undefined;
  if (key === TPIDRURW) return state.c15["tpidrurw"];
  if (key === TPIDRURO && (cpu.privileged || !write)) return state.c15["tpidruro"];
  return key === TPIDRPRW && cpu.privileged ? state.c15["tpidrprw"] : undefined;
}

const withoutEffect = new Set(cacheOperations.map(({ key }) => key));

export function MRC(cpu: Cpu, fields: Register): void {
  const key = keyOf(fields);
  const slot = threadRegister(cpu, key, false);
  const value: Value = slot === undefined ? cpu.ir.call(calls.mrc, cpu.i32(key)) : cpu.get(slot);
  if (fields.rt === PC) setNZCVFromBits(cpu, value);
  else cpu.setR(fields.rt, value);
}

/** MCR ends the block unless its effect is known to be none on code, translation or interrupts. */
export function MCR(cpu: Cpu, fields: Register): void {
  if (fields.rt === PC) return cpu.undefined();
  const key = keyOf(fields);
  const slot = threadRegister(cpu, key, true);
  if (slot !== undefined) return cpu.ir.set(slot, cpu.R(fields.rt));
  // Barriers, for User mode from ARMv6 on.
  if ((key === CP15DSB || key === CP15DMB) && (cpu.privileged || cpu.features.version >= 6)) return;
  if (key === CP15WFI && cpu.privileged && cpu.features.version < 7) return cpu.waitForInterrupt();
  if (cpu.privileged && withoutEffect.has(key)) {
    // After instruction cache maintenance comes code that may have been changed within this block.
    if (fields.crm === 1 || fields.crm === 5) {
      cpu.syncNext();
      cpu.lookupAfterHelper();
    }
    return;
  }
  const value = cpu.R(fields.rt);
  // The helper may change block flags: the slots must be right before it, and are what counts after it.
  cpu.syncNext();
  cpu.ir.call(calls.mcr, cpu.i32(key), value);
  cpu.lookupAfterHelper();
}

interface RegisterPair {
  readonly cp: number;
  readonly opc1: number;
  readonly crm: number;
  readonly rt: number;
  readonly rt2: number;
}

const pairKeyOf = ({ cp, opc1, crm }: RegisterPair): number => ((14 + cp) << 16) | (1 << 15) | (opc1 << 4) | crm;

export function MRRC(cpu: Cpu, fields: RegisterPair): void {
  if (fields.rt === PC || fields.rt2 === PC) return cpu.undefined();
  const low = cpu.ir.call(calls.mrrc, cpu.i32(pairKeyOf(fields)));
  cpu.setR(fields.rt, low);
  cpu.setR(fields.rt2, cpu.get(state.resultHigh));
}

export function MCRR(cpu: Cpu, fields: RegisterPair): void {
  if (fields.rt === PC || fields.rt2 === PC) return cpu.undefined();
  const [low, high] = [cpu.R(fields.rt), cpu.R(fields.rt2)];
  cpu.syncNext();
  cpu.ir.call(calls.mcrr, cpu.i32(pairKeyOf(fields)), low, high);
  cpu.lookupAfterHelper();
}
