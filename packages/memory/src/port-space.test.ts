import { Logger } from "@tsemu/base";
import { expect, it } from "vitest";
import { PortSpace } from "./port-space.ts";

const recorder = () => {
  const written: number[][] = [];
  return { written, read: (offset: number, size: number) => 0x10 * size + offset, write: (...args: number[]) => void written.push(args) };
};

it("gives accesses to whom they belong, and a larger one byte by byte where it does not fit", () => {
  const messages: string[] = [];
  const log = new Logger(["guest_errors"], (text) => messages.push(text));
  const io = new PortSpace(log);
  const [first, second] = [recorder(), recorder()];
  io.add("first", 0x100, 4, first);
  io.add("second", 0x104, 2, second);
  expect([io.read(0x100, 4), io.read(0x102, 2), io.read(0x104, 1)]).toEqual([0x40, 0x22, 0x10]);
  // Two bytes of the first, two of the second; then one of the second and one of nobody.
  expect(io.read(0x102, 4)).toBe(0x1110_1312);
  expect(io.read(0x105, 2)).toBe(0xff11);
  io.write(0x103, 0xaabb_ccdd, 4);
  expect([first.written, second.written]).toEqual([
    [[3, 0xdd, 1]],
    [
      [0, 0xcc, 1],
      [1, 0xbb, 1],
    ],
  ]);
  expect(messages).toHaveLength(2);
});

it("reads as ones where nobody is, wraps at its end, and shows the range that was added last", () => {
  const io = new PortSpace(new Logger());
  expect([io.read(0x80, 1), io.read(0x80, 2), io.read(0x80, 4)]).toEqual([0xff, 0xffff, 0xffff_ffff]);
  io.add("all", 0, 0x1_0000, { read: () => 0, write: () => {} });
  io.add("one", 0x60, 1, { read: () => 0x123, write: () => {} });
  expect([io.read(0x60, 1), io.read(0x61, 1), io.read(0x1_0060, 1)]).toEqual([0x23, 0, 0x23]);
  expect(io.read(0xffff, 2)).toBe(0);
});
