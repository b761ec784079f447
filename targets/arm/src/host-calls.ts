/** Signatures of the helpers that ARM code calls; system/helpers.ts implements the host ones. */
import type { HelperEffects, HelperSignature, Type } from "@tsemu/ir";

const everything: HelperEffects = { reads: "all", writes: "all", mayRaise: true };

const host = (
  name: string,
  params: readonly Type[],
  result: Type | undefined,
  effects: HelperEffects = everything,
): HelperSignature & { kind: "host" } => ({
  name,
  kind: "host",
  params,
  result,
  effects,
});

export const calls = {
  /** (value, byte mask 0..15, isExceptionReturn): CPSRWriteByInstr, B1.3.3. Refreshes the block flags. */
  cpsrWrite: host("cpsr_write", ["i32", "i32", "i32"], undefined),
  /** (): CPSR with everything put together. */
  cpsrRead: host("cpsr_read", [], "i32"),
  /** (): SPSR of the current mode; undefined exception in User and System mode. */
  spsrRead: host("spsr_read", [], "i32"),
  /** (value, byte mask): SPSRWriteByInstr. */
  spsrWrite: host("spsr_write", ["i32", "i32"], undefined),
  /** (new pc): CPSR = SPSR, then branch in the instruction set this gives: sets pc and block flags. End the block with lookup. */
  exceptionReturn: host("exception_return", ["i32"], undefined),
  /** (new pc, new CPSR): for RFE, likewise. */
  returnWithCpsr: host("return_with_cpsr", ["i32", "i32"], undefined),
  /** (R << 5 | SYSm, as the MRS (Banked register) encoding has them): B9.2.3. */
  bankedRead: host("banked_read", ["i32"], "i32"),
  /** (R << 5 | SYSm, value). */
  bankedWrite: host("banked_write", ["i32", "i32"], undefined),
  /** (n 8..14): the User mode register, for LDM/STM (User registers). */
  userRead: host("user_read", ["i32"], "i32"),
  /** (n, value). */
  userWrite: host("user_write", ["i32", "i32"], undefined),
  /** (mode): SP of that mode, for SRS. */
  modeSpRead: host("mode_sp_read", ["i32"], "i32"),
  /** (mode, value). */
  modeSpWrite: host("mode_sp_write", ["i32", "i32"], undefined),
  /** (key): MRC. The key is coprocessor << 16 | opc1 << 12 | CRn << 8 | CRm << 4 | opc2. */
  mrc: host("mrc", ["i32"], "i32"),
  /** (key, value): MCR. */
  mcr: host("mcr", ["i32", "i32"], undefined),
  /** (key = coprocessor << 16 | 1 << 15 | opc1 << 4 | CRm): MRRC; the low word, the high one goes to result_high. */
  mrrc: host("mrrc", ["i32"], "i32"),
  /** (key, low, high): MCRR. */
  mcrr: host("mcrr", ["i32", "i32", "i32"], undefined),
  /** (1 for SMC, 0 for HVC, immediate): firmware call or undefined. pc is already that of the next instruction. */
  firmwareCall: host("firmware_call", ["i32", "i32"], undefined),
  /** (register number 0 FPSID 1 FPSCR 6 MVFR1 7 MVFR0 8 FPEXC): VMRS. */
  vmrs: host("vmrs", ["i32"], "i32"),
  /** (register number, value): VMSR. Refreshes the block flags. */
  vmsr: host("vmsr", ["i32", "i32"], undefined),
  /** (address, 1 for a store): the alignment fault of an access, for the one rule that a MemOp cannot express. */
  alignmentFault: host("alignment_fault", ["i32", "i32"], undefined, { reads: [], writes: [], mayRaise: true }),
} as const;

/** Exception numbers of the ARM target: what `raise` and GuestFault carry. */
export const exceptions = {
  undefinedInstruction: 1,
  /** Argument: the immediate. */
  supervisorCall: 2,
  /** Argument: fault status (IFSR); address: IFAR. */
  prefetchAbort: 3,
  /** Argument: fault status (DFSR, with WnR); address: DFAR. */
  dataAbort: 4,
  irq: 5,
  fiq: 6,
  /** Argument: the immediate. A debug event: prefetch abort with the debug status. */
  breakpoint: 7,
} as const;
