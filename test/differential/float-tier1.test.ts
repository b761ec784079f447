/** VFP and Advanced SIMD against the recorded results, compiled: a sample of the cases that the ARM target's own tests run in tier 0. */
import { readFileSync } from "node:fs";
import { imports, type Region, type RegionBlock } from "@tsemu/backend-wasm";
import { compileBatch } from "@tsemu/backend-wasm/compile";
import { type Block, optimize } from "@tsemu/ir";
import { ARENA, BUDGET, EXIT_ARG, exits } from "@tsemu/memory";
import { CODE_ADDRESS, type FloatCase, FloatReplay, floatRuns, type Outcome, unpackResults } from "@tsemu/target-arm/testing";
import { describe, expect, test } from "vitest";

/** Every so-manieth case is compiled. */
const STEP = 2;
const BATCH = 400;

type Run = (descriptor: number) => number;

/** The one helper of these instructions that is the host's. */
const alignmentFault = `${imports.helper}alignment_fault`;
class Fault extends Error {}

/** Compiles blocks, each as a region, and links them to the replay's memory. */
function compileBlocks(replay: FloatReplay, blocks: readonly Block[], flags: readonly number[]): Run[] {
  const { memory, table, softFloat, lookup } = replay.insn.linkage;
  // Link cells that lead nowhere: the code returns where it would go on.
  const irs = new Map<RegionBlock, Block>();
  const regions = blocks.map((ir, i): Region => {
    const block: RegionBlock = {
      pc: CODE_ADDRESS,
      flags: flags[i]!,
      descriptor: ARENA,
      insnCount: 1,
      code: new Uint8Array(),
      lookedUp: [],
      gotos: Array.from({ length: 8 }, () => ({ to: -1, cell: ARENA + 64 })),
      targets: new Array<number[]>(8).fill([]),
      guard: undefined,
      site: 1,
    };
    irs.set(block, ir);
    return { blocks: [block], entries: [0] };
  });
  const { bytes } = compileBatch({ regions }, (block) => irs.get(block)!);
  const module = new WebAssembly.Module(bytes);
  const faulted = (): number => 1;
  const env: Record<string, unknown> = { [imports.memory]: memory.memory, [imports.table]: table, [imports.lookup]: lookup };
  env[imports.slowLoad] = faulted;
  env[imports.slowStore] = faulted;
  env[alignmentFault] = () => {
    throw new Fault();
  };
  for (const { name } of WebAssembly.Module.imports(module)) {
    if (name.startsWith(imports.helper)) env[name] ??= softFloat[name.slice(imports.helper.length).replace(".std", "")];
  }
  const { exports } = new WebAssembly.Instance(module, { env } as never);
  return blocks.map((_, i) => exports[`r${i}`] as Run);
}

const outcomeOf = (run: Run, u32: Uint32Array): Outcome => {
  try {
    const reason = run(ARENA);
    return reason === exits.raise ? u32[EXIT_ARG >> 2]! : reason === exits.fault ? "fault" : "done";
  } catch (error) {
    if (error instanceof Fault) return "fault";
    throw error;
  }
};

describe.each(floatRuns)("$name", (run) => {
  test("compiled code has the recorded results", { timeout: 120_000 }, () => {
    const file = JSON.parse(readFileSync(new URL(`../vectors/arm/${run.name}.json`, import.meta.url), "utf8")) as { results: string };
    const recorded = [...unpackResults(Uint8Array.from(Buffer.from(file.results, "base64")))];
    const replay = new FloatReplay(run);
    const { i32, u32 } = replay.insn.linkage.memory;
    const sample = [...replay.cases()].map((c, i): [FloatCase, number] => [c, i]).filter(([, i]) => i % STEP === 0);
    const differences: string[] = [];
    for (let at = 0; at < sample.length; at += BATCH) {
      const batch = sample.slice(at, at + BATCH);
      const flags = batch.map(([c]) => replay.flagsFor(c));
      const blocks = batch.map(([c], i) => optimize({ insts: replay.insn.translate([c.word], flags[i]!)!.ir.insts }));
      const runs = compileBlocks(replay, blocks, flags);
      batch.forEach(([c, index], i) => {
        replay.prepare(c);
        i32[BUDGET >> 2] = 1000;
        u32.fill(0, (ARENA + 64) >> 2, (ARENA + 128) >> 2);
        const outcome = outcomeOf(runs[i]!, u32);
        const text = replay.compare(c, outcome, recorded[index]!);
        if (text !== undefined) differences.push(`${c.row} ${c.word.toString(16)} with FPSCR ${c.fpscr.toString(16)}: ${text}`);
      });
    }
    expect(differences).toEqual([]);
  });
});
