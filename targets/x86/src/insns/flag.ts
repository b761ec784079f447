/** Instructions on single flags, and decimal arithmetic. */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import { adjustFlag, carryFlag, extended, lowFlags, setAdjust, setCarry, setLogicFlags, setLowFlags } from "../flags.ts";
import { exceptions } from "../host-calls.ts";
import type { X86Translator } from "../translator.ts";

export const CLC: Execute = (t) => setCarry(t, t.ir.i32(0));
export const STC: Execute = (t) => setCarry(t, t.ir.i32(1));
export const CMC: Execute = (t) => setCarry(t, t.ir.xor(carryFlag(t), t.ir.i32(1)));
export const CLD: Execute = (t) => t.ir.set(t.s.df, t.ir.i32(1));
export const STD: Execute = (t) => t.ir.set(t.s.df, t.ir.i32(-1));

export const LAHF: Execute = (t) => t.setRegister(16, 1, lowFlags(t));
export const SAHF: Execute = (t) => setLowFlags(t, t.getRegister(16, 1, false));

const al = (t: X86Translator): Value => t.getRegister(0, 1, false);

/** DAA and DAS. */
const decimal =
  (subtract: boolean): Execute =>
  (t) => {
    const { ir } = t;
    const old = al(t);
    const carry = carryFlag(t);
    const low = ir.or(ir.gtU(ir.and(old, ir.i32(15)), ir.i32(9)), adjustFlag(t));
    const high = ir.or(ir.gtU(old, ir.i32(0x99)), carry);
    const amount = ir.add(ir.mul(low, ir.i32(6)), ir.mul(high, ir.i32(0x60)));
    const result = extended(t, subtract ? ir.sub(old, amount) : ir.add(old, amount), 1);
    // DAS also sets CF where taking 6 borrows.
    const borrow = subtract ? ir.or(high, ir.and(low, ir.ltU(old, ir.i32(6)))) : high;
    t.setRegister(0, 1, result);
    setLogicFlags(t, result);
    setAdjust(t, low);
    setCarry(t, borrow);
  };
export const DAA = decimal(false);
export const DAS = decimal(true);

/** AAA and AAS. */
const ascii =
  (subtract: boolean): Execute =>
  (t) => {
    const { ir } = t;
    const ax = t.getRegister(0, 2, false);
    const needed = ir.or(ir.gtU(ir.and(ax, ir.i32(15)), ir.i32(9)), adjustFlag(t));
    const amount = ir.select(needed, ir.i32(0x106), ir.i32(0));
    const result = subtract ? ir.sub(ax, amount) : ir.add(ax, amount);
    t.setRegister(0, 2, ir.and(result, ir.i32(0xff0f)));
    // SF, ZF, PF and OF are undefined: those of AL.
    setLogicFlags(t, ir.extend8S(ir.and(result, ir.i32(15))));
    setAdjust(t, needed);
    setCarry(t, needed);
  };
export const AAA = ascii(false);
export const AAS = ascii(true);

export const AAM: Execute = (t, a) => {
  const { ir } = t;
  const base = a.number & 0xff;
  if (base === 0) {
    t.raise(exceptions.divideError);
    return;
  }
  const value = al(t);
  const low = ir.op("i32.rem_u", value, ir.i32(base));
  t.setRegister(0, 2, ir.or(ir.shl(ir.op("i32.div_u", value, ir.i32(base)), ir.i32(8)), low));
  setLogicFlags(t, ir.extend8S(low));
};

export const AAD: Execute = (t, a) => {
  const { ir } = t;
  const sum = ir.add(al(t), ir.mul(t.getRegister(16, 1, false), ir.i32(a.number & 0xff)));
  const result = ir.and(sum, ir.i32(0xff));
  t.setRegister(0, 2, result);
  setLogicFlags(t, ir.extend8S(result));
};
