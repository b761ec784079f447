/** Linux for x86: what user mode needs to know of i386 and x86-64 (arch/x86/include/uapi, arch/x86/kernel). */
import type { Access, Cpu, LinuxAbi, SyscallRequest, Trap, UserMemory } from "@tsemu/target";
import { EFLAGS } from "../flags.ts";
import { exceptions } from "../host-calls.ts";
import { seg } from "../state.ts";
import { CR0, CR4, EFER } from "../system/bits.ts";
import { cpuid } from "../system/cpuid.ts";
import { loadSegment, putSegment, needDescriptor } from "../system/descriptors.ts";
import { supportedComponents } from "../x87/xsave.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { archSyscalls, threadArea } from "./arch-calls.ts";
import { cpuInfo } from "./cpu-info.ts";
import { USER32_CS, USER64_CS, USER_DS } from "./descriptors.ts";
import { frameBytes, popFrame32, popFrame64, pushFrame32, pushFrame64, trampoline32 } from "./signal-frame.ts";
import { structs } from "./structs.ts";
import { syscallNames } from "./syscall-numbers.ts";
import { enterVsyscall, isInVsyscall } from "./vsyscall.ts";

const x86 = (cpu: Cpu): X86Cpu => cpu as X86Cpu;

/** As of a 64-bit kernel. The page behind the stack is the one for returns from handlers. */
const layouts = {
  i386: { taskSize: 0xffff_e000, stackTop: 0xffff_d000, pieBase: 0x5655_5000, mmapMin: 0x1000 },
  x86_64: { taskSize: 0x7fff_ffff_f000, stackTop: 0x7fff_ffff_e000, pieBase: 0x5555_5555_4000, mmapMin: 0x1000 },
} as const;
const SIGPAGE = 0xffff_d000;
const HWCAP2_FSGSBASE = 2;
const EM_386 = 3;
const EM_X86_64 = 62;

const SI_KERNEL = 0x80;
const ILL_ILLOPN = 2;
const TRAP_BRKPT = 1;
const TRAP_TRACE = 2;
const BUS_ADRALN = 1;
const FPE = { INTDIV: 1, FLTDIV: 3, FLTOVF: 4, FLTUND: 5, FLTRES: 6, FLTINV: 7 } as const;

/** The code of a SIGFPE by the unmasked flags of an x87 or SSE exception, in the kernel's order. */
function floatCode(flags: number): number {
  if ((flags & 1) !== 0) return FPE.FLTINV;
  if ((flags & 4) !== 0) return FPE.FLTDIV;
  if ((flags & 8) !== 0) return FPE.FLTOVF;
  if ((flags & 0x12) !== 0) return FPE.FLTUND;
  return (flags & 0x20) !== 0 ? FPE.FLTRES : 0;
}

/** Behind an instruction of that length. */
function skip(cpu: X86Cpu, length: number): void {
  const pc = cpu.pc + length;
  cpu.setPc(pc >>> 0, cpu.is64 ? (cpu.pcHigh + Math.floor(pc / 2 ** 32)) >>> 0 : 0);
}

function trap(bits: 32 | 64): LinuxAbi["trap"] {
  return (any: Cpu, _memory: UserMemory, exception: number, argument: number): Trap => {
    const cpu = x86(any);
    const signal = (
      name: "SIGILL" | "SIGTRAP" | "SIGFPE" | "SIGBUS" | "SIGSEGV",
      code: number,
      trapNo: number,
      address?: number,
    ): Trap => ({
      kind: "signal",
      signal: name,
      code,
      trapNo,
      ...(address === undefined ? {} : { address }),
    });
    switch (exception) {
      case exceptions.software + 0x80:
        return bits === 32 ? { kind: "syscall" } : signal("SIGSEGV", SI_KERNEL, exceptions.generalProtection, 0);
      case exceptions.syscall:
        return bits === 64 ? { kind: "syscall" } : signal("SIGILL", ILL_ILLOPN, exceptions.undefinedOpcode);
      case exceptions.divideError:
        return signal("SIGFPE", FPE.INTDIV, exception);
      case exceptions.debug:
        return signal("SIGTRAP", TRAP_TRACE, exception);
      case exceptions.icebp:
        skip(cpu, argument);
        return signal("SIGTRAP", TRAP_BRKPT, exceptions.debug);
      case exceptions.software + exceptions.breakpoint:
        // Where the program goes on, as the exception is a trap.
        skip(cpu, argument);
        return signal("SIGTRAP", SI_KERNEL, exceptions.breakpoint, 0);
      case exceptions.software + exceptions.overflow:
        skip(cpu, argument);
        return signal("SIGSEGV", SI_KERNEL, exceptions.overflow, 0);
      case exceptions.undefinedOpcode:
        return signal("SIGILL", ILL_ILLOPN, exception);
      case exceptions.floatingPoint:
        return signal("SIGFPE", floatCode(cpu.word("fsw") & ~cpu.word("fcw")), exception);
      case exceptions.simd:
        return signal("SIGFPE", floatCode(cpu.mxcsr() & ~(cpu.mxcsr() >>> 7)), exception);
      case exceptions.alignmentCheck:
        return signal("SIGBUS", BUS_ADRALN, exception);
      case exceptions.stackFault:
      case exceptions.segmentNotPresent:
        return signal("SIGBUS", SI_KERNEL, exception, 0);
      default:
        return signal("SIGSEGV", SI_KERNEL, exception >= exceptions.software ? exceptions.generalProtection : exception, 0);
    }
  };
}

