/**
 * A target whose blocks are IR written by tests: the engine runs them in tier 0 and tier 1 as it runs guest code. Addresses are physical:
 *
 *   0x1_0000  RAM; the first page is where blocks "are", the rest is for data
 *   0x1_3000  one page of it may not be written, the next not be accessed at all
 *   0x2_0000  nothing: an access is a fault
 */
import type { Block, HelperSignature, Slot, StateLayout } from "@tsemu/ir";
import { type Cpu, type CpuEnvironment, CpuState, GuestFault, type Helper, type Mapping, type Target } from "@tsemu/target";

export const RAM = 0x1_0000;
export const RAM_SIZE = 0x1_0000;
/** Blocks may be at addresses below this. */
export const CODE_END = RAM + 0x1000;
export const READ_ONLY = 0x1_3000;
export const FORBIDDEN = 0x1_4000;

/** Exceptions of memory accesses. */
export const faults = { walk: 100, alignment: 101, bus: 102 } as const;

export interface IrProgram {
  /** The block at a pc, made anew each time (passes change their input); undefined: the program has ended. */
  block(pc: number): Block | undefined;
}

/** The program that the CPU executes. */
export interface Programs {
  current: IrProgram | undefined;
}

/** The walk of this target, for the evaluator too. */
export function walk(va: number, access: "read" | "write" | "execute"): Mapping | GuestFault {
  const page = va - (va % 0x1000);
  if (page === FORBIDDEN || (page === READ_ONLY && access === "write")) return new GuestFault(faults.walk, access === "write" ? 1 : 0, va);
  return {
    pa: page,
    readable: true,
    writable: page !== READ_ONLY,
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

  walk = (va: number, access: "read" | "write" | "execute"): Mapping | GuestFault => walk(va, access);
  alignmentFault = (va: number): GuestFault => new GuestFault(faults.alignment, 0, va);
  busFault = (va: number): GuestFault => new GuestFault(faults.bus, 0, va);
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

export const irTarget = (layout: StateLayout, helpers: readonly Helper[], programs: Programs): Target => {
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
    addressBits: 32,
    pageBits: 12,
    cpuModels: [{ name: "ir", description: "blocks of IR" }],
    layout,
    pc,
    flags,
    mmuIdxCount: 2,
    helpers,
    create: (_model, env) => new IrCpu(env, pc, flags),
    translator: () => (_reader, at) => {
      const ir = programs.current?.block(at) ?? end(at);
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
