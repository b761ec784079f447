/** Moves, exchanges, conversions of width, addresses. */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import { carryFlag, condition } from "../flags.ts";
import { MemoryOperand } from "../operands.ts";
import { seg } from "../state.ts";

export const MOV: Execute = (_, a, b) => a.set(b.get());

export const XCHG: Execute = (t, a, b) => {
  // 90 is NOP: EAX with itself would lose the upper half of RAX.
  if (t.i.opcode === 0x90 && a.number === b.number) return;
  const [x, y] = [a.get(), b.get()];
  // Memory first: it may fault.
  if (b.kind === "memory") {
    b.set(x);
    a.set(y);
  } else {
    a.set(y);
    b.set(x);
  }
};

export const LEA: Execute = (t, a, b) => {
  const offset = (b as MemoryOperand).offset();
  if (a.size === 8) a.set(offset.type === "i32" ? t.ir.extendU(offset) : offset);
  else a.set(offset.type === "i64" ? t.ir.wrap(offset) : offset);
};

const wider =
  (signed: boolean): Execute =>
  (t, a, b) => {
    const value = signed ? b.get() : b.getU();
    if (a.size !== 8) a.set(value);
    else a.set(signed ? t.ir.extendS(value) : t.ir.extendU(value));
  };
export const MOVZX = wider(false);
export const MOVSX = wider(true);
/** MOVSXD with operands of the same size is a MOV. */
export const MOVSXD: Execute = (t, a, b) => a.set(a.size === 8 ? t.ir.extendS(b.get()) : b.get());

export const BSWAP: Execute = (t, a) => {
  const { ir } = t;
  // Of 2 bytes it is undefined; CPUs give 0.
  if (a.size === 2) a.set(ir.i32(0));
  else a.set(ir.bswap(a.get()));
};

export const MOVBE: Execute = (t, a, b) => {
  const { ir } = t;
  const value = b.getU();
  a.set(a.size === 2 ? ir.shrU(ir.bswap(value), ir.i32(16)) : ir.bswap(value));
};

/** The source is read whatever the condition. */
export const CMOV =
  (code: number): Execute =>
  (t, a, b) => {
    const value = b.get();
    a.set(t.ir.select(condition(t, code), value, a.get()));
  };
export const SETCC =
  (code: number): Execute =>
  (t, a) =>
    a.set(condition(t, code));

/** AL = the byte at rBX + AL. */
export const XLAT: Execute = (t) => {
  const { ir, i } = t;
  const at = (): Value => {
    const [table, index] = [t.indexRegister(3), t.getRegister(0, 1, false)];
    if (table.type === "i64") return ir.add(table, ir.extendU(index));
    const sum = ir.add(table, index);
    return i.addressSize === 2 ? ir.and(sum, ir.i32(0xffff)) : sum;
  };
  t.setRegister(0, 1, new MemoryOperand(t, i.segment < 0 ? seg.DS : i.segment, at, 1).getU());
};

/** SALC: AL becomes 0xff or 0 as CF says. */
export const SALC: Execute = (t) => t.setRegister(0, 1, t.ir.neg(carryFlag(t)));

export const NOP: Execute = () => {};
