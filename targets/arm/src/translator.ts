/**
 * Translates one block. Methods named as in the manual's pseudocode (ARM DDI 0406C, appendix P) do what it says there,
 * in IR instead of in values; instructions are functions of this object and their fields.
 */
import { IrBuilder, type MemOp, type Slot, type Value } from "@tsemu/ir";
import { type BlockTranslator, type CodeReader, stopReasons } from "@tsemu/target";
import * as bf from "./block-flags.ts";
import type { Features } from "./cpu-models.ts";
import { calls, exceptions } from "./host-calls.ts";
import * as state from "./state.ts";
import { FPEXC_EN } from "./vfp/fpscr.ts";

export const SP = 13;
export const LR = 14;
export const PC = 15;
/** The condition AL. */
export const AL = 14;

/** Sum, and the flags it would set; flag code is emitted only if asked for. */
export interface Sum {
  readonly result: Value;
  /** 0 or 1. */
  carry(): Value;
  /** Its sign bit. */
  overflow(): Value;
}

/** A shifter's result. `carry` gives its carry out as 0 or 1; it is undefined where the shift leaves APSR.C as it is. */
export interface Shifted {
  readonly result: Value;
  readonly carry: (() => Value) | undefined;
}

const isZero = (value: Value): boolean => value.kind === "const" && value.value === 0;

/** What the instruction tables of one instruction set do for the translator: decode at pc and run the row. */
export type DecodeInsn = (cpu: ArmTranslator, reader: CodeReader) => void;

export class ArmTranslator implements BlockTranslator {
  readonly ir = new IrBuilder();
  readonly features: Features;
  readonly flags: number;
  readonly thumb: boolean;
  readonly privileged: boolean;
  readonly bigEndian: boolean;
  /** Address in the emulator's memory of the state area, for helpers that take a pointer to a slot. */
  readonly stateBase: number;
  pc: number;
  ended = false;
  /** ITSTATE before the present instruction; 0 outside an IT block and in A32. */
  itState: number;
  /** Address of the present instruction. */
  insnPc = 0;
  readonly #reader: CodeReader;
  readonly #decodeInsn: DecodeInsn;

  constructor(features: Features, reader: CodeReader, decodeInsn: DecodeInsn, pc: number, flags: number, stateBase: number) {
    this.features = features;
    this.flags = flags;
    this.thumb = (flags & bf.T) !== 0;
    this.privileged = (flags & bf.PRIVILEGED) !== 0;
    this.bigEndian = (flags & bf.BIG_ENDIAN) !== 0;
    this.itState = (flags & bf.IT) >>> bf.IT_SHIFT;
    this.stateBase = stateBase;
    this.pc = pc;
    this.#reader = reader;
    this.#decodeInsn = decodeInsn;
  }

  // ---- the loop of the target contract

  insnExtra(): number {
    return this.itState;
  }

  insnLength(): number {
    if (!this.thumb) return 4;
    // A halfword whose top five bits are 11101, 11110 or 11111 is the first of two (A6.1). Before Thumb-2, BL's pair is two instructions.
    return this.#reader.u16(this.pc) >>> 11 >= 0b11101 && this.features.thumb2 ? 4 : 2;
  }

  insn(): void {
    this.insnPc = this.pc;
    this.#decodeInsn(this, this.#reader);
  }

  /** Runs `execute` under a condition: AL directly, others inside an `if` after which the block goes on. */
  conditionally(cond: number, execute: () => void): void {
    if (cond >= AL) return execute();
    const { fpexcChecked } = this;
    this.ir.beginIf(this.ConditionPassed(cond));
    execute();
    this.ir.endIf();
    this.fpexcChecked = fpexcChecked;
    // Where the instruction ended the block, the way past it still needs its exit.
    if (this.ended) this.fallThrough();
  }

  fallThrough(): void {
    this.ir.goto(this.pc, this.flagsNow());
  }

