/** One x86 vCPU: the Cpu of the target contract. State is in the slots; what the architecture does with it is in system/. */
import { hex32 } from "@tsemu/base";
import { exceptionsOfFlags, flagsOfExceptions, mxcsr, statusOfMxcsr } from "@tsemu/softfloat";
import { type Access, type Cpu, type CpuEnvironment, type CpuState, GuestFault, type Mapping } from "@tsemu/target";
import { READABLE, WRITABLE } from "./addressing.ts";
import * as bf from "./block-flags.ts";
import type { X86Model } from "./cpu-models.ts";
import { ARITHMETIC, EFLAGS } from "./flags.ts";
import { exceptions, SINGLE_STEP_DONE } from "./host-calls.ts";
import { type DoubleName, LDTR, seg, TR, type WideName, type WordName, type X86State, x86State } from "./state.ts";
import { CR0, CR4, DESC, EFER, LINES } from "./system/bits.ts";
import { deliverEvent } from "./system/events.ts";
import { walkPages } from "./system/paging.ts";
import type { Slot } from "@tsemu/ir";

export class X86Cpu implements Cpu {
  readonly state: CpuState;
  readonly env: CpuEnvironment;
  readonly model: X86Model;
  readonly s: X86State;
  readonly is64: boolean;
  readonly FLAGS: number;
  /** Programs run on it alone: system calls are exceptions that end the slice. */
  userMode = false;

  constructor(model: X86Model, bits: 32 | 64, env: CpuEnvironment) {
    this.model = model;
    this.env = env;
    this.state = env.state;
    this.s = x86State(bits);
    this.is64 = bits === 64;
    this.FLAGS = this.s.flags.offset >> 2;
  }

  // ---- slots

  get(slot: Slot): number {
    return this.state.u32[slot.offset >> 2]!;
  }
  set(slot: Slot, value: number): void {
    this.state.u32[slot.offset >> 2] = value;
  }
  /** The upper word, where the slot has 64 bits; else 0. */
  high(slot: Slot): number {
    return slot.size === 8 ? this.state.u32[(slot.offset >> 2) + 1]! : 0;
  }
  setWide(slot: Slot, low: number, high: number): void {
    this.state.u32[slot.offset >> 2] = low;
    if (slot.size === 8) this.state.u32[(slot.offset >> 2) + 1] = high;
  }
  word(name: WordName): number {
    return this.get(this.s.system[name]);
  }
  setWord(name: WordName, value: number): void {
    this.set(this.s.system[name], value);
  }
  wide(name: WideName): number {
    return this.get(this.s.wide[name]);
  }
  setWideNamed(name: WideName, low: number, high = 0): void {
    this.setWide(this.s.wide[name], low, high);
  }
  double(name: DoubleName): [low: number, high: number] {
    const slot = this.s.double[name];
    return [this.get(slot), this.high(slot)];
  }
  setDouble(name: DoubleName, low: number, high: number): void {
    this.setWide(this.s.double[name], low, high);
  }
  register(n: number): number {
    return this.get(this.s.r[n]!);
  }
  /** The upper half becomes 0, as with 32-bit results. */
  setRegister(n: number, value: number): void {
    this.setWide(this.s.r[n]!, value, 0);
  }

  // ---- EFLAGS

  eflags(): number {
    const { s } = this;
    const sr = this.get(s.sr);
    const upper = (slot: Slot): number => (this.is64 ? this.high(slot) : this.get(slot));
    const [a, b] = [this.get(s.fa), this.get(s.fb)];
    const [aUpper, bUpper] = [upper(s.fa), upper(s.fb)];
    const carry = aUpper === bUpper ? a >>> 0 < b >>> 0 : aUpper >>> 0 < bUpper >>> 0;
    let value = this.get(s.eflags) | 2 | (carry ? EFLAGS.CF : 0) | ((a ^ b ^ this.get(s.fc)) & EFLAGS.AF);
    let parity = sr & 0xff;
    parity ^= parity >>> 4;
    if (((0x6996 >>> (parity & 15)) & 1) === 0) value |= EFLAGS.PF;
    if ((this.get(s.zr) | this.high(s.zr)) === 0) value |= EFLAGS.ZF;
    if ((upper(s.sr) & 0x8000_0000) !== 0) value |= EFLAGS.SF;
    if ((aUpper ^ bUpper ^ upper(s.fc)) < 0 !== carry) value |= EFLAGS.OF;
    if ((this.get(s.df) & 0x8000_0000) !== 0) value |= EFLAGS.DF;
    return value;
  }

