/** Every op of the table on special and random operands: evaluator, tier 0 and tier 1 must agree, with operands in slots, as constants, and as conditions. */
import { Prng } from "@tsemu/decode";
import { type Block, IrBuilder, type Op, ops, readBits, StateLayoutBuilder, type Type, typeSize, writeBits } from "@tsemu/ir";
import { describe, expect, it } from "vitest";
import { evaluateProgram, IrMachine, type Outcome } from "../harness/ir-machine.ts";
import { RAM, RAM_SIZE } from "../harness/ir-target.ts";

const seed = 20_260_301;
const types: readonly Type[] = ["i32", "i64", "f32", "f64", "v128"];

const builder = new StateLayoutBuilder();
builder.slot("pc", "i32");
builder.slot("truth", "i32");
builder.slot("flags", "i32");
const operandSlots = types.map((type) => [type, [0, 1, 2].map((n) => builder.slot(`${type}.${n}`, type))] as const);
const resultSlots = types.map((type) => [type, builder.slot(`${type}.result`, type)] as const);
const layout = builder.build();
const operandSlot = Object.fromEntries(operandSlots);
const resultSlot = Object.fromEntries(resultSlots);

const tier0 = new IrMachine(layout, [], 0);
const tier1 = new IrMachine(layout, [], 1);
const ram = new Uint8Array(RAM_SIZE);

const bits: Record<Type, bigint> = { i32: 32n, i64: 64n, f32: 32n, f64: 64n, v128: 128n };
const floats = {
  f32: [
    0n,
    0x8000_0000n,
    0x3f80_0000n,
    0xbf80_0000n,
    0x4b00_0001n,
    0x4f00_0000n,
    0xcf00_0000n,
    0x5f00_0000n,
    0x4f80_0000n,
    1n,
    0x007f_ffffn,
    0x0080_0000n,
    0x7f7f_ffffn,
    0x7f80_0000n,
    0xff80_0000n,
    0x7fc0_0000n,
    0x7f80_0001n,
    0x3f00_0000n,
    0x3fc0_0000n,
    0xc020_0000n,
  ],
  f64: [
    0n,
    1n << 63n,
    0x3ff0_0000_0000_0000n,
    0xbff0_0000_0000_0000n,
    0x41e0_0000_0000_0000n,
    0xc1e0_0000_0000_0000n,
    0x43e0_0000_0000_0000n,
    0x43f0_0000_0000_0000n,
    1n,
    0xf_ffff_ffff_ffffn,
    0x10_0000_0000_0000n,
    0x7fef_ffff_ffff_ffffn,
    0x7ff0_0000_0000_0000n,
    0xfff0_0000_0000_0000n,
    0x7ff8_0000_0000_0000n,
    0x7ff0_0000_0000_0001n,
    0x3fe0_0000_0000_0000n,
    0x3ff8_0000_0000_0000n,
    0x47ef_ffff_e000_0000n,
    0x36a0_0000_0000_0000n,
  ],
};
const integers = (width: bigint): bigint[] => {
  const top = 1n << (width - 1n);
  return [0n, 1n, 2n, top - 1n, top, top + 1n, 2n * top - 1n, 2n * top - 2n, 7n, 8n, 0x80n, 0xffn, 0x8000n, width - 1n, width];
};

/** A value of the type; vectors are of lanes of one kind, as the op's operands are. */
function operand(type: Type, prng: Prng): bigint {
  const random = (): bigint => [0, 0, 0, 0].reduce((sum) => (sum << 32n) | BigInt(prng.u32()), 0n) & ((1n << bits[type]) - 1n);
  if (type === "f32" || type === "f64") return prng.below(3) === 0 ? random() : prng.pick(floats[type]);
  if (type !== "v128") return prng.below(3) === 0 ? random() : prng.pick(integers(bits[type]));
  const lane = prng.pick([8n, 16n, 32n, 64n, -32n, -64n, 0n]);
  if (lane === 0n) return random();
  const choices = lane === -32n ? floats.f32 : lane === -64n ? floats.f64 : integers(lane);
  const width = lane < 0n ? -lane : lane;
  let value = 0n;
  for (let at = 0n; at < 128n; at += width) value |= BigInt.asUintN(Number(width), prng.pick(choices)) << at;
  return value;
}

const isNan = (value: bigint, width: 32 | 64): boolean => {
  const magnitude = BigInt.asUintN(width - 1, value);
  return magnitude > (width === 32 ? 0x7f80_0000n : 0x7ff0_0000_0000_0000n);
};

