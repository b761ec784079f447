/** Everything the engine needs to know about one guest architecture. */
import type { HelperSignature, Slot, StateLayout } from "@tsemu/ir";
import type { CodeReader, Cpu, CpuEnvironment } from "./cpu.ts";
import type { TargetDebug } from "./debug.ts";
import type { Translate } from "./translate.ts";

/** A helper that is a JavaScript function. It may throw GuestFault if its effects say so. Arguments of type i32 arrive signed. */
export interface HostHelper {
  readonly signature: HelperSignature & { readonly kind: "host" };
  // biome-ignore lint: each target narrows Cpu to its own class
  readonly run: (cpu: any, ...args: number[]) => number | void;
}

/** A helper that is an export of a linked wasm module. */
export interface WasmHelper {
  readonly signature: HelperSignature & { readonly kind: "wasm" };
  readonly module: "softfloat";
  readonly export: string;
}

export type Helper = HostHelper | WasmHelper;

export interface CpuModel {
  readonly name: string;
  /** Other names that `-cpu` takes. */
  readonly aliases?: readonly string[];
  /** One line for `-cpu help`. */
  readonly description: string;
}

export interface Disassembly {
  readonly text: string;
  /** Bytes of the instruction. */
  readonly length: number;
}

export interface Target {
  readonly name: string;
  readonly wordSize: 32 | 64;
  /**
   * Bits of a virtual address. Where it is 64, loads and stores take i64 addresses, and the layout has the upper word of pc behind pc: every
   * `lookup` and `stop` leaves both words there, while gotos and `restore` concern the lower one alone.
   */
  readonly addressBits: 32 | 64;
  /** Smallest page, as a power of two. */
  readonly pageBits: number;
  readonly cpuModels: readonly CpuModel[];
  readonly layout: StateLayout;
  /** The slots the engine itself reads and writes. */
  readonly pc: Slot;
  readonly flags: Slot;
  /** Does an instruction see what the one before it has stored over it? Otherwise code may be fetched early, up to the next block. */
  readonly seesOwnStores?: true;
  /** Number of MMU indexes in use, 1..4. */
  readonly mmuIdxCount: number;
  readonly helpers: readonly Helper[];
  /** A vCPU of one of cpuModels. Does not reset it. */
  create(model: string, env: CpuEnvironment): Cpu;
  /**
   * Translates for a model: of guest code and block flags alone, so that a thread that has no CPU can do it too. `stateBase` is the address of
   * the vCPU's state in the emulator's memory.
   */
  translator(model: string, stateBase: number): Translate;
  readonly debug: TargetDebug;
  disassemble(reader: CodeReader, pc: number, flags: number): Disassembly;
}
