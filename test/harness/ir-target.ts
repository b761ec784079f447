/**
 * A target whose blocks are IR written by tests: the engine runs them in tier 0 and tier 1 as it runs guest code. Addresses are physical:
 *
 *   0x1_0000  RAM; the first page is where blocks "are", the rest is for data
 *   0x1_3000  one page of it may not be written, the next not be accessed at all
 *   0x2_0000  nothing: an access is a fault
 *
 * Where addresses have 64 bits, there is the same memory in the 4 GiB that `windows` names, and more in one of them: there all of it may be
 * accessed, and its last page and the first one of the next 4 GiB are two of the RAM's pages.
 */
import type { Block, HelperSignature, Slot, StateLayout } from "@tsemu/ir";
import { type Access, type Cpu, type CpuEnvironment, CpuState, GuestFault, type Helper, type Mapping, type Target } from "@tsemu/target";

export const RAM = 0x1_0000;
export const RAM_SIZE = 0x1_0000;
/** Blocks may be at addresses below this. */
export const CODE_END = RAM + 0x1000;
export const READ_ONLY = 0x1_3000;
export const FORBIDDEN = 0x1_4000;

/** Upper words of addresses; the middle one is the window with more in it. */
export const windows = [0, 3, 0xffff_ffff] as const;
const [, FREE] = windows;
/** The last page before the next window, and where it and the page behind it are. */
export const LAST_PAGE = 0xffff_f000;
const LAST_PA = RAM + 0x6000;

/** Exceptions of memory accesses. */
export const faults = { walk: 100, alignment: 101, bus: 102 } as const;

export interface IrProgram {
  /** The block at a pc, made anew each time (passes change their input); undefined: the program has ended. */
  block(pc: number, pcHigh: number): Block | undefined;
}

/** The program that the CPU executes. */
export interface Programs {
  current: IrProgram | undefined;
}

/** The walk of this target, for the evaluator too. */
export function walk(va: number, access: "read" | "write" | "execute", high: number): Mapping | GuestFault {
  const page = va - (va % 0x1000);
  const fault = (): GuestFault => new GuestFault(faults.walk, access === "write" ? 1 : 0, va, high);
  if (high === FREE && page === LAST_PAGE) return mapping(LAST_PA, true);
  if (high === FREE + 1 && page === 0) return mapping(LAST_PA + 0x1000, true);
  if (!windows.some((window) => window === high)) return fault();
  if (high !== FREE && (page === FORBIDDEN || (page === READ_ONLY && access === "write"))) return fault();
  return mapping(page, high === FREE || page !== READ_ONLY);
}

function mapping(pa: number, writable: boolean): Mapping {
  return {
    pa,
    readable: true,
    writable,
    executable: true,
    device: false,
    wholePage: true,
    global: true,
  };
}

export class IrCpu implements Cpu {
  readonly state: CpuState;
  /** The exception that was delivered last, with the state restored for it. */
  delivered: { readonly fault: GuestFault; readonly extra: number } | undefined;
  onDeliver: () => void = () => {};
  #extra = -1;
  readonly #pc: Slot;
  readonly #flags: Slot;

  constructor(env: CpuEnvironment, pc: Slot, flags: Slot) {
    this.state = env.state;
    this.#pc = pc;
    this.#flags = flags;
  }

  reset(): void {}
  start(): void {}
  blockFlags = (): number => this.state.u32[this.#flags.offset >> 2]!;
  fetchMmuIdx = (): number => 0;

  walk = (va: number, access: Access, _mmuIdx: number, high: number): Mapping | GuestFault => walk(va, access, high);
  alignmentFault = (va: number, _access: Access, _mmuIdx: number, high: number): GuestFault =>
    new GuestFault(faults.alignment, 0, va, high);
  busFault = (va: number, _access: Access, high: number): GuestFault => new GuestFault(faults.bus, 0, va, high);
  setInput(): void {}
  hasWork = (): boolean => false;
  deliverInterrupt = (): boolean => false;

  deliver(fault: GuestFault): void {
    this.delivered = { fault, extra: this.#extra };
    this.onDeliver();
  }

  restore(pc: number, extra: number): void {
    this.state.u32[this.#pc.offset >> 2] = pc;
    this.#extra = extra;
  }

  dump = (): string => "";
}

/** The reason with which a program that is not told to stop stops. */
export const END = 99;

export const irTarget = (layout: StateLayout, helpers: readonly Helper[], programs: Programs, addressBits: 32 | 64): Target => {
  const pc = layout.slot("pc");
  const flags = layout.slot("flags");
  const none = { type: undefined, id: -1 } as const;
  /** A block that stops the CPU at its own pc. */
  const end = (at: number): Block => ({
    insts: [
      { kind: "insn", pc: at, extra: 0, ...none },
      { kind: "const", type: "i32", value: at | 0, id: 0 },
      { kind: "set", slot: pc, value: { kind: "const", type: "i32", value: at | 0, id: 0 }, ...none },
      { kind: "stop", reason: END, ...none },
    ],
  });
  return {
    name: "ir",
    wordSize: 32,
    addressBits,
    pageBits: 12,
    cpuModels: [{ name: "ir", description: "blocks of IR" }],
    layout,
    pc,
    flags,
    mmuIdxCount: 2,
    helpers,
    create: (_model, env) => new IrCpu(env, pc, flags),
    translator: () => (_reader, at, _flags, _maxInsns, high) => {
      const ir = programs.current?.block(at, high) ?? end(at);
      const insnCount = ir.insts.filter((inst) => inst.kind === "insn").length;
      return { ir, pc: at, bytes: 4 * insnCount, insnCount };
    },
    debug: { architecture: "ir", littleEndian: true, features: () => [] },
    disassemble: () => ({ text: "", length: 4 }),
  };
};

/** A helper for tests: `run` in the engine, `evaluate` on bits in the evaluator. */
export interface TestHelper {
  readonly signature: HelperSignature;
  readonly evaluate: (args: readonly bigint[], state: Uint8Array) => bigint | undefined;
  readonly helper: Helper;
}
