/**
 * Blocks that once went wrong, or might: each .ir file of the folder `reduced` in the evaluator, tier 0 and tier 1. A file is
 *
 *     ; layout arm           the guest state: that of a target, or "ir", the one of test/harness/ir-fixture.ts
 *     ; before:
 *     ; r1 = 0x80000000      slots that are not 0 at the start; RAM is zeros, at 0x10000 .. 0x1ffff
 *     insn 0x10000           the block, as printBlock or -lockstep print it
 *     ...
 *     ; after:
 *     ; r0 = 0x1             what slots are to hold at the end, and how it is to end
 *     ; end = stop 3
 */
import { readdirSync, readFileSync } from "node:fs";
import { type Block, parseBlock, readBits, type StateLayout, verify, writeBits } from "@tsemu/ir";
import { armTarget } from "@tsemu/target-arm";
import { describe, expect, it } from "vitest";
import { irHelpers, irLayout } from "../harness/ir-fixture.ts";
import { difference, evaluateProgram, IrMachine } from "../harness/ir-machine.ts";
import { RAM_SIZE, type TestHelper } from "../harness/ir-target.ts";

const layouts: Readonly<Record<string, { readonly layout: StateLayout; readonly helpers: readonly TestHelper[] }>> = {
  ir: { layout: irLayout, helpers: irHelpers },
  arm: { layout: armTarget().layout, helpers: [] },
};

/** "; name = value" lines after "; heading". */
const values = (text: string, heading: string): [name: string, value: string][] => {
  const lines = text.split("\n");
  const found: [string, string][] = [];
  for (const line of lines.slice(lines.findIndex((l) => l.startsWith(`; ${heading}`)) + 1)) {
    const match = /^; (\S+) = (.+)$/.exec(line);
    if (match === null) break;
    found.push([match[1]!, match[2]!]);
  }
  return found;
};

const folder = new URL("reduced/", import.meta.url);

describe.each(readdirSync(folder))("%s", (name) => {
  const text = readFileSync(new URL(name, folder), "utf8");
  const { layout, helpers } = layouts[/^; layout (\w+)$/m.exec(text)?.[1] ?? ""]!;
  const names = {
    slot: (slot: string) => layout.find(slot),
    helper: (helper: string) => helpers.find((h) => h.signature.name === helper)?.signature,
  };
  const parse = (): Block => ({ insts: parseBlock(text, names).insts });
  const first = parse().insts[0]!;
  const pc = first.kind === "insn" ? first.pc : -1;
  // Passes change the blocks that they are given.
  const program = { block: (at: number) => (at === pc ? parse() : undefined) };
  const state = new Uint8Array(layout.size);
  for (const [slot, value] of values(text, "before")) writeBits(state, layout.slot(slot).offset, layout.slot(slot).size, BigInt(value));
  const start = { pc, state, ram: new Uint8Array(RAM_SIZE) };

  it("is a block", () => {
    expect(verify(parse())).toEqual([]);
    expect(pc).not.toBe(-1);
    expect(values(text, "after").length).toBeGreaterThan(0);
  });

  it("ends as it is to end, in the evaluator", () => {
    const { end, state: after } = evaluateProgram(layout, helpers, program, start);
    for (const [slot, value] of values(text, "after")) {
      if (slot === "end") expect(end).toBe(value);
      else expect(`0x${readBits(after, layout.slot(slot).offset, layout.slot(slot).size).toString(16)}`, slot).toBe(value);
    }
  });

  it.each([0, 1])("does the same in tier %i", (tier) => {
    const machine = new IrMachine(layout, helpers, tier);
    machine.load(program);
    // The second time it is compiled.
    for (let run = 0; run < 3; run++)
      expect(difference(layout, evaluateProgram(layout, helpers, program, start), machine.run(start))).toBeUndefined();
    if (tier === 1) expect(machine.regions!.compiled).toBe(1);
  });
});
