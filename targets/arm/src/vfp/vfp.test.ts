import { DecodeTable, Prng, randomEncoding, rowsOf } from "@tsemu/decode";
import { describe, expect, test } from "vitest";
import * as bf from "../block-flags.ts";
import { findModel } from "../cpu-models.ts";
import { formatters } from "../formatters.ts";
import { exceptions } from "../host-calls.ts";
import { neonRowsA32, neonRowsT32 } from "../neon/index.ts";
import * as state from "../state.ts";
import { CODE_ADDRESS, DATA_ADDRESS, DATA_SIZE, OneInsn } from "../testing/one-insn.ts";
import type { ArmTranslator } from "../translator.ts";
import { FPEXC_EN, readFpscr, readSpecialRegister, resetFp, specialRegisters, writeFpscr, writeSpecialRegister } from "./fpscr.ts";
import { vfpHelpers } from "./helpers.ts";
import { vfpRowsA32, vfpRowsT32 } from "./index.ts";
import type { VfpMeta } from "./meta.ts";
import type { VfpItem } from "./rows.ts";

const model = findModel("cortex-a15")!;
const old = findModel("arm1176")!;
const table = (...items: VfpItem[]): DecodeTable<ArmTranslator, VfpMeta> => new DecodeTable<ArmTranslator, VfpMeta>(32, items, formatters);
const a32 = table(...vfpRowsA32, ...neonRowsA32);
const machine = (m = model): OneInsn => new OneInsn(m.features, a32, vfpHelpers);
const enabled = bf.CP_ACCESS | bf.FP_ENABLED;
const word = (slot: { offset: number }): number => slot.offset >> 2;

describe("T32", () => {
  const t32 = table(...vfpRowsT32, ...neonRowsT32);
  /** The T32 encoding of an A32 one (A7.4, A7.7, A6.3.18). */
  const inT32 = (w: number): number => {
    if (w >>> 28 !== 15) return ((w & 0x0fff_ffff) | 0xe000_0000) >>> 0;
    if (w >>> 25 === 0b1111001) return ((w & 0x00ff_ffff) | (w & 0x0100_0000 ? 0xff00_0000 : 0xef00_0000)) >>> 0;
    return ((w & 0x00ff_ffff) | 0xf900_0000) >>> 0;
  };

  test("has the same rows with the same fields", () => {
    expect(t32.rows.map((r) => r.name)).toEqual(a32.rows.map((r) => r.name));
    const prng = new Prng(3);
    for (const row of [...vfpRowsA32, ...neonRowsA32].flatMap(rowsOf)) {
      for (let i = 0; i < 20; i++) {
        const encoding = randomEncoding(a32, row, prng);
        const { cond: _, ...fields } = row.fields(encoding);
        const found = t32.decode(inT32(encoding));
        expect([found?.row.name, found?.fields]).toEqual([row.name, fields]);
      }
    }
  });
});

