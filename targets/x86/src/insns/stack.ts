/** PUSH, POP and what is made of them. */
import type { Value } from "@tsemu/ir";
import { drop, peek, push, setStackPointer, stackOffset, stackPointer, stackSize } from "../addressing.ts";
import * as bf from "../block-flags.ts";
import type { Execute } from "../decode/row.ts";
import { allFlags, EFLAGS } from "../flags.ts";
import { calls, exceptions } from "../host-calls.ts";
import { seg } from "../state.ts";
import type { X86Translator } from "../translator.ts";
import { loadSegment } from "./segment.ts";

/** The size of what is pushed where the instruction has no operand that says it. */
const size = (t: X86Translator): number => t.i.operandSize;

export const PUSH: Execute = (t, a) => {
  if (a.kind === "segment") {
    const selector = t.ir.get(t.segment(a.number).selector);
    push(t, size(t) === 8 ? t.ir.extendU(selector) : selector, size(t));
  } else push(t, a.kind === "constant" && size(t) === 8 ? t.ir.i64(a.number) : a.get(), size(t));
};

export const POP: Execute = (t, a) => {
  const value = peek(t, size(t));
  if (a.kind === "segment") {
    // The stack pointer moves once the selector has been accepted.
    loadSegment(t, a.number, value.type === "i64" ? t.ir.wrap(value) : value, () => drop(t, size(t)));
    return;
  }
  if (a.kind === "memory") {
    // An address made of the stack pointer is one of the stack pointer after the POP.
    t.stackAhead = size(t);
    a.set(value);
    drop(t, size(t));
    return;
  }
  drop(t, size(t));
  a.set(value);
};

export const PUSHA: Execute = (t) => {
  const bytes = size(t);
  const pointer = stackPointer(t);
  const values = Array.from({ length: 8 }, (_, n) => t.getRegister(n, bytes, false));
  values.forEach((value, n) => {
    const at = stackOffset(t, pointer, -bytes * (n + 1));
    t.ir.store(t.memOp(bytes, false), t.linear(seg.SS, at, bytes, "write"), value);
  });
  setStackPointer(t, stackOffset(t, pointer, -8 * bytes));
};

export const POPA: Execute = (t) => {
  const bytes = size(t);
  const values = Array.from({ length: 8 }, (_, n) => peek(t, bytes, bytes * n));
  drop(t, 8 * bytes);
  values.forEach((value, n) => {
    if (n !== 3) t.setRegister(7 - n, bytes, value);
  });
};

/** ENTER: the frame's size, and how many frame pointers of outer procedures it gets. */
export const ENTER: Execute = (t, a, b) => {
  const { ir } = t;
  const bytes = size(t);
  const level = b.number & 31;
  const room = a.number & 0xffff;
  const width = stackSize(t);
  const start = stackPointer(t);
  const store = (at: Value, value: Value): void => ir.store(t.memOp(bytes, false), t.linear(seg.SS, at, bytes, "write"), value);
  let pointer = stackOffset(t, start, -bytes);
  store(pointer, t.getRegister(5, bytes, false));
  const frame = pointer;
  if (level > 0) {
    const outer = width === 8 ? ir.get(t.s.r[5]!) : t.getRegister(5, width, false);
    for (let n = 1; n < level; n++) {
      const at = stackOffset(t, outer, -bytes * n);
      const value = ir.load(t.memOp(bytes, false), t.linear(seg.SS, at, bytes, "read"));
      pointer = stackOffset(t, pointer, -bytes);
      store(pointer, value);
    }
    pointer = stackOffset(t, pointer, -bytes);
    store(pointer, narrowed(t, frame, bytes));
  }
  const end = stackOffset(t, pointer, -room);
  // What the new stack pointer points to must be writable.
  ir.load(t.memOp(1, false), t.linear(seg.SS, end, 1, "write"));
  t.setRegister(5, bytes, narrowed(t, frame, bytes));
  setStackPointer(t, end);
};

const narrowed = (t: X86Translator, value: Value, bytes: number): Value =>
  bytes === 8 ? (value.type === "i64" ? value : t.ir.extendU(value)) : value.type === "i64" ? t.ir.wrap(value) : value;

export const LEAVE: Execute = (t) => {
  const bytes = size(t);
  const width = stackSize(t);
  const frame = width === 8 ? t.ir.get(t.s.r[5]!) : t.getRegister(5, width, false);
  const value = t.ir.load(t.memOp(bytes, false), t.linear(seg.SS, frame, bytes, "read"));
  setStackPointer(t, stackOffset(t, frame, bytes));
  t.setRegister(5, bytes, value);
};

/** In virtual-8086 mode PUSHF and POPF need IOPL 3. */
const allowedInVirtual = (t: X86Translator): boolean => {
  if ((t.flags & bf.VIRTUAL_8086) === 0 || (t.flags & bf.IO_ALLOWED) !== 0) return true;
  t.raise(exceptions.generalProtection);
  return false;
};

export const PUSHF: Execute = (t) => {
  if (!allowedInVirtual(t)) return;
  const { ir } = t;
  const value = ir.and(allFlags(t), ir.i32(~(EFLAGS.VM | EFLAGS.RF)));
  push(t, size(t) === 8 ? ir.extendU(value) : value, size(t));
};

export const POPF: Execute = (t) => {
  if (!allowedInVirtual(t)) return;
  const { ir } = t;
  const bytes = size(t);
  const value = peek(t, bytes);
  drop(t, bytes);
  t.syncNext();
  ir.call(calls.popFlags, value.type === "i64" ? ir.wrap(value) : value, ir.i32(bytes));
  t.lookup();
};
