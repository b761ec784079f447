import { Logger } from "@tsemu/base";
import { GuestFault, type Mapping } from "@tsemu/target";
import { expect, it } from "vitest";
import { AddressSpace, EmulatorMemory } from "./address-space.ts";
import { SoftMmu } from "./softmmu.ts";

const MiB = 2 ** 20;
const kernel = 0;

/** A CPU whose tables map each page of 2^sizeBits bytes to the one at `target` of it; all of RAM holds its own physical page number. */
function mmuWith(sizeBits: number | undefined, target: (page: number) => number | undefined) {
  const space = new AddressSpace(new EmulatorMemory(32 * MiB));
  space.addRam({ kind: "ram", name: "ram", pa: 0, size: 16 * MiB });
  for (let pa = 0; pa < 16 * MiB; pa += 0x1000) space.writeBytes(pa, Uint8Array.of((pa >>> 12) & 0xff, pa >>> 20));
  const mmu = new SoftMmu(space, { hasCode: () => false, written: () => {} }, 1, new Logger());
  let walks = 0;
  const size = 2 ** (sizeBits ?? 12);
  mmu.cpu = {
    walk: (va): Mapping | GuestFault => {
      walks++;
      const page = target(Math.floor(va / size));
      if (page === undefined) return new GuestFault(14);
      const pa = page * size + Math.floor((va % size) / 0x1000) * 0x1000;
      const rights = { readable: true, writable: true, executable: true, device: false, wholePage: true, global: true };
      return sizeBits === undefined ? { pa, ...rights } : { pa, ...rights, sizeBits };
    },
    alignmentFault: () => new GuestFault(17),
    busFault: () => undefined,
  };
  return { mmu, walks: () => walks, read: (va: number): number => mmu.read(va, 0, 2, kernel) };
}

it("keeps a translation until it is flushed", () => {
  let page = 3;
  const { mmu, read, walks } = mmuWith(undefined, () => page);
  expect([read(0x5000), read(0x5000), walks()]).toEqual([3, 3, 1]);
  page = 4;
  expect(read(0x5000)).toBe(3);
  mmu.flushPage(0x5000, 0);
  expect([read(0x5000), walks()]).toEqual([4, 2]);
});

it.each([16, 20, 21, 22])("forgets a translation of 2^%d bytes whole, whichever of its addresses is flushed", (sizeBits) => {
  const size = 2 ** sizeBits;
  let page = 1;
  const { mmu, read } = mmuWith(sizeBits, (n) => (n === 1 ? page : n));
  const number = (pa: number): number => ((pa >>> 12) & 0xff) | ((pa >>> 20) << 8);
  expect([read(size), read(2 * size - 0x1000), mmu.fetch(size + 0x2000, 0, kernel)]).toEqual([
    number(size),
    number(2 * size - 0x1000),
    size + 0x2000,
  ]);
  page = 0;
  mmu.flushPage(2 * size - 0x2000, 0);
  expect([read(size), read(2 * size - 0x1000), mmu.fetch(size + 0x2000, 0, kernel)]).toEqual([0, number(size - 0x1000), 0x2000]);
});

it("forgets all where a translation is larger than can be flushed by page", () => {
  let page = 0;
  const { mmu, read } = mmuWith(24, (n) => (n === 1 ? page : undefined));
  expect(read(0x180_0000)).toBe(8 << 8);
  page = 1;
  expect(read(0x180_0000)).toBe(8 << 8);
  const { flushes } = mmu;
  mmu.flushPage(0x100_0000, 0);
  expect(mmu.flushes).toBe(flushes + 1);
});