describe("what is enabled", () => {
  const VADD = 0xee300a00;
  const VADD_INT = 0xf2000800;
  const VMOV_TO_BYTE = 0xee400b10;
  const VMRS = (reg: number): number => 0xeef00a10 | (reg << 16);

  test("VFP needs access and FPEXC.EN, Advanced SIMD also CPACR.ASEDIS clear", () => {
    const insn = machine();
    const outcomes = (w: number): unknown[] =>
      [0, bf.CP_ACCESS, bf.FP_ENABLED, enabled, enabled | bf.SIMD_DISABLED].map((flags) => insn.run(w, flags));
    const un = exceptions.undefinedInstruction;
    expect(outcomes(VADD)).toEqual([un, un, un, "done", "done"]);
    expect(outcomes(VADD_INT)).toEqual([un, un, un, "done", un]);
    expect(outcomes(VMOV_TO_BYTE)).toEqual([un, un, un, "done", un]);
  });

  test("in privileged code FPEXC.EN counts that is set when the instruction is executed", () => {
    const insn = machine();
    const outcome = (fpexc: number, ...words: number[]): unknown => {
      insn.state.u32[word(state.fpexc)] = fpexc;
      insn.state.u32[word(state.zf)] = 1;
      return insn.run(words, bf.CP_ACCESS | bf.PRIVILEGED);
    };
    const VADDEQ = 0x0e300a00;
    const un = exceptions.undefinedInstruction;
    expect([outcome(FPEXC_EN, VADD), outcome(0, VADD), outcome(0, VADD_INT), outcome(FPEXC_EN, VADD_INT)]).toEqual([
      "done",
      un,
      un,
      "done",
    ]);
    // One that is not executed has not looked at it for those behind it.
    expect([outcome(0, VADDEQ), outcome(0, VADDEQ, VADD), outcome(FPEXC_EN, VADDEQ, VADD, VADD)]).toEqual(["done", un, "done"]);
  });

  test("FPEXC and the identification registers are privileged, and there while VFP is off", () => {
    const insn = machine();
    const mayRead = (reg: number, flags: number): boolean => insn.print(VMRS(reg), flags).includes("raise") === false;
    for (const reg of [specialRegisters.fpexc, specialRegisters.mvfr0, specialRegisters.mvfr1, specialRegisters.fpsid]) {
      expect(mayRead(reg, bf.CP_ACCESS | bf.PRIVILEGED)).toBe(true);
      expect(mayRead(reg, enabled)).toBe(false);
      expect(mayRead(reg, bf.PRIVILEGED | bf.FP_ENABLED)).toBe(false);
    }
    expect(mayRead(specialRegisters.fpscr, enabled)).toBe(true);
    expect(mayRead(specialRegisters.fpscr, bf.CP_ACCESS)).toBe(false);
    expect(mayRead(specialRegisters.fpinst, enabled | bf.PRIVILEGED)).toBe(false);
    // VFPv2 lets everyone read FPSID, and has FPINST.
    expect(machine(old).print(VMRS(specialRegisters.fpsid), enabled).includes("raise")).toBe(false);
    expect(
      machine(old)
        .print(VMRS(specialRegisters.fpinst), enabled | bf.PRIVILEGED)
        .includes("vmrs"),
    ).toBe(true);
  });

  test("cores with 16 registers have no others", () => {
    const insn = machine(old);
    expect(insn.run(0xee310b02, enabled)).toBe("done");
    expect(insn.run(0xee710b02, enabled)).toBe(exceptions.undefinedInstruction);
  });
});

describe("system registers", () => {
  test("FPSCR keeps what the core has", () => {
    const { state: cpu } = machine();
    writeFpscr(cpu, model.features, 0xffff_ffff);
    expect(readFpscr(cpu)).toBe(0xfff7_009f);
    writeFpscr(cpu, old.features, 0xffff_ffff);
    expect(readFpscr(cpu)).toBe(0xf7f7_009f);
    writeFpscr(cpu, model.features, 0);
    expect(readFpscr(cpu)).toBe(0);
  });

  test("VMRS of FPSCR in translated code agrees", () => {
    const insn = machine();
    for (const value of [0, 0xf7f7_009f, 0x0800_0000, 0x9340_0011]) {
      writeFpscr(insn.state, model.features, value);
      expect(insn.run(0xeef13a10, enabled)).toBe("done");
      expect(insn.state.u32[word(state.r[3]!)]).toBe(readFpscr(insn.state));
    }
  });

  test("the standard value flushes denormals after a reset already", () => {
    const insn = machine();
    resetFp(insn.state);
    insn.state.u32.set([1, 1, 1, 1], state.vfpFile >> 2);
    // vadd.f32 d4, d0, d1, then vadd.f32 s10, s0, s2
    expect(insn.run(0xf2004d01, enabled)).toBe("done");
    expect(insn.run(0xee305a01, enabled)).toBe("done");
    expect([...insn.state.u32.subarray((state.vfpFile >> 2) + 8, (state.vfpFile >> 2) + 11)]).toEqual([0, 0, 2]);
    expect(readFpscr(insn.state)).toBe(0x80);
  });

  test("FPEXC holds EN only, and every write refreshes the block flags", () => {
    const { state: cpu } = machine();
    let refreshed = 0;
    writeSpecialRegister(cpu, model.features, specialRegisters.fpexc, -1, () => refreshed++);
    expect(readSpecialRegister(cpu, model, specialRegisters.fpexc)).toBe(1 << 30);
    writeSpecialRegister(cpu, model.features, specialRegisters.fpscr, 0x0037_0000, () => refreshed++);
    expect(readSpecialRegister(cpu, model, specialRegisters.fpscr)).toBe(0x0037_0000);
    expect(refreshed).toBe(2);
    expect(readSpecialRegister(cpu, model, specialRegisters.fpsid)).toBe(0x410430f0);
    expect(readSpecialRegister(cpu, model, specialRegisters.mvfr0)).toBe(0x10110222);
  });
});

