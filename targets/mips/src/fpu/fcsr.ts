/**
 * FCSR (MIPS64 Architecture For Programmers, volume I, 5.6). Its parts are kept apart: condition codes, flags (in the soft-float library's
 * status block), controls. The cause, what the last operation raised, is hardly ever read, and most operations are done where nobody sees
 * what they raise: so operation and operands are noted, and the operation is repeated when the cause is asked for.
 */
import { integerRule, integerRuleShift, mode, nanRule, nanRuleShift, rounding } from "@tsemu/softfloat";
import type { MipsCpu } from "../mips-cpu.ts";
import { type FloatMachine, operations } from "./operations.ts";

const FS = 1 << 24;
const ENABLES = 0xf80;
const CAUSE_SHIFT = 12;
const FLAGS_SHIFT = 2;
const UNIMPLEMENTED = 1 << 17;
/** What software can write: all but bits 22 to 18, which are NAN2008, ABS2008 and such, or nothing. */
const WRITABLE = 0xff83_ffff;

const roundingModes = [rounding.nearestEven, rounding.towardZero, rounding.upward, rounding.downward] as const;

/**
 * Legacy NaNs: the quiet bit means signaling, conversions give the largest integer, and a NaN that comes out of an operation is always the
 * same one (IMPLEMENTATION DEFINED; so it is in QEMU). Tiny is what is tiny after rounding.
 */
const baseMode = mode.legacyNaN | mode.defaultNaN | (nanRule.mips << nanRuleShift) | (integerRule.alwaysMax << integerRuleShift);

/** Five bits in the opposite order: invalid is the library's lowest and FCSR's highest. */
const reversed = (bits: number): number => ((bits & 1) << 4) | ((bits & 2) << 2) | (bits & 4) | ((bits & 8) >>> 2) | ((bits & 16) >>> 4);

const at = (slot: { offset: number }): number => slot.offset >> 2;

/** The library's functions, on bits. */
type BitFunctions = Readonly<Record<string, (...args: (number | bigint)[]) => number | bigint>>;

/** Values as the library's functions on bits take them: i64 as a bigint, i32 as a number. */
function numbers(functions: BitFunctions, status: number): FloatMachine<bigint> {
  const call: FloatMachine<bigint>["call"] = (name, ...args) => {
    const wide = /^(f64_|i64_|u64_)/.test(name);
    const typed = `${name}_bits`;
    const fn = functions[typed] ?? functions[name]!;
    const given = args.map((arg) => (typeof arg === "number" ? arg : wide ? BigInt.asIntN(64, arg) : Number(BigInt.asIntN(32, arg))));
    const result = fn(...given, status);
    return typeof result === "bigint" ? BigInt.asUintN(64, result) : BigInt(result >>> 0);
  };
  return {
    call,
    negate: (bits, value) => value ^ (1n << BigInt(bits - 1)),
    low: (value) => value & 0xffff_ffffn,
    high: (value) => value >> 32n,
    pair: (low, high) => (high << 32n) | low,
    one: (bits) => (bits === 32 ? 0x3f80_0000n : 0x3ff0_0000_0000_0000n),
  };
}

/** What the last operation raised, in the library's bits. */
function lastRaised(cpu: MipsCpu): number {
  const { u32 } = cpu.state;
  const { s } = cpu;
  const operation = operations[u32[at(s.fpLast)]!];
  if (operation === undefined) return u32[at(s.fpCause)]!;
  const wide = (slot: { offset: number }): bigint => BigInt(u32[at(slot)]!) | (BigInt(u32[at(slot) + 1]!) << 32n);
  const flags = at(s.fpFlags);
  const kept = u32[flags]!;
  u32[flags] = 0;
  operation(
    numbers(cpu.env.wasm["softfloat"] as BitFunctions, cpu.state.base + s.fpStatus),
    wide(s.fpLastA),
    wide(s.fpLastB),
    wide(s.fpLastC),
  );
  const raised = u32[flags]! & 0x1f;
  u32[flags] = kept;
  u32[at(s.fpLast)] = 0;
  u32[at(s.fpCause)] = raised;
  return raised;
}

const conditionCodes = (cpu: MipsCpu): number => cpu.s.fcc.reduce((bits, slot, n) => bits | (cpu.state.u32[at(slot)]! << n), 0);

