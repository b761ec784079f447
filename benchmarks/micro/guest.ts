/** Guests for the micro-benchmarks: the CPU programs on the virt board, and loops of a few words, run in this thread by slices. */
import { readFileSync } from "node:fs";
import { type RegionCompiler, RegionTier, type RegionLimits, defaultLimits } from "@tsemu/engine";
import { bootArm } from "@tsemu/machines";
import type { System } from "@tsemu/system";
import { maxBlockInsns } from "@tsemu/target";
import { bareSystem, RAM, words } from "../../test/support/bare-system.ts";
import { paths } from "../programs.ts";

const MiB = 2 ** 20;

/** How a guest is executed: by the interpreter alone, or with a compiler that compiles before the CPU goes on. */
export type Tier = { readonly compiler?: RegionCompiler; readonly limits?: Partial<RegionLimits> };

const withTier = (system: System, { compiler, limits }: Tier): System => {
  if (compiler !== undefined) system.vcpu.hotCode = new RegionTier(system.vcpu, compiler, { ...defaultLimits, ...limits });
  return system;
};

/** A machine at the first instruction of the benchmark ELF, which will repeat one program for ever. */
export const programGuest = (name: string, tier: Tier): System => {
  const system = withTier(bareSystem({ ramBytes: 64 * MiB }).system, tier);
  const kernel = { name: paths.bare("arm"), bytes: readFileSync(paths.bare("arm")) };
  const boot = bootArm(system.machine, { kernel, commandLine: `${name} repeat=99999` });
  system.boot({ parts: boot.parts, start: { entry: boot.entry, registers: boot.registers } });
  return system;
};

export interface LoopGuest {
  /** A32 instructions by address; the first address is where it starts. */
  readonly code: ReadonlyMap<number, readonly number[]>;
  /** r0, r1 ... */
  readonly registers?: readonly number[];
}

export const loopGuest = ({ code, registers = [] }: LoopGuest, tier: Tier): System => {
  const system = withTier(bareSystem({ ramBytes: 32 * MiB }).system, tier);
  const parts = [...code].map(([pa, insns]) => ({ what: "code", pa, bytes: words(...insns) }));
  system.boot({ parts, start: { entry: [...code.keys()][0]!, registers } });
  return system;
};

/** Executes instructions, up to a block fewer; throws if the guest stops instead. */
export const execute = (system: System, insns: number): void => {
  const { vcpu } = system;
  const until = vcpu.instructionCount + insns;
  // A slice ends before a block that does not fit in.
  while (until - vcpu.instructionCount >= maxBlockInsns) {
    const end = vcpu.runSlice(until - vcpu.instructionCount, false);
    if (end.kind === "stop") throw new Error(`the guest stopped: ${end.reason}`);
  }
};

/**
 * Executes for about so many seconds, with pauses in which V8 can put optimized code in place. Throws if there is a compiler and it got
 * nothing to do: tier 0 would be measured in its name.
 */
export const warmUp = async (system: System, seconds: number): Promise<void> => {
  const until = performance.now() + 1000 * seconds;
  while (performance.now() < until) {
    execute(system, 100_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { hotCode } = system.vcpu;
  if (hotCode instanceof RegionTier && (hotCode.compiled === 0 || hotCode.failures > 0)) {
    throw new Error(`${hotCode.compiled} regions were compiled, ${hotCode.failures} calls of the compiler failed`);
  }
};

export { RAM };
