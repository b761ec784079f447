import { Logger } from "@tsemu/base";
import { FakeCharPort, FakeClock, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { Ns16550 } from "./ns16550.ts";

const setUp = () => {
  const irq = new RecordedLine();
  const port = new FakeCharPort();
  return { irq, port, uart: new Ns16550({ name: "uart", clock: new FakeClock(), log: new Logger(), irq, port }) };
};

describe("16550A", () => {
  it("sends, and says that it is empty", () => {
    const { irq, port, uart } = setUp();
    uart.write(1, 2);
    expect(irq.level).toBe(true);
    expect(uart.read(2)).toBe(2);
    expect(irq.level).toBe(false);
    uart.write(0, 0x41);
    expect(port.text).toBe("A");
    expect(irq.level).toBe(true);
    expect(uart.read(5)).toBe(0x60);
  });

  it("receives one byte without, sixteen with the FIFO", () => {
    const { port, uart } = setUp();
    port.type("abc");
    expect(port.waiting.length).toBe(2);
    expect(String.fromCharCode(uart.read(0), uart.read(0), uart.read(0))).toBe("abc");
    uart.write(2, 0x81);
    port.type("0123456789abcdefXY");
    expect(port.waiting.length).toBe(2);
    expect(uart.read(5) & 1).toBe(1);
  });

  it("interrupts with data, or with the time-out below the trigger", () => {
    const { irq, port, uart } = setUp();
    uart.write(2, 0x41);
    uart.write(1, 1);
    port.type("a");
    expect(irq.level).toBe(true);
    expect(uart.read(2)).toBe(0xcc);
    port.type("bcd");
    expect(uart.read(2)).toBe(0xc4);
    for (let i = 0; i < 4; i++) uart.read(0);
    expect(irq.level).toBe(false);
    expect(uart.read(2)).toBe(0xc1);
  });

  it("loops back data and modem lines", () => {
    const { port, uart } = setUp();
    uart.write(4, 0x1a);
    expect(uart.read(6) & 0xf0).toBe(0x90);
    uart.write(0, 0x55);
    expect(uart.read(0)).toBe(0x55);
    expect(port.text).toBe("");
    uart.write(4, 0);
    expect(uart.read(6) & 0xf0).toBe(0xb0);
  });

  it("keeps the divisor behind DLAB", () => {
    const { port, uart } = setUp();
    uart.write(3, 0x83);
    uart.write(0, 0x34);
    uart.write(1, 0x12);
    expect([uart.read(0), uart.read(1)]).toEqual([0x34, 0x12]);
    uart.write(3, 3);
    expect([uart.read(1), port.text]).toEqual([0, ""]);
  });

  it("has no bits that later chips have", () => {
    const { uart } = setUp();
    uart.write(1, 0xff);
    expect(uart.read(1)).toBe(0x0f);
    uart.write(2, 0x21);
    expect(uart.read(2) & 0xf0).toBe(0xc0);
  });
});
