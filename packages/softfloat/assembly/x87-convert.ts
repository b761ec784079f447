// FLD and FST of f32 and f64, FIST and FISTTP, FBLD and FBSTP, and the constants. What goes to memory is written to a buffer: the caller's
// store of it to the guest's memory may fault.
import {
  BIAS,
  IS_INFINITE,
  IS_QUIET,
  IS_SIGNALING,
  IS_UNSUPPORTED,
  IS_ZERO,
  LEADING,
  propagateOne,
  stopsAtDenormal,
  storeInfinity,
  storeX87,
  storeZero,
  unpackX87,
  xExponent,
  xKind,
  xSign,
  xSignificand,
} from "./x87-format";
import { carried, roundSignificand, roundToInteger, wasInexact, wasUp } from "./x87-round";
import {
  C1,
  DONE,
  IE,
  isUnmasked,
  LEFT_ALONE,
  OE,
  PE,
  raiseInexact,
  raiseX87,
  roundingControl,
  TO_MINUS_INFINITY,
  TO_NEAREST,
  TO_PLUS_INFINITY,
  TO_ZERO,
  UE,
} from "./x87-status";
import { low, shiftRightJamWide } from "./x87-wide";

/** The f32 or f64 that was unpacked last, to a register. A denormal one is loaded even where DE is not masked. */
export function loadX87(to: usize, fpu: usize): i32 {
  if (xKind >= IS_QUIET) return propagateOne(to, fpu);
  stopsAtDenormal(fpu);
  if (xKind == IS_ZERO) return storeZero(to, xSign);
  if (xKind == IS_INFINITE) return storeInfinity(to, xSign);
  return storeX87(to, xSign, xExponent + BIAS, xSignificand);
}

/** A register to f32 or f64, as the integer type T. */
export function storeTo<T>(to: usize, from: usize, fpu: usize): i32 {
  const fractionBits = sizeof<T>() == 8 ? 52 : 23;
  const exponentMax = sizeof<T>() == 8 ? 0x7ff : 0xff;
  unpackX87(from);
  const sign = (<T>xSign) << (sizeof<T>() * 8 - 1);
  const infinity = (<T>exponentMax) << fractionBits;
  if (xKind >= IS_QUIET) {
    if (xKind >= IS_SIGNALING) {
      raiseX87(fpu, IE);
      if (isUnmasked(fpu, IE)) return LEFT_ALONE;
    }
    const quiet = (<T>1) << (fractionBits - 1);
    const negative = (<T>1) << (sizeof<T>() * 8 - 1);
    if (xKind == IS_UNSUPPORTED) store<T>(to, negative | infinity | quiet);
    else store<T>(to, sign | infinity | quiet | <T>((xSignificand & (LEADING - 1)) >> (63 - fractionBits)));
    return DONE;
  }
  if (xKind == IS_ZERO) {
    store<T>(to, sign);
    return DONE;
  }
  if (xKind == IS_INFINITE) {
    store<T>(to, sign | infinity);
    return DONE;
  }
  const rounding = roundingControl(fpu);
  let biased = xExponent + (exponentMax >> 1);
  let significand = roundSignificand(xSign, xSignificand, 0, fractionBits + 1, rounding);
  if (biased <= 0) {
    const isTiny = biased < 0 || !carried;
    if (isTiny && isUnmasked(fpu, UE)) {
      raiseX87(fpu, UE);
      return LEFT_ALONE;
    }
    const shifted = shiftRightJamWide(xSignificand, 0, 1 - biased);
    significand = roundSignificand(xSign, shifted, low, fractionBits + 1, rounding);
    biased = 0;
    if (wasInexact && isTiny) raiseX87(fpu, UE);
  } else {
    // The leading one adds 1 to the exponent field.
    biased += <i32>carried - 1;
    if (biased + 1 >= exponentMax) {
      if (isUnmasked(fpu, OE)) {
        raiseX87(fpu, OE);
        return LEFT_ALONE;
      }
      const away = rounding == TO_NEAREST || rounding == (xSign ? TO_MINUS_INFINITY : TO_PLUS_INFINITY);
      raiseX87(fpu, away ? OE | PE | C1 : OE | PE);
      store<T>(to, sign | (away ? infinity : infinity - 1));
      return DONE;
    }
  }
  if (wasInexact) raiseInexact(fpu, wasUp);
  store<T>(to, sign | (((<T>biased) << fractionBits) + <T>(significand >> (63 - fractionBits))));
  return DONE;
}

