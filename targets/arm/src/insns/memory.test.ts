/** Loads and stores where privilege, alignment, byte order and aborts matter. Encodings are GNU as's. */
import { describe, expect, test } from "vitest";
import { blockRunner, codeAddress as at } from "../testing/run-block.ts";

const { a32, t32 } = blockRunner();
const PRIVILEGED = 1 << 9;
const BIG_ENDIAN = 1 << 10;
const ALIGNMENT_CHECK = 1 << 14;
const LEGACY = 1 << 15;

const ldr = 0xe591_0000; // ldr r0, [r1]
const ldrsh = 0xe1d1_00f0;
const strh = 0xe1c1_00b0;
const str = 0xe581_0000;
const memory = { 0x100: 0x8283_8485, 0x104: 0x8687_8889 };

describe("alignment", () => {
  test("words and halfwords anywhere, unless SCTLR.A", () => {
    expect(a32([ldr], { registers: { 1: 0x101 }, memory }).registers[0]).toBe(0x8982_8384);
    const checked = a32([ldr], { registers: { 1: 0x101 }, memory, flags: ALIGNMENT_CHECK });
    expect(checked.exit).toBeUndefined();
    expect(checked.accesses).toEqual(["load4 101 align=4 mmu=0"]);
  });

  test("before ARMv6, loaded words are rotated and other low bits ignored", () => {
    const legacy = { model: "arm926ej-s", flags: LEGACY, memory };
    for (const [offset, value] of [
      [0, 0x8283_8485],
      [1, 0x8582_8384],
      [2, 0x8485_8283],
      [3, 0x8384_8582],
    ] as const) {
      expect(a32([ldr], { ...legacy, registers: { 1: 0x100 + offset } }).registers[0]).toBe(value);
    }
    expect(a32([ldrsh], { ...legacy, registers: { 1: 0x103 } }).registers[0]).toBe(0xffff_8283);
    expect(a32([str], { ...legacy, registers: { 0: 0x1122_3344, 1: 0x103 } }).word(0x100)).toBe(0x1122_3344);
    expect(a32([strh], { ...legacy, registers: { 0: 0x1122_3344, 1: 0x103 } }).word(0x100)).toBe(0x3344_8485);
    // swp r0, r2, [r1]: rotated as LDR; ldm r0!, {r1, r2}: low bits ignored, but kept in the base.
    const swp = a32([0xe101_0092], { ...legacy, registers: { 1: 0x101, 2: 5 } });
    expect([swp.registers[0], swp.word(0x100)]).toEqual([0x8582_8384, 5]);
    const ldm = a32([0xe8b0_0006], { ...legacy, registers: { 0: 0x102 } });
    expect(ldm.registers.slice(0, 3)).toEqual([0x10a, 0x8283_8485, 0x8687_8889]);
    // SCTLR.A has precedence.
    expect(a32([ldr], { ...legacy, flags: LEGACY | ALIGNMENT_CHECK, registers: { 1: 0x101 } }).exit).toBeUndefined();
  });

  test.each([
    ["ldm", 0xe8b0_0006, "load4 102 align=4 mmu=0"],
    ["ldrd r2, r3, [r0]", 0xe1c0_20d0, "load4 102 align=4 mmu=0"],
    ["ldrex", 0xe190_2f9f, "load4 102 align=4 mmu=0"],
    ["ldrexd", 0xe1b0_2f9f, "load8 102 align=8 mmu=0"],
    ["swp", 0xe100_0092, "load4 102 align=4 mmu=0"],
  ])("%s is always checked", (_, word, access) => {
    const result = a32([word], { registers: { 0: 0x102 } });
    expect(result.accesses).toEqual([access]);
    expect(result.exit).toBeUndefined();
  });
});

