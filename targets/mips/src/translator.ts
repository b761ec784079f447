/**
 * Translates one block. Instructions are functions of this object and their fields. A branch leaves what it does to its delay slot's end:
 * `branch...` keeps it, and the instruction after it is translated before the exit is. Where a block ends between the two, the target goes
 * to a slot and the next block begins with DELAY_SLOT among its flags.
 */
import { IrBuilder, type MemOp, type Slot, type Type, type Value } from "@tsemu/ir";
import { type BlockTranslator, type CodeReader, stopReasons } from "@tsemu/target";
import * as bf from "./block-flags.ts";
import type { MipsModel } from "./cpu-models.ts";
import { calls, exceptions } from "./host-calls.ts";
import type { FloatViews, MipsState } from "./state.ts";
import { STATUS } from "./system/cp0-bits.ts";

/**
 * Where a branch that waits for its delay slot goes. On a 64-bit CPU an address of code is a number relative to the 4 GiB of the block: less
 * than 0 or 2^32 and more are in those beside it.
 */
type Pending =
  | { readonly kind: "always"; readonly target: number }
  | { readonly kind: "conditional"; readonly taken: Value; readonly target: number; readonly next: number }
  | { readonly kind: "register"; readonly target: Value }
  /** The target is in its slot. */
  | { readonly kind: "slot" };

/** Decodes the instruction at pc and runs its row. */
export type DecodeInsn = (t: MipsTranslator, word: number) => void;

export interface Surroundings {
  readonly model: MipsModel;
  readonly state: MipsState;
  readonly bigEndian: boolean;
  readonly decode: DecodeInsn;
  /** Address in the emulator's memory of the state area, for helpers that take a pointer to a slot. */
  readonly stateBase: number;
}

export class MipsTranslator implements BlockTranslator {
  readonly ir = new IrBuilder();
  readonly model: MipsModel;
  readonly s: MipsState;
  /** The floating-point registers as Status.FR has them. */
  readonly fpr: FloatViews;
  readonly flags: number;
  readonly bigEndian: boolean;
  readonly is64: boolean;
  readonly stateBase: number;
  pc: number;
  /** Upper word of the block's addresses. */
  readonly pcHigh: number;
  ended = false;
  /** Address and word of the present instruction. */
  insnPc = 0;
  word = 0;
  readonly #reader: CodeReader;
  readonly #decode: DecodeInsn;
  readonly #mmuIdx: number;
  /** The branch whose delay slot comes next, and the one whose delay slot the present instruction is in. */
  #pending: Pending | undefined;
  #slotOf: Pending | undefined;
  #cu1Checked = false;

  constructor(
    { model, state, bigEndian, decode, stateBase }: Surroundings,
    reader: CodeReader,
    { pc, pcHigh, flags }: { readonly pc: number; readonly pcHigh: number; readonly flags: number },
  ) {
    this.model = model;
    this.s = state;
    this.fpr = (flags & bf.FR) !== 0 ? state.fr1 : state.fr0;
    this.flags = flags & ~bf.DELAY_SLOT;
    this.bigEndian = bigEndian;
    this.is64 = state.bits === 64;
    this.stateBase = stateBase;
    this.pc = pc;
    this.pcHigh = pcHigh;
    this.#reader = reader;
    this.#decode = decode;
    this.#mmuIdx = (flags & bf.MODE) >>> bf.MODE_SHIFT;
    if ((flags & bf.DELAY_SLOT) !== 0) this.#pending = { kind: "slot" };
  }

  // ---- the loop of the target contract

  /** 1 in a delay slot. */
  insnExtra(): number {
    return this.#pending === undefined ? 0 : 1;
  }

  insnLength(): number {
    return 4;
  }

