/** CPSR and SPSR as the architecture shows them, put together from their slots (ARM DDI 0406C, B1.3.3). */
import type { CpuState } from "@tsemu/target";
import { IT, IT_SHIFT, T } from "../block-flags.ts";
import * as s from "../state.ts";

export const PSR = { A: 1 << 8, I: 1 << 7, F: 1 << 6, T: 1 << 5, E: 1 << 9, J: 1 << 24 } as const;

/** Bits that the `cpsr` slot itself keeps. */
const OWN = PSR.A | PSR.I | PSR.F | PSR.E | PSR.J | 0x1f;

/** ITSTATE as CPSR holds it: IT[7:2] in bits 15:10, IT[1:0] in bits 26:25. */
const packIt = (it: number): number => ((it & 0xfc) << 8) | ((it & 3) << 25);
const unpackIt = (psr: number): number => ((psr >>> 8) & 0xfc) | ((psr >>> 25) & 3);

/** The whole CPSR. */
export function readCpsr(state: CpuState): number {
  const { i32, u32 } = state;
  const flags = u32[s.flags.offset >> 2]!;
  return (
    ((i32[s.nf.offset >> 2]! & 0x8000_0000) |
      (i32[s.zf.offset >> 2] === 0 ? 0x4000_0000 : 0) |
      (i32[s.cf.offset >> 2]! << 29) |
      ((i32[s.vf.offset >> 2]! >>> 31) << 28) |
      (i32[s.qf.offset >> 2]! << 27) |
      (i32[s.ge.offset >> 2]! << 16) |
      packIt((flags & IT) >>> IT_SHIFT) |
      ((flags & T) !== 0 ? PSR.T : 0) |
      (u32[s.cpsr.offset >> 2]! & OWN)) >>>
    0
  );
}

/** Writes N Z C V from bits 31:28. */
export function writeNzcv(state: CpuState, psr: number): void {
  const { i32 } = state;
  i32[s.nf.offset >> 2] = psr & 0x8000_0000;
  i32[s.zf.offset >> 2] = (psr & 0x4000_0000) !== 0 ? 0 : 1;
  i32[s.cf.offset >> 2] = (psr >>> 29) & 1;
  i32[s.vf.offset >> 2] = psr << 3;
}

/** Writes the bits of CPSR that `mask` selects, except the mode, which is switchMode's business. The derived block flags are the caller's. */
export function writePsrBits(state: CpuState, value: number, mask: number): void {
  const { i32, u32 } = state;
  const psr = ((readCpsr(state) & ~mask) | (value & mask)) >>> 0;
  if ((mask & 0xf000_0000) !== 0) writeNzcv(state, psr);
  i32[s.qf.offset >> 2] = (psr >>> 27) & 1;
  i32[s.ge.offset >> 2] = (psr >>> 16) & 15;
  const own = s.cpsr.offset >> 2;
  u32[own] = (psr & OWN & ~0x1f) | (u32[own]! & 0x1f);
  const flags = s.flags.offset >> 2;
  u32[flags] = (u32[flags]! & ~(T | IT)) | ((psr & PSR.T) !== 0 ? T : 0) | (unpackIt(psr) << IT_SHIFT);
}
