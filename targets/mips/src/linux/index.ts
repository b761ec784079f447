/** Linux for MIPS: what user mode needs to know of o32, n32 and n64 (arch/mips/include/uapi). */
import type { Cpu, LinuxAbi, SyscallRequest, Trap, UserMemory } from "@tsemu/target";
import { exceptions } from "../host-calls.ts";
import type { MipsCpu } from "../mips-cpu.ts";
import { numbers, openFlags } from "./numbers.ts";
import { popSignalFrame, pushSignalFrame, trampoline } from "./signal-frame.ts";
import { structs32, structs64, structsN32 } from "./structs.ts";
import { syscallNames } from "./syscall-numbers.ts";
import { enterUserMode } from "./user-mode.ts";

export interface MipsAbiOptions {
  readonly abi: "o32" | "n32" | "n64";
  readonly bigEndian: boolean;
}

const mips = (cpu: Cpu): MipsCpu => cpu as MipsCpu;

/** Address spaces as Linux has them; `sigpage` is where handlers return through. */
const layouts = {
  o32: { taskSize: 0x7fff_8000, stackTop: 0x7fff_6000, pieBase: 0x0040_0000, mmapMin: 0x1000, sigpage: 0x7fff_7000 },
  n64: { taskSize: 0x100_0000_0000, stackTop: 0xff_ffff_6000, pieBase: 0xaa_aaaa_0000, mmapMin: 0x1000, sigpage: 0xff_ffff_7000 },
} as const;
const EM_MIPS = 8;
/** e_flags: the ABI. */
const EF_ABI2 = 0x20;
const EF_ABI_O32 = 0x1000;
const EF_FP64 = 0x200;
/** n32's architecture for audit and seccomp: 64 bits, and a mark of its own. */
const AUDIT_N32 = 0xa000_0000;

const words = (values: readonly number[], bigEndian: boolean): Uint8Array => {
  const bytes = new Uint8Array(0x1000);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(4 * i, value, !bigEndian));
  return bytes;
};

const SI_KERNEL = 0x80;
const TRAP_BRKPT = 1;
const BUS_ADRALN = 1;
const FPE = { INTDIV: 1, INTOVF: 2, FLTDIV: 3, FLTOVF: 4, FLTUND: 5, FLTRES: 6, FLTINV: 7 } as const;

/** What compilers' checks mean by the code of a break or trap. */
function breakSignal(code: number): Trap {
  // Assemblers put the code into the upper of two fields.
  const meant = code >= 1024 ? code >>> 10 : code;
  if (meant === 6) return { kind: "signal", signal: "SIGFPE", code: FPE.INTOVF, trapNo: 0 };
  if (meant === 7) return { kind: "signal", signal: "SIGFPE", code: FPE.INTDIV, trapNo: 0 };
  return { kind: "signal", signal: "SIGTRAP", code: TRAP_BRKPT, trapNo: 0 };
}

function floatSignal(cpu: MipsCpu): Trap {
  const fcsr = cpu.fcsr();
  const cause = (fcsr >>> 12) & (fcsr >>> 7) & 0x1f;
  const code =
    (cause & 16) !== 0
      ? FPE.FLTINV
      : (cause & 8) !== 0
        ? FPE.FLTDIV
        : (cause & 4) !== 0
          ? FPE.FLTOVF
          : (cause & 2) !== 0
            ? FPE.FLTUND
            : FPE.FLTRES;
  return { kind: "signal", signal: "SIGFPE", code, trapNo: 0 };
}

function trap(cpu: Cpu, _memory: UserMemory, exception: number, argument: number): Trap {
  switch (exception) {
    case exceptions.systemCall:
      return { kind: "syscall" };
    case exceptions.breakpoint:
    case exceptions.trap:
      return breakSignal(argument);
    case exceptions.overflow:
      return { kind: "signal", signal: "SIGFPE", code: FPE.INTOVF, trapNo: 0 };
    case exceptions.floatingPoint:
      return floatSignal(mips(cpu));
    case exceptions.addressLoad:
    case exceptions.addressStore:
      return { kind: "signal", signal: "SIGBUS", code: BUS_ADRALN, trapNo: 0 };
    default:
      return { kind: "signal", signal: "SIGILL", code: SI_KERNEL, trapNo: 0 };
  }
}

