/** Random programs of IR - memory accesses that fault, helpers, loops of several blocks - in the evaluator, tier 0 and tier 1: same end, state and memory. */
import { Prng } from "@tsemu/decode";
import { type Block, IrBuilder, parseBlock, printBlock, verify } from "@tsemu/ir";
import { optimize } from "@tsemu/ir";
import { randomBlock } from "@tsemu/ir/testing";
import { describe, expect, it } from "vitest";
import { flagsSlot, irHelpers, irLayout, pcSlot } from "../harness/ir-fixture.ts";
import { difference, evaluateProgram, IrMachine } from "../harness/ir-machine.ts";
import { RAM, RAM_SIZE } from "../harness/ir-target.ts";

const names = {
  slot: (name: string) => irLayout.find(name),
  helper: (name: string) => irHelpers.find((h) => h.signature.name === name)?.signature,
};

/** Float arithmetic may make NaNs, whose bits are open; the other ops are exact. */
const exact = (name: string): boolean =>
  !/^f\d+(x\d)?\.(add|sub|mul|div|min|max|pmin|pmax|sqrt|ceil|floor|trunc|nearest|demote|promote)/.test(name);

const blockPc = (n: number): number => RAM + 0x100 * n;
const END_PC = RAM + 0xf00;

/** Takes one from the count and leaves if it was 0, so that every program ends. */
function counted(block: Block): Block {
  const b = new IrBuilder(100_000);
  const count = irLayout.slot("count");
  const left = b.get(count);
  b.if(b.eqz(left), () => b.goto(END_PC, 0));
  b.set(count, b.sub(left, b.i32(1)));
  const [first, ...rest] = block.insts;
  return { insts: [first!, ...b.insts, ...rest] };
}

function program(prng: Prng, blocks: number, length: number): { texts: Map<number, string> } {
  const texts = new Map<number, string>();
  const targets = Array.from({ length: blocks }, (_, n) => ({ pc: blockPc(n), flags: 0 }));
  // Memory that straddles the page that may not be written, or the one that may not be read.
  const base = RAM + prng.pick([0x1000, 0x1800, 0x2800, 0x3800, 0x5000]);
  // Few slots, so that they are written and read again.
  const free = irLayout.slots.filter((s) => !["pc", "flags", "count"].includes(s.name));
  const slots = Array.from({ length: prng.pick([3, 6, 12]) }, () => prng.pick(free));
  // Sometimes on integers only, as most guest code.
  const integers = prng.below(2) === 0;
  for (let n = 0; n < blocks; n++) {
    const block = randomBlock(() => prng.u32(), {
      slots,
      helpers: irHelpers.map((h) => h.signature),
      ops: (op) => exact(op.name) && (!integers || op.name.startsWith("i32.")),
      pc: blockPc(n),
      length,
      targets: [...targets, { pc: END_PC, flags: 0 }],
      pcSlot,
      flagsSlot,
      memory: { base, size: 0x800 },
    });
    const whole = counted(block);
    const errors = verify(whole);
    if (errors.length > 0) throw new Error(`${JSON.stringify(errors)}\n${printBlock(whole)}`);
    texts.set(blockPc(n), printBlock(whole));
  }
  return { texts };
}

function compare(
  machines: Readonly<Record<string, IrMachine>>,
  seed: number,
  count: number,
  blocks: number,
  length: number,
): Map<string, number> {
  const prng = new Prng(seed);
  const ends = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    const { texts } = program(prng, blocks, length);
    const irProgram = {
      block: (pc: number) => {
        const text = texts.get(pc);
        return text === undefined ? undefined : { insts: parseBlock(text, names).insts as Block["insts"] };
      },
    };
    for (const text of texts.values()) {
      const errors = verify(optimize(parseBlock(text, names)));
      if (errors.length > 0) expect.fail(`seed ${seed} case ${n}: optimized: ${JSON.stringify(errors)}\n${text}`);
    }
    for (const machine of Object.values(machines)) machine.load(irProgram);
    for (let run = 0; run < 3; run++) {
      const state = new Uint8Array(irLayout.size).map(() => prng.u32());
      state.set([2 + prng.below(40), 0, 0, 0, 0, 0, 0, 0], irLayout.slot("count").offset);
      state.fill(0, 0, 4);
      const ram = new Uint8Array(RAM_SIZE);
      for (let at = 0x1000; at < ram.length; at++) ram[at] = prng.u32();
      const start = { pc: blockPc(0), state, ram };
      const expected = evaluateProgram(irLayout, irHelpers, irProgram, start);
      const end = expected.end.split(" ")[0]!;
      ends.set(end, (ends.get(end) ?? 0) + 1);
      for (const [name, machine] of Object.entries(machines)) {
        let wrong: string | undefined;
        try {
          wrong = difference(irLayout, expected, machine.run(start));
        } catch (error) {
          wrong = String(error);
        }
        if (wrong !== undefined)
          expect.fail(
            `seed ${seed} case ${n} run ${run}, ${name}: ${wrong}\n${[...texts.values()].join("\n")}state ${Buffer.from(state).toString("hex")}`,
          );
      }
    }
  }
  return ends;
}

describe("random programs of IR", () => {
  const tier0 = new IrMachine(irLayout, irHelpers, 0);
  const tier1 = new IrMachine(irLayout, irHelpers, 1);
  // Blocks get hot when their neighbours are known, so that regions are of several.
  const later = new IrMachine(irLayout, irHelpers, 3);
  it.each([1, 2, 3])("of one block (%i)", (seed) => {
    const ends = compare({ tier0, tier1 }, seed, 150, 1, 12);
    for (const end of ["stop", "raise", "fault"]) expect(ends.get(end), end).toBeGreaterThan(5);
  });
  it.each([4, 5])("of several blocks (%i)", (seed) => {
    compare({ tier0, tier1, later }, seed, 80, 6, 6);
  });
  it("with long blocks", () => {
    compare({ tier0, tier1 }, 6, 40, 2, 80);
  });
  it("were compiled", () => {
    expect(tier1.regions!.compiled).toBeGreaterThan(300);
    expect(later.regions!.compiled).toBeGreaterThan(50);
  });
});
