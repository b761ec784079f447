/** One MIPS vCPU: the Cpu of the target contract. State is in the slots; here are the timer's wire and what walks the TLB. */
import { hex32 } from "@tsemu/base";
import { type Access, type Cpu, type CpuEnvironment, type CpuState, GuestFault, type Mapping } from "@tsemu/target";
import * as bf from "./block-flags.ts";
import type { MipsModel } from "./cpu-models.ts";
import { readFcsr, writeFcsr } from "./fpu/fcsr.ts";
import { exceptions } from "./host-calls.ts";
import { type Cp0Name, type MipsState, mipsState } from "./state.ts";
import { CAUSE, STATUS } from "./system/cp0-bits.ts";
import { takeException } from "./system/exceptions.ts";
import { CountTimer } from "./system/timer.ts";
import { modeIndex, Tlb } from "./system/tlb.ts";

/** The bits that DSPControl has. */
const DSP_CONTROL = 0x0fff_7fbf;
const RESET_VECTOR = 0xbfc0_0000;
/** Interrupt lines by name: Cause.IP2 to IP7. */
const inputs: Readonly<Record<string, number>> = { irq: 2, irq0: 2, irq1: 3, irq2: 4, irq3: 5, irq4: 6, irq5: 7 };
const TIMER_LINE = 7;

const unmapped = (pa: number): Mapping => ({
  pa,
  readable: true,
  writable: true,
  executable: true,
  device: false,
  wholePage: true,
  global: true,
});

export class MipsCpu implements Cpu {
  readonly state: CpuState;
  readonly env: CpuEnvironment;
  readonly model: MipsModel;
  readonly s: MipsState;
  readonly bigEndian: boolean;
  readonly is64: boolean;
  readonly tlb: Tlb;
  readonly timer: CountTimer;
  readonly PC: number;
  readonly FLAGS: number;
  readonly RESULT_HIGH: number;
  /** Status and Cause, which every exception reads several times: word("status") looks the name up. */
  readonly STATUS: number;
  readonly CAUSE: number;
  /** Of user mode: what block flags have beyond the registers, and whether RDHWR 29 works. */
  extraFlags = 0;
  hasUserLocal = false;

  constructor(model: MipsModel, bigEndian: boolean, bits: 32 | 64, env: CpuEnvironment) {
    this.model = model;
    this.bigEndian = bigEndian;
    this.env = env;
    this.state = env.state;
    this.s = mipsState(bits);
    this.is64 = bits === 64;
    this.PC = this.s.pc.offset >> 2;
    this.FLAGS = this.s.flags.offset >> 2;
    this.RESULT_HIGH = this.s.resultHigh.offset >> 2;
    this.STATUS = this.s.cp0.status.offset >> 2;
    this.CAUSE = this.s.cp0.cause.offset >> 2;
    this.tlb = new Tlb(this);
    this.timer = new CountTimer(this);
  }

  // ---- CP0 registers in the state

  /** The low word of a register. */
  word(name: Cp0Name): number {
    return this.state.u32[this.s.cp0[name].offset >> 2]!;
  }
  setWord(name: Cp0Name, value: number): void {
    this.state.u32[this.s.cp0[name].offset >> 2] = value;
  }
  low(name: Cp0Name): number {
    return this.word(name);
  }
  words(name: Cp0Name): [low: number, high: number] {
    const at = this.s.cp0[name].offset >> 2;
    return [this.state.u32[at]!, this.state.u32[at + 1]!];
  }
  setWords(name: Cp0Name, low: number, high: number): void {
    const at = this.s.cp0[name].offset >> 2;
    this.state.u32[at] = low;
    this.state.u32[at + 1] = high;
  }
  /** An address of the engine's as registers have it: on a 32-bit CPU sign-extended. */
  addressWords(va: number, high: number): [low: number, high: number] {
    return [va, this.is64 ? high : va >> 31];
  }

  setEntryHi(low: number, high: number): void {
    const before = this.word("entryhi");
    this.setWords("entryhi", low, high);
    if (((before ^ low) & 0xff) !== 0) this.env.switchAddressSpace(low & 0xff);
  }

