import { Logger } from "@tsemu/base";
import { type BlockPort, FakeClock, FakeMemory, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { I8237Pair } from "../dma/i8237.ts";
import { floppyKind, I82077 } from "./i82077.ts";

class Image implements BlockPort {
  readonly bytes = new Uint8Array(1440 * 1024);
  readonly size = this.bytes.length;
  readonly readOnly: boolean;
  constructor(readOnly = false) {
    this.readOnly = readOnly;
  }
  read = async (offset: number, into: Uint8Array) => void into.set(this.bytes.subarray(offset, offset + into.length));
  write = async (offset: number, from: Uint8Array) => void this.bytes.set(from, offset);
  flush = async () => {};
  close = async () => {};
}

const setUp = (readOnly = false) => {
  const image = new Image(readOnly);
  const memory = new FakeMemory(0, 0x1_0000);
  const irq = new RecordedLine();
  const dma = new I8237Pair(memory);
  const fdc = new I82077({ name: "fdc", clock: new FakeClock(), log: new Logger(), irq, dma: dma.channel(2), drives: [image, undefined] });
  const [controller] = dma.ports;
  const command = (...bytes: number[]): void => {
    for (const byte of bytes) {
      expect(fdc.read(4) & 0xc0).toBe(0x80);
      fdc.write(5, byte);
    }
  };
  const result = (): number[] => {
    const bytes: number[] = [];
    while ((fdc.read(4) & 0x40) !== 0) bytes.push(fdc.read(5));
    return bytes;
  };
  /** DMA channel 2: so many bytes at 0x4000. */
  const programDma = (length: number, mode: number): void => {
    controller.write(0xc, 0, 1);
    for (const [register, value] of [
      [4, 0],
      [4, 0x40],
      [5, (length - 1) & 0xff],
      [5, (length - 1) >>> 8],
      [0xb, mode],
      [0xa, 2],
    ] as const)
      controller.write(register, value, 1);
  };
  fdc.reset();
  fdc.write(2, 0x0c);
  return { fdc, image, memory, irq, command, result, programDma };
};

describe("82077", () => {
  it("reports all drives after a reset, and what version it is", () => {
    const { irq, command, result } = setUp();
    expect(irq.level).toBe(true);
    for (let n = 0; n < 4; n++) {
      command(8);
      expect(result()).toEqual([0xc0 | n, 0]);
    }
    command(8);
    expect([result(), irq.level]).toEqual([[0x80], false]);
    command(0x10);
    expect(result()).toEqual([0x90]);
    command(0x1f);
    expect(result()).toEqual([0x80]);
  });

  it("seeks, and knows that a disk was put in until then", () => {
    const { fdc, irq, command, result } = setUp();
    fdc.write(2, 0x1c);
    expect(fdc.read(7)).toBe(0x80);
    command(0x0f, 0, 5);
    expect([irq.level, fdc.read(7)]).toEqual([true, 0]);
    command(8);
    expect(result()).toEqual([0x20, 5]);
    command(7, 0);
    command(8);
    expect(result()).toEqual([0x20, 0]);
    command(4, 0);
    expect(result()).toEqual([0x38]);
  });

  it("reads and writes sectors through DMA, across the sides of a track", async () => {
    const { image, memory, irq, command, result, programDma } = setUp();
    image.bytes.fill(0xaa, 35 * 512, 36 * 512);
    image.bytes.fill(0xbb, 17 * 512, 18 * 512);
    programDma(1024, 0x46);
    command(0xe6, 0, 0, 0, 18, 2, 18, 27, 255);
    await Promise.resolve();
    await Promise.resolve();
    expect(irq.level).toBe(true);
    // The next sector is the second of the other side.
    expect(result()).toEqual([0, 0, 0, 0, 1, 2, 2]);
    expect([memory.bytes[0x4000], memory.bytes[0x4200]]).toEqual([0xbb, 0]);
    memory.bytes.fill(0x77, 0x4000, 0x4200);
    programDma(512, 0x4a);
    command(0xc5, 4, 1, 1, 3, 2, 18, 27, 255);
    await Promise.resolve();
    await Promise.resolve();
    expect(result()).toEqual([4, 0, 0, 1, 1, 4, 2]);
    expect(image.bytes[(1 * 36 + 18 + 2) * 512]).toBe(0x77);
  });

  it("says what does not work", async () => {
    const { command, result, programDma } = setUp(true);
    programDma(512, 0x4a);
    command(0xc5, 0, 0, 0, 1, 2, 18, 27, 255);
    expect(result().slice(0, 2)).toEqual([0x40, 0x02]);
    command(0xe6, 0, 80, 0, 1, 2, 18, 27, 255);
    expect(result().slice(0, 2)).toEqual([0x40, 0x04]);
    command(0xe6, 1, 0, 0, 1, 2, 18, 27, 255);
    expect(result().slice(0, 2)).toEqual([0x49, 0x04]);
  });

  it("knows images by their sizes", () => {
    expect([360, 720, 1200, 1440, 2880].map((kib) => floppyKind(kib * 1024))).toEqual([1, 3, 2, 4, 5]);
  });
});
