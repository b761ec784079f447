/**
 * What user mode needs to know of an architecture: how its Linux numbers calls, passes arguments, lays out structures and builds signal
 * frames. Everything else of the Linux interface is the same for all and lives in packages/linux-user.
 */
import type { Access, Cpu } from "./cpu.ts";

/** A scalar of a C structure. `long` and `ptr` have the word size of the architecture. */
export type CScalar = "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "u64" | "i64" | "long" | "ulong" | "ptr";

/** A field: a scalar, several of it, or that many bytes. */
export type CField = readonly [name: string, type: CScalar, count?: number];

/** A C structure as its fields in order; padding follows from alignment. */
export type CStruct = readonly CField[];

/** Memory of the process that the architecture's code acts for. Both throw what the kernel takes for EFAULT. */
export interface UserMemory {
  read(va: number, into: Uint8Array): void;
  write(va: number, bytes: Uint8Array): void;
}

/** The registers of a call. */
export interface SyscallRequest {
  number: number;
  /** As many as the architecture passes: words of 32 bits unsigned, of 64 signed. */
  readonly args: number[];
}

/** What an exception that is no page fault means to a process. */
export type Trap =
  | { readonly kind: "syscall" }
  | {
      readonly kind: "signal";
      readonly signal: "SIGILL" | "SIGTRAP" | "SIGFPE" | "SIGBUS" | "SIGSEGV";
      readonly code: number;
      /** What signal frames call the exception. */
      readonly trapNo: number;
      /** si_addr, where it is not pc. */
      readonly address?: number;
    };

/** What signal frames say about the fault that a signal stands for. */
export interface FaultContext {
  readonly trapNo: number;
  readonly errorCode: number;
  readonly address: number;
}

export interface AltStack {
  readonly sp: number;
  readonly size: number;
  readonly flags: number;
}

/** One signal for one handler. */
export interface SignalDelivery {
  readonly signal: number;
  /** siginfo_t, 128 bytes, already laid out. */
  readonly info: Uint8Array;
  readonly handler: number;
  /** Does the handler want siginfo and ucontext (SA_SIGINFO)? */
  readonly wantsInfo: boolean;
  /** sa_restorer, where SA_RESTORER is set. */
  readonly restorer: number | undefined;
  /** Where the frame goes: below this address. */
  readonly stackPointer: number;
  /** What the frame keeps for the return: the mask's words, the lowest signals' first (four, whatever the architecture has), and the alternate stack's settings. */
  readonly mask: readonly [number, number, number, number];
  readonly altStack: AltStack;
  readonly fault: FaultContext;
}

/** What a frame gives back. */
export interface SignalReturn {
  /** As many words as the architecture has. */
  readonly mask: readonly number[];
  /** Only real-time frames have one. */
  readonly altStack: AltStack | undefined;
}

/** A page at a fixed address that every process has, e.g. ARM's kuser helpers. */
export interface FixedPage {
  readonly name: string;
  readonly va: number;
  readonly bytes: Uint8Array;
}

/** What such a call works with. */
export interface ArchCall {
  readonly cpu: Cpu;
  readonly memory: UserMemory;
  codeWritten(va: number, size: number): void;
  /** SIGTRAP, as for a breakpoint at pc. */
  breakpoint(): void;
}

/** A call that only this architecture has. */
export interface ArchSyscall {
  readonly name: string;
  readonly args: readonly string[];
  /** Undefined: a signal takes the place of its result, and pc stays at the call. */
  run(context: ArchCall, ...args: number[]): number | undefined;
}

/** Open flags by name; asm-generic's values are in linux-user's vfs/constants.ts. */
export type OpenFlagName =
  | "creat"
  | "excl"
  | "noctty"
  | "trunc"
  | "append"
  | "nonblock"
  | "dsync"
  | "async"
  | "direct"
  | "largeFile"
  | "directory"
  | "noFollow"
  | "noAtime"
  | "cloexec"
  | "sync";

/**
 * Numbers of an architecture whose Linux is older than asm-generic's. Inside, linux-user has asm-generic's numbers everywhere: these
 * functions are asked where programs see them.
 */
export interface LinuxNumbers {
  /** asm-generic's signal for the architecture's; what is none stays none. */
  signal(own: number): number;
  ownSignal(signal: number): number;
  /** Bytes of sigset_t. */
  readonly signalSetBytes: number;
  /** Does the old sigsuspend take a set's address, and not its first word? */
  readonly suspendsByAddress: boolean;
  sigactionFlags(own: number): number;
  ownSigactionFlags(flags: number): number;
  mapFlags(own: number): number;
  ownError(error: number): number;
  /** siginfo_t begins with signo, code, errno. */
  readonly infoCodeFirst: boolean;
  /** Arguments of calls, by the call's name: what of each is asm-generic's number for the architecture's. */
  readonly arguments: Readonly<Record<string, readonly (((own: number, args: readonly number[]) => number) | undefined)[]>>;
  /** struct termios of the architecture, and to and from asm-generic's 36 bytes. */
  readonly termiosBytes: number;
  termios(own: Uint8Array, littleEndian: boolean): Uint8Array;
  ownTermios(termios: Uint8Array, littleEndian: boolean): Uint8Array;
  /** SOL_SOCKET. */
  readonly ownSocketLevel: number;
  /** getsockopt(SO_TYPE). */
  ownSocketType(type: number): number;
  /** RLIM_INFINITY of getrlimit and setrlimit where words have 4 bytes. */
  readonly noLimit: number;
}

