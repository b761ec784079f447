/**
 * Signal frames as Linux lays them out on ARM (arch/arm/kernel/signal.h, asm/ucontext.h, asm/sigcontext.h):
 *
 *   struct rt_sigframe   siginfo (128 bytes), then a sigframe
 *   struct sigframe      ucontext, then two words that a handler without SA_RESTORER returns through
 *   struct ucontext      +0 uc_flags, +4 uc_link, +8 uc_stack, +20 sigcontext (21 words), +104 uc_sigmask, +232 uc_regspace (512 bytes)
 *
 * The register space holds one block with a magic number and a length for each coprocessor: only VFP's is made. Its first word being 0
 * ends the list.
 */
import type { AltStack, SignalDelivery, SignalReturn, UserMemory } from "@tsemu/target";
import type { ArmCpu } from "../arm-cpu.ts";
import * as bf from "../block-flags.ts";
import * as s from "../state.ts";
import { modes } from "../system/modes.ts";
import { PSR, readCpsr, writePsrBits } from "../system/psr.ts";
import { FPEXC_EN, readFpscr, writeFpscr } from "../vfp/fpscr.ts";

const INFO_SIZE = 128;
const UCONTEXT_SIZE = 744;
const SIGCONTEXT = 20;
const SIGMASK = 104;
const REGSPACE = 232;
const RETCODE = UCONTEXT_SIZE;
const FRAME_SIZE = RETCODE + 16;

const VFP_MAGIC = 0x5646_5001;
const VFP_SIZE = 0x120;
/** In the block: the registers, FPSCR, then FPEXC, FPINST, FPINST2. */
const VFP_REGISTERS = 8;
const VFP_FPSCR = VFP_REGISTERS + 256;
const VFP_FPEXC = VFP_FPSCR + 8;

/** mov r7, #number; svc 0: in both instruction sets, the way back from a handler without a restorer. */
const returnCode = (number: number, thumb: boolean): readonly number[] =>
  thumb ? [0xdf00_2700 | number] : [0xe3a0_7000 | number, 0xef00_0000];
const SIGRETURN = 119;
const RT_SIGRETURN = 173;

const word = (slot: { offset: number }): number => slot.offset >> 2;

/** Where the kernel keeps the return code for handlers whose stack is not executable. */
export const SIGPAGE = 0xbeff_f000;

/** The page of return code: ARM and Thumb, of both kinds. */
export function sigpage(): Uint8Array {
  const words = new Uint32Array(0x400);
  words.set(returnCode(SIGRETURN, false), 0);
  words.set(returnCode(SIGRETURN, true), 2);
  words.set(returnCode(RT_SIGRETURN, false), 3);
  words.set(returnCode(RT_SIGRETURN, true), 5);
  return new Uint8Array(words.buffer);
}

const returnAddress = (wantsInfo: boolean, thumb: boolean): number => SIGPAGE + (wantsInfo ? (thumb ? 21 : 12) : thumb ? 9 : 0);

export function pushSignalFrame(cpu: ArmCpu, memory: UserMemory, signal: SignalDelivery): void {
  const { u32 } = cpu.state;
  const base = signal.wantsInfo ? INFO_SIZE : 0;
  const frame = new Uint8Array(base + FRAME_SIZE);
  const view = new DataView(frame.buffer);
  const put = (at: number, value: number): void => view.setUint32(base + at, value, true);
  if (signal.wantsInfo) frame.set(signal.info, 0);
  // uc_flags of a frame that is no real-time frame: a mark that older programs look at.
  put(0, signal.wantsInfo ? 0 : 0x5ac3_c35a);
  put(8, signal.altStack.sp);
  put(12, signal.altStack.flags);
  put(16, signal.altStack.size);
  const context = SIGCONTEXT;
  put(context, signal.fault.trapNo);
  put(context + 4, signal.fault.errorCode);
  put(context + 8, signal.mask[0]);
  for (let n = 0; n < 15; n++) put(context + 12 + 4 * n, u32[word(s.r[n]!)]!);
  put(context + 72, u32[word(s.pc)]!);
  put(context + 76, readCpsr(cpu.state));
  put(context + 80, signal.fault.address);
  put(SIGMASK, signal.mask[0]);
  put(SIGMASK + 4, signal.mask[1]);
  if (cpu.features.vfp > 0) writeVfp(cpu, view, base + REGSPACE);

  const sp = ((signal.stackPointer - frame.length) & ~7) >>> 0;
  const thumb = (signal.handler & 1) !== 0;
  returnCode(signal.wantsInfo ? RT_SIGRETURN : SIGRETURN, thumb).forEach((code, i) => put(RETCODE + 4 * i, code));
  memory.write(sp, frame);

  u32[word(s.r[0]!)] = signal.signal;
  if (signal.wantsInfo) {
    u32[word(s.r[1]!)] = sp;
    u32[word(s.r[2]!)] = sp + INFO_SIZE;
  }
  u32[word(s.r[13]!)] = sp;
  u32[word(s.r[14]!)] = signal.restorer ?? returnAddress(signal.wantsInfo, thumb);
  u32[word(s.pc)] = (signal.handler & (thumb ? ~1 : ~3)) >>> 0;
  u32[word(s.flags)] = (u32[word(s.flags)]! & ~(bf.T | bf.IT)) | (thumb ? bf.T : 0);
  // A handler begins little-endian and with no condition pending.
  u32[word(s.cpsr)]! &= ~(PSR.E | PSR.J);
  u32[word(s.exclusiveAddress)] = 0xffff_ffff;
  cpu.refreshFlags();
}

