import { describe, expect, test } from "vitest";
import { Coverage } from "./coverage.ts";
import { Prng, randomEncoding, randomWord } from "./random.ts";
import { firstOf, insn } from "./row.ts";
import { DecodeTable } from "./table.ts";

const nothing = () => {};
const wide = new DecodeTable(32, [
  // The hint space is part of MSR's.
  firstOf(
    insn("NOP", "cond:4 0011 0010 0000 1111 0000 00000000", "nop", nothing, { except: { cond: 15 } }),
    insn("MSR_imm", "cond:4 0011 0010 mask:4 1111 imm12:12", "msr", nothing, { except: { cond: 15 }, where: ({ mask }) => mask !== 0 }),
  ),
  insn("ADC_imm", "cond:4 001 0101 s:1 rn:4 rd:4 imm12:12", "adc", nothing, { except: [{ cond: 15 }, { rd: 15, s: 1 }] }),
  insn("PLD", "1111 0101 u:1 r:1 01 rn:4 1111 imm12:12", "pld", nothing),
]);
const narrow = new DecodeTable(16, [
  insn("B", "11100 imm11:s11", "b", nothing),
  insn("RARE", "0 imm:15", "rare", nothing, { where: ({ imm }) => imm === 0x7fff }),
]);

describe("Prng", () => {
  test("repeats for a seed and differs between seeds", () => {
    const run = (seed: number) => {
      const prng = new Prng(seed);
      return Array.from({ length: 8 }, () => prng.u32());
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
    expect(new Set([...run(7), ...run(8)]).size).toBe(16);
  });

  test("below and pick stay in range and reach all of it", () => {
    const prng = new Prng(3);
    expect(new Set(Array.from({ length: 500 }, () => prng.below(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect(new Set(Array.from({ length: 100 }, () => prng.pick(["a", "b"])))).toEqual(new Set(["a", "b"]));
    expect(() => prng.pick([])).toThrow(RangeError);
  });
});

describe("random encodings", () => {
  test("decode back to their row", () => {
    const prng = new Prng(4);
    for (const table of [wide, narrow] as const) {
      for (const row of table.rows) {
        for (let n = 0; n < 200; n++) {
          const word = randomEncoding(table, row, prng);
          expect(word).toBe((word << (32 - table.width)) >>> (32 - table.width));
          expect(table.decode(word)?.row.name).toBe(row.name);
        }
      }
    }
  });

  test("every row is equally likely, however many encodings it has", () => {
    const prng = new Prng(5);
    const coverage = new Coverage(wide.rows);
    for (let n = 0; n < 4000; n++) coverage.count(randomWord(wide, prng).row);
    for (const row of wide.rows) expect(Math.abs(coverage.of(row.name) - 1000)).toBeLessThan(150);
  });

  test("filter, and fields chosen by values or by function", () => {
    const prng = new Prng(6);
    const rns = new Set<number>();
    for (let n = 0; n < 500; n++) {
      const { word, row } = randomWord(wide, prng, {
        filter: (r) => r.name === "ADC_imm",
        choose: { cond: [14], rn: (p, field) => p.below(2 ** field.width - 1) },
      });
      expect(row.name).toBe("ADC_imm");
      expect(row.fields(word)["cond"]).toBe(14);
      rns.add(row.fields(word)["rn"]!);
    }
    expect(rns.size).toBe(15);
    expect(rns).not.toContain(15);
  });

  test("a choice that contradicts the row is an error, not a hang", () => {
    expect(() => randomEncoding(wide, wide.rows[0]!, new Prng(0), { cond: [15] })).toThrow("row NOP: found no encoding");
  });
});

test("Coverage", () => {
  const coverage = new Coverage(wide.rows);
  coverage.count({ name: "PLD" });
  coverage.count({ name: "PLD" });
  coverage.count({ name: "OTHER" });
  expect(coverage.missing()).toEqual(["NOP", "MSR_imm", "ADC_imm"]);
  expect(coverage.entries().slice(0, 2)).toEqual([
    ["PLD", 2],
    ["OTHER", 1],
  ]);
});
