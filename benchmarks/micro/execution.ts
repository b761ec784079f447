/** Guest instructions a second of each tier, in the CPU programs. */
import type { RegionCompiler } from "@tsemu/engine";
import { type Case, measure } from "../harness.ts";
import type { BenchProgram } from "../programs.ts";
import { geometricMean, markdownTable } from "../statistics.ts";
import { execute, programGuest, type Tier, warmUp } from "./guest.ts";

const INSNS = 5_000_000;

/** The table of millions of instructions a second. */
export const executionTable = async (compiler: RegionCompiler, chosen: readonly BenchProgram[]): Promise<string> => {
  const rows: string[][] = [];
  const all: { readonly tier0: number[]; readonly tier1: number[] } = { tier0: [], tier1: [] };
  for (const { name } of chosen) {
    const cases: Case[] = [];
    for (const [tierName, tier] of [
      ["tier0", {}],
      ["tier1", { compiler }],
    ] as readonly (readonly [string, Tier])[]) {
      const system = programGuest(name, tier);
      await warmUp(system, 1);
      cases.push({ name: tierName, run: () => execute(system, INSNS) });
    }
    const seconds = await measure(name, cases, { seconds: 0.6 });
    const mips = (tier: string): number => INSNS / seconds.get(tier)! / 1e6;
    all.tier0.push(mips("tier0"));
    all.tier1.push(mips("tier1"));
    rows.push([name, mips("tier0").toFixed(0), mips("tier1").toFixed(0)]);
  }
  rows.push(["geometric mean", geometricMean(all.tier0).toFixed(0), geometricMean(all.tier1).toFixed(0)]);
  return markdownTable(["program", "tier 0, MIPS", "tier 1, MIPS"], rows);
};
