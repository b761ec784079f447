/** The inline fast path of a guest access, the same in the interpreter's handlers and in compiled regions. */
import { PAGE_BITS, TLB_ENTRIES, TLB_ENTRY_SIZE } from "@tsemu/memory";
import type { Expr, WasmModule } from "./wasm-module.ts";

export interface AccessShape {
  readonly size: number;
  /** Required alignment in bytes; 1 for none. A number, or an expression for the whole mask. */
  readonly align: number | { readonly mask: () => Expr };
}

const pageMask = -(1 << PAGE_BITS);

/** The TLB entry's address for va, without the TLB's own base (which goes into the loads' offsets, or is added). */
export const tlbEntry = (m: WasmModule, va: () => Expr): Expr =>
  m.i32.and(m.i32.shr_u(va(), m.i32.const(PAGE_BITS - Math.log2(TLB_ENTRY_SIZE))), m.i32.const((TLB_ENTRIES - 1) * TLB_ENTRY_SIZE));

/**
 * What must equal the entry's tag. Without an alignment rule it is the page of the access's last byte: an access that crosses into the next
 * page cannot match, since that page's tag lies in another entry. With one, the low address bits stay and must be zero.
 */
export function tagOf(m: WasmModule, va: () => Expr, shape: AccessShape): Expr {
  if (typeof shape.align === "object") {
    // The mask keeps the bits that must be zero; an access that is aligned to less than its size may still cross.
    return m.i32.or(m.i32.and(va(), shape.align.mask()), m.i32.and(m.i32.add(va(), m.i32.const(shape.size - 1)), m.i32.const(pageMask)));
  }
  if (shape.align >= shape.size) return m.i32.and(va(), m.i32.const(pageMask | (shape.align - 1)));
  if (shape.align > 1) throw new Error("internal error: partial alignment needs a mask");
  return m.i32.and(m.i32.add(va(), m.i32.const(shape.size - 1)), m.i32.const(pageMask));
}
