import { FakeMemory } from "@tsemu/hw";
import { expect, it } from "vitest";
import { I8237Pair } from "./i8237.ts";

const setUp = () => {
  const memory = new FakeMemory(0, 0x4_0000);
  const dma = new I8237Pair(memory);
  const [first, second, pages] = dma.ports;
  return { memory, dma, first, second, pages };
};

it("moves bytes from a device to memory until the count is over", () => {
  const { memory, dma, first, pages } = setUp();
  const channel = dma.channel(2);
  expect(channel.transfer(Uint8Array.of(1))).toBe(0);
  first.write(0xc, 0, 1);
  first.write(4, 0x00, 1);
  first.write(4, 0x10, 1);
  first.write(5, 3, 1);
  first.write(5, 0, 1);
  first.write(0xb, 0x46, 1);
  pages.write(1, 2, 1);
  first.write(0xa, 2, 1);
  expect([channel.ready, channel.left]).toEqual([true, 4]);
  expect(channel.transfer(Uint8Array.of(1, 2, 3))).toBe(3);
  expect(first.read(8, 1)).toBe(0);
  expect(channel.transfer(Uint8Array.of(4, 5))).toBe(1);
  expect([...memory.bytes.subarray(0x2_1000, 0x2_1005)]).toEqual([1, 2, 3, 4, 0]);
  expect([first.read(8, 1), first.read(8, 1), channel.ready]).toEqual([4, 0, false]);
  first.write(0xc, 0, 1);
  expect([first.read(4, 1), first.read(4, 1)]).toEqual([4, 0x10]);
});

it("begins again by itself, wraps within 64 KiB, and moves words", () => {
  const { memory, dma, second, pages } = setUp();
  memory.bytes.set([9, 8], 0x1_fffe);
  memory.bytes.set([7, 6], 0x0);
  // Channel 5, from memory, with automatic initialisation.
  const channel = dma.channel(5);
  pages.write(0xb, 0, 1);
  second.write(2 * 0xc, 0, 1);
  for (const [register, value] of [
    [2, 0xff],
    [2, 0xff],
    [3, 1],
    [3, 0],
    [0xb, 0x59],
    [0xf, 0],
  ] as const)
    second.write(2 * register, value, 1);
  const bytes = new Uint8Array(4);
  expect(channel.transfer(bytes)).toBe(4);
  expect([...bytes]).toEqual([9, 8, 7, 6]);
  expect([channel.ready, channel.left]).toEqual([true, 4]);
});
