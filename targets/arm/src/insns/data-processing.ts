/** Data-processing instructions: what they compute, and their second operands (ARM DDI 0406C, A5.2, A6.3.1-A6.3.3, A6.3.11). */
import type { Value } from "@tsemu/ir";
import { ARMExpandImm_C, DecodeImmShift, NOT, Shift_C, ShiftByRegister_C, ThumbExpandImm_C } from "../pseudocode.ts";
import { type ArmTranslator, PC, type Shifted, type Sum } from "../translator.ts";

/** Reads the second operand from the fields of an encoding. */
export type Operand<F> = (cpu: ArmTranslator, fields: F) => Shifted;

export const immediate: Operand<{ imm12: number }> = (cpu, { imm12 }) => ARMExpandImm_C(cpu, imm12);
export const thumbImmediate: Operand<{ imm12: number }> = (cpu, { imm12 }) => ThumbExpandImm_C(cpu, imm12);
/** An immediate that stands for itself. */
export const plainImmediate: Operand<{ imm: number }> = (cpu, { imm }) => ({ result: cpu.i32(imm), carry: undefined });
export const register: Operand<{ rm: number }> = (cpu, { rm }) => ({ result: cpu.R(rm), carry: undefined });
export const shiftedRegister: Operand<{ rm: number; type: number; imm5: number }> = (cpu, { rm, type, imm5 }) =>
  Shift_C(cpu, cpu.R(rm), DecodeImmShift(type, imm5));
export const registerShiftedRegister: Operand<{ rm: number; type: number; rs: number }> = (cpu, { rm, type, rs }) =>
  ShiftByRegister_C(cpu, cpu.R(rm), type, cpu.R(rs));

interface Outcome {
  readonly result: Value;
  /** Emits the code that sets the condition flags. */
  setFlags(): void;
}

/** What an instruction computes from R[n] and its second operand. `n` emits the reading of R[n]. */
export type Operation = (cpu: ArmTranslator, n: () => Value, operand: Shifted) => Outcome;

const logical =
  (combine: (cpu: ArmTranslator, n: () => Value, m: Value) => Value): Operation =>
  (cpu, n, operand) => {
    const result = combine(cpu, n, operand.result);
    return {
      result,
      setFlags() {
        cpu.setNZ(result);
        if (operand.carry !== undefined) cpu.setC(operand.carry());
      },
    };
  };

const arithmetic =
  (sumOf: (cpu: ArmTranslator, n: Value, m: Value) => Sum): Operation =>
  (cpu, n, operand) => {
    const sum = sumOf(cpu, n(), operand.result);
    return { result: sum.result, setFlags: () => cpu.setNZCV(sum) };
  };

export const AND = logical((cpu, n, m) => cpu.ir.and(n(), m));
export const EOR = logical((cpu, n, m) => cpu.ir.xor(n(), m));
export const ORR = logical((cpu, n, m) => cpu.ir.or(n(), m));
export const BIC = logical((cpu, n, m) => cpu.ir.and(n(), NOT(cpu, m)));
export const ORN = logical((cpu, n, m) => cpu.ir.or(n(), NOT(cpu, m)));
export const MOV = logical((_cpu, _n, m) => m);
export const MVN = logical((cpu, _n, m) => NOT(cpu, m));
export const ADD = arithmetic((cpu, n, m) => cpu.add(n, m));
export const SUB = arithmetic((cpu, n, m) => cpu.sub(n, m));
export const RSB = arithmetic((cpu, n, m) => cpu.sub(m, n));
export const ADC = arithmetic((cpu, n, m) => cpu.AddWithCarry(n, m, cpu.carryFlag()));
export const SBC = arithmetic((cpu, n, m) => cpu.AddWithCarry(n, NOT(cpu, m), cpu.carryFlag()));
export const RSC = arithmetic((cpu, n, m) => cpu.AddWithCarry(NOT(cpu, n), m, cpu.carryFlag()));

/**
 * SUBS PC, LR and related instructions (B9.3.20): CPSR = SPSR, and branch to `address`. UNPREDICTABLE in User mode:
 * undefined, as in QEMU; System mode, which has no SPSR either, is the helper's business.
 */
export function exceptionReturn(cpu: ArmTranslator, address: Value): void {
  if (cpu.privileged) cpu.exceptionReturn(address);
  else cpu.undefined();
}

function writeOutcome(cpu: ArmTranslator, rd: number, s: number, outcome: Outcome): void {
  if (rd === PC) return s ? exceptionReturn(cpu, outcome.result) : cpu.ALUWritePC(outcome.result);
  cpu.setR(rd, outcome.result);
  if (s) outcome.setFlags();
}

/** R[d] = operation(R[n], operand) */
export const dataProcessing =
  <F>(operation: Operation, operand: Operand<F>) =>
  (cpu: ArmTranslator, fields: F & { s: number; rd: number; rn: number }): void =>
    writeOutcome(
      cpu,
      fields.rd,
      fields.s,
      operation(cpu, () => cpu.R(fields.rn), operand(cpu, fields)),
    );

/** MOV, MVN and the shifts, which do not read R[n]. */
export const move =
  <F>(operation: Operation, operand: Operand<F>) =>
  (cpu: ArmTranslator, fields: F & { s: number; rd: number }): void =>
    writeOutcome(
      cpu,
      fields.rd,
      fields.s,
      operation(cpu, () => cpu.i32(0), operand(cpu, fields)),
    );

/** TST, TEQ, CMP, CMN: only the flags of operation(R[n], operand). */
export const compare =
  <F>(operation: Operation, operand: Operand<F>) =>
  (cpu: ArmTranslator, fields: F & { rn: number }): void =>
    operation(cpu, () => cpu.R(fields.rn), operand(cpu, fields)).setFlags();

/** MOVW: R[d] = ZeroExtend(imm16) (A8.8.102). */
export const MOVW = (cpu: ArmTranslator, { rd, imm16 }: { rd: number; imm16: number }): void => cpu.setR(rd, cpu.i32(imm16));

/** MOVT: R[d]<31:16> = imm16 (A8.8.106). */
export function MOVT(cpu: ArmTranslator, { rd, imm16 }: { rd: number; imm16: number }): void {
  const { ir } = cpu;
  cpu.setR(rd, ir.or(ir.and(cpu.R(rd), ir.i32(0xffff)), ir.i32(imm16 << 16)));
}

/** ADR: R[d] = Align(PC, 4) +- imm (A8.8.12). */
export function ADR(cpu: ArmTranslator, { rd, imm, add }: { rd: number; imm: number; add: number }): void {
  const base = cpu.PCValue() & ~3;
  cpu.writeALU(rd, cpu.i32(add ? base + imm : base - imm));
}
