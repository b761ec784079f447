import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  flag,
  instantiateSoftFloat,
  integerRule,
  mode,
  nanRule,
  rounding,
  softFloatBytes,
  softFloatFunctions,
  statusBlock,
} from "./index.ts";
import { sourceHash } from "./softfloat.generated.ts";
import { hashSources } from "./source-hash.ts";

const folder = new URL("../assembly/", import.meta.url);
const sources = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [name, readFileSync(new URL(name, folder), "utf8")]),
);

/** Section ids of a WebAssembly binary, in order. */
const sectionIds = (bytes: Uint8Array): number[] => {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++]!);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
  }
  return ids;
};

describe("the module", () => {
  test("is built from the sources here (else: npm run build --workspace @tsemu/softfloat)", () => {
    expect(sourceHash).toBe(hashSources(sources));
  });

  test("imports a memory and has no memory, data, table or start of its own", () => {
    const bytes = softFloatBytes();
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    const ids = sectionIds(bytes);
    for (const id of [4, 5, 8, 9, 11, 12]) expect(ids).not.toContain(id);
  });

  test("exports the listed functions", () => {
    const exported = WebAssembly.Module.exports(new WebAssembly.Module(softFloatBytes()))
      .filter(({ kind }) => kind === "function")
      .map(({ name }) => name);
    expect(exported.toSorted()).toEqual(Object.keys(softFloatFunctions).toSorted());
    const softFloat = instantiateSoftFloat(new WebAssembly.Memory({ initial: 1 }));
    for (const [name, { params }] of Object.entries(softFloatFunctions)) {
      expect([name, (softFloat as unknown as Record<string, { length: number }>)[name]!.length]).toEqual([name, params.length]);
    }
  });

  test("touches nothing but the flags of the status block", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const softFloat = instantiateSoftFloat(memory);
    const bytes = new Uint8Array(memory.buffer);
    const at = 65536 - statusBlock.bytes;
    softFloat.f64_div(1, 3, at);
    softFloat.f64_mul_add_bits(1n, 0x3ff0_0000_0000_0001n, 0xbff0_0000_0000_0000n, at);
    expect(bytes.findIndex((byte) => byte !== 0)).toBe(at + statusBlock.flags);
    expect(bytes.findLastIndex((byte) => byte !== 0)).toBe(at + statusBlock.flags);
  });

  test("writes of an x87 register its ten bytes and two more, and of the block the status", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const softFloat = instantiateSoftFloat(memory);
    const bytes = new Uint8Array(memory.buffer).fill(0xcc, 0, 256);
    const words = new Uint32Array(memory.buffer);
    words.set([1, 0x8000_0000, 0x3fff], 0);
    words.set([0x37f, 0], 56);
    const changed = (run: () => number): number[] => {
      bytes.fill(0xcc, 64, 192);
      const before = bytes.slice();
      expect(run()).toBe(0);
      return [...bytes.keys()].filter((at) => bytes[at] !== before[at] && at < 224);
    };
    const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
    expect(changed(() => softFloat.f80_add(64, 0, 0, 224))).toEqual(range(64, 76));
    expect(changed(() => softFloat.f80_to_f32(64, 0, 224))).toEqual(range(64, 68));
    expect(changed(() => softFloat.f80_to_f64(64, 0, 224))).toEqual(range(64, 72));
    expect(changed(() => softFloat.f80_to_i16(64, 0, 0, 224))).toEqual(range(64, 72));
    expect(changed(() => softFloat.f80_to_decimal(64, 0, 224))).toEqual(range(64, 76));
    expect(changed(() => softFloat.f80_sine_cosine(64, 128, 0, 224))).toEqual([...range(64, 76), ...range(128, 140)]);
    expect([words[56], words[57], words[58]]).toEqual([0x37f, 0x220, 0xcccc_cccc]);
  });
});

test("the constants of assembly/status.ts are those of status.ts", () => {
  const constants = new Map<string, number>();
  for (const [, name, value] of sources.get("status.ts")!.matchAll(/export const (\w+): \w+ = ([^;]+);/g)) {
    const [base = 0, shift = 0] = value!.split("<<").map(Number);
    constants.set(name!, base << shift);
  }
  const expected = {
    MODE_OFFSET: statusBlock.mode,
    FLAGS_OFFSET: statusBlock.flags,
    NEAREST_EVEN: rounding.nearestEven,
    UPWARD: rounding.upward,
    DOWNWARD: rounding.downward,
    TOWARD_ZERO: rounding.towardZero,
    NEAREST_AWAY: rounding.nearestAway,
    TO_ODD: rounding.toOdd,
    INVALID: flag.invalid,
    DIVIDE_BY_ZERO: flag.divideByZero,
    OVERFLOW: flag.overflow,
    UNDERFLOW: flag.underflow,
    INEXACT: flag.inexact,
    INPUT_DENORMAL: flag.inputDenormal,
    FLUSH_INPUTS: mode.flushInputs,
    FLUSH_OUTPUTS: mode.flushOutputs,
    DEFAULT_NAN: mode.defaultNaN,
    TINY_BEFORE_ROUNDING: mode.tinyBeforeRounding,
    NAN_RULE_SHIFT: 4,
    NAN_RULE_MASK: 15,
    LEGACY_NAN: mode.legacyNaN,
    DEFAULT_NAN_SIGN: mode.defaultNaNSign,
    ALTERNATIVE_HALF: mode.alternativeHalf,
    FLUSH_IS_INEXACT: mode.flushIsInexact,
    DENORMAL_OPERAND: mode.denormalOperand,
    DEFAULT_NAN_ONES: mode.defaultNaNOnes,
    UNDERFLOW_UNMASKED: mode.underflowUnmasked,
    OVERFLOW_UNMASKED: mode.overflowUnmasked,
    INT_RULE_SHIFT: 16,
    INT_RULE_MASK: 7,
    RULE_ARM: nanRule.arm,
    RULE_X86: nanRule.x86,
    RULE_PPC: nanRule.ppc,
    RULE_SPARC: nanRule.sparc,
    RULE_MIPS: nanRule.mips,
    INT_SATURATE_NAN_ZERO: integerRule.saturateNaNZero,
    INT_INDEFINITE: integerRule.indefinite,
    INT_SATURATE_NAN_MIN: integerRule.saturateNaNMin,
    INT_ALWAYS_MAX: integerRule.alwaysMax,
    INT_SATURATE_NAN_MAX: integerRule.saturateNaNMax,
  };
  expect(Object.fromEntries(constants)).toEqual(expected);
});
