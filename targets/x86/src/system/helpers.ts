/** The host helpers of host-calls.ts. */
import { flagsOfExceptions, mxcsr, trappedFlags } from "@tsemu/softfloat";
import { GuestFault, type Helper, type HostHelper } from "@tsemu/target";
import { calls, exceptions } from "../host-calls.ts";
import { initX87, stackFault, x87State } from "../x87/state-images.ts";
import { xgetbv, xsaveInstruction, xsetbv } from "../x87/xsave.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { CR4 } from "./bits.ts";
import { lmsw, portAllowed, readControl, readDebug, writeControl, writeDebug } from "./control.ts";
import { cpuid } from "./cpuid.ts";
import { lar, lldt, loadSegment, lsl, ltr, verify } from "./descriptors.ts";
import { checkPortMap } from "./io-map.ts";
import { readMsr, readTsc, writeMsr } from "./msr.ts";
import { farCall, farJump, farReturn, iret, popFlags, setInterruptFlag } from "./transfer.ts";
import { syscall, sysenter, sysexit, sysret } from "./fast-calls.ts";
import { divide128 } from "./divide.ts";

/** An instruction that traps has no effect but the flags of its exceptions. */
function sseCheck(cpu: X86Cpu, before: number): void {
  const raised = cpu.get(cpu.s.fpFlags);
  const unmasked = flagsOfExceptions(~(cpu.word("mxcsr") >>> mxcsr.maskShift) & mxcsr.exceptions);
  const trapped = trappedFlags(raised, unmasked);
  cpu.set(cpu.s.fpFlags, before | (trapped === 0 ? raised : trapped));
  if (trapped === 0) return;
  throw new GuestFault((cpu.word("cr4") & CR4.OSXMMEXCPT) !== 0 ? exceptions.simd : exceptions.undefinedOpcode);
}

const host = (signature: HostHelper["signature"], run: (cpu: X86Cpu, ...args: number[]) => number | void): HostHelper => ({
  signature,
  run,
});

/** Of the host's source. */
function random(cpu: X86Cpu): number {
  const bytes = new Uint8Array(8);
  cpu.env.random?.fill(bytes);
  const view = new DataView(bytes.buffer);
  cpu.set(cpu.s.result[0]!, view.getUint32(4, true));
  cpu.set(cpu.s.result[1]!, cpu.env.random === undefined ? 0 : 1);
  return view.getInt32(0, true);
}

type Size = 2 | 4 | 8;
type Bytes = 1 | 2 | 4;

function setPair(cpu: X86Cpu, [low, high]: readonly [number, number]): void {
  cpu.setRegister(0, low);
  cpu.setRegister(2, high);
}

