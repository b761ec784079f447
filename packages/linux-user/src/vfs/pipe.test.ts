/** Pipes by themselves: their buffer of pages, and what each end sees of the other. */
import { expect, it } from "vitest";
import { Errno } from "../errno.ts";
import { SignalSet } from "../signals/signal-set.ts";
import { O, POLL } from "./constants.ts";
import { makePipe } from "./pipe.ts";
import type { Caller } from "./types.ts";

const signals: string[] = [];
const caller: Caller = {
  wait: () => Promise.reject(new Errno("ERESTARTSYS")),
  signal: (name) => void signals.push(name),
  pendingOf: () => SignalSet.empty,
  takeSignal: () => undefined,
};
const errorOf = (act: () => unknown): number => {
  try {
    act();
  } catch (error) {
    if (error instanceof Errno) return error.number;
    throw error;
  }
  return 0;
};

it("is full after as many writes as fill its pages", () => {
  const { writer } = makePipe(O.NONBLOCK, 0n);
  let total = 0;
  while (errorOf(() => (total += writer.write(new Uint8Array(1000), caller) as number)) === 0) {}
  // Four writes a page: the rest of each page stays empty.
  expect(total).toBe(64_000);
});

it("gives bytes in the order they came", () => {
  const { reader, writer } = makePipe(0, 0n);
  void writer.write(Uint8Array.of(1, 2, 3), caller);
  void writer.write(new Uint8Array(5000).fill(4), caller);
  const got = new Uint8Array(4);
  expect(reader.read(got, caller)).toBe(4);
  expect([...got]).toEqual([1, 2, 3, 4]);
  expect(reader.read(new Uint8Array(8000), caller)).toBe(4999);
});

it("ends when nobody writes any more, and breaks when nobody reads", () => {
  const first = makePipe(0, 0n);
  void first.writer.release();
  expect(first.reader.read(new Uint8Array(1), caller)).toBe(0);
  expect(first.reader.poll() & POLL.HUP).not.toBe(0);
  const second = makePipe(0, 0n);
  void second.reader.release();
  expect(errorOf(() => second.writer.write(new Uint8Array(1), caller))).toBe(32);
  expect(signals).toEqual(["SIGPIPE"]);
});