describe("loads and stores", () => {
  const r4 = word(state.r[4]!);

  test("relative to PC; a store only in A32", () => {
    const insn = machine();
    expect(insn.print(0xed9f0a01, enabled)).toContain(`const 0x${(CODE_ADDRESS + 12).toString(16)}`);
    expect(insn.print(0xed1f0b01, enabled | bf.T)).toContain(`const 0x${CODE_ADDRESS.toString(16)}`);
    expect(insn.print(0xed8f0a01, enabled)).not.toContain("raise");
    expect(insn.run(0xed8f0a01, enabled | bf.T)).toBe(exceptions.undefinedInstruction);
  });

  test.each([
    ["vldmia r4!, {d0-d15}", 0xecb40b20],
    ["vstmia r4!, {d0-d15}", 0xeca40b20],
    ["vld4.8 {d0-d3}, [r4]!", 0xf424000d],
    ["vst3.16 {d0-d2}, [r4]!", 0xf404044d],
    ["vld1.8 {d0-d3}, [r4]!", 0xf424020d],
    ["vst4.32 {d0[0]-d3[0]}, [r4]!", 0xf4840b0d],
  ])("an abort in the middle of %s leaves the base", (_, encoding) => {
    const insn = machine();
    const start = DATA_ADDRESS + DATA_SIZE - 12;
    insn.state.u32[r4] = start;
    expect(insn.run(encoding, enabled)).toBe("fault");
    expect(insn.state.u32[r4]).toBe(start);
  });

  test.each([
    ["vldr d0, [r4]", 0xed940b00, 4],
    ["vstr s0, [r4]", 0xed840a00, 4],
    ["vld1.32 {d0}, [r4]", 0xf424078f, 1],
    ["vld1.32 {d0}, [r4:64]", 0xf424079f, 8],
    ["vst1.8 {d0-d1}, [r4:128]", 0xf4040a2f, 16],
    ["vst4.16 {d0[1]-d3[1]}, [r4:64]", 0xf484075f, 8],
    ["vld1.32 {d0[0]}, [r4:32]", 0xf4a4083f, 4],
    ["vld2.16 {d0[], d1[]}, [r4:32]", 0xf4a40d5f, 4],
  ])("%s demands alignment", (_, encoding, alignment) => {
    const insn = machine();
    for (let offset = 0; offset < 16; offset++) {
      insn.state.u32[r4] = DATA_ADDRESS + 0x100 + offset;
      expect(insn.run(encoding, enabled)).toBe(offset % alignment === 0 ? "done" : "fault");
    }
  });

  test("SCTLR.A demands that elements are aligned", () => {
    const insn = machine();
    insn.state.u32[r4] = DATA_ADDRESS + 2;
    expect(insn.run(0xf424078f, enabled | bf.ALIGNMENT_CHECK)).toBe("fault");
    expect(insn.run(0xf424074f, enabled | bf.ALIGNMENT_CHECK)).toBe("done");
  });
});

test("registers that an instruction exchanges keep what the one before it computed there", () => {
  // The load in between may fault, so that the sum must be in its register.
  const words = [0xf2002844, 0xed948b00, 0xf3b220c0]; // vadd.i8 q1, q0, q2; vldr d8, [r4]; vtrn.8 q1, q0
  const registers = Uint32Array.from({ length: 12 }, (_, i) => 0x1020_3040 * i + 7);
  const results = [words, words.map((w) => [w])].map((blocks) => {
    const insn = machine();
    insn.state.u32.set(registers, state.vfpFile >> 2);
    insn.state.u32[word(state.r[4]!)] = DATA_ADDRESS;
    for (const block of typeof blocks[0] === "number" ? [blocks as number[]] : (blocks as number[][]))
      expect(insn.run(block, enabled)).toBe("done");
    return [...insn.state.u32.subarray(state.vfpFile >> 2, (state.vfpFile >> 2) + 8)];
  });
  expect(results[0]).toEqual(results[1]);
});
