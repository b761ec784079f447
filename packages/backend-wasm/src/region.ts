/** What the compiler gets: a region of guest code, as plain data that can be sent to a worker. The worker translates the code once more. */
import type { Block } from "@tsemu/ir";
import type { AddressBits } from "@tsemu/memory";

/** A cell that holds the value while a page is mapped as it was. */
export interface Guard {
  readonly cell: number;
  readonly value: number;
}

export interface RegionBlock {
  readonly pc: number;
  /** Upper word of pc; 0 where addresses have 32 bits. */
  readonly pcHigh: number;
  readonly flags: number;
  /** Address of its descriptor. */
  readonly descriptor: number;
  readonly insnCount: number;
  /** Its guest code. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** Numbers, among its gotos, of those that are lookups here: they lead to another page, and out of the region. */
  readonly lookedUp: readonly number[];
  /**
   * Of each of its other gotos in order: the position of the block of the region that it leads to, or -1; and the address of its link cell (0: there
   * is none, the way out is a lookup). Not by pc: other address spaces may have other code there.
   */
  readonly gotos: readonly { readonly to: number; readonly cell: number }[];
  /** Of each of its lookups in order (`lookedUp` among them), blocks of the region to which it leads now and then: their positions. */
  readonly targets: readonly (readonly number[])[];
  /** Ways in from blocks of another page are open only while the cell holds the value. */
  readonly guard: Guard | undefined;
  /** If the block goes on in a second page, all ways in are open only while that one's cell holds the value. */
  readonly secondGuard: Guard | undefined;
  /** Site number of its first instruction; the others follow. */
  readonly site: number;
}

export interface Region {
  readonly blocks: readonly RegionBlock[];
  /** Positions of the blocks by which it may be entered, in the order of their `entry` numbers. The first is 0, from which the others are reached. */
  readonly entries: readonly number[];
}

/** The optimized IR of a region's block. */
export type IrOf = (block: RegionBlock) => Block;

/** Several regions that become one module, with exported functions r0, r1 ... in order. */
export interface Batch {
  /** Whose code it is. */
  readonly target: string;
  readonly model: string;
  readonly addressBits: AddressBits;
  readonly regions: readonly Region[];
  /** Return the module's text too, for `-d out_wat`. */
  readonly text: boolean;
}

export interface CompiledBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The module, where the compiler has made it already. */
  readonly module?: WebAssembly.Module;
  readonly text?: string;
}

/** The import names of compiled modules; all in module "env". */
export const imports = {
  memory: "memory",
  table: "table",
  /** (va, memop, site): 1 if it faulted, otherwise 0 and the value in SCRATCH. Where addresses have 64 bits, the upper word of va comes behind it. */
  slowLoad: "slow_load",
  /** (va, memop, site): the same, for the value in SCRATCH. */
  slowStore: "slow_store",
  lookup: "lookup",
  /** A helper's import is this and its name. */
  helper: "helper:",
} as const;