  /** Block flags for code that follows the present instruction (pc and itState are already those of the next one). */
  flagsNow(): number {
    return (this.flags & ~bf.IT) | (this.itState << bf.IT_SHIFT);
  }

  /** Has an instruction before this one, that is always executed with it, looked at FPEXC.EN? */
  fpexcChecked = false;

  /** Set by the T32 decoder for each instruction: inside an IT block, and its last instruction. */
  inITBlock = false;
  lastInITBlock = false;

  // ---- registers

  /** R[n]: PC reads as the address of the present instruction plus 8 (A32) or 4 (T32). */
  R(n: number): Value {
    return n === PC ? this.ir.i32(this.PCValue()) : this.ir.get(state.r[n]!);
  }

  PCValue(): number {
    return (this.insnPc + (this.thumb ? 4 : 8)) >>> 0;
  }

  /** R[n] = value for n < 15. */
  setR(n: number, value: Value): void {
    this.ir.set(state.r[n]!, value);
  }

  get(slot: Slot): Value {
    return this.ir.get(slot);
  }

  i32(value: number): Value {
    return this.ir.i32(value);
  }

  // ---- condition flags

  /** ConditionPassed(cond) as 0 or 1 (A8.3.1). */
  ConditionPassed(cond: number): Value {
    const { ir } = this;
    const Z = (): Value => ir.eqz(ir.get(state.zf));
    const notZ = (): Value => ir.ne(ir.get(state.zf), ir.i32(0));
    const NV = (): Value => ir.xor(ir.get(state.nf), ir.get(state.vf));
    switch (cond) {
      case 0:
        return Z();
      case 1:
        return notZ();
      case 2:
        return ir.get(state.cf);
      case 3:
        return ir.eqz(ir.get(state.cf));
      case 4:
        return ir.ltS(ir.get(state.nf), ir.i32(0));
      case 5:
        return ir.geS(ir.get(state.nf), ir.i32(0));
      case 6:
        return ir.ltS(ir.get(state.vf), ir.i32(0));
      case 7:
        return ir.geS(ir.get(state.vf), ir.i32(0));
      case 8:
        return ir.and(ir.get(state.cf), notZ());
      case 9:
        return ir.or(ir.eqz(ir.get(state.cf)), Z());
      case 10:
        return ir.geS(NV(), ir.i32(0));
      case 11:
        return ir.ltS(NV(), ir.i32(0));
      case 12:
        return ir.and(notZ(), ir.geS(NV(), ir.i32(0)));
      case 13:
        return ir.or(Z(), ir.ltS(NV(), ir.i32(0)));
      default:
        return ir.i32(1);
    }
  }

  /** APSR.C as 0 or 1. */
  carryFlag(): Value {
    return this.ir.get(state.cf);
  }
  setC(carry: Value): void {
    this.ir.set(state.cf, carry);
  }
  /** N and Z from a 32-bit result. */
  setNZ(result: Value): void {
    this.ir.set(state.nz, this.ir.extendS(result));
  }
  /** N and Z from a 64-bit result. */
  setNZ64(result: Value): void {
    const { ir } = this;
    const high = ir.shrU(result, ir.i64(32n));
    ir.set(state.nz, ir.or(ir.and(result, ir.i64(0xffff_ffff_0000_0000n)), ir.or(ir.and(result, ir.i64(0xffff_ffffn)), high)));
  }
  setNZC(result: Value, carry: Value): void {
    this.setNZ(result);
    this.setC(carry);
  }
  setNZCV(sum: Sum): void {
    this.setNZ(sum.result);
    this.setC(sum.carry());
    this.ir.set(state.vf, sum.overflow());
  }
  /** Q = 1 where the value is not 0. */
  setQIf(condition: Value): void {
    this.ir.set(state.qf, this.ir.or(this.ir.get(state.qf), this.ir.ne(condition, this.ir.i32(0))));
  }

  // ---- arithmetic

