/** The opcode maps as a whole: every model, random code, disassembly. */
import { Prng } from "@tsemu/decode";
import { type Block, verify } from "@tsemu/ir";
import { type CodeReader, translateBlock } from "@tsemu/target";
import { describe, expect, test } from "vitest";
import * as bf from "./block-flags.ts";
import { models, modelsOf, type X86Model } from "./cpu-models.ts";
import { disassembleInsn, tableFor } from "./decode.ts";
import { randomEncoding } from "./decode/random.ts";
import type { X86Row } from "./decode/row.ts";
import { x86State } from "./state.ts";
import { X86Translator } from "./translator.ts";

/** What is wrong with a block. */
const malformed = (block: Block): string | undefined => verify(block)[0]?.text;

/** Reads bytes from 0x8000 on; nothing follows them. */
const readerOf = (bytes: readonly number[]): CodeReader => {
  const u8 = (va: number): number => bytes[va - 0x8000] ?? 0x90;
  const u16 = (va: number): number => u8(va) | (u8(va + 1) << 8);
  return { u8, u16, u32: (va) => (u16(va) | (u16(va + 2) << 16)) >>> 0 };
};

const hex = (bytes: readonly number[]): string => bytes.map((b) => b.toString(16).padStart(2, "0")).join(" ");

/** Kinds of code: 16 bits real, 32 bits flat, 32 bits with segments, virtual-8086, single step. */
const flat = bf.FLAT_ES | bf.FLAT_CS | bf.FLAT_SS | bf.FLAT_DS | bf.OPEN_FS | bf.OPEN_GS;
const kinds = {
  real: bf.CODE_LIMIT | bf.IO_ALLOWED,
  flat32: bf.PROTECTED | bf.CODE32 | bf.STACK32 | flat | 3 | bf.OSFXSR | bf.AVX,
  kernel32: bf.PROTECTED | bf.CODE32 | bf.STACK32 | flat | bf.IO_ALLOWED,
  segments32: bf.PROTECTED | bf.CODE32 | bf.STACK32 | bf.CODE_LIMIT | bf.OSFXSR | bf.AVX | bf.SSE_UNMASKED,
  virtual: bf.PROTECTED | bf.VIRTUAL_8086 | bf.CODE_LIMIT | 3,
  step: bf.PROTECTED | bf.CODE32 | bf.STACK32 | flat | bf.SINGLE_STEP,
} as const;

/** What blocks of a model are translated with, and for which kinds of code. */
const environment = (model: X86Model) => {
  const bits = model.features.longMode ? 64 : 32;
  const table = tableFor(model.features);
  const long = {
    long: bf.PROTECTED | bf.CODE64 | bf.FLAT_CS | 3 | bf.OSFXSR | bf.AVX | bf.FSGSBASE,
    longKernel: bf.PROTECTED | bf.CODE64 | bf.FLAT_CS | bf.OSFXSR | bf.AVX | bf.SSE_UNMASKED,
  };
  return { table, around: { model, state: x86State(bits), table, stateBase: 0x2000 }, all: bits === 64 ? { ...kinds, ...long } : kinds };
};

test.each([32, 64] as const)("every row translates to well-formed code in every mode of CPUs of %i bits", { timeout: 60_000 }, (bits) => {
  const prng = new Prng(1);
  // The models share rows.
  const done = new Set<X86Row>();
  for (const model of modelsOf(bits)) {
    if (model.features.longMode !== (bits === 64)) continue;
    const { table, around, all } = environment(model);
    for (const row of table.rows) {
      if (done.has(row)) continue;
      done.add(row);
      for (const [kind, flags] of Object.entries(all)) {
        const code64 = (flags & bf.CODE64) !== 0;
        if (row.mode !== undefined && (row.mode === "o64") !== code64) continue;
        for (let n = 0; n < 4; n++) {
          const bytes = randomEncoding(row, prng, { code64 });
          const translator = new X86Translator(around, readerOf(bytes), { pc: 0x8000, pcHigh: 0, flags });
          const problem = malformed(translateBlock(translator, 12, 1).ir);
          expect(problem, `${row.opcode} ${row.name}: ${hex(bytes)} as ${kind}`).toBeUndefined();
        }
      }
    }
  }
});

describe.each(models.map((model) => [model.name, model] as const))("%s", (_, model) => {
  const { table, around, all } = environment(model);

  test("every encoding is found by the row that it was made of", () => {
    const prng = new Prng(3);
    for (const row of table.rows) {
      const code64 = row.mode === "o64";
      const bytes = randomEncoding(row, prng, { code64, prefixes: false });
      const { length, text } = disassembleInsn(table, readerOf(bytes), 0x8000, code64 ? all.flat32 | bf.CODE64 : all.flat32);
      expect(text.split(" "), `${row.opcode} ${hex(bytes)}`).toContain(row.name.toLowerCase());
      expect(length).toBeLessThanOrEqual(bytes.length);
    }
  });

  test("bytes that are no instruction translate too", () => {
    const prng = new Prng(2);
    for (let i = 0; i < 3000; i++) {
      const bytes = Array.from({ length: 16 }, () => prng.u32() & 0xff);
      for (const flags of Object.values(all)) {
        const translator = new X86Translator(around, readerOf(bytes), { pc: 0x8000, pcHigh: 0, flags });
        expect(malformed(translateBlock(translator, 12, 1).ir), hex(bytes)).toBeUndefined();
      }
    }
  });
});

test.each([
  ["01 d8", "add eax, ebx"],
  ["8b 44 8d fc", "mov eax, dword ptr [ebp+ecx*4-0x4]"],
  ["f3 a5", "rep movs es:[edi], ds:[esi]"],
  ["0f b6 c4", "movzx eax, ah"],
  ["66 c7 05 00 10 00 00 34 12", "mov word ptr [0x1000], 0x1234"],
  ["74 fe", "jz 0x8000"],
  ["65 a1 14 00 00 00", "mov eax, [0x14]"],
  ["f0 0f b1 0a", "lock cmpxchg dword ptr [edx], ecx"],
  ["0f 22 d8", "mov cr3, eax"],
  ["c1 e0 04", "shl eax, 0x4"],
  ["66 0f 38 14 01", "blendvps xmm0, xmmword ptr [ecx], xmm0"],
  ["c5 ec 58 08", "vaddps ymm1, ymm2, ymmword ptr [eax]"],
  ["c4 e2 68 f2 c8", "andn ecx, edx, eax"],
  ["c4 e3 65 4a c1 40", "vblendvps ymm0, ymm3, ymm1, ymm4"],
  ["c5 e1 73 d9 05", "vpsrldq xmm3, xmm1, 0x5"],
  // The same bytes with memory as their operand.
  ["c5 08", "lds ecx, [eax]"],
])("prints %s", (code, text) => {
  const { features } = models.find((model) => model.name === "max")!;
  const bytes = code.split(" ").map((byte) => Number.parseInt(byte, 16));
  expect(disassembleInsn(tableFor(features), readerOf(bytes), 0x8000, kinds.flat32)).toEqual({ text, length: bytes.length });
});
