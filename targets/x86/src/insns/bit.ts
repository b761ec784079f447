/** Single bits, scans and counts. */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import { setCarry, setLogicFlags, setOnlyCarry, setResult } from "../flags.ts";
import { exceptions } from "../host-calls.ts";
import { MemoryOperand, type Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";

type Change = "test" | "set" | "reset" | "complement";

function changed(t: X86Translator, value: Value, bit: Value, change: Change): Value {
  const { ir } = t;
  if (change === "set") return ir.or(value, bit);
  return change === "reset" ? ir.and(value, ir.not(bit)) : ir.xor(value, bit);
}

/** BT, BTS, BTR, BTC: CF is the bit; the other flags stay (ZF as the manual says, the others as CPUs do). */
export const bitTest =
  (change: Change): Execute =>
  (t, a, b) => {
    const { ir } = t;
    const { size } = a;
    const wide = size === 8;
    const mask = 8 * size - 1;
    const offset = b.kind === "constant" ? (wide ? ir.i64(b.number & mask) : ir.i32(b.number & mask)) : b.get();
    // A bit offset in a register reaches memory beyond the operand.
    const operand = a.kind === "memory" && b.kind !== "constant" ? behind(t, a as MemoryOperand, offset, size) : a;
    const n = b.kind === "constant" ? offset : ir.and(offset, wide ? ir.i64(mask) : ir.i32(mask));
    const value = operand.getU();
    if (change !== "test") operand.set(changed(t, value, ir.shl(wide ? ir.i64(1) : ir.i32(1), n), change));
    const bit = ir.shrU(value, n);
    setCarry(t, ir.and(wide ? ir.wrap(bit) : bit, ir.i32(1)));
  };

/** The operand that holds the bit: `offset` divided by its bits, rounded down, operands further. */
function behind(t: X86Translator, a: MemoryOperand, offset: Value, size: number): Operand {
  const { ir } = t;
  const shift = size === 8 ? 6 : size === 4 ? 5 : 4;
  const bytes = Math.log2(size);
  const distance =
    offset.type === "i64" ? ir.shl(ir.shrS(offset, ir.i64(shift)), ir.i64(bytes)) : ir.shl(ir.shrS(offset, ir.i32(shift)), ir.i32(bytes));
  const { addressSize } = t.i;
  const at = (): Value => {
    const base = a.offset();
    if (base.type === "i64") return ir.add(base, distance.type === "i64" ? distance : ir.extendS(distance));
    const sum = ir.add(base, distance.type === "i64" ? ir.wrap(distance) : distance);
    return addressSize === 2 ? ir.and(sum, ir.i32(0xffff)) : sum;
  };
  return new MemoryOperand(t, a.segment, at, size);
}

/** BSF, BSR: a source of 0 sets ZF and leaves the destination alone, as all CPUs do. */
export const bitScan =
  (reverse: boolean): Execute =>
  (t, a, b) => {
    const { ir } = t;
    const value = b.getU();
    const wide = value.type === "i64";
    const index = reverse
      ? wide
        ? ir.sub(ir.i64(63), ir.clz(value))
        : ir.sub(ir.i32(31), ir.clz(value))
      : ir.op(wide ? "i64.ctz" : "i32.ctz", value);
    const found = wide ? ir.op("i64.ne", value, ir.i64(0)) : ir.ne(value, ir.i32(0));
    a.set(ir.select(found, index, a.get()));
    setLogicFlags(t, value);
    t.known = undefined;
  };

/** TZCNT, LZCNT: a source of 0 gives the operand's width, and CF. */
export const countZeros =
  (leading: boolean): Execute =>
  (t, a, b) => {
    const { ir } = t;
    const value = b.getU();
    const { size } = a;
    const wide = size === 8;
    let count: Value;
    if (leading) count = size === 2 ? ir.sub(ir.clz(value), ir.i32(16)) : ir.clz(value);
    else count = ir.op(wide ? "i64.ctz" : "i32.ctz", size === 2 ? ir.or(value, ir.i32(0x1_0000)) : value);
    a.set(count);
    setOnlyCarry(t, ir.eqz(value));
    setResult(t, count);
  };

export const POPCNT: Execute = (t, a, b) => {
  const value = b.getU();
  const count = t.ir.op(a.size === 8 ? "i64.popcnt" : "i32.popcnt", value);
  a.set(count);
  setLogicFlags(t, value);
  // All flags but ZF are 0.
  t.ir.set(t.s.sr, t.is64 ? t.ir.i64(1) : t.ir.i32(1));
  t.known = undefined;
};

/** CRC32: the polynomial 0x11edc6f41, bits in reverse order. */
export const CRC32: Execute = (t, a, b) => {
  const { ir } = t;
  const bytes = b.size;
  let crc = a.size === 8 ? ir.wrap(a.get()) : a.get();
  const data = b.getU();
  const round = (word: Value, bits: number): void => {
    crc = ir.xor(crc, word);
    for (let n = 0; n < bits; n++) crc = ir.xor(ir.shrU(crc, ir.i32(1)), ir.and(ir.neg(ir.and(crc, ir.i32(1))), ir.i32(0x82f6_3b78 | 0)));
  };
  if (bytes === 8) {
    round(ir.wrap(data), 32);
    round(ir.wrap(ir.shrU(data, ir.i64(32))), 32);
  } else round(data, 8 * bytes);
  a.set(a.size === 8 ? ir.extendU(crc) : crc);
};

/** CMPXCHG8B, CMPXCHG16B: rDX:rAX against memory, rCX:rBX into it. */
export const CMPXCHG8B: Execute = (t, a) => {
  const { ir } = t;
  const memory = a as MemoryOperand;
  if (t.i.operandSize === 8) {
    if (!t.model.features.cx16) t.undefinedInstruction();
    else compareExchange16(t, memory);
    return;
  }
  const pair = (high: number, low: number): Value => ir.or(ir.shl(ir.extendU(t.word(high)), ir.i64(32)), ir.extendU(t.word(low)));
  const mem = t.memOp(8, false);
  const address = memory.address("write", 8);
  const found = ir.load(mem, address);
  const equal = ir.op("i64.eq", found, pair(2, 0));
  ir.store(mem, address, ir.select(equal, pair(1, 3), found));
  ir.if(ir.eqz(equal), () => {
    t.setRegister(0, 4, ir.wrap(found));
    t.setRegister(2, 4, ir.wrap(ir.shrU(found, ir.i64(32))));
  });
  setZero(t, equal);
};

function compareExchange16(t: X86Translator, memory: MemoryOperand): void {
  const { ir } = t;
  const mem = t.memOp(8, false);
  const low = memory.address("write", 16);
  t.raiseIf(ir.wrap(ir.and(low, ir.i64(15))), exceptions.generalProtection);
  const high = memory.part(8);
  const found = [ir.load(mem, low), ir.load(mem, high)] as const;
  const equal = ir.and(ir.op("i64.eq", found[0], t.getRegister(0, 8, false)), ir.op("i64.eq", found[1], t.getRegister(2, 8, false)));
  ir.store(mem, low, ir.select(equal, t.getRegister(3, 8, false), found[0]));
  ir.store(mem, high, ir.select(equal, t.getRegister(1, 8, false), found[1]));
  ir.if(ir.eqz(equal), () => {
    t.setRegister(0, 8, found[0]);
    t.setRegister(2, 8, found[1]);
  });
  setZero(t, equal);
}

/** ZF from 0 or 1; the other flags, also those that share its slots, stay. */
export function setZero(t: X86Translator, value: Value): void {
  const { ir } = t;
  const zero = ir.xor(value, ir.i32(1));
  ir.set(t.s.zr, t.is64 ? ir.extendU(zero) : zero);
  t.known = undefined;
}

/** CLFLUSH: nothing but the faults of a read. */
export const touch: Execute = (_, a) => void a.get();