  /** a + b; a constant if both are (addresses relative to PC). */
  add(a: Value, b: Value): Sum {
    const { ir } = this;
    const result = a.kind === "const" && b.kind === "const" ? ir.i32(Number(a.value) + Number(b.value)) : ir.add(a, b);
    return { result, carry: () => ir.ltU(result, a), overflow: () => ir.op("i32.add_overflow", a, b) };
  }

  /** a - b, i.e. AddWithCarry(a, NOT(b), 1). */
  sub(a: Value, b: Value): Sum {
    const { ir } = this;
    // Comparing with 0 is common: nothing to compute but N and Z.
    if (isZero(b)) return { result: a, carry: () => ir.i32(1), overflow: () => ir.i32(0) };
    if (a.kind === "const" && b.kind === "const") {
      const result = ir.i32(Number(a.value) - Number(b.value));
      return { result, carry: () => ir.geU(a, b), overflow: () => ir.op("i32.sub_overflow", a, b) };
    }
    return { result: ir.sub(a, b), carry: () => ir.geU(a, b), overflow: () => ir.op("i32.sub_overflow", a, b) };
  }

  /** AddWithCarry(a, b, carry) (A2.2.1), for a carry that is not known. */
  AddWithCarry(a: Value, b: Value, carryIn: Value): Sum {
    const { ir } = this;
    const partial = ir.add(a, b);
    const result = ir.add(partial, carryIn);
    return {
      result,
      carry: () => ir.or(ir.ltU(partial, a), ir.ltU(result, partial)),
      overflow: () => ir.and(ir.xor(a, result), ir.xor(b, result)),
    };
  }

  // ---- memory

  /**
   * How this block accesses memory. `align`: the alignment the instruction itself demands (MemA: its size); 1 for MemU, where
   * SCTLR.A may demand the size all the same.
   */
  memOp(
    size: MemOp["size"],
    options: { signed?: boolean; align?: MemOp["align"]; unprivileged?: boolean; type?: MemOp["type"] } = {},
  ): MemOp {
    const checked = (this.flags & bf.ALIGNMENT_CHECK) !== 0 ? size : 1;
    const align = Math.max(options.align ?? 1, checked) as MemOp["align"];
    const type = options.type ?? (size === 8 ? "i64" : size === 16 ? "v128" : "i32");
    const mmuIdx = this.privileged && options.unprivileged !== true ? 1 : 0;
    return { size, signed: options.signed ?? false, align, mmuIdx, type };
  }

  /** MemU[address, size] or MemA (with align), zero- or sign-extended, in the current data endianness. */
  load(address: Value, mem: MemOp): Value {
    const { ir } = this;
    if (!this.bigEndian || mem.size === 1) return ir.load(mem, address);
    const value = ir.load({ ...mem, signed: false }, address);
    if (mem.size !== 2) return ir.bswap(value);
    const swapped = ir.shrU(ir.bswap(value), ir.i32(16));
    return mem.signed ? ir.extend16S(swapped) : swapped;
  }

  store(address: Value, value: Value, mem: MemOp): void {
    const { ir } = this;
    if (!this.bigEndian || mem.size === 1) return ir.store(mem, address, value);
    ir.store(mem, address, mem.size === 2 ? ir.shrU(ir.bswap(value), ir.i32(16)) : ir.bswap(value));
  }

  // ---- leaving the block

  /** Branch to a known address in the same instruction set. */
  BranchTo(target: number): void {
    this.ir.goto(target, this.flagsNow());
    this.ended = true;
  }

  /** Branch to a known address in the given instruction set (BLX immediate). */
  branchExchangeTo(target: number, thumb: boolean): void {
    const flags = (this.flagsNow() & ~bf.T) | (thumb ? bf.T : 0);
    this.ir.goto(target, flags);
    this.ended = true;
  }

  /** BranchWritePC: stays in the instruction set; low bits are dropped. */
  BranchWritePC(address: Value): void {
    this.jump(this.ir.and(address, this.ir.i32(this.thumb ? -2 : -4)), this.ir.i32(this.flagsNow()));
  }

