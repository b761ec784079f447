/** Branches, IT blocks and the ways out of a block. Encodings are GNU as's. */
import { describe, expect, test } from "vitest";
import { blockRunner, codeAddress as at } from "../testing/run-block.ts";

const { a32, t32 } = blockRunner();
const T = 1;
const PRIVILEGED = 1 << 9;
const it = (state: number): number => state << 1;
/** Z set. */
const equal = { zf: 0 };

describe("A32 branches", () => {
  test.each([
    ["b", 0xea00_003e, at + 0x100, 0],
    ["bl", 0xebff_fff6, at - 0x20, at + 4],
  ])("%s", (_, word, target, lr) => {
    const result = a32([word]);
    expect(result.exit?.kind).toBe("goto");
    expect([result.pc, result.flags, result.registers[14]]).toEqual([target, 0, lr]);
  });

  test("blx to T32, with H", () => {
    const result = a32([0xfb00_003e]);
    expect([result.pc, result.flags, result.registers[14]]).toEqual([at + 0x102, T, at + 4]);
  });

  test("a conditional branch leaves both ways", () => {
    expect(a32([0x1a00_000e]).pc).toBe(at + 0x40);
    expect(a32([0x1a00_000e], { slots: equal }).pc).toBe(at + 4);
  });

  test.each([
    [0x1001, 0x1000, T],
    [0x1000, 0x1000, 0],
    [0x1002, 0x1000, 0],
    [0x1003, 0x1002, T],
  ])("bx and blx r to %x", (value, pc, flags) => {
    const bx = a32([0xe12f_ff11], { registers: { 1: value } });
    expect([bx.exit?.kind, bx.pc, bx.flags, bx.registers[14]]).toEqual(["lookup", pc, flags, 0]);
    const blx = a32([0xe12f_ff3e], { registers: { 14: value } });
    expect([blx.pc, blx.flags, blx.registers[14]]).toEqual([pc, flags, at + 4]);
  });

  test("mov pc interworks from ARMv7 on; ldr pc always", () => {
    expect(a32([0xe1a0_f001], { registers: { 1: 0x1003 } })).toMatchObject({ pc: 0x1002, flags: T });
    expect(a32([0xe1a0_f001], { registers: { 1: 0x1003 }, model: "arm1176" })).toMatchObject({ pc: 0x1000, flags: 0 });
    const load = { registers: { 0: 0x100 }, memory: { 0x100: 0x2001 } };
    expect(a32([0xe590_f000], load)).toMatchObject({ pc: 0x2000, flags: T });
    expect(a32([0xe590_f000], { ...load, model: "arm926ej-s" })).toMatchObject({ pc: 0x2000, flags: T });
  });
});