test("MMU index: privileged, User, and unprivileged instructions", () => {
  expect(a32([ldr]).accesses[0]).toContain("mmu=0");
  expect(a32([ldr], { flags: PRIVILEGED }).accesses[0]).toContain("mmu=1");
  // ldrt r0, [r1], #4
  const ldrt = a32([0xe4b1_0004], { flags: PRIVILEGED, registers: { 1: 0x100 } });
  expect([ldrt.accesses[0], ldrt.registers[1]]).toEqual(["load4 100 align=1 mmu=0", 0x104]);
  expect(t32([0xf851, 0x0e08], { flags: PRIVILEGED, registers: { 1: 0x100 } }).accesses).toEqual(["load4 108 align=1 mmu=0"]);
});

describe("big-endian data", () => {
  const big = { flags: BIG_ENDIAN, memory, registers: { 1: 0x100, 2: 0x0102_0304, 3: 0x0506_0708 } };
  test("words, halfwords, pairs", () => {
    expect(a32([ldr], big).registers[0]).toBe(0x8584_8382);
    expect(a32([ldrsh], big).registers[0]).toBe(0xffff_8584);
    expect(a32([strh], { ...big, registers: { 0: 0x1122_3344, 1: 0x100 } }).word(0x100)).toBe(0x8283_4433);
    expect(a32([0xe1c1_20d0], big).registers.slice(2, 4)).toEqual([0x8584_8382, 0x8988_8786]);
  });
  test("exclusive doublewords: the word at the lower address is the first register's", () => {
    expect(a32([0xe1b1_2f9f], big).registers.slice(2, 4)).toEqual([0x8584_8382, 0x8988_8786]);
    // ldrexd r6, r7, [r1]; strexd r4, r2, r3, [r1]
    const stored = a32([0xe1b1_6f9f, 0xe1a1_4f92], big);
    expect([stored.registers[4], stored.word(0x100), stored.word(0x104)]).toEqual([0, 0x0403_0201, 0x0807_0605]);
  });
});

test("literal loads have constant addresses, from the word that PC is in", () => {
  expect(a32([0xe59f_0008]).accesses).toEqual([`load4 ${(at + 16).toString(16)} align=1 mmu=0`]);
  expect(t32([0x4802], { pc: at + 2 }).accesses).toEqual([`load4 ${(at + 12).toString(16)} align=1 mmu=0`]);
  expect(t32([0xf85f, 0x0008], { pc: at + 2 }).accesses).toEqual([`load4 ${(at - 4).toString(16)} align=1 mmu=0`]);
  expect(a32([0xe14f_20d8]).accesses[0]).toContain(`load4 ${at.toString(16)} `);
  expect(a32([0xe28f_5018]).registers[5]).toBe(at + 0x20);
  expect(t32([0xa102], { pc: at + 2 }).registers[1]).toBe(at + 12);
  expect(t32([0xf2af, 0x010a], { pc: at + 2 }).registers[1]).toBe(at + 4 - 10);
});

describe("aborts in the middle", () => {
  test("ldm leaves its base as it was, loaded or written back", () => {
    // ldmia r0!, {r1, r2} and ldmda r7, {r7, r8}
    const first = a32([0xe8b0_0006], { registers: { 0: 0x100 }, memory, faultAt: 0x104 });
    expect([first.exit, first.registers[0], first.registers[1], first.pc]).toEqual([undefined, 0x100, 0x8283_8485, at]);
    expect(a32([0xe817_0180], { registers: { 7: 0x104 }, memory, faultAt: 0x104 }).registers[7]).toBe(0x104);
  });
  test("stm, ldrd and pop with pc too", () => {
    expect(a32([0xe92d_4001], { registers: { 13: 0x108 }, faultAt: 0x104 }).registers[13]).toBe(0x108);
    expect(a32([0xe1c2_20d0], { registers: { 2: 0x100 }, memory, faultAt: 0x104 }).registers[2]).toBe(0x100);
    expect(t32([0xbd01], { registers: { 13: 0x100 }, memory, faultAt: 0x104 })).toMatchObject({ exit: undefined, pc: at });
  });
  test("strex has not written its result", () => {
    const result = a32([0xe191_2f9f, 0xe181_4f93], { registers: { 1: 0x100, 4: 77 }, faultAt: 0x100 });
    expect([result.exit, result.registers[4]]).toEqual([undefined, 77]);
  });
});

