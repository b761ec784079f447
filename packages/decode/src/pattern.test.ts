import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { fieldHolds, fieldReader, type Fields, interpreted, parsePattern, readField, writeField } from "./pattern.ts";

const read = (pattern: string, word: number) => fieldReader(parsePattern(pattern, "ROW").fields)(word);

describe("parsePattern", () => {
  test("fixed, ignored and field bits", () => {
    const pattern = parsePattern("cond:4 001 0101 s:1 rn:4 rd:4 imm12:12", "ADC_imm");
    expect(pattern.width).toBe(32);
    expect(pattern.mask >>> 0).toBe(0x0fe0_0000);
    expect(pattern.value >>> 0).toBe(0x02a0_0000);
    expect(parsePattern("1-0- 0000 0000 rd:4", "X")).toMatchObject({ width: 16, mask: 0xaff0, value: 0x8000 });
  });

  test("decimal constants, up to all 32 bits", () => {
    const add = parsePattern("31:6 RT:5 RA:5 RB:5 OE:1 266:9 Rc:1", "add");
    expect(add.mask >>> 0).toBe(0xfc00_03fe);
    expect(add.value >>> 0).toBe(0x7c00_0214);
    expect(parsePattern("4294967295:32", "X")).toMatchObject({ mask: -1, value: -1 });
  });

  test.each([
    ["cond:4 001", /row BAD: the widths add up to 7/],
    [`${"-".repeat(32)} 0`, /add up to 33/],
    ["", /cannot read ""/],
    ["rn:0 0000 0000 0000 0000", /width of "rn:0"/],
    ["rn:33", /width of "rn:33"/],
    ["64:6 00 0000 0000", /constant of "64:6" does not fit/],
    ["31:s6 00 0000 0000", /cannot read "31:s6"/],
    ["3x:6 00 0000 0000", /cannot read "3x:6"/],
    ["rn:x 00 0000 0000", /cannot read "rn:x"/],
    ["012 0 0000 0000 0000", /cannot read "012"/],
    ["imm:4 0000 imm:s4 0000", /only the first occurrence of imm may be signed/],
  ])("refuses %j", (source, problem) => {
    expect(() => parsePattern(source, "BAD")).toThrow(problem);
    expect(() => parsePattern(source, "BAD")).toThrow("row BAD");
  });
});

describe("fields", () => {
  test("unsigned", () => {
    expect(read("cond:4 001 0101 s:1 rn:4 rd:4 imm12:12", 0xe2b1_0c01)).toEqual({ cond: 14, s: 1, rn: 1, rd: 0, imm12: 0xc01 });
    expect(read("word:32", 0xffff_ffff | 0)).toEqual({ word: 0xffff_ffff });
  });

  test("signed", () => {
    expect(read("000100 rs:5 rt:5 offset:s16", 0x1043_fffe)).toEqual({ rs: 2, rt: 3, offset: -2 });
    expect(read("000100 rs:5 rt:5 offset:s16", 0x1043_7fff)).toEqual({ rs: 2, rt: 3, offset: 0x7fff });
    expect(read("word:s32", 0x8000_0000)).toEqual({ word: -0x8000_0000 });
  });

  test("concatenated: the first occurrence is the most significant", () => {
    expect(read("cond:4 0011 0000 imm16:4 rd:4 imm16:12", 0xe30a_1bcd)).toEqual({ cond: 14, imm16: 0xabcd, rd: 1 });
    expect(read("imm:s4 00000000 imm:4", 0x8003)).toEqual({ imm: -125 });
    expect(read("a:s1 b:15 a:15 c:1", 0x8000_0000)).toEqual({ a: -0x8000, b: 0, c: 0 });
    expect(read("a:16 a:16", 0x8000_0001)).toEqual({ a: 0x8000_0001 });
  });

  test("writeField is the inverse of readField and leaves other bits alone", () => {
    for (const source of ["x:s3 a:7 x:4 b:2 x:9 c:7", "x:16 x:16", "x:32", "x:s32", "- x:31", "a:5 x:s20 b:7"]) {
      const { fields } = parsePattern(source, "ROW");
      const x = fields.find((field) => field.name === "x")!;
      fc.assert(
        fc.property(fc.integer(), fc.integer(), (word, value) => {
          const written = writeField(x, word, value);
          const expected = x.signed ? (value << (32 - x.width)) >> (32 - x.width) : (value << (32 - x.width)) >>> (32 - x.width);
          expect(readField(x, written)).toBe(expected);
          expect(writeField(x, written, readField(x, word))).toBe(word);
          const all = Object.fromEntries(fields.map((f) => [f.name, readField(f, written)]));
          expect(fieldReader(fields)(written)).toEqual(all);
          expect(interpreted(fields)(written)).toEqual(all);
        }),
      );
    }
  });

  test("fieldHolds", () => {
    const field = (source: string) => parsePattern(source, "ROW").fields[0]!;
    expect([-1, 0, 15, 16, 1.5].map((v) => fieldHolds(field("rn:4 000000000000"), v))).toEqual([false, true, true, false, false]);
    expect([-9, -8, 7, 8].map((v) => fieldHolds(field("rn:s4 000000000000"), v))).toEqual([false, true, true, false]);
  });
});

test("Fields is the type of the fields", () => {
  expectTypeOf<Fields<"cond:4 001 0101 s:1 rn:4 rd:4 imm12:12">>().toEqualTypeOf<{
    readonly cond: number;
    readonly s: number;
    readonly rn: number;
    readonly rd: number;
    readonly imm12: number;
  }>();
  expectTypeOf<Fields<"31:6 RT:5 imm:s4 - imm:4 00 1 -- 266:9">>().toEqualTypeOf<{ readonly RT: number; readonly imm: number }>();
  expectTypeOf<Fields<"0000 0000 0000 0000">>().toEqualTypeOf<{}>();
  // Sixty tokens: more than the type checker's limit for recursion that is not in tail position.
  type Long =
    Fields<"0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 rd:4">;
  expectTypeOf<Long>().toEqualTypeOf<{ readonly rd: number }>();
});
