/**
 * Translates one block. Instructions are functions of this object and their operands. pc is a linear address: what programs see of it, EIP, is
 * pc - CS.base.
 */
import { IrBuilder, type MemOp, type Slot, type Value } from "@tsemu/ir";
import { type BlockTranslator, type CodeReader, stopReasons } from "@tsemu/target";
import { linearAddress } from "./addressing.ts";
import * as bf from "./block-flags.ts";
import type { X86Model } from "./cpu-models.ts";
import { type Effective, type Instruction, readInstruction, LONGEST, TooLong } from "./decode/instruction.ts";
import type { OpcodeTable } from "./decode/table.ts";
import type { KnownFlags } from "./flags.ts";
import { calls, exceptions, SINGLE_STEP_DONE } from "./host-calls.ts";
import { type Operand, operandsOf } from "./operands.ts";
import { seg, type SegmentSlots, type X86State } from "./state.ts";

export interface Surroundings {
  readonly model: X86Model;
  readonly state: X86State;
  readonly table: OpcodeTable;
  /** Address in the emulator's memory of the state area, for helpers that take pointers to slots. */
  readonly stateBase: number;
}

/** Numbers of AH, CH, DH and BH as byte registers. */
const HIGH_BYTE = 16;
/** What instructions without such operands get. */
const none = undefined as unknown as Operand;

export class X86Translator implements BlockTranslator {
  readonly ir = new IrBuilder();
  readonly model: X86Model;
  readonly s: X86State;
  readonly table: OpcodeTable;
  readonly stateBase: number;
  /** As they are for all instructions of the block, and behind it. */
  readonly flags: number;
  readonly code64: boolean;
  readonly is64: boolean;
  readonly mmuIdx: number;
  pc: number;
  readonly pcHigh: number;
  ended = false;
  insnPc = 0;
  /** The instruction being translated. */
  i!: Instruction;
  /** What the arithmetic flags come from, where that is known here. */
  known: KnownFlags | undefined;
  /** Which 16 bytes of vectors of 32 are being computed. */
  half: 0 | 1 = 0;
  /** Halves of vectors that are set once both are known. */
  waiting: (readonly [Slot, Value])[] = [];
  /** Exceptions of SSE are being collected. */
  excepting = false;
  /** The x87's TOP behind what has been translated. */
  top: number;
  /** POP's memory operand is addressed with the stack pointer as it is after the POP: bytes that it is ahead. */
  stackAhead = 0;
  readonly #reader: CodeReader;
  readonly #mode: { readonly code64: boolean; readonly code32: boolean };
  readonly #shadow: boolean;
  readonly #single: boolean;
  readonly #stepDone: boolean;

  constructor(
    { model, state, table, stateBase }: Surroundings,
    reader: CodeReader,
    { pc, pcHigh, flags }: { readonly pc: number; readonly pcHigh: number; readonly flags: number },
  ) {
    this.model = model;
    this.s = state;
    this.table = table;
    this.stateBase = stateBase;
    this.#reader = reader;
    this.pc = pc;
    this.pcHigh = pcHigh;
    this.flags = flags & ~(bf.SHADOW | bf.STEP_DONE);
    this.top = (flags & bf.TOP) >>> bf.TOP_SHIFT;
    this.#stepDone = (flags & bf.STEP_DONE) !== 0;
    this.#shadow = (flags & bf.SHADOW) !== 0;
    this.#single = (flags & (bf.SHADOW | bf.SINGLE_STEP)) !== 0;
    this.is64 = state.bits === 64;
    this.code64 = (flags & bf.CODE64) !== 0;
    this.#mode = { code64: this.code64, code32: (flags & bf.CODE32) !== 0 };
    this.mmuIdx = bf.mmuIdxOf(flags);
  }

  // ---- the loop of the target contract

  /** TOP. */
  insnExtra(): number {
    return this.top;
  }