describe("exclusive accesses", () => {
  const ldrex = 0xe191_2f9f; // ldrex r2, [r1]
  const strex = 0xe181_4f93; // strex r4, r3, [r1]
  const setup = { registers: { 0: 9, 1: 0x100, 3: 5 }, memory };
  test("the store succeeds once", () => {
    const result = a32([ldrex, strex], setup);
    expect([result.registers[2], result.registers[4], result.word(0x100), result.slot("excl_addr")]).toEqual([
      0x8283_8485, 0, 5, 0xffff_ffff,
    ]);
    const again = a32([ldrex, strex, strex], { ...setup, registers: { ...setup.registers, 3: 6 } });
    expect([again.registers[4], again.word(0x100)]).toEqual([1, 6]);
  });
  test("not without the load, after CLREX, at another address, or where the value has changed", () => {
    const fails = (code: number[]): void => {
      const result = a32(code, setup);
      expect([result.registers[4], result.slot("excl_addr")]).toEqual([1, 0xffff_ffff]);
      expect(result.word(0x100)).not.toBe(5);
    };
    fails([strex]);
    fails([ldrex, 0xf57f_f01f, strex]);
    fails([ldrex, 0xe281_1004, strex]); // add r1, r1, #4
    fails([ldrex, str, strex]);
  });
});

test("privileged forms of ldm and stm go through the User bank", () => {
  const setup = { flags: PRIVILEGED, registers: { 1: 0x100, 3: 33 }, memory, helpers: { user_read: 99 } };
  const ldm = a32([0xe8d1_4101], setup); // ldmia r1, {r0, r8, r14}^
  expect([ldm.registers[0], ldm.calls]).toEqual([
    0x8283_8485,
    [
      ["user_write", 8, 0x8687_8889],
      ["user_write", 14, 0],
    ],
  ]);
  const stm = a32([0xe9c1_2208], setup); // stmib r1, {r3, r9, r13}^
  expect([stm.word(0x104), stm.word(0x108), stm.word(0x10c)]).toEqual([33, 99, 99]);
  expect(stm.calls).toEqual([
    ["user_read", 9],
    ["user_read", 13],
  ]);
  const back = a32([0xe8fd_8003], { ...setup, registers: { 13: 0x100 }, memory: { ...memory, 0x108: 0x3000 } }); // ldmia sp!, {r0, r1, pc}^
  expect([back.registers[13], back.calls]).toEqual([0x10c, [["exception_return", 0x3000]]]);
  for (const word of [0xe8d1_4101, 0xe9c1_2208, 0xe8fd_8003]) expect(a32([word]).exit).toMatchObject({ kind: "raise", exception: 1 });
});

test("srs and rfe", () => {
  // srsdb sp!, #19 and rfeia r3!
  const srs = a32([0xf96d_0513], { flags: PRIVILEGED, registers: { 14: 0x1234 }, helpers: { mode_sp_read: 0x200, spsr_read: 0x10 } });
  expect([srs.word(0x1f8), srs.word(0x1fc), srs.calls.at(-1)]).toEqual([0x1234, 0x10, ["mode_sp_write", 19, 0x1f8]]);
  const rfe = a32([0xf8b3_0a00], { flags: PRIVILEGED, registers: { 3: 0x100 }, memory });
  expect([rfe.registers[3], rfe.calls, rfe.exit?.kind]).toEqual([0x108, [["return_with_cpsr", 0x8283_8485, 0x8687_8889]], "lookup"]);
  expect(a32([0xf8b3_0a00]).exit).toMatchObject({ kind: "raise" });
});
