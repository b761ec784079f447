import { AddressSpace, EmulatorMemory } from "@tsemu/memory";
import { expect, it } from "vitest";
import { Errno } from "../errno.ts";
import { PAGE, PagePool } from "./page-pool.ts";

const PAGES = 16;

function newPool(): PagePool {
  const memory = new EmulatorMemory(PAGES * PAGE);
  const space = new AddressSpace(memory);
  const region = space.addRam({ kind: "ram", name: "pool", pa: 0, size: PAGES * PAGE });
  return new PagePool(space, region, { memoryWritten: () => {} });
}

it("gives the page that is wanted, if nobody has it", () => {
  const pool = newPool();
  expect(pool.allocate(true, 9)).toBe(9);
  expect(pool.allocate(true, 9)).toBe(1);
  expect(pool.used).toBe(3);
});

it("gives every page once, whatever was wanted before", () => {
  const pool = newPool();
  const pages = [pool.allocate(true, 3), pool.allocate(true, 8)];
  pool.release(8);
  while (pool.used < PAGES) pages.push(pool.allocate(true));
  expect(pages.filter((page) => page !== 8).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15]);
  expect(pages.filter((page) => page === 8).length).toBe(2);
  expect(() => pool.allocate(true)).toThrow(Errno);
  pool.release(3);
  expect(pool.allocate(true)).toBe(3);
});

it("clears a page that was used before", () => {
  const pool = newPool();
  pool.bytes(pool.allocate(true, 9)).fill(1);
  pool.release(9);
  expect(pool.bytes(pool.allocate(true, 9)).every((byte) => byte === 0)).toBe(true);
  pool.bytes(9).fill(1);
  pool.release(9);
  const pages = Array.from({ length: PAGES - 1 }, () => pool.allocate(true));
  expect(pages).toContain(9);
  expect(pool.bytes(9).every((byte) => byte === 0)).toBe(true);
});

it("has the same places for the same name", () => {
  const [a, b] = [newPool(), newPool()];
  expect([0, 1, 2].map(a.placeOf("8:1234"))).toEqual([0, 1, 2].map(b.placeOf("8:1234")));
  for (let i = 0; i < 100; i++) expect(a.placeOf("x")(i)).toBeGreaterThanOrEqual(PAGES / 2);
});
