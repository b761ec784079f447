/**
 * Floating point in signal frames (arch/x86/kernel/fpu/signal.c):
 *
 *   x86-64                 FXSAVE's image with pointers of 64 bits, at a multiple of 64
 *   i386 with FXSAVE       FSAVE's image (108), status word, magic 0, then FXSAVE's at a multiple of 64
 *   i386 without           FSAVE's image, status word, magic 0xffff
 *   either with XSAVE      XSAVE's area in the place of FXSAVE's image, whose bytes from 464 on then say so, and a magic word behind it
 */
import { GuestFault, type UserMemory } from "@tsemu/target";
import { BytesArea, frstor, fsave, fxrstor, fxsave, initX87, MXCSR_BITS } from "../x87/state-images.ts";
import { xrstor, xsave as saveExtended, xsaveBytes, xsaveKinds } from "../x87/xsave.ts";
import type { X86Cpu } from "../x86-cpu.ts";

const FXSAVE_BYTES = 512;
/** Of a processor with XSAVE, in bytes that FXSAVE's image leaves to software: magic, bytes with all that belongs to it, components, bytes of the area. */
const SOFTWARE = { magic: 464, extendedSize: 468, components: 472, size: 480 } as const;
const MAGIC1 = 0x4650_5853;
const MAGIC2 = 0x4650_5845;
const MAGIC2_BYTES = 4;
/** FSAVE's image, with the status word and the magic behind it. */
const FSAVE_BYTES = 112;
const STATUS = 108;
const MAGIC = 110;
const MXCSR = 24;
const ALIGNMENT = 64;
const INITIAL_MXCSR = 0x1f80;

/** Bytes of what begins with FXSAVE's image. */
function imageBytes(cpu: X86Cpu): number {
  const { fxsr, xsave } = cpu.model.features;
  if (xsave) return xsaveBytes(cpu.word("xcr0")) + MAGIC2_BYTES;
  return fxsr ? FXSAVE_BYTES : 0;
}

export interface FloatImage {
  /** What the sigcontext says: 0 if there is none. */
  readonly pointer: number;
  /** The frame goes below this. */
  readonly sp: number;
}

/** With what alignment may leave unused. */
export function mostFloatBytes(cpu: X86Cpu, bits: 32 | 64): number {
  if (!cpu.model.features.fpu) return 0;
  return (bits === 32 ? FSAVE_BYTES : 0) + imageBytes(cpu) + ALIGNMENT - 1;
}

/** Writes the image below `sp`. */
export function pushFloat(cpu: X86Cpu, memory: UserMemory, sp: number, bits: 32 | 64): FloatImage {
  const { fpu, fxsr, xsave } = cpu.model.features;
  if (!fpu) return { pointer: 0, sp };
  const header = bits === 32 ? FSAVE_BYTES : 0;
  const size = header + imageBytes(cpu);
  const end = sp - (fxsr ? imageBytes(cpu) : size);
  const start = end - (end % ALIGNMENT) - (fxsr ? header : 0);
  const bytes = new Uint8Array(size);
  if (header > 0) {
    const area = new BytesArea(bytes);
    fsave(cpu, area, true);
    area.write(STATUS, cpu.fsw(), 2);
    area.write(MAGIC, fxsr ? 0 : 0xffff, 2);
  }
  const area = new BytesArea(bytes.subarray(header));
  if (xsave) pushExtended(cpu, area, bits, size);
  else if (fxsr) fxsave(cpu, area, bits / 8);
  memory.write(start, bytes);
  return { pointer: start, sp: start };
}

function pushExtended(cpu: X86Cpu, area: BytesArea, bits: 32 | 64, size: number): void {
  const components = cpu.word("xcr0");
  saveExtended(cpu, area, bits / 8, components, xsaveKinds.save);
  area.write(SOFTWARE.magic, MAGIC1);
  area.write(SOFTWARE.extendedSize, size);
  area.write(SOFTWARE.components, components);
  area.write(SOFTWARE.size, xsaveBytes(components));
  area.write(xsaveBytes(components), MAGIC2);
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

/** XSAVE's area, where there is one: a handler may have put FXSAVE's image in its place. */
function readExtended(cpu: X86Cpu, memory: UserMemory, pointer: number): BytesArea | undefined {
  const bytes = new Uint8Array(imageBytes(cpu));
  memory.read(pointer, bytes.subarray(0, FXSAVE_BYTES));
  const area = new BytesArea(bytes);
  const size = xsaveBytes(cpu.word("xcr0"));
  if (area.read(SOFTWARE.magic) !== MAGIC1 || area.read(SOFTWARE.size) !== size) return undefined;
  memory.read(pointer, bytes);
  return area.read(size) === MAGIC2 ? area : undefined;
}

/** What the frame does not have is as in a new program. False where XRSTOR faults. */
function restoreExtended(cpu: X86Cpu, area: BytesArea, bits: 32 | 64): boolean {
  if (bits === 32) area.write(MXCSR, area.read(MXCSR) & MXCSR_BITS);
  try {
    xrstor(cpu, area, bits / 8, cpu.word("xcr0") & area.read(SOFTWARE.components));
    return true;
  } catch (error) {
    if (error instanceof GuestFault) return false;
    throw error;
  }
}

/** From where the sigcontext says; false if what is there is no state. */
export function restoreFloat(cpu: X86Cpu, memory: UserMemory, pointer: number, bits: 32 | 64): boolean {
  const { fpu, fxsr, xsave } = cpu.model.features;
  if (!fpu) return true;
  beginFloat(cpu);
  if (pointer === 0) return true;
  const header = bits === 32 ? FSAVE_BYTES : 0;
  const bytes = new Uint8Array(header + (fxsr ? FXSAVE_BYTES : 0));
  memory.read(pointer, bytes);
  const extended = xsave ? readExtended(cpu, memory, pointer + header) : undefined;
  if (fxsr) {
    const area = new BytesArea(bytes.subarray(header));
    const mxcsr = area.read(MXCSR);
    if (bits === 64 && (mxcsr & ~MXCSR_BITS) !== 0) return false;
    area.write(MXCSR, mxcsr & MXCSR_BITS);
    if (extended === undefined) fxrstor(cpu, area, bits / 8);
    else if (!restoreExtended(cpu, extended, bits)) return false;
  }
  // Of the two images on i386, FSAVE's is the one that counts for the x87.
  if (header > 0) frstor(cpu, new BytesArea(bytes), true);
  return true;
}
