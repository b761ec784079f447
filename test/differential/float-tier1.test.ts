/** VFP and Advanced SIMD against the recorded results, compiled: a sample of the cases that the ARM target's own tests run in tier 0. */
import { readFileSync } from "node:fs";
import { optimize } from "@tsemu/ir";
import { ARENA, BUDGET, EXIT_ARG, exits } from "@tsemu/memory";
import { type FloatCase, FloatReplay, floatRuns, type Outcome, unpackResults } from "@tsemu/target-arm/testing";
import { describe, expect, test } from "vitest";
import { compileBlocks, type Run, UNLINKED } from "../support/compile-blocks.ts";

/** Every so-manieth case is compiled. */
const STEP = 2;
const BATCH = 400;

class Fault extends Error {}

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
      const blocks = batch.map(([c]) => {
        const flags = replay.flagsFor(c);
        return { ir: optimize({ insts: replay.insn.translate([c.word], flags)!.ir.insts }), flags };
      });
      const runs = compileBlocks(replay, blocks, () => {
        throw new Fault();
      });
      batch.forEach(([c, index], i) => {
        replay.prepare(c);
        i32[BUDGET >> 2] = 1000;
        u32.fill(0, UNLINKED >> 2, (ARENA + 128) >> 2);
        const outcome = outcomeOf(runs[i]!, u32);
        const text = replay.compare(c, outcome, recorded[index]!);
        if (text !== undefined) differences.push(`${c.row} ${c.word.toString(16)} with FPSCR ${c.fpscr.toString(16)}: ${text}`);
      });
    }
    expect(differences).toEqual([]);
  });
});
