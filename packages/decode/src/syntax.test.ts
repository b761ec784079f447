import { describe, expect, test } from "vitest";
import { insn } from "./row.ts";
import { checkFormatters, disassemble, disassemblyOf, type Formatters, parseSyntax } from "./syntax.ts";
import { DecodeTable } from "./table.ts";

const nothing = () => {};
const formatters: Formatters = {
  r: (n) => ["r0", "r1", "r2"][n] ?? (n === 15 ? "pc" : `r${n}`),
  s: (s) => (s === 1 ? "s" : ""),
  c: (c) => ["eq", "ne"][c] ?? "",
  modimm: (imm, fields) => `${imm}/${fields["rd"]}`,
  target: (offset, _, pc) => `0x${(pc + 8 + offset * 4).toString(16)}`,
  list: (bits) =>
    [0, 1, 2, 3]
      .filter((n) => (bits >> n) & 1)
      .map((n) => `r${n}`)
      .join(", "),
  it: (zero, fields) => `[${zero}${Object.keys(fields).length}]`,
};
const table = new DecodeTable(
  32,
  [
    insn("ADC_imm", "cond:4 001 0101 s:1 rn:4 rd:4 imm12:12", "adc{s:s}{cond:c} {rd:r}, {rn:r}, #{imm12:modimm}", nothing),
    insn("B", "cond:4 1010 imm24:s24", "b{cond:c} {imm24:target}", nothing),
    insn("NOP", "cond:4 0011 0010 0000 1111 0000 00000000", "nop{cond:c}", nothing),
    insn("PUSH", "cond:4 1001 00101101 list:16", "push{:it} {{{list:list}}} @ {list}", nothing),
  ],
  formatters,
);
const line = (word: number, pc = 0) => {
  const { row, fields } = table.decode(word)!;
  return disassemble(row, fields, pc, formatters);
};

describe("disassemble", () => {
  test("fields, formatters, pc and all fields", () => {
    expect(line(0xe2b1_0c01)).toBe("adcs r0, r1, #3073/0");
    expect(line(0x12af_5001)).toBe("adcne r5, pc, #1/5");
    expect(line(0xeaff_fffe, 0x8000)).toBe("b 0x8000");
  });

  test("no operands", () => {
    expect(line(0x0320_f000)).toBe("nopeq");
  });

  test("braces, decimal fields, and a formatter of no field", () => {
    expect(line(0xe92d_0005)).toBe("push[02] {r0, r2} @ 5");
  });

  test("mnemonic and operands apart: the first space of the template, not of the result", () => {
    const row = insn("X", "a:16", "{a:two} {a}, {a}", nothing);
    expect(disassemblyOf(row, { a: 1 }, 0, { two: () => "x y" })).toEqual({ mnemonic: "x y", operands: "1, 1" });
  });
});

test.each([
  ["add {rx}", 'row X: unknown field "rx"'],
  ["add {", 'unbalanced "{"'],
  ["add {a", 'unbalanced "{"'],
  ["add a}", 'unbalanced "}"'],
  ["add {a b}", 'unbalanced "{"'],
  ["add {}", 'empty "{}"'],
])("refuses the syntax %j", (source, problem) => {
  expect(() => parseSyntax(source, ["a"], "X")).toThrow(problem);
});

test("unknown formatters are refused, also names that every object has", () => {
  const row = insn("X", "a:16", "x {a:toString}", nothing);
  expect(() => checkFormatters([row], formatters)).toThrow('row X: unknown formatter "toString"');
  expect(() => disassemble(row, { a: 1 }, 0, formatters)).toThrow('row X: unknown formatter "toString"');
});