  /** All of EFLAGS; block flags follow. */
  setEflags(value: number): void {
    const { s } = this;
    const carry = value & EFLAGS.CF;
    const crossed = ((value & EFLAGS.OF) !== 0) !== (carry !== 0) ? -1 : 0;
    this.setWide(s.fa, 0, 0);
    this.setWide(s.fb, carry, 0);
    this.setWide(s.fc, (crossed & 0x8000_0000) | (value & EFLAGS.AF), crossed);
    this.setWide(s.zr, (value & EFLAGS.ZF) !== 0 ? 0 : 1, 0);
    const sign = (value & EFLAGS.SF) !== 0 ? 0x8000_0000 : 0;
    const odd = (value & EFLAGS.PF) !== 0 ? 0 : 1;
    this.setWide(s.sr, sign | odd, sign === 0 ? 0 : 0xffff_ffff);
    this.set(s.df, (value & EFLAGS.DF) !== 0 ? 0xffff_ffff : 1);
    this.set(s.eflags, value & ~(ARITHMETIC | EFLAGS.DF | 2) & 0x3f_ffff);
    this.refreshFlags();
  }

  setZero(on: boolean): void {
    this.setWide(this.s.zr, on ? 0 : 1, 0);
  }

  systemFlag(bit: number): boolean {
    return (this.get(this.s.eflags) & bit) !== 0;
  }
  get iopl(): number {
    return (this.get(this.s.eflags) >>> 12) & 3;
  }

  // ---- segments

  get protectedMode(): boolean {
    return (this.word("cr0") & CR0.PE) !== 0;
  }
  get virtual8086(): boolean {
    return this.systemFlag(EFLAGS.VM);
  }
  get longMode(): boolean {
    return (this.word("efer") & EFER.LMA) !== 0;
  }
  /** That of SS, in all modes. */
  get cpl(): number {
    return (this.get(this.s.segments[seg.SS]!.attributes) >>> DESC.DPL_SHIFT) & 3;
  }
  get code64(): boolean {
    return this.longMode && (this.get(this.s.segments[seg.CS]!.attributes) & DESC.L) !== 0;
  }
  selector(n: number): number {
    return this.get(this.s.segments[n]!.selector);
  }
  baseOf(n: number): number {
    return this.get(this.s.segments[n]!.base);
  }

  /** A segment register as it is after a load. `attributes`: of the descriptor's upper word; 0 for one that must not be used. */
  setSegment(n: number, selector: number, base: number, limit: number, attributes: number, baseHigh = 0): void {
    const slots = this.s.segments[n]!;
    this.set(slots.selector, selector);
    this.setWide(slots.base, base, baseHigh);
    this.set(slots.limit, limit);
    let rights = 0;
    let [first, last] = [1, 0];
    const usable = (attributes & DESC.P) !== 0 && (attributes & DESC.S) !== 0;
    if (usable) {
      const code = (attributes & DESC.CODE) !== 0;
      const rw = (attributes & DESC.RW) !== 0;
      rights = code ? (rw ? READABLE : 0) : READABLE | (rw ? WRITABLE : 0);
      if (!code && (attributes & DESC.DC) !== 0) {
        last = (attributes & DESC.DB) !== 0 ? 0xffff_ffff : 0xffff;
        first = limit + 1;
        // Nothing is beyond a limit of 4 GiB.
        if (first > last) [first, last] = [1, 0];
      } else [first, last] = [0, limit];
    }
    this.set(slots.attributes, (attributes & 0xff_ff00) | rights);
    this.set(slots.first, first);
    this.set(slots.last, last);
  }

