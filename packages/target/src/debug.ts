/** What a debugger needs to know of an architecture, and what it asks of a running guest. */
import { type Access, type Cpu, GuestFault } from "./cpu.ts";

/** A register as gdb knows it. Its value is a number of so many bits, in the byte order of the guest where it is sent. */
export interface DebugRegister {
  readonly name: string;
  readonly bits: 32 | 64;
  /** gdb's number for it, where it does not follow the one before. */
  readonly number?: number;
  /** gdb's type; by default an integer. */
  readonly type?: "data_ptr" | "code_ptr" | "ieee_single" | "ieee_double" | "int";
  readonly group?: "general" | "float" | "system";
  get(cpu: Cpu): bigint;
  /** Absent: what is written to it is lost. */
  set?(cpu: Cpu, value: bigint): void;
}

/** Registers under a name that gdb looks for: "org.gnu.gdb.arm.core". */
export interface DebugFeature {
  readonly name: string;
  readonly registers: readonly DebugRegister[];
}

export interface TargetDebug {
  /** gdb's name of the architecture. */
  readonly architecture: string;
  readonly littleEndian: boolean;
  /** What the CPU has; the first feature has pc in it. */
  features(cpu: Cpu): readonly DebugFeature[];
}

/**
 * An address as debuggers have it here: one number, which counts down from 0 in the upper half of 64 bits. Exact below 2^53 and for what
 * is sign-extended, that is for all that programs and kernels are linked to.
 */
export const debugAddress = (va: number, high: number): number => (high | 0) * 2 ** 32 + va;

/** The words of such an address. */
export const addressWords = (at: number): [va: number, high: number] => [at >>> 0, Math.floor(at / 2 ** 32) >>> 0];

/** Ends a slice for the debugger's sake, before the instruction at pc: there is a breakpoint, or it would access what is watched. */
export class DebugStop extends GuestFault {
  readonly kind: "breakpoint" | "watchpoint";
  readonly access: Access;
  constructor(kind: "breakpoint" | "watchpoint", va: number, access: Access) {
    super(DEBUG_STOP, 0, va);
    this.kind = kind;
    this.access = access;
  }
}

/** Number of the exception that debug stops are; no architecture has it. */
export const DEBUG_STOP = -2;

export type WatchKind = "write" | "read" | "access";

/** Bytes that are watched. */
export interface Watch {
  readonly va: number;
  readonly size: number;
  readonly kind: WatchKind;
}

/** A thread as the debugger sees it; in a machine, a CPU. */
export interface DebugThread {
  readonly id: number;
  readonly name: string;
}

/** Why the guest stands still now. Signals by name: "SIGSEGV". */
export type DebugEvent =
  | { readonly kind: "signal"; readonly thread: number; readonly signal: string; readonly watch?: Watch | undefined }
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: string };

/** How the guest goes on. */
export interface DebugResume {
  /** That thread executes one instruction, and the others nothing until it has; absent: all go on. */
  readonly step?: number | undefined;
  /** A signal for a thread, in the place of the one that it was stopped for; absent: that one is forgotten. */
  readonly signal?: { readonly thread: number; readonly name: string } | undefined;
}

/** A running guest as a debugger has it. Everything but `interrupt` is for when it stands still. */
export interface Debuggee {
  readonly debug: TargetDebug;
  readonly features: readonly DebugFeature[];
  /** Was it there before the debugger, so that it outlives it? */
  readonly isAttached: boolean;
  /** A debugger is there, and gone. With one there the guest stands still until it is let go on. */
  attach(heard: (event: DebugEvent) => void): void;
  detach(): void;
  threads(): readonly DebugThread[];
  readRegister(thread: number, register: DebugRegister): bigint;
  writeRegister(thread: number, register: DebugRegister, value: bigint): void;
  /** As many bytes as there are, up to `size`. */
  readMemory(thread: number, va: number, size: number): Uint8Array;
  writeMemory(thread: number, va: number, bytes: Uint8Array): boolean;
  setBreakpoint(va: number, on: boolean): void;
  setWatch(watch: Watch, on: boolean): void;
  resume(how: DebugResume): void;
  /** Makes it stand still; an event follows. */
  interrupt(): void;
  kill(): void;
  /** Signals that are none of the debugger's business. */
  passSignals(names: ReadonlySet<string>): void;
  /** What else it tells: "auxv", "exec-file". */
  object(name: string): Uint8Array | undefined;
  /** A command of the debugger's `monitor`; undefined where there is none of that name. */
  monitor(command: string): string | undefined;
}
