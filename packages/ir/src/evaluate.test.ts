import { describe, expect, test } from "vitest";
import { IrBuilder } from "./builder.ts";
import { computeOp } from "./evaluate-ops.ts";
import { type Environment, evaluate, readBits } from "./evaluate.ts";
import { ops } from "./ops.ts";
import { StateLayoutBuilder } from "./state-layout.ts";

const layout = new StateLayoutBuilder();
const x = layout.slot("x", "i32");
const y = layout.slot("y", "i64");

const environment = (): Environment & { stored: bigint[] } => {
  const stored: bigint[] = [];
  return {
    state: new Uint8Array(16),
    stored,
    load: (mem, address) => BigInt.asUintN(8 * mem.size, address * 0x0101_0101n),
    store: (_, address, value) => void stored.push(address, value),
    call: (_, args) => args[0]! + 1n,
  };
};

test("every op of the table can be evaluated", () => {
  const ones = { i32: 1n, i64: 1n, f32: 0x3f80_0000n, f64: 0x3ff0_0000_0000_0000n, v128: 1n };
  for (const op of ops) {
    const imm = op.name === "i8x16.shuffle" ? Array.from({ length: 16 }, (_, i) => i) : 0;
    const result = computeOp(
      op.name,
      op.params.map((type) => ones[type]),
      imm,
    );
    const width = { i32: 32, i64: 64, f32: 32, f64: 64, v128: 128 }[op.result];
    expect(BigInt.asUintN(width, result), op.name).toBe(result);
  }
});

describe("ops", () => {
  test.each([
    ["i32.add", [0xffff_ffffn, 2n], 1n],
    ["i32.sub", [0n, 1n], 0xffff_ffffn],
    ["i32.shr_s", [0x8000_0000n, 33n], 0xc000_0000n],
    ["i32.rotr", [1n, 0n], 1n],
    ["i32.rotl", [0x8000_0001n, 1n], 3n],
    ["i32.lt_s", [0xffff_ffffn, 0n], 1n],
    ["i32.lt_u", [0xffff_ffffn, 0n], 0n],
    ["i32.clz", [0n], 32n],
    ["i64.ctz", [0n], 64n],
    ["i32.div_s", [0x8000_0000n, 0xffff_ffffn], 0x8000_0000n],
    ["i32.rem_s", [0xffff_fffdn, 2n], 0xffff_ffffn],
    ["i32.div_u", [5n, 0n], 0n],
    ["i32.bswap", [0x0102_0304n], 0x0403_0201n],
    ["i64.extend_i32_s", [0x8000_0000n], 0xffff_ffff_8000_0000n],
    ["i64.extend32_s", [0x1_8000_0000n], 0xffff_ffff_8000_0000n],
    ["i32.trunc_sat_f32_s", [0xff80_0000n], 0x8000_0000n],
    ["f32.convert_i64_u", [0xffff_ff80_0000_0001n], 0x5f80_0000n],
    ["f32.convert_i64_s", [0x4000_0040_0000_0001n], 0x5e80_0001n],
    ["f64.nearest", [0x4004_0000_0000_0000n], 0x4000_0000_0000_0000n],
    ["i16x8.narrow_i32x4_s", [0x8000_0000_0001_0000n, 0n], 0x8000_7fffn],
    ["i16x8.extend_low_i8x16_s", [0x80n], 0xff80n],
    ["i32x4.extadd_pairwise_i16x8_u", [0xffff_ffffn], 0x1_fffen],
    ["i8x16.bitmask", [0x8000_0080n], 0b1001n],
    ["i32x4.splat", [1n], 0x1_0000_0001_0000_0001_0000_0001n],
  ] as const)("%s", (name, args, result) => expect(computeOp(name, args, 0)).toBe(result));

  test("lanes and shuffles", () => {
    expect(computeOp("i8x16.extract_lane_s", [0x8000n], 1)).toBe(0xffff_ff80n);
    expect(computeOp("i16x8.replace_lane", [0n, 0x12345n], 1)).toBe(0x2345_0000n);
    expect(computeOp("i8x16.shuffle", [0x0201n, 0x04n], [1, 0, 16, ...Array.from({ length: 13 }, () => 15)])).toBe(0x04_0102n);
  });
});

test("loads, stores, calls, slots and exits", () => {
  const ir = new IrBuilder();
  const loaded = ir.load({ size: 2, signed: true, align: 1, mmuIdx: 0, type: "i32" }, ir.i32(0x80ff));
  ir.set(x, loaded);
  ir.store({ size: 1, signed: false, align: 1, mmuIdx: 0, type: "i32" }, ir.i32(-1), loaded);
  const helper = { name: "h", kind: "host", params: ["i32"], result: "i32", effects: { reads: [], writes: [], mayRaise: false } } as const;
  ir.set(y, ir.extendU(ir.call(helper, ir.i32(-1))));
  ir.goto(0x1000, 5);
  const env = environment();
  expect(evaluate(ir, env)).toMatchObject({ kind: "goto", pc: 0x1000, flags: 5 });
  // 0x80ff * 0x01010101 ends in 7fff.
  expect(readBits(env.state, x.offset, 4)).toBe(0x7fffn);
  expect(env.stored).toEqual([0xffff_ffffn, 0xffn]);
  expect(readBits(env.state, y.offset, 8)).toBe(0n);
});

test.each([
  [0, 0, 3],
  [1, 0, 2],
  [1, 1, 1],
])("nested ifs: %d %d", (outer, inner, result) => {
  const ir = new IrBuilder();
  ir.if(
    ir.i32(outer),
    () =>
      ir.if(
        ir.i32(inner),
        () => ir.set(x, ir.i32(1)),
        () => ir.set(x, ir.i32(2)),
      ),
    () => ir.set(x, ir.i32(3)),
  );
  ir.lookup();
  const env = environment();
  expect(evaluate(ir, env).kind).toBe("lookup");
  expect(env.state[x.offset]).toBe(result);
});

test("malformed blocks", () => {
  const ir = new IrBuilder();
  ir.set(x, ir.i32(1));
  expect(() => evaluate(ir, environment())).toThrow("ends without an exit");
  ir.insts.length = 0;
  ir.set(x, ir.get(x));
  expect(() => evaluate({ insts: ir.insts.slice(1) }, environment())).toThrow("used before its definition");
});
