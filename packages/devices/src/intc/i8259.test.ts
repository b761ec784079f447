import { Logger } from "@tsemu/base";
import { FakeClock, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { I8259Pair } from "./i8259.ts";

const setUp = () => {
  const irq = new RecordedLine();
  const pair = new I8259Pair({ name: "pic", clock: new FakeClock(), log: new Logger(), irq });
  const [first, second, elcr] = pair.ports;
  const initialise = (icw4 = 1): void => {
    for (const [chip, base, cascade] of [
      [first, 0x20, 4],
      [second, 0x28, 2],
    ] as const) {
      chip.write(0, 0x11, 1);
      chip.write(1, base, 1);
      chip.write(1, cascade, 1);
      chip.write(1, icw4, 1);
    }
  };
  return { irq, pair, first, second, elcr, initialise };
};

describe("a pair of 8259A", () => {
  it("acknowledges an edge once and lets the next through after the end of interrupt", () => {
    const { irq, pair, first, initialise } = setUp();
    initialise();
    pair.input(4).set(true);
    expect(irq.level).toBe(true);
    expect(pair.acknowledge()).toBe(0x24);
    expect(irq.level).toBe(false);
    // Still high: no new edge.
    first.write(0, 0x20, 1);
    expect(irq.level).toBe(false);
    pair.input(4).set(false);
    pair.input(4).set(true);
    expect(irq.level).toBe(true);
  });

  it("masks", () => {
    const { irq, pair, first, initialise } = setUp();
    initialise();
    first.write(1, 0x10, 1);
    pair.input(4).set(true);
    expect(irq.level).toBe(false);
    expect(first.read(1, 1)).toBe(0x10);
    expect(first.read(0, 1)).toBe(0x10);
    first.write(1, 0, 1);
    expect(irq.level).toBe(true);
  });

  it("serves the lower number first, and a lower one within a higher one", () => {
    const { irq, pair, first, initialise } = setUp();
    initialise();
    pair.input(5).set(true);
    pair.input(3).set(true);
    expect(pair.acknowledge()).toBe(0x23);
    expect(irq.level).toBe(false);
    pair.input(1).set(true);
    expect(pair.acknowledge()).toBe(0x21);
    first.write(0, 0x0b, 1);
    expect(first.read(0, 1)).toBe(0x0a);
    first.write(0, 0x20, 1);
    expect(first.read(0, 1)).toBe(0x08);
    first.write(0, 0x63, 1);
    expect(pair.acknowledge()).toBe(0x25);
  });

  it("cascades", () => {
    const { irq, pair, first, second, initialise } = setUp();
    initialise();
    pair.input(14).set(true);
    expect(irq.level).toBe(true);
    expect(pair.acknowledge()).toBe(0x2e);
    second.write(0, 0x20, 1);
    first.write(0, 0x20, 1);
    pair.input(8).set(true);
    expect(pair.acknowledge()).toBe(0x28);
  });

  it("gives the second chip's spurious vector when a level is gone", () => {
    const { irq, pair, elcr, initialise } = setUp();
    initialise();
    elcr.write(1, 0xff, 1);
    expect(elcr.read(1, 1)).toBe(0xde);
    pair.input(11).set(true);
    expect(irq.level).toBe(true);
    pair.input(11).set(false);
    expect(pair.acknowledge()).toBe(0x2f);
  });

  it("repeats a level until it falls", () => {
    const { irq, pair, first, second, elcr, initialise } = setUp();
    initialise();
    elcr.write(1, 0x08, 1);
    pair.input(11).set(true);
    expect(pair.acknowledge()).toBe(0x2b);
    second.write(0, 0x20, 1);
    first.write(0, 0x20, 1);
    expect(irq.level).toBe(true);
    expect(pair.acknowledge()).toBe(0x2b);
    pair.input(11).set(false);
    second.write(0, 0x20, 1);
    first.write(0, 0x20, 1);
    expect(irq.level).toBe(false);
  });

  it("polls, rotates and ends by itself", () => {
    const { irq, pair, first, initialise } = setUp();
    initialise(3);
    pair.input(6).set(true);
    first.write(0, 0x0c, 1);
    expect(first.read(0, 1)).toBe(0x86);
    first.write(0, 0x0c, 1);
    expect(first.read(0, 1)).toBe(0);
    // Lowest priority to input 3: 4 is first.
    first.write(0, 0xc3, 1);
    pair.input(1).set(true);
    pair.input(5).set(true);
    expect(pair.acknowledge()).toBe(0x25);
    expect(pair.acknowledge()).toBe(0x21);
    expect(irq.level).toBe(false);
  });
});

it("forgets its requests in a reset, even those of lines that are high", () => {
  const irq = new RecordedLine();
  const pair = new I8259Pair({ name: "pic", clock: new FakeClock(), log: new Logger(), irq });
  const [first, second] = pair.ports;
  const start = (levels: boolean): void => {
    for (const [chip, base, third] of [
      [first, 0, 4],
      [second, 8, 2],
    ] as const) {
      chip.write(0, levels ? 0x19 : 0x11, 1);
      for (const byte of [base, third, 1]) chip.write(1, byte, 1);
    }
  };
  start(true);
  const [timer, disk] = [pair.input(0), pair.input(14)];
  timer.set(true);
  disk.set(true);
  pair.reset();
  timer.set(true);
  expect([irq.level, first.read(0, 1), second.read(0, 1)]).toEqual([false, 0, 0]);
  start(false);
  disk.set(false);
  disk.set(true);
  expect([irq.level, pair.acknowledge()]).toEqual([true, 14]);
});
