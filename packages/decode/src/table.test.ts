import { describe, expect, test } from "vitest";
import { wordOutside } from "./cube.ts";
import { Prng } from "./random.ts";
import { firstOf, insn, insnFor, matches, type Row, selectRows } from "./row.ts";
import { DecodeTable } from "./table.ts";

const nothing = () => {};
const row = (name: string, pattern: string, options = {}): Row<unknown> => insn(name, pattern, "x", nothing, options);
const table = (...items: ConstructorParameters<typeof DecodeTable>[1]) => new DecodeTable(16, items);

describe("insn", () => {
  interface Machine {
    result: number;
  }
  const machineInsn = insnFor<Machine, { features: readonly string[] }>();

  test("execute gets the fields it is typed for", () => {
    const add = machineInsn("ADD", "0001 rd:4 rn:4 rm:4", "add", (cpu, { rd, rn, rm }) => (cpu.result = rd * 100 + rn * 10 + rm), {
      features: ["v6"],
      except: { rd: 15 },
    });
    const decode = new DecodeTable(16, [add]);
    const machine = { result: 0 };
    const { row: found, fields } = decode.decode(0x1234)!;
    found.execute(machine, fields);
    expect(machine.result).toBe(234);
    expect(found.meta).toEqual({ features: ["v6"] });
    expect(decode.decode(0x1f34)).toBeUndefined();
  });

  test("misspelt fields and options are type errors", () => {
    // @ts-expect-error rx is not a field
    machineInsn("A", "0001 rd:4 rn:4 rm:4", "a", (cpu, { rx }) => (cpu.result = rx));
    // @ts-expect-error rx is not a field
    machineInsn("B", "0001 rd:4 rn:4 rm:4", "b", nothing, { where: ({ rx }) => rx === 1 });
    // @ts-expect-error feature is not an option
    machineInsn("C", "0001 rd:4 rn:4 rm:4", "c", nothing, { feature: ["v6"] });
    // @ts-expect-error a shared function may ask only for fields that the pattern has
    machineInsn("D", "0001 rd:4 rn:4 rm:4", "d", (_: Machine, fields: { rd: number; imm: number }) => void fields);
    // @ts-expect-error rx is not a field
    expect(() => machineInsn("E", "0001 rd:4 rn:4 rm:4", "e", nothing, { except: { rx: 1 } }).except).toThrow("row E: except names rx");
    expect(() => machineInsn("F", "0001 rd:4 rn:4 rm:4", "f", nothing, { except: { rd: 16 } }).except).toThrow(
      "row F: except: rd cannot be 16",
    );
  });

  test("a translator may be inferred from the function", () => {
    const inferred: Row<Machine> = insn("G", "0001 rd:4 rn:4 rm:4", "g", (cpu: Machine, { rd }) => (cpu.result = rd));
    expect(inferred.meta).toEqual({});
  });
});

