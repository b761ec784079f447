/** Integer arithmetic and logic (Intel SDM vol. 2). */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import {
  add,
  addWithCarry,
  carryFlag,
  decrement,
  extended,
  increment,
  overflowFlag,
  setCarry,
  setCarryAndOverflow,
  setLogicFlags,
  setOverflow,
  setResult,
  signBit,
  subtract,
  subtractWithBorrow,
} from "../flags.ts";
import { calls, exceptions } from "../host-calls.ts";
import type { Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";

export const ADD: Execute = (t, a, b) => add(t, a.get(), b.get(), a.size, (result) => a.set(result));
export const ADC: Execute = (t, a, b) => addWithCarry(t, a.get(), b.get(), a.size, (result) => a.set(result));
export const SUB: Execute = (t, a, b) => subtract(t, a.get(), b.get(), a.size, (result) => a.set(result));
export const SBB: Execute = (t, a, b) => subtractWithBorrow(t, a.get(), b.get(), a.size, (result) => a.set(result));
export const CMP: Execute = (t, a, b) => subtract(t, a.get(), b.get(), a.size);
export const INC: Execute = (t, a) => increment(t, a.get(), a.size, (result) => a.set(result));
export const DEC: Execute = (t, a) => decrement(t, a.get(), a.size, (result) => a.set(result));

const logic =
  (op: "and" | "or" | "xor"): Execute =>
  (t, a, b) => {
    const result = t.ir[op](a.get(), b.get());
    a.set(result);
    setLogicFlags(t, result);
  };
export const AND = logic("and");
export const OR = logic("or");
/** With itself: 0, whatever the register holds. */
export const XOR: Execute = (t, a, b) => {
  if (a.kind === "register" && b.kind === "register" && a.number === b.number) {
    const zero = a.size === 8 ? t.ir.i64(0) : t.ir.i32(0);
    a.set(zero);
    setLogicFlags(t, zero);
  } else logic("xor")(t, a, b, undefined as never);
};
export const TEST: Execute = (t, a, b) => {
  // Of a register with itself: the register.
  const same = a.kind === "register" && b.kind === "register" && a.number === b.number;
  setLogicFlags(t, same ? a.get() : t.ir.and(a.get(), b.get()));
};

export const NOT: Execute = (t, a) => a.set(t.ir.not(a.get()));
export const NEG: Execute = (t, a) => {
  const value = a.get();
  subtract(t, value.type === "i64" ? t.ir.i64(0) : t.ir.i32(0), value, a.size, (result) => a.set(result));
};

/** r = r + m, m = the old r: the register last, since it may be part of the address. */
export const XADD: Execute = (t, a, b) => {
  const [old, addend] = [a.get(), b.get()];
  add(t, old, addend, a.size, (result) => {
    if (a.kind === "memory") {
      a.set(result);
      b.set(old);
    } else {
      b.set(old);
      a.set(result);
    }
  });
};

/** Compares rAX with the destination; equal: the destination becomes the source, otherwise rAX the destination. */
export const CMPXCHG: Execute = (t, a, b) => {
  const { ir } = t;
  const [found, wanted] = [a.get(), t.getRegister(0, a.size, true)];
  const equal = ir.eq(found, wanted);
  const source = b.get();
  subtract(t, wanted, found, a.size, () => {
    // Memory is written in any case: unchanged, where it differs.
    if (a.kind === "memory") a.set(ir.select(equal, source, found));
    else ir.if(equal, () => a.set(source));
    ir.if(ir.eqz(equal), () => t.setRegister(0, a.size, found));
  });
};

// ---- multiplication

/** The upper 64 bits of a 64-bit product, from 32-bit halves. */
export function multiplyHigh(t: X86Translator, a: Value, b: Value, signed: boolean): Value {
  const { ir } = t;
  const low = (v: Value): Value => ir.and(v, ir.i64(0xffff_ffffn));
  const high = (v: Value): Value => ir.shrU(v, ir.i64(32));
  const [a0, a1, b0, b1] = [low(a), high(a), low(b), high(b)];
  const middle = ir.add(ir.mul(a1, b0), high(ir.mul(a0, b0)));
  const other = ir.add(ir.mul(a0, b1), low(middle));
  const unsigned = ir.add(ir.add(ir.mul(a1, b1), high(middle)), high(other));
  if (!signed) return unsigned;
  const ofSign = (x: Value, y: Value): Value => ir.and(ir.shrS(x, ir.i64(63)), y);
  return ir.sub(ir.sub(unsigned, ofSign(a, b)), ofSign(b, a));
}

/** SF, ZF, PF and AF after a multiplication are undefined: what the low half says, AF 0. */
function multiplyFlags(t: X86Translator, low: Value, overflow: Value): void {
  setResult(t, low);
  setCarryAndOverflow(t, overflow);
}

const wideMultiply =
  (signed: boolean): Execute =>
  (t, a) => {
    const { ir } = t;
    const { size } = a;
    if (size === 8) {
      const [x, y] = [t.getRegister(0, 8, signed), a.get()];
      const low = ir.mul(x, y);
      const high = multiplyHigh(t, x, y, signed);
      t.setRegister(0, 8, low);
      t.setRegister(2, 8, high);
      multiplyFlags(t, low, ir.op("i64.ne", high, signed ? ir.shrS(low, ir.i64(63)) : ir.i64(0)));
      return;
    }
    const [x, y] = signed ? [t.getRegister(0, size, true), a.get()] : [t.getRegister(0, size, false), a.getU()];
    if (size === 4) {
      const wide = (v: Value): Value => (signed ? ir.extendS(v) : ir.extendU(v));
      const product = ir.mul(wide(x), wide(y));
      const [low, high] = [ir.wrap(product), ir.wrap(ir.shrU(product, ir.i64(32)))];
      t.setRegister(0, 4, low);
      t.setRegister(2, 4, high);
      multiplyFlags(t, low, ir.ne(high, signed ? ir.shrS(low, ir.i32(31)) : ir.i32(0)));
      return;
    }
    const product = ir.mul(x, y);
    const low = extended(t, product, size);
    const overflow = signed ? ir.ne(product, low) : ir.ne(ir.shrU(product, ir.i32(8 * size)), ir.i32(0));
    if (size === 1) t.setRegister(0, 2, product);
    else {
      t.setRegister(0, 2, product);
      t.setRegister(2, 2, ir.shrU(product, ir.i32(16)));
    }
    multiplyFlags(t, low, overflow);
  };
export const MUL = wideMultiply(false);
export const IMUL1 = wideMultiply(true);

/** Two and three operands: only the low half is kept. */
export const IMUL: Execute = (t, a, b, c) => {
  const { ir } = t;
  const { size } = a;
  const [x, y] = c === undefined ? [a.get(), b.get()] : [b.get(), c.get()];
  const product = ir.mul(x, y);
  let overflow: Value;
  let low = product;
  if (size === 8) {
    overflow = ir.op("i64.ne", multiplyHigh(t, x, y, true), ir.shrS(product, ir.i64(63)));
  } else if (size === 4) {
    const wide = ir.mul(ir.extendS(x), ir.extendS(y));
    overflow = ir.op("i64.ne", wide, ir.extendS(product));
  } else {
    low = ir.extend16S(product);
    overflow = ir.ne(product, low);
  }
  a.set(low);
  multiplyFlags(t, low, overflow);
};

// ---- division; flags are undefined and stay

/** rDX:rAX by the divisor: almost always rDX only extends rAX. What is left, and what does not fit, is for the helper. */
function divide64(t: X86Translator, divisor: Value, signed: boolean): void {
  const { ir, s } = t;
  const [rax, rdx] = [s.r[0]!, s.r[2]!];
  const dividend = ir.get(rax);
  const isShort = ir.op("i64.eq", ir.get(rdx), signed ? ir.shrS(dividend, ir.i64(63)) : ir.i64(0));
  // Not by 0; and the least number does not fit where it is divided by -1.
  const isPlain = signed ? ir.op("i64.gt_u", ir.add(divisor, ir.i64(1)), ir.i64(1)) : ir.op("i64.ne", divisor, ir.i64(0));
  ir.if(
    ir.and(isShort, isPlain),
    () => {
      const quotient = ir.op(signed ? "i64.div_s" : "i64.div_u", dividend, divisor);
      ir.set(rax, quotient);
      ir.set(rdx, ir.sub(dividend, ir.mul(quotient, divisor)));
    },
    () => {
      ir.set(s.scratch64[0]!, divisor);
      ir.call(calls.divide128, ir.i32(signed ? 1 : 0));
    },
  );
}

const divideWide =
  (signed: boolean): Execute =>
  (t, a) => {
    const { ir } = t;
    const { size } = a;
    if (size === 8) {
      divide64(t, a.get(), signed);
      return;
    }
    if (size === 4) {
      const wide = (v: Value): Value => (signed ? ir.extendS(v) : ir.extendU(v));
      const divisor = wide(a.get());
      const dividend = ir.or(ir.shl(ir.extendU(t.word(2)), ir.i64(32)), ir.extendU(t.word(0)));
      const quotient = ir.op(signed ? "i64.div_s" : "i64.div_u", dividend, divisor);
      const low = ir.wrap(quotient);
      t.raiseIf(ir.or(ir.eqz(divisor), ir.op("i64.ne", quotient, wide(low))), exceptions.divideError);
      const remainder = ir.wrap(ir.sub(dividend, ir.mul(quotient, divisor)));
      t.setRegister(0, 4, low);
      t.setRegister(2, 4, remainder);
      return;
    }
    const divisor = signed ? a.get() : a.getU();
    const dividend =
      size === 1 ? t.getRegister(0, 2, signed) : ir.or(ir.shl(t.getRegister(2, 2, false), ir.i32(16)), t.getRegister(0, 2, false));
    const quotient = ir.op(signed ? "i32.div_s" : "i32.div_u", dividend, divisor);
    const remainder = ir.op(signed ? "i32.rem_s" : "i32.rem_u", dividend, divisor);
    const fits = signed ? ir.eq(quotient, extended(t, quotient, size)) : ir.leU(quotient, ir.i32(size === 1 ? 0xff : 0xffff));
    t.raiseIf(ir.or(ir.eqz(divisor), ir.eqz(fits)), exceptions.divideError);
    if (size === 1) t.setRegister(0, 2, ir.or(ir.and(quotient, ir.i32(0xff)), ir.shl(remainder, ir.i32(8))));
    else {
      t.setRegister(0, 2, quotient);
      t.setRegister(2, 2, remainder);
    }
  };
export const DIV = divideWide(false);
export const IDIV = divideWide(true);

// ---- widths

/** CBW, CWDE, CDQE: rAX from its lower half. */
export const CBW: Execute = (t) => {
  const size = t.i.operandSize;
  const half = t.getRegister(0, size >> 1, true);
  t.setRegister(0, size, size === 8 ? t.ir.extendS(half) : half);
};
/** CWD, CDQ, CQO: rDX is the sign of rAX. */
export const CWD: Execute = (t) => {
  const size = t.i.operandSize;
  const value = t.getRegister(0, size, true);
  t.setRegister(2, size, t.ir.shrS(value, size === 8 ? t.ir.i64(63) : t.ir.i32(31)));
};

/** ADCX and ADOX: only CF or only OF takes part. */
export const ADCX: Execute = (t, a, b) => carryChain(t, a, b, "cf");
export const ADOX: Execute = (t, a, b) => carryChain(t, a, b, "of");

function carryChain(t: X86Translator, a: Operand, b: Operand, flag: "cf" | "of"): void {
  const { ir } = t;
  const [x, y] = [a.get(), b.get()];
  const carry = flag === "cf" ? carryFlag(t) : overflowFlag(t);
  const result = ir.add(ir.add(x, y), x.type === "i64" ? ir.extendU(carry) : carry);
  const carries = ir.or(ir.and(x, y), ir.and(ir.or(x, y), ir.not(result)));
  a.set(result);
  if (flag === "cf") setCarry(t, signBit(t, carries));
  else setOverflow(t, signBit(t, carries));
}
