/** Bits of control registers, descriptors and what waits: Intel SDM vol. 3, 2.5 and 3.4.5. */

export const CR0 = {
  PE: 1,
  MP: 2,
  EM: 4,
  TS: 8,
  ET: 0x10,
  NE: 0x20,
  WP: 0x1_0000,
  AM: 0x4_0000,
  NW: 0x2000_0000,
  CD: 0x4000_0000,
  PG: 0x8000_0000,
} as const;
export const CR4 = {
  VME: 1,
  PVI: 2,
  TSD: 4,
  DE: 8,
  PSE: 0x10,
  PAE: 0x20,
  MCE: 0x40,
  PGE: 0x80,
  PCE: 0x100,
  OSFXSR: 0x200,
  OSXMMEXCPT: 0x400,
  UMIP: 0x800,
  FSGSBASE: 0x1_0000,
  PCIDE: 0x2_0000,
  OSXSAVE: 0x4_0000,
  SMEP: 0x10_0000,
  SMAP: 0x20_0000,
} as const;
export const EFER = { SCE: 1, LME: 0x100, LMA: 0x400, NXE: 0x800 } as const;

/** The upper word of a descriptor. */
export const DESC = {
  ACCESSED: 1 << 8,
  /** Of data: writable, of code: readable. */
  RW: 1 << 9,
  /** Of data: expand down, of code: conforming. */
  DC: 1 << 10,
  CODE: 1 << 11,
  /** No system segment. */
  S: 1 << 12,
  DPL_SHIFT: 13,
  P: 1 << 15,
  L: 1 << 21,
  DB: 1 << 22,
  G: 1 << 23,
} as const;

/** Types of system descriptors. */
export const TYPE = {
  tss16: 1,
  ldt: 2,
  busyTss16: 3,
  callGate16: 4,
  taskGate: 5,
  interruptGate16: 6,
  trapGate16: 7,
  tss32: 9,
  busyTss32: 11,
  callGate32: 12,
  interruptGate32: 14,
  trapGate32: 15,
} as const;

export const dplOf = (high: number): number => (high >>> DESC.DPL_SHIFT) & 3;
export const typeOf = (high: number): number => (high >>> 8) & 15;

/** Bits of the `lines` word. */
export const LINES = { INTR: 1, NMI: 2, A20: 4, NMI_BLOCKED: 8, SMI: 16, INIT: 32 } as const;
