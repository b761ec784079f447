/** Random programs of IR - memory accesses that fault, helpers, loops of several blocks - in the evaluator, tier 0 and tier 1: same end, state and memory. */
import { Prng } from "@tsemu/decode";
import { type Block, IrBuilder, parseBlock, printBlock, verify } from "@tsemu/ir";
import { optimize } from "@tsemu/ir";
import { randomBlock } from "@tsemu/ir/testing";
import { describe, expect, it } from "vitest";
import { type IrFixture, irFixture, wideIrFixture } from "../harness/ir-fixture.ts";
import { difference, evaluateProgram, IrMachine } from "../harness/ir-machine.ts";
import { LAST_PAGE, RAM, RAM_SIZE, windows } from "../harness/ir-target.ts";

const namesOf = ({ layout, helpers }: IrFixture) => ({
  slot: (name: string) => layout.find(name),
  helper: (name: string) => helpers.find((h) => h.signature.name === name)?.signature,
});

/** Float arithmetic may make NaNs, whose bits are open; the other ops are exact. */
const exact = (name: string): boolean =>
  !/^f\d+(x\d)?\.(add|sub|mul|div|min|max|pmin|pmax|sqrt|ceil|floor|trunc|nearest|demote|promote)/.test(name);

const END_PC = RAM + 0xf00;

/** Where block n is. With 64 bits two have the same lower word, and the same physical address. */
const placeOf = (n: number, isWide: boolean): { readonly pc: number; readonly pcHigh: number } =>
  isWide ? { pc: RAM + 0x100 * (n >> 1), pcHigh: windows[n & 1]! } : { pc: RAM + 0x100 * n, pcHigh: 0 };
const keyOf = (pc: number, pcHigh: number): string => `${pcHigh}:${pc}`;

/** Takes one from the count and leaves if it was 0, so that every program ends. */
function counted(block: Block, { layout }: IrFixture): Block {
  const b = new IrBuilder(100_000);
  const count = layout.slot("count");
  const left = b.get(count);
  b.if(b.eqz(left), () => b.goto(END_PC, 0));
  b.set(count, b.sub(left, b.i32(1)));
  const [first, ...rest] = block.insts;
  return { insts: [first!, ...b.insts, ...rest] };
}

function program(fixture: IrFixture, prng: Prng, blocks: number, length: number): { texts: Map<string, string> } {
  const { layout, helpers } = fixture;
  const pcHighSlot = layout.find("pc_high");
  const isWide = pcHighSlot !== undefined;
  const texts = new Map<string, string>();
  const targets = Array.from({ length: blocks }, (_, n) => ({ ...placeOf(n, isWide), flags: 0 }));
  const ends = (isWide ? windows : [0]).map((pcHigh) => ({ pc: END_PC, pcHigh, flags: 0 }));
  // Memory that straddles the page that may not be written, or the one that may not be read, or 4 GiB.
  const bases = [0x1000, 0x1800, 0x2800, 0x3800, 0x5000].map((offset) => RAM + offset);
  const base = prng.pick(isWide ? [...bases, LAST_PAGE + 0x800] : bases);
  // Few slots, so that they are written and read again.
  const free = layout.slots.filter((s) => !["pc", "pc_high", "flags", "count"].includes(s.name));
  const slots = Array.from({ length: prng.pick([3, 6, 12]) }, () => prng.pick(free));
  // Sometimes on integers only, as most guest code.
  const integers = prng.below(2) === 0;
  for (let n = 0; n < blocks; n++) {
    const { pc, pcHigh } = placeOf(n, isWide);
    const block = randomBlock(() => prng.u32(), {
      slots,
      helpers: helpers.map((h) => h.signature),
      ops: (op) => exact(op.name) && (!integers || op.name.startsWith("i32.")),
      pc,
      ...(isWide ? { wide: { pcHigh, pcHighSlot, highs: windows } } : {}),
      length,
      targets: [...targets, ...ends].map((to) => (isWide ? to : { pc: to.pc, flags: 0 })),
      pcSlot: layout.slot("pc"),
      flagsSlot: layout.slot("flags"),
      memory: { base, size: 0x800 },
    });
    const whole = counted(block, fixture);
    const errors = verify(whole);
    if (errors.length > 0) throw new Error(`${JSON.stringify(errors)}\n${printBlock(whole)}`);
    texts.set(keyOf(pc, pcHigh), printBlock(whole));
  }
  return { texts };
}

function compare(
  fixture: IrFixture,
  machines: Readonly<Record<string, IrMachine>>,
  seed: number,
  count: number,
  blocks: number,
  length: number,
): Map<string, number> {
  const { layout, helpers } = fixture;
  const names = namesOf(fixture);
  const prng = new Prng(seed);
  const ends = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    const { texts } = program(fixture, prng, blocks, length);
    const irProgram = {
      block: (pc: number, pcHigh: number) => {
        const text = texts.get(keyOf(pc, pcHigh));
        return text === undefined ? undefined : { insts: parseBlock(text, names).insts as Block["insts"] };
      },
    };
    for (const text of texts.values()) {
      const errors = verify(optimize(parseBlock(text, names)));
      if (errors.length > 0) expect.fail(`seed ${seed} case ${n}: optimized: ${JSON.stringify(errors)}\n${text}`);
    }
    for (const machine of Object.values(machines)) machine.load(irProgram);
    for (let run = 0; run < 3; run++) {
      const state = new Uint8Array(layout.size).map(() => prng.u32());
      state.fill(0, 0, 12);
      state.set([2 + prng.below(40), 0, 0, 0], layout.slot("count").offset);
      const ram = new Uint8Array(RAM_SIZE);
      for (let at = 0x1000; at < ram.length; at++) ram[at] = prng.u32();
      const start = { ...placeOf(0, layout.find("pc_high") !== undefined), state, ram };
      const expected = evaluateProgram(layout, helpers, irProgram, start);
      const end = expected.end.split(" ")[0]!;
      ends.set(end, (ends.get(end) ?? 0) + 1);
      for (const [name, machine] of Object.entries(machines)) {
        let wrong: string | undefined;
        try {
          wrong = difference(layout, expected, machine.run(start));
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

describe.each([
  ["32", irFixture],
  ["64", wideIrFixture],
] as const)("random programs of IR with addresses of %s bits", (_, fixture) => {
  const { layout, helpers } = fixture;
  const tier0 = new IrMachine(layout, helpers, 0);
  const tier1 = new IrMachine(layout, helpers, 1);
  // Blocks get hot when their neighbours are known, so that regions are of several.
  const later = new IrMachine(layout, helpers, 3);
  it.each([1, 2, 3])("of one block (%i)", (seed) => {
    const ends = compare(fixture, { tier0, tier1 }, seed, 150, 1, 12);
    for (const end of ["stop", "raise", "fault"]) expect(ends.get(end), end).toBeGreaterThan(5);
  });
  it.each([4, 5])("of several blocks (%i)", (seed) => {
    compare(fixture, { tier0, tier1, later }, seed, 80, 6, 6);
  });
  it("with long blocks", () => {
    compare(fixture, { tier0, tier1 }, 6, 40, 2, 80);
  });
  it("were compiled", () => {
    expect(tier1.regions!.compiled).toBeGreaterThan(300);
    expect(later.regions!.compiled).toBeGreaterThan(50);
  });
});
