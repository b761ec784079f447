/** Signatures of the helpers that x86 code calls, and the numbers of its exceptions; system/helpers.ts implements the helpers. */
import type { HelperEffects, HelperSignature, Type } from "@tsemu/ir";

const everything: HelperEffects = { reads: "all", writes: "all", mayRaise: true };
const nothing: HelperEffects = { reads: [], writes: [], mayRaise: false };

const host = (
  name: string,
  params: number,
  result: Type | undefined,
  effects: HelperEffects = everything,
): HelperSignature & { kind: "host" } => ({
  name,
  kind: "host",
  params: Array.from({ length: params }, () => "i32" as const),
  result,
  effects,
});

export const calls = {
  /** (opcode, ModRM): reports an instruction that is undefined here. */
  unimplemented: host("unimplemented", 2, undefined, nothing),
  /** Interrupts that wait are looked at behind this block. */
  pollInterrupts: host("poll_interrupts", 0, undefined, { reads: "all", writes: [], mayRaise: false }),
  /** (segment register, selector) */
  loadSegment: host("load_segment", 2, undefined),
  /** (selector, offset, 4: 32-bit operands): JMP, CALL through far pointers; leave pc and flags. `offset` in 64-bit code: the low word, the upper one is in result0. */
  farJump: host("far_jump", 3, undefined),
  farCall: host("far_call", 3, undefined),
  /** (operand size, bytes to take off the stack) */
  farReturn: host("far_return", 2, undefined),
  /** (operand size) */
  iret: host("iret", 1, undefined),
  /** (value, operand size): POPF. */
  popFlags: host("pop_flags", 2, undefined),
  /** STI, CLI where IOPL does not simply allow them: (1 or 0). */
  setInterruptFlag: host("set_interrupt_flag", 1, undefined),
  /** (number): CR and DR; the upper word goes to result0. */
  readControl: host("read_control", 1, "i32"),
  readDebug: host("read_debug", 1, "i32"),
  /** (number, low, high) */
  writeControl: host("write_control", 3, undefined),
  writeDebug: host("write_debug", 3, undefined),
  /** (value): LMSW. */
  lmsw: host("lmsw", 1, undefined),
  /** CLTS has happened. */
  refreshFlags: host("refresh_flags", 0, undefined),
  cpuid: host("cpuid", 0, undefined),
  rdmsr: host("rdmsr", 0, undefined),
  wrmsr: host("wrmsr", 0, undefined),
  /** (1: RDTSCP) */
  rdtsc: host("rdtsc", 1, undefined),
  /** A random word. The upper one goes to result0, and to result1 whether there is one: 1 or 0. */
  random: host("random", 0, "i32"),
  rdpmc: host("rdpmc", 0, undefined),
  /** (port, bytes) */
  portIn: host("port_in", 2, "i32"),
  /** (port, bytes, value) */
  portOut: host("port_out", 3, undefined),
  /** (port, bytes): may this program access the port? */
  checkPort: host("check_port", 2, undefined),
  /** (selector) */
  lldt: host("lldt", 1, undefined),
  ltr: host("ltr", 1, undefined),
  /** (selector): LAR and LSL set ZF and give the value if it is set; VERR, VERW set ZF. */
  lar: host("lar", 1, "i32"),
  lsl: host("lsl", 1, "i32"),
  verr: host("verr", 1, undefined),
  verw: host("verw", 1, undefined),
  /** (low, high) */
  invlpg: host("invlpg", 2, undefined),
  sysenter: host("sysenter", 0, undefined),
  /** (operand size) */
  sysexit: host("sysexit", 1, undefined),
  /** (length of the instruction) */
  syscall: host("syscall", 1, undefined),
  sysret: host("sysret", 1, undefined),
  rsm: host("rsm", 0, undefined),
  /** (1: signed): rDX:rAX, 128 bits, divided by scratch0; #DE. */
  divide128: host("divide128", 1, undefined),
  /** (C1): a stack fault of the x87; not 0 if it is not masked. */
  x87StackFault: host("x87_stack_fault", 1, "i32"),
  x87Init: host("x87_init", 0, undefined),
  x87Clear: host("x87_clear", 0, undefined),
  /** (value): FLDCW. */
  x87LoadControl: host("x87_load_control", 1, undefined),
  /** (kind, low, high, operand size): images of the state in memory. */
  x87State: host("x87_state", 4, undefined),
  /** (kind, low, high, operand size): XSAVE, XSAVEOPT, XSAVEC, XRSTOR. */
  xsave: host("xsave", 4, undefined),
  xgetbv: host("xgetbv", 0, undefined),
  xsetbv: host("xsetbv", 0, undefined),
  /** (value): LDMXCSR. */
  loadMxcsr: host("load_mxcsr", 1, undefined),
  storeMxcsr: host("store_mxcsr", 0, "i32"),
  /** (flags before): what an SSE instruction raised becomes MXCSR's, or #XM where it is not masked. */
  sseCheck: host("sse_check", 1, undefined),
} as const;

/** Exception numbers: vectors. The argument of a fault is its error code, for the debug exception what goes to DR6. */
export const exceptions = {
  divideError: 0,
  debug: 1,
  nmi: 2,
  breakpoint: 3,
  overflow: 4,
  bound: 5,
  undefinedOpcode: 6,
  deviceNotAvailable: 7,
  doubleFault: 8,
  invalidTss: 10,
  segmentNotPresent: 11,
  stackFault: 12,
  generalProtection: 13,
  pageFault: 14,
  floatingPoint: 16,
  alignmentCheck: 17,
  machineCheck: 18,
  simd: 19,
  /** Added to the vector of INT n, INT3, INTO: the argument is the instruction's length. */
  software: 0x100,
  /** INT1: a debug exception that is a trap, and no software interrupt. The argument is the instruction's length. */
  icebp: 0x301,
  /** User mode: the system call instructions. The argument is the instruction's length. */
  syscall: 0x200,
  sysenter: 0x201,
} as const;

/** The debug exception's argument behind a single step: DR6.BS. */
export const SINGLE_STEP_DONE = 0x4000;
