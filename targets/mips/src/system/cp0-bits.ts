/** Bits of CP0 registers (MIPS64 PRA, chapter 9). */
export const STATUS = {
  IE: 1,
  EXL: 2,
  ERL: 4,
  KSU_SHIFT: 3,
  UX: 1 << 5,
  SX: 1 << 6,
  KX: 1 << 7,
  NMI: 1 << 19,
  SR: 1 << 20,
  TS: 1 << 21,
  BEV: 1 << 22,
  PX: 1 << 23,
  MX: 1 << 24,
  RE: 1 << 25,
  FR: 1 << 26,
  CU0: 1 << 28,
  CU1: 1 << 29,
  CU2: 1 << 30,
  CU3: 0x8000_0000,
} as const;

export const CAUSE = {
  EXC_CODE: 0x7c,
  /** The two software interrupts. */
  IP_SOFTWARE: 0x300,
  IP: 0xff00,
  WP: 1 << 22,
  IV: 1 << 23,
  DC: 1 << 27,
  CE: 3 << 28,
  TI: 1 << 30,
  BD: 0x8000_0000,
} as const;