/** Addresses that are not canonical: of 48 bits, the uppermost of which all above it repeat. And vsyscall's page, where it has no entry. */
function unaddressable(address: number | bigint, access: Access): ReturnType<NonNullable<LinuxAbi["unaddressable"]>> {
  const isCanonical = address < 2 ** 47 || address >= 2n ** 64n - 2n ** 47n;
  if (isCanonical && !(access === "execute" && isInVsyscall(address))) return undefined;
  return { kind: "signal", signal: "SIGSEGV", code: SI_KERNEL, trapNo: exceptions.generalProtection };
}

const word = (cpu: X86Cpu, n: number): number => cpu.register(n);
/** A register of 64 bits as a signed number; addresses and lengths of programs are far from 2^53. */
const wide = (cpu: X86Cpu, n: number): number => (cpu.high(cpu.s.r[n]!) | 0) * 2 ** 32 + cpu.register(n);
const setWide = (cpu: X86Cpu, n: number, value: number): void =>
  cpu.setWide(cpu.s.r[n]!, value >>> 0, cpu.is64 ? Math.floor(value / 2 ** 32) >>> 0 : 0);

/** EBX ECX EDX ESI EDI EBP; RDI RSI RDX R10 R8 R9. */
const arguments32 = [3, 1, 2, 6, 7, 5];
const arguments64 = [7, 6, 2, 10, 8, 9];

function readSyscall32(cpu: X86Cpu, into: SyscallRequest): void {
  into.number = word(cpu, 0);
  arguments32.forEach((n, i) => (into.args[i] = word(cpu, n)));
}
function readSyscall64(cpu: X86Cpu, into: SyscallRequest): void {
  into.number = word(cpu, 0);
  arguments64.forEach((n, i) => (into.args[i] = wide(cpu, n)));
}

/** User mode as the kernel leaves it: segments, control registers, no flags. */
function enterUserMode(cpu: X86Cpu, bits: 32 | 64): void {
  cpu.userMode = true;
  cpu.setWord("cr0", (CR0.PE | CR0.MP | CR0.ET | CR0.NE | CR0.WP | CR0.AM | CR0.PG) >>> 0);
  const { features } = cpu.model;
  const sse = features.sse ? CR4.OSFXSR | CR4.OSXMMEXCPT : 0;
  cpu.setWord("cr4", CR4.PAE | CR4.PGE | sse | (features.fsgsbase ? CR4.FSGSBASE : 0) | (features.xsave ? CR4.OSXSAVE : 0));
  if (features.xsave) cpu.setWord("xcr0", supportedComponents(cpu));
  if (cpu.is64) cpu.setWord("efer", EFER.SCE | EFER.LME | EFER.LMA | EFER.NXE);
  const code = bits === 64 ? USER64_CS : USER32_CS;
  putSegment(cpu, seg.CS, code, needDescriptor(cpu, code));
  putSegment(cpu, seg.SS, USER_DS, needDescriptor(cpu, USER_DS));
  for (const n of [seg.DS, seg.ES]) loadSegment(cpu, n, bits === 64 ? 0 : USER_DS);
  for (const n of [seg.FS, seg.GS]) cpu.setSegment(n, 0, 0, 0, 0);
  cpu.setEflags(EFLAGS.IF | 2);
}

const bytesOf = (bytes: readonly number[]): Uint8Array => {
  const page = new Uint8Array(0x1000);
  page.set(bytes);
  return page;
};