/** Width of the floats that the result is made of by arithmetic, whose NaNs WebAssembly leaves open; 0 if every bit is defined. */
function openNans(op: Op): 0 | 32 | 64 {
  const name = /^f(32|64)(?:x\d)?\.(.*)$/.exec(op.name);
  if (name === null || !/^(add|sub|mul|div|min|max|pmin|pmax|sqrt|ceil|floor|trunc|nearest|demote|promote)/.test(name[2]!)) return 0;
  return Number(name[1]) as 32 | 64;
}

function withoutNans(value: bigint, type: Type, width: 0 | 32 | 64): bigint {
  if (width === 0) return value;
  let result = 0n;
  for (let at = 0n; at < bits[type]; at += BigInt(width)) {
    const lane = BigInt.asUintN(width, value >> at);
    result |= (isNan(lane, width) ? (1n << BigInt(width)) - 1n : lane) << at;
  }
  return result;
}

const lanesOf = (op: Op, prng: Prng): (number | number[])[] => {
  if (op.lanes === 0) return [0];
  if (op.lanes !== 32) return Array.from({ length: op.lanes }, (_, lane) => lane);
  return [0, 1, 2].map(() => Array.from({ length: 16 }, () => prng.below(32)));
};

/** result <- op(operands); truth <- was the result not 0, for i32. Operands of `constants` are constants, the others in slots. */
const blockOf = (op: Op, imm: number | readonly number[], constants: ReadonlyMap<number, bigint>) => (): Block => {
  const b = new IrBuilder();
  b.insn(RAM);
  const args = op.params.map((type, i) => {
    const constant = constants.get(i);
    if (constant === undefined) return b.get(operandSlot[type]![i]!);
    if (type === "i32") return b.i32(Number(BigInt.asIntN(32, constant)));
    if (type === "i64") return b.i64(constant);
    return b.v128(constant);
  });
  const compute = () =>
    typeof imm === "number"
      ? op.lanes === 0
        ? b.op(op.name, ...args)
        : b.lane(op.name, imm, ...args)
      : b.shuffle(args[0]!, args[1]!, imm);
  b.set(resultSlot[op.result]!, compute());
  // Another time, as a condition of its own.
  if (op.result === "i32" && op.lanes === 0)
    b.if(
      compute(),
      () => b.set(layout.slot("truth"), b.i32(1)),
      () => b.set(layout.slot("truth"), b.i32(0)),
    );
  b.stop(0);
  return { insts: b.insts };
};

function check(op: Op, prng: Prng, imm: number | readonly number[], constants: ReadonlyMap<number, bigint>, runs: number): void {
  const make = blockOf(op, imm, constants);
  const program = { block: (pc: number) => (pc === RAM ? make() : undefined) };
  tier0.load(program);
  tier1.load(program);
  const slot = resultSlot[op.result]!;
  for (let n = 0; n < runs; n++) {
    const state = new Uint8Array(layout.size);
    const operands = op.params.map((type, i) => {
      const value = constants.get(i) ?? operand(type, prng);
      writeBits(state, operandSlot[type]![i]!.offset, typeSize[type], value);
      return value.toString(16);
    });
    const start = { pc: RAM, state, ram };
    const result = ({ state: after }: Outcome): string =>
      `${withoutNans(readBits(after, slot.offset, slot.size), op.result, openNans(op)).toString(16)} ${readBits(after, layout.slot("truth").offset, 4)}`;
    const expected = result(evaluateProgram(layout, [], program, start));
    const got = { tier0: result(tier0.run(start)), tier1: result(tier1.run(start)) };
    if (got.tier0 !== expected || got.tier1 !== expected)
      expect.fail(`${op.name} ${imm} (${operands.join(", ")}), constant ${[...constants.keys()]}: ${expected}, ${JSON.stringify(got)}`);
  }
}

describe("every op of the IR", () => {
  it.each(ops.map((op) => [op.name, op] as const))("%s", (_, op) => {
    const prng = new Prng(seed + op.index);
    for (const imm of lanesOf(op, prng)) check(op, prng, imm, new Map(), op.lanes === 0 ? 60 : 12);
    // Constant operands take other ways: through folding, and handlers with the constant in the record.
    if (op.lanes !== 0) return;
    op.params.forEach((type, i) => {
      if (type === "f32" || type === "f64") return;
      const list = type === "v128" ? [operand(type, prng)] : integers(bits[type]);
      for (const constant of list) check(op, prng, 0, new Map([[i, constant]]), 3);
    });
    if (op.params.length === 2 && op.params.every((t) => t === "i32" || t === "i64"))
      for (let n = 0; n < 12; n++) check(op, prng, 0, new Map(op.params.map((t, i) => [i, operand(t, prng)])), 1);
  });

  it("runs in tier 1 where it is to", () => {
    expect(tier0.regions).toBeUndefined();
    expect(tier1.regions!.compiled).toBeGreaterThan(ops.length);
  });
});