  /** Only looked at near the end of a page. */
  insnLength(): number {
    const left = 0x1000 - (this.pc & 0xfff);
    if (left >= LONGEST) return 1;
    try {
      return readInstruction(this.table, this.#reader, this.pc, this.#mode).length;
    } catch {
      // Whatever is wrong with it is found out in a block of its own.
      return LONGEST;
    }
  }

  insn(): void {
    this.insnPc = this.pc;
    if (this.#stepDone) {
      this.pc++;
      this.raise(exceptions.debug, SINGLE_STEP_DONE);
      return;
    }
    let i: Instruction;
    try {
      i = this.i = readInstruction(this.table, this.#reader, this.pc, this.#mode);
    } catch (error) {
      if (!(error instanceof TooLong)) throw error;
      this.pc += LONGEST;
      this.raise(exceptions.generalProtection);
      return;
    }
    this.pc = this.code64 ? this.pc + i.length : (this.pc + i.length) >>> 0;
    if ((this.flags & bf.CODE_LIMIT) !== 0) this.#checkCodeLimit(i.length);
    const { row } = i;
    if (row === undefined) {
      this.unimplemented();
      return;
    }
    // Real mode has no VEX prefixes.
    if (i.vex !== undefined && !this.protectedMode) {
      this.undefinedInstruction();
      return;
    }
    const operands = operandsOf(this, i, row.operands);
    if (i.lock && !(row.lock === true && operands[0]?.kind === "memory")) {
      this.undefinedInstruction();
      return;
    }
    this.stackAhead = 0;
    // What was held off may be delivered after this instruction.
    if (this.#shadow) this.ir.call(calls.pollInterrupts);
    row.execute(this, operands[0] ?? none, operands[1] ?? none, operands[2] ?? none);
    if (this.#single && !this.ended) {
      this.fallThrough();
      this.ended = true;
    }
  }

  fallThrough(): void {
    this.goto(this.pc);
  }

  /** The block flags behind the present instruction. */
  get exitFlags(): number {
    const flags = ((this.flags & ~bf.TOP) | (this.top << bf.TOP_SHIFT)) >>> 0;
    return (flags & bf.SINGLE_STEP) !== 0 ? flags | bf.STEP_DONE : flags;
  }

  // ---- where the code is

  get protectedMode(): boolean {
    return (this.flags & (bf.PROTECTED | bf.VIRTUAL_8086)) === bf.PROTECTED;
  }
  get cpl(): number {
    return this.flags & bf.CPL;
  }
  get flatCode(): boolean {
    return this.code64 || (this.flags & bf.FLAT_CS) !== 0;
  }

  /** Upper word of an address of code, which counts from the 4 GiB of the block. */
  #highOf(pc: number): number {
    return this.code64 ? (this.pcHigh + Math.floor(pc / 2 ** 32)) >>> 0 : 0;
  }

  /** An address of code as a value: i64 in 64-bit code. */
  codeAddress(pc: number): Value {
    return this.code64 ? this.ir.i64((BigInt(this.#highOf(pc)) << 32n) | BigInt(pc >>> 0)) : this.ir.i32(pc);
  }

  /** rIP at the linear address pc; i64 in 64-bit code. */
  instructionPointer(pc: number): Value {
    const address = this.codeAddress(pc);
    return this.flatCode ? address : this.ir.sub(address, this.baseOf(seg.CS));
  }

  /** CS.base and others as an i32. */
  baseOf(segment: number): Value {
    const base = this.ir.get(this.segment(segment).base);
    return this.is64 ? this.ir.wrap(base) : base;
  }

  segment(n: number): SegmentSlots {
    return this.s.segments[n]!;
  }

  #checkCodeLimit(length: number): void {
    const { ir } = this;
    const last = ir.sub(ir.i32(this.insnPc + length - 1), this.baseOf(seg.CS));
    ir.if(ir.gtU(last, ir.get(this.segment(seg.CS).limit)), () => ir.raise(exceptions.generalProtection));
  }

  // ---- exits

  /** Goes on at a linear address, which in 64-bit code counts from the 4 GiB of the block. */
  goto(pc: number, flags = this.exitFlags): void {
    if (this.#highOf(pc) === this.pcHigh) {
      this.ir.goto(pc, flags);
      return;
    }
    this.setPc(this.codeAddress(pc));
    this.ir.set(this.s.flags, this.ir.i32(flags));
    this.ir.lookup();
  }

  /** pc becomes a linear address. */
  setPc(address: Value): void {
    if (address.type === "i64") this.ir.set(this.s.pc64, address);
    else if (this.is64) this.ir.set(this.s.pc64, this.ir.extendU(address));
    else this.ir.set(this.s.pc, address);
  }

  /** Goes on behind this instruction with these flags; ends the block. */
  endWith(flags: number): void {
    this.goto(this.pc, flags);
    this.ended = true;
  }

  /** Leaves the next instruction's address and the flags in their slots, before a helper that changes either. */
  syncNext(): void {
    this.setPc(this.codeAddress(this.pc));
    this.ir.set(this.s.flags, this.ir.i32(this.exitFlags));
  }

  /** After a helper that has changed pc or the block flags. */
  lookup(): void {
    this.ir.lookup();
    this.ended = true;
  }

  /** Bytes of the present instruction's vectors. */
  get vectorBytes(): 16 | 32 {
    return this.i.vex?.long === true ? 32 : 16;
  }

  /** Can an exception of SSE be unmasked? */
  get trapsSse(): boolean {
    return (this.flags & bf.SSE_UNMASKED) !== 0;
  }

  /** Can an exception of the x87 be unmasked? */
  get trapsX87(): boolean {
    return (this.flags & bf.X87_UNMASKED) !== 0;
  }

  /** Jumps to the offset `target` in CS, an i32 or in 64-bit code an i64. `commit` is done once the target is known to be one. */
  jumpTo(target: Value, commit: () => void = () => {}): void {
    const { ir } = this;
    if (!this.code64 && (this.flags & bf.CODE_LIMIT) !== 0) this.#checkTarget(target);
    commit();
    this.setPc(this.flatCode ? target : ir.add(target, this.baseOf(seg.CS)));
    ir.set(this.s.flags, ir.i32(this.exitFlags));
    ir.lookup();
  }

  #checkTarget(target: Value): void {
    const { ir } = this;
    ir.if(ir.gtU(target, ir.get(this.segment(seg.CS).limit)), () => ir.raise(exceptions.generalProtection));
  }

  /** The exit of a relative jump; does not set `ended`. `commit` as in jumpTo. */
  jumpRelative(displacement: number, commit: () => void = () => {}): void {
    const { ir } = this;
    const target = this.pc + displacement;
    if (this.code64) {
      commit();
      this.goto(target);
      return;
    }
    const narrow = this.i.operandSize === 2;
    if (this.flatCode) {
      commit();
      this.goto(narrow ? target & 0xffff : target >>> 0);
      return;
    }
    const next = ir.add(this.instructionPointer(this.pc), ir.i32(displacement));
    if (narrow) {
      ir.if(ir.gtU(next, ir.i32(0xffff)), () => this.jumpTo(ir.and(next, ir.i32(0xffff)), commit));
    }
    if ((this.flags & bf.CODE_LIMIT) !== 0) this.#checkTarget(next);
    commit();
    this.goto(target >>> 0);
  }

  waitForInterrupt(): void {
    this.syncNext();
    this.ir.stop(stopReasons.waitForInterrupt);
    this.ended = true;
  }

  // ---- exceptions

  raise(exception: number, argument = 0): void {
    this.ir.raise(exception, argument);
    this.ended = true;
  }

  raiseIf(condition: Value, exception: number, argument = 0): void {
    this.ir.if(condition, () => this.ir.raise(exception, argument));
  }

  undefinedInstruction(): void {
    this.raise(exceptions.undefinedOpcode);
  }

  /** Undefined here, and perhaps not on CPUs that have more. */
  unimplemented(): void {
    this.ir.call(calls.unimplemented, this.ir.i32(this.i.opcode), this.ir.i32(this.i.modRm));
    this.undefinedInstruction();
  }

  /** False after #GP(0) where the privilege level is not 0. */
  privileged(): boolean {
    if (this.cpl === 0) return true;
    this.raise(exceptions.generalProtection);
    return false;
  }

  // ---- registers

  /** The number of a byte register: 4 to 7 without REX are the second bytes of 0 to 3. */
  registerNumber(n: number, size: number): number {
    return size === 1 && n >= 4 && n < 8 && this.i.rex === 0 ? HIGH_BYTE + n - 4 : n;
  }

  /** The low word of register n. */
  word(n: number): Value {
    const value = this.ir.get(this.s.r[n]!);
    return this.is64 ? this.ir.wrap(value) : value;
  }

  getRegister(n: number, size: number, signed: boolean): Value {
    const { ir } = this;
    if (size === 8) return ir.get(this.s.r[n]!);
    if (n >= HIGH_BYTE) {
      const shifted = ir.shrU(this.word(n - HIGH_BYTE), ir.i32(8));
      return signed ? ir.extend8S(shifted) : ir.and(shifted, ir.i32(0xff));
    }
    const value = this.word(n);
    if (size === 4) return value;
    if (size === 2) return signed ? ir.extend16S(value) : ir.and(value, ir.i32(0xffff));
    return signed ? ir.extend8S(value) : ir.and(value, ir.i32(0xff));
  }

  setRegister(n: number, size: number, value: Value): void {
    const { ir } = this;
    if (size === 8 || (size === 4 && !this.is64)) {
      ir.set(this.s.r[n]!, value);
      return;
    }
    if (size === 4) {
      // In 64-bit code the upper half becomes 0; elsewhere nobody sees it.
      ir.set(this.s.r[n]!, ir.extendU(value));
      return;
    }
    const [number, shift] = n >= HIGH_BYTE ? [n - HIGH_BYTE, 8] : [n, 0];
    const mask = (size === 1 ? 0xff : 0xffff) << shift;
    const slot = this.s.r[number]!;
    const masked = ir.and(value, ir.i32(mask >>> shift));
    const bits = shift === 0 ? masked : ir.shl(masked, ir.i32(shift));
    if (this.is64) ir.set(slot, ir.op("i64.or", ir.and(ir.get(slot), ir.i64(~mask)), ir.extendU(bits)));
    else ir.set(slot, ir.or(ir.and(ir.get(slot), ir.i32(~mask)), bits));
  }

  // ---- addresses

  /** The offset that ModRM says: i32, or i64 for 8-byte addresses. */
  effectiveAddress(e: Effective): Value {
    const { ir, i } = this;
    const wide = i.addressSize === 8;
    const constant = (value: number): Value => (wide ? ir.i64(value) : ir.i32(value));
    if (e.relative) {
      const target = this.pc + e.displacement;
      return wide ? this.codeAddress(target) : ir.i32(target);
    }
    let sum: Value | undefined;
    if (e.base >= 0) sum = this.#addressRegister(e.base);
    if (e.index >= 0) {
      const index = this.#addressRegister(e.index);
      const scaled = e.scale === 0 ? index : ir.shl(index, constant(e.scale));
      sum = sum === undefined ? scaled : ir.add(sum, scaled);
    }
    if (sum === undefined) return constant(i.addressSize === 2 ? e.displacement & 0xffff : e.displacement);
    if (e.displacement !== 0) sum = ir.add(sum, constant(e.displacement));
    return i.addressSize === 2 ? ir.and(sum, ir.i32(0xffff)) : sum;
  }

  #addressRegister(n: number): Value {
    const { ir } = this;
    const wide = this.i.addressSize === 8;
    const value = wide ? ir.get(this.s.r[n]!) : this.word(n);
    return n === 4 && this.stackAhead !== 0 ? ir.add(value, wide ? ir.i64(this.stackAhead) : ir.i32(this.stackAhead)) : value;
  }

  /** rSI, rDI or rCX in the width of addresses. */
  indexRegister(n: number): Value {
    const { ir } = this;
    if (this.i.addressSize === 8) return ir.get(this.s.r[n]!);
    return this.i.addressSize === 4 ? this.word(n) : ir.and(this.word(n), ir.i32(0xffff));
  }

  /** The linear address of an offset, for an access of so many bytes. */
  linear(segment: number, offset: Value, bytes: number, access: "read" | "write"): Value {
    return linearAddress(this, segment, offset, bytes, access);
  }

  /** A linear address some bytes further. */
  advance(address: Value, bytes: number): Value {
    const { ir } = this;
    if (!this.is64) return ir.add(address, ir.i32(bytes));
    const sum = ir.add(address, ir.i64(bytes));
    return this.code64 ? sum : ir.and(sum, ir.i64(0xffff_ffff));
  }

  /** The linear address of a byte at DS:rDI, or with another segment by prefix. */
  stringDestination(): Value {
    return this.linear(this.i.segment < 0 ? seg.DS : this.i.segment, this.indexRegister(7), 1, "write");
  }

  memOp(size: number, signed: boolean): MemOp {
    const align = (this.flags & bf.ALIGNMENT) !== 0 && size <= 8 ? size : 1;
    return { size: size as MemOp["size"], signed, align: align as MemOp["align"], mmuIdx: this.mmuIdx, type: size === 8 ? "i64" : "i32" };
  }
}
