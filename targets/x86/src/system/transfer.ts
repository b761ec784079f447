/** Far jumps, calls and returns, and IRET: Intel SDM vol. 3, 5.8, 7.3, 20.2; vol. 2 for the order of the checks. */
import { GuestFault } from "@tsemu/target";
import { EFLAGS } from "../flags.ts";
import { exceptions } from "../host-calls.ts";
import { seg, TR } from "../state.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { DESC, dplOf, LINES, TYPE, typeOf } from "./bits.ts";
import {
  accessed,
  baseOf,
  checkStack,
  type Descriptor,
  gp,
  isCode,
  isConforming,
  isSystem,
  limitOf,
  loadStack,
  needDescriptor,
  np,
  putSegment,
  ss,
  ts,
} from "./descriptors.ts";
import { innerStack } from "./events.ts";
import { at, readSystem } from "./memory.ts";
import { flatStack, presentStackAt, Stack, stackOf } from "./stack.ts";
import { switchTask } from "./task.ts";

type Size = 2 | 4 | 8;

const inReal = (cpu: X86Cpu): boolean => !cpu.protectedMode || cpu.virtual8086;

/** CS:rIP become these, all checks done. */
function enter(cpu: X86Cpu, code: Descriptor, selector: number, cpl: number, low: number, high = 0): void {
  putSegment(cpu, seg.CS, (selector & 0xfffc) | cpl, code);
  const long = cpu.longMode && (code.high & DESC.L) !== 0;
  if (long) cpu.setPc(low, high);
  else cpu.setPc((baseOf(code) + low) >>> 0);
  cpu.refreshFlags();
}

/** Is the offset inside the segment? In 64-bit code: is the address canonical? */
function checkOffset(cpu: X86Cpu, code: Descriptor, low: number, high: number): void {
  const long = cpu.longMode && (code.high & DESC.L) !== 0;
  if (long ? (high >>> 15) % 0x1_ffff !== 0 : low > limitOf(code)) throw gp();
}

/** Code that JMP or CALL names directly. */
function checkCode(cpu: X86Cpu, { high }: Descriptor, selector: number): void {
  if (isConforming(high) ? dplOf(high) > cpu.cpl : (selector & 3) > cpu.cpl || dplOf(high) !== cpu.cpl) throw gp(selector);
  if (cpu.longMode && (high & (DESC.L | DESC.DB)) === (DESC.L | DESC.DB)) throw gp(selector);
  if ((high & DESC.P) === 0) throw np(selector);
}

/** A system descriptor's type in what JMP and CALL can go through. */
function checkGate(cpu: X86Cpu, { high }: Descriptor, selector: number): number {
  const type = typeOf(high);
  const known = cpu.longMode ? [TYPE.callGate32] : [TYPE.tss16, TYPE.tss32, TYPE.callGate16, TYPE.callGate32, TYPE.taskGate];
  if (!(known as number[]).includes(type) || dplOf(high) < Math.max(cpu.cpl, selector & 3)) throw gp(selector);
  if ((high & DESC.P) === 0) throw np(selector);
  return type;
}

export function farJump(cpu: X86Cpu, selector: number, offset: number): void {
  if (inReal(cpu)) {
    cpu.setRealSegment(seg.CS, selector & 0xffff);
    cpu.setPc((((selector & 0xffff) << 4) + offset) >>> 0);
    cpu.refreshFlags();
    return;
  }
  const high = cpu.get(cpu.s.result[0]!);
  const d = needDescriptor(cpu, selector & 0xffff);
  if (isCode(d.high)) {
    checkCode(cpu, d, selector);
    checkOffset(cpu, d, offset, high);
    enter(cpu, d, selector, cpu.cpl, offset, high);
    return;
  }
  if (!isSystem(d.high)) throw gp(selector);
  const type = checkGate(cpu, d, selector);
  if (type === TYPE.tss16 || type === TYPE.tss32) switchTask(cpu, selector & 0xffff, "jump");
  else if (type === TYPE.taskGate) switchTask(cpu, d.low >>> 16, "jump");
  else {
    const gate = readCallGate(cpu, d);
    const code = needDescriptor(cpu, gate.selector);
    if (!isCode(code.high) || (isConforming(code.high) ? dplOf(code.high) > cpu.cpl : dplOf(code.high) !== cpu.cpl))
      throw gp(gate.selector);
    checkGateCode(cpu, code, gate.selector);
    checkOffset(cpu, code, gate.offset, gate.offsetHigh);
    enter(cpu, code, gate.selector, cpu.cpl, gate.offset, gate.offsetHigh);
  }
}