const registerWord = (cpu: MipsCpu, n: number): number => cpu.state.u32[cpu.s.r[n]!.offset >> 2]!;

function setRegister(cpu: MipsCpu, n: number, value: number): void {
  const at = cpu.s.r[n]!.offset >> 2;
  cpu.state.u32[at] = value;
  if (cpu.is64) cpu.state.i32[at + 1] = Math.floor(value / 2 ** 32);
}

/** A register as a number; addresses and lengths of programs are far from 2^53. */
function register(cpu: MipsCpu, n: number): number {
  const low = registerWord(cpu, n);
  return cpu.is64 ? cpu.state.i32[(cpu.s.r[n]!.offset >> 2) + 1]! * 2 ** 32 + low : low;
}

/** o32 passes what does not fit four registers on the stack, behind room for those four. */
function readO32(cpu: MipsCpu, into: SyscallRequest, memory: UserMemory): void {
  into.number = registerWord(cpu, 2);
  for (let i = 0; i < 4; i++) into.args[i] = registerWord(cpu, 4 + i);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  try {
    memory.read(registerWord(cpu, 29) + 16, bytes);
  } catch {
    // A call of four arguments needs no stack: those that have more see zeros, and fail with that.
  }
  for (let i = 0; i < 4; i++) into.args[4 + i] = view.getUint32(4 * i, !cpu.bigEndian);
}

function readN64(cpu: MipsCpu, into: SyscallRequest): void {
  into.number = registerWord(cpu, 2);
  for (let i = 0; i < 6; i++) into.args[i] = register(cpu, 4 + i);
}

const cpuInfo = (cpu: MipsCpu): string => {
  const { features, name } = cpu.model;
  const isa = [
    "mips1",
    "mips2",
    ...(features.bits === 64 ? ["mips3", "mips4", "mips5"] : []),
    "mips32r1",
    ...(features.release > 1 ? ["mips32r2"] : []),
  ];
  if (features.bits === 64) isa.push("mips64r1", ...(features.release > 1 ? ["mips64r2"] : []));
  const ases = [...(features.dsp >= 1 ? ["dsp"] : []), ...(features.dsp >= 2 ? ["dsp2"] : [])];
  const rows: [string, string][] = [
    ["system type", "tsemu"],
    ["machine", "Unknown"],
    ["processor", "0"],
    ["cpu model", `MIPS ${name}${features.fpu ? "  FPU V0.0" : ""}`],
    ["BogoMIPS", "100.00"],
    ["wait instruction", "yes"],
    ["microsecond timers", "yes"],
    ["tlb_entries", String(cpu.model.tlbEntries)],
    ["extra interrupt vector", "yes"],
    ["hardware watchpoint", "no"],
    ["isa", isa.join(" ")],
    ["ASEs implemented", ases.join(" ")],
  ];
  return `${rows.map(([key, value]) => `${key.padEnd(24).replace(/ {8}$/, "\t").trimEnd()}\t\t: ${value}\n`).join("")}\n`;
};

