/**
 * Floating point in signal frames (arch/x86/kernel/fpu/signal.c), of a processor without XSAVE:
 *
 *   x86-64                 FXSAVE's image with pointers of 64 bits, at a multiple of 64
 *   i386 with FXSAVE       FSAVE's image (108), status word, magic 0, then FXSAVE's at a multiple of 64
 *   i386 without           FSAVE's image, status word, magic 0xffff
 */
import type { UserMemory } from "@tsemu/target";
import { BytesArea, frstor, fsave, fxrstor, fxsave, initX87, MXCSR_BITS } from "../x87/state-images.ts";
import type { X86Cpu } from "../x86-cpu.ts";

const FXSAVE_BYTES = 512;
/** FSAVE's image, with the status word and the magic behind it. */
const FSAVE_BYTES = 112;
const STATUS = 108;
const MAGIC = 110;
const MXCSR = 24;
const ALIGNMENT = 64;
const INITIAL_MXCSR = 0x1f80;

export interface FloatImage {
  /** What the sigcontext says: 0 if there is none. */
  readonly pointer: number;
  /** The frame goes below this. */
  readonly sp: number;
}

/** With what alignment may leave unused. */
export function mostFloatBytes({ model: { features } }: X86Cpu, bits: 32 | 64): number {
  if (!features.fpu) return 0;
  return (bits === 32 ? FSAVE_BYTES : 0) + (features.fxsr ? FXSAVE_BYTES : 0) + ALIGNMENT - 1;
}

/** Writes the image below `sp`. */
export function pushFloat(cpu: X86Cpu, memory: UserMemory, sp: number, bits: 32 | 64): FloatImage {
  const { fpu, fxsr } = cpu.model.features;
  if (!fpu) return { pointer: 0, sp };
  const header = bits === 32 ? FSAVE_BYTES : 0;
  const size = header + (fxsr ? FXSAVE_BYTES : 0);
  const end = sp - (fxsr ? FXSAVE_BYTES : size);
  const start = end - (end % ALIGNMENT) - (fxsr ? header : 0);
  const bytes = new Uint8Array(size);
  if (header > 0) {
    const area = new BytesArea(bytes);
    fsave(cpu, area, true);
    area.write(STATUS, cpu.fsw(), 2);
    area.write(MAGIC, fxsr ? 0 : 0xffff, 2);
  }
  if (fxsr) fxsave(cpu, new BytesArea(bytes.subarray(header)), bits / 8);
  memory.write(start, bytes);
  return { pointer: start, sp: start };
}

/** A handler begins with everything as in a new program. */
export function beginFloat(cpu: X86Cpu): void {
  initX87(cpu);
  for (let n = 0; n < 8; n++) {
    cpu.setWide(cpu.s.significand[n]!, 0, 0);
    cpu.set(cpu.s.exponent[n]!, 0);
  }
  cpu.state.bytes.fill(0, cpu.s.ymm, cpu.s.ymm + 512);
  cpu.setMxcsr(INITIAL_MXCSR);
}

/** From where the sigcontext says; false if what is there is no state. */
export function restoreFloat(cpu: X86Cpu, memory: UserMemory, pointer: number, bits: 32 | 64): boolean {
  const { fpu, fxsr } = cpu.model.features;
  if (!fpu) return true;
  beginFloat(cpu);
  if (pointer === 0) return true;
  const header = bits === 32 ? FSAVE_BYTES : 0;
  const bytes = new Uint8Array(header + (fxsr ? FXSAVE_BYTES : 0));
  memory.read(pointer, bytes);
  if (fxsr) {
    const area = new BytesArea(bytes.subarray(header));
    const mxcsr = area.read(MXCSR);
    if (bits === 64 && (mxcsr & ~MXCSR_BITS) !== 0) return false;
    area.write(MXCSR, mxcsr & MXCSR_BITS);
    fxrstor(cpu, area, bits / 8);
  }
  // Of the two images on i386, FSAVE's is the one that counts for the x87.
  if (header > 0) frstor(cpu, new BytesArea(bytes), true);
  return true;
}