describe("DecodeTable", () => {
  test("refuses overlapping rows, naming both and a word", () => {
    expect(() => table(row("A", "0001 rd:12"), row("B", "imm:12 0110"))).toThrow(
      "rows A and B overlap outside firstOf(): both match 0x00001006",
    );
    expect(() => table(row("A", "0001 rd:12"), row("B", "0010 rd:12"))).not.toThrow();
  });

  test("except tells rows apart, where does not", () => {
    const ldr = (options: object) => row("LDR", "0001 rn:4 rt:4 p:1 imm:3", options);
    const literal = row("LDR_lit", "0001 1111 rt:4 u:1 imm:3");
    expect(() => table(ldr({}), literal)).toThrow("LDR and LDR_lit overlap");
    expect(() => table(ldr({ where: (f: { rn: number }) => f.rn !== 15 }), literal)).toThrow("overlap");
    expect(() => table(ldr({ except: { rn: 14 } }), literal)).toThrow("overlap");
    const apart = table(ldr({ except: { rn: 15 } }), literal);
    expect(apart.find(0x1f00)?.name).toBe("LDR_lit");
    expect(apart.find(0x1e00)?.name).toBe("LDR");
    // Only all of them together cover what the two have in common.
    expect(() =>
      table(
        ldr({
          except: [
            { rn: 15, p: 0 },
            { rn: 15, imm: [0, 1, 2, 3, 4, 5, 6, 7] },
          ],
        }),
        literal,
      ),
    ).not.toThrow();
    expect(() =>
      table(
        ldr({
          except: [
            { rn: 15, p: 0 },
            { rn: 15, imm: [0, 1, 2, 3, 4, 5, 6] },
          ],
        }),
        literal,
      ),
    ).toThrow("both match 0x00001f0f");
  });

  test("except of a concatenated or signed field", () => {
    const a = row("A", "0001 imm:2 rd:8 imm:2", { except: { imm: 9 } });
    const decode = table(a, row("B", "0010 s:s12", { except: { s: [-1, 5] } }));
    for (let low = 0; low < 0x1000; low++) {
      const imm = ((low >>> 10) << 2) | (low & 3);
      expect(decode.find(0x1000 | low)?.name).toBe(imm === 9 ? undefined : "A");
      expect(decode.find(0x2000 | low)?.name).toBe(low === 0xfff || low === 5 ? undefined : "B");
    }
  });

  test("firstOf takes the first that matches", () => {
    const nop = row("NOP", "1011 1111 0000 0000");
    const odd = row("ODD", "1011 1111 hint:8", { where: ({ hint }: { hint: number }) => hint % 2 === 1 });
    const rest = row("HINT", "1011 1111 hint:8");
    const decode = table(firstOf(nop, firstOf(odd, rest)));
    expect([0xbf00, 0xbf01, 0xbf02, 0xbe00].map((word) => decode.find(word)?.name)).toEqual(["NOP", "ODD", "HINT", undefined]);
    expect(decode.rows.map((r) => r.name)).toEqual(["NOP", "ODD", "HINT"]);
    expect(() => table(firstOf(nop, odd), rest)).toThrow("rows NOP and HINT overlap");
    expect(() => table(firstOf(rest, nop))).toThrow("row NOP: can never match: HINT stands before it");
  });

  test("refuses rows that cannot be right", () => {
    expect(() => table(row("A", "rd:32"))).toThrow("row A: 32 bits wide in a table of 16");
    expect(() => table(row("A", "0 rd:15"), row("A", "1 rd:15"))).toThrow("row A: the name occurs twice");
    expect(() => table(row("A", "0 s:1 rd:14", { except: [{ s: 0 }, { s: 1 }] }))).toThrow("row A: can never match");
    expect(() => new DecodeTable(16, [insn("A", "rd:16", "a {rd:r}", nothing)], {})).toThrow('row A: unknown formatter "r"');
  });

  test("selectRows keeps groups and their order", () => {
    const items = [firstOf(row("A", "0000 rd:12"), row("B", "000 rd:13")), row("C", "1 rd:15")];
    const names = (keep: (r: Row<unknown>) => boolean) => new DecodeTable(16, selectRows(items, keep)).rows.map((r) => r.name);
    expect(names(() => true)).toEqual(["A", "B", "C"]);
    expect(names((r) => r.name !== "C")).toEqual(["A", "B"]);
    expect(
      new DecodeTable(
        16,
        selectRows(items, (r) => r.name !== "A"),
      ).find(0)?.name,
    ).toBe("B");
  });

  test("an empty table decodes nothing, a table of one row that row", () => {
    expect(table().find(0)).toBeUndefined();
    expect(table(row("A", "rd:16")).find(0xffff)?.name).toBe("A");
  });

  test("agrees with trying the rows one after the other, whatever bits the index chose", () => {
    const prng = new Prng(1);
    for (let round = 0; round < 10; round++) {
      const width = round % 2 === 0 ? 32 : 16;
      const patterns = new Set(
        Array.from({ length: 1 + prng.below(60) }, () =>
          Array.from({ length: width }, () => (prng.below(4) === 0 ? "01"[prng.below(2)] : "-")).join(""),
        ),
      );
      const specificFirst = [...patterns].toSorted((a, b) => a.replace(/[^-]/g, "").length - b.replace(/[^-]/g, "").length);
      const rows = specificFirst.map((pattern, n) => row(`R${n}`, pattern));
      const decode = new DecodeTable(width, [firstOf(...rows)]);
      for (let n = 0; n < 2000; n++) {
        const some = prng.pick(rows);
        const word =
          n % 2 === 0 ? prng.u32() >>> (32 - width) : ((some.value | (prng.u32() & ~some.mask)) << (32 - width)) >>> (32 - width);
        expect(decode.find(word)).toBe(rows.find((r) => matches(r, word)));
      }
    }
  });
});

test("wordOutside is exact", () => {
  const prng = new Prng(2);
  for (let n = 0; n < 2000; n++) {
    const cube = () => {
      const mask = prng.u32() & prng.u32() & 0xff;
      return { mask: mask | ~0xff, value: prng.u32() & mask };
    };
    const [first, ...others] = Array.from({ length: 1 + prng.below(8) }, cube);
    const inside = (c: { mask: number; value: number }, word: number) => (word & c.mask) === c.value;
    const free = Array.from({ length: 256 }, (_, word) => word).filter(
      (word) => inside(first!, word) && !others.some((o) => inside(o, word)),
    );
    const found = wordOutside(first!, others);
    if (found === undefined) expect(free).toEqual([]);
    else expect(free).toContain(found);
  }
});