/** A register to a signed integer of so many bits, written as 64; toZero is FISTTP. */
export function storeToInteger(to: usize, from: usize, bits: i32, toZero: bool, fpu: usize): i32 {
  unpackX87(from);
  const least = (<u64>1) << (bits - 1);
  let magnitude: u64 = 0;
  let isInvalid = xKind >= IS_INFINITE || (xKind != IS_ZERO && xExponent > 63);
  if (!isInvalid && xKind != IS_ZERO) {
    magnitude = roundToInteger(xSign, xExponent, xSignificand, toZero ? TO_ZERO : roundingControl(fpu));
    isInvalid = magnitude > least - <u64>!xSign;
    if (!isInvalid && wasInexact) raiseInexact(fpu, wasUp);
  }
  if (isInvalid) {
    raiseX87(fpu, IE);
    if (isUnmasked(fpu, IE)) return LEFT_ALONE;
    store<u64>(to, 0 - least);
    return DONE;
  }
  store<u64>(to, xSign ? 0 - magnitude : magnitude);
  return DONE;
}

const MAX_DECIMAL: u64 = 999_999_999_999_999_999;

/** Eight digits to a word of packed decimal. */
function packDecimal(value: u32): u64 {
  let packed: u64 = 0;
  for (let shift: u64 = 0; shift < 32; shift += 4) {
    packed |= (<u64>(value % 10)) << shift;
    value /= 10;
  }
  return packed;
}

/** FBSTP: a register to 18 decimal digits, in memory as a register is, with the two highest digits beside the sign. */
export function storeToDecimal(to: usize, from: usize, fpu: usize): i32 {
  unpackX87(from);
  let magnitude: u64 = 0;
  let isInvalid = xKind >= IS_INFINITE || (xKind != IS_ZERO && xExponent > 63);
  if (!isInvalid && xKind != IS_ZERO) {
    magnitude = roundToInteger(xSign, xExponent, xSignificand, roundingControl(fpu));
    isInvalid = magnitude > MAX_DECIMAL;
    if (!isInvalid && wasInexact) raiseInexact(fpu, wasUp);
  }
  if (isInvalid) {
    raiseX87(fpu, IE);
    return isUnmasked(fpu, IE) ? LEFT_ALONE : storeX87(to, true, 0x7fff, (<u64>0xc000) << 48);
  }
  const upper = magnitude / 100_000_000;
  const lower = packDecimal(<u32>(magnitude % 100_000_000));
  return storeX87(to, xSign, <i32>packDecimal(<u32>(upper / 100_000_000)), (packDecimal(<u32>(upper % 100_000_000)) << 32) | lower);
}

/** FBLD: packed decimal, in memory as a register is, to a register. */
export function loadDecimal(to: usize, digits: u64, signDigits: u32): i32 {
  let magnitude: u64 = ((signDigits >> 4) & 15) * 10 + (signDigits & 15);
  for (let shift: i32 = 60; shift >= 0; shift -= 4) magnitude = magnitude * 10 + ((digits >> shift) & 15);
  const sign = (signDigits & 0x8000) != 0;
  if (magnitude == 0) return storeZero(to, sign);
  const shift = <i32>clz(magnitude);
  return storeX87(to, sign, BIAS + 63 - shift, magnitude << shift);
}

/** FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2 and FLDZ, by the low three bits of their opcode; rounded without an exception. */
export function loadConstant(to: usize, index: i32, fpu: usize): i32 {
  const rounding = roundingControl(fpu);
  // The values end in a one where rounding to nearest rounds up, which rounding down undoes.
  const isDown: u64 = rounding == TO_MINUS_INFINITY || rounding == TO_ZERO ? 1 : 0;
  const isUp: u64 = rounding == TO_PLUS_INFINITY ? 1 : 0;
  switch (index) {
    case 0:
      return storeX87(to, false, BIAS, LEADING);
    case 1:
      return storeX87(to, false, BIAS + 1, 0xd49a_784b_cd1b_8afe + isUp);
    case 2:
      return storeX87(to, false, BIAS, 0xb8aa_3b29_5c17_f0bc - isDown);
    case 3:
      return storeX87(to, false, BIAS + 1, 0xc90f_daa2_2168_c235 - isDown);
    case 4:
      return storeX87(to, false, BIAS - 2, 0x9a20_9a84_fbcf_f799 - isDown);
    case 5:
      return storeX87(to, false, BIAS - 1, 0xb172_17f7_d1cf_79ac - isDown);
    default:
      return storeZero(to, false);
  }
}