/** The Linux of programs of that ABI and byte order. */
export function linuxAbi({ abi, bigEndian }: MipsAbiOptions): LinuxAbi {
  // n32: 64-bit registers, words and addresses of 32 bits.
  const [wide, newAbi] = [abi === "n64", abi !== "o32"];
  const rtSigreturn = { o32: 4193, n32: 6211, n64: 5211 }[abi];
  const { sigpage, ...layout } = layouts[wide ? "n64" : "o32"];
  const returns = { old: sigpage + 16, realTime: sigpage };
  return {
    machine: () => (newAbi ? "mips64" : "mips"),
    elfMachine: EM_MIPS,
    ...(abi === "n32" ? { auditConvention: AUDIT_N32 } : {}),
    acceptsElf: (flags) =>
      abi === "n32"
        ? (flags & EF_ABI2) !== 0
        : wide
          ? (flags & (EF_ABI2 | 0xf000)) === 0
          : (flags & EF_ABI2) === 0 && ((flags & 0xf000) === EF_ABI_O32 || (flags & 0xf000) === 0) && (flags & EF_FP64) === 0,
    wordBytes: wide ? 8 : 4,
    littleEndian: !bigEndian,
    layout,
    alignOf64: 8,
    alignedPairs: true,
    ...(abi === "n32" ? { wideArguments: true } : {}),
    syscallNames: syscallNames[abi](),
    archSyscalls: [
      {
        name: "set_thread_area",
        args: ["ptr"],
        run: ({ cpu }, tls) => {
          setTls(mips(cpu), tls!);
          return 0;
        },
      },
      {
        name: "cacheflush",
        args: ["ptr", "size", "int"],
        run: ({ codeWritten }, start, size) => {
          codeWritten(start!, size!);
          return 0;
        },
      },
      { name: "cachectl", args: ["ptr", "size", "int"], run: () => 0 },
    ],
    structs: { o32: structs32(bigEndian), n32: structsN32(bigEndian), n64: structs64 }[abi],
    sharedAlignment: 0x4_0000,
    openFlags,
    numbers,
    cloneTlsFirst: true,
    fixedPages: [
      {
        name: "[sigpage]",
        va: sigpage,
        bytes: words(newAbi ? trampoline(rtSigreturn) : [...trampoline(rtSigreturn), 0, 0, ...trampoline(4119)], bigEndian),
      },
    ],
    accessImpliesRead: true,
    defaultExecutableStack: true,
    hwcap: () => ({ hwcap: 0, hwcap2: 0, platform: "mips" }),
    cpuInfo: (cpu) => cpuInfo(mips(cpu)),
    init: (cpu) => enterUserMode(mips(cpu), { fr: newAbi ? 1 : 0, unaligned: true }),
    start(cpu, entry, sp) {
      const m = mips(cpu);
      for (const slot of [...m.s.r, ...m.s.hi, ...m.s.lo]) m.state.bytes.fill(0, slot.offset, slot.offset + slot.size);
      m.state.bytes.fill(0, m.s.file, m.s.file + 256);
      m.setFcsr(0);
      m.setDspControl(0);
      setTls(m, 0);
      enterUserMode(m, { fr: newAbi ? 1 : 0, unaligned: true });
      setRegister(m, 29, sp);
      // PIC code finds its data from the address of the function.
      setRegister(m, 25, entry);
      m.clearLink();
      m.setPc(entry >>> 0, Math.floor(entry / 2 ** 32));
    },
    readSyscall: (cpu, into, memory) => (newAbi ? readN64(mips(cpu), into) : readO32(mips(cpu), into, memory)),
    finishSyscall(cpu, result) {
      const m = mips(cpu);
      const failed = result < 0 && result >= -4095;
      setRegister(m, 2, failed ? -result : result);
      setRegister(m, 7, failed ? 1 : 0);
      m.skipInstruction();
    },
    setSecondResult: (cpu, value) => setRegister(mips(cpu), 3, value),
    stackPointer: (cpu) => register(mips(cpu), 29),
    setStackPointer: (cpu, sp) => setRegister(mips(cpu), 29, sp),
    setTls: (cpu, tls) => setTls(mips(cpu), tls),
    switched: (cpu) => mips(cpu).clearLink(),
    trap,
    pageFaultContext: (_access, _mapped, address) => ({ trapNo: 0, errorCode: 0, address }),
    pushSignalFrame: (cpu, memory, signal) => pushSignalFrame(mips(cpu), memory, signal, abi, returns),
    popSignalFrame: (cpu, memory, realTime) => popSignalFrame(mips(cpu), memory, realTime, abi),
  };
}

const setTls = (cpu: MipsCpu, tls: number): void => cpu.setWords("userlocal", tls >>> 0, Math.floor(tls / 2 ** 32));