describe("T32 branches", () => {
  test.each([
    ["b.n", [0xe07e], at + 0x100, 0],
    ["b.w", [0xf000, 0xbffe], at + 0x1000, 0],
    ["bl", [0xf012, 0xf9a1], at + 0x12346, at + 5],
    ["bne", [0xd1f6], at - 0x10, 0],
    ["bne.w", [0xf47e, 0xaffe], at - 0x1000, 0],
    ["cbnz", [0xb982], at + 0x24, 0],
  ])("%s", (_, code, target, lr) => {
    const result = t32(code, { registers: { 2: 1 } });
    expect([result.pc, result.flags, result.registers[14]]).toEqual([target, T, lr]);
  });

  test("not taken", () => {
    expect(t32([0xd0f6]).pc).toBe(at + 2);
    expect(t32([0xb982]).pc).toBe(at + 2);
    expect(t32([0xb171]).pc).toBe(at + 0x20);
    expect(t32([0xb171], { registers: { 1: 5 } }).pc).toBe(at + 2);
  });

  test("blx to A32 counts from the word that PC is in", () => {
    expect(t32([0xf001, 0xe918])).toMatchObject({ pc: at + 0x1234, flags: 0 });
    expect(t32([0xf001, 0xe918], { pc: at + 2 })).toMatchObject({ pc: at + 0x1234, flags: 0 });
  });

  test("bx pc goes to the next word as A32", () => {
    expect(t32([0x4778])).toMatchObject({ pc: at + 4, flags: 0 });
    expect(t32([0x4778], { pc: at + 2 })).toMatchObject({ pc: at + 4, flags: 0 });
  });

  test("mov pc and add pc stay in T32; pop pc interworks", () => {
    expect(t32([0x468f], { registers: { 1: 0x1000 } })).toMatchObject({ pc: 0x1000, flags: T });
    expect(t32([0x448f], { registers: { 1: 0x10 } })).toMatchObject({ pc: at + 4 + 0x10, flags: T });
    const pop = t32([0xbd01], { registers: { 13: 0x100 }, memory: { 0x100: 7, 0x104: 0x2000 } });
    expect(pop).toMatchObject({ pc: 0x2000, flags: 0 });
    expect([pop.registers[0], pop.registers[13]]).toEqual([7, 0x108]);
  });

  test("tbb and tbh", () => {
    expect(t32([0xe8d0, 0xf001], { registers: { 0: 0x100, 1: 2 }, memory: { 0x100: 0x00f0_0000 } }).pc).toBe(at + 4 + 2 * 0xf0);
    expect(t32([0xe8d0, 0xf011], { registers: { 0: 0x100, 1: 1 }, memory: { 0x100: 0x8001_0000 } }).pc).toBe(at + 4 + 2 * 0x8001);
    expect(t32([0xe8df, 0xf001], { registers: { 1: 1 }, memory: { [at + 4]: 0x300 } }).pc).toBe(at + 4 + 6);
  });

  test("bl before Thumb-2 is two instructions", () => {
    const setup = { model: "arm926ej-s" };
    const first = t32([0xf012], setup);
    expect([first.registers[14], first.pc]).toEqual([at + 4 + 0x12000, at + 2]);
    const both = t32([0xf012, 0xf9a1], setup);
    expect([both.pc, both.flags, both.registers[14]]).toEqual([at + 0x12346, T, at + 5]);
    const blx = t32([0xf001, 0xe918], { ...setup, pc: at + 2 });
    expect([blx.pc, blx.flags, blx.registers[14]]).toEqual([at + 0x1234, 0, at + 7]);
  });
});

describe("IT blocks", () => {
  // ittee eq; moveq r0, #1; addeq r1, #1; movne r0, #2; addne r1, #2; movs r2, #0
  const code = [0xbf07, 0x2001, 0x3101, 0x2002, 0x3102, 0x2200];

  test("then and else; 16-bit instructions set no flags inside", () => {
    const then = t32(code.slice(0, 5), { slots: equal });
    expect([then.registers[0], then.registers[1], then.slot("zf"), then.pc, then.flags]).toEqual([1, 1, 0, at + 10, T]);
    const otherwise = t32(code.slice(0, 5), { slots: { zf: 9 } });
    expect([otherwise.registers[0], otherwise.registers[1], otherwise.slot("zf")]).toEqual([2, 2, 9]);
  });

  test("flags are set again after the block", () => {
    expect(t32(code, { slots: { zf: 9 } }).slot("zf")).toBe(0);
  });

  test("a translation block that ends inside goes on with ITSTATE", () => {
    expect(t32(code, { maxInsns: 1 })).toMatchObject({ pc: at + 2, flags: T | it(0x07) });
    expect(t32(code, { maxInsns: 3 })).toMatchObject({ pc: at + 6, flags: T | it(0x1c) });
    const rest = t32(code.slice(3, 5), { pc: at + 6, flags: it(0x1c), slots: equal });
    expect([rest.registers[0], rest.registers[1], rest.pc, rest.flags]).toEqual([0, 0, at + 10, T]);
  });

  test("a fault restores ITSTATE of its instruction", () => {
    // ite ne; movne r0, #2; ldreq r0, [pc, #8]
    const result = t32([0xbf14, 0x2002, 0x4802], { slots: equal, faultAt: at + 16 });
    expect(result.exit).toBeUndefined();
    expect([result.pc, result.flags]).toEqual([at + 4, T | it(0x08)]);
  });

  test("comparisons and branches inside", () => {
    // it cs; cmpcs r0, r1
    expect(t32([0xbf28, 0x4288], { slots: { cf: 1 } }).slot("zf")).toBe(0);
    expect(t32([0xbf28, 0x4288], { slots: { cf: 0, zf: 7 } }).slot("zf")).toBe(7);
    // it ne; bne .+0x10
    expect(t32([0xbf18, 0xe006])).toMatchObject({ pc: at + 2 + 16, flags: T });
    expect(t32([0xbf18, 0xe006], { slots: equal })).toMatchObject({ pc: at + 4, flags: T });
  });

  test("bkpt runs whatever the condition", () => {
    expect(t32([0xbf48, 0xbe05]).exit).toMatchObject({ kind: "raise", exception: 7, argument: 5 });
  });

  test("an undefined instruction whose condition fails is passed over", () => {
    expect(t32([0xbf08, 0xde00]).pc).toBe(at + 4);
    expect(t32([0xbf08, 0xde00], { slots: equal }).exit).toMatchObject({ kind: "raise", exception: 1 });
    expect(a32([0x07f0_00f0]).pc).toBe(at + 4);
  });
});

