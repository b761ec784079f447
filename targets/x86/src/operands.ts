/**
 * Operands of the instruction being translated. Values of 1, 2 and 4 bytes are i32, of 8 bytes i64; narrow ones come sign-extended, which keeps the
 * order of unsigned values too, and only their low bytes count where they are set.
 */
import type { MemOp, Type, Value } from "@tsemu/ir";
import type { Instruction } from "./decode/instruction.ts";
import type { OperandSpec, SizeCode } from "./decode/operand-codes.ts";
import { seg } from "./state.ts";
import type { X86Translator } from "./translator.ts";

export interface Operand {
  readonly kind: "register" | "memory" | "constant" | "segment" | "vector" | "mmx" | "special";
  /** Bytes: 1, 2, 4 or 8; of vectors and x87 operands what the row says, 0 where it does not. */
  readonly size: number;
  /** Of registers. */
  readonly number: number;
  /** The register that is read, where a VEX prefix names another one than the one that is written to. */
  readonly source: number;
  /** Sign-extended. */
  get(): Value;
  /** Zero-extended. */
  getU(): Value;
  set(value: Value): void;
}

const nowhere = (what: string): never => {
  throw new Error(`internal error: ${what} of an operand that has none`);
};

export class RegisterOperand implements Operand {
  readonly kind = "register";
  readonly size: number;
  readonly number: number;
  readonly #t: X86Translator;
  constructor(t: X86Translator, number: number, size: number) {
    this.#t = t;
    this.number = number;
    this.size = size;
  }
  get source(): number {
    return this.number;
  }
  get(): Value {
    return this.#t.getRegister(this.number, this.size, true);
  }
  getU(): Value {
    return this.#t.getRegister(this.number, this.size, false);
  }
  set(value: Value): void {
    this.#t.setRegister(this.number, this.size, value);
  }
}

