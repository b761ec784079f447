/** What it costs to get from one block to the next: rings of blocks that are nothing but their branch. */
import type { RegionCompiler } from "@tsemu/engine";
import type { System } from "@tsemu/system";
import { type Case, measure } from "../harness.ts";
import { markdownTable } from "../statistics.ts";
import { execute, type LoopGuest, loopGuest, RAM, type Tier, warmUp } from "./guest.ts";

const CODE = RAM + 0x1_0000;
const BLOCKS = 12;
/** Blocks executed by one call of a case. */
const INSNS = 1_000_000;

/** A32: b */
const branch = (from: number, to: number): number => 0xea00_0000 | (((to - from - 8) >> 2) & 0xff_ffff);
/** A32: bx rN */
const branchExchange = (register: number): number => 0xe12f_ff10 | register;

const ring = (stride: number, insn: (at: number, next: number, i: number) => number): LoopGuest => {
  const addresses = Array.from({ length: BLOCKS }, (_, i) => CODE + stride * i);
  const next = (i: number): number => addresses[(i + 1) % BLOCKS]!;
  return { code: new Map(addresses.map((at, i) => [at, [insn(at, next(i), i)]])), registers: addresses.map((_, i) => next(i)) };
};

const direct = ring(64, branch);
const otherPages = ring(0x1000, branch);
const indirect = ring(64, (_at, _next, i) => branchExchange(i));

/** The table of the costs of passing on. */
export const dispatchTable = async (compiler: RegionCompiler): Promise<string> => {
  const single: Tier = { compiler, limits: { threshold: 2, blocks: 1, least: 1, batch: 1 } };
  const whole: Tier = { compiler, limits: { threshold: 50, batch: 1 } };
  const kinds: readonly (readonly [string, LoopGuest, Tier])[] = [
    ["tier 0, direct branch (chained)", direct, {}],
    ["tier 0, branch to another page (lookup)", otherPages, {}],
    ["tier 0, indirect branch (lookup)", indirect, {}],
    ["tier 1, direct branch within a region", direct, whole],
    ["tier 1, indirect branch within a region", indirect, whole],
    ["tier 1, region to region through the table", direct, single],
    ["tier 1, branch to another page (lookup)", otherPages, single],
    ["tier 1, indirect branch (lookup)", indirect, single],
  ];
  const cases: Case[] = [];
  for (const [name, loop, tier] of kinds) {
    const system: System = loopGuest(loop, tier);
    await warmUp(system, 0.5);
    cases.push({ name, run: () => execute(system, INSNS) });
  }
  const seconds = await measure("dispatch", cases);
  return markdownTable(
    ["from block to block", "ns"],
    [...seconds].map(([name, time]) => [name, ((time * 1e9) / INSNS).toFixed(2)]),
  );
};