describe("exits", () => {
  test("svc, bkpt and undefined carry their immediate, at their own address", () => {
    expect(a32([0xe320_f000, 0xef12_3456])).toMatchObject({ exit: { kind: "raise", exception: 2, argument: 0x12_3456 }, pc: at + 4 });
    expect(t32([0xdf07]).exit).toMatchObject({ exception: 2, argument: 7 });
    expect(a32([0xe121_2374]).exit).toMatchObject({ exception: 7, argument: 0x1234 });
    expect(a32([0xf400_0000 | 0x0fff_ffff]).exit).toMatchObject({ exception: 1 });
  });

  test("wfi and wfe stop at the next instruction, isb looks it up", () => {
    expect(a32([0xe320_f003])).toMatchObject({ exit: { kind: "stop", reason: 0 }, pc: at + 4, flags: 0 });
    expect(a32([0xe320_f002])).toMatchObject({ exit: { kind: "stop", reason: 1 }, pc: at + 4 });
    expect(t32([0xbf30])).toMatchObject({ exit: { kind: "stop" }, pc: at + 2, flags: T });
    expect(a32([0xf57f_f06f])).toMatchObject({ exit: { kind: "lookup" }, pc: at + 4 });
  });

  test("hvc and smc call the firmware, not from User mode", () => {
    const hvc = a32([0xe140_0075], { flags: PRIVILEGED });
    expect(hvc.calls).toEqual([["firmware_call", 0, 5]]);
    expect(hvc).toMatchObject({ exit: { kind: "lookup" }, pc: at + 4, flags: PRIVILEGED });
    expect(a32([0xe160_0073], { flags: PRIVILEGED }).calls).toEqual([["firmware_call", 1, 3]]);
    expect(a32([0xe160_0073]).exit).toMatchObject({ kind: "raise", exception: 1 });
  });

  test("exception returns", () => {
    for (const [word, address] of [
      [0xe25e_f004, 0xffc],
      [0xe1b0_f00e, 0x1000],
      [0xe160_006e, 0x1000],
    ] as const) {
      const setup = { registers: { 14: 0x1000 } };
      expect(a32([word], { ...setup, flags: PRIVILEGED }).calls).toEqual([["exception_return", address]]);
      expect(a32([word], setup).exit).toMatchObject({ kind: "raise", exception: 1 });
    }
    expect(t32([0xf3de, 0x8f04], { flags: PRIVILEGED, registers: { 14: 0x1000 } }).calls).toEqual([["exception_return", 0xffc]]);
  });
});
