/**
 * String instructions. With a repeat prefix a block does one element and goes back to the instruction, so that each element is an instruction of its own
 * for interrupts and faults.
 */
import type { Value } from "@tsemu/ir";
import * as bf from "../block-flags.ts";
import type { Execute } from "../decode/row.ts";
import { subtract, zeroFlag } from "../flags.ts";
import { calls } from "../host-calls.ts";
import type { MemoryOperand, Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";

const SI = 6;
const DI = 7;

/** rSI or rDI goes on by an element, up or down as DF says. */
function advance(t: X86Translator, register: number, size: number): void {
  const { ir } = t;
  const step = ir.shl(ir.get(t.s.df), ir.i32(Math.log2(size)));
  const at = t.indexRegister(register);
  t.setRegister(register, t.i.addressSize, ir.add(at, at.type === "i64" ? ir.extendS(step) : step));
}

/** One element, or as many as rCX says. `compares`: REPE and REPNE also end by ZF. */
function repeated(t: X86Translator, element: () => void, compares = false): void {
  const { ir, i } = t;
  if (i.repeat === 0) {
    element();
    return;
  }
  const size = i.addressSize;
  const count = t.indexRegister(1);
  ir.if(ir.eqz(count), () => t.goto(t.pc));
  element();
  const left = ir.sub(count, count.type === "i64" ? ir.i64(1) : ir.i32(1));
  t.setRegister(1, size, left);
  // A single step behind the last element is one behind the instruction.
  const again = (): void => {
    if ((t.flags & bf.SINGLE_STEP) !== 0) ir.if(ir.eqz(left), () => t.goto(t.pc));
    t.goto(t.insnPc);
  };
  if (compares) {
    const zero = zeroFlag(t);
    ir.if(i.repeat === 0xf3 ? zero : ir.eqz(zero), again, () => t.goto(t.pc));
  } else again();
  t.ended = true;
}

export const MOVS: Execute = (t, a, b) =>
  repeated(t, () => {
    a.set(b.get());
    advance(t, SI, a.size);
    advance(t, DI, a.size);
  });

export const STOS: Execute = (t, a, b) =>
  repeated(t, () => {
    a.set(b.get());
    advance(t, DI, a.size);
  });

export const LODS: Execute = (t, a, b) =>
  repeated(t, () => {
    a.set(b.get());
    advance(t, SI, b.size);
  });

/** The source less the destination. */
export const CMPS: Execute = (t, a, b) =>
  repeated(
    t,
    () => {
      const [x, y] = [a.get(), b.get()];
      subtract(t, x, y, a.size);
      advance(t, SI, a.size);
      advance(t, DI, a.size);
    },
    true,
  );

export const SCAS: Execute = (t, a, b) =>
  repeated(
    t,
    () => {
      subtract(t, a.get(), b.get(), a.size);
      advance(t, DI, a.size);
    },
    true,
  );

const port = (t: X86Translator): Value => t.getRegister(2, 2, false);

/** INS: the port is read after the destination has been found writable. */
export const INS: Execute = (t, a) =>
  repeated(t, () => {
    const { ir } = t;
    ir.call(calls.checkPort, port(t), ir.i32(a.size));
    (a as MemoryOperand).address("write");
    a.set(ir.call(calls.portIn, port(t), ir.i32(a.size)));
    advance(t, DI, a.size);
  });

export const OUTS: Execute = (t, _a: Operand, b) =>
  repeated(t, () => {
    const { ir } = t;
    ir.call(calls.checkPort, port(t), ir.i32(b.size));
    ir.call(calls.portOut, port(t), ir.i32(b.size), b.getU());
    advance(t, SI, b.size);
  });
