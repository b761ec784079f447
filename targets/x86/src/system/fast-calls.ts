/** SYSENTER, SYSEXIT, SYSCALL, SYSRET: flat segments from MSRs, no descriptors. */
import { GuestFault } from "@tsemu/target";
import { EFLAGS } from "../flags.ts";
import { exceptions } from "../host-calls.ts";
import { seg } from "../state.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { DESC, EFER } from "./bits.ts";

const flat = (cpl: number, more: number): number => DESC.P | DESC.S | DESC.RW | DESC.ACCESSED | DESC.G | (cpl << DESC.DPL_SHIFT) | more;

function setSegments(cpu: X86Cpu, cs: number, ss: number, cpl: number, long: boolean): void {
  cpu.setSegment(seg.CS, cs, 0, 0xffff_ffff, flat(cpl, DESC.CODE | (long ? DESC.L : DESC.DB)));
  cpu.setSegment(seg.SS, ss, 0, 0xffff_ffff, flat(cpl, DESC.DB));
}

export function sysenter(cpu: X86Cpu): void {
  if (cpu.userMode) throw new GuestFault(exceptions.sysenter, 2);
  const cs = cpu.word("sysenter_cs");
  if (!cpu.protectedMode || (cs & 0xfffc) === 0) throw new GuestFault(exceptions.generalProtection);
  const long = cpu.longMode;
  cpu.setEflags(cpu.eflags() & ~(EFLAGS.VM | EFLAGS.IF | EFLAGS.RF));
  setSegments(cpu, cs & 0xfffc, (cs & 0xfffc) + 8, 0, long);
  cpu.setWide(cpu.s.r[4]!, cpu.wide("sysenter_esp"), cpu.high(cpu.s.wide.sysenter_esp));
  cpu.setPc(cpu.wide("sysenter_eip"), cpu.high(cpu.s.wide.sysenter_eip));
  cpu.refreshFlags();
}

export function sysexit(cpu: X86Cpu, size: 2 | 4 | 8): void {
  const cs = cpu.word("sysenter_cs");
  if (!cpu.protectedMode || cpu.cpl !== 0 || (cs & 0xfffc) === 0) throw new GuestFault(exceptions.generalProtection);
  const long = size === 8;
  const first = (cs & 0xfffc) + (long ? 32 : 16);
  const [ip, sp] = [cpu.s.r[2]!, cpu.s.r[1]!];
  const high = (slot: typeof ip): number => (long ? cpu.high(slot) : 0);
  setSegments(cpu, first | 3, (first + 8) | 3, 3, long);
  cpu.setPc(cpu.get(ip), high(ip));
  cpu.setWide(cpu.s.r[4]!, cpu.get(sp), high(sp));
  cpu.refreshFlags();
  cpu.interruptsChanged();
}

/** pc is behind the instruction. */
export function syscall(cpu: X86Cpu, length: number): void {
  if (cpu.userMode) throw new GuestFault(exceptions.syscall, length);
  if ((cpu.word("efer") & EFER.SCE) === 0) throw new GuestFault(exceptions.undefinedOpcode);
  const [starLow, starHigh] = cpu.double("star");
  const cs = starHigh & 0xfffc;
  if (cpu.longMode) {
    const from64 = cpu.code64;
    const flags = cpu.eflags();
    cpu.setWide(cpu.s.r[1]!, cpu.pc, cpu.pcHigh);
    cpu.setWide(cpu.s.r[11]!, flags & ~EFLAGS.RF, 0);
    setSegments(cpu, cs, cs + 8, 0, true);
    const [mask] = cpu.double("fmask");
    cpu.setEflags(flags & ~(mask | EFLAGS.RF));
    cpu.setPc(...cpu.double(from64 ? "lstar" : "cstar"));
  } else {
    cpu.setRegister(1, cpu.ip);
    setSegments(cpu, cs, cs + 8, 0, false);
    cpu.setEflags(cpu.eflags() & ~(EFLAGS.VM | EFLAGS.IF | EFLAGS.RF));
    cpu.setPc(starLow);
  }
  cpu.refreshFlags();
}

export function sysret(cpu: X86Cpu, size: 2 | 4 | 8): void {
  if ((cpu.word("efer") & EFER.SCE) === 0) throw new GuestFault(exceptions.undefinedOpcode);
  if (!cpu.protectedMode) throw new GuestFault(exceptions.generalProtection);
  const [, starHigh] = cpu.double("star");
  const first = starHigh >>> 16;
  const long = size === 8;
  if (cpu.longMode) {
    const high = cpu.high(cpu.s.r[1]!);
    if (long && (high >>> 15) % 0x1_ffff !== 0) throw new GuestFault(exceptions.generalProtection);
    setSegments(cpu, (first + (long ? 16 : 0)) | 3, (first + 8) | 3, 3, long);
    cpu.setPc(cpu.register(1), long ? high : 0);
    const keep = EFLAGS.RF | EFLAGS.VM;
    cpu.setEflags(cpu.register(11) & ~keep & 0x3f_ffd7);
  } else {
    setSegments(cpu, first | 3, (first + 8) | 3, 3, false);
    cpu.setPc(cpu.register(1));
    cpu.setEflags(cpu.eflags() | EFLAGS.IF);
  }
  cpu.refreshFlags();
  cpu.interruptsChanged();
}
