/** Images of the x87's and SSE's state in memory: FSAVE, FSTENV, FXSAVE (Intel SDM vol. 1, 8.1.10 and 10.5.1). */
import { GuestFault } from "@tsemu/target";
import { mmuIdxOf } from "../block-flags.ts";
import { exceptions } from "../host-calls.ts";
import { CLEARS_C2 } from "./stack.ts";
import { at, type Linear } from "../system/memory.ts";
import type { X86Cpu } from "../x86-cpu.ts";

export const images = { storeEnvironment: 0, loadEnvironment: 1, save: 2, restore: 3, fxsave: 4, fxrstor: 5 } as const;

/** Where an image is: the guest's memory, or bytes. */
export interface Area {
  read(offset: number, size?: 1 | 2 | 4): number;
  write(offset: number, value: number, size?: 1 | 2 | 4): void;
}

/** Others cannot be loaded. */
export const MXCSR_BITS = 0xffff;

export class GuestArea implements Area {
  readonly #cpu: X86Cpu;
  readonly #base: Linear;
  readonly #mmuIdx: number;
  constructor(cpu: X86Cpu, base: Linear) {
    this.#cpu = cpu;
    this.#base = base;
    this.#mmuIdx = mmuIdxOf(cpu.state.u32[cpu.FLAGS]!);
  }
  read(offset: number, size: 1 | 2 | 4 = 4): number {
    const address = at(this.#base, offset);
    return this.#cpu.env.virtual.load(address.low, address.high, size, this.#mmuIdx);
  }
  write(offset: number, value: number, size: 1 | 2 | 4 = 4): void {
    const address = at(this.#base, offset);
    this.#cpu.env.virtual.store(address.low, address.high, size, this.#mmuIdx, value >>> 0);
  }
}

/** An image in bytes. */
export class BytesArea implements Area {
  readonly #view: DataView;
  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  read(offset: number, size: 1 | 2 | 4 = 4): number {
    if (size === 4) return this.#view.getUint32(offset, true);
    return size === 2 ? this.#view.getUint16(offset, true) : this.#view.getUint8(offset);
  }
  write(offset: number, value: number, size: 1 | 2 | 4 = 4): void {
    if (size === 4) this.#view.setUint32(offset, value >>> 0, true);
    else if (size === 2) this.#view.setUint16(offset, value, true);
    else this.#view.setUint8(offset, value);
  }
}

/** The kind of what a register holds, as the tag word of FSAVE says it: 0 valid, 1 zero, 2 special. */
function kindOf(low: number, high: number, rest: number): number {
  const exponent = rest & 0x7fff;
  if (exponent === 0x7fff) return 2;
  if (exponent === 0) return (low | high) === 0 ? 1 : 2;
  return (high & 0x8000_0000) === 0 ? 2 : 0;
}

/** The tag word of two bits for each physical register. */
function tags(cpu: X86Cpu): number {
  let word = 0;
  const empty = cpu.get(cpu.s.empty);
  for (let n = 0; n < 8; n++) {
    const significand = cpu.s.significand[n]!;
    const tag = ((empty >>> n) & 1) === 1 ? 3 : kindOf(cpu.get(significand), cpu.high(significand), cpu.get(cpu.s.exponent[n]!));
    word |= tag << (2 * n);
  }
  return word;
}

function fromTags(word: number): number {
  let empty = 0;
  for (let n = 0; n < 8; n++) if (((word >>> (2 * n)) & 3) === 3) empty |= 1 << n;
  return empty;
}

const isReal = (cpu: X86Cpu): boolean => !cpu.protectedMode || cpu.virtual8086;

/** 14 or 28 bytes; in real mode pointers are linear addresses in pieces. */
function storeEnvironment(cpu: X86Cpu, area: Area, wide: boolean): void {
  const size = wide ? 4 : 2;
  const put = (n: number, value: number): void => area.write(n * size, wide ? value : value & 0xffff, size);
  // Upper halves of words that have 16 bits are ones.
  const ones = wide ? 0xffff_0000 : 0;
  put(0, ones | cpu.word("fcw"));
  put(1, ones | cpu.fsw());
  put(2, ones | tags(cpu));
  const [ip, dp] = [cpu.wide("fip"), cpu.wide("fdp")];
  const opcode = cpu.word("fop");
  if (!isReal(cpu)) {
    put(3, ip);
    put(4, wide ? (opcode << 16) | cpu.word("fcs") : cpu.word("fcs"));
    put(5, dp);
    put(6, ones | cpu.word("fds"));
    return;
  }
  if (wide) {
    put(3, ones | (ip & 0xffff));
    put(4, ((ip >>> 16) << 12) | opcode);
    put(5, ones | (dp & 0xffff));
    put(6, (dp >>> 16) << 12);
  } else {
    put(3, ip);
    put(4, ((ip >>> 16) << 12) | opcode);
    put(5, dp);
    put(6, (dp >>> 16) << 12);
  }
}

function loadEnvironment(cpu: X86Cpu, area: Area, wide: boolean): void {
  const size = wide ? 4 : 2;
  const words = Array.from({ length: 7 }, (_, n) => area.read(n * size, size));
  if (!isReal(cpu)) {
    cpu.setWideNamed("fip", words[3]!);
    cpu.setWord("fcs", words[4]! & 0xffff);
    cpu.setWord("fop", wide ? (words[4]! >>> 16) & 0x7ff : 0);
    cpu.setWideNamed("fdp", words[5]!);
    cpu.setWord("fds", words[6]! & 0xffff);
  } else {
    cpu.setWideNamed("fip", ((words[3]! & 0xffff) | ((words[4]! & 0x0fff_f000) << 4)) >>> 0);
    cpu.setWord("fop", words[4]! & 0x7ff);
    cpu.setWideNamed("fdp", ((words[5]! & 0xffff) | ((words[6]! & 0x0fff_f000) << 4)) >>> 0);
  }
  cpu.setX87((words[0]! & 0x1f3f) | 0x40, words[1]! & 0xffff, fromTags(words[2]!));
}

function storeRegister(cpu: X86Cpu, area: Area, offset: number, n: number): void {
  const significand = cpu.s.significand[n]!;
  area.write(offset, cpu.get(significand));
  area.write(offset + 4, cpu.high(significand));
  area.write(offset + 8, cpu.get(cpu.s.exponent[n]!) & 0xffff, 2);
}
function loadRegister(cpu: X86Cpu, area: Area, offset: number, n: number): void {
  cpu.setWide(cpu.s.significand[n]!, area.read(offset), area.read(offset + 4));
  cpu.set(cpu.s.exponent[n]!, area.read(offset + 8, 2));
}

/** FXSAVE; `size` 8: with pointers of 64 bits. */
export function fxsave(cpu: X86Cpu, area: Area, size: number): void {
  saveX87(cpu, area, size);
  area.write(24, cpu.mxcsr());
  area.write(28, MXCSR_BITS);
  saveXmm(cpu, area);
}

/** The x87's part of FXSAVE's image. */
export function saveX87(cpu: X86Cpu, area: Area, size: number): void {
  area.write(0, cpu.word("fcw"), 2);
  area.write(2, cpu.fsw(), 2);
  area.write(4, ~cpu.get(cpu.s.empty) & 0xff, 2);
  area.write(6, cpu.word("fop"), 2);
  const long = size === 8;
  area.write(8, cpu.wide("fip"));
  area.write(12, long ? cpu.high(cpu.s.wide.fip) : cpu.word("fcs"));
  area.write(16, cpu.wide("fdp"));
  area.write(20, long ? cpu.high(cpu.s.wide.fdp) : cpu.word("fds"));
  for (let i = 0; i < 8; i++) {
    storeRegister(cpu, area, 32 + 16 * i, (cpu.top + i) & 7);
    for (let b = 10; b < 16; b += 2) area.write(32 + 16 * i + b, 0, 2);
  }
}

export function saveXmm(cpu: X86Cpu, area: Area): void {
  const count = cpu.code64 ? 16 : 8;
  for (let n = 0; n < count; n++) {
    const words = cpu.s.xmm[n]!.offset >> 2;
    for (let i = 0; i < 4; i++) area.write(160 + 16 * n + 4 * i, cpu.state.u32[words + i]!);
  }
}

export function fxrstor(cpu: X86Cpu, area: Area, size: number): void {
  const mxcsr = area.read(24);
  if ((mxcsr & ~MXCSR_BITS) !== 0) throw new GuestFault(exceptions.generalProtection);
  loadXmm(cpu, area);
  cpu.setMxcsr(mxcsr);
  loadX87(cpu, area, size);
}

export function loadX87(cpu: X86Cpu, area: Area, size: number): void {
  const [fcw, fsw, used] = [area.read(0, 2), area.read(2, 2), area.read(4, 1)];
  const long = size === 8;
  cpu.setWord("fop", area.read(6, 2) & 0x7ff);
  cpu.setWideNamed("fip", area.read(8), long ? area.read(12) : 0);
  cpu.setWord("fcs", long ? 0 : area.read(12, 2));
  cpu.setWideNamed("fdp", area.read(16), long ? area.read(20) : 0);
  cpu.setWord("fds", long ? 0 : area.read(20, 2));
  const top = (fsw >>> 11) & 7;
  for (let i = 0; i < 8; i++) loadRegister(cpu, area, 32 + 16 * i, (top + i) & 7);
  cpu.setX87((fcw & 0x1f3f) | 0x40, fsw, ~used & 0xff);
}

export function loadXmm(cpu: X86Cpu, area: Area): void {
  const count = cpu.code64 ? 16 : 8;
  for (let n = 0; n < count; n++) {
    const words = cpu.s.xmm[n]!.offset >> 2;
    for (let i = 0; i < 4; i++) cpu.state.u32[words + i] = area.read(160 + 16 * n + 4 * i);
  }
}

/** What FSAVE stores; the state stays. */
export function fsave(cpu: X86Cpu, area: Area, wide: boolean): void {
  storeEnvironment(cpu, area, wide);
  for (let i = 0; i < 8; i++) storeRegister(cpu, area, (wide ? 28 : 14) + 10 * i, (cpu.top + i) & 7);
}

export function frstor(cpu: X86Cpu, area: Area, wide: boolean): void {
  loadEnvironment(cpu, area, wide);
  for (let i = 0; i < 8; i++) loadRegister(cpu, area, (wide ? 28 : 14) + 10 * i, (cpu.top + i) & 7);
}

export function x87State(cpu: X86Cpu, kind: number, base: Linear, size: number): void {
  const area = new GuestArea(cpu, base);
  const wide = size !== 2;
  switch (kind) {
    case images.storeEnvironment:
      storeEnvironment(cpu, area, wide);
      // All exceptions are masked from here on.
      cpu.setWord("fcw", cpu.word("fcw") | 0x3f);
      cpu.updateX87();
      break;
    case images.loadEnvironment:
      loadEnvironment(cpu, area, wide);
      break;
    case images.save:
      fsave(cpu, area, wide);
      initX87(cpu);
      break;
    case images.restore:
      frstor(cpu, area, wide);
      break;
    default:
      if ((base.low & 15) !== 0) throw new GuestFault(exceptions.generalProtection);
      if (kind === images.fxsave) fxsave(cpu, area, size);
      else fxrstor(cpu, area, size);
  }
}

export function initX87(cpu: X86Cpu): void {
  for (const name of ["fop", "fcs", "fds"] as const) cpu.setWord(name, 0);
  cpu.setWideNamed("fip", 0);
  cpu.setWideNamed("fdp", 0);
  cpu.setX87(0x37f, 0, 0xff);
}

/** IE and SF, with C1; not 0 if the exception is not masked. */
export function stackFault(cpu: X86Cpu, c1: number): number {
  const unmasked = (cpu.word("fcw") & 1) === 0;
  const cleared = 0x200 | ((c1 & CLEARS_C2) !== 0 ? 0x400 : 0);
  cpu.setWord("fsw", (cpu.word("fsw") & ~cleared) | 0x41 | (c1 & 0x200) | (unmasked ? 0x8080 : 0));
  return unmasked ? 1 : 0;
}