export const systemHelpers: readonly Helper[] = [
  host(calls.unimplemented, (cpu, opcode, modRm) =>
    cpu.env.log.log(
      "unimp",
      () =>
        `opcode ${opcode!.toString(16)} /${(modRm! >>> 3) & 7} at ${cpu.pc.toString(16)} is undefined on the ${cpu.model.name}, or not implemented`,
    ),
  ),
  host(calls.pollInterrupts, (cpu) => cpu.interruptsChanged()),
  host(calls.loadSegment, (cpu, n, selector) => loadSegment(cpu, n!, selector! & 0xffff)),
  host(calls.farJump, (cpu, selector, offset) => farJump(cpu, selector!, offset! >>> 0)),
  host(calls.farCall, (cpu, selector, offset, size) => farCall(cpu, selector!, offset! >>> 0, size as Size)),
  host(calls.farReturn, (cpu, size, bytes) => farReturn(cpu, size as Size, bytes!)),
  host(calls.iret, (cpu, size) => iret(cpu, size as Size)),
  host(calls.popFlags, (cpu, value, size) => popFlags(cpu, value! >>> 0, size as Size)),
  host(calls.setInterruptFlag, () => setInterruptFlag()),
  host(calls.readControl, (cpu, n) => readControl(cpu, n!)),
  host(calls.writeControl, (cpu, n, low, high) => writeControl(cpu, n!, low!, high! >>> 0)),
  host(calls.readDebug, (cpu, n) => readDebug(cpu, n!)),
  host(calls.writeDebug, (cpu, n, low, high) => writeDebug(cpu, n!, low!, high! >>> 0)),
  host(calls.lmsw, (cpu, value) => lmsw(cpu, value!)),
  host(calls.refreshFlags, (cpu) => cpu.refreshFlags()),
  host(calls.cpuid, (cpu) => {
    const [a, b, c, d] = cpuid(cpu, cpu.register(0), cpu.register(1));
    cpu.setRegister(0, a);
    cpu.setRegister(3, b);
    cpu.setRegister(1, c);
    cpu.setRegister(2, d);
  }),
  host(calls.rdmsr, (cpu) => setPair(cpu, readMsr(cpu, cpu.register(1)))),
  host(calls.wrmsr, (cpu) => {
    writeMsr(cpu, cpu.register(1), cpu.register(0), cpu.register(2));
    cpu.refreshFlags();
  }),
  host(calls.rdtsc, (cpu, withId) => {
    if ((cpu.word("cr4") & CR4.TSD) !== 0 && cpu.cpl !== 0) throw new GuestFault(exceptions.generalProtection);
    setPair(cpu, readTsc(cpu));
    if (withId === 1) cpu.setRegister(1, cpu.word("tsc_aux"));
  }),
  host(calls.random, random),
  host(calls.rdpmc, (cpu) => {
    // There are no counters.
    cpu.env.log.log("unimp", "RDPMC is not implemented");
    throw new GuestFault(exceptions.generalProtection);
  }),
  host(calls.checkPort, (cpu, port, size) => {
    if (!portAllowed(cpu)) checkPortMap(cpu, port!, size!);
  }),
  host(calls.portIn, (cpu, port, size) => cpu.env.io.read(port!, size as Bytes) | 0),
  host(calls.portOut, (cpu, port, size, value) => {
    const mask = size === 1 ? 0xff : size === 2 ? 0xffff : 0xffff_ffff;
    cpu.env.io.write(port!, (value! & mask) >>> 0, size as Bytes);
  }),
  host(calls.lldt, (cpu, selector) => lldt(cpu, selector!)),
  host(calls.ltr, (cpu, selector) => ltr(cpu, selector!)),
  host(calls.lar, (cpu, selector) => lar(cpu, selector!)),
  host(calls.lsl, (cpu, selector) => lsl(cpu, selector!)),
  host(calls.verr, (cpu, selector) => verify(cpu, selector!, false)),
  host(calls.verw, (cpu, selector) => verify(cpu, selector!, true)),
  host(calls.invlpg, (cpu, low, high) => cpu.env.flushTlb(low! >>> 0, high! >>> 0)),
  host(calls.sysenter, sysenter),
  host(calls.sysexit, (cpu, size) => sysexit(cpu, size as Size)),
  host(calls.syscall, (cpu, length) => syscall(cpu, length!)),
  host(calls.sysret, (cpu, size) => sysret(cpu, size as Size)),
  host(calls.rsm, () => {
    // Only in system management mode, which there is not.
    throw new GuestFault(exceptions.undefinedOpcode);
  }),
  host(calls.x87StackFault, (cpu, c1) => stackFault(cpu, c1!)),
  host(calls.x87Init, (cpu) => initX87(cpu)),
  host(calls.x87Clear, (cpu) => {
    cpu.setWord("fsw", cpu.word("fsw") & 0x7f00);
    cpu.updateX87();
  }),
  host(calls.x87LoadControl, (cpu, value) => {
    cpu.setWord("fcw", (value! & 0x1f3f) | 0x40);
    cpu.updateX87();
  }),
  host(calls.x87State, (cpu, kind, low, high, size) => x87State(cpu, kind!, { low: low! >>> 0, high: high! >>> 0 }, size!)),
  host(calls.xsave, (cpu, kind, low, high, size) => xsaveInstruction(cpu, kind!, { low: low! >>> 0, high: high! >>> 0 }, size!)),
  host(calls.xgetbv, xgetbv),
  host(calls.xsetbv, xsetbv),
  host(calls.loadMxcsr, (cpu, value) => {
    if ((value! & ~0xffff) !== 0) throw new GuestFault(exceptions.generalProtection);
    cpu.setMxcsr(value!);
    cpu.refreshFlags();
  }),
  host(calls.sseCheck, (cpu, before) => sseCheck(cpu, before!)),
  host(calls.storeMxcsr, (cpu) => cpu.mxcsr()),
  host(calls.divide128, (cpu, signed) => divide128(cpu, signed === 1)),
];
