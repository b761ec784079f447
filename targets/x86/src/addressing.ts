/** From an offset in a segment to a linear address: Intel SDM vol. 3, 3.2 to 3.4, 5.3. */
import type { Value } from "@tsemu/ir";
import * as bf from "./block-flags.ts";
import { exceptions } from "./host-calls.ts";
import { seg } from "./state.ts";
import type { X86Translator } from "./translator.ts";

/** Low bits of the attributes: what may be done with the segment's bytes. */
export const READABLE = 1;
export const WRITABLE = 2;

/** The linear address of offset, an i32, or an i64 in 64-bit code with 8-byte addresses. Raises #GP(0) or #SS(0) where the segment does not allow the access. */
export function linearAddress(t: X86Translator, segment: number, offset: Value, bytes: number, access: "read" | "write"): Value {
  const { ir, flags } = t;
  if (t.code64) {
    const address = offset.type === "i64" ? offset : ir.extendU(offset);
    return segment === seg.FS || segment === seg.GS ? ir.add(address, ir.get(t.segment(segment).base)) : address;
  }
  const open = segment >= seg.FS ? bf.OPEN_FS << (segment - seg.FS) : bf.FLAT_ES << segment;
  let address = offset;
  // Of code segments a flat one may be read, but never written.
  if ((flags & open) === 0 || (segment === seg.CS && (access === "write" || (flags & bf.FLAT_CS) === 0)))
    checkSegment(t, segment, offset, bytes, access);
  if ((flags & open) === 0 || segment >= seg.FS) address = ir.add(offset, t.baseOf(segment));
  return t.is64 ? ir.extendU(address) : address;
}

function checkSegment(t: X86Translator, segment: number, offset: Value, bytes: number, access: "read" | "write"): void {
  const { ir } = t;
  const slots = t.segment(segment);
  const last = ir.get(slots.last);
  const needed = ir.i32(access === "write" ? WRITABLE : READABLE);
  let outside = ir.or(ir.ltU(offset, ir.get(slots.first)), ir.gtU(offset, last));
  if (bytes > 1) outside = ir.or(outside, ir.ltU(ir.sub(last, offset), ir.i32(bytes - 1)));
  const forbidden = ir.eqz(ir.and(ir.get(slots.attributes), needed));
  t.raiseIf(ir.or(outside, forbidden), segment === seg.SS ? exceptions.stackFault : exceptions.generalProtection);
}

/** Bytes of the stack pointer. */
export const stackSize = (t: X86Translator): 2 | 4 | 8 => (t.code64 ? 8 : (t.flags & bf.STACK32) !== 0 ? 4 : 2);

/** rSP, in the width of stack addresses. */
export function stackPointer(t: X86Translator): Value {
  const size = stackSize(t);
  return size === 8 ? t.ir.get(t.s.r[4]!) : size === 4 ? t.word(4) : t.ir.and(t.word(4), t.ir.i32(0xffff));
}

/** A stack address some bytes from another; wraps around as the stack pointer does. */
export function stackOffset(t: X86Translator, pointer: Value, bytes: number): Value {
  const { ir } = t;
  if (bytes === 0) return pointer;
  const size = stackSize(t);
  const moved = ir.add(pointer, size === 8 ? ir.i64(bytes) : ir.i32(bytes));
  return size === 2 ? ir.and(moved, ir.i32(0xffff)) : moved;
}

export const setStackPointer = (t: X86Translator, pointer: Value): void => t.setRegister(4, stackSize(t), pointer);

/** Pushes a value of 2, 4 or 8 bytes; the stack pointer changes after the store. */
export function push(t: X86Translator, value: Value, size: number): void {
  const pointer = stackOffset(t, stackPointer(t), -size);
  t.ir.store(t.memOp(size, false), t.linear(seg.SS, pointer, size, "write"), value);
  setStackPointer(t, pointer);
}

/** The value on top of the stack, which stays there; `offset` bytes above it. */
export function peek(t: X86Translator, size: number, offset = 0): Value {
  const pointer = stackOffset(t, stackPointer(t), offset);
  return t.ir.load(t.memOp(size, false), t.linear(seg.SS, pointer, size, "read"));
}

/** Takes bytes off the stack. */
export const drop = (t: X86Translator, bytes: number): void => setStackPointer(t, stackOffset(t, stackPointer(t), bytes));
