import { Logger } from "@tsemu/base";
import { FakeClock } from "@tsemu/hw";
import { expect, it } from "vitest";
import { MaltaFpga } from "./malta-fpga.ts";

const setUp = (bigEndian = false) => {
  let resets = 0;
  const fpga = new MaltaFpga({ name: "fpga", clock: new FakeClock(), log: new Logger(), bigEndian, onReset: () => resets++ });
  return { fpga, resets: () => resets };
};

it("shows characters and words", () => {
  const { fpga } = setUp();
  [..."LINUX"].forEach((character, n) => fpga.write(0x418 + 8 * n, character.charCodeAt(0), 4));
  expect(fpga.display).toBe("LINUX   ");
  expect(fpga.read(0x420, 4)).toBe(0x49);
  fpga.write(0x410, 0xc0ffee, 4);
  expect(fpga.display).toBe("00C0FFEE");
  fpga.reset();
  expect(fpga.display).toBe("        ");
});

it("resets at one value only", () => {
  const { fpga, resets } = setUp();
  expect(fpga.read(0x500, 4)).toBe(0);
  fpga.write(0x500, 0x4d, 4);
  expect(resets()).toBe(0);
  fpga.write(0x500, 0x42, 4);
  expect(resets()).toBe(1);
});

it("tells the byte order", () => {
  expect(setUp().fpga.read(0x208, 4)).toBe(0);
  expect(setUp(true).fpga.read(0x208, 4)).toBe(2);
});
