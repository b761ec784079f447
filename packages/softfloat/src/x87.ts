/**
 * The x87's arithmetic, on registers in the module's memory. This is what every function here keeps to.
 *
 * **Addresses.** Parameters and results of 80 bits are addresses (i32) of 16 bytes: the significand, with its explicit leading one, as i64
 * at +0, sign and exponent in the low 16 bits of the i32 at +8, the high bits of which are ignored and written as zero; the last four
 * bytes are neither read nor written. A destination may be one of the operands. Only what an instruction that is carried out
 * changes is written.
 *
 * **The status block**, the last parameter: `x87Block`. The control word is the x87's own: exception masks, PC, RC. Of the status word the
 * functions set the exceptions (sticky), ES and B (when an exception is raised that is not masked), C1 (always replaced: set where PE
 * comes from rounding away from zero) and C0, C2, C3 where the instruction defines them; TOP and SF stay, so that the word may be the
 * guest's status word itself. A stack fault, and an exception pending from before, are the caller's affair, as is C1 of FXCH, FABS,
 * FCHS, and loads and stores of 80 bits, which compute nothing.
 *
 * **The result** is 0, or 1 if the instruction is not to be carried out because an exception is not masked (or, for FSIN, FCOS, FSINCOS and
 * FPTAN, because the operand is out of range: C2): nothing was written, and the stack is neither pushed nor popped. The comparisons for
 * EFLAGS have a result of their own. Where overflow or underflow is not masked, a register is given the result with its exponent
 * moved, and the function returns 0, while a conversion to memory returns 1. An inexact result is delivered in any case.
 *
 * **Operands and destinations**, by instruction (ST1 := ST1 op ST0 of the forms that pop are `f80_op(st1, st1, st0, fpu)`):
 *
 *     f80_add sub mul div (to, a, b, fpu)        to = a op b; FSUBR and FDIVR exchange a and b
 *     f80_add sub subr mul div divr _f32 _f64    b is the value in memory, given as its bits; subr is b - a, divr is b / a
 *     f80_sqrt round_to_int (to, a, fpu)         FSQRT, FRNDINT
 *     f80_rem rem1 scale (to, a, b, fpu)         FPREM, FPREM1, FSCALE: a is ST0, b is ST1
 *     f80_extract (toExponent, toSignificand, a, fpu)   FXTRACT: the exponent replaces ST0, the significand is pushed
 *     f80_compare compare_quiet (a, b, fpu)      FCOM, FUCOM: C3, C2, C0; 1 if nothing is to be popped
 *     f80_compare_f32 _f64 (a, b, fpu)           FCOM with the bits of a value in memory
 *     f80_compare_eflags compare_quiet_eflags    FCOMI, FUCOMI: ZF, PF and CF in their places (0x45), negative if nothing is to be popped
 *     f80_test examine (a, fpu)                  FTST; FXAM of a register that is not empty
 *     f32_to_f80 f64_to_f80 (to, bits, fpu)      FLD
 *     i32_to_f80 i64_to_f80 (to, value, fpu)     FILD (of 16 bits: sign-extended); then f80_add and so on for FIADD and so on
 *     decimal_to_f80 (to, low, high, fpu)        FBLD of the ten bytes: i64, and i32 of which 16 bits count
 *     f80_constant (to, index, fpu)              FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: 0 to 6, the opcode's low bits
 *     f80_to_f32 f80_to_f64 (to, a, fpu)         FST to memory: 4 or 8 bytes are written at to
 *     f80_to_i16 i32 i64 (to, a, toZero, fpu)    FIST, or FISTTP if toZero is not 0: 8 bytes, sign-extended, are written at to
 *     f80_to_decimal (to, a, fpu)                FBSTP: i64 at +0, and 16 bits in the i32 at +8
 *     f80_exp2_minus1 sine cosine (to, a, fpu)   F2XM1, FSIN, FCOS
 *     f80_y_log2 y_log2_plus1 (to, a, b, fpu)    FYL2X, FYL2XP1: a is ST1 and replaced, b is ST0 and popped
 *     f80_arctangent (to, a, b, fpu)             FPATAN: the same
 *     f80_tangent (to, toOne, a, fpu)            FPTAN: the tangent replaces ST0, then what is at toOne is pushed
 *     f80_sine_cosine (toSine, toCosine, a, fpu) FSINCOS: the sine replaces ST0, the cosine is pushed
 *
 * The transcendental functions compute with some 110 bits and round once, by RC, to 64; arguments of angles are reduced by the x87's pi of
 * 66 bits.
 *
 * Memory operands of 80 bits that an instruction reads as numbers do not exist: FLD and FSTP of 80 bits are copies.
 */
import type { FunctionSignature } from "./functions.ts";

/** The words of the status block of the x87's functions. */
export const x87Block = { control: 0, status: 4, bytes: 8 } as const;

const ofTwo = { params: ["i32", "i32", "i32", "i32"], result: "i32" } as const;
const ofOne = { params: ["i32", "i32", "i32"], result: "i32" } as const;
const withLong = { params: ["i32", "i32", "i64", "i32"], result: "i32" } as const;

/** The exported functions for the x87 and their WebAssembly signatures. */
export const x87Functions = {
  f80_add: ofTwo,
  f80_sub: ofTwo,
  f80_mul: ofTwo,
  f80_div: ofTwo,
  f80_add_f32: ofTwo,
  f80_sub_f32: ofTwo,
  f80_subr_f32: ofTwo,
  f80_mul_f32: ofTwo,
  f80_div_f32: ofTwo,
  f80_divr_f32: ofTwo,
  f80_add_f64: withLong,
  f80_sub_f64: withLong,
  f80_subr_f64: withLong,
  f80_mul_f64: withLong,
  f80_div_f64: withLong,
  f80_divr_f64: withLong,
  f80_sqrt: ofOne,
  f80_round_to_int: ofOne,
  f80_rem: ofTwo,
  f80_rem1: ofTwo,
  f80_scale: ofTwo,
  f80_extract: ofTwo,
  f80_compare: ofOne,
  f80_compare_quiet: ofOne,
  f80_compare_f32: ofOne,
  f80_compare_f64: { params: ["i32", "i64", "i32"], result: "i32" },
  f80_compare_eflags: ofOne,
  f80_compare_quiet_eflags: ofOne,
  f80_test: { params: ["i32", "i32"], result: "i32" },
  f80_examine: { params: ["i32", "i32"], result: "i32" },
  f32_to_f80: ofOne,
  f64_to_f80: { params: ["i32", "i64", "i32"], result: "i32" },
  i32_to_f80: ofOne,
  i64_to_f80: { params: ["i32", "i64", "i32"], result: "i32" },
  decimal_to_f80: { params: ["i32", "i64", "i32", "i32"], result: "i32" },
  f80_constant: ofOne,
  f80_to_f32: ofOne,
  f80_to_f64: ofOne,
  f80_to_i16: ofTwo,
  f80_to_i32: ofTwo,
  f80_to_i64: ofTwo,
  f80_to_decimal: ofOne,
  f80_exp2_minus1: ofOne,
  f80_y_log2: ofTwo,
  f80_y_log2_plus1: ofTwo,
  f80_arctangent: ofTwo,
  f80_tangent: ofTwo,
  f80_sine: ofOne,
  f80_cosine: ofOne,
  f80_sine_cosine: ofTwo,
} as const satisfies Record<string, FunctionSignature>;
