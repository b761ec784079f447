/**
 * Signal frames as Linux lays them out (arch/x86/include/uapi/asm: sigcontext.h, ucontext.h; arch/x86/include/asm/sigframe.h):
 *
 *   i386, no info   return address, signal, sigcontext (88), room for floating point (624), second word of the mask, code
 *   i386, info      return address, signal, pointers to siginfo and ucontext, siginfo (128), ucontext, code
 *   x86-64          return address, ucontext, siginfo (128)
 *
 * Floating point is above the frame, in an image of its own (float-frame.ts) that the sigcontext points to.
 */
import type { AltStack, SignalDelivery, SignalReturn, UserMemory } from "@tsemu/target";
import { EFLAGS } from "../flags.ts";
import { seg } from "../state.ts";
import { loadSegment } from "../system/descriptors.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { USER_DS } from "./descriptors.ts";
import { beginFloat, type FloatImage, mostFloatBytes, pushFloat, restoreFloat } from "./float-frame.ts";

const INFO_SIZE = 128;
const STACK_ALIGNMENT = 16;
/** Flags that a program may set for itself by a return. */
const USER_FLAGS = EFLAGS.AC | EFLAGS.OF | EFLAGS.DF | EFLAGS.TF | EFLAGS.SF | EFLAGS.ZF | EFLAGS.AF | EFLAGS.PF | EFLAGS.CF;

const [EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** A frame being written or read. */
class Frame {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }
  put(at: number, value: number): void {
    this.#view.setUint32(at, value >>> 0, true);
  }
  get(at: number): number {
    return this.#view.getUint32(at, true);
  }
  /** An address below 2^53, in 8 bytes. */
  putWide(at: number, value: number): void {
    this.put(at, value);
    this.put(at + 4, Math.floor(value / 2 ** 32));
  }
  wide(at: number): number {
    return this.get(at + 4) * 2 ** 32 + this.get(at);
  }
}

/** uc_flags: floating point is XSAVE's area. */
const UC_FP_XSTATE = 1;

// ---- i386

/** Of sigcontext: general registers by number, behind gs, fs, es and ds. */
const places32 = [
  [EDI, 16],
  [ESI, 20],
  [EBP, 24],
  [ESP, 28],
  [EBX, 32],
  [EDX, 36],
  [ECX, 40],
  [EAX, 44],
] as const;
const segments32 = [
  [seg.GS, 0],
  [seg.FS, 4],
  [seg.ES, 8],
  [seg.DS, 12],
] as const;
const FRAME32 = { context: 8, mask: 8 + 88 + 624, size: 8 + 88 + 624 + 4 + 8 } as const;
const INFO32 = { info: 16, ucontext: 144, context: 164, mask: 144 + 108, size: 144 + 116 + 8 } as const;

function save32(cpu: X86Cpu, frame: Frame, at: number, signal: SignalDelivery, float: FloatImage): void {
  for (const [n, place] of segments32) frame.put(at + place, cpu.selector(n));
  for (const [n, place] of places32) frame.put(at + place, cpu.register(n));
  frame.put(at + 48, signal.fault.trapNo);
  frame.put(at + 52, signal.fault.errorCode);
  frame.put(at + 56, cpu.ip);
  frame.put(at + 60, cpu.selector(seg.CS));
  frame.put(at + 64, cpu.eflags());
  frame.put(at + 68, cpu.register(ESP));
  frame.put(at + 72, cpu.selector(seg.SS));
  frame.put(at + 76, float.pointer);
  frame.put(at + 80, signal.mask[0]);
  frame.put(at + 84, signal.fault.address);
}