function writeVfp(cpu: ArmCpu, view: DataView, at: number): void {
  view.setUint32(at, VFP_MAGIC, true);
  view.setUint32(at + 4, VFP_SIZE, true);
  const { u32 } = cpu.state;
  for (let i = 0; i < 2 * cpu.features.vfpRegisters; i++) view.setUint32(at + VFP_REGISTERS + 4 * i, u32[(s.vfpFile >> 2) + i]!, true);
  view.setUint32(at + VFP_FPSCR, readFpscr(cpu.state), true);
  view.setUint32(at + VFP_FPEXC, u32[word(s.fpexc)]!, true);
  view.setUint32(at + VFP_FPEXC + 4, u32[word(s.fpinst)]!, true);
  view.setUint32(at + VFP_FPEXC + 8, u32[word(s.fpinst2)]!, true);
}

function readVfp(cpu: ArmCpu, view: DataView, at: number): boolean {
  if (view.getUint32(at, true) !== VFP_MAGIC || view.getUint32(at + 4, true) !== VFP_SIZE) return false;
  const { u32 } = cpu.state;
  for (let i = 0; i < 2 * cpu.features.vfpRegisters; i++) u32[(s.vfpFile >> 2) + i] = view.getUint32(at + VFP_REGISTERS + 4 * i, true);
  writeFpscr(cpu.state, cpu.features, view.getUint32(at + VFP_FPSCR, true));
  // The unit stays enabled, and in no exceptional state, whatever the frame says.
  u32[word(s.fpexc)] = FPEXC_EN;
  u32[word(s.fpinst)] = view.getUint32(at + VFP_FPEXC + 4, true);
  u32[word(s.fpinst2)] = view.getUint32(at + VFP_FPEXC + 8, true);
  return true;
}

/** Bits of CPSR that a program may set for itself by a return. */
const USER_PSR = 0xff0f_fe00 | PSR.T;

export function popSignalFrame(cpu: ArmCpu, memory: UserMemory, realTime: boolean): SignalReturn | undefined {
  const { u32 } = cpu.state;
  const sp = u32[word(s.r[13]!)]!;
  if ((sp & 7) !== 0) return undefined;
  const frame = new Uint8Array(UCONTEXT_SIZE);
  memory.read(realTime ? sp + INFO_SIZE : sp, frame);
  const view = new DataView(frame.buffer);
  const get = (at: number): number => view.getUint32(at, true);
  const cpsr = get(SIGCONTEXT + 76);
  // A frame that would give the program another mode, or mask interrupts, was tampered with.
  if ((cpsr & 0x1f) !== modes.usr || (cpsr & (PSR.I | PSR.F)) !== 0) return undefined;
  if (cpu.features.vfp > 0 && !readVfp(cpu, view, REGSPACE)) return undefined;
  for (let n = 0; n < 15; n++) u32[word(s.r[n]!)] = get(SIGCONTEXT + 12 + 4 * n);
  writePsrBits(cpu.state, cpsr, USER_PSR);
  u32[word(s.pc)] = (get(SIGCONTEXT + 72) & ((cpsr & PSR.T) !== 0 ? ~1 : ~3)) >>> 0;
  u32[word(s.exclusiveAddress)] = 0xffff_ffff;
  cpu.refreshFlags();
  const altStack: AltStack = { sp: get(8), flags: get(12) | 0, size: get(16) };
  return { mask: [get(SIGMASK), get(SIGMASK + 4)], altStack: realTime ? altStack : undefined };
}
