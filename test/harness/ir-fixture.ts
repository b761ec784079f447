/** The state layout and helpers that tests of IR share. */
import { type HelperSignature, type Slot, type StateLayout, StateLayoutBuilder } from "@tsemu/ir";
import { type CpuState, GuestFault } from "@tsemu/target";
import type { IrCpu, TestHelper } from "./ir-target.ts";

/** A layout, and the helpers that use it. */
export interface IrFixture {
  readonly layout: StateLayout;
  readonly helpers: readonly TestHelper[];
}

/** Where addresses have 64 bits, the upper word of pc is behind pc. */
function layoutOf(addressBits: 32 | 64): StateLayout {
  const b = new StateLayoutBuilder();
  b.slot("pc", "i32");
  b.slot(addressBits === 64 ? "pc_high" : "count", "i32");
  b.slot("flags", "i32");
  for (const n of [0, 1, 2, 3]) b.slot(`i${n}`, "i32");
  if (addressBits === 64) b.slot("count", "i32");
  const l0 = b.slot("l0", "i64");
  for (const n of [1, 2]) b.slot(`l${n}`, "i64");
  for (const n of [0, 1]) b.slot(`s${n}`, "f32");
  for (const n of [0, 1]) b.slot(`d${n}`, "f64");
  const vectors = ["v0", "v1", "v2"].map((name) => b.slot(name, "v128"));
  // Parts of vectors, as register files have them.
  b.view("v0.i1", "i32", vectors[0]!.offset + 4);
  b.view("v0.s3", "f32", vectors[0]!.offset + 12);
  b.view("v1.l1", "i64", vectors[1]!.offset + 8);
  b.view("v1.d0", "f64", vectors[1]!.offset);
  b.view("v1.i2", "i32", vectors[1]!.offset + 8);
  b.view("l0.low", "i32", l0.offset);
  return b.build();
}

const u32 = (n: bigint): bigint => BigInt.asUintN(32, n);

function host(signature: Omit<HelperSignature, "kind">, run: (state: DataView, args: number[]) => number | void): TestHelper {
  const whole = { ...signature, kind: "host" as const };
  const view = (s: Uint8Array): DataView => new DataView(s.buffer, s.byteOffset, s.byteLength);
  return {
    signature: whole,
    helper: { signature: whole, run: (cpu: IrCpu, ...args: number[]) => run(view((cpu.state satisfies CpuState).bytes), args) },
    evaluate: (args, state) => {
      const result = run(
        view(state),
        args.map((a) => Number(BigInt.asIntN(32, a))),
      );
      return result === undefined ? undefined : u32(BigInt(result));
    },
  };
}

function helpersOf(layout: StateLayout): readonly TestHelper[] {
  const slot = (name: string): Slot => layout.slot(name);
  return [
    host({ name: "hash", params: ["i32", "i32"], result: "i32", effects: { reads: [], writes: [], mayRaise: false } }, (_, [x, y]) =>
      Math.imul(x! ^ 0x5bd1_e995, y! | 1),
    ),
    host(
      { name: "exchange", params: ["i32"], result: "i32", effects: { reads: [slot("i1")], writes: [slot("i1")], mayRaise: false } },
      (state, [x]) => {
        const old = state.getInt32(slot("i1").offset, true);
        state.setInt32(slot("i1").offset, x!, true);
        return old;
      },
    ),
    host(
      {
        name: "rotate",
        params: [],
        result: undefined,
        effects: { reads: [slot("v0")], writes: [slot("v0"), slot("l0")], mayRaise: false },
      },
      (state) => {
        const at = slot("v0").offset;
        const first = state.getInt32(at, true);
        for (let i = 0; i < 12; i += 4) state.setInt32(at + i, state.getInt32(at + i + 4, true), true);
        state.setInt32(at + 12, first, true);
        state.setInt32(slot("l0").offset, first, true);
      },
    ),
    host({ name: "check", params: ["i32"], result: undefined, effects: { reads: "all", writes: "all", mayRaise: true } }, (state, [x]) => {
      // Sees exact state: what it makes of it is compared.
      let sum = x!;
      for (let at = 16; at < layout.size; at += 4) sum = Math.imul(sum, 31) + state.getInt32(at, true);
      if ((x! & 3) === 0) throw new GuestFault(50, sum & 0xffff);
      state.setInt32(slot("i3").offset, sum, true);
    }),
  ];
}

const fixture = (addressBits: 32 | 64): IrFixture => {
  const layout = layoutOf(addressBits);
  return { layout, helpers: helpersOf(layout) };
};

export const irFixture = fixture(32);
export const wideIrFixture = fixture(64);
export const irLayout = irFixture.layout;
export const irHelpers = irFixture.helpers;
