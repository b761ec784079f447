/** What a guest's memory access costs: loads that each take their address from the one before, with the MMU on. */
import type { RegionCompiler } from "@tsemu/engine";
import type { System } from "@tsemu/system";
import { type Case, measure } from "../harness.ts";
import { markdownTable } from "../statistics.ts";
import { execute, loopGuest, RAM, type Tier, warmUp } from "./guest.ts";

const MiB = 2 ** 20;
const CODE = RAM + 0x1_0000;
const TABLE = RAM + 0x4000;
const DATA = RAM + 4 * MiB;
/** Addresses here are all sections of the same memory as DATA. */
const ALIASES = 0x8000_0000;
const UARTFR = 0x0900_0018;
/** Accesses in the loop's body; a branch follows. */
const ACCESSES = 32;
const INSNS = 200_000;

/** With r0 the table's address and r1 = 3: writes TTBR0 and DACR (manager: no permissions), and switches the MMU on. */
const mmuOn = [0xee02_0f10, 0xee03_1f10, 0xee11_2f10, 0xe382_2001, 0xee01_2f10];
/** ldr r5, [r5]; ldr r4, [r5]; str r4, [r5] */
const chase = 0xe595_5000;
const load = 0xe595_4000;
const store = 0xe585_4000;
/** add r4, r4, #1: a loop of these shows what the loop itself costs. */
const nothing = 0xe284_4001;
const branchBack = (insns: number): number => 0xea00_0000 | (-(insns + 2) & 0xff_ffff);

const isAlias = (va: number): boolean => va >= ALIASES && va < ALIASES + 2 ** 30;

/** Where an address leads. */
const paOf = (va: number): number => (isAlias(va) ? DATA + (va % MiB) : va);

/** Short-descriptor sections: read and write, normal memory. */
const sections = (): number[] => Array.from({ length: 4096 }, (_, i) => paOf(i * MiB) | 0x1_0c0e);

/** A cycle of pointers through memory, at addresses `stride` apart from `first` on; word i is at a place of its own in its page. */
const cycle = (count: number, first: number, stride: number): Map<number, readonly number[]> => {
  const va = (i: number): number => first + (i % count) * stride + ((i % count) % 64) * 64;
  return new Map(Array.from({ length: count }, (_, i) => [paOf(va(i)), [va(i + 1)]]));
};

interface Row {
  readonly name: string;
  readonly insn: number;
  readonly r5: number;
  readonly data?: Map<number, readonly number[]>;
}

const rows: readonly Row[] = [
  { name: "no access", insn: nothing, r5: DATA },
  { name: "load, the same page", insn: chase, r5: DATA, data: cycle(1, DATA, 0) },
  { name: "load, 256 pages that fit the TLB", insn: chase, r5: DATA, data: cycle(256, DATA, 0x1000) },
  // 64 addresses 4 MiB apart, and every one is word 64 i of the same page.
  { name: "load, TLB miss (sections)", insn: chase, r5: ALIASES, data: cycle(64, ALIASES, 4 * MiB) },
  { name: "store, the same page", insn: store, r5: DATA },
  { name: "load of a device register", insn: load, r5: UARTFR },
];

const guest = ({ insn, r5, data }: Row, tier: Tier): System => {
  const body = [...Array.from({ length: ACCESSES }, () => insn), branchBack(ACCESSES)];
  const code = new Map<number, readonly number[]>([[CODE, [...mmuOn, ...body]], [TABLE, sections()], ...(data ?? [])]);
  return loopGuest({ code, registers: [TABLE, 3, 0, 0, 0, r5] }, tier);
};

/** The table of the costs of memory accesses. */
export const memoryTable = async (compiler: RegionCompiler): Promise<string> => {
  const tiers: readonly (readonly [string, Tier])[] = [
    ["tier 0", {}],
    ["tier 1", { compiler, limits: { threshold: 50, batch: 1 } }],
  ];
  const cases: Case[] = [];
  for (const row of rows)
    for (const [tierName, tier] of tiers) {
      const system = guest(row, tier);
      await warmUp(system, 0.4);
      cases.push({ name: `${row.name}, ${tierName}`, run: () => execute(system, INSNS) });
    }
  const seconds = await measure("memory", cases, { seconds: 0.3 });
  const ns = (name: string, tier: string): string =>
    ((seconds.get(`${name}, ${tier}`)! * 1e9) / (INSNS * (ACCESSES / (ACCESSES + 1)))).toFixed(2);
  return markdownTable(
    ["instruction", "tier 0, ns", "tier 1, ns"],
    rows.map(({ name }) => [name, ns(name, "tier 0"), ns(name, "tier 1")]),
  );
};
