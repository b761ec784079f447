/** MRS, MSR, CPS, SETEND (ARM DDI 0406C, A8.8.109-A8.8.112, B9.3.2, B9.3.8-B9.3.12). */
import type { Value } from "@tsemu/ir";
import * as bf from "../block-flags.ts";
import { calls } from "../host-calls.ts";
import * as state from "../state.ts";
import type { ArmTranslator } from "../translator.ts";

type Cpu = ArmTranslator;

/** N Z C V from bits 31:28 of a value. */
export function setNZCVFromBits(cpu: Cpu, value: Value): void {
  const { ir } = cpu;
  // N is the sign of the high word; Z is set where the low word is 0: bit 30 inverted.
  ir.set(state.nf, value);
  ir.set(state.zf, ir.and(ir.not(value), ir.i32(0x4000_0000)));
  ir.set(state.cf, ir.and(ir.shrU(value, ir.i32(29)), ir.i32(1)));
  ir.set(state.vf, ir.shl(value, ir.i32(3)));
}

/** CPSR as MRS reads it: without the execution state bits J, IT and T. */
function readCPSR(cpu: Cpu): Value {
  const { ir } = cpu;
  const parts = [
    ir.and(ir.get(state.nf), ir.i32(0x8000_0000)),
    ir.shl(ir.eqz(ir.get(state.zf)), ir.i32(30)),
    ir.shl(ir.get(state.cf), ir.i32(29)),
    ir.and(ir.shrU(ir.get(state.vf), ir.i32(3)), ir.i32(0x1000_0000)),
    ir.shl(ir.get(state.qf), ir.i32(27)),
    ir.shl(ir.get(state.ge), ir.i32(16)),
  ];
  return parts.reduce((sum, part) => ir.or(sum, part), ir.get(state.cpsr));
}

/** MRS: R[d] = CPSR, or with r SPSR. */
export function MRS(cpu: Cpu, { rd, r }: { rd: number; r: number }): void {
  if (r === 0) return cpu.setR(rd, readCPSR(cpu));
  if (!cpu.privileged) return cpu.undefined();
  cpu.setR(rd, cpu.ir.call(calls.spsrRead));
}

/** Byte masks of MSR. */
const CONTROL = 1;
const EXTENSION = 2;
const STATUS = 4;
const FLAGS = 8;

/** The parts of CPSR that every mode may write and that do not steer translation: NZCVQ and GE. */
function writeAPSR(cpu: Cpu, value: Value, mask: number): void {
  const { ir } = cpu;
  if (mask & FLAGS) {
    setNZCVFromBits(cpu, value);
    ir.set(state.qf, ir.and(ir.shrU(value, ir.i32(27)), ir.i32(1)));
  }
  if (mask & STATUS && cpu.features.version >= 6) ir.set(state.ge, ir.and(ir.shrU(value, ir.i32(16)), ir.i32(15)));
}

function MSR(cpu: Cpu, value: Value, mask: number, r: number): void {
  if (r === 1) {
    if (!cpu.privileged) return cpu.undefined();
    cpu.ir.call(calls.spsrWrite, value, cpu.i32(mask));
    return;
  }
  // User mode cannot write the control byte; E, in the extension byte, steers translation.
  const systemMask = mask & (cpu.privileged ? CONTROL | EXTENSION : EXTENSION);
  if (systemMask === 0) return writeAPSR(cpu, value, mask);
  cpu.writeCPSR(value, mask);
}

/** MSR (register) and MSR (immediate). */
export const MSR_reg = (cpu: Cpu, { rn, mask, r }: { rn: number; mask: number; r: number }): void => MSR(cpu, cpu.R(rn), mask, r);
export const MSR_value = (cpu: Cpu, imm32: number, { mask, r }: { mask: number; r: number }): void => MSR(cpu, cpu.i32(imm32), mask, r);

/** MRS (Banked register): R:SYSm, six bits, select it (B9.2.3). */
export function MRS_banked(cpu: Cpu, { rd, r, sysm }: { rd: number; r: number; sysm: number }): void {
  if (!cpu.privileged) return cpu.undefined();
  cpu.setR(rd, cpu.ir.call(calls.bankedRead, cpu.i32((r << 5) | sysm)));
}
export function MSR_banked(cpu: Cpu, { rn, r, sysm }: { rn: number; r: number; sysm: number }): void {
  if (!cpu.privileged) return cpu.undefined();
  cpu.ir.call(calls.bankedWrite, cpu.i32((r << 5) | sysm), cpu.R(rn));
}

const AIF_SHIFT = 6;
const MODE = 0x1f;

/** CPS: interrupt masks (imod 2: clear, 3: set) and mode (m). No effect in User mode. */
export function CPS(cpu: Cpu, { imod, m, aif, mode }: { imod: number; m: number; aif: number; mode: number }): void {
  if (!cpu.privileged) return;
  const { ir } = cpu;
  const masks = imod >= 2 ? aif << AIF_SHIFT : 0;
  if (masks === 0 && m === 0) return;
  const old = ir.get(state.cpsr);
  // Disabling interrupts changes nothing else, and cannot make one deliverable: no need to leave the block.
  if (m === 0 && imod === 3) return ir.set(state.cpsr, ir.or(old, ir.i32(masks)));
  const kept = ir.and(old, ir.i32(~(masks | (m ? MODE : 0))));
  const added = (imod === 3 ? masks : 0) | (m ? mode : 0);
  // A is in byte 1, with E, which the slot holds as well.
  cpu.writeCPSR(added === 0 ? kept : ir.or(kept, ir.i32(added)), CONTROL | (masks & 0x100 ? EXTENSION : 0));
}

const E = 1 << 9;

/** SETEND: the data endianness; the code that follows is translated anew. */
export function SETEND(cpu: Cpu, { e }: { e: number }): void {
  if ((e === 1) === cpu.bigEndian) return;
  const { ir } = cpu;
  ir.set(state.cpsr, ir.xor(ir.get(state.cpsr), ir.i32(E)));
  ir.goto(cpu.pc, cpu.flagsNow() ^ bf.BIG_ENDIAN);
  cpu.ended = true;
}