  /** What a TLB exception leaves for its handler: the page in EntryHi, Context and XContext. */
  setFaultPage(va: number, high: number): void {
    this.setWords("entryhi", ((va & ~0x1fff) | (this.word("entryhi") & 0xff)) >>> 0, this.is64 ? this.tlb.vpnHigh(high) : high);
    const [context, contextHigh] = this.words("context");
    this.setWords("context", ((context & 0xff80_0000) | ((va >>> 9) & 0x7f_fff0)) >>> 0, contextHigh);
    if (this.model.features.bits === 64) this.#setXContext(va, high);
  }

  /** XContext: bits 4 and up have the virtual page number, of as many bits as the CPU's segments have less 13; then come the region's two. */
  #setXContext(va: number, high: number): void {
    const { segmentBits } = this.model;
    const upper = high & (2 ** (segmentBits - 32) - 1);
    const low = (((va >>> 13) << 4) | (upper << 23)) >>> 0;
    // The number's upper part, the region at bit segmentBits - 9; PTEBase begins two above.
    const own = (upper >>> 9) | ((high >>> 30) << (segmentBits - 41));
    const kept = -(2 ** (segmentBits - 39));
    this.setWords("xcontext", low, ((this.words("xcontext")[1] & kept) | own) >>> 0);
  }

  /** Does the refill of an address with this upper word go to the XTLB vector? Not where Status has the region's 64-bit addresses off. */
  uses64(high: number): boolean {
    if (this.model.features.bits !== 64) return false;
    const enables = [STATUS.UX, STATUS.SX, STATUS.KX, STATUS.KX];
    return (this.word("status") & enables[high >>> 30]!) !== 0;
  }

  config3(): number {
    return this.model.config[3] | (this.hasUserLocal ? 1 << 13 : 0);
  }

  get vectoredInterrupts(): boolean {
    return (this.model.config[3] & (1 << 5)) !== 0;
  }

  /** Random: an entry that is not wired. Goes down with every instruction executed. */
  random(): number {
    const wired = this.word("wired");
    const { size } = this.tlb;
    return wired >= size ? size - 1 : size - 1 - (this.env.instructionCount() % (size - wired));
  }

  // ---- the contract

  reset(): void {
    const lines = this.word("irq_inputs");
    this.state.bytes.fill(0);
    this.setWord("irq_inputs", lines);
    this.setWord("status", STATUS.BEV | STATUS.ERL);
    this.setWord("ebase", 0x8000_0000);
    this.setWord("config0", (this.model.config[0] | (this.bigEndian ? 1 << 15 : 0)) >>> 0);
    // The timer's interrupt is line 7, as IntCtl.IPTI says; IPPCI too.
    this.setWord("intctl", 0xfc00_0000);
    this.setWord("cause", lines << 8);
    this.tlb.clear();
    writeFcsr(this, 0);
    this.clearLink();
    this.setPc(RESET_VECTOR);
    this.refreshFlags();
    this.timer.reset();
  }

  start(entry: number, registers: readonly number[]): void {
    const { u32, i32 } = this.state;
    registers.forEach((value, i) => {
      const at = this.s.r[4 + i]!.offset >> 2;
      u32[at] = value;
      if (this.is64) i32[at + 1] = value >> 31;
    });
    this.setWord("status", STATUS.BEV);
    this.setPc(entry);
    this.refreshFlags();
  }

  /** Without its upper word an address is sign-extended. */
  setPc(pc: number, high = pc >> 31): void {
    this.state.u32[this.PC] = pc;
    if (this.is64) this.state.u32[this.PC + 1] = high;
  }

  /** pc as registers have it. */
  pcWords(): [low: number, high: number] {
    return this.addressWords(this.state.u32[this.PC]!, this.state.u32[this.PC + 1]!);
  }

  clearLink(): void {
    const at = this.s.linked.offset >> 2;
    this.state.u32[at] = 1;
    if (this.is64) this.state.u32[at + 1] = 0;
  }

  /** Where a program that is interrupted here goes on: in a delay slot, at the branch. */
  resumePc(): [low: number, high: number] {
    const [low, high] = this.pcWords();
    if ((this.state.u32[this.FLAGS]! & bf.DELAY_SLOT) === 0) return [low, high];
    return this.addressWords((low - 4) >>> 0, low < 4 ? (high - 1) >>> 0 : high);
  }

  rewind(): void {
    const [low, high] = this.resumePc();
    this.setPc(low, high);
    this.state.u32[this.FLAGS]! &= ~bf.DELAY_SLOT;
  }

  /** Behind the present instruction, wherever it is. */
  skipInstruction(): void {
    const { u32 } = this.state;
    const inSlot = (u32[this.FLAGS]! & bf.DELAY_SLOT) !== 0;
    const target = this.s.branchTarget.offset >> 2;
    const [low, high] = this.pcWords();
    if (inSlot) this.setPc(u32[target]!, u32[target + 1]!);
    else this.setPc((low + 4) >>> 0, low >= 0xffff_fffc ? (high + 1) >>> 0 : high);
    u32[this.FLAGS]! &= ~bf.DELAY_SLOT;
  }

  /** A register of floating point as two words; with FR 0 an odd one is the upper word of the one before. */
  floatWords(n: number): [low: number, high: number] {
    const at = this.#floatAt(n);
    return at < 0 ? [0, 0] : [this.state.u32[at]!, this.state.u32[at + 1]!];
  }
  setFloatWords(n: number, low: number, high: number): void {
    const at = this.#floatAt(n);
    if (at < 0) return;
    this.state.u32[at] = low;
    this.state.u32[at + 1] = high;
  }
  #floatAt(n: number): number {
    const wide = (this.word("status") & STATUS.FR) !== 0;
    if (!wide && n % 2 === 1) return -1;
    return (wide ? this.s.fr1 : this.s.fr0).dInt[n]!.offset >> 2;
  }

  fcsr(): number {
    return readFcsr(this);
  }
  setFcsr(value: number): void {
    writeFcsr(this, value);
  }
  dspControl(): number {
    return this.state.u32[this.s.dspControl.offset >> 2]!;
  }
  setDspControl(value: number): void {
    this.state.u32[this.s.dspControl.offset >> 2] = value & DSP_CONTROL;
  }

  /** FCSR's enables have changed: the block flags, wherever in a block. */
  refreshFloatFlags(): void {
    this.state.u32[this.FLAGS] = this.blockFlags();
  }

  blockFlags(): number {
    const status = this.state.u32[this.STATUS]!;
    const { features } = this.model;
    const mode = modeIndex(status);
    const kernel = mode === bf.mode.kernel || mode === bf.mode.error;
    let flags = (this.state.u32[this.FLAGS]! & bf.DELAY_SLOT) | (mode << bf.MODE_SHIFT) | this.extraFlags;
    if (kernel || (status & STATUS.CU0) !== 0) flags |= bf.CP0;
    if (features.fpu && (kernel || (status & STATUS.CU1) !== 0)) {
      flags |= bf.CP1;
      if ((status & STATUS.FR) !== 0) flags |= bf.FR;
      if ((this.state.u32[this.s.fcsr.offset >> 2]! & 0xf80) !== 0) flags |= bf.FP_TRAPS;
    }
    if ((status & STATUS.CU2) !== 0) flags |= bf.CP2;
    if ((status & STATUS.MX) !== 0 && features.dsp > 0) flags |= bf.DSP;
    if (this.is64 && features.bits === 64) {
      const wide = kernel ? STATUS.KX : mode === bf.mode.supervisor ? STATUS.SX : STATUS.UX;
      if ((status & wide) !== 0) flags |= bf.ADDRESSES_64;
      if (kernel || (status & (wide | STATUS.PX)) !== 0) flags |= bf.OPS_64;
    }
    return flags;
  }

  /** Brings the block flags up to date after a change of anything they are derived from; not in a delay slot from here on. */
  refreshFlags(): void {
    this.state.u32[this.FLAGS]! &= ~bf.DELAY_SLOT;
    this.state.u32[this.FLAGS] = this.blockFlags();
  }

  fetchMmuIdx(flags: number): number {
    return (flags & bf.MODE) >>> bf.MODE_SHIFT;
  }

  walk(va: number, access: Access, mmuIdx: number, high: number): Mapping | GuestFault {
    const kernel = mmuIdx === bf.mode.kernel || mmuIdx === bf.mode.error;
    if (this.is64 && high !== ((va | 0) >> 31) >>> 0) return this.#walk64(va, high, access, mmuIdx, kernel);
    const page = (va & 0xffff_f000) >>> 0;
    if (va < 0x8000_0000) {
      // With Status.ERL set the user segment is memory itself.
      return mmuIdx === bf.mode.error ? unmapped(page) : this.tlb.translate(va, high, access);
    }
    // kseg0 and kseg1.
    if (va < 0xc000_0000) return kernel ? unmapped(page & 0x1fff_ffff) : this.#addressError(va, high, access);
    if (va < 0xe000_0000 ? !kernel && mmuIdx !== bf.mode.supervisor : !kernel) return this.#addressError(va, high, access);
    return this.tlb.translate(va, high, access);
  }

  /** An address that is no sign-extended word, by its region: xuseg, xsseg, xkphys, xkseg (MIPS64 PRA, 4.3). */
  #walk64(va: number, high: number, access: Access, mmuIdx: number, kernel: boolean): Mapping | GuestFault {
    const { segmentBits, physicalBits, features } = this.model;
    const status = this.word("status");
    const upper = high & 0x3fff_ffff;
    const inSegment = features.bits === 64 && upper < 2 ** (segmentBits - 32);
    switch (high >>> 30) {
      case 0:
        if (inSegment && (status & STATUS.UX) !== 0) return this.tlb.translate(va, high, access);
        break;
      case 1:
        if (inSegment && (kernel || mmuIdx === bf.mode.supervisor) && (status & STATUS.SX) !== 0)
          return this.tlb.translate(va, high, access);
        break;
      case 2: {
        // Bits 61 to 59 are the cache's business.
        const frame = upper & 0x07ff_ffff;
        if (kernel && (status & STATUS.KX) !== 0 && frame < 2 ** (physicalBits - 32)) return unmapped(frame * 2 ** 32 + va - (va % 0x1000));
        break;
      }
      default: {
        // It ends 2 GiB early: there the compatibility segments begin.
        const compatible = upper === 2 ** (segmentBits - 32) - 1 && va >= 0x8000_0000;
        if (inSegment && !compatible && kernel && (status & STATUS.KX) !== 0) return this.tlb.translate(va, high, access);
      }
    }
    return this.#addressError(va, high, access);
  }

  #addressError(va: number, high: number, access: Access): GuestFault {
    return new GuestFault(access === "write" ? exceptions.addressStore : exceptions.addressLoad, 2, va, high);
  }

  alignmentFault(va: number, access: Access, _mmuIdx: number, high: number): GuestFault {
    return new GuestFault(access === "write" ? exceptions.addressStore : exceptions.addressLoad, 0, va, high);
  }

  busFault(va: number, access: Access, high: number): GuestFault | undefined {
    return new GuestFault(access === "execute" ? exceptions.busFetch : exceptions.busData, 0, va, high);
  }

  // ---- interrupts

  setInput(name: string, level: boolean): void {
    const line = inputs[name];
    if (line === undefined) throw new Error(`internal error: no CPU input ${name}`);
    this.#setLine(line, level, "irq_inputs");
  }

  setTimerPending(level: boolean): void {
    this.#setLine(TIMER_LINE, level, "timer_pending");
    const cause = this.word("cause");
    if (this.model.features.release >= 2) this.setWord("cause", (level ? cause | CAUSE.TI : cause & ~CAUSE.TI) >>> 0);
    if (level) this.env.kick();
  }

  #setLine(line: number, level: boolean, source: "irq_inputs" | "timer_pending"): void {
    const bit = 1 << line;
    this.setWord(source, level ? this.word(source) | bit : this.word(source) & ~bit);
    const lines = (this.word("irq_inputs") | this.word("timer_pending")) << 8;
    this.setWord("cause", ((this.word("cause") & ~CAUSE.IP) | (this.word("cause") & CAUSE.IP_SOFTWARE) | lines) >>> 0);
  }

  /** The pending interrupts that Status lets through. */
  #pending(): number {
    const { u32 } = this.state;
    const status = u32[this.STATUS]!;
    if ((status & (STATUS.IE | STATUS.EXL | STATUS.ERL)) !== STATUS.IE) return 0;
    return u32[this.CAUSE]! & status & CAUSE.IP;
  }

  /** Something that decides about interrupts has changed: they are looked at soon. */
  interruptsChanged(): void {
    if (this.#pending() !== 0) this.env.kick();
  }

  writeStatus(value: number): void {
    const { u32 } = this.state;
    const before = u32[this.STATUS]!;
    const mask = this.model.statusMask;
    const status = ((before & ~mask) | (value & mask)) >>> 0;
    u32[this.STATUS] = status;
    if (((before ^ status) & STATUS.FR) !== 0) this.#floatRegistersMove((status & STATUS.FR) !== 0);
    // Which segments there are has changed.
    if (this.is64 && ((before ^ status) & (STATUS.UX | STATUS.SX | STATUS.KX)) !== 0) this.env.flushTlb("all");
    if ((status & STATUS.RE & ~before) !== 0) this.env.log.log("unimp", "Status.RE (the other byte order in user mode) is not implemented");
    this.refreshFlags();
    this.interruptsChanged();
  }

  /** Status.FR has changed: the low words of the registers are kept. */
  #floatRegistersMove(wide: boolean): void {
    const { u32 } = this.state;
    const base = this.s.file >> 2;
    const words = Array.from({ length: 32 }, (_, n) => u32[base + (wide ? n : 2 * n)]!);
    u32.fill(0, base, base + 64);
    words.forEach((value, n) => (u32[base + (wide ? 2 * n : n)] = value));
  }

  hasWork(): boolean {
    // WAIT also ends where the interrupt is masked by IE: the instruction after it is then executed, as on most cores.
    return (this.word("cause") & this.word("status") & CAUSE.IP) !== 0;
  }

  deliverInterrupt(): boolean {
    if (this.#pending() === 0) return false;
    this.deliver(new GuestFault(exceptions.interrupt));
    return true;
  }

  deliver(fault: GuestFault): void {
    takeException(this, fault);
  }

  restore(pc: number, extra: number): void {
    const { u32 } = this.state;
    u32[this.PC] = pc;
    u32[this.FLAGS] = (u32[this.FLAGS]! & ~bf.DELAY_SLOT) | (extra === 1 ? bf.DELAY_SLOT : 0);
  }

  reserved(): GuestFault {
    return new GuestFault(exceptions.reservedInstruction);
  }

  dump(fpu: boolean): string {
    const { u32 } = this.state;
    const register = (slot: { offset: number; size: number }): string => {
      const at = slot.offset >> 2;
      return (slot.size === 8 ? hex(u32[at + 1]!) : "") + hex(u32[at]!);
    };
    const lines = [
      `pc=${register(this.is64 ? this.s.pc64 : this.s.pc)} HI=${register(this.s.hi[0]!)} LO=${register(this.s.lo[0]!)} flags=${hex32(u32[this.FLAGS]!)}`,
    ];
    for (let n = 0; n < 32; n += 4)
      lines.push([n, n + 1, n + 2, n + 3].map((i) => `$${String(i).padStart(2, "0")}=${register(this.s.r[i]!)}`).join(" "));
    lines.push(
      `Status=${hex(this.word("status"))} Cause=${hex(this.word("cause"))} EPC=${hex(this.word("epc"))} BadVAddr=${hex(this.word("badvaddr"))}`,
    );
    if (fpu) for (let n = 0; n < 32; n++) lines.push(`f${String(n).padStart(2, "0")}=${register(this.s.fr1.dInt[n]!)}`);
    return lines.join("\n");
  }
}

const hex = (value: number): string => value.toString(16).padStart(8, "0");
