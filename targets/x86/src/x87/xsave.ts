/** XSAVE's area: x87, SSE and AVX in components that are saved and restored as a mask says (Intel SDM vol. 1, chapter 13). */
import { GuestFault } from "@tsemu/target";
import { exceptions } from "../host-calls.ts";
import { CR0, CR4 } from "../system/bits.ts";
import type { Linear } from "../system/memory.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { type Area, GuestArea, initX87, loadX87, loadXmm, MXCSR_BITS, saveX87, saveXmm } from "./state-images.ts";

/** Bits of XCR0: components. */
export const component = { x87: 1, sse: 2, avx: 4 } as const;

const MXCSR = 24;
const XSTATE_BV = 512;
const XCOMP_BV = 520;
const HEADER_END = 576;
/** The upper halves of the YMM registers: also where the compact format has them, since nothing else may lie before. */
const AVX_AT = 576;
const AVX_BYTES = 256;
const COMPACT = 0x8000_0000;
const INITIAL_MXCSR = 0x1f80;
const ALIGNMENT = 64;

/** What XCR0 of the model can have. */
export const supportedComponents = ({ model: { features } }: X86Cpu): number =>
  component.x87 | component.sse | (features.avx ? component.avx : 0);

/** Bytes of an area with these components. */
export const xsaveBytes = (components: number): number => ((components & component.avx) !== 0 ? AVX_AT + AVX_BYTES : HEADER_END);

const registersOf = (cpu: X86Cpu): number => (cpu.code64 ? 16 : 8);

const isAvxInUse = (cpu: X86Cpu): boolean =>
  cpu.s.xmmHigh.slice(0, registersOf(cpu)).some(({ offset }) => {
    const words = offset >> 2;
    const { u32 } = cpu.state;
    return (u32[words]! | u32[words + 1]! | u32[words + 2]! | u32[words + 3]!) !== 0;
  });

/** XINUSE: the components that are not as at a reset. Of x87 and SSE it is not kept. */
export const componentsInUse = (cpu: X86Cpu): number => component.x87 | component.sse | (isAvxInUse(cpu) ? component.avx : 0);

export const xsaveKinds = { save: 0, saveOptimized: 1, saveCompact: 2, restore: 3 } as const;

/**
 * XSAVE; XSAVEOPT and XSAVEC, which write only what is in use, the latter in the compact format: the components of `mask`. `size` 8: with pointers of 64
 * bits.
 */
export function xsave(cpu: X86Cpu, area: Area, size: number, mask: number, kind: number): void {
  const inUse = componentsInUse(cpu);
  const compact = kind === xsaveKinds.saveCompact;
  const saved = kind === xsaveKinds.save ? mask : mask & inUse;
  if ((saved & component.x87) !== 0) saveX87(cpu, area, size);
  if ((mask & (compact ? component.sse : component.sse | component.avx)) !== 0) {
    area.write(MXCSR, cpu.mxcsr());
    area.write(MXCSR + 4, MXCSR_BITS);
  }
  if ((saved & component.sse) !== 0) saveXmm(cpu, area);
  if ((saved & component.avx) !== 0) saveHigh(cpu, area);
  if (compact) {
    area.write(XSTATE_BV, inUse & mask);
    area.write(XSTATE_BV + 4, 0);
    area.write(XCOMP_BV, mask);
    area.write(XCOMP_BV + 4, COMPACT);
  } else area.write(XSTATE_BV, (area.read(XSTATE_BV) & ~mask) | (inUse & mask));
}

function saveHigh(cpu: X86Cpu, area: Area): void {
  for (let n = 0; n < registersOf(cpu); n++) {
    const words = cpu.s.xmmHigh[n]!.offset >> 2;
    for (let i = 0; i < 4; i++) area.write(AVX_AT + 16 * n + 4 * i, cpu.state.u32[words + i]!);
  }
}

const fault = (): GuestFault => new GuestFault(exceptions.generalProtection);

