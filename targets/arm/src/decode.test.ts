/** The decode tables as a whole: every model, random code, disassembly. */
import { Prng, randomWord } from "@tsemu/decode";
import { type Inst, isExit, operands } from "@tsemu/ir";
import { type CodeReader, translateBlock } from "@tsemu/target";
import { describe, expect, test } from "vitest";
import { models } from "./cpu-models.ts";
import { type ArmTable, buildTables, decodeA32, decodeT32, disassembleA32, disassembleT32, TableCache } from "./decode.ts";
import { ArmTranslator } from "./translator.ts";

/** What is wrong with a block: values used where they are not defined, code after an exit, a way without an exit. */
function malformed(insts: readonly Inst[]): string | undefined {
  const scopes: { defined: Set<Inst>; exited: boolean; thenExited?: boolean }[] = [{ defined: new Set(), exited: false }];
  for (const inst of insts) {
    const scope = scopes.at(-1)!;
    if (inst.kind === "else") {
      scope.thenExited = scope.exited;
      scope.exited = false;
      scope.defined = new Set();
      continue;
    }
    if (inst.kind === "end") {
      scopes.pop();
      continue;
    }
    if (scope.exited) return `${inst.kind} after an exit`;
    for (const value of operands(inst)) if (!scopes.some(({ defined }) => defined.has(value))) return `v${value.id} is not defined`;
    scope.defined.add(inst);
    if (isExit(inst)) scope.exited = true;
    if (inst.kind === "if") scopes.push({ defined: new Set(), exited: false });
  }
  if (scopes.length !== 1) return "unbalanced if";
  return scopes[0]!.exited ? undefined : "no exit";
}

const PRIVILEGED = 1 << 9;
const LEGACY = 1 << 15;
const IT_EQ = 0x08 << 1;
const IT_NE = 0x14 << 1;

const readerOf = (word: number, width: 16 | 32): CodeReader => ({
  u8: () => 0,
  u16: (va) => (width === 16 ? word : va & 2 ? word & 0xffff : word >>> 16),
  u32: () => word,
});

describe.each(models.map((model) => [model.name, model] as const))("%s", (_, model) => {
  const tables = buildTables(model.features);
  const translate = (table: ArmTable, word: number, flags: number): readonly Inst[] => {
    const thumb = table === tables.t16 || table === tables.t32;
    const decode = thumb ? decodeT32(tables) : decodeA32(tables);
    const translator = new ArmTranslator(model.features, readerOf(word, table.width), decode, 0x8000, flags | (thumb ? 1 : 0), 0);
    return translateBlock(translator, 12, 1).ir.insts;
  };

  test("every row translates to well-formed code, whatever the block flags", () => {
    const prng = new Prng(1);
    for (const table of [tables.conditionalA32, tables.unconditionalA32, tables.t16, tables.t32]) {
      for (const row of table.rows) {
        for (const flags of [0, PRIVILEGED, PRIVILEGED | LEGACY | (1 << 10), IT_EQ, IT_NE | PRIVILEGED]) {
          const { word } = randomWord(table, prng, { filter: (candidate) => candidate === row, choose: { cond: [0, 14] } });
          expect(malformed(translate(table, word, flags)), `${row.name} ${word.toString(16)}`).toBeUndefined();
        }
      }
    }
  });

  test("random words", () => {
    const prng = new Prng(2);
    for (let i = 0; i < 3000; i++) {
      const word = prng.u32();
      const flags = prng.pick([0, PRIVILEGED, LEGACY, IT_NE]);
      expect(
        malformed(translate(word >>> 28 === 15 ? tables.unconditionalA32 : tables.conditionalA32, word, flags)),
        word.toString(16),
      ).toBeUndefined();
      const halfword = word & 0xffff;
      expect(malformed(translate(tables.t16, halfword >>> 11 >= 0b11101 ? halfword & 0xdfff : halfword, flags))).toBeUndefined();
      if (tables.t32.rows.length > 0) expect(malformed(translate(tables.t32, (word | 0xe800_0000) >>> 0, flags))).toBeUndefined();
    }
  });
});

test("tables are built once per feature set", () => {
  const cache = new TableCache();
  const { features } = models[0]!;
  expect(cache.tablesFor(features)).toBe(cache.tablesFor(features));
});

describe("disassembly, as GNU objdump prints it", () => {
  const tables = buildTables(models.at(-1)!.features);

  test.each([
    [0xe2b1_0c01, "adcs r0, r1, #256"],
    [0xe200_c950, "and r12, r0, #80, 18"],
    [0x01a0_844b, "asreq r8, r11, #8"],
    [0xe1a0_0001, "mov r0, r1"],
    [0xe1a0_0061, "rrx r0, r1"],
    [0xe080_0312, "add r0, r0, r2, lsl r3"],
    [0xe6fd_3872, "uxtah r3, sp, r2, ror #16"],
    [0xe6b7_5151, "ssat r5, #24, r1, asr #2"],
    [0xe7cd_9093, "bfi r9, r3, #1, #13"],
    [0xe707_ed4a, "str lr, [r7, -r10, asr #26]"],
    [0xe59f_0008, "ldr r0, [pc, #8]"],
    [0xe4b1_0004, "ldrt r0, [r1], #4"],
    [0xe8fd_8003, "ldm sp!, {r0, r1, pc}^"],
    [0xeaff_fffe, "b 0x8000"],
    [0xfb00_003e, "blx 0x8102"],
    [0xe128_f207, "msr R8_fiq, r7"],
    [0xe10f_4000, "mrs r4, CPSR"],
    [0xee10_fe11, "mrc 14, 0, APSR_nzcv, cr0, cr1, {0}"],
    [0xf57f_f05b, "dmb ish"],
    [0xf10c_0080, "cpsid i"],
    [0xf8b3_0a00, "rfeia r3!"],
    [0xffff_ffff, ".word 0xffffffff"],
  ])("A32 %x", (word, text) => {
    expect(disassembleA32(tables, readerOf(word, 32), 0x8000)).toEqual({ text, length: 4 });
  });

  test.each([
    [0x1840, 16, 0, "adds r0, r0, r1"],
    [0x1840, 16, IT_EQ, "addeq r0, r0, r1"],
    [0xbf07, 16, 0, "ittee eq"],
    [0xbd01, 16, 0, "pop {r0, pc}"],
    [0xd0f6, 16, 0, "beq.n 0x7ff0"],
    [0x4802, 16, 0, "ldr r0, [pc, #8]"],
    [0x4140, 16, 0, "adcs r0, r0"],
    [0xde01, 16, 0, "udf #1"],
    [0xf012_f9a1, 32, 0, "bl 0x1a346"],
    [0xf001_e918, 32, 0, "blx 0x9234"],
    [0xf47e_affe, 32, 0, "bne.w 0x7000"],
    [0xea4f_4720, 32, 0, "asr.w r7, r0, #16"],
    [0xe8d0_f011, 32, 0, "tbh [r0, r1, lsl #1]"],
    [0xf851_0e08, 32, IT_NE, "ldrtne r0, [r1, #8]"],
    [0xf8f0_0000, 32, 0, ".word 0xf8f00000"],
  ] as const)("T32 %x", (word, width, flags, text) => {
    expect(disassembleT32(tables, readerOf(word, width), 0x8000, flags | 1)).toEqual({ text, length: width / 8 });
  });
});
