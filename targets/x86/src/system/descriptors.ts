/** Descriptors and loads of segment registers in protected mode: Intel SDM vol. 3, chapters 3 and 5. */
import { GuestFault } from "@tsemu/target";
import { exceptions } from "../host-calls.ts";
import { LDTR, seg, TR } from "../state.ts";
import { userDescriptor } from "../linux/descriptors.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { DESC, dplOf, TYPE, typeOf } from "./bits.ts";
import { at, type Linear, readSystem, writeSystem } from "./memory.ts";

export interface Descriptor {
  readonly selector: number;
  readonly low: number;
  readonly high: number;
  /** Where it is. */
  readonly address: Linear;
  /** Upper word of the base, of system descriptors in long mode. */
  readonly baseHigh: number;
}

export const baseOf = ({ low, high }: Descriptor): number => ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff00_0000)) >>> 0;
export const limitOf = ({ low, high }: Descriptor): number => {
  const limit = (low & 0xffff) | (high & 0xf_0000);
  return (high & DESC.G) !== 0 ? ((limit << 12) | 0xfff) >>> 0 : limit;
};
export const isCode = (high: number): boolean => (high & (DESC.S | DESC.CODE)) === (DESC.S | DESC.CODE);
export const isConforming = (high: number): boolean => isCode(high) && (high & DESC.DC) !== 0;
export const isSystem = (high: number): boolean => (high & DESC.S) === 0;

/** Faults whose error code is a selector. */
export const gp = (selector = 0): GuestFault => new GuestFault(exceptions.generalProtection, selector & 0xfffc);
export const np = (selector: number): GuestFault => new GuestFault(exceptions.segmentNotPresent, selector & 0xfffc);
export const ss = (selector = 0): GuestFault => new GuestFault(exceptions.stackFault, selector & 0xfffc);
export const ts = (selector: number): GuestFault => new GuestFault(exceptions.invalidTss, selector & 0xfffc);

/** The descriptor of a selector; undefined where it is beyond its table. `wide`: of 16 bytes. */
export function findDescriptor(cpu: X86Cpu, selector: number, wide = false): Descriptor | undefined {
  if (cpu.userMode) return userDescriptor(cpu, selector);
  const local = (selector & 4) !== 0;
  const ldt = cpu.s.segments[LDTR]!;
  const base: Linear = local
    ? { low: cpu.get(ldt.base), high: cpu.high(ldt.base) }
    : { low: cpu.wide("gdt_base"), high: cpu.high(cpu.s.wide.gdt_base) };
  const limit = local ? ((cpu.get(ldt.attributes) & DESC.P) === 0 ? -1 : cpu.get(ldt.limit)) : cpu.word("gdt_limit");
  const offset = selector & 0xfff8;
  if (offset + (wide ? 15 : 7) > limit) return undefined;
  const address = at(base, offset);
  return {
    selector,
    low: readSystem(cpu, address, 4),
    high: readSystem(cpu, at(address, 4), 4),
    address,
    baseHigh: wide ? readSystem(cpu, at(address, 8), 4) : 0,
  };
}

/** The same; a fault where there is none. `fault`: #GP, or #TS while a stack or a task is loaded. */
export function needDescriptor(cpu: X86Cpu, selector: number, fault: (selector: number) => GuestFault = gp, wide = false): Descriptor {
  if ((selector & 0xfffc) === 0) throw fault(0);
  const descriptor = findDescriptor(cpu, selector, wide);
  if (descriptor === undefined) throw fault(selector);
  return descriptor;
}

/** Sets the accessed bit, in memory and in what is returned. */
export function accessed(cpu: X86Cpu, d: Descriptor): Descriptor {
  if ((d.high & DESC.ACCESSED) !== 0) return d;
  const high = (d.high | DESC.ACCESSED) >>> 0;
  writeSystem(cpu, at(d.address, 4), 4, high);
  return { ...d, high };
}

/** Puts a descriptor that has been checked into a segment register. */
export function putSegment(cpu: X86Cpu, n: number, selector: number, descriptor: Descriptor): void {
  const d = isSystem(descriptor.high) ? descriptor : accessed(cpu, descriptor);
  cpu.setSegment(n, selector & 0xffff, baseOf(d), limitOf(d), d.high, d.baseHigh);
}

/** A segment register that must not be used; bases stay in long mode. */
export function putNull(cpu: X86Cpu, n: number, selector: number): void {
  const { base } = cpu.s.segments[n]!;
  const keep = cpu.longMode;
  // SS goes on saying the privilege level.
  const level = n === seg.SS ? cpu.cpl << DESC.DPL_SHIFT : 0;
  cpu.setSegment(n, selector & 0xffff, keep ? cpu.get(base) : 0, 0, level, keep ? cpu.high(base) : 0);
}

/** MOV and POP to DS, ES, FS, GS and SS, and their far-pointer loads. */
export function loadSegment(cpu: X86Cpu, n: number, selector: number): void {
  if (!cpu.protectedMode || cpu.virtual8086) {
    cpu.setRealSegment(n, selector & 0xffff);
    cpu.refreshFlags();
    return;
  }
  if (n === seg.SS) loadStack(cpu, selector, cpu.cpl, gp);
  else loadData(cpu, n, selector);
  cpu.refreshFlags();
}