/** XRSTOR: what of the mask the area has not becomes as at a reset. */
export function xrstor(cpu: X86Cpu, area: Area, size: number, mask: number): void {
  const present = area.read(XSTATE_BV);
  const compact = (area.read(XCOMP_BV + 4) & COMPACT) !== 0;
  checkHeader(cpu, area, compact);
  const mxcsr = (mask & (compact ? component.sse : component.sse | component.avx)) === 0 ? undefined : area.read(MXCSR);
  const loadsMxcsr = mxcsr !== undefined && (!compact || (present & component.sse) !== 0);
  if (loadsMxcsr && (mxcsr & ~MXCSR_BITS) !== 0) throw fault();
  const loaded = mask & present;
  if ((loaded & component.sse) !== 0) loadXmm(cpu, area);
  if ((loaded & component.avx) !== 0) loadHigh(cpu, area);
  if (mxcsr !== undefined) cpu.setMxcsr(loadsMxcsr ? mxcsr : INITIAL_MXCSR);
  if ((loaded & component.x87) !== 0) loadX87(cpu, area, size);
  initialize(cpu, mask & ~present);
}

function checkHeader(cpu: X86Cpu, area: Area, compact: boolean): void {
  const words = Array.from({ length: 16 }, (_, n) => area.read(XSTATE_BV + 4 * n));
  const allowed = compact ? words[2]! : cpu.word("xcr0");
  if ((words[0]! & ~allowed) !== 0 || words[1] !== 0) throw fault();
  if (compact && ((words[2]! & ~cpu.word("xcr0")) !== 0 || words[3]! !== COMPACT)) throw fault();
  // The rest of the header is reserved; XCOMP_BV too, in the standard format, where the last 40 bytes are not looked at.
  if ((compact ? words.slice(4) : words.slice(2, 6)).some((word) => word !== 0)) throw fault();
}

function loadHigh(cpu: X86Cpu, area: Area): void {
  for (let n = 0; n < registersOf(cpu); n++) {
    const words = cpu.s.xmmHigh[n]!.offset >> 2;
    for (let i = 0; i < 4; i++) cpu.state.u32[words + i] = area.read(AVX_AT + 16 * n + 4 * i);
  }
}

/** Components as they are at a reset. MXCSR is none of them. */
function initialize(cpu: X86Cpu, components: number): void {
  const { bytes } = cpu.state;
  if ((components & component.x87) !== 0) {
    initX87(cpu);
    for (let n = 0; n < 8; n++) {
      cpu.setWide(cpu.s.significand[n]!, 0, 0);
      cpu.set(cpu.s.exponent[n]!, 0);
    }
  }
  for (let n = 0; n < registersOf(cpu); n++) {
    const { offset } = cpu.s.xmm[n]!;
    if ((components & component.sse) !== 0) bytes.fill(0, offset, offset + 16);
    if ((components & component.avx) !== 0) bytes.fill(0, offset + 16, offset + 32);
  }
}

/** The instructions, for the components that EDX:EAX and XCR0 both have. */
export function xsaveInstruction(cpu: X86Cpu, kind: number, base: Linear, size: number): void {
  needXsave(cpu);
  if ((cpu.word("cr0") & CR0.TS) !== 0) throw new GuestFault(exceptions.deviceNotAvailable);
  if (base.low % ALIGNMENT !== 0) throw fault();
  const area = new GuestArea(cpu, base);
  const mask = cpu.register(0) & cpu.word("xcr0");
  if (kind === xsaveKinds.restore) xrstor(cpu, area, size, mask);
  else xsave(cpu, area, size, mask, kind);
}

function needXsave(cpu: X86Cpu): void {
  if ((cpu.word("cr4") & CR4.OSXSAVE) === 0) throw new GuestFault(exceptions.undefinedOpcode);
}

/** XGETBV: XCR0, or the components of it that are in use. */
export function xgetbv(cpu: X86Cpu): void {
  needXsave(cpu);
  const number = cpu.register(1);
  if (number > 1 || (number === 1 && !cpu.model.features.xsavec)) throw fault();
  cpu.setRegister(0, number === 0 ? cpu.word("xcr0") : cpu.word("xcr0") & componentsInUse(cpu));
  cpu.setRegister(2, 0);
}

/** XSETBV. AVX's state is that of SSE's registers made wider, and x87 is always there. */
export function xsetbv(cpu: X86Cpu): void {
  needXsave(cpu);
  const value = cpu.register(0);
  if (cpu.cpl !== 0 || cpu.register(1) !== 0 || cpu.register(2) !== 0) throw fault();
  if ((value & ~supportedComponents(cpu)) !== 0 || (value & component.x87) === 0) throw fault();
  if ((value & component.avx) !== 0 && (value & component.sse) === 0) throw fault();
  cpu.setWord("xcr0", value);
  cpu.refreshFlags();
}
