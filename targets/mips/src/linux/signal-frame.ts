/**
 * Signal frames as Linux lays them out for o32, n32 and n64 (arch/mips/kernel/signal.c, asm/sigcontext.h, asm/ucontext.h):
 *
 *   struct sigframe      16 bytes for arguments, 8 of padding, sigcontext, the mask (o32 alone)
 *   struct rt_sigframe   16 bytes for arguments, 8 of padding, siginfo (128), ucontext
 *   struct ucontext      flags, link, stack, sigcontext, mask
 *
 * sigcontext is a list of doublewords and words with places of their own in each ABI.
 */
import type { SignalDelivery, SignalReturn, UserMemory } from "@tsemu/target";
import type { MipsCpu } from "../mips-cpu.ts";

const HEAD = 24;
const INFO_SIZE = 128;

/** Offsets in a sigcontext, and in ucontext. */
interface FrameLayout {
  readonly pc: number;
  readonly regs: number;
  readonly fpregs: number;
  readonly fcsr: number;
  readonly usedMath: number;
  readonly dsp: number;
  /** HI and LO of each accumulator. */
  readonly hi: readonly number[];
  readonly lo: readonly number[];
  /** Bytes of HI1 and such. */
  readonly accumulator: 4 | 8;
  readonly context: number;
  readonly contextSize: number;
  readonly stack: number;
  readonly mask: number;
  readonly size: number;
}

const o32: FrameLayout = {
  pc: 8,
  regs: 16,
  fpregs: 272,
  fcsr: 532,
  usedMath: 540,
  dsp: 544,
  hi: [552, 568, 576, 584],
  lo: [560, 572, 580, 588],
  accumulator: 4,
  context: 24,
  contextSize: 592,
  stack: 8,
  mask: 616,
  size: 632,
};

const n64: FrameLayout = {
  pc: 576,
  regs: 0,
  fpregs: 256,
  fcsr: 584,
  usedMath: 588,
  dsp: 592,
  hi: [512, 520, 528, 536],
  lo: [544, 552, 560, 568],
  accumulator: 8,
  context: 40,
  contextSize: 600,
  stack: 16,
  mask: 640,
  size: 656,
};

/** n64's registers behind a head of 32-bit words. */
const n32: FrameLayout = { ...n64, context: 24, stack: 8, mask: 624, size: 640 };

export type FrameAbi = "o32" | "n32" | "n64";
const layouts: Readonly<Record<FrameAbi, FrameLayout>> = { o32, n32, n64 };

/** li $2, number; syscall */
export const trampoline = (number: number): readonly number[] => [0x2402_0000 | number, 0x0000_000c];