function checkGateCode(cpu: X86Cpu, code: Descriptor, selector: number): void {
  if (cpu.longMode && (code.high & (DESC.L | DESC.DB)) !== DESC.L) throw gp(selector);
  if ((code.high & DESC.P) === 0) throw np(selector);
}

interface CallGate {
  readonly selector: number;
  readonly offset: number;
  readonly offsetHigh: number;
  readonly parameters: number;
  readonly size: Size;
}

function readCallGate(cpu: X86Cpu, d: Descriptor): CallGate {
  const wide = typeOf(d.high) === TYPE.callGate32;
  const offset = ((d.low & 0xffff) | (wide ? d.high & 0xffff_0000 : 0)) >>> 0;
  return {
    selector: d.low >>> 16,
    offset,
    offsetHigh: cpu.longMode ? readSystem(cpu, at(d.address, 8), 4) : 0,
    parameters: d.high & 31,
    size: cpu.longMode ? 8 : wide ? 4 : 2,
  };
}

export function farCall(cpu: X86Cpu, selector: number, offset: number, size: Size): void {
  // The return address: pc is behind the instruction already.
  const [ip, ipHigh] = [cpu.ip, cpu.code64 ? cpu.pcHigh : 0];
  if (inReal(cpu)) {
    const stack = presentStackAt(cpu);
    stack.push(cpu.selector(seg.CS), size);
    stack.push(ip, size);
    stack.commit();
    farJump(cpu, selector, offset);
    return;
  }
  const high = cpu.get(cpu.s.result[0]!);
  const d = needDescriptor(cpu, selector & 0xffff);
  if (isCode(d.high)) {
    checkCode(cpu, d, selector);
    const stack = presentStackAt(cpu);
    stack.push(cpu.selector(seg.CS), size);
    stack.push(ip, size, ipHigh);
    checkOffset(cpu, d, offset, high);
    stack.commit();
    enter(cpu, d, selector, cpu.cpl, offset, high);
    return;
  }
  if (!isSystem(d.high)) throw gp(selector);
  const type = checkGate(cpu, d, selector);
  if (type === TYPE.tss16 || type === TYPE.tss32) switchTask(cpu, selector & 0xffff, "call");
  else if (type === TYPE.taskGate) switchTask(cpu, d.low >>> 16, "call");
  else callThroughGate(cpu, readCallGate(cpu, d), ip, ipHigh);
}

function callThroughGate(cpu: X86Cpu, gate: CallGate, ip: number, ipHigh: number): void {
  const { size } = gate;
  const code = needDescriptor(cpu, gate.selector);
  if (!isCode(code.high) || dplOf(code.high) > cpu.cpl) throw gp(gate.selector);
  checkGateCode(cpu, code, gate.selector);
  const inner = !isConforming(code.high) && dplOf(code.high) < cpu.cpl;
  const cpl = inner ? dplOf(code.high) : cpu.cpl;
  const oldStack = { selector: cpu.selector(seg.SS), pointer: cpu.register(4), high: cpu.high(cpu.s.r[4]!) };
  let stack = presentStackAt(cpu);
  let load = (): void => {};
  if (inner && cpu.longMode) {
    const tss = cpu.s.segments[TR]!;
    const base = { low: cpu.get(tss.base), high: cpu.high(tss.base) };
    const offset = 4 + 8 * cpl;
    if (offset + 7 > cpu.get(tss.limit)) throw ts(cpu.get(tss.selector));
    stack = new Stack(cpu, flatStack, readSystem(cpu, at(base, offset), 4), readSystem(cpu, at(base, offset + 4), 4), cpl);
    load = () => cpu.setSegment(seg.SS, cpl, 0, 0, cpl << DESC.DPL_SHIFT);
  } else if (inner) {
    const { selector, pointer } = innerStack(cpu, cpl);
    const d = checkStack(cpu, selector, cpl, ts);
    // The parameters come over from the old stack.
    const old = presentStackAt(cpu);
    const parameters = Array.from({ length: gate.parameters }, () => old.pop(size));
    stack = new Stack(cpu, stackOf(d.low, d.high, limitOf(d)), pointer, 0, cpl, () => ss(selector));
    load = () => putSegment(cpu, seg.SS, selector, d);
    stack.push(oldStack.selector, size);
    stack.push(oldStack.pointer, size);
    for (const value of parameters.toReversed()) stack.push(value, size);
  }
  if (inner && cpu.longMode) {
    stack.push(oldStack.selector, 8);
    stack.push(oldStack.pointer, 8, oldStack.high);
  }
  stack.push(cpu.selector(seg.CS), size);
  stack.push(ip, size, ipHigh);
  checkOffset(cpu, code, gate.offset, gate.offsetHigh);
  const cs = accessed(cpu, code);
  load();
  stack.commit();
  enter(cpu, cs, gate.selector, cpl, gate.offset, gate.offsetHigh);
}

