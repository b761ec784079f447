/**
 * LDM, STM and their forms for other modes (ARM DDI 0406C, A8.8.58-A8.8.61, A8.8.199-A8.8.203, B9.3.5-B9.3.6, B9.3.17).
 * The base register is written last, so that an abort in the middle leaves it as it was and the instruction can be
 * executed again. An LDM that loads its base keeps the loaded value.
 */
import type { Value } from "@tsemu/ir";
import { calls } from "../host-calls.ts";
import { plus } from "../pseudocode.ts";
import { type ArmTranslator, PC } from "../translator.ts";
import { exceptionReturn } from "./data-processing.ts";
import { alignedWords } from "./load-store.ts";

type Cpu = ArmTranslator;

export interface Block {
  /** Increment before / decrement before. */
  readonly p: number;
  readonly u: number;
  readonly w: number;
  readonly rn: number;
  readonly list: number;
}

/** Registers of a list, lowest first. */
export function registersOf(list: number): number[] {
  const registers: number[] = [];
  for (let n = 0; n < 16; n++) if ((list >>> n) & 1) registers.push(n);
  return registers;
}

interface Words {
  /** Address and MemOp of the i-th word. */
  word(i: number): { address: Value; mem: ReturnType<Cpu["memOp"]> };
  /** What write-back makes of the base. */
  readonly moved: Value;
}

/** The addresses of `count` words at a base in one of the four ways. */
export function wordsAt(cpu: Cpu, base: Value, { p, u }: { p: number; u: number }, count: number): Words {
  const start = (u ? 0 : -4 * count) + (p === u ? 4 : 0);
  const { address, mem } = alignedWords(cpu, base);
  return {
    word: (i) => ({ address: plus(cpu, address, start + 4 * i), mem }),
    get moved() {
      return plus(cpu, base, u ? 4 * count : -4 * count);
    },
  };
}

/** How a register of the list is written and read: as it is, or User mode's. */
interface Bank {
  read(cpu: Cpu, n: number): Value;
  write(cpu: Cpu, n: number, value: Value): void;
}
const current: Bank = { read: (cpu, n) => cpu.R(n), write: (cpu, n, value) => cpu.setR(n, value) };
const user: Bank = {
  read: (cpu, n) => (n < 8 || n === PC ? cpu.R(n) : cpu.ir.call(calls.userRead, cpu.i32(n))),
  write(cpu, n, value) {
    if (n < 8) cpu.setR(n, value);
    else cpu.ir.call(calls.userWrite, cpu.i32(n), value);
  },
};

function loadMultiple(cpu: Cpu, fields: Block, bank: Bank, jump: (address: Value) => void): void {
  const registers = registersOf(fields.list);
  // No register, or PC as the base: UNPREDICTABLE, undefined as in QEMU.
  if (registers.length === 0 || fields.rn === PC) return cpu.undefined();
  const words = wordsAt(cpu, cpu.R(fields.rn), fields, registers.length);
  let newBase: Value | undefined;
  let target: Value | undefined;
  registers.forEach((n, i) => {
    const { address, mem } = words.word(i);
    const value = cpu.load(address, mem);
    if (n === PC) target = value;
    else if (n === fields.rn && bank === current) newBase = value;
    else bank.write(cpu, n, value);
  });
  if (newBase !== undefined) cpu.setR(fields.rn, newBase);
  else if (fields.w) cpu.setR(fields.rn, words.moved);
  if (target !== undefined) jump(target);
}

function storeMultiple(cpu: Cpu, fields: Block, bank: Bank): void {
  const registers = registersOf(fields.list);
  if (registers.length === 0 || fields.rn === PC) return cpu.undefined();
  const words = wordsAt(cpu, cpu.R(fields.rn), fields, registers.length);
  registers.forEach((n, i) => {
    const { address, mem } = words.word(i);
    cpu.store(address, bank.read(cpu, n), mem);
  });
  if (fields.w) cpu.setR(fields.rn, words.moved);
}

export function LDM(cpu: Cpu, fields: Block): void {
  // Write-back of a register that is loaded: UNPREDICTABLE from ARMv7 on, undefined as in QEMU; before, the loaded value is as good as another.
  if (cpu.features.version >= 7 && fields.w === 1 && (fields.list >>> fields.rn) & 1) return cpu.undefined();
  loadMultiple(cpu, fields, current, (target) => cpu.LoadWritePC(target));
}
export const STM = (cpu: Cpu, fields: Block): void => storeMultiple(cpu, fields, current);

/** LDM (exception return): the registers of this mode, then CPSR = SPSR. UNPREDICTABLE in User mode: undefined, as in QEMU. */
export function LDM_exceptionReturn(cpu: Cpu, fields: Block): void {
  if (!cpu.privileged) return cpu.undefined();
  loadMultiple(cpu, fields, current, (target) => exceptionReturn(cpu, target));
}

/** LDM and STM (User registers). UNPREDICTABLE in User mode: undefined, as in QEMU. */
export function LDM_user(cpu: Cpu, fields: Block): void {
  if (!cpu.privileged) return cpu.undefined();
  loadMultiple(cpu, fields, user, () => {});
}
export function STM_user(cpu: Cpu, fields: Block): void {
  if (!cpu.privileged) return cpu.undefined();
  storeMultiple(cpu, fields, user);
}

interface ExceptionFrame {
  readonly p: number;
  readonly u: number;
  readonly w: number;
}

/** RFE: PC and CPSR from two words at R[n] (B9.3.13). */
export function RFE(cpu: Cpu, fields: ExceptionFrame & { rn: number }): void {
  if (!cpu.privileged || fields.rn === PC) return cpu.undefined();
  const words = wordsAt(cpu, cpu.R(fields.rn), fields, 2);
  const [low, high] = [words.word(0), words.word(1)];
  const newPc = cpu.load(low.address, low.mem);
  const newCpsr = cpu.load(high.address, high.mem);
  if (fields.w) cpu.setR(fields.rn, words.moved);
  cpu.ir.call(calls.returnWithCpsr, newPc, newCpsr);
  cpu.lookupAfterHelper();
}

/** SRS: LR and SPSR to two words at the stack pointer of a mode (B9.3.16). */
export function SRS(cpu: Cpu, fields: ExceptionFrame & { mode: number }): void {
  if (!cpu.privileged) return cpu.undefined();
  const mode = cpu.i32(fields.mode);
  const spsr = cpu.ir.call(calls.spsrRead);
  const words = wordsAt(cpu, cpu.ir.call(calls.modeSpRead, mode), fields, 2);
  const [low, high] = [words.word(0), words.word(1)];
  cpu.store(low.address, cpu.R(14), low.mem);
  cpu.store(high.address, spsr, high.mem);
  if (fields.w) cpu.ir.call(calls.modeSpWrite, mode, words.moved);
}
