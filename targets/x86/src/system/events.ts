/** Interrupts and exceptions are delivered: Intel SDM vol. 3, chapter 6, and 20.1.4 for real mode, 20.3 for virtual-8086 mode. */
import { GuestFault } from "@tsemu/target";
import { EFLAGS } from "../flags.ts";
import { exceptions } from "../host-calls.ts";
import { seg, TR } from "../state.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { DESC, dplOf, TYPE, typeOf } from "./bits.ts";
import {
  accessed,
  baseOf,
  checkStack,
  type Descriptor,
  isCode,
  isConforming,
  limitOf,
  needDescriptor,
  np,
  putSegment,
} from "./descriptors.ts";
import { at, type Linear, readSystem } from "./memory.ts";
import { flatStack, presentStack, Stack, stackOf } from "./stack.ts";
import { switchTask } from "./task.ts";

export interface Event {
  readonly vector: number;
  /** Traps and software interrupts return behind the instruction; of a software interrupt the gate's privilege level is looked at. */
  readonly kind: "exception" | "trap" | "software" | "external";
  readonly error?: number;
  /** Bytes of the instruction, of traps and software interrupts. */
  readonly length?: number;
}

/** Exceptions with an error code. */
const withError = new Set<number>([
  exceptions.doubleFault,
  exceptions.invalidTss,
  exceptions.segmentNotPresent,
  exceptions.stackFault,
  exceptions.generalProtection,
  exceptions.pageFault,
  exceptions.alignmentCheck,
]);
const contributory = new Set<number>([
  exceptions.divideError,
  exceptions.invalidTss,
  exceptions.segmentNotPresent,
  exceptions.stackFault,
  exceptions.generalProtection,
]);

/** Delivers; faults on the way become double faults, and then a shutdown, as table 6-5 has it. */
export function deliverEvent(cpu: X86Cpu, event: Event): void {
  let present = event;
  for (;;) {
    try {
      deliverOnce(cpu, present);
      return;
    } catch (error) {
      if (!(error instanceof GuestFault)) throw error;
      const next = combined(cpu, present, error);
      if (next === undefined) {
        shutdown(cpu);
        return;
      }
      present = next;
    }
  }
}

/** What a fault while delivering an event becomes; undefined: a triple fault. */
function combined(cpu: X86Cpu, first: Event, fault: GuestFault): Event | undefined {
  const second = fault.exception;
  if (second === exceptions.pageFault) cpu.setWideNamed("cr2", fault.address, fault.addressHigh);
  cpu.env.log.log("int", () => `check_exception old: 0x${first.vector.toString(16)} new 0x${second.toString(16)}`);
  if (first.kind === "exception") {
    if (first.vector === exceptions.doubleFault) return undefined;
    const both = contributory.has(first.vector) && contributory.has(second);
    const afterPage = first.vector === exceptions.pageFault && (contributory.has(second) || second === exceptions.pageFault);
    if (both || afterPage) return { vector: exceptions.doubleFault, kind: "exception", error: 0 };
  }
  // EXT: the fault is not the program's own, unless a software interrupt was being delivered.
  const ext = first.kind === "software" || second === exceptions.pageFault ? 0 : 1;
  return { vector: second, kind: "exception", error: fault.argument | ext };
}

/** After a triple fault the board resets the CPU. */
function shutdown(cpu: X86Cpu): void {
  cpu.env.log.log("int", () => `Triple fault\n${cpu.dump(false)}`);
  cpu.env.output("shutdown").set(true);
  cpu.env.output("shutdown").set(false);
}

function deliverOnce(cpu: X86Cpu, event: Event): void {
  const { vector, kind } = event;
  const error = kind === "exception" && withError.has(vector) ? (event.error ?? 0) : undefined;
  cpu.env.log.log(
    "int",
    () =>
      `INT=0x${vector.toString(16).padStart(2, "0")} e=${(event.error ?? 0).toString(16).padStart(4, "0")} i=${kind === "software" ? 1 : 0} cpl=${cpu.cpl} pc=${cpu.pc.toString(16).padStart(8, "0")}`,
  );
  if (!cpu.protectedMode) realMode(cpu, vector, returnIp(cpu, event));
  else if (cpu.longMode) longMode(cpu, event, error);
  else protectedMode(cpu, event, error);
}

/** Where the handler returns to. */
const returnIp = (cpu: X86Cpu, { length = 0 }: Event): number => (cpu.ip + length) >>> 0;

