/** What the oracles cannot show: rules of guests for which there is none, by hand from their manuals. */
import { describe, expect, test } from "vitest";
import { flag, instantiateSoftFloat, integerRule, integerRuleShift, mode, nanRule, nanRuleShift, rounding } from "./index.ts";

const memory = new WebAssembly.Memory({ initial: 1 });
const words = new Uint32Array(memory.buffer);
const softFloat = instantiateSoftFloat(memory);
const st = 32;

/** Sets the status block, runs, and gives the result as hexadecimal with the flags. */
const run = (modeWord: number, operation: () => number | bigint, roundingMode = 0): [string, number] => {
  words.set([roundingMode, 0, modeWord], st / 4);
  const result = operation();
  const unsigned = typeof result === "bigint" ? BigInt.asUintN(64, result) : result >>> 0;
  return [unsigned.toString(16), words[st / 4 + 1]!];
};

const one = 0x3f80_0000;
const infinity = 0x7f80_0000;
const quietA = 0x7fc0_000a;
const quietB = 0x7fc0_000b;
const quietC = 0x7fc0_000c;
const signalingA = 0x7f80_000a;
const signalingB = 0x7f80_000b;
const signalingC = 0x7f80_000c;
const rule = (value: number): number => value << nanRuleShift;

describe("NaN of two operands", () => {
  const add = (r: number, a: number, b: number) => run(rule(r), () => softFloat.f32_add_bits(a, b, st));

  test("PowerPC takes the first", () => {
    expect(add(nanRule.ppc, quietA, signalingB)).toEqual(["7fc0000a", flag.invalid]);
    expect(add(nanRule.ppc, one, signalingB)).toEqual(["7fc0000b", flag.invalid]);
    expect(add(nanRule.ppc, quietA, quietB)).toEqual(["7fc0000a", 0]);
  });

  test("SPARC takes the second, signaling before quiet (V8 appendix N, V9 appendix B)", () => {
    expect(add(nanRule.sparc, quietA, quietB)).toEqual(["7fc0000b", 0]);
    expect(add(nanRule.sparc, quietA, one)).toEqual(["7fc0000a", 0]);
    expect(add(nanRule.sparc, signalingA, quietB)).toEqual(["7fc0000a", flag.invalid]);
    expect(add(nanRule.sparc, signalingA, signalingB)).toEqual(["7fc0000b", flag.invalid]);
  });

  test("SPARC's default NaN is all ones", () => {
    const modeWord = rule(nanRule.sparc) | mode.defaultNaNOnes;
    expect(run(modeWord, () => softFloat.f32_sub_bits(infinity, infinity, st))).toEqual(["7fffffff", flag.invalid]);
    expect(run(modeWord, () => softFloat.f64_mul_bits(0n, 0x7ff0_0000_0000_0000n, st))).toEqual(["7fffffffffffffff", flag.invalid]);
  });
});

describe("NaN of a fused multiply-add", () => {
  const fused = (r: number, a: number, b: number, c: number) => run(rule(r), () => softFloat.f32_mul_add_bits(a, b, c, st));

  test("PowerPC: frA, frB (the addend), frC", () => {
    expect(fused(nanRule.ppc, quietA, quietB, quietC)).toEqual(["7fc0000a", 0]);
    expect(fused(nanRule.ppc, one, quietB, quietC)).toEqual(["7fc0000c", 0]);
    expect(fused(nanRule.ppc, one, signalingB, quietC)).toEqual(["7fc0000c", flag.invalid]);
    expect(fused(nanRule.ppc, infinity, 0, quietC)).toEqual(["7fc0000c", flag.invalid]);
  });

  test("MIPS keeps a quiet addend of an invalid product, ARM does not", () => {
    expect(fused(nanRule.mips, infinity, 0, quietC)).toEqual(["7fc0000c", flag.invalid]);
    expect(fused(nanRule.arm, infinity, 0, quietC)).toEqual(["7fc00000", flag.invalid]);
    expect(fused(nanRule.mips, signalingA, quietB, signalingC)).toEqual(["7fc0000c", flag.invalid]);
    expect(fused(nanRule.mips, quietA, quietB, one)).toEqual(["7fc0000a", 0]);
  });
});

