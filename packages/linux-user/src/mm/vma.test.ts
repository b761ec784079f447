/** The list of mappings: cutting, joining, finding room. */
import { describe, expect, it } from "vitest";
import { type Vma, VmaList } from "./vma.ts";

const vma = (start: number, end: number, more: Partial<Vma> = {}): Vma => ({
  start,
  end,
  prot: 3,
  shared: false,
  source: undefined,
  offset: 0,
  name: "",
  mayWrite: true,
  growsDown: false,
  ...more,
});
const listOf = (...items: readonly Vma[]): VmaList => {
  const list = new VmaList();
  for (const item of items) list.insert(item);
  return list;
};
const ranges = (list: VmaList): string[] => list.all.map((v) => `${v.start.toString(16)}-${v.end.toString(16)}:${v.prot}`);

describe("VmaList", () => {
  it("joins neighbours that are alike, and no others", () => {
    expect(ranges(listOf(vma(0x1000, 0x2000), vma(0x3000, 0x4000), vma(0x2000, 0x3000)))).toEqual(["1000-4000:3"]);
    expect(ranges(listOf(vma(0x1000, 0x2000), vma(0x2000, 0x3000, { prot: 1 })))).toEqual(["1000-2000:3", "2000-3000:1"]);
  });

  it("removes the middle of a mapping and leaves both ends", () => {
    const list = listOf(vma(0x1000, 0x5000, { offset: 0x1_0000 }));
    expect(list.remove(0x2000, 0x3000).map((v) => [v.start, v.end, v.offset])).toEqual([[0x2000, 0x3000, 0x1_1000]]);
    expect(list.all.map((v) => [v.start, v.end, v.offset])).toEqual([
      [0x1000, 0x2000, 0x1_0000],
      [0x3000, 0x5000, 0x1_2000],
    ]);
  });

  it("finds what holds an address", () => {
    const list = listOf(vma(0x1000, 0x2000), vma(0x4000, 0x5000));
    expect(list.at(0x1fff)?.start).toBe(0x1000);
    expect(list.at(0x2000)).toBeUndefined();
    expect(list.after(0x2000)?.start).toBe(0x4000);
    expect(list.before(0x4000)?.start).toBe(0x1000);
  });

  it("finds the highest room", () => {
    const list = listOf(vma(0x4000, 0x5000), vma(0x8000, 0x9000));
    expect(list.findFree(0x1000, 0x1000, 0xa000)).toBe(0x9000);
    expect(list.findFree(0x2000, 0x1000, 0xa000)).toBe(0x6000);
    expect(list.findFree(0x3000, 0x1000, 0xa000)).toBe(0x5000);
    expect(list.findFree(0x3000, 0x2000, 0x8800)).toBe(0x5000);
    expect(list.findFree(0x4000, 0x1000, 0xa000)).toBeUndefined();
  });

  it("tells sources how often they are mapped", () => {
    let mapped = 0;
    let gone = 0;
    const source = { mapped: () => mapped++, unmapped: () => --mapped === 0 && gone++ } as unknown as NonNullable<Vma["source"]>;
    const list = listOf(vma(0x1000, 0x5000, { source }));
    list.remove(0x2000, 0x3000);
    expect(mapped).toBe(2);
    const copy = new VmaList();
    copy.copyFrom(list);
    list.remove(0, 0x1_0000);
    expect([mapped, gone]).toEqual([2, 0]);
    copy.remove(0, 0x1_0000);
    expect([mapped, gone]).toEqual([0, 1]);
  });
});