function loadData(cpu: X86Cpu, n: number, selector: number): void {
  if ((selector & 0xfffc) === 0) {
    putNull(cpu, n, selector);
    return;
  }
  const d = needDescriptor(cpu, selector);
  checkData(cpu, d, selector, gp);
  putSegment(cpu, n, selector, d);
}

/** Is it data, or code that may be read, and privileged enough? */
export function checkData(cpu: X86Cpu, { high }: Descriptor, selector: number, fault: (selector: number) => GuestFault): void {
  if (isSystem(high) || (isCode(high) && (high & DESC.RW) === 0)) throw fault(selector);
  if (!isConforming(high) && dplOf(high) < Math.max(cpu.cpl, selector & 3)) throw fault(selector);
  if ((high & DESC.P) === 0) throw np(selector);
}

/** A stack segment for a privilege level. In 64-bit code it may be a null one, but for programs. */
export function loadStack(cpu: X86Cpu, selector: number, cpl: number, fault: (selector: number) => GuestFault): void {
  if ((selector & 0xfffc) === 0) {
    if (!cpu.code64 || cpl === 3 || (selector & 3) !== cpl) throw fault(0);
    cpu.setSegment(seg.SS, selector & 0xffff, 0, 0, cpl << DESC.DPL_SHIFT);
    return;
  }
  const d = checkStack(cpu, selector, cpl, fault);
  putSegment(cpu, seg.SS, selector, d);
}

export function checkStack(cpu: X86Cpu, selector: number, cpl: number, fault: (selector: number) => GuestFault): Descriptor {
  const d = needDescriptor(cpu, selector, fault);
  const writableData = !isSystem(d.high) && !isCode(d.high) && (d.high & DESC.RW) !== 0;
  if ((selector & 3) !== cpl || dplOf(d.high) !== cpl || !writableData) throw fault(selector);
  if ((d.high & DESC.P) === 0) throw ss(selector);
  return d;
}

export function lldt(cpu: X86Cpu, value: number): void {
  const selector = value & 0xffff;
  if ((selector & 0xfffc) === 0) {
    cpu.setSegment(LDTR, selector, 0, 0, 0);
    return;
  }
  const d = (selector & 4) !== 0 ? undefined : findDescriptor(cpu, selector, cpu.longMode);
  if (d === undefined || !isSystem(d.high) || typeOf(d.high) !== TYPE.ldt) throw gp(selector);
  if ((d.high & DESC.P) === 0) throw np(selector);
  putSegment(cpu, LDTR, selector, d);
}

export function ltr(cpu: X86Cpu, value: number): void {
  const selector = value & 0xffff;
  if ((selector & 4) !== 0 || (selector & 0xfffc) === 0) throw gp(selector);
  const d = findDescriptor(cpu, selector, cpu.longMode);
  const type = d === undefined || !isSystem(d.high) ? 0 : typeOf(d.high);
  if (d === undefined || (type !== TYPE.tss32 && (type !== TYPE.tss16 || cpu.longMode))) throw gp(selector);
  if ((d.high & DESC.P) === 0) throw np(selector);
  const busy = { ...d, high: (d.high | (2 << 8)) >>> 0 };
  writeSystem(cpu, at(d.address, 4), 4, busy.high);
  putSegment(cpu, TR, selector, busy);
}

/** What LAR, LSL, VERR and VERW ask: is the descriptor visible at this privilege level? */
function visible(cpu: X86Cpu, value: number, systemTypes: readonly number[]): Descriptor | undefined {
  const selector = value & 0xffff;
  if ((selector & 0xfffc) === 0) return undefined;
  const d = findDescriptor(cpu, selector);
  if (d === undefined) return undefined;
  if (isSystem(d.high) && !systemTypes.includes(typeOf(d.high))) return undefined;
  if (!isConforming(d.high) && dplOf(d.high) < Math.max(cpu.cpl, selector & 3)) return undefined;
  return d;
}

const withLimit = [TYPE.tss16, TYPE.ldt, TYPE.busyTss16, TYPE.tss32, TYPE.busyTss32];
const withRights = [...withLimit, TYPE.callGate16, TYPE.taskGate, TYPE.callGate32];
/** In long mode there are no 16-bit ones and no task gates. */
const withLimitLong = [TYPE.ldt, TYPE.tss32, TYPE.busyTss32];
const withRightsLong = [...withLimitLong, TYPE.callGate32];

/** The bits of the limit are undefined; as QEMU has it, they are 0. */
export function lar(cpu: X86Cpu, selector: number): number {
  const d = visible(cpu, selector, cpu.longMode ? withRightsLong : withRights);
  cpu.setZero(d !== undefined);
  return d === undefined ? 0 : d.high & 0x00f0_ff00;
}
export function lsl(cpu: X86Cpu, selector: number): number {
  const d = visible(cpu, selector, cpu.longMode ? withLimitLong : withLimit);
  cpu.setZero(d !== undefined);
  return d === undefined ? 0 : limitOf(d) | 0;
}
export function verify(cpu: X86Cpu, selector: number, write: boolean): void {
  const d = visible(cpu, selector, []);
  const rw = d !== undefined && (d.high & DESC.RW) !== 0;
  cpu.setZero(d !== undefined && (write ? !isCode(d.high) && rw : !isCode(d.high) || rw));
}
