/** Branches (ARM DDI 0406C, A4.3). */
import { type ArmTranslator, LR, PC } from "../translator.ts";

type Cpu = ArmTranslator;

/** LR = return address; its bit 0 is the instruction set. */
const link = (cpu: Cpu): void => cpu.setR(LR, cpu.i32(cpu.pc | (cpu.thumb ? 1 : 0)));

/** B: PC + offset. */
export const B = (cpu: Cpu, { offset }: { offset: number }): void => cpu.BranchTo((cpu.PCValue() + offset) >>> 0);

/** BL in the same instruction set. */
export function BL(cpu: Cpu, { offset }: { offset: number }): void {
  link(cpu);
  cpu.BranchTo((cpu.PCValue() + offset) >>> 0);
}

/** BLX (immediate): to the other instruction set, from the word that PC is in. */
export function BLX_imm(cpu: Cpu, { offset }: { offset: number }): void {
  link(cpu);
  const target = cpu.thumb ? (cpu.PCValue() & ~3) + offset : cpu.PCValue() + offset;
  cpu.branchExchangeTo(target >>> 0, !cpu.thumb);
}

/** BX; BXJ too, as Jazelle is the trivial implementation. */
export const BX = (cpu: Cpu, { rm }: { rm: number }): void => {
  if (rm !== PC) return cpu.BXWritePC(cpu.R(rm));
  // A known target: from T32, the way to A32 code that follows. Bits 1:0 = 10 (UNPREDICTABLE) are dropped.
  cpu.branchExchangeTo((cpu.PCValue() & ~3) >>> 0, false);
};

/** BLX (register); the target is read before LR is written. */
export function BLX_reg(cpu: Cpu, { rm }: { rm: number }): void {
  const target = cpu.R(rm);
  link(cpu);
  cpu.BXWritePC(target);
}

/** Conditional branch inside a block: out of it one way or the other. */
function branchIf(cpu: Cpu, condition: ReturnType<Cpu["R"]>, offset: number): void {
  cpu.ir.if(condition, () => cpu.BranchTo((cpu.PCValue() + offset) >>> 0));
  cpu.fallThrough();
}

/** CBZ, and with nonzero CBNZ. */
export const CBZ = (cpu: Cpu, { nonzero, rn, offset }: { nonzero: number; rn: number; offset: number }): void =>
  branchIf(cpu, nonzero ? cpu.ir.ne(cpu.R(rn), cpu.i32(0)) : cpu.ir.eqz(cpu.R(rn)), offset);

/** TBB and TBH: forward by twice an entry of a table (A8.8.238). */
export const tableBranch =
  (size: 1 | 2) =>
  (cpu: Cpu, { rn, rm }: { rn: number; rm: number }): void => {
    const { ir } = cpu;
    const index = size === 2 ? ir.shl(cpu.R(rm), ir.i32(1)) : cpu.R(rm);
    const entry = cpu.load(ir.add(cpu.R(rn), index), cpu.memOp(size));
    cpu.BranchWritePC(ir.add(ir.shl(entry, ir.i32(1)), ir.i32(cpu.PCValue())));
  };

/** First half of BL and BLX where they are two instructions: LR = PC + the high part of the offset. */
export const BL_prefix = (cpu: Cpu, { offset }: { offset: number }): void => cpu.setR(LR, cpu.i32(cpu.PCValue() + offset));

/** Second half of BL. */
export function BL_suffix(cpu: Cpu, { offset }: { offset: number }): void {
  const target = cpu.ir.add(cpu.R(LR), cpu.i32(offset));
  link(cpu);
  cpu.BranchWritePC(target);
}

/** Second half of BLX: to A32. */
export function BLX_suffix(cpu: Cpu, { offset }: { offset: number }): void {
  const target = cpu.ir.and(cpu.ir.add(cpu.R(LR), cpu.i32(offset)), cpu.i32(-4));
  link(cpu);
  cpu.BXWritePC(target);
}