  /** As real mode and virtual-8086 mode load it. */
  setRealSegment(n: number, selector: number): void {
    const slots = this.s.segments[n]!;
    this.set(slots.selector, selector);
    this.setWide(slots.base, selector << 4, 0);
  }

  // ---- the contract

  reset(): void {
    const lines = this.word("lines") & (LINES.A20 | LINES.INTR);
    this.state.bytes.fill(0);
    this.setWord("lines", lines | LINES.A20);
    this.setWord("cr0", CR0.ET | CR0.NW | CR0.CD);
    const data = DESC.P | DESC.S | DESC.RW | DESC.ACCESSED;
    for (const n of [seg.ES, seg.SS, seg.DS, seg.FS, seg.GS]) this.setSegment(n, 0, 0, 0xffff, data);
    this.setSegment(seg.CS, 0xf000, 0xffff_0000, 0xffff, data | DESC.CODE);
    this.enterRealMode();
    this.setSegment(LDTR, 0, 0, 0xffff, DESC.P | (2 << 8));
    this.setSegment(TR, 0, 0, 0xffff, DESC.P | (11 << 8));
    this.setWord("gdt_limit", 0xffff);
    this.setWord("idt_limit", 0xffff);
    this.setWord("dr6", 0xffff_0ff0);
    this.setWord("dr7", 0x400);
    this.setWord("smbase", 0x3_0000);
    this.setMxcsr(0x1f80);
    this.setWord("xcr0", 1);
    this.setWord("misc_enable", 1);
    this.setDouble("pat", 0x0007_0406, 0x0007_0406);
    this.resetX87();
    // Family, model and stepping.
    this.setRegister(2, this.signature());
    this.setEflags(2);
    this.setPc(0xffff_fff0);
    this.refreshFlags();
    this.env.flushTlb("all");
  }

  /** Real mode knows no access rights: what the segments are from now on can be read and written, code too. Their limits stay; a null segment gets one. */
  enterRealMode(): void {
    for (let n = 0; n < 6; n++) {
      const { selector, base, attributes } = this.s.segments[n]!;
      if ((this.get(attributes) & DESC.P) === 0) {
        const level = this.get(attributes) & (3 << DESC.DPL_SHIFT);
        const data = DESC.P | DESC.S | DESC.RW | DESC.ACCESSED;
        this.setSegment(n, this.get(selector), this.get(base), 0xffff, data | level, this.high(base));
      }
      this.set(attributes, this.get(attributes) | READABLE | WRITABLE);
    }
  }

  resetX87(): void {
    this.setWord("fcw", 0x40);
    this.setWord("fsw", 0);
    this.top = 0;
    this.set(this.s.empty, 0xff);
  }

  /** The x87's control word, status word with TOP, and which physical registers are empty. */
  setX87(fcw: number, fsw: number, empty: number): void {
    this.setWord("fcw", fcw);
    this.setWord("fsw", fsw & ~0x3800);
    this.top = (fsw >>> 11) & 7;
    this.set(this.s.empty, empty);
    this.updateX87();
  }
  fsw(): number {
    return this.word("fsw") | (this.top << 11);
  }
  get top(): number {
    return (this.state.u32[this.FLAGS]! & bf.TOP) >>> bf.TOP_SHIFT;
  }
  set top(value: number) {
    const { u32 } = this.state;
    u32[this.FLAGS] = ((u32[this.FLAGS]! & ~bf.TOP) | (value << bf.TOP_SHIFT)) >>> 0;
  }
  /** After a change of FCW or FSW: is an exception pending, and can there be one? */
  updateX87(): void {
    const fsw = this.word("fsw");
    const pending = (fsw & ~this.word("fcw") & 0x3f) !== 0;
    this.setWord("fsw", pending ? fsw | 0x8080 : fsw & ~0x8080);
    this.state.u32[this.FLAGS] = this.blockFlags();
  }

  /** MXCSR: its exceptions are flags of the soft-float library. */
  mxcsr(): number {
    return this.word("mxcsr") | exceptionsOfFlags(this.get(this.s.fpFlags));
  }
  setMxcsr(value: number): void {
    this.setWord("mxcsr", value & ~mxcsr.exceptions);
    const { rounding, mode } = statusOfMxcsr(value);
    this.set(this.s.fpRounding, rounding);
    this.set(this.s.fpMode, mode);
    this.set(this.s.fpFlags, flagsOfExceptions(value & mxcsr.exceptions));
    this.state.u32[this.FLAGS] = this.blockFlags();
  }

