/** Blocks that differ in the upper word of their pc alone: lookups of every tier tell them apart. */
import { type Block, IrBuilder, type Slot } from "@tsemu/ir";
import { describe, expect, it } from "vitest";
import { wideIrFixture } from "../harness/ir-fixture.ts";
import { difference, evaluateProgram, IrMachine } from "../harness/ir-machine.ts";
import { RAM, RAM_SIZE, windows } from "../harness/ir-target.ts";

const { layout, helpers } = wideIrFixture;
const slot = (name: string): Slot => layout.slot(name);
const [low, high] = windows;
const FORK = RAM;
const TWINS = RAM + 0x200;
const END = RAM + 0xf00;
const ROUNDS = 400;

/** Adds to a slot. */
function count(b: IrBuilder, name: string, n: number): void {
  b.set(slot(name), b.add(b.get(slot(name)), b.i32(n)));
}

function leave(b: IrBuilder, pc: number, pcHigh: ReturnType<IrBuilder["i32"]>): Block {
  b.set(slot("pc"), b.i32(pc));
  b.set(slot("pc_high"), pcHigh);
  b.set(slot("flags"), b.i32(0));
  b.lookup();
  return { insts: b.insts };
}

/** Goes to one of the twins, every third time to the other. */
function fork(): Block {
  const b = new IrBuilder();
  b.insn(FORK);
  b.if(b.eqz(b.get(slot("count"))), () => b.goto(END, 0));
  count(b, "count", -1);
  const third = b.op("i32.rem_u", b.get(slot("count")), b.i32(3));
  return leave(b, TWINS, b.select(third, b.i32(low), b.i32(high)));
}

function twin(name: string): Block {
  const b = new IrBuilder();
  b.insn(TWINS);
  count(b, name, 1);
  return leave(b, FORK, b.i32(low));
}

const program = {
  block(pc: number, pcHigh: number): Block | undefined {
    if (pc === FORK && pcHigh === low) return fork();
    if (pc !== TWINS) return undefined;
    return twin(pcHigh === low ? "i0" : "i1");
  },
};

describe.each([0, 1, 40])("compiled at execution %i (0: never)", (hot) => {
  it("goes to the block that is meant", () => {
    const state = new Uint8Array(layout.size);
    new DataView(state.buffer).setUint32(slot("count").offset, ROUNDS, true);
    const start = { pc: FORK, pcHigh: low, state, ram: new Uint8Array(RAM_SIZE) };
    const expected = evaluateProgram(layout, helpers, program, start);
    const machine = new IrMachine(layout, helpers, hot);
    machine.load(program);
    expect(difference(layout, expected, machine.run(start))).toBeUndefined();
    const view = new DataView(expected.state.buffer);
    expect(view.getUint32(slot("i1").offset, true)).toBe(Math.ceil(ROUNDS / 3));
    expect(machine.regions?.compiled ?? 1).toBeGreaterThan(0);
  });
});
