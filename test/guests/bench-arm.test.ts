/** The CPU programs of the benchmarks in the emulator: every checksum is that of a native run. */
import { expect, it } from "vitest";
import { expectedChecksums, programs } from "../../benchmarks/programs.ts";
import { runProgram, tsemuCommand } from "../../benchmarks/run-emulator.ts";

/** Seconds for one program; generous, for slow and busy hosts. */
const limit = 120;

it.each(programs.map((p) => p.name))("%s", async (name) => {
  const { repetitions, failure } = await runProgram(tsemuCommand("system", undefined), "system", name, 1, limit);
  expect(failure).toBeUndefined();
  expect(repetitions.map((r) => r.checksum)).toEqual([expectedChecksums()[name]]);
});