  /** What CPUID's leaf 1 has in EAX. */
  signature(): number {
    const { family, model, stepping } = this.model;
    const extended = family > 15 ? family - 15 : 0;
    return (extended << 20) | ((model >>> 4) << 16) | (Math.min(family, 15) << 8) | ((model & 15) << 4) | stepping;
  }

  /** Flat 32-bit protected mode, as boot loaders start kernels: registers are EAX, EBX, ECX, EDX, ESI, EDI. */
  start(entry: number, registers: readonly number[]): void {
    const flat = DESC.P | DESC.S | DESC.RW | DESC.ACCESSED | DESC.DB | DESC.G;
    this.setWord("cr0", CR0.ET | CR0.PE);
    for (const n of [seg.ES, seg.SS, seg.DS, seg.FS, seg.GS]) this.setSegment(n, 0x18, 0, 0xffff_ffff, flat);
    this.setSegment(seg.CS, 0x10, 0, 0xffff_ffff, flat | DESC.CODE);
    [0, 3, 1, 2, 6, 7].forEach((n, i) => this.setRegister(n, registers[i] ?? 0));
    this.setPc(entry);
    this.refreshFlags();
  }

  /** A linear address. */
  setPc(pc: number, high = 0): void {
    this.state.u32[this.s.pc.offset >> 2] = pc;
    this.state.u32[(this.s.pc.offset >> 2) + 1] = high;
  }
  get pc(): number {
    return this.state.u32[this.s.pc.offset >> 2]!;
  }
  get pcHigh(): number {
    return this.state.u32[(this.s.pc.offset >> 2) + 1]!;
  }
  /** rIP, its low word. */
  get ip(): number {
    return this.code64 ? this.pc : (this.pc - this.baseOf(seg.CS)) >>> 0;
  }

  blockFlags(): number {
    return ((this.state.u32[this.FLAGS]! & (bf.SHADOW | bf.STEP_DONE | bf.TOP)) | this.#modeFlags()) >>> 0;
  }

  #modeFlags(): number {
    const { segments } = this.s;
    const cr0 = this.word("cr0");
    const cr4 = this.word("cr4");
    const eflags = this.get(this.s.eflags);
    const cpl = this.cpl;
    let flags = cpl;
    const virtual = (eflags & EFLAGS.VM) !== 0;
    const code = this.get(segments[seg.CS]!.attributes);
    if (this.longMode && (code & DESC.L) !== 0) flags |= bf.CODE64 | bf.FLAT_CS;
    else {
      if ((code & DESC.DB) !== 0) flags |= bf.CODE32;
      if ((this.get(segments[seg.SS]!.attributes) & DESC.DB) !== 0) flags |= bf.STACK32;
      for (let n = 0; n < 6; n++) if (this.#isOpen(n)) flags |= bf.FLAT_ES << n;
      if (this.get(segments[seg.CS]!.limit) !== 0xffff_ffff) flags |= bf.CODE_LIMIT;
    }
    if ((cr0 & CR0.PE) !== 0) flags |= bf.PROTECTED;
    if (virtual) flags |= bf.VIRTUAL_8086;
    if ((eflags & EFLAGS.TF) !== 0) flags |= bf.SINGLE_STEP;
    if ((cr0 & CR0.EM) !== 0) flags |= bf.EM;
    if ((cr0 & CR0.TS) !== 0) flags |= bf.TS;
    if ((cr0 & CR0.MP) !== 0) flags |= bf.MP;
    if ((cr4 & CR4.OSFXSR) !== 0) flags |= bf.OSFXSR;
    if ((cr4 & CR4.FSGSBASE) !== 0) flags |= bf.FSGSBASE;
    if ((cr4 & CR4.OSXSAVE) !== 0 && (this.word("xcr0") & 6) === 6) flags |= bf.AVX;
    if ((this.word("mxcsr") & mxcsr.masks) !== mxcsr.masks) flags |= bf.SSE_UNMASKED;
    if ((cr0 & CR0.PE) === 0 || cpl <= ((eflags >>> 12) & 3)) flags |= bf.IO_ALLOWED;
    if ((cr4 & CR4.SMAP) !== 0 && (eflags & EFLAGS.AC) === 0) flags |= bf.SMAP;
    if ((this.word("fcw") & 0x3f) !== 0x3f || (this.word("fsw") & 0x80) !== 0) flags |= bf.X87_UNMASKED;
    if (cpl === 3 && (cr0 & CR0.AM) !== 0 && (eflags & EFLAGS.AC) !== 0) flags |= bf.ALIGNMENT;
    return flags;
  }

  /** Base 0 (FS and GS: any), 4 GiB, readable, and writable if it is no code. */
  #isOpen(n: number): boolean {
    const { base, attributes, first, last } = this.s.segments[n]!;
    if (n < seg.FS && (this.get(base) | this.high(base)) !== 0) return false;
    const needed = n === seg.CS ? READABLE : READABLE | WRITABLE;
    return (this.get(attributes) & needed) === needed && this.get(first) === 0 && this.get(last) === 0xffff_ffff;
  }