/** `returns`: where a handler without a restorer goes back through. */
export function pushFrame32(
  cpu: X86Cpu,
  memory: UserMemory,
  signal: SignalDelivery,
  returns: { readonly old: number; readonly realTime: number },
): void {
  const { wantsInfo } = signal;
  const frame = new Frame(wantsInfo ? INFO32.size : FRAME32.size);
  // The stack is as at the entry of a function: 4 less than a multiple of 16.
  const float = pushFloat(cpu, memory, signal.stackPointer, 32);
  const top = float.sp - frame.bytes.length;
  const sp = (((top + 4) & ~15) - 4) >>> 0;
  frame.put(0, signal.restorer ?? (wantsInfo ? returns.realTime : returns.old));
  frame.put(4, signal.signal);
  if (wantsInfo) {
    frame.put(8, sp + INFO32.info);
    frame.put(12, sp + INFO32.ucontext);
    frame.bytes.set(signal.info, INFO32.info);
    frame.put(INFO32.ucontext, cpu.model.features.xsave ? UC_FP_XSTATE : 0);
    frame.put(INFO32.ucontext + 8, signal.altStack.sp);
    frame.put(INFO32.ucontext + 12, signal.altStack.flags);
    frame.put(INFO32.ucontext + 16, signal.altStack.size);
    save32(cpu, frame, INFO32.context, signal, float);
    frame.put(INFO32.mask, signal.mask[0]);
    frame.put(INFO32.mask + 4, signal.mask[1]);
  } else {
    save32(cpu, frame, FRAME32.context, signal, float);
    frame.put(FRAME32.mask, signal.mask[1]);
  }
  memory.write(sp, frame.bytes);
  cpu.setRegister(ESP, sp);
  cpu.setRegister(EAX, signal.signal);
  cpu.setRegister(EDX, wantsInfo ? sp + INFO32.info : 0);
  cpu.setRegister(ECX, wantsInfo ? sp + INFO32.ucontext : 0);
  for (const n of [seg.DS, seg.ES, seg.SS]) loadSegment(cpu, n, USER_DS);
  beginHandler(cpu, signal.handler);
}

function beginHandler(cpu: X86Cpu, handler: number): void {
  cpu.setPc(handler >>> 0, Math.floor(handler / 2 ** 32));
  beginFloat(cpu);
  cpu.setEflags(cpu.eflags() & ~(EFLAGS.DF | EFLAGS.RF | EFLAGS.TF));
}

const restoredFlags = (cpu: X86Cpu, flags: number): number => (cpu.eflags() & ~USER_FLAGS) | (flags & USER_FLAGS);

function restore32(cpu: X86Cpu, frame: Frame, at: number): void {
  for (const [n, place] of places32) cpu.setRegister(n, frame.get(at + place));
  for (const [n, place] of segments32) loadSegment(cpu, n, frame.get(at + place) & 0xffff);
  cpu.setPc(frame.get(at + 56));
  cpu.setEflags(restoredFlags(cpu, frame.get(at + 64)));
}

/** The return address is off the stack already. */
export function popFrame32(cpu: X86Cpu, memory: UserMemory, realTime: boolean): SignalReturn | undefined {
  const frame = new Frame(realTime ? INFO32.size : FRAME32.size);
  // Old frames: sigreturn is called with the signal's number popped too.
  const sp = (cpu.register(ESP) - (realTime ? 4 : 8)) >>> 0;
  memory.read(sp, frame.bytes);
  if (!realTime) {
    const mask: [number, number] = [frame.get(FRAME32.context + 80), frame.get(FRAME32.mask)];
    if (!restoreFloat(cpu, memory, frame.get(FRAME32.context + 76), 32)) return undefined;
    restore32(cpu, frame, FRAME32.context);
    return { mask, altStack: undefined };
  }
  const altStack: AltStack = {
    sp: frame.get(INFO32.ucontext + 8),
    flags: frame.get(INFO32.ucontext + 12) | 0,
    size: frame.get(INFO32.ucontext + 16),
  };
  if (!restoreFloat(cpu, memory, frame.get(INFO32.context + 76), 32)) return undefined;
  restore32(cpu, frame, INFO32.context);
  return { mask: [frame.get(INFO32.mask), frame.get(INFO32.mask + 4)], altStack };
}

/** pop eax; mov eax, sigreturn; int 0x80, and at 16: mov eax, rt_sigreturn; int 0x80. */
export const trampoline32: readonly number[] = [
  0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0xb8, 173, 0, 0, 0, 0xcd, 0x80,
];

// ---- x86-64

