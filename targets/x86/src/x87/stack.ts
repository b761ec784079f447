/**
 * The x87's register stack as translated code has it. TOP is known: ST(i) is a fixed place. What is empty is not, and is looked at by every
 * instruction that reads or pushes.
 */
import type { Value } from "@tsemu/ir";
import * as bf from "../block-flags.ts";
import type { Execute } from "../decode/row.ts";
import { calls, exceptions } from "../host-calls.ts";
import type { MemoryOperand, Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";
import type { Place } from "./functions.ts";

/** Bits of FSW. */
export const FSW = { IE: 1, SF: 0x40, ES: 0x80, C0: 0x100, C1: 0x200, C2: 0x400, C3: 0x4000, B: 0x8000 } as const;

/** The place of ST(i). */
export const place = (t: X86Translator, i: number): number => (t.top + i) & 7;
/** It as an operand of soft-float's functions. */
export const register = (at: number): Place => ({ kind: "register", at });
/** A place for operands that are no registers: `scratchv0` and up. */
export const scratch = (at: number): Place => ({ kind: "scratch", at });

const canTrap = (t: X86Translator): boolean => (t.flags & bf.X87_UNMASKED) !== 0;

/** #NM where the x87 may not be used. */
export function x87Allowed(t: X86Translator): boolean {
  if ((t.flags & (bf.EM | bf.TS)) === 0) return true;
  t.raise(exceptions.deviceNotAvailable);
  return false;
}

/** An instruction that does not wait for pending exceptions. */
export const control =
  (execute: Execute): Execute =>
  (t, a, b, c) => {
    if (x87Allowed(t)) execute(t, a, b, c);
  };

/** An instruction that waits: #MF comes first. */
export const waiting = (execute: Execute): Execute =>
  control((t, a, b, c) => {
    raisePending(t);
    execute(t, a, b, c);
  });

/** #MF if an exception is pending. */
export function raisePending(t: X86Translator): void {
  if (!canTrap(t)) return;
  const { ir } = t;
  t.raiseIf(ir.and(ir.get(t.s.system.fsw), ir.i32(FSW.ES)), exceptions.floatingPoint);
}

/** An instruction that computes: it waits, and leaves its address and that of its operand. */
export const computing = (execute: Execute): Execute =>
  waiting((t, a, b, c) => {
    for (const operand of [a, b]) if (operand?.kind === "memory") prepare(t, operand as MemoryOperand);
    notePointers(t, a, b);
    execute(t, a, b, c);
  });

/** FIP and FDP; the selectors are 0, as on newer CPUs. */
function notePointers(t: X86Translator, a: Operand | undefined, b: Operand | undefined): void {
  const { ir } = t;
  ir.set(t.s.wide.fip, widened(t, t.instructionPointer(t.insnPc)));
  const memory = [a, b].find((operand) => operand?.kind === "memory") as MemoryOperand | undefined;
  if (memory !== undefined) ir.set(t.s.wide.fdp, widened(t, memory.offset()));
}

const widened = (t: X86Translator, value: Value): Value => (t.is64 && value.type === "i32" ? t.ir.extendU(value) : value);

/** Finds the faults of the operand before anything changes. */
function prepare(t: X86Translator, operand: MemoryOperand): void {
  const { size } = operand;
  if (size === 10) {
    void operand.load(t.memOp(8, false));
    void operand.load(t.memOp(2, false), 8);
  } else void operand.load({ ...t.memOp(size, false) });
}

const bit = (at: number): number => 1 << at;
const isEmpty = (t: X86Translator, bits: number): Value => t.ir.and(t.ir.get(t.s.empty), t.ir.i32(bits));

/** Are these places (any of them) empty? 0: none. */
export const anyEmpty = (t: X86Translator, ...places: number[]): Value =>
  isEmpty(
    t,
    places.reduce((sum, at) => sum | bit(at), 0),
  );

export const markUsed = (t: X86Translator, at: number): void => t.ir.set(t.s.empty, t.ir.and(t.ir.get(t.s.empty), t.ir.i32(~bit(at))));
export const markEmpty = (t: X86Translator, at: number): void => t.ir.set(t.s.empty, t.ir.or(t.ir.get(t.s.empty), t.ir.i32(bit(at))));

/** The instruction is not carried out: on to the next one, where the exception is seen. */
function leave(t: X86Translator, top: number): void {
  const now = t.top;
  t.top = top;
  t.goto(t.pc);
  t.top = now;
}

/**
 * Does `compute` unless one of the places is empty: then the stack fault's response, which with masked exceptions is `respond`. A computation that
 * an unmasked exception stops (its value is not 0) ends the instruction too. Behind this the instruction is being carried out. `always`: the
 * response is the same without a mask, as of comparisons.
 */
export function unlessEmpty(
  t: X86Translator,
  places: readonly number[],
  compute: () => Value | undefined,
  respond: () => void,
  { clearsC2 = false, always = false } = {},
): void {
  const { ir } = t;
  const { top } = t;
  const stopped = (value: Value | undefined): void => {
    if (value !== undefined && canTrap(t)) ir.if(value, () => leave(t, top));
  };
  if (places.length === 0) {
    stopped(compute());
    return;
  }
  ir.if(
    anyEmpty(t, ...places),
    () => {
      if (always) respond();
      stackFault(t, top, clearsC2 ? CLEARS_C2 : 0);
      if (!always) respond();
    },
    () => stopped(compute()),
  );
}

/** With C1 for the helper: C2 becomes 0 too, as of instructions that say with it that they are done. */
export const CLEARS_C2 = 0x1_0000;

/** IE and SF, C1 as given; with IE unmasked the instruction is over. */
export function stackFault(t: X86Translator, top: number, c1: number): void {
  const { ir } = t;
  const fault = ir.call(calls.x87StackFault, ir.i32(c1));
  if (canTrap(t)) ir.if(fault, () => leave(t, top));
  else void fault;
}

/** The real indefinite. */
export function setIndefinite(t: X86Translator, at: number): void {
  t.ir.set(t.s.significand[at]!, t.ir.i64(-0x4000_0000_0000_0000n));
  t.ir.set(t.s.exponent[at]!, t.ir.i32(0xffff));
}

export const pop = (t: X86Translator): void => {
  markEmpty(t, t.top);
  t.top = (t.top + 1) & 7;
};

/** Pushes what `compute` writes at the place it is given; on a full stack the indefinite. */
export function pushed(t: X86Translator, compute: (at: number) => Value | undefined): void {
  const { ir } = t;
  const { top } = t;
  const at = (top - 1) & 7;
  const full = ir.eqz(isEmpty(t, bit(at)));
  ir.if(
    full,
    () => {
      stackFault(t, top, FSW.C1);
      setIndefinite(t, at);
    },
    () => {
      const stopped = compute(at);
      if (stopped !== undefined && canTrap(t)) ir.if(stopped, () => leave(t, top));
    },
  );
  t.top = at;
  markUsed(t, at);
}

/** Sets C1. */
export const setC1 = (t: X86Translator, on: boolean): void => {
  const { ir } = t;
  const fsw = ir.get(t.s.system.fsw);
  ir.set(t.s.system.fsw, on ? ir.or(fsw, ir.i32(FSW.C1)) : ir.and(fsw, ir.i32(~FSW.C1)));
};

export function copy(t: X86Translator, to: number, from: number): void {
  t.ir.set(t.s.significand[to]!, t.ir.get(t.s.significand[from]!));
  t.ir.set(t.s.exponent[to]!, t.ir.get(t.s.exponent[from]!));
}
