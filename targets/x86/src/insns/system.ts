/** Ports, control registers, and what only an operating system uses. */
import type { Value } from "@tsemu/ir";
import * as bf from "../block-flags.ts";
import type { Execute } from "../decode/row.ts";
import { EFLAGS, setOnlyCarry, setResult } from "../flags.ts";
import { calls, exceptions } from "../host-calls.ts";
import type { MemoryOperand, Operand } from "../operands.ts";
import { raisePending } from "../x87/stack.ts";
import { sseAllowed } from "./vector-operands.ts";
import type { X86Translator } from "../translator.ts";

const portOf = (t: X86Translator, operand: Operand): Value =>
  operand.kind === "constant" ? t.ir.i32(operand.number & 0xff) : operand.getU();

/** A device may want to be served, or time has gone by: the block ends. */
const end = (t: X86Translator): void => t.endWith(t.exitFlags);

export const IN: Execute = (t, a, b) => {
  const { ir } = t;
  ir.call(calls.checkPort, portOf(t, b), ir.i32(a.size));
  a.set(ir.call(calls.portIn, portOf(t, b), ir.i32(a.size)));
  end(t);
};
export const OUT: Execute = (t, a, b) => {
  const { ir } = t;
  ir.call(calls.checkPort, portOf(t, a), ir.i32(b.size));
  ir.call(calls.portOut, portOf(t, a), ir.i32(b.size), b.getU());
  end(t);
};

/** Immediately, where IOPL allows it; otherwise VIF, or #GP, as the mode says. */
export const CLI: Execute = (t) => {
  const { ir } = t;
  if ((t.flags & bf.IO_ALLOWED) !== 0) {
    ir.set(t.s.eflags, ir.and(ir.get(t.s.eflags), ir.i32(~EFLAGS.IF)));
    return;
  }
  t.syncNext();
  ir.call(calls.setInterruptFlag, ir.i32(0));
  t.lookup();
};
/** Interrupts are held off until behind the next instruction, where they were before. */
export const STI: Execute = (t) => {
  const { ir } = t;
  if ((t.flags & bf.IO_ALLOWED) === 0) {
    t.syncNext();
    ir.call(calls.setInterruptFlag, ir.i32(1));
    t.lookup();
    return;
  }
  const old = ir.get(t.s.eflags);
  ir.set(t.s.eflags, ir.or(old, ir.i32(EFLAGS.IF)));
  ir.if(
    ir.and(old, ir.i32(EFLAGS.IF)),
    () => t.goto(t.pc),
    () => t.goto(t.pc, t.exitFlags | bf.SHADOW),
  );
  t.ended = true;
};

const controls = [0, 2, 3, 4, 8];

export const MOV_FROM_CR: Execute = (t, a, b) => {
  if (!controls.includes(b.number)) t.undefinedInstruction();
  else if (t.privileged()) a.set(result(t, t.ir.call(calls.readControl, t.ir.i32(b.number)), a.size));
};
export const MOV_TO_CR: Execute = (t, a, b) => {
  if (!controls.includes(a.number)) {
    t.undefinedInstruction();
    return;
  }
  if (!t.privileged()) return;
  t.syncNext();
  t.ir.call(calls.writeControl, t.ir.i32(a.number), ...halves(t, b.get()));
  t.lookup();
};
export const MOV_FROM_DR: Execute = (t, a, b) => {
  if (t.privileged()) a.set(result(t, t.ir.call(calls.readDebug, t.ir.i32(b.number)), a.size));
};
export const MOV_TO_DR: Execute = (t, a, b) => {
  if (!t.privileged()) return;
  t.syncNext();
  t.ir.call(calls.writeDebug, t.ir.i32(a.number), ...halves(t, b.get()));
  t.lookup();
};

/** A helper's result, with the upper word in result0. */
const result = (t: X86Translator, low: Value, size: number): Value =>
  size === 8 ? t.ir.or(t.ir.shl(t.ir.extendU(t.ir.get(t.s.result[0]!)), t.ir.i64(32)), t.ir.extendU(low)) : low;

const halves = (t: X86Translator, value: Value): [Value, Value] =>
  value.type === "i64" ? [t.ir.wrap(value), t.ir.wrap(t.ir.shrU(value, t.ir.i64(32)))] : [value, t.ir.i32(0)];

export const CLTS: Execute = (t) => {
  if (!t.privileged()) return;
  const { ir } = t;
  ir.set(t.s.system.cr0, ir.and(ir.get(t.s.system.cr0), ir.i32(~8)));
  t.endWith(t.exitFlags & ~bf.TS);
};

