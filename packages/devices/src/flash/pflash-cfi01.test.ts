import { Logger } from "@tsemu/base";
import { FakeClock } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { pflashTrace } from "./pflash-cfi01.qemu.testing.ts";
import { PflashCfi01 } from "./pflash-cfi01.ts";

const KiB = 2 ** 10;
const MiB = 2 ** 20;

const bank = (lines: string[] = []) =>
  new PflashCfi01({
    name: "flash1",
    clock: new FakeClock(),
    log: new Logger(["guest_errors"], (text) => lines.push(text)),
    size: 64 * MiB,
    sectorSize: 256 * KiB,
  });

describe("CFI flash", () => {
  it("answers as QEMU's", () => {
    const flash = bank();
    const steps = pflashTrace
      .trim()
      .split(/[\n,]/)
      .map((step) => step.trim().split(" "));
    steps.forEach(([what, at, value], i) => {
      const size = Number(what![1]);
      const offset = Number.parseInt(at!, 16);
      if (what![0] === "w") flash.write(offset, Number.parseInt(value!, 16), size);
      else {
        // As the bus does, only the accessed bytes count.
        const mask = 2 ** (8 * size) - 1;
        expect((flash.read(offset, size) & mask) >>> 0, `step ${i}: ${what} ${at}`).toBe(Number.parseInt(value!, 16));
      }
    });
    expect(steps.length).toBeGreaterThan(1000);
  });

  it("keeps its contents over a reset, which ends every command", () => {
    const flash = bank();
    flash.write(0x100, 0x40, 4);
    flash.write(0x100, 0x1234_5678, 4);
    flash.write(0, 0x90, 4);
    flash.write(0, 0x50, 4);
    flash.write(0, 0xe8, 4);
    flash.reset();
    expect(flash.read(0x100, 4)).toBe(0x1234_5678);
    flash.write(0, 0x70, 4);
    expect(flash.read(0, 4)).toBe(0x80_0080);
  });

  it("takes an unknown command for read array, and says so", () => {
    const lines: string[] = [];
    const flash = bank(lines);
    flash.write(0, 0x90, 4);
    flash.write(8, 0x33, 4);
    expect(flash.read(0, 4)).toBe(0);
    expect(lines.join("")).toBe("flash1: command 0x00000033 at offset 0x00000008 in cycle 0 of 0x00000090\n");
  });
});