function setConditionCodes(cpu: MipsCpu, bits: number): void {
  cpu.s.fcc.forEach((slot, n) => (cpu.state.u32[at(slot)] = (bits >>> n) & 1));
}

/** FCSR as CFC1 reads it (u32). */
export function readFcsr(cpu: MipsCpu): number {
  const { u32 } = cpu.state;
  const codes = conditionCodes(cpu);
  const cause = lastRaised(cpu);
  return (
    (((codes & 0xfe) << 24) |
      ((codes & 1) << 23) |
      u32[at(cpu.s.fcsr)]! |
      (((cause & 0x20) | reversed(cause)) << CAUSE_SHIFT) |
      (reversed(u32[at(cpu.s.fpFlags)]!) << FLAGS_SHIFT)) >>>
    0
  );
}

/** Writes all of FCSR. True if this raises an exception: a cause that is enabled, or Unimplemented Operation. */
export function writeFcsr(cpu: MipsCpu, given: number): boolean {
  const value = given & WRITABLE;
  const { u32 } = cpu.state;
  const { s } = cpu;
  setConditionCodes(cpu, ((value >>> 24) & 0xfe) | ((value >>> 23) & 1));
  u32[at(s.fcsr)] = value & (FS | ENABLES | 3);
  u32[at(s.fpFlags)] = reversed((value >>> FLAGS_SHIFT) & 0x1f);
  u32[at(s.fpLast)] = 0;
  const cause = (value >>> CAUSE_SHIFT) & 0x3f;
  u32[at(s.fpCause)] = reversed(cause) | (cause & 0x20);
  u32[at(s.fpRounding)] = roundingModes[value & 3]!;
  u32[at(s.fpMode)] = baseMode | (value & FS ? mode.flushOutputs | mode.flushIsInexact : 0);
  cpu.refreshFloatFlags();
  return (value & UNIMPLEMENTED) !== 0 || (cause & (value >>> 7) & 0x1f) !== 0;
}

/** CFC1. */
export function readControl(cpu: MipsCpu, register: number): number {
  switch (register) {
    case 0:
      return cpu.model.fir;
    case 25:
      return conditionCodes(cpu);
    case 26:
      return readFcsr(cpu) & 0x0003_f07c;
    case 28: {
      const fcsr = readFcsr(cpu);
      return (fcsr & 0xf83) | ((fcsr & FS) !== 0 ? 4 : 0);
    }
    case 31:
      return readFcsr(cpu) | 0;
    default:
      throw cpu.reserved();
  }
}

/** CTC1. True if an exception follows. */
export function writeControl(cpu: MipsCpu, register: number, value: number): boolean {
  const fcsr = readFcsr(cpu);
  switch (register) {
    case 25:
      // Reserved bits that are set make it do nothing.
      return (value & 0xffff_ff00) === 0 && writeFcsr(cpu, (fcsr & 0x017f_ffff) | ((value & 0xfe) << 24) | ((value & 1) << 23));
    case 26:
      return (value & ~0x0003_f07c) === 0 && writeFcsr(cpu, (fcsr & ~0x0003_f07c) | (value & 0x0003_f07c));
    case 28:
      return (value & ~0xf87) === 0 && writeFcsr(cpu, (fcsr & ~(FS | 0xf83)) | (value & 0xf83) | ((value & 4) !== 0 ? FS : 0));
    case 31:
      return writeFcsr(cpu, value);
    default:
      throw cpu.reserved();
  }
}

/**
 * After an operation where exceptions are enabled: `fp_flags` is what it raised, `fp_kept` what there was. True if one of what was raised is
 * enabled: then the flags stay as they were.
 */
export function checkOperation(cpu: MipsCpu): boolean {
  const { u32 } = cpu.state;
  const { s } = cpu;
  const raised = u32[at(s.fpFlags)]! & 0x1f;
  const kept = u32[at(s.fpKept)]!;
  u32[at(s.fpLast)] = 0;
  u32[at(s.fpCause)] = raised;
  const traps = (reversed(raised) & (u32[at(s.fcsr)]! >>> 7) & 0x1f) !== 0;
  u32[at(s.fpFlags)] = traps ? kept : kept | raised;
  return traps;
}