/** The Linux of programs of so many bits. */
export function linuxAbi(bits: 32 | 64): LinuxAbi {
  const name = bits === 64 ? "x86_64" : "i386";
  const setTls = (cpu: X86Cpu, tls: number, memory: UserMemory): void => {
    if (bits === 64) cpu.setWide(cpu.s.segments[seg.FS]!.base, tls >>> 0, Math.floor(tls / 2 ** 32));
    else {
      threadArea(cpu, memory, tls);
      // The child's GS is that of the parent, with the new descriptor behind it.
      loadSegment(cpu, seg.GS, cpu.selector(seg.GS));
    }
  };
  return {
    machine: () => (bits === 64 ? "x86_64" : "i686"),
    elfMachine: bits === 64 ? EM_X86_64 : EM_386,
    acceptsElf: () => true,
    wordBytes: bits === 64 ? 8 : 4,
    littleEndian: true,
    layout: layouts[name],
    alignOf64: bits === 64 ? 8 : 4,
    alignedPairs: false,
    syscallNames: syscallNames[name],
    archSyscalls,
    structs: structs[name],
    openFlags: {},
    sharedAlignment: 0x1000,
    cloneTlsFirst: bits === 32,
    fixedPages: bits === 64 ? [] : [{ name: "[vdso]", va: SIGPAGE, bytes: bytesOf(trampoline32) }],
    accessImpliesRead: true,
    defaultExecutableStack: bits === 32,
    hwcap: (cpu) => ({
      hwcap: cpuid(x86(cpu), 1, 0)[3],
      hwcap2: x86(cpu).model.features.fsgsbase && bits === 64 ? HWCAP2_FSGSBASE : 0,
      platform: bits === 64 ? "x86_64" : "i686",
    }),
    minSignalStack: (cpu) => frameBytes(x86(cpu), bits),
    cpuInfo: (cpu) => cpuInfo(x86(cpu), bits),
    init: (cpu) => enterUserMode(x86(cpu), bits),
    start(any, entry, sp) {
      const cpu = x86(any);
      for (const slot of cpu.s.r) cpu.setWide(slot, 0, 0);
      for (const slot of cpu.s.userDescriptors) cpu.set(slot, 0);
      cpu.state.bytes.fill(0, cpu.s.ymm, cpu.s.ymm + 512);
      cpu.resetX87();
      cpu.setWord("fcw", 0x37f);
      cpu.setMxcsr(0x1f80);
      enterUserMode(cpu, bits);
      setWide(cpu, 4, sp);
      cpu.setPc(entry >>> 0, Math.floor(entry / 2 ** 32));
    },
    readSyscall: (cpu, into) => (bits === 64 ? readSyscall64(x86(cpu), into) : readSyscall32(x86(cpu), into)),
    finishSyscall(any, result) {
      const cpu = x86(any);
      setWide(cpu, 0, result);
      skip(cpu, 2);
      if (bits === 64) {
        cpu.setWide(cpu.s.r[1]!, cpu.pc, cpu.pcHigh);
        cpu.setWide(cpu.s.r[11]!, cpu.eflags(), 0);
      }
    },
    stackPointer: (cpu) => (bits === 64 ? wide(x86(cpu), 4) : word(x86(cpu), 4)),
    setStackPointer: (cpu, sp) => setWide(x86(cpu), 4, sp),
    setTls: (cpu, tls, memory) => setTls(x86(cpu), tls, memory),
    switched: () => {},
    trap: trap(bits),
    pageFaultContext: (access, mapped, address) => ({
      trapNo: exceptions.pageFault,
      // The error code of the page fault, of a program.
      errorCode: 4 | (mapped ? 1 : 0) | (access === "write" ? 2 : 0) | (access === "execute" ? 16 : 0),
      address,
    }),
    ...(bits === 64
      ? { unaddressable, entersCall: (cpu: Cpu, memory: UserMemory, at: number | bigint) => enterVsyscall(x86(cpu), memory, at) }
      : {}),
    pushSignalFrame: (cpu, memory, signal) =>
      bits === 64 ? pushFrame64(x86(cpu), memory, signal) : pushFrame32(x86(cpu), memory, signal, { old: SIGPAGE, realTime: SIGPAGE + 16 }),
    popSignalFrame: (cpu, memory, realTime) => (bits === 64 ? popFrame64(x86(cpu), memory) : popFrame32(x86(cpu), memory, realTime)),
  };
}
