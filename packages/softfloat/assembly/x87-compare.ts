// FCOM, FUCOM, FTST and FXAM.
import {
  IS_FINITE,
  IS_INFINITE,
  IS_QUIET,
  IS_UNSUPPORTED,
  IS_ZERO,
  stopsAtDenormal,
  xExponent,
  xKind,
  xSign,
  xSignificand,
} from "./x87-format";
import { C0, C1, C2, C3, DONE, IE, isUnmasked, LEFT_ALONE, raiseX87, setCodes } from "./x87-status";

const LESS: i32 = -1;
const EQUAL: i32 = 0;
const GREATER: i32 = 1;
const UNORDERED: i32 = 2;

// Whether an exception that is not masked was raised by the last orderX87(): the order counts, but nothing is popped.
let stopped: bool = false;

/** How a compares with the operand last unpacked; of NaN, only a signaling one is invalid if quiet. */
function orderX87(aSign: bool, aKind: i32, aExponent: i32, a: u64, quiet: bool, fpu: usize): i32 {
  stopped = false;
  if (aKind >= IS_QUIET || xKind >= IS_QUIET) {
    if (!quiet || aKind > IS_QUIET || xKind > IS_QUIET) {
      raiseX87(fpu, IE);
      stopped = isUnmasked(fpu, IE);
    }
    return UNORDERED;
  }
  stopped = stopsAtDenormal(fpu);
  if (aKind == IS_ZERO && xKind == IS_ZERO) return EQUAL;
  const direction = aSign ? LESS : GREATER;
  if (aKind == IS_ZERO) return xSign ? GREATER : LESS;
  if (xKind == IS_ZERO || aSign != xSign) return direction;
  if (aKind != xKind) return aKind == IS_INFINITE ? direction : -direction;
  if (aKind == IS_INFINITE) return EQUAL;
  if (aExponent != xExponent) return aExponent > xExponent ? direction : -direction;
  return a == xSignificand ? EQUAL : a > xSignificand ? direction : -direction;
}

/** Compares a with the operand last unpacked; the result is in C3, C2 and C0. */
export function compareX87(aSign: bool, aKind: i32, aExponent: i32, a: u64, quiet: bool, fpu: usize): i32 {
  const order = orderX87(aSign, aKind, aExponent, a, quiet, fpu);
  const codes = order == UNORDERED ? C0 | C2 | C3 : order == LESS ? C0 : order == EQUAL ? C3 : 0;
  setCodes(fpu, C0 | C2 | C3, codes);
  return stopped ? LEFT_ALONE : DONE;
}

/** The same as ZF, PF and CF in their places of EFLAGS; negative, by bit 31, if nothing is to be popped. */
export function compareToFlags(aSign: bool, aKind: i32, aExponent: i32, a: u64, quiet: bool, fpu: usize): i32 {
  const order = orderX87(aSign, aKind, aExponent, a, quiet, fpu);
  const flags = order == UNORDERED ? 0x45 : order == LESS ? 1 : order == EQUAL ? 0x40 : 0;
  return stopped ? flags | (1 << 31) : flags;
}

/** The class of the operand last unpacked in C3, C2 and C0, its sign in C1; isDenormal is for those of finite ones. */
export function examineX87(isDenormal: bool, fpu: usize): i32 {
  let codes: u32 = 0;
  if (xKind == IS_ZERO) codes = C3;
  else if (xKind == IS_FINITE) codes = isDenormal ? C3 | C2 : C2;
  else if (xKind == IS_INFINITE) codes = C2 | C0;
  else if (xKind != IS_UNSUPPORTED) codes = C0;
  setCodes(fpu, C0 | C1 | C2 | C3, xSign ? codes | C1 : codes);
  return DONE;
}
