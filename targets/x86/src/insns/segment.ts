/** Segment registers, descriptor tables, and what asks about selectors. */
import type { Value } from "@tsemu/ir";
import * as bf from "../block-flags.ts";
import type { Execute } from "../decode/row.ts";
import { calls } from "../host-calls.ts";
import type { MemoryOperand, Operand } from "../operands.ts";
import { LDTR, seg, TR } from "../state.ts";
import type { X86Translator } from "../translator.ts";

/** Loads a segment register from an i32; `done` is emitted behind it, before the block ends. */
export function loadSegment(t: X86Translator, segment: number, selector: Value, done: () => void): void {
  const { ir, flags } = t;
  const real = !t.protectedMode;
  const shadow = segment === seg.SS;
  const open = segment >= seg.FS ? bf.OPEN_FS << (segment - seg.FS) : bf.FLAT_ES << segment;
  if (real && (flags & open) === 0) {
    const value = ir.and(selector, ir.i32(0xffff));
    const base = ir.shl(value, ir.i32(4));
    ir.set(t.segment(segment).selector, value);
    ir.set(t.segment(segment).base, t.is64 ? ir.extendU(base) : base);
    done();
    if (shadow) t.endWith((t.exitFlags & ~bf.STEP_DONE) | bf.SHADOW);
    return;
  }
  t.syncNext();
  ir.call(calls.loadSegment, ir.i32(segment), selector);
  done();
  if (shadow) ir.set(t.s.flags, ir.or(ir.and(ir.get(t.s.flags), ir.i32(~bf.STEP_DONE)), ir.i32(bf.SHADOW)));
  t.lookup();
}

/** MOV from a segment register: 16 bits to memory, zero-extended to a register. */
export const MOV_FROM_SEGMENT: Execute = (t, a, b) => {
  if (b.number > seg.GS) {
    t.undefinedInstruction();
    return;
  }
  storeSelector(t, a, t.ir.get(t.segment(b.number).selector));
};

function storeSelector(t: X86Translator, a: Operand, value: Value): void {
  if (a.kind === "memory") t.ir.store(t.memOp(2, false), (a as MemoryOperand).address("write", 2), value);
  else a.set(a.size === 8 ? t.ir.extendU(value) : value);
}

/** The 16 bits of a selector's operand. */
const selectorOf = (t: X86Translator, b: Operand): Value => {
  if (b.kind === "memory") return t.ir.load(t.memOp(2, false), (b as MemoryOperand).address("read", 2));
  return t.getRegister(b.number, 2, false);
};

export const MOV_TO_SEGMENT: Execute = (t, a, b) => {
  if (a.number > seg.GS || a.number === seg.CS) t.undefinedInstruction();
  else loadSegment(t, a.number, selectorOf(t, b), () => {});
};

/** LDS and such: offset and selector from memory. */
export const loadFarPointer =
  (segment: number): Execute =>
  (t, a, b) => {
    const memory = b as MemoryOperand;
    const { size } = a;
    const address = memory.address("read", size + 2);
    const offset = t.ir.load(t.memOp(size, false), address);
    const selector = t.ir.load(t.memOp(2, false), memory.part(size));
    loadSegment(t, segment, selector, () => a.set(offset));
  };

// ---- descriptor tables

const storeTable =
  (table: "gdt" | "idt"): Execute =>
  (t, a) => {
    const { ir } = t;
    const memory = a as MemoryOperand;
    const address = memory.address("write", t.code64 ? 10 : 6);
    ir.store(t.memOp(2, false), address, ir.get(t.s.system[`${table}_limit`]));
    const base = ir.get(t.s.wide[`${table}_base`]);
    if (t.code64) ir.store(t.memOp(8, false), memory.part(2), base);
    else ir.store(t.memOp(4, false), memory.part(2), t.is64 ? ir.wrap(base) : base);
  };
export const SGDT = storeTable("gdt");
export const SIDT = storeTable("idt");

const loadTable =
  (table: "gdt" | "idt"): Execute =>
  (t, a) => {
    if (!t.privileged()) return;
    const { ir } = t;
    const memory = a as MemoryOperand;
    const limit = ir.load(t.memOp(2, false), memory.address("read", t.code64 ? 10 : 6));
    let base: Value;
    if (t.code64) base = ir.load(t.memOp(8, false), memory.part(2));
    else {
      const word = ir.load(t.memOp(4, false), memory.part(2));
      // With 16-bit operands the base has 24 bits.
      const low = t.i.operandSize === 2 ? ir.and(word, ir.i32(0xff_ffff)) : word;
      base = t.is64 ? ir.extendU(low) : low;
    }
    ir.set(t.s.system[`${table}_limit`], limit);
    ir.set(t.s.wide[`${table}_base`], base);
  };
export const LGDT = loadTable("gdt");
export const LIDT = loadTable("idt");

/** Undefined outside protected mode. */
const needsProtection =
  (execute: Execute): Execute =>
  (t, a, b, c) => {
    if (t.protectedMode) execute(t, a, b, c);
    else t.undefinedInstruction();
  };

export const SLDT = needsProtection((t, a) => storeSelector(t, a, t.ir.get(t.segment(LDTR).selector)));
export const STR = needsProtection((t, a) => storeSelector(t, a, t.ir.get(t.segment(TR).selector)));
export const LLDT = needsProtection((t, a) => {
  if (t.privileged()) t.ir.call(calls.lldt, selectorOf(t, a));
});
export const LTR = needsProtection((t, a) => {
  if (t.privileged()) t.ir.call(calls.ltr, selectorOf(t, a));
});
export const VERR = needsProtection((t, a) => ask(t, () => void t.ir.call(calls.verr, selectorOf(t, a))));
export const VERW = needsProtection((t, a) => ask(t, () => void t.ir.call(calls.verw, selectorOf(t, a))));

/** The helper sets ZF. */
function ask(t: X86Translator, emit: () => void): void {
  emit();
  t.known = undefined;
}

const question = (helper: "lar" | "lsl"): Execute =>
  needsProtection((t, a, b) => {
    const value = t.ir.call(calls[helper], selectorOf(t, b));
    t.known = undefined;
    const wide = a.size === 8 ? t.ir.extendU(value) : value;
    t.ir.if(t.ir.eqz(t.ir.get(t.s.zr)), () => a.set(wide));
  });
export const LAR = question("lar");
export const LSL = question("lsl");

/** ARPL: the RPL of the destination becomes that of the source if it is less. */
export const ARPL = needsProtection((t, a, b) => {
  const { ir } = t;
  const [x, y] = [a.getU(), b.getU()];
  const three = ir.i32(3);
  const less = ir.ltU(ir.and(x, three), ir.and(y, three));
  ir.if(less, () => a.set(ir.or(ir.and(x, ir.i32(0xfffc)), ir.and(y, three))));
  const zero = ir.xor(less, ir.i32(1));
  ir.set(t.s.zr, t.is64 ? ir.extendU(zero) : zero);
  t.known = undefined;
});

/** MSW: the low bits of CR0. */
export const SMSW: Execute = (t, a) => {
  const value = t.ir.get(t.s.system.cr0);
  if (a.kind === "memory") storeSelector(t, a, value);
  else a.set(a.size === 8 ? t.ir.extendU(value) : value);
};
export const LMSW: Execute = (t, a) => {
  if (!t.privileged()) return;
  t.syncNext();
  t.ir.call(calls.lmsw, selectorOf(t, a));
  t.lookup();
};
