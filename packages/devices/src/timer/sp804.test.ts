import { Logger } from "@tsemu/base";
import { FakeClock, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { Sp804 } from "./sp804.ts";

const us = 1000;
const LOAD = 0;
const VALUE = 4;
const CONTROL = 8;
const INTCLR = 0xc;
const RIS = 0x10;
const BGLOAD = 0x18;

const timer = () => {
  const clock = new FakeClock();
  const irq = new RecordedLine();
  return { clock, irq, chip: new Sp804({ name: "timer", clock, log: new Logger(), irq, frequencies: [1e6, 1e6] }) };
};

describe("SP804", () => {
  it("resets to a stopped counter", () => {
    const { chip } = timer();
    expect([chip.read(LOAD, 4), chip.read(VALUE, 4), chip.read(CONTROL, 4), chip.read(0xfe4, 4)]).toEqual([0, 0xffff, 0x20, 0x18]);
  });

  it("interrupts once a period, reloading", () => {
    const { chip, clock, irq } = timer();
    chip.write(LOAD, 100, 4);
    chip.write(CONTROL, 0xe2, 4); // enable, periodic, interrupt, 32 bits
    clock.step(30 * us);
    expect(chip.read(VALUE, 4)).toBe(70);
    clock.step(70 * us - 1);
    expect(irq.level).toBe(false);
    clock.step(1);
    expect(irq.level).toBe(true);
    chip.write(INTCLR, 0, 4);
    expect(irq.level).toBe(false);
    clock.step(250 * us);
    expect([irq.rises, chip.read(VALUE, 4)]).toEqual([2, 50]);
    chip.write(BGLOAD, 1000, 4);
    chip.write(INTCLR, 0, 4);
    clock.step(50 * us);
    expect([irq.level, chip.read(VALUE, 4), chip.read(LOAD, 4)]).toEqual([true, 1000, 1000]);
  });

  it("runs free through zero, and stops at it in one-shot mode", () => {
    const { chip, clock, irq } = timer();
    chip.write(LOAD, 5, 4);
    chip.write(CONTROL, 0x82, 4);
    clock.step(6 * us);
    expect([chip.read(VALUE, 4), chip.read(RIS, 4), irq.level]).toEqual([0xffff_ffff, 1, false]);
    chip.write(INTCLR, 1, 4);
    chip.write(CONTROL, 0, 4);
    chip.write(CONTROL, 0xa3, 4);
    chip.write(LOAD, 10, 4);
    clock.step(500 * us);
    expect([chip.read(VALUE, 4), irq.rises]).toEqual([0, 1]);
    chip.write(INTCLR, 1, 4);
    clock.step(5e9);
    expect(irq.level).toBe(false);
  });

  it("divides the clock, holds the count while stopped, keeps its timers apart", () => {
    const { chip, clock, irq } = timer();
    chip.write(0x20 + LOAD, 1000, 4);
    chip.write(0x20 + CONTROL, 0xa6, 4); // by 16
    clock.step(160 * us);
    expect([chip.read(0x20 + VALUE, 4), chip.read(VALUE, 4)]).toEqual([990, 0xffff]);
    chip.write(0x20 + CONTROL, 0x26, 4);
    clock.step(1e9);
    expect(chip.read(0x20 + VALUE, 4)).toBe(990);
    expect(irq.level).toBe(false);
  });

  it("does not hang with a load of zero", () => {
    const { chip, clock, irq } = timer();
    chip.write(CONTROL, 0xe2, 4);
    chip.write(LOAD, 0, 4);
    expect(irq.level).toBe(true);
    clock.step(1000 * us);
    expect(irq.level).toBe(true);
  });
});
