/** One vCPU: its state in memory, what its surroundings give it, and what the engine asks of the architecture. */
import type { Logger } from "@tsemu/base";
import type { Clock, IrqLine, RandomPort } from "@tsemu/hw";
import type { StateLayout } from "@tsemu/ir";

/**
 * The state area of one vCPU as typed arrays over the emulator's memory. Index i32 and u32 by `slot.offset >> 2`, f64 and
 * (rarely: BigInt) i64 by `slot.offset >> 3`. The engine never grows that memory, so the views stay valid.
 */
export class CpuState {
  readonly layout: StateLayout;
  /** Address of the area in the emulator's memory; helpers that take pointers to slots add `slot.offset`. */
  readonly base: number;
  readonly bytes: Uint8Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;

  constructor(layout: StateLayout, buffer: ArrayBuffer, base: number) {
    this.layout = layout;
    this.base = base;
    this.bytes = new Uint8Array(buffer, base, layout.size);
    this.i32 = new Int32Array(buffer, base, layout.size >> 2);
    this.u32 = new Uint32Array(buffer, base, layout.size >> 2);
    this.f32 = new Float32Array(buffer, base, layout.size >> 2);
    this.f64 = new Float64Array(buffer, base, layout.size >> 3);
    this.i64 = new BigInt64Array(buffer, base, layout.size >> 3);
  }
}

export type Access = "read" | "write" | "execute";

/** A guest exception: thrown by helpers, walks and fetches, caught by the engine, which restores precise state and delivers it. */
export class GuestFault {
  /** The target's number for the exception. */
  readonly exception: number;
  /** Two words whose meaning is the exception's, e.g. a fault status and a fault address. */
  readonly argument: number;
  readonly address: number;
  /** Upper word of the address, where addresses have 64 bits. */
  readonly addressHigh: number;
  constructor(exception: number, argument = 0, address = 0, addressHigh = 0) {
    this.exception = exception;
    this.argument = argument;
    this.address = address;
    this.addressHigh = addressHigh;
  }
}

/** The result of a translation-table walk for one page of the target's smallest size. */
export interface Mapping {
  /** Physical address of the page's first byte; up to 2^40. */
  readonly pa: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  /** Device memory: unaligned accesses fault where the architecture says so. */
  readonly device: boolean;
  /** The same holds for every address of the page; otherwise each access is translated anew. */
  readonly wholePage: boolean;
  /** Holds in every address space: a switch to another one (flushTlb "nonGlobal") leaves it. */
  readonly global: boolean;
  /** The translation covers 2^sizeBits bytes, if more than this page: a flush of any address among them forgets it whole. At most 32. */
  readonly sizeBits?: number;
}

/** Physical memory as a page walk sees it: little-endian, without side effects on devices (those read as zero and report `false` in `isRam`). */
export interface WalkMemory {
  /** Is there RAM or ROM at pa? A walk through anything else is an external abort. */
  isRam(pa: number): boolean;
  read32(pa: number): number;
  write32(pa: number, value: number): void;
}

/**
 * Memory at virtual addresses, for helpers that access it as instructions do: through the TLB, devices and translated code included. An access that is not
 * allowed throws its GuestFault.
 */
export interface VirtualMemory {
  /** The bytes, zero-extended. */
  load(va: number, high: number, size: 1 | 2 | 4, mmuIdx: number): number;
  store(va: number, high: number, size: 1 | 2 | 4, mmuIdx: number, value: number): void;
}

/** The second address space of architectures that have one: 64 KiB of I/O ports. What nobody answers reads as all ones. */
export interface IoSpace {
  read(port: number, size: 1 | 2 | 4): number;
  write(port: number, value: number, size: 1 | 2 | 4): void;
}

/**
 * Registers of a device of the machine that its CPU reaches by instructions of its own, not by loads and stores: an interrupt controller that belongs
 * to the CPU. Their names are a matter of the architecture and of that device.
 */
export interface SystemRegisters {
  get(name: string): number;
  set(name: string, value: number): void;
}