export class MemoryOperand implements Operand {
  readonly kind = "memory";
  readonly number = -1;
  readonly source = -1;
  readonly size: number;
  /** Segment, with overrides. */
  readonly segment: number;
  readonly #t: X86Translator;
  readonly #offset: () => Value;
  #offsetValue: Value | undefined;
  #address: Value | undefined;
  #checked: "none" | "read" | "write" = "none";
  constructor(t: X86Translator, segment: number, offset: () => Value, size: number) {
    this.#t = t;
    this.segment = segment;
    this.#offset = offset;
    this.size = size;
  }
  /** The effective address: i32, or i64 for addresses of 8 bytes. */
  offset(): Value {
    return (this.#offsetValue ??= this.#offset());
  }
  /** The linear address for an access of so many bytes; raises what the segment's limits ask for. */
  address(access: "read" | "write", bytes = this.size): Value {
    if (this.#address === undefined || (access === "write" && this.#checked !== "write")) {
      this.#address = this.#t.linear(this.segment, this.offset(), bytes, access);
      this.#checked = access;
    }
    return this.#address;
  }
  /** The address of bytes behind the first ones: for operands that are accessed in parts, after `address`. */
  part(bytes: number): Value {
    return this.#t.advance(this.#address ?? this.address("read"), bytes);
  }
  /** Loads at `at` bytes from the start, as that type. */
  load(mem: MemOp, at = 0): Value {
    const address = at === 0 ? this.address("read") : this.part(at);
    return this.#t.ir.load(mem, address);
  }
  store(mem: MemOp, value: Value, at = 0): void {
    const address = at === 0 ? this.address("write") : this.part(at);
    this.#t.ir.store(mem, address, value);
  }
  get(): Value {
    return this.#t.ir.load(this.#t.memOp(this.size, true), this.address("read"));
  }
  getU(): Value {
    return this.#t.ir.load(this.#t.memOp(this.size, false), this.address("read"));
  }
  set(value: Value): void {
    this.#t.ir.store(this.#t.memOp(this.size, false), this.address("write"), value);
  }
}

export class ConstantOperand implements Operand {
  readonly kind = "constant";
  readonly source = -1;
  readonly number: number;
  readonly size: number;
  readonly #t: X86Translator;
  readonly #upper: number;
  /** `upper`: the upper word, where the operand has 8 bytes. */
  constructor(t: X86Translator, value: number, size: number, upper = value >> 31) {
    this.#t = t;
    this.number = value;
    this.size = size;
    this.#upper = upper;
  }
  get(): Value {
    if (this.size === 8) return this.#t.ir.i64((BigInt(this.#upper) << 32n) | BigInt(this.number >>> 0));
    return this.#t.ir.i32(this.number);
  }
  getU(): Value {
    if (this.size === 8) return this.get();
    return this.#t.ir.i32(this.size === 1 ? this.number & 0xff : this.size === 2 ? this.number & 0xffff : this.number);
  }
  set(): void {
    nowhere("place");
  }
}

/** Registers that instructions look at by number: segments, control and debug registers, MMX, XMM, ST. */
export class NumberedOperand implements Operand {
  readonly kind: "segment" | "vector" | "mmx" | "special";
  readonly number: number;
  readonly source: number;
  readonly size: number;
  constructor(kind: "segment" | "vector" | "mmx" | "special", number: number, size: number, source = number) {
    this.kind = kind;
    this.number = number;
    this.source = source;
    this.size = size;
  }
  get(): Value {
    return nowhere("value");
  }
  getU(): Value {
    return nowhere("value");
  }
  set(): void {
    nowhere("place");
  }
}

const sizes: Readonly<Partial<Record<SizeCode, number>>> = { b: 1, w: 2, d: 4, q: 8, dq: 16, qq: 32, t: 10 };

/** Bytes of an operand. */
export function bytesOf(size: SizeCode, i: Instruction): number {
  switch (size) {
    case "v":
      return i.operandSize;
    case "z":
      return i.operandSize === 2 ? 2 : 4;
    case "x":
      return i.vex?.long === true ? 32 : 16;
    case "y":
      return i.operandSize === 8 ? 8 : 4;
    default:
      return sizes[size] ?? 0;
  }
}

/** Makes the operands of the instruction, in order; with a VEX prefix what H names is the source of the operand beside it. */
export function operandsOf(t: X86Translator, i: Instruction, specs: readonly OperandSpec[]): Operand[] {
  let immediate = 0;
  let first = 0;
  const operands = specs.map((spec): Operand => {
    const operand = one(spec);
    if (first === 0) first = operand.size;
    return operand;
  });
  return i.vex === undefined ? operands : withSource(operands, specs);

  function one(spec: OperandSpec): Operand {
    switch (spec.kind) {
      case "constant":
        return new ConstantOperand(t, spec.value, 1);
      case "vector":
        return new NumberedOperand("vector", spec.number, 16);
      case "segment":
        return new NumberedOperand("segment", spec.number, i.operandSize);
      case "register":
        return new RegisterOperand(t, spec.number, bytesOf(spec.size, i));
      case "coded":
        return coded(spec.addressing, bytesOf(spec.size, i));
    }
  }

  function coded(addressing: string, size: number): Operand {
    const reg = ((i.modRm >>> 3) & 7) | ((i.rex & 4) << 1);
    const rm = (i.modRm & 7) | ((i.rex & 1) << 3);
    const memory = i.effective !== undefined;
    switch (addressing) {
      case "E":
      case "M":
      case "R":
        return memory ? effectiveOperand(t, i, size) : new RegisterOperand(t, t.registerNumber(rm, size), size);
      case "G":
        return new RegisterOperand(t, t.registerNumber(reg, size), size);
      case "Z":
        return new RegisterOperand(t, t.registerNumber((i.opcode & 7) | ((i.rex & 1) << 3), size), size);
      case "I":
        // Immediates are sign-extended to what they are combined with.
        return new ConstantOperand(t, i.immediates[immediate++]!, Math.max(size, first), i.upper);
      case "J":
        return new ConstantOperand(t, i.immediates[immediate++]!, 4);
      case "A": {
        const offset = i.immediates[immediate]!;
        immediate += 2;
        return new ConstantOperand(t, offset, 4);
      }
      case "O": {
        const offset = i.immediates[immediate++]!;
        const value = (): Value => (i.addressSize === 8 ? t.ir.i64((BigInt(i.upper!) << 32n) | BigInt(offset >>> 0)) : t.ir.i32(offset));
        return new MemoryOperand(t, i.segment < 0 ? seg.DS : i.segment, value, size);
      }
      case "X":
        return new MemoryOperand(t, i.segment < 0 ? seg.DS : i.segment, () => t.indexRegister(6), size);
      case "Y":
        return new MemoryOperand(t, seg.ES, () => t.indexRegister(7), size);
      case "S":
        return new NumberedOperand("segment", (i.modRm >>> 3) & 7, size);
      case "C":
      case "D":
        return new NumberedOperand("special", reg, size);
      case "P":
        return new NumberedOperand("mmx", reg & 7, 8);
      case "N":
        return new NumberedOperand("mmx", rm & 7, 8);
      case "Q":
        return memory ? effectiveOperand(t, i, size) : new NumberedOperand("mmx", rm & 7, 8);
      case "V":
        return new NumberedOperand("vector", reg, size);
      case "U":
        return new NumberedOperand("vector", rm, size);
      case "W":
        return memory ? effectiveOperand(t, i, size) : new NumberedOperand("vector", rm, size);
      case "H":
        return new NumberedOperand("vector", i.vex!.register, size);
      case "B":
        return new RegisterOperand(t, i.vex!.register, size);
      case "L":
        return new NumberedOperand("vector", (i.immediates[immediate++]! >>> 4) & (t.code64 ? 15 : 7), size);
      case "F":
        return new NumberedOperand("special", i.modRm & 7, size);
      default:
        throw new Error(`internal error: addressing ${addressing}`);
    }
  }
}

/** H and the register beside it as one operand: the one before it is what is written to, or H itself where it comes first. */
function withSource(operands: Operand[], specs: readonly OperandSpec[]): Operand[] {
  const h = specs.findIndex((spec) => spec.kind === "coded" && spec.addressing === "H");
  if (h < 0 || operands[h - 1]?.kind === "memory") return operands;
  const [to, from] = h === 0 ? [0, 1] : [h - 1, h];
  const { number, size } = operands[to]!;
  operands.splice(Math.min(to, from), 2, new NumberedOperand("vector", number, size, operands[from]!.number));
  return operands;
}

/** What ModRM says is in memory. */
function effectiveOperand(t: X86Translator, i: Instruction, size: number): MemoryOperand {
  const e = i.effective!;
  // SS for addresses that begin at (E)BP or (E)SP; in 16-bit addresses at BP, whose number is the same.
  const own = e.base === 4 || e.base === 5 ? seg.SS : seg.DS;
  return new MemoryOperand(t, i.segment >= 0 ? i.segment : own, () => t.effectiveAddress(e), size);
}

/** The IR type of an operand of so many bytes. */
export const typeOf = (size: number): Type => (size === 8 ? "i64" : size === 16 ? "v128" : "i32");
