import { Logger } from "@tsemu/base";
import { FakeCharPort, FakeClock, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { Pl011 } from "./pl011.ts";

const DR = 0;
const FR = 0x18;
const LCR_H = 0x2c;
const CR = 0x30;
const IMSC = 0x38;
const RIS = 0x3c;
const MIS = 0x40;
const ICR = 0x44;

const uart = () => {
  const port = new FakeCharPort();
  const irq = new RecordedLine();
  const chip = new Pl011({ name: "uart0", clock: new FakeClock(), log: new Logger(), irq, port });
  return { chip, port, irq };
};

describe("PL011", () => {
  it("has the reset values and the identity of QEMU's", () => {
    const { chip } = uart();
    expect(chip.read(FR, 4)).toBe(0x90);
    expect(chip.read(CR, 4)).toBe(0x300);
    expect(chip.read(0x34, 4)).toBe(0x12);
    expect([0xfe0, 0xfe4, 0xfe8, 0xfec, 0xff0, 0xff4, 0xff8, 0xffc].map((at) => chip.read(at, 4))).toEqual([
      0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1,
    ]);
  });

  it("sends bytes at once and raises TXRIS", () => {
    const { chip, port, irq } = uart();
    chip.write(DR, 0x48, 1);
    chip.write(DR, 0x169, 4);
    expect(port.text).toBe("Hi");
    expect(chip.read(RIS, 4)).toBe(0x20);
    expect(irq.level).toBe(false);
    chip.write(IMSC, 0x20, 2);
    expect(irq.level).toBe(true);
    chip.write(ICR, 0x20, 4);
    expect(irq.level).toBe(false);
  });

  it("takes one byte without the FIFO, sixteen with it, and leaves the rest in the port", () => {
    const { chip, port } = uart();
    port.type("ab");
    expect(port.waiting.length).toBe(1);
    expect(chip.read(FR, 4)).toBe(0xc0);
    expect(chip.read(DR, 4)).toBe(0x61);
    expect(port.waiting.length).toBe(0);
    chip.write(LCR_H, 0x70, 4); // enabling the FIFO empties it
    expect(chip.read(FR, 4)).toBe(0x90);
    port.type("0123456789abcdefXY");
    expect(port.waiting.length).toBe(2);
    let text = "";
    while ((chip.read(FR, 4) & 0x10) === 0) text += String.fromCharCode(chip.read(DR, 4));
    expect(text).toBe("0123456789abcdefXY");
  });

  it("keeps the receive interrupt up until the FIFO is empty", () => {
    const { chip, port, irq } = uart();
    chip.write(LCR_H, 0x70, 4);
    chip.write(IMSC, 0x50, 4);
    port.type("xy");
    expect(irq.level).toBe(true);
    expect(chip.read(MIS, 4)).toBe(0x10);
    chip.read(DR, 4);
    expect(irq.level).toBe(true);
    chip.read(DR, 4);
    expect(irq.level).toBe(false);
    chip.write(IMSC, 0, 4);
    port.type("z");
    expect(irq.level).toBe(false);
    chip.reset();
    expect(chip.read(RIS, 4)).toBe(0);
  });

  it("hears itself in loopback mode", () => {
    const { chip, port } = uart();
    chip.write(CR, 0x381, 4);
    chip.write(DR, 0x55, 4);
    expect(port.text).toBe("");
    expect(chip.read(DR, 4)).toBe(0x55);
  });
});
