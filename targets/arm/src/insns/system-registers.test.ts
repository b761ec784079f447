/** CPSR, SPSR, CPS, SETEND, and transfers to CP14 and CP15. Encodings are GNU as's. */
import { describe, expect, test } from "vitest";
import { blockRunner, codeAddress as at } from "../testing/run-block.ts";

const { a32, t32 } = blockRunner();
const PRIVILEGED = 1 << 9;
const BIG_ENDIAN = 1 << 10;
const kernel = { flags: PRIVILEGED };

describe("status registers", () => {
  test("mrs puts CPSR together", () => {
    const slots = { nf: 0x8000_0000, zf: 0, cf: 1, vf: 0xffff_ffff, qf: 1, ge: 5, cpsr: 0x1d3 };
    expect(a32([0xe10f_4000], { slots }).registers[4]).toBe(0xf805_01d3);
    expect(a32([0xe10f_4000], { slots: { ...slots, nf: 0x7fff_ffff, zf: 3, cf: 0, vf: 1, qf: 0 } }).registers[4]).toBe(0x0005_01d3);
  });

  test("msr of the flags stays in the block; of the control byte goes through the helper", () => {
    const flags = a32([0xe128_f000], { ...kernel, registers: { 0: 0x5800_0000 } });
    expect([flags.calls, flags.exit?.kind]).toEqual([[], "goto"]);
    expect(["zf", "cf", "qf"].map((name) => flags.slot(name))).toEqual([0, 0, 1]);
    expect([flags.slot("nf") >>> 31, flags.slot("vf") >>> 31]).toEqual([0, 1]);
    const control = a32([0xe121_f000], { ...kernel, registers: { 0: 0xd3 } });
    expect(control.calls).toEqual([["cpsr_write", 0xd3, 1, 0]]);
    expect(control).toMatchObject({ exit: { kind: "lookup" }, pc: at + 4, flags: PRIVILEGED });
    // In User mode the control byte is not writable: nothing to do.
    expect(a32([0xe121_f000])).toMatchObject({ exit: { kind: "goto" }, calls: [] });
  });

  test("SPSR and banked registers", () => {
    expect(a32([0xe14f_4000], { ...kernel, helpers: { spsr_read: 7 } }).registers[4]).toBe(7);
    expect(a32([0xe16f_f005], { ...kernel, registers: { 5: 9 } }).calls).toEqual([["spsr_write", 9, 15]]);
    // mrs r6, sp_irq and msr r8_fiq, r7
    const banked = a32([0xe101_6300], { ...kernel, helpers: { banked_read: 3 } });
    expect([banked.registers[6], banked.calls]).toEqual([3, [["banked_read", 0x11]]]);
    expect(a32([0xe128_f207], { ...kernel, registers: { 7: 4 } }).calls).toEqual([["banked_write", 8, 4]]);
    for (const word of [0xe14f_4000, 0xe16f_f005, 0xe101_6300, 0xe128_f207])
      expect(a32([word]).exit).toMatchObject({ kind: "raise", exception: 1 });
  });

  test("cpsid stays in the block, cpsie and modes do not; nothing happens in User mode", () => {
    const cpsid = a32([0xf10c_0080], { ...kernel, slots: { cpsr: 0x13 } });
    expect([cpsid.slot("cpsr"), cpsid.calls, cpsid.exit?.kind]).toEqual([0x93, [], "goto"]);
    const cpsie = a32([0xf108_00c0], { ...kernel, slots: { cpsr: 0x1d3 } });
    expect(cpsie).toMatchObject({ calls: [["cpsr_write", 0x113, 1, 0]], exit: { kind: "lookup" }, pc: at + 4 });
    expect(a32([0xf102_0013], { ...kernel, slots: { cpsr: 0x1df } }).calls).toEqual([["cpsr_write", 0x1d3, 1, 0]]);
    expect(t32([0xb672], { ...kernel, slots: { cpsr: 0x13 } }).slot("cpsr")).toBe(0x93);
    expect(a32([0xf10c_0080], { slots: { cpsr: 0x10 } }).slot("cpsr")).toBe(0x10);
  });

  test("setend changes CPSR.E and the block flags", () => {
    const result = a32([0xf101_0200], { slots: { cpsr: 0x10 } });
    expect([result.slot("cpsr"), result.flags, result.pc, result.exit?.kind]).toEqual([0x210, BIG_ENDIAN, at + 4, "goto"]);
    expect(a32([0xf101_0200, 0xe320_f000], { flags: BIG_ENDIAN }).pc).toBe(at + 8);
  });
});

