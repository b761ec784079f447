import { type Inst, IrBuilder, type Slot, StateLayoutBuilder, type Value } from "@tsemu/ir";
import { describe, expect, it } from "vitest";
import { AccessPatterns } from "./access-patterns.ts";

const layout = new StateLayoutBuilder();
const [base, index, other] = ["base", "index", "other"].map((name) => layout.slot(name, "i32")) as [Slot, Slot, Slot];
layout.build();

/** The pattern of an access at base + 4 * index in code that also does `more`. */
function patternOf(more: (ir: IrBuilder) => void, address?: (ir: IrBuilder) => Value) {
  const ir = new IrBuilder();
  const at = address?.(ir) ?? ir.add(ir.get(base), ir.shl(ir.get(index), ir.i32(2)));
  more(ir);
  return new AccessPatterns(ir.insts as readonly Inst[]).of(at).kind;
}

describe("patterns of accesses", () => {
  it("is steady where the index is a counter, or advanced by another register", () => {
    expect(patternOf((ir) => ir.set(index, ir.add(ir.get(index), ir.i32(1))))).toBe("steady");
    expect(patternOf((ir) => ir.set(index, ir.add(ir.get(index), ir.get(other))))).toBe("steady");
    expect(patternOf((ir) => ir.set(index, ir.i32(0)))).toBe("steady");
  });

  it("is a table's where the index is computed", () => {
    const computed = (ir: IrBuilder): void => ir.set(index, ir.and(ir.get(other), ir.i32(0xff)));
    expect(patternOf(computed)).toBe("scattered");
    // At a constant address.
    expect(patternOf(computed, (ir) => ir.add(ir.shl(ir.get(index), ir.i32(2)), ir.i32(0x8000)))).toBe("scattered");
  });

  it("is steady where the register itself is computed: a pointer", () => {
    const computed = (ir: IrBuilder): void => ir.set(base, ir.xor(ir.get(other), ir.get(index)));
    expect(patternOf(computed, (ir) => ir.add(ir.get(base), ir.i32(8)))).toBe("steady");
  });

  it("leaps where a step leaves the page before long", () => {
    expect(patternOf((ir) => ir.set(base, ir.add(ir.get(base), ir.i32(512))))).toBe("leaping");
    expect(patternOf((ir) => ir.set(base, ir.add(ir.get(base), ir.i32(64))))).toBe("steady");
    // The index times four.
    expect(patternOf((ir) => ir.set(index, ir.add(ir.get(index), ir.i32(32))))).toBe("leaping");
    expect(patternOf((ir) => ir.set(index, ir.add(ir.get(index), ir.i32(16))))).toBe("steady");
  });
});
