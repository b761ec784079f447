/** The `flags` slot: what of the state changes how code is translated. */

/** The next instruction is in the delay slot of a branch that is taken to `branch_target`. */
export const DELAY_SLOT = 1 << 0;
/** MMU index and mode: kernel, supervisor, user, or kernel with Status.ERL. */
export const MODE_SHIFT = 1;
export const MODE = 3 << MODE_SHIFT;
export const mode = { kernel: 0, supervisor: 1, user: 2, error: 3 } as const;
/** CP0 may be used: kernel mode, or Status.CU0. */
export const CP0 = 1 << 3;
/** There is an FPU, and Status.CU1 in user and supervisor mode; see MipsTranslator.coprocessor. */
export const CP1 = 1 << 4;
/** Status.CU2 and CU3 (there is nothing behind them). */
export const CP2 = 1 << 5;
export const CP3 = 1 << 6;
/** Status.FR: 32 doublewords of floating point. */
export const FR = 1 << 7;
/** Status.MX, with the DSP ASE there. */
export const DSP = 1 << 8;
/** 64-bit operations may be used (in 32-bit targets never). */
export const OPS_64 = 1 << 9;
/** Addresses have 64 bits, as Status.KX, SX or UX says for the mode. */
export const ADDRESSES_64 = 1 << 10;
/** An exception of the FPU is enabled: every operation looks at its flags. */
export const FP_TRAPS = 1 << 11;
/** Unaligned loads and stores work: what Linux makes of them for programs. */
export const UNALIGNED = 1 << 12;
