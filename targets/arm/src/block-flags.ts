/** The `flags` slot: what of the state changes how code is translated. */

export const T = 1 << 0;
/** ITSTATE (A2.5.2) in bits 8:1. */
export const IT_SHIFT = 1;
export const IT = 0xff << IT_SHIFT;
/** Not User mode. */
export const PRIVILEGED = 1 << 9;
/** CPSR.E: data is big-endian. */
export const BIG_ENDIAN = 1 << 10;
/** CPACR lets this privilege level use CP10 and CP11. */
export const CP_ACCESS = 1 << 11;
/** FPEXC.EN, of User mode. */
export const FP_ENABLED = 1 << 12;
/** CPACR.ASEDIS, or no Advanced SIMD: its instructions are undefined. */
export const SIMD_DISABLED = 1 << 13;
/** SCTLR.A: every unaligned access faults. */
export const ALIGNMENT_CHECK = 1 << 14;
/** The pre-v6 rules for unaligned word accesses (rotate; halfwords ignore bit 0) apply: no SCTLR.U. */
export const LEGACY_ALIGNMENT = 1 << 15;
/** FPSCR.Len - not 0: short vectors. Len in 18:16, Stride in 20:19. */
export const LEN_SHIFT = 16;
export const STRIDE_SHIFT = 19;
/** CP15 CNTKCTL, PMUSERENR and TEEHBR rules are checked by helpers, not here. */
