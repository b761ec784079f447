/** The benchmarks' own parts: that the CPU programs, their checksums and the ELF files belong together, and what is computed of measurements. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { plotRatios } from "../benchmarks/plot.ts";
import { choosePrograms, expectedChecksums, paths, programs } from "../benchmarks/programs.ts";
import { geometricMean, markdownTable, median } from "../benchmarks/statistics.ts";
import { bareSystem, MiB } from "./support/bare-system.ts";
import { bootArm } from "@tsemu/machines";

const names = programs.map((p) => p.name);

describe("the CPU programs", () => {
  it("have a source, a checksum, and are in the ELF files", () => {
    const sources = readdirSync(paths.programs).filter((file) => file.endsWith(".c"));
    expect(sources.toSorted()).toEqual(names.map((name) => `${name}.c`).toSorted());
    expect(Object.keys(expectedChecksums()).toSorted()).toEqual(names.toSorted());
    for (const file of [paths.bare("arm"), paths.linux("arm")]) {
      expect(existsSync(file)).toBe(true);
      const bytes = readFileSync(file, "latin1");
      expect(names.filter((name) => !bytes.includes(`\0${name}\0`))).toEqual([]);
    }
  });

  it("are chosen by name", () => {
    expect(choosePrograms(undefined)).toBe(programs);
    expect(choosePrograms("fib,lz").map((p) => p.name)).toEqual(["fib", "lz"]);
    expect(() => choosePrograms("fib,nothing")).toThrow(/no program "nothing"/);
  });

  it("are chosen by the kernel's command line, and switch off", async () => {
    const { system, serial } = bareSystem({ ramBytes: 64 * MiB });
    const kernel = { name: paths.bare("arm"), bytes: readFileSync(join(paths.bare("arm"))) };
    const boot = bootArm(system.machine, { kernel, commandLine: "nothing,fib repeat=0" });
    system.boot({ parts: boot.parts, start: { entry: boot.entry, registers: boot.registers } });
    expect(await system.run()).toMatchObject({ kind: "shutdown" });
    expect(serial.text).toBe("no program nothing\r\nend\r\n");
  });
});

describe("statistics", () => {
  it("median and geometric mean", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
    expect(geometricMean([0.5, 2])).toBeCloseTo(1);
    expect(geometricMean([8, 1, 1])).toBeCloseTo(2);
  });

  it("tables", () => {
    expect(markdownTable(["name", "s"], [["a", "1.5"]]).split("\n")).toEqual(["| name |   s |", "| ---- | --: |", "| a    | 1.5 |"]);
  });

  it("plots: bars from 1, to the left where tsemu is faster", () => {
    const svg = plotRatios("title", [
      { name: "fast", steady: 0.5, first: 1 },
      { name: "slow", steady: 2, first: 4 },
    ]);
    const bars = [...svg.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="8"/g)].map((m) => m.slice(1).map(Number));
    const [fast, slow] = bars;
    expect(bars).toHaveLength(2);
    expect(fast![0]! + fast![2]!).toBe(slow![0]);
    // But for rounding.
    expect(Math.abs(fast![2]! - slow![2]!)).toBeLessThanOrEqual(1);
  });
});
