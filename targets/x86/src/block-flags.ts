/** The `flags` slot: what of the state changes how code is translated. */

/** Current privilege level. */
export const CPL = 3;
/** CS.D: operands and addresses have 32 bits by default. */
export const CODE32 = 1 << 2;
/** CS.L in long mode: 64-bit code. */
export const CODE64 = 1 << 3;
/** SS.B: the stack pointer has 32 bits. */
export const STACK32 = 1 << 4;
/** CR0.PE. */
export const PROTECTED = 1 << 5;
/** EFLAGS.VM. */
export const VIRTUAL_8086 = 1 << 6;
/** EFLAGS.TF: one instruction a block. */
export const SINGLE_STEP = 1 << 7;
/** The instruction before was executed with EFLAGS.TF: a debug exception is due before this one. */
export const STEP_DONE = 1 << 8;
/** Interrupts are held off for one instruction: after STI, or a write to SS. */
export const SHADOW = 1 << 9;
/** Segments with base 0, limit 4 GiB and all accesses allowed: an offset is an address. */
export const FLAT_ES = 1 << 10;
export const FLAT_CS = 1 << 11;
export const FLAT_SS = 1 << 12;
export const FLAT_DS = 1 << 13;
/** The same apart from the base. */
export const OPEN_FS = 1 << 14;
export const OPEN_GS = 1 << 15;
/** CR0.EM, TS, MP. */
export const EM = 1 << 16;
export const TS = 1 << 17;
export const MP = 1 << 18;
/** CR4.OSFXSR: SSE may be used. */
export const OSFXSR = 1 << 19;
/** CR4.OSXSAVE with XCR0 that has AVX's state. */
export const AVX = 1 << 20;
/** CPL <= EFLAGS.IOPL: CLI, STI, IN and OUT without further checks. */
export const IO_ALLOWED = 1 << 21;
/** A supervisor whose accesses to user pages fault: CR4.SMAP without EFLAGS.AC. */
export const SMAP = 1 << 22;
/** CR0.AM, EFLAGS.AC and CPL 3: unaligned accesses fault. */
export const ALIGNMENT = 1 << 23;
/** CS.limit has to be looked at: the segment does not have 4 GiB. */
export const CODE_LIMIT = 1 << 24;
/** An unmasked exception of the x87 may be pending, or can become so: FSW is looked at before each instruction that waits. */
export const X87_UNMASKED = 1 << 25;
/** Exceptions of MXCSR are unmasked. */
export const SSE_UNMASKED = 1 << 26;

/** CR4.FSGSBASE. */
export const FSGSBASE = 1 << 30;

/** The x87's TOP: registers of its stack have fixed places in a block. */
export const TOP_SHIFT = 27;
export const TOP = 7 << TOP_SHIFT;

/** MMU indexes. */
export const mmu = { supervisor: 0, supervisorSmap: 1, user: 2 } as const;

/** The MMU index of accesses under these block flags. */
export const mmuIdxOf = (flags: number): number =>
  (flags & CPL) === 3 ? mmu.user : (flags & SMAP) !== 0 ? mmu.supervisorSmap : mmu.supervisor;
