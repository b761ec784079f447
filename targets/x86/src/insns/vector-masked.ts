/** Moves of elements that a mask selects, each by itself: what is not selected is not accessed. And gathers. */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import { MemoryOperand, type Operand } from "../operands.ts";
import { seg } from "../state.ts";
import type { X86Translator } from "../translator.ts";
import { type Format, laneOf } from "./vector-float.ts";
import { setBoth, sse } from "./vector-operands.ts";

/** Halves that the instruction has. */
const halvesOf = (t: X86Translator): readonly (0 | 1)[] => (t.vectorBytes === 32 ? [0, 1] : [0]);
const slotsOf = (t: X86Translator, half: 0 | 1) => (half === 0 ? t.s.xmm : t.s.xmmHigh);

/** Does `then` for every element whose sign bit in the mask is set. */
function forSelected(t: X86Translator, format: Format, mask: number, then: (half: 0 | 1, lane: number) => void): void {
  const { ir } = t;
  for (const half of halvesOf(t)) {
    const bits = ir.op(`${format.vectorOfIntegers}.bitmask`, ir.get(slotsOf(t, half)[mask]!));
    for (let n = 0; n < format.lanes; n++) ir.if(ir.and(bits, ir.i32(1 << n)), () => then(half, n));
  }
}

/** VMASKMOVPS, VPMASKMOVD and such, from memory: the first source is the mask; other elements become 0. */
export const maskedLoad = (format: Format): Execute =>
  sse((t, a, b) => {
    const { ir } = t;
    const memory = b as MemoryOperand;
    // Not into the destination, which may be the mask, before all is read.
    const parts = t.s.scratch128;
    for (const half of halvesOf(t)) ir.set(parts[half]!, ir.v128(0n));
    const bytes = format.bits / 8;
    const address = memory.offset();
    forSelected(t, format, a.source, (half, n) => {
      const value = elementAt(t, memory.segment, address, 16 * half + bytes * n, bytes).get();
      ir.set(parts[half]!, ir.lane(`${format.vectorOfIntegers}.replace_lane`, n, ir.get(parts[half]!), value));
    });
    if (t.vectorBytes === 32) setBoth(t, a, ir.get(parts[0]!), ir.get(parts[1]!));
    else setBoth(t, a, ir.get(parts[0]!));
  });

/** To memory: the second operand is the mask. */
export const maskedStore = (format: Format): Execute =>
  sse((t, a, b, c) => {
    const memory = a as MemoryOperand;
    const bytes = format.bits / 8;
    const address = memory.offset();
    forSelected(t, format, b.number, (half, n) => {
      const value = laneOf(t, format, format.integer, t.ir.get(slotsOf(t, half)[c.number]!), n);
      elementAt(t, memory.segment, address, 16 * half + bytes * n, bytes).set(value);
    });
  });

/** An element of memory, some bytes behind an offset. */
function elementAt(t: X86Translator, segment: number, offset: Value, distance: number, bytes: number): MemoryOperand {
  const { ir } = t;
  return new MemoryOperand(t, segment, () => ir.add(offset, offset.type === "i64" ? ir.i64(distance) : ir.i32(distance)), bytes);
}

/**
 * Gathers: elements at the base plus indexes of 4 or 8 bytes, scaled. An element that has been loaded is no longer selected, so that the instruction goes on
 * where it was after a fault. Of the three registers no two may be the same.
 */
export const gather = (format: Format, index: Format): Execute =>
  sse((t, a, _, c) => {
    const { ir } = t;
    const e = t.i.effective!;
    const [to, mask, from] = [a.number, c.number, e.sibIndex & (t.code64 ? 15 : 7)];
    if (e.sibIndex < 0 || to === mask || to === from || mask === from) {
      t.undefinedInstruction();
      return;
    }
    // As many elements as both vectors have room for.
    const bytes = t.vectorBytes;
    const count = Math.min(bytes / (format.bits / 8), bytes / (index.bits / 8));
    const placeOf = (f: Format, n: number): readonly [half: 0 | 1, lane: number] => [n < f.lanes ? 0 : 1, n % f.lanes];
    const set = (register: number, half: 0 | 1, lane: number, value: Value): void => {
      const slot = slotsOf(t, half)[register]!;
      ir.set(slot, ir.lane(`${format.vectorOfIntegers}.replace_lane`, lane, ir.get(slot), value));
    };
    const own = t.i.segment >= 0 ? t.i.segment : e.base === 4 || e.base === 5 ? seg.SS : seg.DS;
    const base = t.effectiveAddress({ ...e, index: -1 });
    for (let n = 0; n < count; n++) {
      const [half, lane] = placeOf(format, n);
      const selector = laneOf(t, format, format.integer, ir.get(slotsOf(t, half)[mask]!), lane);
      ir.if(ir.ltS(selector, format.bits === 64 ? ir.i64(0) : ir.i32(0)), () => {
        const [indexHalf, indexLane] = placeOf(index, n);
        const number = laneOf(t, index, index.integer, ir.get(slotsOf(t, indexHalf)[from]!), indexLane);
        const element = new MemoryOperand(t, own, () => indexed(t, base, number, e.scale), format.bits / 8);
        set(to, half, lane, element.get());
        set(mask, half, lane, format.bits === 64 ? ir.i64(0) : ir.i32(0));
      });
    }
    finish(t, a, mask, (count * format.bits) / 8);
  });

/** base + index * scale, in the width of addresses. */
function indexed(t: X86Translator, base: Value, number: Value, scale: number): Value {
  const { ir } = t;
  if (base.type === "i64") {
    const wide = number.type === "i64" ? number : ir.extendS(number);
    return ir.add(base, ir.shl(wide, ir.i64(scale)));
  }
  const narrow = number.type === "i64" ? ir.wrap(number) : number;
  return ir.add(base, ir.shl(narrow, ir.i32(scale)));
}

/** The mask becomes 0, and what the elements do not reach of the destination. */
function finish(t: X86Translator, a: Operand, mask: number, bytes: number): void {
  const { ir } = t;
  const zero = ir.v128(0n);
  ir.set(t.s.xmm[mask]!, zero);
  ir.set(t.s.xmmHigh[mask]!, zero);
  if (bytes < 32) ir.set(t.s.xmmHigh[a.number]!, zero);
  if (bytes < 16) ir.set(t.s.xmmUpper64[a.number]!, ir.i64(0));
}