describe("legacy NaN (MIPS)", () => {
  const modeWord = mode.legacyNaN;

  test("a set top fraction bit means signaling, which gives the default NaN", () => {
    expect(run(modeWord, () => softFloat.f32_add_bits(quietA, one, st))).toEqual(["7fbfffff", flag.invalid]);
    expect(run(modeWord, () => softFloat.f32_add_bits(signalingA, one, st))).toEqual(["7f80000a", 0]);
    expect(run(modeWord, () => softFloat.f64_sqrt_bits(0xbff0_0000_0000_0000n, st))).toEqual(["7ff7ffffffffffff", flag.invalid]);
  });

  test("a payload lost in narrowing does not leave an infinity", () => {
    expect(run(modeWord, () => softFloat.f64_to_f32(0x7ff0_0000_0000_0001n, st))).toEqual(["7fbfffff", 0]);
  });
});

describe("integers that do not exist", () => {
  const of = (r: number, a: number) => [
    run(r << integerRuleShift, () => softFloat.f32_to_i32(a, 0, rounding.towardZero, st))[0],
    run(r << integerRuleShift, () => softFloat.f32_to_u32(a, 0, rounding.towardZero, st))[0],
  ];
  const cases: [number, number, string, string][] = [
    [integerRule.saturateNaNZero, quietA, "0", "0"],
    [integerRule.saturateNaNZero, 0xff80_0000, "80000000", "0"],
    [integerRule.saturateNaNZero, infinity, "7fffffff", "ffffffff"],
    [integerRule.indefinite, infinity, "80000000", "ffffffff"],
    [integerRule.saturateNaNMin, quietA, "80000000", "0"],
    [integerRule.saturateNaNMin, infinity, "7fffffff", "ffffffff"],
    [integerRule.alwaysMax, 0xff80_0000, "7fffffff", "ffffffff"],
    [integerRule.saturateNaNMax, quietA, "7fffffff", "ffffffff"],
    [integerRule.saturateNaNMax, 0xff80_0000, "80000000", "0"],
  ];
  test.each(cases)("rule %i of %i", (r, a, signed, unsigned) => {
    expect(of(r, a)).toEqual([signed, unsigned]);
  });

  test("64 bits", () => {
    expect(run(0, () => softFloat.f64_to_i64(0xc3e0_0000_0000_0000n, 0, 0, st))).toEqual(["8000000000000000", 0]);
    expect(run(0, () => softFloat.f64_to_i64(0x43e0_0000_0000_0000n, 0, 0, st))).toEqual(["7fffffffffffffff", flag.invalid]);
    expect(run(0, () => softFloat.f64_to_u64(0x43ef_ffff_ffff_ffffn, 0, 0, st))).toEqual(["fffffffffffff800", 0]);
    expect(run(0, () => softFloat.f64_to_u64(0x43f0_0000_0000_0000n, 0, 0, st))).toEqual(["ffffffffffffffff", flag.invalid]);
    expect(run(0, () => softFloat.u64_to_f32(0xffff_ffff_ffff_ffffn, 0, 0, st))).toEqual(["5f800000", flag.inexact]);
    expect(run(0, () => softFloat.u64_to_f64(3n, 1, 0, st))).toEqual(["3ff8000000000000", 0]);
  });
});