/** Caches are not there: there is nothing to write back. */
export const WBINVD: Execute = (t) => void t.privileged();

export const INVLPG: Execute = (t, a) => {
  if (!t.privileged()) return;
  const memory = a as MemoryOperand;
  // The address is not accessed, and no limit is checked.
  let address = memory.offset();
  const base = t.ir.get(t.segment(memory.segment).base);
  if (address.type === "i64") {
    if (memory.segment >= 4) address = t.ir.add(address, base);
  } else if (!t.code64) address = t.ir.add(address, t.baseOf(memory.segment));
  t.ir.call(calls.invlpg, ...halves(t, address));
  end(t);
};

export const CPUID: Execute = (t) => void t.ir.call(calls.cpuid);
export const RDMSR: Execute = (t) => {
  if (t.privileged()) t.ir.call(calls.rdmsr);
};
export const WRMSR: Execute = (t) => {
  if (!t.privileged()) return;
  t.syncNext();
  t.ir.call(calls.wrmsr);
  t.lookup();
};
export const RDTSC: Execute = (t) => void t.ir.call(calls.rdtsc, t.ir.i32(0));
export const RDTSCP: Execute = (t) => void t.ir.call(calls.rdtsc, t.ir.i32(1));
/** RDRAND and RDSEED: CF says whether there was a random number; the other flags are 0. */
export const RDRAND: Execute = (t, a) => {
  const { ir } = t;
  const low = ir.call(calls.random);
  a.set(result(t, low, a.size));
  const carry = ir.get(t.s.result[1]!);
  // Neither ZF nor SF nor PF.
  setResult(t, ir.i32(1));
  setOnlyCarry(t, carry);
};

/** RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE. */
const withBases =
  (execute: Execute): Execute =>
  (t, a, b, c) => {
    if ((t.flags & bf.FSGSBASE) !== 0) execute(t, a, b, c);
    else t.undefinedInstruction();
  };
export const readBase = (segment: number): Execute =>
  withBases((t, a) => {
    const base = t.ir.get(t.segment(segment).base);
    a.set(a.size === 8 ? base : t.ir.wrap(base));
  });
export const writeBase = (segment: number): Execute =>
  withBases((t, a) => {
    const { ir } = t;
    const value = a.getU();
    if (a.size === 8) {
      const canonical = ir.shrS(ir.shl(value, ir.i64(16)), ir.i64(16));
      t.raiseIf(ir.ne(canonical, value), exceptions.generalProtection);
    }
    ir.set(t.segment(segment).base, a.size === 8 ? value : ir.extendU(value));
  });

export const RDPMC: Execute = (t) => void t.ir.call(calls.rdpmc);

export const RSM: Execute = (t) => {
  t.syncNext();
  t.ir.call(calls.rsm);
  t.lookup();
};

/** SWAPGS: GS.base against the MSR that holds the kernel's. */
export const SWAPGS: Execute = (t) => {
  if (!t.privileged()) return;
  const { ir } = t;
  const gs = t.segment(5).base;
  const [own, other] = [ir.get(gs), ir.get(t.s.double.kernel_gs_base)];
  ir.set(gs, other);
  ir.set(t.s.double.kernel_gs_base, own);
};

/** CLAC and STAC. */
export const setAc =
  (on: boolean): Execute =>
  (t) => {
    if (t.cpl !== 0) {
      t.undefinedInstruction();
      return;
    }
    const { ir } = t;
    const old = ir.get(t.s.eflags);
    ir.set(t.s.eflags, on ? ir.or(old, ir.i32(EFLAGS.AC)) : ir.and(old, ir.i32(~EFLAGS.AC)));
    t.syncNext();
    ir.call(calls.refreshFlags);
    t.lookup();
  };

export const LDMXCSR: Execute = (t, a) => {
  if (!sseAllowed(t)) return;
  const value = a.get();
  t.syncNext();
  t.ir.call(calls.loadMxcsr, value);
  t.lookup();
};
export const STMXCSR: Execute = (t, a) => {
  if (sseAllowed(t)) a.set(t.ir.call(calls.storeMxcsr));
};

/** WAIT looks at TS only where MP is set. */
export const WAIT: Execute = (t) => {
  const both = bf.MP | bf.TS;
  if ((t.flags & both) === both) t.raise(exceptions.deviceNotAvailable);
  else raisePending(t);
};
