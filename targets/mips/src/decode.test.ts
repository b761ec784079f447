/** The decode table as a whole: every model, random code, disassembly. */
import { Prng, randomWord } from "@tsemu/decode";
import { type Inst, isExit, operands } from "@tsemu/ir";
import { type CodeReader, translateBlock } from "@tsemu/target";
import { describe, expect, test } from "vitest";
import * as bf from "./block-flags.ts";
import { models } from "./cpu-models.ts";
import { buildTable, decodeWith, disassembleInsn } from "./decode.ts";
import { mipsState } from "./state.ts";
import { MipsTranslator } from "./translator.ts";

/** What is wrong with a block: values used where they are not defined, code after an exit, a way without an exit. */
function malformed(insts: readonly Inst[]): string | undefined {
  const scopes: { defined: Set<Inst>; exited: boolean }[] = [{ defined: new Set(), exited: false }];
  for (const inst of insts) {
    const scope = scopes.at(-1)!;
    if (inst.kind === "else") {
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
  return scopes.length === 1 ? undefined : "unbalanced if";
}

const readerOf = (word: number): CodeReader => ({ u8: () => 0, u16: () => 0, u32: () => word });

describe.each(models.map((model) => [model.name, model] as const))("%s", (_, model) => {
  const table = buildTable(model.features);
  const { bits } = model.features;

  test("every row translates to well-formed code, whatever the block flags", () => {
    const prng = new Prng(1);
    const allowed = bf.CP0 | bf.CP1 | bf.DSP | (bits === 64 ? bf.OPS_64 : 0);
    for (const row of table.rows) {
      for (const flags of [0, bf.mode.user << bf.MODE_SHIFT, allowed, allowed | bf.FR, allowed | bf.FP_TRAPS, allowed | bf.DELAY_SLOT]) {
        const { word } = randomWord(table, prng, { filter: (candidate) => candidate === row });
        const around = { model, state: mipsState(bits), bigEndian: false, decode: decodeWith(() => table), stateBase: 0x2000 };
        for (const count of [1, 2]) {
          const translator = new MipsTranslator(around, readerOf(word), { pc: 0x8000, pcHigh: 0, flags });
          const problem = malformed(translateBlock(translator, 12, count).ir.insts);
          expect(problem, `${row.name} ${word.toString(16)} flags ${flags.toString(16)}`).toBeUndefined();
        }
      }
    }
  });

  test("words that are no instruction translate too", () => {
    const prng = new Prng(2);
    for (let i = 0; i < 2000; i++) {
      const around = { model, state: mipsState(bits), bigEndian: true, decode: decodeWith(() => table), stateBase: 0x2000 };
      const translator = new MipsTranslator(around, readerOf(prng.u32()), { pc: 0x8000, pcHigh: 0, flags: bf.CP0 | bf.CP1 });
      expect(malformed(translateBlock(translator, 12, 1).ir.insts)).toBeUndefined();
    }
  });
});

test.each([
  ["4Kc", 0x00851021, "addu v0,a0,a1"],
  ["4Kc", 0x27bdffe0, "addiu sp,sp,-32"],
  ["4Kc", 0x8fbf001c, "lw ra,28(sp)"],
  ["24Kc", 0x7c851180, "ext a1,a0,0x6,3"],
  ["24Kc", 0x7c852944, "ins a1,a0,0x5,1"],
  ["24Kc", 0x7c051120, ".word 0x7c051120"],
  ["24Kc", 0x7c051420, "seb v0,a1"],
  ["4Kc", 0x7c051420, ".word 0x7c051420"],
  ["4Kc", 0x1085000a, "beq a0,a1,0x1000002c"],
  ["4Kc", 0x0c000100, "jal 0x10000400"],
  ["4Kc", 0x03e00008, "jr ra"],
  ["4Kc", 0x40046000, "mfc0 a0,$12"],
  ["24Kc", 0x41606020, "ei zero"],
  ["24Kc", 0x7c03e83b, "rdhwr v1,$29"],
  ["5Kc", 0x64a50001, "daddiu a1,a1,1"],
  ["MIPS64R2-generic", 0x7ca4f803, "dext a0,a1,0x0,32"],
])("%s prints 0x%s", (name, word, text) => {
  const { features } = models.find((model) => model.name === name)!;
  expect(disassembleInsn(buildTable(features), readerOf(word), false, 0x1000_0000).text).toBe(text);
});
