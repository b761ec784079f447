/** Jumps, calls, returns, interrupts. */
import type { Value } from "@tsemu/ir";
import { drop, peek, push } from "../addressing.ts";
import type { Execute } from "../decode/row.ts";
import { condition, overflowFlag, zeroFlag } from "../flags.ts";
import { calls, exceptions } from "../host-calls.ts";
import type { MemoryOperand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";

export const JMP: Execute = (t, a) => {
  t.jumpRelative(a.number);
  t.ended = true;
};

export const JCC =
  (code: number): Execute =>
  (t, a) =>
    branch(t, condition(t, code), a.number);

function branch(t: X86Translator, taken: Value, displacement: number): void {
  t.ir.if(
    taken,
    () => t.jumpRelative(displacement),
    () => t.goto(t.pc),
  );
  t.ended = true;
}

/** A target in a register or in memory, zero-extended to rIP. */
const target = (t: X86Translator, value: Value): Value => (t.code64 && value.type === "i32" ? t.ir.extendU(value) : value);

export const JMP_INDIRECT: Execute = (t, a) => {
  t.jumpTo(target(t, a.getU()));
  t.ended = true;
};

const returnAddress = (t: X86Translator): Value => t.instructionPointer(t.pc);

export const CALL: Execute = (t, a) => {
  t.jumpRelative(a.number, () => push(t, returnAddress(t), t.i.operandSize));
  t.ended = true;
};
export const CALL_INDIRECT: Execute = (t, a) => {
  const to = target(t, a.getU());
  t.jumpTo(to, () => push(t, returnAddress(t), t.i.operandSize));
  t.ended = true;
};

export const RET: Execute = (t, a) => {
  const size = t.i.operandSize;
  const to = peek(t, size);
  t.jumpTo(target(t, to), () => drop(t, size + (a === undefined ? 0 : a.number & 0xffff)));
  t.ended = true;
};

// ---- far ones

const bytes = (t: X86Translator): Value => t.ir.i32(t.i.operandSize);

function far(t: X86Translator, helper: "farJump" | "farCall", selector: Value, offset: Value): void {
  t.syncNext();
  let low = offset;
  if (offset.type === "i64") {
    t.ir.set(t.s.result[0]!, t.ir.wrap(t.ir.shrU(offset, t.ir.i64(32))));
    low = t.ir.wrap(offset);
  } else if (t.is64) t.ir.set(t.s.result[0]!, t.ir.i32(0));
  t.ir.call(calls[helper], selector, low, bytes(t));
  t.lookup();
}

/** The selector and offset in the instruction. */
const direct =
  (helper: "farJump" | "farCall"): Execute =>
  (t) => {
    const [offset, selector] = t.i.immediates as [number, number];
    far(t, helper, t.ir.i32(selector), t.ir.i32(t.i.operandSize === 2 ? offset & 0xffff : offset));
  };
export const JMP_FAR = direct("farJump");
export const CALL_FAR = direct("farCall");

const indirect =
  (helper: "farJump" | "farCall"): Execute =>
  (t, a) => {
    const memory = a as MemoryOperand;
    const size = t.i.operandSize;
    const offset = t.ir.load(t.memOp(size, false), memory.address("read", size + 2));
    const selector = t.ir.load(t.memOp(2, false), memory.part(size));
    far(t, helper, selector, offset);
  };
export const JMP_FAR_INDIRECT = indirect("farJump");
export const CALL_FAR_INDIRECT = indirect("farCall");

export const RET_FAR: Execute = (t, a) => {
  t.syncNext();
  t.ir.call(calls.farReturn, bytes(t), t.ir.i32(a === undefined ? 0 : a.number & 0xffff));
  t.lookup();
};

export const IRET: Execute = (t) => {
  t.syncNext();
  t.ir.call(calls.iret, bytes(t));
  t.lookup();
};

// ---- loops

/** LOOP, LOOPE, LOOPNE: rCX counts down in the width of addresses. */
export const LOOP =
  (when: "always" | "zero" | "not zero"): Execute =>
  (t, a) => {
    const { ir } = t;
    const size = t.i.addressSize;
    const count = ir.sub(t.indexRegister(1), size === 8 ? ir.i64(1) : ir.i32(1));
    t.setRegister(1, size, count);
    const left = size === 2 ? ir.and(count, ir.i32(0xffff)) : count;
    const go = size === 8 ? ir.op("i64.ne", left, ir.i64(0)) : ir.ne(left, ir.i32(0));
    if (when === "always") branch(t, go, a.number);
    else {
      const zero = zeroFlag(t);
      branch(t, ir.and(go, when === "zero" ? zero : ir.xor(zero, ir.i32(1))), a.number);
    }
  };
export const JCXZ: Execute = (t, a) => branch(t, t.ir.eqz(t.indexRegister(1)), a.number);

// ---- interrupts

/** INT n, INT3, INTO: software interrupts. */
export const INT: Execute = (t, a) => t.raise(exceptions.software + (a.number & 0xff), t.i.length);
export const INT3: Execute = (t) => t.raise(exceptions.software + exceptions.breakpoint, t.i.length);
export const INTO: Execute = (t) => {
  const { ir } = t;
  ir.if(overflowFlag(t), () => ir.raise(exceptions.software + exceptions.overflow, t.i.length));
};
/** INT1: a debug exception that is a trap; DR6 says nothing. */
export const INT1: Execute = (t) => t.raise(exceptions.icebp, t.i.length);

/** The index must be between the two bounds in memory. */
export const BOUND: Execute = (t, a, b) => {
  const { ir } = t;
  const memory = b as MemoryOperand;
  const { size } = a;
  const index = a.get();
  const low = ir.load(t.memOp(size, true), memory.address("read", 2 * size));
  const high = ir.load(t.memOp(size, true), memory.part(size));
  t.raiseIf(ir.or(ir.ltS(index, low), ir.gtS(index, high)), exceptions.bound);
};

export const UD: Execute = (t) => t.undefinedInstruction();

export const HLT: Execute = (t) => {
  if (t.privileged()) t.waitForInterrupt();
};

// ---- system calls

export const SYSENTER: Execute = (t) => {
  t.syncNext();
  t.ir.call(calls.sysenter);
  t.lookup();
};
export const SYSEXIT: Execute = (t) => {
  t.syncNext();
  t.ir.call(calls.sysexit, bytes(t));
  t.lookup();
};
export const SYSCALL: Execute = (t) => {
  t.syncNext();
  t.ir.call(calls.syscall, t.ir.i32(t.i.length));
  t.lookup();
};
export const SYSRET: Execute = (t) => {
  if (!t.privileged()) return;
  t.syncNext();
  t.ir.call(calls.sysret, bytes(t));
  t.lookup();
};