/** Addresses of a process (all below 2^53). */
export interface UserLayout {
  /** First address that no mapping may have. */
  readonly taskSize: number;
  readonly stackTop: number;
  /** Where position-independent programs go if they have an interpreter. */
  readonly pieBase: number;
  /** Lowest address mappings get, unless MAP_FIXED. */
  readonly mmapMin: number;
}

export interface LinuxAbi {
  /** utsname.machine. */
  machine(cpu: Cpu): string;
  /** EM_ARM ... */
  readonly elfMachine: number;
  /** Bits of AUDIT_ARCH_... beside the machine's number and those that follow from word size and byte order. */
  readonly auditConvention?: number;
  /** Is an ELF file of that e_flags one this ABI runs? */
  acceptsElf(flags: number): boolean;
  readonly wordBytes: 4 | 8;
  readonly littleEndian: boolean;
  readonly layout: UserLayout;
  /** Alignment of 64-bit integers in structures. */
  readonly alignOf64: 4 | 8;
  /** Do 64-bit arguments of calls begin at an even register? Only where words have 4 bytes. */
  readonly alignedPairs: boolean;
  /** Words have 4 bytes, but registers 8: offsets and longs come whole in one. */
  readonly wideArguments?: true;
  readonly syscallNames: ReadonlyMap<number, string>;
  readonly archSyscalls: readonly ArchSyscall[];
  /** Structures that are not as in asm-generic. */
  readonly structs: Readonly<Record<string, CStruct>>;
  /** Flags of open() that are not the same everywhere. */
  readonly openFlags: Readonly<Partial<Record<OpenFlagName, number>>>;
  /** Absent: asm-generic's. */
  readonly numbers?: LinuxNumbers;
  /** What addresses of shared memory that programs choose are multiples of (SHMLBA). */
  readonly sharedAlignment: number;
  /** Argument order of clone: is the TLS before the child's tid pointer? */
  readonly cloneTlsFirst: boolean;
  readonly fixedPages: readonly FixedPage[];
  /** Does a protection without PROT_READ let reads through all the same (PROT_WRITE or PROT_EXEC alone)? */
  readonly accessImpliesRead: boolean;
  /** Where an ELF file says nothing about its stack: is it executable, and everything readable with it? */
  readonly defaultExecutableStack: boolean;
  /** Auxiliary vector: AT_HWCAP, AT_HWCAP2, AT_PLATFORM. */
  hwcap(cpu: Cpu): { readonly hwcap: number; readonly hwcap2: number; readonly platform: string };
  /** Auxiliary vector: AT_MINSIGSTKSZ, where the architecture has it. */
  minSignalStack?(cpu: Cpu): number;
  /** /proc/cpuinfo. */
  cpuInfo(cpu: Cpu): string;
  /** Brings a CPU that was just reset into the state in which user code runs. */
  init(cpu: Cpu): void;
  /** Registers of a program that begins. */
  start(cpu: Cpu, entry: number, sp: number): void;
  /** Reads a call whose instruction is at pc. Arguments may be in memory. */
  readSyscall(cpu: Cpu, into: SyscallRequest, memory: UserMemory): void;
  /** Ends the call: result (negative: an error's number) into its register, pc behind the instruction. */
  finishSyscall(cpu: Cpu, result: number): void;
  /** Where pipe returns its two descriptors in registers ("pipe_in_registers"): the second one. */
  setSecondResult?(cpu: Cpu, value: number): void;
  stackPointer(cpu: Cpu): number;
  setStackPointer(cpu: Cpu, sp: number): void;
  /** clone's argument for the child's thread-local storage; `memory`: the parent's. Throws what the kernel takes for an error. */
  setTls(cpu: Cpu, tls: number, memory: UserMemory): void;
  /** Another thread runs on this CPU from now on. */
  switched(cpu: Cpu): void;
  /** What an exception of the architecture means, at the precise state; `memory` is the process's. */
  trap(cpu: Cpu, memory: UserMemory, exception: number, argument: number): Trap;
  /** For the signal of a page fault. `mapped`: there is a mapping, which does not allow it. */
  pageFaultContext(access: Access, mapped: boolean, address: number): FaultContext;
  /** Is there no page table entry for such an address, whose use raises another exception than a page fault (x86-64)? What it means then. */
  unaddressable?(address: number | bigint, access: Access): Extract<Trap, { kind: "signal" }> | undefined;
  /** Does execution at an address where nothing is stand for a call (vsyscall)? Then the registers are those of the call from here on. */
  entersCall?(cpu: Cpu, memory: UserMemory, address: number | bigint): boolean;
  pushSignalFrame(cpu: Cpu, memory: UserMemory, signal: SignalDelivery): void;
  /** Restores the registers from a frame at the stack pointer; undefined if the frame is no good. */
  popSignalFrame(cpu: Cpu, memory: UserMemory, realTime: boolean): SignalReturn | undefined;
}
