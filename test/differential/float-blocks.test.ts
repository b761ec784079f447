/**
 * Blocks of random VFP and Advanced SIMD instructions: instruction by instruction, as one block in tier 0, and compiled. The views
 * of the register file overlap in every way, which is what passes and tiers have to get right.
 */
import { DecodeTable, Prng, randomWord } from "@tsemu/decode";
import { optimize } from "@tsemu/ir";
import { ARENA, BUDGET, exits } from "@tsemu/memory";
import { DATA_ADDRESS, type FloatCase, floatCases, FloatReplay, floatRuns, floatTable } from "@tsemu/target-arm/testing";
import { expect, test } from "vitest";
import { compileBlocks, UNLINKED } from "../support/compile-blocks.ts";

const BLOCKS = 600;
const LENGTH = 12;

const [vfp, neon] = floatRuns as [(typeof floatRuns)[0], (typeof floatRuns)[0]];
const both = { ...vfp, items: [...vfp.items, ...neon.items] };

/** Low registers only, so that instructions meet in them; base registers are never results. */
const choose = {
  cond: [14, 14, 14, 0, 1, 10],
  vd: (prng: Prng): number => prng.u32() & 0b00110,
  vm: (prng: Prng): number => prng.u32() & (prng.below(3) === 0 ? 0b10111 : 0b00110),
  vn: (prng: Prng): number => prng.u32() & (prng.below(3) === 0 ? 0b01111 : 0b01100),
  rt: (prng: Prng): number => prng.below(4),
  rt2: (prng: Prng): number => 4 + prng.below(4),
  rn: (prng: Prng): number => 8 + prng.below(5),
  rm: [15],
  w: [0],
  imm: (prng: Prng): number => (prng.below(2) === 0 ? 1 + prng.below(10) : prng.u32()),
};

test("blocks in both tiers do what their instructions do one by one", { timeout: 120_000 }, () => {
  const table = floatTable(both);
  const replay = new FloatReplay(both);
  const { insn } = replay;
  const { i32, u32 } = insn.linkage.memory;
  const states = [...floatCases(new DecodeTable(32, table.rows.slice(0, 1)), 99, BLOCKS)];
  const prng = new Prng(4242);
  const blocks: { state: FloatCase; words: number[]; expected: Uint8Array; data: Uint8Array }[] = [];

  const prepare = (state: FloatCase): void => {
    replay.prepare(state);
    for (let r = 8; r < 13; r++) insn.state.u32[insn.state.layout.slot(`r${r}`).offset >> 2] = DATA_ADDRESS + 0x400 + 16 * (r - 8);
  };

  for (const state of states) {
    prepare(state);
    const flags = replay.flagsFor(state);
    const words: number[] = [];
    while (words.length < LENGTH) {
      const { word } = randomWord(table, prng, { choose });
      const before = insn.state.bytes.slice();
      const data = insn.data.slice();
      // Instructions that raise, even if under a condition that does not hold, are left out.
      if (!insn.translate([word], flags)!.ended && insn.run(word, flags) === "done") words.push(word);
      else {
        insn.state.bytes.set(before);
        insn.data.set(data);
      }
    }
    blocks.push({ state, words, expected: insn.state.bytes.slice(8), data: insn.data.slice() });
  }

  const differences: string[] = [];
  const check = (tier: number, { words, expected, data }: (typeof blocks)[0]): void => {
    const actual = insn.state.bytes.subarray(8);
    const slot = insn.state.layout.slots.find((s) => {
      const at = s.offset - 8;
      return s.name !== "flags" && at >= 0 && actual.subarray(at, at + s.size).some((byte, i) => byte !== expected[at + i]);
    });
    if (slot !== undefined) differences.push(`tier ${tier}: ${slot.name} after ${words.map((w) => w.toString(16)).join(" ")}`);
    if (insn.data.some((byte, i) => byte !== data[i]))
      differences.push(`tier ${tier}: data after ${words.map((w) => w.toString(16)).join(" ")}`);
  };

  for (const block of blocks) {
    prepare(block.state);
    expect(insn.run(block.words, replay.flagsFor(block.state))).toBe("done");
    check(0, block);
  }

  const compiled = blocks.map(({ state, words }) => {
    const flags = replay.flagsFor(state);
    return { ir: optimize({ insts: insn.translate(words, flags)!.ir.insts }), flags };
  });
  // What faults is not among the blocks.
  const runs = compileBlocks(replay, compiled, () => 1);
  blocks.forEach((block, i) => {
    prepare(block.state);
    i32[BUDGET >> 2] = 1000;
    u32.fill(0, UNLINKED >> 2, (ARENA + 0x4000) >> 2);
    expect(runs[i]!(ARENA)).toBe(exits.unlinked);
    check(1, block);
  });
  expect(differences).toEqual([]);
});