/** What the engine gives a vCPU. */
export interface CpuEnvironment {
  readonly state: CpuState;
  readonly memory: WalkMemory;
  readonly virtual: VirtualMemory;
  /** No port answers on machines without I/O ports. */
  readonly io: IoSpace;
  /** Absent on machines without such a device. */
  readonly systemRegisters?: SystemRegisters | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Random numbers, for CPUs that have a generator. */
  readonly random?: RandomPort | undefined;
  /** Exports of the linked wasm modules, by name: for the rare case that JavaScript asks for what translated code calls. */
  readonly wasm: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Guest instructions executed so far, exact at the present instruction. */
  instructionCount(): number;
  /** An output wire of the CPU, e.g. its timers' interrupt lines. */
  output(name: string): IrqLine;
  /** Forgets cached translations: all, those that are not global, or those of the page that holds va (whose upper word is `high`). */
  flushTlb(what: "all" | "nonGlobal" | number, high?: number): void;
  /**
   * The address space changes: translations that are not global no longer hold. What was learned under the same key before, and not
   * flushed since, may be used again; a key is whatever the architecture's TLB is tagged with, and what its walks start from.
   */
  switchAddressSpace(key: number): void;
  /** Leave compiled code at the next block boundary and ask `pendingException` there. */
  kick(): void;
  /** The interrupt acknowledge cycle: the vector of the interrupt that the machine's controller has for the CPU, which is being served from now on. */
  acknowledgeInterrupt(): number;
  /** HVC or SMC: true if the machine's firmware (PSCI) took the call; registers are in the state. */
  firmwareCall(conduit: "hvc" | "smc"): boolean;
}

/**
 * Who translates addresses: the architecture's MMU, or in user mode whoever keeps the guest's address spaces. Addresses come as two unsigned
 * words; the upper one is always 0 where they have 32 bits.
 */
export interface PageWalker {
  /** Walks the tables for the page of `va`; a GuestFault value where the access is not allowed. Sets accessed/dirty bits if the architecture does. */
  walk(va: number, access: Access, mmuIdx: number, high: number): Mapping | GuestFault;
  /** The fault for an access of `align` bytes' alignment rule at va, or for an unaligned access to device memory. */
  alignmentFault(va: number, access: Access, mmuIdx: number, high: number): GuestFault;
  /** The fault for an access that no RAM or device answers; undefined: reads give 0 and writes vanish. */
  busFault(va: number, access: Access, high: number): GuestFault | undefined;
}

/** One vCPU's architecture. State that a snapshot must hold is in the slots; only wires and timers are JavaScript objects. */
export interface Cpu extends PageWalker {
  readonly state: CpuState;
  /** Power-on state; pc is the reset vector. */
  reset(): void;
  /** Starts at `entry` with these general registers, the first ones first, as a boot loader would; after reset(). */
  start(entry: number, registers: readonly number[]): void;
  /** The part of the state that changes how code is translated; also kept in the `flags` slot at all block boundaries. */
  blockFlags(): number;
  /** The MMU index that instruction fetches use under these block flags. */
  fetchMmuIdx(flags: number): number;
  /** An input wire, e.g. "irq". The engine calls kick() itself after it. */
  setInput(name: string, level: boolean): void;
  /** Is there work in spite of a wait-for-interrupt stop? */
  hasWork(): boolean;
  /** Delivers an interrupt that is pending and enabled, if any; true if it did. */
  deliverInterrupt(): boolean;
  /** Takes an exception; pc and whatever `extra` restores are exact. */
  deliver(fault: GuestFault): void;
  /** Sets pc (its lower word; the upper one is that of the block already) and the state that an insn's `extra` stands for. */
  restore(pc: number, extra: number): void;
  /** Goes back to where the present instruction can be executed again from, where that is another one: in a delay slot, to the branch. */
  rewind?(): void;
  /** Text of `-d cpu`. */
  dump(fpu: boolean): string;
}

/** Guest code as a translator reads it, in the guest's instruction byte order, by the lower words of addresses. */
export interface CodeReader {
  u8(va: number): number;
  u16(va: number): number;
  u32(va: number): number;
}

/** Reasons of the IR's `stop`. */
export const stopReasons = { waitForInterrupt: 0, yield: 1 } as const;