/** Of sigcontext: r8 to r15, then these. */
const places64 = [8, 9, 10, 11, 12, 13, 14, 15, EDI, ESI, EBP, EBX, EDX, EAX, ECX, ESP];
const WIDE = { ucontext: 8, stack: 24, context: 48, mask: 304, info: 312, size: 312 + INFO_SIZE } as const;
const RED_ZONE = 128;
/** uc_flags: the frame has SS, and the return takes it from there. */
const UC_SIGCONTEXT_SS = 2;
const UC_STRICT_RESTORE_SS = 4;

export function pushFrame64(cpu: X86Cpu, memory: UserMemory, signal: SignalDelivery): void {
  const frame = new Frame(WIDE.size);
  const float = pushFloat(cpu, memory, signal.stackPointer - RED_ZONE, 64);
  const top = float.sp - frame.bytes.length;
  const sp = top - (top % 16) - 8;
  frame.putWide(0, signal.restorer ?? 0);
  frame.putWide(WIDE.ucontext, (cpu.model.features.xsave ? UC_FP_XSTATE : 0) | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS);
  frame.putWide(WIDE.stack, signal.altStack.sp);
  frame.put(WIDE.stack + 8, signal.altStack.flags);
  frame.putWide(WIDE.stack + 16, signal.altStack.size);
  const at = WIDE.context;
  places64.forEach((n, i) => {
    frame.put(at + 8 * i, cpu.register(n));
    frame.put(at + 8 * i + 4, cpu.high(cpu.s.r[n]!));
  });
  frame.put(at + 128, cpu.pc);
  frame.put(at + 132, cpu.pcHigh);
  frame.put(at + 136, cpu.eflags());
  frame.put(at + 144, cpu.selector(seg.CS));
  frame.put(at + 148, cpu.selector(seg.SS) << 16);
  frame.putWide(at + 152, signal.fault.errorCode);
  frame.putWide(at + 160, signal.fault.trapNo);
  frame.put(at + 168, signal.mask[0]);
  frame.put(at + 172, signal.mask[1]);
  frame.putWide(at + 176, signal.fault.address);
  frame.putWide(at + 184, float.pointer);
  frame.put(WIDE.mask, signal.mask[0]);
  frame.put(WIDE.mask + 4, signal.mask[1]);
  frame.bytes.set(signal.info, WIDE.info);
  memory.write(sp, frame.bytes);
  const set = (n: number, value: number): void => cpu.setWide(cpu.s.r[n]!, value >>> 0, Math.floor(value / 2 ** 32));
  set(ESP, sp);
  set(EDI, signal.signal);
  set(ESI, sp + WIDE.info);
  set(EDX, sp + WIDE.ucontext);
  set(EAX, 0);
  beginHandler(cpu, signal.handler);
}

export function popFrame64(cpu: X86Cpu, memory: UserMemory): SignalReturn | undefined {
  const frame = new Frame(WIDE.size);
  memory.read(cpu.high(cpu.s.r[ESP]!) * 2 ** 32 + cpu.register(ESP) - 8, frame.bytes);
  const at = WIDE.context;
  if (!restoreFloat(cpu, memory, frame.wide(at + 184), 64)) return undefined;
  places64.forEach((n, i) => cpu.setWide(cpu.s.r[n]!, frame.get(at + 8 * i), frame.get(at + 8 * i + 4)));
  cpu.setPc(frame.get(at + 128), frame.get(at + 132));
  cpu.setEflags(restoredFlags(cpu, frame.get(at + 136)));
  return {
    mask: [frame.get(WIDE.mask), frame.get(WIDE.mask + 4)],
    altStack: { sp: frame.wide(WIDE.stack), flags: frame.get(WIDE.stack + 8) | 0, size: frame.wide(WIDE.stack + 16) },
  };
}

/** The most that a frame with all that is above it takes of a stack (AT_MINSIGSTKSZ). */
export function frameBytes(cpu: X86Cpu, bits: 32 | 64): number {
  const frame = bits === 64 ? WIDE.size + RED_ZONE : INFO32.size;
  return Math.ceil((frame + STACK_ALIGNMENT + mostFloatBytes(cpu, bits)) / STACK_ALIGNMENT) * STACK_ALIGNMENT;
}