describe("roundings without an oracle", () => {
  test("to odd", () => {
    expect(run(0, () => softFloat.f32_div_bits(one, 0x4040_0000, st), rounding.toOdd)).toEqual(["3eaaaaab", flag.inexact]);
    expect(run(0, () => softFloat.f32_add_bits(one, 1, st), rounding.toOdd)).toEqual(["3f800001", flag.inexact]);
    expect(run(0, () => softFloat.f32_add_bits(one, one, st), rounding.toOdd)).toEqual(["40000000", 0]);
    expect(run(0, () => softFloat.f32_mul_bits(0x7f7f_ffff, 0x7f7f_ffff, st), rounding.toOdd)[0]).toBe("7f7fffff");
    expect(run(0, () => softFloat.f64_to_i32(0x4000_8000_0000_0000n, 0, rounding.toOdd, st))).toEqual(["3", flag.inexact]);
  });

  test("nearest, ties away", () => {
    // 1 + 2^-24 is half way between 1 and its successor.
    expect(run(0, () => softFloat.f32_add_bits(one, 0x3380_0000, st), rounding.nearestAway)).toEqual(["3f800001", flag.inexact]);
    expect(run(0, () => softFloat.f32_add_bits(one, 0x3380_0000, st), rounding.nearestEven)).toEqual(["3f800000", flag.inexact]);
  });
});

describe("SSE's approximations", () => {
  const bits = (x: number): number => new Uint32Array(new Float32Array([x]).buffer)[0]!;
  const value = (x: number): number => new Float32Array(new Uint32Array([x]).buffer)[0]!;
  const special: [number, number, number][] = [
    [0, 0x7f80_0000, 0x7f80_0000],
    [0x8000_0001, 0xff80_0000, 0xff80_0000],
    [0x007f_ffff, 0x7f80_0000, 0x7f80_0000],
    [0x7f7f_ffff, 0, 0x1f80_0000],
    [0xff7f_ffff, 0x8000_0000, 0xffc0_0000],
    [0x7f80_0000, 0, 0],
    [0xff80_0000, 0x8000_0000, 0xffc0_0000],
    [0x7f80_0001, 0x7fc0_0001, 0x7fc0_0001],
    [0xffc1_2345, 0xffc1_2345, 0xffc1_2345],
  ];

  test.each(special)("of %i, as a processor has them", (a, reciprocal, root) => {
    expect([softFloat.f32_recip_approx(a) >>> 0, softFloat.f32_rsqrt_approx(a) >>> 0]).toEqual([reciprocal, root]);
  });

  test("have an error of at most 1.5 * 2^-12, and no more than 12 bits", () => {
    for (let i = 0; i < 10_000; i++) {
      const x = value(bits(2 ** ((i % 200) - 100) * (1 + i / 10_000)));
      const reciprocal = softFloat.f32_recip_approx(bits(x));
      const root = softFloat.f32_rsqrt_approx(bits(x));
      expect((reciprocal | root) & 0xfff).toBe(0);
      expect(Math.abs(value(reciprocal) * x - 1)).toBeLessThanOrEqual(1.5 * 2 ** -12);
      expect(Math.abs(value(root) * Math.sqrt(x) - 1)).toBeLessThanOrEqual(1.5 * 2 ** -12);
    }
  });
});

test("f64 minimum and maximum", () => {
  const minusZero = 0x8000_0000_0000_0000n;
  expect(run(0, () => softFloat.f64_min(0n, minusZero, st))).toEqual(["8000000000000000", 0]);
  expect(run(0, () => softFloat.f64_max(minusZero, 0n, st))).toEqual(["0", 0]);
  expect(run(0, () => softFloat.f64_max(0x7ff8_0000_0000_0001n, 0n, st))).toEqual(["7ff8000000000001", 0]);
  expect(run(0, () => softFloat.f64_min(0xbff0_0000_0000_0000n, 0xc000_0000_0000_0000n, st))).toEqual(["c000000000000000", 0]);
});

test("estimates of denormals, not flushed, as in ARMv8", () => {
  expect(run(0, () => softFloat.f32_recip_estimate(1, st))).toEqual(["7f800000", flag.overflow | flag.inexact]);
  expect(run(0, () => softFloat.f32_recip_estimate(0x0040_0000, st))).toEqual(["7eff8000", 0]);
  expect(run(0, () => softFloat.f32_recip_estimate(0x7f00_0000, st))).toEqual(["3fe000", 0]);
});
