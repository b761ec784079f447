import { describe, expect, it } from "vitest";
import { parseElf } from "./elf.ts";

/** A file with one segment and a symbol table of one symbol, "start". */
const elf = (wide: boolean, little: boolean) => {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, x: number) => view.setUint16(at, x, little);
  const u32 = (at: number, x: number) => view.setUint32(at, x, little);
  const word = (at: number, x: number) => (wide ? view.setBigUint64(at, BigInt(x), little) : u32(at, x));
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1]);
  const [programAt, sectionsAt, symbolsAt, stringsAt, codeAt] = [64, 128, 320, 400, 420];
  u16(16, 2);
  u16(18, 40);
  word(24, 0x8000);
  word(wide ? 32 : 28, programAt);
  word(wide ? 40 : 32, sectionsAt);
  u16(wide ? 54 : 42, wide ? 56 : 32);
  u16(wide ? 56 : 44, 1);
  u16(wide ? 58 : 46, wide ? 64 : 40);
  u16(wide ? 60 : 48, 3);
  u32(programAt, 1);
  u32(programAt + (wide ? 4 : 24), 5);
  [codeAt, 0xc000_0000, 0x8000, 4, 8, 4].forEach((x, i) =>
    word(programAt + (wide ? 8 : 4) + (wide ? 8 : 4) * (i >= 5 && !wide ? i + 1 : i), x),
  );
  const section = (i: number, type: number, offset: number, size: number, link: number) => {
    const at = sectionsAt + i * (wide ? 64 : 40);
    u32(at + 4, type);
    word(at + (wide ? 24 : 16), offset);
    word(at + (wide ? 32 : 20), size);
    u32(at + (wide ? 40 : 24), link);
  };
  const symbolSize = wide ? 24 : 16;
  section(1, 2, symbolsAt, 2 * symbolSize, 2);
  section(2, 3, stringsAt, 7, 0);
  const at = symbolsAt + symbolSize;
  u32(at, 1);
  bytes[at + (wide ? 4 : 12)] = 0x12;
  word(at + (wide ? 8 : 4), 0x8000);
  word(at + (wide ? 16 : 8), 4);
  bytes.set(new TextEncoder().encode("\0start\0"), stringsAt);
  bytes.set([1, 2, 3, 4], codeAt);
  return bytes;
};

describe.each([
  [32, true],
  [32, false],
  [64, true],
  [64, false],
])("ELF%i, little-endian %s", (bits, little) => {
  it("reads segments, entry and symbols", () => {
    const file = parseElf(elf(bits === 64, little), "x");
    expect(file).toMatchObject({ bits, littleEndian: little, type: 2, machine: 40, entry: 0x8000n });
    expect(file.segments).toEqual([
      { type: 1, va: 0xc000_0000n, pa: 0x8000n, bytes: Uint8Array.of(1, 2, 3, 4), fileOffset: 420, memorySize: 8, flags: 5, align: 4 },
    ]);
    expect(file.symbols()[1]).toEqual({ name: "start", value: 0x8000n, size: 4, type: 2 });
  });

  it("reports truncation and corruption as a UserError only", () => {
    const good = elf(bits === 64, little);
    const attempt = (bytes: Uint8Array) => {
      try {
        parseElf(bytes, "x").symbols();
      } catch (e) {
        expect((e as Error).name).toBe("UserError");
      }
    };
    for (let length = 0; length < good.length; length++) attempt(good.slice(0, length));
    for (let at = 0; at < good.length; at++) attempt(good.map((b, i) => (i === at ? b ^ 0xff : b)));
    expect(() => parseElf(good.slice(0, 70), "x")).toThrow("x: the ELF file is truncated");
  });
});