/** Code that RETF and IRET go back to. */
function returnCode(cpu: X86Cpu, selector: number): { readonly code: Descriptor; readonly rpl: number } {
  const code = needDescriptor(cpu, selector);
  const rpl = selector & 3;
  if (!isCode(code.high) || rpl < cpu.cpl) throw gp(selector);
  if (isConforming(code.high) ? dplOf(code.high) > rpl : dplOf(code.high) !== rpl) throw gp(selector);
  if ((code.high & DESC.P) === 0) throw np(selector);
  return { code, rpl };
}

export function farReturn(cpu: X86Cpu, size: Size, bytes: number): void {
  const stack = presentStackAt(cpu);
  const ip = stack.pop(size);
  const ipHigh = stack.upper;
  const selector = stack.pop(size) & 0xffff;
  if (inReal(cpu)) {
    stack.skip(bytes);
    stack.commit();
    cpu.setRealSegment(seg.CS, selector);
    cpu.setPc(((selector << 4) + ip) >>> 0);
    cpu.refreshFlags();
    return;
  }
  const { code, rpl } = returnCode(cpu, selector);
  checkOffset(cpu, code, ip, ipHigh);
  stack.skip(bytes);
  if (rpl === cpu.cpl) {
    stack.commit();
    enter(cpu, code, selector, rpl, ip, ipHigh);
    return;
  }
  const pointer = stack.pop(size);
  const pointerHigh = stack.upper;
  const newStack = stack.pop(size) & 0xffff;
  toOuter(cpu, { code, selector, rpl, ip, ipHigh }, { selector: newStack, pointer, pointerHigh, skip: bytes, size });
}

interface Target {
  readonly code: Descriptor;
  readonly selector: number;
  readonly rpl: number;
  readonly ip: number;
  readonly ipHigh: number;
}

/** Back to an outer level: its stack, and no segments that it must not see. */
function toOuter(
  cpu: X86Cpu,
  target: Target,
  stack: { readonly selector: number; readonly pointer: number; readonly pointerHigh: number; readonly skip: number; readonly size: Size },
): void {
  const { code, selector, rpl, ip, ipHigh } = target;
  const toLong = cpu.longMode && (code.high & DESC.L) !== 0;
  if ((stack.selector & 0xfffc) === 0 && toLong && rpl !== 3 && (stack.selector & 3) === rpl)
    cpu.setSegment(seg.SS, stack.selector, 0, 0, rpl << DESC.DPL_SHIFT);
  else loadStack(cpu, stack.selector, rpl, gp);
  enter(cpu, code, selector, rpl, ip, ipHigh);
  const width = toLong ? 64 : (cpu.get(cpu.s.segments[seg.SS]!.attributes) & DESC.DB) !== 0 ? 32 : 16;
  const slot = cpu.s.r[4]!;
  const low = stack.pointer + stack.skip;
  if (width === 64) cpu.setWide(slot, low >>> 0, (stack.pointerHigh + Math.floor(low / 2 ** 32)) >>> 0);
  else if (width === 32) cpu.setWide(slot, low >>> 0, 0);
  else cpu.set(slot, ((cpu.get(slot) & 0xffff_0000) | (low & 0xffff)) >>> 0);
  for (const n of [seg.ES, seg.DS, seg.FS, seg.GS]) {
    const attributes = cpu.get(cpu.s.segments[n]!.attributes);
    const conforming = isConforming(attributes);
    if ((attributes & DESC.P) !== 0 && !conforming && dplOf(attributes) < rpl) cpu.setSegment(n, 0, 0, 0, 0);
  }
  cpu.refreshFlags();
}