  insn(): void {
    const pc = this.pc;
    this.insnPc = pc;
    this.pc = this.#codeAddress(pc + 4);
    this.#slotOf = this.#pending;
    this.#pending = undefined;
    if ((pc & 3) !== 0) {
      this.raise(exceptions.addressLoad, 1);
      return;
    }
    this.word = instructionWord(this.#reader.u32(pc), this.bigEndian);
    this.#decode(this, this.word);
    if (this.#slotOf !== undefined && !this.ended) this.#leave(this.#slotOf);
  }

  fallThrough(): void {
    const pending = this.#pending;
    if (pending === undefined) {
      this.#goto(this.pc, this.flags);
      return;
    }
    if (pending.kind !== "slot") this.ir.set(this.s.branchTarget, this.#target(pending));
    this.#goto(this.pc, this.flags | bf.DELAY_SLOT);
  }

  /** Addresses of code wrap around on a 32-bit CPU. */
  #codeAddress(pc: number): number {
    return this.is64 ? pc : pc >>> 0;
  }

  /** Upper word of an address of code. */
  #highOf(pc: number): number {
    if (!this.is64) return 0;
    return this.#wraps ? ((pc | 0) >> 31) >>> 0 : (this.pcHigh + Math.floor(pc / 2 ** 32)) >>> 0;
  }

  /** Are addresses the sign-extended low words of what is computed? So in user mode without Status.UX, and on CPUs that have no others. */
  get #wraps(): boolean {
    if ((this.flags & bf.ADDRESSES_64) !== 0) return false;
    return this.model.features.bits === 32 || (this.flags & bf.MODE) === bf.mode.user << bf.MODE_SHIFT;
  }

