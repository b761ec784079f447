/** Control and debug registers: Intel SDM vol. 3, 2.5 and 17.2. */
import { GuestFault } from "@tsemu/target";
import { EFLAGS } from "../flags.ts";
import { exceptions } from "../host-calls.ts";
import { seg } from "../state.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { CR0, CR4, DESC, EFER } from "./bits.ts";

const fault = (): GuestFault => new GuestFault(exceptions.generalProtection);

/** Low word; the upper one goes to result0. */
export function readControl(cpu: X86Cpu, n: number): number {
  let [low, high] = [0, 0];
  switch (n) {
    case 0:
      low = cpu.word("cr0");
      break;
    case 2:
      [low, high] = [cpu.wide("cr2"), cpu.high(cpu.s.wide.cr2)];
      break;
    case 3:
      [low, high] = [cpu.wide("cr3"), cpu.high(cpu.s.wide.cr3)];
      break;
    case 4:
      low = cpu.word("cr4");
      break;
    default:
      low = cpu.env.systemRegisters?.get("task_priority") ?? 0;
  }
  cpu.set(cpu.s.result[0]!, high);
  return low | 0;
}

export function writeControl(cpu: X86Cpu, n: number, low: number, high: number): void {
  switch (n) {
    case 0:
      if (high !== 0) throw fault();
      writeCr0(cpu, low >>> 0);
      break;
    case 2:
      cpu.setWideNamed("cr2", low, high);
      break;
    case 3:
      writeCr3(cpu, low, high);
      break;
    case 4:
      if (high !== 0) throw fault();
      writeCr4(cpu, low >>> 0);
      break;
    default:
      if (high !== 0 || low >>> 0 > 15) throw fault();
      cpu.env.systemRegisters?.set("task_priority", low);
  }
  cpu.refreshFlags();
}

const CR0_BITS = CR0.PE | CR0.MP | CR0.EM | CR0.TS | CR0.ET | CR0.NE | CR0.WP | CR0.AM | CR0.NW | CR0.CD | CR0.PG;

export function writeCr0(cpu: X86Cpu, value: number): void {
  const old = cpu.word("cr0");
  const next = ((value & CR0_BITS) | CR0.ET) >>> 0;
  if ((next & CR0.PG) !== 0 && (next & CR0.PE) === 0) throw fault();
  if ((next & CR0.NW) !== 0 && (next & CR0.CD) === 0) throw fault();
  const efer = cpu.word("efer");
  const on = (next & ~old & CR0.PG) !== 0;
  const off = (old & ~next & CR0.PG) !== 0;
  if (on && (efer & EFER.LME) !== 0) {
    if ((cpu.word("cr4") & CR4.PAE) === 0) throw fault();
    if ((cpu.get(cpu.s.segments[seg.CS]!.attributes) & DESC.L) !== 0) throw fault();
    cpu.setWord("efer", efer | EFER.LMA);
  }
  if (off && (efer & EFER.LMA) !== 0) {
    if (cpu.code64) throw fault();
    cpu.setWord("efer", efer & ~EFER.LMA);
  }
  cpu.setWord("cr0", next);
  if ((old & ~next & CR0.PE) !== 0) cpu.enterRealMode();
  if (((old ^ next) & (CR0.PG | CR0.WP | CR0.PE)) !== 0) cpu.env.flushTlb("all");
}

export function writeCr3(cpu: X86Cpu, low: number, high: number): void {
  cpu.setWideNamed("cr3", low, cpu.longMode ? high : 0);
  cpu.env.flushTlb("nonGlobal");
}

/** What the model's CR4 has. */
function cr4Bits(cpu: X86Cpu): number {
  const f = cpu.model.features;
  let bits: number = CR4.TSD | CR4.DE | CR4.MCE | CR4.PCE;
  if (f.pse) bits |= CR4.PSE;
  if (f.pae) bits |= CR4.PAE;
  if (f.pge) bits |= CR4.PGE;
  if (f.fxsr) bits |= CR4.OSFXSR;
  if (f.sse) bits |= CR4.OSXMMEXCPT;
  if (f.smep) bits |= CR4.SMEP;
  if (f.smap) bits |= CR4.SMAP;
  if (f.fsgsbase) bits |= CR4.FSGSBASE;
  if (f.xsave) bits |= CR4.OSXSAVE;
  return bits;
}

function writeCr4(cpu: X86Cpu, value: number): void {
  if ((value & ~cr4Bits(cpu)) !== 0) throw fault();
  if (cpu.longMode && (value & CR4.PAE) === 0) throw fault();
  const old = cpu.word("cr4");
  cpu.setWord("cr4", value);
  if (((old ^ value) & (CR4.PSE | CR4.PAE | CR4.PGE | CR4.SMEP | CR4.SMAP | CR4.PCIDE)) !== 0) cpu.env.flushTlb("all");
}

/** LMSW: the four low bits; PE cannot be cleared. */
export function lmsw(cpu: X86Cpu, value: number): void {
  const old = cpu.word("cr0");
  writeCr0(cpu, ((old & ~0xe) | (value & 0xf)) >>> 0);
  cpu.refreshFlags();
}

/** DR4 and DR5 are DR6 and DR7, unless CR4.DE is set. */
function debugNumber(cpu: X86Cpu, n: number): number {
  if (n !== 4 && n !== 5) {
    if (n > 7) throw new GuestFault(exceptions.undefinedOpcode);
    return n;
  }
  if ((cpu.word("cr4") & CR4.DE) !== 0) throw new GuestFault(exceptions.undefinedOpcode);
  return n + 2;
}

export function readDebug(cpu: X86Cpu, n: number): number {
  const number = debugNumber(cpu, n);
  cpu.set(cpu.s.result[0]!, number < 4 ? cpu.high(cpu.s.dr[number]!) : 0);
  if (number < 4) return cpu.get(cpu.s.dr[number]!) | 0;
  return cpu.word(number === 6 ? "dr6" : "dr7") | 0;
}

export function writeDebug(cpu: X86Cpu, n: number, low: number, high: number): void {
  const number = debugNumber(cpu, n);
  if (number < 4) cpu.setWide(cpu.s.dr[number]!, low, high);
  else if (high !== 0) throw fault();
  else if (number === 6) cpu.setWord("dr6", ((low & 0xe00f) | 0xffff_0ff0) >>> 0);
  else {
    cpu.setWord("dr7", ((low & 0xffff_2bff) | 0x400) >>> 0);
    if ((low & 0xff) !== 0)
      cpu.env.log.log("unimp", () => `breakpoints in debug registers are not implemented (DR7 = ${(low >>> 0).toString(16)})`);
  }
  cpu.refreshFlags();
}

/** May a program access the port? IOPL, or the bitmap in the TSS (SDM vol. 1, 18.5). */
export function portAllowed(cpu: X86Cpu): boolean {
  return !cpu.protectedMode || (!cpu.systemFlag(EFLAGS.VM) && cpu.cpl <= cpu.iopl);
}