  /** Brings the block flags up to date; interrupts are not held off from here on. */
  refreshFlags(): void {
    this.state.u32[this.FLAGS] = (this.#modeFlags() | (this.state.u32[this.FLAGS]! & (bf.TOP | bf.STEP_DONE))) >>> 0;
  }

  fetchMmuIdx(flags: number): number {
    return bf.mmuIdxOf(flags);
  }

  walk(va: number, access: Access, mmuIdx: number, high: number): Mapping | GuestFault {
    return walkPages(this, va, high, access, mmuIdx);
  }

  alignmentFault(va: number, _access: Access, _mmuIdx: number, high: number): GuestFault {
    return new GuestFault(exceptions.alignmentCheck, 0, va, high);
  }

  busFault(): undefined {
    return undefined;
  }

  // ---- interrupts

  setInput(name: string, level: boolean): void {
    const lines = this.word("lines");
    const set = (bit: number, on: boolean): void => this.setWord("lines", on ? lines | bit : lines & ~bit);
    switch (name) {
      case "intr":
        set(LINES.INTR, level);
        break;
      case "nmi":
        if (level) set(LINES.NMI, true);
        break;
      case "smi":
        if (level) this.env.log.log("unimp", "system management interrupts are not implemented");
        break;
      case "init":
        if (level) set(LINES.INIT, true);
        break;
      case "a20":
        if (((lines & LINES.A20) !== 0) !== level) {
          set(LINES.A20, level);
          this.env.flushTlb("all");
        }
        break;
      default:
        throw new Error(`internal error: no CPU input ${name}`);
    }
  }

  hasWork(): boolean {
    const lines = this.word("lines");
    if ((lines & (LINES.NMI | LINES.NMI_BLOCKED)) === LINES.NMI || (lines & LINES.INIT) !== 0) return true;
    return (lines & LINES.INTR) !== 0 && this.systemFlag(EFLAGS.IF);
  }

  /** Something that decides about interrupts has changed: they are looked at soon. */
  interruptsChanged(): void {
    if (this.hasWork()) this.env.kick();
  }

  deliverInterrupt(): boolean {
    if (!this.hasWork()) return false;
    // What is due first is the exception of a single step; what is held off waits.
    if ((this.state.u32[this.FLAGS]! & (bf.SHADOW | bf.STEP_DONE)) !== 0) return false;
    const lines = this.word("lines");
    if ((lines & LINES.INIT) !== 0) {
      this.reset();
      return true;
    }
    if ((lines & (LINES.NMI | LINES.NMI_BLOCKED)) === LINES.NMI) {
      this.setWord("lines", (lines & ~LINES.NMI) | LINES.NMI_BLOCKED);
      deliverEvent(this, { vector: exceptions.nmi, kind: "external" });
      return true;
    }
    const vector = this.env.acknowledgeInterrupt();
    this.env.log.log("int", () => `Servicing hardware INT=0x${vector.toString(16).padStart(2, "0")}`);
    deliverEvent(this, { vector, kind: "external" });
    return true;
  }

  deliver(fault: GuestFault): void {
    const { u32 } = this.state;
    if ((u32[this.FLAGS]! & bf.STEP_DONE) !== 0) {
      // The next instruction could not even be fetched: the trap behind the one before comes first.
      u32[this.FLAGS]! &= ~bf.STEP_DONE;
      this.deliver(new GuestFault(exceptions.debug, SINGLE_STEP_DONE));
      return;
    }
    const { exception, argument } = fault;
    if (exception === exceptions.icebp) {
      deliverEvent(this, { vector: exceptions.debug, kind: "trap", length: argument });
      return;
    }
    if (exception >= exceptions.software) {
      deliverEvent(this, { vector: exception & 0xff, kind: "software", length: argument });
      return;
    }
    if (exception === exceptions.pageFault) this.setWideNamed("cr2", fault.address, fault.addressHigh);
    if (exception === exceptions.debug) this.setWord("dr6", this.word("dr6") | argument);
    deliverEvent(this, { vector: exception, kind: "exception", error: argument });
  }

  /** `extra`: the x87's TOP. */
  restore(pc: number, extra: number): void {
    const { u32 } = this.state;
    u32[this.s.pc.offset >> 2] = pc;
    u32[this.FLAGS] = ((u32[this.FLAGS]! & ~(bf.SHADOW | bf.STEP_DONE | bf.TOP)) | (extra << bf.TOP_SHIFT)) >>> 0;
  }

  dump(fpu: boolean): string {
    const { s } = this;
    const names = ["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"];
    const hex = (slot: Slot): string => (slot.size === 8 ? hex8(this.high(slot)) : "") + hex8(this.get(slot));
    const register = (n: number): string => `${names[n] ?? `R${n}`}=${hex(s.r[n]!)}`;
    const lines = [
      [0, 3, 1, 2].map(register).join(" "),
      [6, 7, 5, 4].map(register).join(" "),
      ...(this.is64 ? [8, 12].map((first) => [0, 1, 2, 3].map((n) => register(first + n)).join(" ")) : []),
      `EIP=${hex8(this.ip)} EFL=${hex8(this.eflags())} CPL=${this.cpl} flags=${hex32(this.state.u32[this.FLAGS]!)}`,
    ];
    ["ES", "CS", "SS", "DS", "FS", "GS", "LDT", "TR"].forEach((name, n) => {
      const g = s.segments[n]!;
      lines.push(
        `${name.padEnd(3)}=${hex4(this.get(g.selector))} ${hex(g.base)} ${hex8(this.get(g.limit))} ${hex8(this.get(g.attributes) & 0xff_ff00)}`,
      );
    });
    lines.push(
      `GDT= ${hex(s.wide.gdt_base)} ${hex8(this.word("gdt_limit"))}`,
      `IDT= ${hex(s.wide.idt_base)} ${hex8(this.word("idt_limit"))}`,
      `CR0=${hex8(this.word("cr0"))} CR2=${hex(s.wide.cr2)} CR3=${hex(s.wide.cr3)} CR4=${hex8(this.word("cr4"))}`,
    );
    if (fpu) {
      lines.push(`FCW=${hex4(this.word("fcw"))} FSW=${hex4(this.word("fsw"))} MXCSR=${hex8(this.word("mxcsr"))}`);
      for (let n = 0; n < s.xmm.length; n++) {
        const at = s.xmm[n]!.offset >> 2;
        const [letter, words] = (this.state.u32[this.FLAGS]! & bf.AVX) !== 0 ? ["Y", 8] : ["X", 4];
        const digits = Array.from({ length: words }, (_, i) => hex8(this.state.u32[at + words - 1 - i]!)).join("");
        lines.push(`${letter}MM${String(n).padStart(2, "0")}=${digits}`);
      }
    }
    return lines.join("\n");
  }
}

const hex8 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
const hex4 = (value: number): string => value.toString(16).padStart(4, "0");