describe("coprocessors 14 and 15", () => {
  test("keys and values", () => {
    expect(a32([0xee10_2f10], { ...kernel, helpers: { mrc: 0x412f_c0f1 } })).toMatchObject({ calls: [["mrc", 0xf_0000]] });
    const mcr = a32([0xee01_1f10], { ...kernel, registers: { 1: 0x78 } }); // SCTLR
    expect(mcr).toMatchObject({ calls: [["mcr", 0xf_0100, 0x78]], exit: { kind: "lookup" }, pc: at + 4, flags: PRIVILEGED });
    const mcrr = a32([0xec42_1f2e], { ...kernel, registers: { 1: 1, 2: 2 } });
    expect(mcrr).toMatchObject({ calls: [["mcrr", 0xf_802e, 1, 2]], exit: { kind: "lookup" } });
    const mrrc = a32([0xec54_3f1e], { ...kernel, helpers: { mrrc: 5 }, slots: { result_high: 6 } });
    expect([mrrc.calls, mrrc.registers[3], mrrc.registers[4]]).toEqual([[["mrrc", 0xf_801e]], 5, 6]);
  });

  test("mrc to APSR sets the flags", () => {
    const result = a32([0xee10_fe11], { helpers: { mrc: 0x6000_0000 } });
    expect([result.calls, result.slot("zf"), result.slot("cf"), result.slot("nf") >>> 31]).toEqual([[["mrc", 0xe_0010]], 0, 1, 0]);
  });

  test("thread registers are slots", () => {
    const read = a32([0xee1d_2f70], { slots: { tpidruro: 0x1234 } });
    expect([read.registers[2], read.calls]).toEqual([0x1234, []]);
    const write = a32([0xee0d_1f70], { ...kernel, registers: { 1: 5 } });
    expect([write.slot("tpidruro"), write.calls, write.exit?.kind]).toEqual([5, [], "goto"]);
    // Not User mode's to write: the helper raises the exception.
    expect(a32([0xee0d_1f70]).calls).toEqual([["mcr", 0xf_0d03, 0]]);
    expect(a32([0xee1d_2f70], { model: "arm926ej-s" }).calls).toEqual([["mrc", 0xf_0d03]]);
  });

  test("barriers and data cache operations stay in the block, instruction cache operations do not", () => {
    expect(a32([0xee07_1fba])).toMatchObject({ calls: [], exit: { kind: "goto" } });
    expect(a32([0xee07_1f3a], kernel)).toMatchObject({ calls: [], exit: { kind: "goto" } });
    expect(a32([0xee07_1f15], kernel)).toMatchObject({ calls: [], exit: { kind: "lookup" } });
    // User mode may not: the helper raises the exception.
    expect(a32([0xee07_1f3a])).toMatchObject({ calls: [["mcr", 0xf_07a1, 0]] });
  });

  test("c7, c0, 4 waits for an interrupt before ARMv7", () => {
    expect(a32([0xee07_1f90], { ...kernel, model: "arm926ej-s" })).toMatchObject({ exit: { kind: "stop", reason: 0 }, pc: at + 4 });
    expect(a32([0xee07_1f90], kernel)).toMatchObject({ calls: [["mcr", 0xf_0704, 0]] });
  });

  test("other coprocessors are undefined", () => {
    expect(a32([0xee10_2d10]).exit).toMatchObject({ kind: "raise", exception: 1 });
    expect(a32([0xed91_5e00]).exit).toMatchObject({ kind: "raise", exception: 1 });
  });
});

test("what a core does not have is undefined", () => {
  const undefinedOn = (model: string, word: number): boolean => a32([word], { model }).exit?.kind === "raise";
  const movw = 0xe300_0001;
  const sdiv = 0xe710_f211;
  const rev = 0xe6bf_0f31;
  const clrex = 0xf57f_f01f;
  expect([movw, sdiv, rev, clrex].map((word) => undefinedOn("arm926ej-s", word))).toEqual([true, true, true, true]);
  expect([movw, sdiv, rev, clrex].map((word) => undefinedOn("arm1176", word))).toEqual([true, true, false, false]);
  expect([movw, sdiv, rev, clrex].map((word) => undefinedOn("cortex-a9", word))).toEqual([false, true, false, false]);
  expect([movw, sdiv, rev, clrex].map((word) => undefinedOn("cortex-a7", word))).toEqual([false, false, false, false]);
});
