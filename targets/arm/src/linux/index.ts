/** Linux for ARM, EABI: what user mode needs to know (numbers and layouts from Linux's arch/arm/include/uapi). */
import type { Cpu, LinuxAbi, Trap, UserMemory } from "@tsemu/target";
import type { ArmCpu } from "../arm-cpu.ts";
import * as bf from "../block-flags.ts";
import { exceptions } from "../host-calls.ts";
import * as s from "../state.ts";
import { faultStatus } from "../system/mmu-faults.ts";
import { modes } from "../system/modes.ts";
import { FPEXC_EN, writeFpscr } from "../vfp/fpscr.ts";
import { cpuInfo, hwcapBits, machine, platform } from "./hwcap.ts";
import { kuserPage } from "./kuser.ts";
import { popSignalFrame, pushSignalFrame, SIGPAGE, sigpage } from "./signal-frame.ts";
import { structs } from "./structs.ts";
import { syscallNames } from "./syscall-numbers.ts";

const word = (slot: { offset: number }): number => slot.offset >> 2;
const R = s.r.map(word);
const PC = word(s.pc);
const FLAGS = word(s.flags);
const TLS = word(s.c15["tpidruro"]!);

const arm = (cpu: Cpu): ArmCpu => cpu as ArmCpu;

/** ITSTATE after the present instruction (A2.5.2). */
function advanceIt(flags: number): number {
  const it = (flags & bf.IT) >>> bf.IT_SHIFT;
  const next = (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
  return (flags & ~bf.IT) | (next << bf.IT_SHIFT);
}

const ILL_ILLOPC = 1;
const TRAP_BRKPT = 1;
const BUS_ADRALN = 1;
/** trap_no of an undefined instruction, and of an abort. */
const UNDEFINED = 6;
const ABORT = 14;

/** Instructions that are undefined on purpose: what debuggers put in as breakpoints, which Linux takes for SIGTRAP. */
const breakpoints = { arm: 0x07f0_01f0, armMask: 0x0fff_ffff, thumb: 0xde01 } as const;

function trap(cpu: Cpu, memory: UserMemory, exception: number): Trap {
  switch (exception) {
    case exceptions.supervisorCall:
      return { kind: "syscall" };
    case exceptions.undefinedInstruction:
      return isBreakpoint(cpu, memory)
        ? { kind: "signal", signal: "SIGTRAP", code: TRAP_BRKPT, trapNo: 0 }
        : { kind: "signal", signal: "SIGILL", code: ILL_ILLOPC, trapNo: UNDEFINED };
    case exceptions.breakpoint:
      return { kind: "signal", signal: "SIGTRAP", code: TRAP_BRKPT, trapNo: 0 };
    default:
      return { kind: "signal", signal: "SIGBUS", code: BUS_ADRALN, trapNo: 0 };
  }
}

function isBreakpoint(cpu: Cpu, memory: UserMemory): boolean {
  const { u32 } = cpu.state;
  const thumb = (u32[FLAGS]! & bf.T) !== 0;
  const code = new Uint8Array(thumb ? 2 : 4);
  memory.read(u32[PC]!, code);
  const view = new DataView(code.buffer);
  return thumb ? view.getUint16(0, true) === breakpoints.thumb : (view.getUint32(0, true) & breakpoints.armMask) === breakpoints.arm;
}

export const linuxAbi: LinuxAbi = {
  machine: (cpu) => machine(arm(cpu).features),
  elfMachine: 40,
  // EF_ARM_EABIMASK: version 4 and 5 are the EABI; 0 is what came before it.
  acceptsElf: (flags) => flags >>> 24 >= 4,
  wordBytes: 4,
  littleEndian: true,
  // The kernel's with a split of 3 GB and 1 GB.
  layout: { taskSize: 0xbf00_0000, stackTop: 0xbeff_f000, pieBase: 0x0040_0000, mmapMin: 0x1000 },
  alignOf64: 8,
  alignedPairs: true,
  syscallNames,
  archSyscalls: [
    { name: "set_tls", args: ["ptr"], run: ({ cpu }, tls) => ((cpu.state.u32[TLS] = tls!), 0) },
    { name: "get_tls", args: [], run: ({ cpu }) => cpu.state.u32[TLS]! },
    {
      name: "cacheflush",
      args: ["ptr", "ptr", "int"],
      run: ({ codeWritten }, start, end) => {
        codeWritten(start!, Math.max(0, end! - start!));
        return 0;
      },
    },
    {
      name: "breakpoint",
      args: [],
      run: ({ breakpoint }) => {
        breakpoint();
        return undefined;
      },
    },
    { name: "usr26", args: [], run: () => 0 },
    { name: "usr32", args: [], run: () => 0 },
  ],
  structs,
  openFlags: { directory: 0o40000, noFollow: 0o100000, direct: 0o200000, largeFile: 0o400000 },
  sharedAlignment: 0x4000,
  cloneTlsFirst: true,
  fixedPages: [kuserPage(), { name: "[sigpage]", va: SIGPAGE, bytes: sigpage() }],
  accessImpliesRead: true,
  defaultExecutableStack: true,
  hwcap: (cpu) => ({ hwcap: hwcapBits(arm(cpu).features), hwcap2: 0, platform: platform(arm(cpu).features) }),
  cpuInfo: (cpu) => cpuInfo(arm(cpu).model),
  init(cpu) {
    const { u32 } = cpu.state;
    u32[word(s.cpsr)] = modes.usr;
    // Access to CP10 and CP11 for everyone; unaligned words work (SCTLR.U), as Linux has it.
    u32[word(s.c15["cpacr"]!)] = 0x00f0_0000;
    u32[word(s.c15["sctlr"]!)]! |= 1 << 22;
    if (arm(cpu).features.vfp > 0) u32[word(s.fpexc)] = FPEXC_EN;
    arm(cpu).refreshFlags();
  },
  start(cpu, entry, sp) {
    const { state } = cpu;
    const { u32 } = state;
    for (const register of R) u32[register] = 0;
    state.bytes.fill(0, s.vfpFile, s.vfpFile + 256);
    writeFpscr(state, arm(cpu).features, 0);
    u32[word(s.nz)] = 1;
    u32[word(s.nf)] = 0;
    for (const slot of [s.cf, s.vf, s.qf, s.ge]) u32[word(slot)] = 0;
    u32[word(s.cpsr)] = modes.usr;
    u32[word(s.exclusiveAddress)] = 0xffff_ffff;
    u32[TLS] = 0;
    u32[word(s.c15["tpidrurw"]!)] = 0;
    u32[R[13]!] = sp;
    u32[PC] = (entry & ((entry & 1) !== 0 ? ~1 : ~3)) >>> 0;
    u32[FLAGS] = (entry & 1) !== 0 ? bf.T : 0;
    arm(cpu).refreshFlags();
  },
  readSyscall(cpu, into) {
    const { u32 } = cpu.state;
    into.number = u32[R[7]!]!;
    for (let i = 0; i < 7; i++) into.args[i] = u32[R[i]!]!;
  },
  finishSyscall(cpu, result) {
    const { u32, i32 } = cpu.state;
    i32[R[0]!] = result;
    const flags = u32[FLAGS]!;
    u32[PC] = (u32[PC]! + ((flags & bf.T) !== 0 ? 2 : 4)) >>> 0;
    u32[FLAGS] = advanceIt(flags);
  },
  stackPointer: (cpu) => cpu.state.u32[R[13]!]!,
  setStackPointer(cpu, sp) {
    cpu.state.u32[R[13]!] = sp;
  },
  setTls(cpu, tls) {
    cpu.state.u32[TLS] = tls;
  },
  switched(cpu) {
    cpu.state.u32[word(s.exclusiveAddress)] = 0xffff_ffff;
  },
  trap,
  pageFaultContext: (access, mapped, address) => ({
    trapNo: ABORT,
    // The fault status register as the kernel keeps it: page permission or page translation.
    errorCode: faultStatus(mapped ? "permission" : "translation", 2, access, false, 0) | (access === "execute" ? 0x8000_0000 : 0),
    address,
  }),
  pushSignalFrame: (cpu, memory, signal) => pushSignalFrame(arm(cpu), memory, signal),
  popSignalFrame: (cpu, memory, realTime) => popSignalFrame(arm(cpu), memory, realTime),
};