class Frame {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #wide: boolean;
  constructor(size: number, cpu: MipsCpu, abi: FrameAbi) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    this.#little = !cpu.bigEndian;
    this.#wide = abi === "n64";
  }
  put(at: number, value: number): void {
    this.#view.setUint32(at, value, this.#little);
  }
  get(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }
  /** A doubleword of two words. */
  put64(at: number, low: number, high: number): void {
    this.put(at + (this.#little ? 0 : 4), low);
    this.put(at + (this.#little ? 4 : 0), high);
  }
  low(at: number): number {
    return this.get(at + (this.#little ? 0 : 4));
  }
  high(at: number): number {
    return this.get(at + (this.#little ? 4 : 0));
  }
  /** An address or a size in the ABI's words. */
  putWord(at: number, value: number): void {
    if (this.#wide) this.put64(at, value >>> 0, Math.floor(value / 2 ** 32));
    else this.put(at, value);
  }
  word(at: number): number {
    return this.#wide ? this.low(at) + this.high(at) * 2 ** 32 : this.get(at);
  }
}

/** Low and high word of a register's slot; what has 32 bits is sign-extended. */
function halves(cpu: MipsCpu, slot: { offset: number; size: number }): [low: number, high: number] {
  const { u32, i32 } = cpu.state;
  const at = slot.offset >> 2;
  return [u32[at]!, slot.size === 8 ? u32[at + 1]! : i32[at]! >> 31];
}

function setHalves(cpu: MipsCpu, slot: { offset: number; size: number }, low: number, high: number): void {
  const at = slot.offset >> 2;
  cpu.state.u32[at] = low;
  if (slot.size === 8) cpu.state.u32[at + 1] = high;
}

function save(cpu: MipsCpu, frame: Frame, at: number, layout: FrameLayout): void {
  const { s } = cpu;
  frame.put64(at + layout.pc, ...cpu.resumePc());
  for (let n = 1; n < 32; n++) frame.put64(at + layout.regs + 8 * n, ...halves(cpu, s.r[n]!));
  for (let n = 0; n < 32; n++) frame.put64(at + layout.fpregs + 8 * n, ...cpu.floatWords(n));
  frame.put(at + layout.fcsr, cpu.fcsr());
  frame.put(at + layout.usedMath, 1);
  frame.put(at + layout.dsp, cpu.dspControl());
  for (let n = 0; n < 4; n++) {
    for (const [places, slots] of [
      [layout.hi, s.hi],
      [layout.lo, s.lo],
    ] as const) {
      const words = halves(cpu, slots[n]!);
      if (n === 0 || layout.accumulator === 8) frame.put64(at + places[n]!, ...words);
      else frame.put(at + places[n]!, words[0]);
    }
  }
}

function restore(cpu: MipsCpu, frame: Frame, at: number, layout: FrameLayout): void {
  const { s } = cpu;
  const fields = (place: number): [number, number] => [frame.low(place), frame.high(place)];
  for (let n = 1; n < 32; n++) setHalves(cpu, s.r[n]!, ...fields(at + layout.regs + 8 * n));
  for (let n = 0; n < 32; n++) cpu.setFloatWords(n, ...fields(at + layout.fpregs + 8 * n));
  // A cause that is enabled would raise at once: the kernel takes such ones out.
  const fcsr = frame.get(at + layout.fcsr);
  cpu.setFcsr(fcsr & ~(((fcsr << 5) & 0x1_f000) | 0x2_0000));
  cpu.setDspControl(frame.get(at + layout.dsp));
  for (let n = 0; n < 4; n++) {
    for (const [places, slots] of [
      [layout.hi, s.hi],
      [layout.lo, s.lo],
    ] as const) {
      if (n === 0 || layout.accumulator === 8) setHalves(cpu, slots[n]!, ...fields(at + places[n]!));
      else {
        const word = frame.get(at + places[n]!);
        setHalves(cpu, slots[n]!, word, (word | 0) >> 31);
      }
    }
  }
  cpu.setPc(...fields(at + layout.pc));
  cpu.clearLink();
  cpu.refreshFlags();
}

/** `returns`: where the code is that a handler without a restorer of its own goes back through, of old frames and of real-time ones. */
export function pushSignalFrame(
  cpu: MipsCpu,
  memory: UserMemory,
  signal: SignalDelivery,
  abi: FrameAbi,
  returns: { readonly old: number; readonly realTime: number },
): void {
  const layout = layouts[abi];
  const realTime = signal.wantsInfo || abi !== "o32";
  const frame = new Frame(realTime ? HEAD + INFO_SIZE + layout.size : HEAD + layout.contextSize + 16, cpu, abi);
  const top = signal.stackPointer - (abi === "o32" ? 32 : 0) - frame.bytes.length;
  const base = top - (top % 16);
  let contextAt = HEAD;
  if (realTime) {
    frame.bytes.set(signal.info, HEAD);
    const ucontext = HEAD + INFO_SIZE;
    contextAt = ucontext + layout.context;
    const word = abi === "n64" ? 8 : 4;
    frame.putWord(ucontext + layout.stack, signal.altStack.sp);
    frame.putWord(ucontext + layout.stack + word, signal.altStack.size);
    frame.put(ucontext + layout.stack + 2 * word, signal.altStack.flags);
    putMask(frame, ucontext + layout.mask, signal.mask, abi);
  } else putMask(frame, HEAD + layout.contextSize, signal.mask, abi);
  save(cpu, frame, contextAt, layout);
  memory.write(base, frame.bytes);

  const set = (n: number, value: number): void => setHalves(cpu, cpu.s.r[n]!, value >>> 0, Math.floor(value / 2 ** 32));
  set(4, signal.signal);
  set(5, realTime ? base + HEAD : 0);
  set(6, base + (realTime ? HEAD + INFO_SIZE : HEAD));
  set(29, base);
  set(31, signal.restorer ?? (realTime ? returns.realTime : returns.old));
  set(25, signal.handler);
  cpu.setPc(signal.handler >>> 0, Math.floor(signal.handler / 2 ** 32));
  cpu.clearLink();
  cpu.refreshFlags();
}

const putMask = (frame: Frame, at: number, mask: readonly number[], abi: FrameAbi): void => {
  if (abi !== "n64") mask.forEach((word, n) => frame.put(at + 4 * n, word));
  else for (const n of [0, 2]) frame.put64(at + 4 * n, mask[n]!, mask[n + 1]!);
};

const getMask = (frame: Frame, at: number, abi: FrameAbi): number[] =>
  abi !== "n64"
    ? [0, 4, 8, 12].map((offset) => frame.get(at + offset))
    : [0, 8].flatMap((offset) => [frame.low(at + offset), frame.high(at + offset)]);

export function popSignalFrame(cpu: MipsCpu, memory: UserMemory, realTime: boolean, abi: FrameAbi): SignalReturn | undefined {
  const layout = layouts[abi];
  const [low, high] = halves(cpu, cpu.s.r[29]!);
  const sp = abi === "o32" ? low : high * 2 ** 32 + low;
  if ((low & 3) !== 0) return undefined;
  const frame = new Frame(realTime ? layout.size : layout.contextSize + 16, cpu, abi);
  memory.read(sp + HEAD + (realTime ? INFO_SIZE : 0), frame.bytes);
  const maskAt = realTime ? layout.mask : layout.contextSize;
  const mask = getMask(frame, maskAt, abi);
  restore(cpu, frame, realTime ? layout.context : 0, layout);
  if (!realTime) return { mask, altStack: undefined };
  const word = abi === "n64" ? 8 : 4;
  return {
    mask,
    altStack: {
      sp: frame.word(layout.stack),
      size: frame.word(layout.stack + word),
      flags: frame.get(layout.stack + 2 * word) | 0,
    },
  };
}
