/** Model-specific registers: Intel SDM vol. 4, AMD APM vol. 2. */
import { GuestFault } from "@tsemu/target";
import { exceptions } from "../host-calls.ts";
import { seg } from "../state.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { EFER } from "./bits.ts";

type Pair = readonly [low: number, high: number];

interface Register {
  read(cpu: X86Cpu): Pair;
  write(cpu: X86Cpu, low: number, high: number): void;
}

const fault = (): GuestFault => new GuestFault(exceptions.generalProtection);

/** Virtual nanoseconds are the cycles of the TSC. */
export function readTsc(cpu: X86Cpu): Pair {
  const now = BigInt(Math.floor(cpu.env.clock.now()));
  const [low, high] = cpu.double("tsc_offset");
  const value = BigInt.asUintN(64, now + (BigInt(high) << 32n) + BigInt(low));
  return [Number(value & 0xffff_ffffn), Number(value >> 32n)];
}

function writeTsc(cpu: X86Cpu, low: number, high: number): void {
  const now = BigInt(Math.floor(cpu.env.clock.now()));
  const offset = BigInt.asUintN(64, (BigInt(high >>> 0) << 32n) + BigInt(low >>> 0) - now);
  cpu.setDouble("tsc_offset", Number(offset & 0xffff_ffffn), Number(offset >> 32n));
}

const wide = (name: "sysenter_esp" | "sysenter_eip"): Register => ({
  read: (cpu) => [cpu.wide(name), cpu.high(cpu.s.wide[name])],
  write: (cpu, low, high) => cpu.setWideNamed(name, low, high),
});
const double = (name: "star" | "lstar" | "cstar" | "fmask" | "kernel_gs_base" | "pat"): Register => ({
  read: (cpu) => cpu.double(name),
  write: (cpu, low, high) => cpu.setDouble(name, low, high),
});
const base = (n: number): Register => ({
  read: (cpu) => [cpu.get(cpu.s.segments[n]!.base), cpu.high(cpu.s.segments[n]!.base)],
  write(cpu, low, high) {
    if ((high >>> 15) % 0x1_ffff !== 0) throw fault();
    cpu.setWide(cpu.s.segments[n]!.base, low, high);
    cpu.refreshFlags();
  },
});
/** Says something, and forgets what is written. */
const constant = (low: number, high = 0): Register => ({ read: () => [low, high], write: () => {} });

const efer: Register = {
  read: (cpu) => [cpu.word("efer"), 0],
  write(cpu, low, high) {
    const f = cpu.model.features;
    const allowed = (f.syscall ? EFER.SCE : 0) | (f.longMode ? EFER.LME | EFER.LMA : 0) | (f.nx ? EFER.NXE : 0);
    if (high !== 0 || (low & ~allowed) !== 0) throw fault();
    const old = cpu.word("efer");
    // LME stays as it is while paging is on; LMA is the CPU's own.
    if (((old ^ low) & EFER.LME) !== 0 && (cpu.word("cr0") & 0x8000_0000) !== 0) throw fault();
    cpu.setWord("efer", (low & ~EFER.LMA) | (old & EFER.LMA));
    if (((old ^ low) & EFER.NXE) !== 0) cpu.env.flushTlb("all");
  },
};

const apicBase: Register = {
  read: (cpu) => [cpu.env.systemRegisters?.get("apic_base") ?? 0, 0],
  write(cpu, low, high) {
    if (high !== 0 || cpu.env.systemRegisters === undefined) throw fault();
    cpu.env.systemRegisters.set("apic_base", low >>> 0);
  },
};

const word = (name: "sysenter_cs" | "tsc_aux" | "misc_enable" | "mtrr_def_type"): Register => ({
  read: (cpu) => [cpu.word(name), 0],
  write: (cpu, low) => cpu.setWord(name, low),
});

/** Eight variable ranges; memory has one type here, whatever they say. */
const MTRR_CAP = 0x508;

const registers = new Map<number, Register>([
  [0x10, { read: readTsc, write: writeTsc }],
  [0x17, constant(0)],
  [0x1b, apicBase],
  [0x2a, constant(0)],
  [0x3a, constant(1)],
  [0x8b, constant(0, 0x0100_0065)],
  [0xfe, constant(MTRR_CAP)],
  [0x174, word("sysenter_cs")],
  [0x175, wide("sysenter_esp")],
  [0x176, wide("sysenter_eip")],
  [0x179, constant(0)],
  [0x17a, constant(0)],
  [0x1a0, word("misc_enable")],
  [0x1d9, constant(0)],
  [0x277, double("pat")],
  [0x2ff, word("mtrr_def_type")],
  [0xc000_0080, efer],
  [0xc000_0081, double("star")],
  [0xc000_0082, double("lstar")],
  [0xc000_0083, double("cstar")],
  [0xc000_0084, double("fmask")],
  [0xc000_0100, base(seg.FS)],
  [0xc000_0101, base(seg.GS)],
  [0xc000_0102, double("kernel_gs_base")],
  [0xc000_0103, word("tsc_aux")],
  // SYSCFG of AMD: no extended MTRRs, no encryption.
  [0xc001_0010, constant(0)],
  [
    0x6e0,
    {
      read: (cpu) => cpu.double("tsc_deadline"),
      write(cpu, low, high) {
        cpu.setDouble("tsc_deadline", low, high);
        if (cpu.env.systemRegisters === undefined) return;
        const [tscLow, tscHigh] = cpu.double("tsc_offset");
        const offset = BigInt.asIntN(64, (BigInt(tscHigh) << 32n) | BigInt(tscLow));
        const at = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
        cpu.env.systemRegisters.set("deadline_ns", at === 0n ? 0 : Math.max(1, Number(at - offset)));
      },
    },
  ],
]);
/** Fixed and variable MTRRs, machine check banks: kept by nobody. */
const ignored = (n: number): boolean => (n >= 0x200 && n < 0x210) || (n >= 0x250 && n < 0x270) || (n >= 0x400 && n < 0x428);

export function readMsr(cpu: X86Cpu, number: number): Pair {
  const register = registers.get(number);
  if (register !== undefined) return register.read(cpu);
  if (!ignored(number)) cpu.env.log.log("unimp", () => `RDMSR of 0x${number.toString(16)} is not implemented`);
  if (ignored(number)) return [0, 0];
  throw fault();
}

export function writeMsr(cpu: X86Cpu, number: number, low: number, high: number): void {
  const register = registers.get(number);
  if (register !== undefined) register.write(cpu, low, high);
  else if (!ignored(number)) {
    cpu.env.log.log("unimp", () => `WRMSR of 0x${number.toString(16)} is not implemented`);
    throw fault();
  }
}