  /** BXWritePC: bit 0 selects T32. (Bits 1:0 = 10 for A32 are UNPREDICTABLE: we clear them, as the A15 and QEMU do.) */
  BXWritePC(address: Value): void {
    const { ir } = this;
    const t = ir.and(address, ir.i32(1));
    const flags = this.flagsNow() & ~bf.T;
    // In A32 state bit 1 is cleared too: mask is -2 for T32, -4 for A32.
    const mask = ir.add(ir.i32(-4), ir.shl(t, ir.i32(1)));
    this.jump(ir.and(address, mask), ir.or(t, ir.i32(flags)));
  }

  /** ALUWritePC: interworking in A32 from v7 on. */
  ALUWritePC(address: Value): void {
    if (this.features.version >= 7 && !this.thumb) this.BXWritePC(address);
    else this.BranchWritePC(address);
  }

  /** LoadWritePC: interworking from v5 on. */
  LoadWritePC(address: Value): void {
    this.BXWritePC(address);
  }

  /** Indirect jump to pc under the block flags given. */
  jump(pc: Value, flags: Value): void {
    this.ir.set(state.pc, pc);
    this.ir.set(state.flags, flags);
    this.ir.lookup();
    this.ended = true;
  }

  /** R[n] = value where n may be 15, by a data-processing instruction. */
  writeALU(n: number, value: Value): void {
    if (n === PC) this.ALUWritePC(value);
    else this.setR(n, value);
  }

  /** R[n] = value where n may be 15, by a load. */
  writeLoaded(n: number, value: Value): void {
    if (n === PC) this.LoadWritePC(value);
    else this.setR(n, value);
  }

  /** Stores pc (that of the next instruction) and the present block flags in their slots, before a helper that changes either, or a stop. */
  syncNext(): void {
    this.ir.set(state.pc, this.ir.i32(this.pc));
    this.ir.set(state.flags, this.ir.i32(this.flagsNow()));
  }

  /** After a helper that may have changed block flags (mode, T, E, FPEXC ...): leave through what it left in the slots. */
  lookupAfterHelper(): void {
    this.ir.lookup();
    this.ended = true;
  }

  /** The end of an instruction after which new code or a new translation must be seen (ISB, MCR): goes on through the engine's lookup. */
  endWithLookup(): void {
    this.syncNext();
    this.lookupAfterHelper();
  }

  waitForInterrupt(): void {
    this.syncNext();
    this.ir.stop(stopReasons.waitForInterrupt);
    this.ended = true;
  }

  yield(): void {
    this.syncNext();
    this.ir.stop(stopReasons.yield);
    this.ended = true;
  }

  /** Undefined Instruction exception. */
  /** Undefined unless FPEXC.EN is set; once for all instructions of the block. */
  checkFpexc(): void {
    if (this.fpexcChecked) return;
    this.fpexcChecked = true;
    const { ir } = this;
    ir.if(ir.eqz(ir.and(ir.get(state.fpexc), ir.i32(FPEXC_EN))), () => ir.raise(exceptions.undefinedInstruction));
  }

  undefined(): void {
    this.ir.raise(exceptions.undefinedInstruction);
    this.ended = true;
  }

  supervisorCall(imm: number): void {
    this.ir.raise(exceptions.supervisorCall, imm);
    this.ended = true;
  }

  breakpoint(imm: number): void {
    this.ir.raise(exceptions.breakpoint, imm);
    this.ended = true;
  }

  /** MSR CPSR and CPS: the whole dance around calls.cpsrWrite. */
  writeCPSR(value: Value, byteMask: number): void {
    this.syncNext();
    this.ir.call(calls.cpsrWrite, value, this.ir.i32(byteMask), this.ir.i32(0));
    this.lookupAfterHelper();
  }

  /** SUBS PC, LR and its like. */
  exceptionReturn(address: Value): void {
    this.ir.call(calls.exceptionReturn, address);
    this.lookupAfterHelper();
  }
}
