/** The inline fast path of a guest access, the same in the interpreter's handlers and in compiled regions. */
import { type AddressBits, PAGE_BITS, tlbShapes } from "@tsemu/memory";
import type { Expr, WasmModule } from "./wasm-module.ts";

export interface AccessShape {
  readonly size: number;
  /** Required alignment in bytes; 1 for none. A number, or an expression for the whole mask. */
  readonly align: number | { readonly mask: () => Expr };
}

const pageMask = -(1 << PAGE_BITS);

/** The lower word of an address, which is where it lies in the emulator's memory once the entry's addend is added. */
export const lowWord = (m: WasmModule, va: Expr, bits: AddressBits): Expr => (bits === 64 ? m.i32.wrap(va) : va);

/** The TLB entry's address for va, without the TLB's own base (which goes into the loads' offsets, or is added). */
export function tlbEntry(m: WasmModule, va: () => Expr, bits: AddressBits): Expr {
  const { entries, size } = tlbShapes[bits];
  return m.i32.and(m.i32.shr_u(lowWord(m, va(), bits), m.i32.const(PAGE_BITS - Math.log2(size))), m.i32.const((entries - 1) * size));
}

/**
 * What must equal the entry's tag. Without an alignment rule it is the page of the access's last byte: an access that crosses into the next
 * page cannot match, since that page's tag lies in another entry. With one, the low address bits stay and must be zero.
 */
export function tagOf(m: WasmModule, va: () => Expr, shape: AccessShape, bits: AddressBits): Expr {
  const word = bits === 64 ? m.i64 : m.i32;
  const constant = (value: number): Expr => (bits === 64 ? m.i64.const(BigInt(value)) : m.i32.const(value));
  const pageOfLast = (): Expr => word.and(word.add(va(), constant(shape.size - 1)), constant(pageMask));
  if (typeof shape.align === "object") {
    // The mask keeps the bits that must be zero; an access that is aligned to less than its size may still cross.
    const mask = shape.align.mask();
    return word.or(word.and(va(), bits === 64 ? m.i64.extend_u(mask) : mask), pageOfLast());
  }
  if (shape.align >= shape.size) return word.and(va(), constant(pageMask | (shape.align - 1)));
  if (shape.align > 1) throw new Error("internal error: partial alignment needs a mask");
  return pageOfLast();
}

/** Where a TLB entry is, and for what its tag is wanted; `base` is added to its address. */
export interface EntryTag {
  readonly entry: Expr;
  readonly base: number;
  readonly access: "read" | "write";
}

/** Does the tag equal that of the entry ("eq"), or not ("ne")? */
export function compareTag(m: WasmModule, relation: "eq" | "ne", tag: Expr, { entry, base, access }: EntryTag, bits: AddressBits): Expr {
  const offset = base + tlbShapes[bits][access];
  return bits === 64 ? m.i64[relation](tag, m.i64.load(offset, 8, entry)) : m.i32[relation](tag, m.i32.load(offset, 4, entry));
}