function realMode(cpu: X86Cpu, vector: number, ip: number): void {
  if (4 * vector + 3 > cpu.word("idt_limit")) throw new GuestFault(exceptions.generalProtection);
  const entry = readSystem(cpu, at({ low: cpu.wide("idt_base"), high: 0 }, 4 * vector), 4);
  const stack = new Stack(cpu, presentStack(cpu), cpu.register(4), 0, 0);
  stack.push(cpu.eflags() & 0xffff, 2);
  stack.push(cpu.selector(seg.CS), 2);
  stack.push(ip & 0xffff, 2);
  stack.commit();
  cpu.setRealSegment(seg.CS, entry >>> 16);
  cpu.setPc((((entry >>> 16) << 4) + (entry & 0xffff)) >>> 0);
  cpu.setEflags(cpu.eflags() & ~(EFLAGS.IF | EFLAGS.TF | EFLAGS.AC | EFLAGS.RF));
}

interface Gate {
  readonly type: number;
  readonly dpl: number;
  readonly present: boolean;
  readonly selector: number;
  readonly offset: number;
  readonly offsetHigh: number;
  readonly ist: number;
  /** For error codes: the vector as an index of the IDT. */
  readonly code: number;
}

/** #GP, #NP with the IDT's index. */
const idtFault = (exception: number, code: number): GuestFault => new GuestFault(exception, code);

function readGate(cpu: X86Cpu, { vector, kind }: Event, wide: boolean): Gate {
  const code = vector * 8 + 2;
  const size = wide ? 16 : 8;
  if (size * vector + size - 1 > cpu.word("idt_limit")) throw idtFault(exceptions.generalProtection, code);
  const base: Linear = { low: cpu.wide("idt_base"), high: cpu.high(cpu.s.wide.idt_base) };
  const address = at(base, size * vector);
  const low = readSystem(cpu, address, 4);
  const high = readSystem(cpu, at(address, 4), 4);
  const gate: Gate = {
    type: (high & DESC.S) !== 0 ? -1 : typeOf(high),
    dpl: dplOf(high),
    present: (high & DESC.P) !== 0,
    selector: low >>> 16,
    offset: ((low & 0xffff) | (high & 0xffff_0000)) >>> 0,
    offsetHigh: wide ? readSystem(cpu, at(address, 8), 4) : 0,
    ist: wide ? high & 7 : 0,
    code,
  };
  const known = wide
    ? [TYPE.interruptGate32, TYPE.trapGate32]
    : [TYPE.taskGate, TYPE.interruptGate16, TYPE.trapGate16, TYPE.interruptGate32, TYPE.trapGate32];
  if (!(known as number[]).includes(gate.type)) throw idtFault(exceptions.generalProtection, code);
  if (kind === "software" && gate.dpl < cpu.cpl) throw idtFault(exceptions.generalProtection, code);
  if (!gate.present) throw idtFault(exceptions.segmentNotPresent, code);
  return gate;
}

/** The gate's code segment, checked; its privilege level is the new one unless it conforms. */
function gateCode(cpu: X86Cpu, selector: number): { readonly code: Descriptor; readonly cpl: number } {
  const code = needDescriptor(cpu, selector);
  const gp = (): GuestFault => new GuestFault(exceptions.generalProtection, selector & 0xfffc);
  if (!isCode(code.high) || dplOf(code.high) > cpu.cpl) throw gp();
  if ((code.high & DESC.P) === 0) throw np(selector);
  return { code, cpl: isConforming(code.high) ? cpu.cpl : dplOf(code.high) };
}

/** Stack pointers of inner levels in the TSS. */
export function innerStack(cpu: X86Cpu, cpl: number): { readonly selector: number; readonly pointer: number } {
  const tss = cpu.s.segments[TR]!;
  const wide = (typeOf(cpu.get(tss.attributes)) & 8) !== 0;
  const offset = wide ? 4 + 8 * cpl : 2 + 4 * cpl;
  const size = wide ? 4 : 2;
  if (offset + (wide ? 5 : 3) > cpu.get(tss.limit)) throw new GuestFault(exceptions.invalidTss, cpu.get(tss.selector) & 0xfffc);
  const base: Linear = { low: cpu.get(tss.base), high: cpu.high(tss.base) };
  return { pointer: readSystem(cpu, at(base, offset), size), selector: readSystem(cpu, at(base, offset + size), 2) };
}

const invalidTss = (selector: number): GuestFault => new GuestFault(exceptions.invalidTss, selector & 0xfffc);