  #goto(pc: number, flags: number): void {
    if (this.#highOf(pc) === this.pcHigh) {
      this.ir.goto(pc, flags);
      return;
    }
    this.#setPc(this.addressConstant(pc));
    this.ir.set(this.s.flags, this.ir.i32(flags));
    this.ir.lookup();
  }

  // ---- branches

  /** Kernel mode, also that of Status.ERL? */
  get isKernel(): boolean {
    const mode = (this.flags & bf.MODE) >> bf.MODE_SHIFT;
    return mode === bf.mode.kernel || mode === bf.mode.error;
  }

  /** In a delay slot? There branches are reserved. */
  get inDelaySlot(): boolean {
    return this.#slotOf !== undefined;
  }

  #branch(pending: Pending): void {
    if (this.inDelaySlot) this.reservedInstruction();
    else this.#pending = pending;
  }

  /** Branches to a known address. */
  branchTo(target: number): void {
    this.#branch({ kind: "always", target: this.#codeAddress(target) });
  }

  branchIf(taken: Value, offset: number): void {
    const target = this.#codeAddress(this.pc + 4 * offset);
    this.#branch({ kind: "conditional", taken, target, next: this.#codeAddress(this.pc + 4) });
  }

  /** A branch whose delay slot is only executed if it is taken. */
  branchLikely(taken: Value, offset: number): void {
    if (this.inDelaySlot) {
      this.reservedInstruction();
      return;
    }
    // The nullified instruction counts as one, as in a pipeline.
    this.ir.if(this.ir.eqz(taken), () => this.#goto(this.#codeAddress(this.pc + 4), this.flags));
    this.branchTo(this.pc + 4 * offset);
  }

  /** Jumps to what is in a register. */
  jumpRegister(target: Value): void {
    this.#branch({ kind: "register", target });
  }

  /** The address behind the delay slot goes to a register. */
  link(n: number): void {
    this.setG(n, this.addressConstant(this.pc + 4));
  }

  /** Where the block goes after the delay slot, as a value. */
  #target(pending: Pending): Value {
    const { ir } = this;
    switch (pending.kind) {
      case "always":
        return this.addressConstant(pending.target);
      case "conditional":
        return ir.select(pending.taken, this.addressConstant(pending.target), this.addressConstant(pending.next));
      case "register":
        return pending.target;
      case "slot":
        return ir.get(this.s.branchTarget);
    }
  }

  /** The exit after a delay slot. */
  #leave(pending: Pending): void {
    const { ir } = this;
    this.ended = true;
    if (pending.kind === "always") this.#goto(pending.target, this.flags);
    else if (pending.kind === "conditional") {
      ir.if(
        pending.taken,
        () => this.#goto(pending.target, this.flags),
        () => this.#goto(pending.next, this.flags),
      );
    } else {
      this.#setPc(this.#target(pending));
      ir.set(this.s.flags, ir.i32(this.flags));
      ir.lookup();
    }
  }

  #setPc(value: Value): void {
    this.ir.set(this.is64 ? this.s.pc64 : this.s.pc, value);
  }

  /** Stores where the guest goes on after this instruction, and the present block flags, before a helper that changes either, or a stop. */
  syncNext(): void {
    this.#setPc(this.#slotOf === undefined ? this.addressConstant(this.pc) : this.#target(this.#slotOf));
    this.ir.set(this.s.flags, this.ir.i32(this.flags));
  }

  /** The end of an instruction after which new code or a new translation must be seen: goes on through the engine's lookup. */
  lookupAfterHelper(): void {
    this.ir.lookup();
    this.ended = true;
  }

  waitForInterrupt(): void {
    this.syncNext();
    this.ir.stop(stopReasons.waitForInterrupt);
    this.ended = true;
  }

  // ---- exceptions

  /** An exception in any case. */
  raise(exception: number, argument = 0): void {
    this.ir.raise(exception, argument);
    this.ended = true;
  }

  raiseIf(condition: Value, exception: number, argument = 0): void {
    this.ir.if(condition, () => this.ir.raise(exception, argument));
  }

  reservedInstruction(): void {
    this.raise(exceptions.reservedInstruction);
  }

  /**
   * True if the coprocessor may be used; otherwise the instruction is done with. In kernel mode Status.CU1 is looked at when the first instruction of
   * the block that needs it is executed: a kernel changes it with its threads, and is the same code under either.
   */
  coprocessor(n: 0 | 1 | 2 | 3): boolean {
    const bit = [bf.CP0, bf.CP1, bf.CP2, bf.CP3][n]!;
    if ((this.flags & bit) === 0) {
      this.raise(exceptions.coprocessorUnusable, n);
      return false;
    }
    if (n === 1 && this.isKernel && !this.#cu1Checked) {
      this.#cu1Checked = true;
      const { ir } = this;
      this.raiseIf(ir.eqz(ir.and(ir.get(this.s.cp0.status), ir.i32(STATUS.CU1))), exceptions.coprocessorUnusable, n);
    }
    return true;
  }

  /** A word that is no instruction of this CPU. */
  unknown(): void {
    // Those of MIPS16e, microMIPS, MT, MDMX and SmartMIPS, which some of the models have, are among them.
    this.unimplemented();
  }

  /** Raises what the architecture says for something that is missing here, and reports it. */
  unimplemented(): void {
    this.ir.call(calls.unimplemented, this.ir.i32(this.word));
    this.reservedInstruction();
  }

  /** May 64-bit operations be used? */
  get operations64(): boolean {
    return (this.flags & bf.OPS_64) !== 0;
  }

  /** An instruction of the DSP ASE, where it is switched on. */
  withDsp(execute: () => void): void {
    if ((this.flags & bf.DSP) !== 0) execute();
    else this.raise(exceptions.dspDisabled);
  }

  // ---- registers

  get wordType(): Type {
    return this.is64 ? "i64" : "i32";
  }

  /** GPR[n]. */
  G(n: number): Value {
    return n === 0 ? this.constant(0) : this.ir.get(this.s.r[n]!);
  }

  /** The low word of GPR[n]. */
  W(n: number): Value {
    if (n === 0) return this.ir.i32(0);
    const value = this.ir.get(this.s.r[n]!);
    return this.is64 ? this.ir.wrap(value) : value;
  }

  setG(n: number, value: Value): void {
    if (n !== 0) this.ir.set(this.s.r[n]!, value);
  }

  /** GPR[n] = a word, sign-extended. */
  setW(n: number, value: Value): void {
    if (n !== 0) this.ir.set(this.s.r[n]!, this.extended(value));
  }

  /** A word as a register has it. */
  extended(value: Value): Value {
    return this.is64 ? this.ir.extendS(value) : value;
  }

  /** A truth value as a register has it. */
  truth(value: Value): Value {
    return this.is64 ? this.ir.extendU(value) : value;
  }

  /** A constant of a register's type; sign-extended. */
  constant(value: number): Value {
    return this.is64 ? this.ir.i64(value) : this.ir.i32(value);
  }

  /** An address of code as a register has it. */
  addressConstant(pc: number): Value {
    return this.is64 ? this.ir.i64((BigInt(this.#highOf(pc)) << 32n) | BigInt(pc >>> 0)) : this.ir.i32(pc);
  }

  /** LO or HI of an accumulator, as words. */
  wordOf(slot: Slot): Value {
    const value = this.ir.get(slot);
    return this.is64 ? this.ir.wrap(value) : value;
  }

  setWordOf(slot: Slot, value: Value): void {
    this.ir.set(slot, this.extended(value));
  }

  // ---- memory

  /** base + offset, in the width that addresses have here. */
  address(base: number, offset: number): Value {
    const { ir } = this;
    if (base === 0) return this.constant(offset);
    return offset === 0 ? this.asAddress(this.G(base)) : this.asAddress(ir.add(this.G(base), this.constant(offset)));
  }

  /** base + index. */
  indexed(base: number, index: number): Value {
    return this.asAddress(this.ir.add(this.G(base), this.G(index)));
  }

  /** A register's value as an address. */
  asAddress(value: Value): Value {
    return this.is64 && this.#wraps ? this.ir.op("i64.extend32_s", value) : value;
  }

  /** The low word of an address. */
  lowOfAddress(address: Value): Value {
    return this.is64 ? this.ir.wrap(address) : address;
  }

  /** address & mask, and address + a number of bytes in an i32. */
  maskAddress(address: Value, mask: number): Value {
    return this.ir.and(address, this.constant(mask));
  }
  advanceAddress(address: Value, bytes: Value): Value {
    return this.ir.add(address, this.is64 ? this.ir.extendU(bytes) : bytes);
  }

  memOp(size: MemOp["size"], options: { signed?: boolean; type?: Type; align?: MemOp["align"]; linked?: boolean } = {}): MemOp {
    const lenient = (this.flags & bf.UNALIGNED) !== 0 && options.linked !== true;
    const align = options.align ?? (lenient ? 1 : size);
    return { size, signed: options.signed ?? false, align, mmuIdx: this.#mmuIdx, type: options.type ?? (size === 8 ? "i64" : "i32") };
  }

  /** Memory in the CPU's byte order, extended to the type of `mem`. */
  load(address: Value, mem: MemOp): Value {
    const { ir } = this;
    if (!this.bigEndian || mem.size === 1) return ir.load(mem, address);
    if (mem.size === 2) {
      const swapped = ir.shrU(ir.bswap(ir.load({ ...mem, type: "i32", signed: false }, address)), ir.i32(16));
      const value = mem.signed ? ir.extend16S(swapped) : swapped;
      return mem.type === "i32" ? value : mem.signed ? ir.extendS(value) : ir.extendU(value);
    }
    if (mem.size === 4) {
      const value = ir.bswap(ir.load({ ...mem, type: "i32" }, address));
      return mem.type === "i32" ? value : mem.signed ? ir.extendS(value) : ir.extendU(value);
    }
    return ir.bswap(ir.load(mem, address));
  }

  /** Stores the low bytes of an i32 or i64. */
  store(address: Value, value: Value, mem: MemOp): void {
    const { ir } = this;
    if (!this.bigEndian || mem.size === 1) return ir.store(mem, address, value);
    if (mem.size === 8) return ir.store(mem, address, ir.bswap(value));
    const word = ir.bswap(value.type === "i64" ? ir.wrap(value) : value);
    ir.store({ ...mem, type: "i32" }, address, mem.size === 2 ? ir.shrU(word, ir.i32(16)) : word);
  }
}

/** An instruction word in the CPU's byte order from one that was read little-endian; i32. */
export const instructionWord = (little: number, bigEndian: boolean): number =>
  bigEndian ? ((little & 0xff) << 24) | ((little & 0xff00) << 8) | ((little >>> 8) & 0xff00) | (little >>> 24) : little | 0;
