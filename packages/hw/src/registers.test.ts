import { Logger } from "@tsemu/base";
import { describe, expect, it } from "vitest";
import { FakeClock, Fifo, RegisterBank } from "./index.ts";

const bankWith = (lines: string[]) => {
  const writes: [number, number][] = [];
  const log = new Logger(["unimp", "guest_errors"], (text) => lines.push(text.trimEnd()));
  const bank = new RegisterBank(
    { name: "chip", log },
    {
      DATA: { at: 0, write: (value, old) => writes.push([value, old]) },
      CTRL: { at: 4, bits: 0xff, reset: 0x1200, unimplemented: 0x80 },
      STATUS: { at: 8, read: () => 0x1122_3344 },
      ID: { at: 0xfe0, bits: 0, reset: 0x41 },
    },
  );
  return { bank, writes };
};

describe("RegisterBank", () => {
  it("stores only the declared bits, calls hooks with what was written", () => {
    const { bank, writes } = bankWith([]);
    bank.write(4, 0xffff_ffff, 4);
    expect(bank.read(4, 4)).toBe(0x12ff);
    bank.write(0, 7, 4);
    bank.write(0, 8, 1);
    expect(writes).toEqual([
      [7, 0],
      [8, 7],
    ]);
    bank.reset();
    expect(bank.snapshot()).toEqual({ DATA: 0, CTRL: 0x1200, STATUS: 0, ID: 0x41 });
  });

  it("gives the byte lanes of narrow accesses", () => {
    const { bank } = bankWith([]);
    expect(bank.read(8, 1)).toBe(0x44);
    expect(bank.read(9, 1)).toBe(0x33);
    expect(bank.read(10, 2)).toBe(0x1122);
    bank.write(0, 0x1234_5678, 4);
    bank.write(2, 0xabcd, 2);
    expect(bank.get("DATA")).toBe(0xabcd_5678);
    bank.write(0, 0xff, 1);
    expect(bank.get("DATA")).toBe(0xff);
  });

  it("logs unknown, read-only and unimplemented", () => {
    const lines: string[] = [];
    const { bank } = bankWith(lines);
    bank.read(0x40, 4);
    bank.write(0x44, 1, 4);
    bank.write(0xfe0, 1, 4);
    bank.write(4, 0x81, 4);
    bank.write(4, 0x81, 4);
    expect(lines).toEqual([
      "chip: read of unknown register at offset 0x00000040",
      "chip: write of 0x00000001 to unknown register at offset 0x00000044",
      "chip: write of 0x00000001 to read-only register ID",
      "chip: CTRL bits 0x00000080 are not implemented",
    ]);
  });

  it("takes a snapshot back", () => {
    const { bank } = bankWith([]);
    bank.write(4, 3, 4);
    const saved = bank.snapshot();
    bank.reset();
    bank.restore(saved);
    expect(bank.get("CTRL")).toBe(0x1203);
  });
});

describe("Fifo", () => {
  it("keeps order and refuses what does not fit", () => {
    const fifo = new Fifo(2);
    expect([fifo.push(1), fifo.push(2), fifo.push(3)]).toEqual([true, true, false]);
    expect(fifo.shift()).toBe(1);
    expect(fifo.push(4)).toBe(true);
    expect([fifo.shift(), fifo.shift(), fifo.shift()]).toEqual([2, 4, undefined]);
  });
});

describe("FakeClock", () => {
  it("fires timers at their own deadline, in order", () => {
    const clock = new FakeClock();
    const fired: [string, number][] = [];
    const a = clock.timer(() => {
      fired.push(["a", clock.now()]);
      if (clock.now() < 30) a.arm(clock.now() + 10);
    });
    const b = clock.timer(() => fired.push(["b", clock.now()]));
    b.arm(15);
    a.arm(10);
    clock.step(100);
    expect(fired).toEqual([
      ["a", 10],
      ["b", 15],
      ["a", 20],
      ["a", 30],
    ]);
    expect(clock.now()).toBe(100);
  });
});
