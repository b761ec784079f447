// The x87's status block: the control word at +0 and the status word at +4, each an i32, their bits as FLDCW and FNSTSW have them.
// Of the status word these functions touch the exceptions, ES and B, and the condition codes; TOP and SF are the caller's.

export const STATUS_OFFSET: usize = 4;

export const IE: u32 = 1;
export const DE: u32 = 2;
export const ZE: u32 = 4;
export const OE: u32 = 8;
export const UE: u32 = 16;
export const PE: u32 = 32;
const EXCEPTIONS: u32 = 63;
/** ES, that an exception is not masked, and B, its copy. */
const SUMMARY: u32 = 0x8080;

export const C0: u32 = 0x100;
export const C1: u32 = 0x200;
export const C2: u32 = 0x400;
export const C3: u32 = 0x4000;

export const TO_NEAREST: u32 = 0;
export const TO_MINUS_INFINITY: u32 = 1;
export const TO_PLUS_INFINITY: u32 = 2;
export const TO_ZERO: u32 = 3;

/** What every function returns that has done its work, */
export const DONE: i32 = 0;
/** and one that an exception without a mask, or C2, has kept from it: destination and stack are to stay as they are. */
export const LEFT_ALONE: i32 = 1;

function controlOf(fpu: usize): u32 {
  return load<u32>(fpu);
}

/** RC. */
export function roundingControl(fpu: usize): u32 {
  return (controlOf(fpu) >> 10) & 3;
}

/** Bits of significand that PC asks for; its reserved value is taken for 64. */
export function precisionOf(fpu: usize): i32 {
  const control = (controlOf(fpu) >> 8) & 3;
  return control == 0 ? 24 : control == 2 ? 53 : 64;
}

/** Whether an exception is not masked. */
export function isUnmasked(fpu: usize, exception: u32): bool {
  return (controlOf(fpu) & exception) == 0;
}

/** Sets exceptions, and ES and B if one of them is not masked. */
export function raiseX87(fpu: usize, exceptions: u32): void {
  const summary = exceptions & EXCEPTIONS & ~controlOf(fpu) ? SUMMARY : 0;
  store<u32>(fpu, load<u32>(fpu, STATUS_OFFSET) | exceptions | summary, STATUS_OFFSET);
}

/** Replaces those of the condition codes that are in the mask. */
export function setCodes(fpu: usize, mask: u32, codes: u32): void {
  store<u32>(fpu, (load<u32>(fpu, STATUS_OFFSET) & ~mask) | codes, STATUS_OFFSET);
}

/** Reports a rounding: inexact, and in C1 whether it was away from zero. */
export function raiseInexact(fpu: usize, wasUp: bool): void {
  raiseX87(fpu, wasUp ? PE | C1 : PE);
}
