/** What MMX and SSE instructions have in common: who may use them, and their operands as v128 values. */
import type { MemOp, Value } from "@tsemu/ir";
import * as bf from "../block-flags.ts";
import type { Execute } from "../decode/row.ts";
import { exceptions } from "../host-calls.ts";
import type { MemoryOperand, Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";
import { raisePending } from "../x87/stack.ts";

/** May SSE be used, or AVX where the instruction is one of AVX's? Otherwise #UD or #NM is emitted. */
export function sseAllowed(t: X86Translator): boolean {
  if (t.i.vex !== undefined ? (t.flags & bf.AVX) === 0 : (t.flags & bf.EM) !== 0 || (t.flags & bf.OSFXSR) === 0) {
    t.undefinedInstruction();
    return false;
  }
  if ((t.flags & bf.TS) === 0) return true;
  t.raise(exceptions.deviceNotAvailable);
  return false;
}

/** May MMX be used? */
export function mmxAllowed(t: X86Translator): boolean {
  if ((t.flags & bf.EM) !== 0) {
    t.undefinedInstruction();
    return false;
  }
  if ((t.flags & bf.TS) !== 0) {
    t.raise(exceptions.deviceNotAvailable);
    return false;
  }
  // As instructions of the x87 do that wait.
  raisePending(t);
  return true;
}

/** An SSE instruction. */
export const sse =
  (execute: Execute): Execute =>
  (t, a, b, c) => {
    if (sseAllowed(t)) execute(t, a, b, c);
  };

/** An MMX instruction: the x87's stack is set up for it before anything else. */
export const mmx =
  (execute: Execute): Execute =>
  (t, a, b, c) => {
    if (!mmxAllowed(t)) return;
    // A memory operand that faults must leave the stack alone.
    for (const operand of [a, b]) if (operand?.kind === "memory") prefetch(t, operand as MemoryOperand);
    beginMmx(t);
    execute(t, a, b, c);
  };

/** All registers are in use from here on, and TOP is 0. */
export function beginMmx(t: X86Translator): void {
  t.top = 0;
  t.ir.set(t.s.empty, t.ir.i32(0));
}

/** Finds the faults of an access before it is made. */
function prefetch(t: X86Translator, operand: MemoryOperand): void {
  if (operand.size > 0) void operand.load({ ...t.memOp(Math.min(operand.size, 8), false) });
}

const whole = (t: X86Translator): MemOp => ({ size: 16, signed: false, align: 1, mmuIdx: t.mmuIdx, type: "v128" });

/** Must a vector in memory be at a multiple of its size? "legacy": unless the instruction has a VEX prefix. */
export type Alignment = "legacy" | "always" | "any";

/** Checks that the operand is at a multiple of its size; #GP(0) otherwise. */
function checkAligned(t: X86Translator, operand: MemoryOperand, access: "read" | "write", alignment: Alignment): void {
  if (alignment === "any" || (alignment === "legacy" && t.i.vex !== undefined)) return;
  const { ir } = t;
  const address = operand.address(access, t.vectorBytes);
  t.raiseIf(ir.and(address.type === "i64" ? ir.wrap(address) : address, ir.i32(t.vectorBytes - 1)), exceptions.generalProtection);
}

/** An XMM register or 16 bytes of memory: of operands of 32 bytes, the half that is being computed. */
export function vector(t: X86Translator, operand: Operand, alignment: Alignment = "legacy"): Value {
  if (operand.kind !== "memory") return t.ir.get((t.half === 0 ? t.s.xmm : t.s.xmmHigh)[operand.source]!);
  const memory = operand as MemoryOperand;
  if (t.half === 0) checkAligned(t, memory, "read", alignment);
  return t.ir.load(whole(t), t.half === 0 ? memory.address("read", t.vectorBytes) : memory.part(16));
}

export function setVector(t: X86Translator, operand: Operand, value: Value, alignment: Alignment = "legacy"): void {
  if (operand.kind !== "memory") {
    setVectorNumber(t, operand.number, value);
    return;
  }
  const memory = operand as MemoryOperand;
  if (t.half === 0) checkAligned(t, memory, "write", alignment);
  t.ir.store(whole(t), t.half === 0 ? memory.address("write", t.vectorBytes) : memory.part(16), value);
}

/** A register as the result. Instructions with a VEX prefix clear what lies above; both halves of 32 bytes are set once both are known. */
export function setVectorNumber(t: X86Translator, n: number, value: Value): void {
  if (t.i.vex === undefined) t.ir.set(t.s.xmm[n]!, value);
  else if (t.vectorBytes === 16) {
    t.ir.set(t.s.xmm[n]!, value);
    t.ir.set(t.s.xmmHigh[n]!, t.ir.v128(0n));
  } else t.waiting.push([(t.half === 0 ? t.s.xmm : t.s.xmmHigh)[n]!, value]);
}

/** Values of both halves. */
export const eachHalf = (t: X86Translator, compute: () => Value): [Value, Value] => {
  const values = ([0, 1] as const).map((half) => {
    t.half = half;
    return compute();
  });
  t.half = 0;
  return [values[0]!, values[1]!];
};
/** A register's 32 bytes; `high` 0 unless given. */
export function setBoth(t: X86Translator, operand: Operand, low: Value, high: Value = t.ir.v128(0n)): void {
  t.ir.set(t.s.xmm[operand.number]!, low);
  t.ir.set(t.s.xmmHigh[operand.number]!, high);
}

/** The low 8 bytes of an XMM register, or 8 bytes of memory; as i64. */
export const low64 = (t: X86Translator, operand: Operand): Value =>
  operand.kind === "memory" ? (operand as MemoryOperand).load(t.memOp(8, false)) : t.ir.get(t.s.xmmLow64[operand.source]!);

export const low32 = (t: X86Translator, operand: Operand): Value =>
  operand.kind === "memory" ? (operand as MemoryOperand).load(t.memOp(4, false)) : t.ir.get(t.s.xmmLow32[operand.source]!);

/** The rest stays, or with a VEX prefix comes from the first source. */
export const setLow64 = (t: X86Translator, operand: Operand, value: Value): void => {
  if (operand.kind === "memory") (operand as MemoryOperand).store(t.memOp(8, false), value);
  else if (t.i.vex === undefined) t.ir.set(t.s.xmmLow64[operand.number]!, value);
  else setVector(t, operand, t.ir.lane("i64x2.replace_lane", 0, vector(t, operand), value));
};
export const setLow32 = (t: X86Translator, operand: Operand, value: Value): void => {
  if (operand.kind === "memory") (operand as MemoryOperand).store(t.memOp(4, false), value);
  else if (t.i.vex === undefined) t.ir.set(t.s.xmmLow32[operand.number]!, value);
  else setVector(t, operand, t.ir.lane("i32x4.replace_lane", 0, vector(t, operand), value));
};

/** A vector with an i64 below zeros. */
export const fromLow64 = (t: X86Translator, value: Value): Value => t.ir.lane("i64x2.replace_lane", 0, t.ir.v128(0n), value);
export const fromLow32 = (t: X86Translator, value: Value): Value => t.ir.lane("i32x4.replace_lane", 0, t.ir.v128(0n), value);

/** An MMX register, or 8 bytes of memory; as i64. */
export const mmxValue = (t: X86Translator, operand: Operand): Value =>
  operand.kind === "memory" ? (operand as MemoryOperand).load(t.memOp(8, false)) : t.ir.get(t.s.significand[operand.number]!);

/** Sign and exponent of the register become ones. */
export function setMmx(t: X86Translator, operand: Operand, value: Value): void {
  if (operand.kind === "memory") {
    (operand as MemoryOperand).store(t.memOp(8, false), value);
    return;
  }
  t.ir.set(t.s.significand[operand.number]!, value);
  t.ir.set(t.s.exponent[operand.number]!, t.ir.i32(0xffff));
}

/** What an integer instruction computes, of MMX registers with zeros above them or of XMM registers. */
export type VectorOp = (t: X86Translator, a: Value, b: Value, wide: boolean) => Value;

/** The XMM form. */
export const onXmm = (compute: VectorOp): Execute => sse((t, a, b) => setVector(t, a, compute(t, vector(t, a), vector(t, b), true)));

/** The MMX form. */
export const onMmx = (compute: VectorOp): Execute =>
  mmx((t, a, b) => {
    const result = compute(t, fromLow64(t, mmxValue(t, a)), fromLow64(t, mmxValue(t, b)), false);
    setMmx(t, a, t.ir.lane("i64x2.extract_lane", 0, result));
  });