/** Flags that an IRET or POPF of this privilege level and operand size changes. */
export function changeable(cpu: X86Cpu, size: Size): number {
  let mask = EFLAGS.CF | EFLAGS.PF | EFLAGS.AF | EFLAGS.ZF | EFLAGS.SF | EFLAGS.TF | EFLAGS.DF | EFLAGS.OF | EFLAGS.NT;
  if (size !== 2) mask |= EFLAGS.RF | EFLAGS.AC | EFLAGS.ID;
  if (!cpu.protectedMode || cpu.cpl === 0) mask |= EFLAGS.IOPL;
  if (!cpu.protectedMode || cpu.cpl <= cpu.iopl) mask |= EFLAGS.IF;
  return mask;
}

export function iret(cpu: X86Cpu, size: Size): void {
  // NMIs come through again.
  cpu.setWord("lines", cpu.word("lines") & ~LINES.NMI_BLOCKED);
  const old = cpu.eflags();
  const mask = changeable(cpu, size);
  const apply = (flags: number, more = 0): void => {
    const all = mask | more;
    cpu.setEflags((old & ~all) | (flags & all));
    cpu.interruptsChanged();
  };
  if (cpu.protectedMode && !cpu.virtual8086 && (old & EFLAGS.NT) !== 0) {
    if (cpu.longMode) throw gp();
    const tss = cpu.s.segments[TR]!;
    const link = readSystem(cpu, at({ low: cpu.get(tss.base), high: cpu.high(tss.base) }, 0), 2);
    switchTask(cpu, link, "return");
    return;
  }
  if (cpu.virtual8086 && cpu.iopl < 3) throw gp();
  const stack = presentStackAt(cpu);
  const ip = stack.pop(size);
  const ipHigh = stack.upper;
  const selector = stack.pop(size) & 0xffff;
  const flags = stack.pop(size);
  if (inReal(cpu)) {
    stack.commit();
    cpu.setRealSegment(seg.CS, selector);
    cpu.setPc(((selector << 4) + (size === 2 ? ip & 0xffff : ip)) >>> 0);
    apply(flags);
    return;
  }
  if ((flags & EFLAGS.VM) !== 0 && size === 4 && cpu.cpl === 0 && !cpu.longMode) {
    toVirtual8086(cpu, stack, { ip, selector, flags });
    return;
  }
  const { code, rpl } = returnCode(cpu, selector);
  checkOffset(cpu, code, ip, ipHigh);
  // In 64-bit code the stack always comes with it.
  if (rpl === cpu.cpl && !cpu.code64) {
    stack.commit();
    enter(cpu, code, selector, rpl, ip, ipHigh);
    apply(flags);
    return;
  }
  const pointer = stack.pop(size);
  const pointerHigh = stack.upper;
  const newStack = stack.pop(size) & 0xffff;
  toOuter(cpu, { code, selector, rpl, ip, ipHigh }, { selector: newStack, pointer, pointerHigh, skip: 0, size });
  apply(flags);
}

function toVirtual8086(cpu: X86Cpu, stack: Stack, { ip, selector, flags }: { ip: number; selector: number; flags: number }): void {
  const pointer = stack.pop(4);
  const selectors = [seg.SS, seg.ES, seg.DS, seg.FS, seg.GS].map((n) => [n, stack.pop(4) & 0xffff] as const);
  enterVirtual(cpu, [[seg.CS, selector], ...selectors]);
  cpu.setRegister(4, pointer);
  cpu.setPc(((selector << 4) + (ip & 0xffff)) >>> 0);
  cpu.setEflags(flags);
  cpu.interruptsChanged();
}

/** Segments as virtual-8086 mode has them: 64 KiB, privilege level 3. */
export function enterVirtual(cpu: X86Cpu, selectors: readonly (readonly [n: number, selector: number])[]): void {
  const attributes = DESC.P | DESC.S | DESC.RW | DESC.ACCESSED | (3 << DESC.DPL_SHIFT);
  for (const [n, selector] of selectors) cpu.setSegment(n, selector, selector << 4, 0xffff, attributes);
}

/** POPF. */
export function popFlags(cpu: X86Cpu, value: number, size: Size): void {
  // RF is cleared by it.
  const mask = changeable(cpu, size) & ~EFLAGS.RF;
  cpu.setEflags(((cpu.eflags() & ~mask) | (value & mask)) & ~EFLAGS.RF);
  cpu.interruptsChanged();
}

/** STI and CLI where IOPL is below the privilege level. */
export function setInterruptFlag(): void {
  // Without CR4.VME and PVI there are no virtual interrupts.
  throw new GuestFault(exceptions.generalProtection);
}