function protectedMode(cpu: X86Cpu, event: Event, error: number | undefined): void {
  // In virtual-8086 mode INT n needs IOPL 3; INT3 and INTO do not.
  if (event.kind === "software" && event.length === 2 && cpu.virtual8086 && cpu.iopl < 3)
    throw new GuestFault(exceptions.generalProtection);
  const gate = readGate(cpu, event, false);
  const ip = returnIp(cpu, event);
  if (gate.type === TYPE.taskGate) {
    cpu.setPc((cpu.baseOf(seg.CS) + ip) >>> 0);
    switchTask(cpu, gate.selector, "call");
    if (error !== undefined) {
      const wide = (typeOf(cpu.get(cpu.s.segments[TR]!.attributes)) & 8) !== 0;
      const stack = new Stack(cpu, presentStack(cpu), cpu.register(4), 0, cpu.cpl);
      stack.push(error, wide ? 4 : 2);
      stack.commit();
    }
    return;
  }
  const size = gate.type >= 8 ? 4 : 2;
  const { code, cpl } = gateCode(cpu, gate.selector);
  const virtual = cpu.virtual8086;
  if (virtual && cpl !== 0) throw new GuestFault(exceptions.generalProtection, gate.selector & 0xfffc);
  const flags = cpu.eflags();
  const inner = cpl < cpu.cpl;
  let stack: Stack;
  let newStack: Descriptor | undefined;
  let newSelector = 0;
  if (inner) {
    const { selector, pointer } = innerStack(cpu, cpl);
    newSelector = selector;
    newStack = checkStack(cpu, selector, cpl, invalidTss);
    stack = new Stack(
      cpu,
      stackOf(newStack.low, newStack.high, limitOf(newStack)),
      pointer,
      0,
      cpl,
      () => new GuestFault(exceptions.stackFault, selector & 0xfffc),
    );
    if (virtual) for (const n of [seg.GS, seg.FS, seg.DS, seg.ES]) stack.push(cpu.selector(n), size);
    stack.push(cpu.selector(seg.SS), size);
    stack.push(cpu.register(4), size);
  } else stack = new Stack(cpu, presentStack(cpu), cpu.register(4), 0, cpl);
  stack.push(flags, size);
  stack.push(cpu.selector(seg.CS), size);
  stack.push(ip, size);
  if (error !== undefined) stack.push(error, size);
  if (gate.offset > limitOf(code)) throw new GuestFault(exceptions.generalProtection);

  if (virtual) for (const n of [seg.GS, seg.FS, seg.DS, seg.ES]) cpu.setSegment(n, 0, 0, 0, 0);
  if (newStack !== undefined) putSegment(cpu, seg.SS, newSelector, newStack);
  stack.commit();
  putSegment(cpu, seg.CS, (gate.selector & 0xfffc) | cpl, code);
  const target = size === 2 ? gate.offset & 0xffff : gate.offset;
  cpu.setPc((baseOf(code) + target) >>> 0);
  const interrupt = (gate.type & 1) === 0;
  cpu.setEflags(flags & ~(EFLAGS.TF | EFLAGS.VM | EFLAGS.RF | EFLAGS.NT | (interrupt ? EFLAGS.IF : 0)));
}

function longMode(cpu: X86Cpu, event: Event, error: number | undefined): void {
  const gate = readGate(cpu, event, true);
  const { code, cpl } = gateCode(cpu, gate.selector);
  if ((code.high & DESC.L) === 0 || (code.high & DESC.DB) !== 0) throw new GuestFault(exceptions.generalProtection, gate.selector & 0xfffc);
  const ip = at({ low: cpu.ip, high: cpu.code64 ? cpu.pcHigh : 0 }, event.length ?? 0);
  const flags = cpu.eflags();
  const inner = cpl < cpu.cpl;
  const tss = cpu.s.segments[TR]!;
  let low = cpu.register(4);
  let high = cpu.high(cpu.s.r[4]!);
  if (inner || gate.ist !== 0) {
    const offset = gate.ist !== 0 ? 0x24 + 8 * (gate.ist - 1) : 4 + 8 * cpl;
    if (offset + 7 > cpu.get(tss.limit)) throw invalidTss(cpu.get(tss.selector));
    const base: Linear = { low: cpu.get(tss.base), high: cpu.high(tss.base) };
    low = readSystem(cpu, at(base, offset), 4);
    high = readSystem(cpu, at(base, offset + 4), 4);
  }
  const stack = new Stack(cpu, flatStack, (low & 0xffff_fff0) >>> 0, high, cpl);
  stack.push(cpu.selector(seg.SS), 8);
  stack.push(cpu.register(4), 8, cpu.high(cpu.s.r[4]!));
  stack.push(flags, 8);
  stack.push(cpu.selector(seg.CS), 8);
  stack.push(ip.low, 8, ip.high);
  if (error !== undefined) stack.push(error, 8);

  const cs = accessed(cpu, code);
  if (inner) cpu.setSegment(seg.SS, cpl, 0, 0, cpl << DESC.DPL_SHIFT);
  putSegment(cpu, seg.CS, (gate.selector & 0xfffc) | cpl, cs);
  stack.commit();
  cpu.setPc(gate.offset, gate.offsetHigh);
  const interrupt = (gate.type & 1) === 0;
  cpu.setEflags(flags & ~(EFLAGS.TF | EFLAGS.VM | EFLAGS.RF | EFLAGS.NT | (interrupt ? EFLAGS.IF : 0)));
}
