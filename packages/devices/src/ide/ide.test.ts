import { FakeMemory, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { ataDisk } from "./ata-disk.ts";
import { IdeBusMaster } from "./bus-master.ts";
import { cdRom } from "./cd-rom.ts";
import { IdeChannel } from "./channel.ts";
import type { IdeUnit } from "./unit.ts";

const MiB = 2 ** 20;
const [BSY, DRDY, DSC, DRQ, ERR] = [0x80, 0x40, 0x10, 0x08, 0x01];

/** A disk in memory that can be broken, and that remembers its flushes. */
class Image {
  readonly bytes: Uint8Array;
  readonly readOnly = false;
  broken = false;
  flushes = 0;
  constructor(size: number) {
    this.bytes = Uint8Array.from({ length: size }, (_, i) => (i >>> 9) + (i & 0xff));
  }
  get size() {
    return this.bytes.length;
  }
  async read(at: number, into: Uint8Array) {
    if (this.broken) throw new Error("broken");
    into.set(this.bytes.subarray(at, at + into.length));
  }
  async write(at: number, from: Uint8Array) {
    if (this.broken) throw new Error("broken");
    this.bytes.set(from, at);
  }
  async flush() {
    this.flushes++;
  }
  async close() {}
}

const setUp = (make: (image: Image) => readonly (IdeUnit | undefined)[], size = MiB) => {
  const image = new Image(size);
  const irq = new RecordedLine();
  const memory = new FakeMemory(0, MiB);
  let enabled = true;
  const master = new IdeBusMaster({ dma: memory, enabled: () => enabled });
  const channel = new IdeChannel({
    units: make(image),
    irq,
    onInterrupt: () => master.interrupted(),
    onDmaRequest: () => master.run(),
  });
  master.connect(channel);
  const { commandBlock: block, controlBlock } = channel;
  const d = {
    image,
    irq,
    memory,
    master,
    channel,
    out: (n: number, ...values: number[]) => values.forEach((value) => block.write(n, value, 1)),
    in: (n: number) => block.read(n, 1),
    control: (value: number) => controlBlock.write(0, value, 1),
    alternate: () => controlBlock.read(0, 1),
    words: (count: number) => Array.from({ length: count }, () => block.read(0, 2)),
    writeWords: (words: readonly number[]) => words.forEach((word) => block.write(0, word, 2)),
    /** Until the host has done its part. */
    settle: async () => {
      for (let i = 0; i < 20; i++) await Promise.resolve();
    },
    command: async (code: number, o: { lba?: number; count?: number; device?: number } = {}) => {
      const lba = o.lba ?? 0;
      d.out(6, 0xe0 | (o.device ?? 0) | (lba >>> 24));
      d.out(2, o.count ?? 1);
      [lba, lba >>> 8, lba >>> 16].forEach((byte, i) => d.out(3 + i, byte & 0xff));
      d.out(7, code);
      await d.settle();
    },
    setEnabled: (value: boolean) => (enabled = value),
    /** A table of regions at 0x100, and the master started. */
    startDma: (toMemory: boolean, regions: readonly (readonly [number, number])[]) => {
      const view = new DataView(memory.bytes.buffer);
      regions.forEach(([pa, length], i) => {
        view.setUint32(0x100 + 8 * i, pa, true);
        view.setUint32(0x104 + 8 * i, (length & 0xffff) + (i === regions.length - 1 ? 0x8000_0000 : 0), true);
      });
      master.write(4, 0x100, 4);
      master.write(0, toMemory ? 9 : 1, 1);
    },
  };
  return d;
};
const disk = () => setUp((image) => [ataDisk({ port: image, serialNumber: "S1" }), undefined]);
const text = (words: readonly number[]) => words.map((w) => String.fromCharCode(w >>> 8, w & 0xff)).join("");

describe("an ATA disk", () => {
  it("says what it is", async () => {
    const d = disk();
    expect([d.in(1), d.in(2), d.in(3), d.in(4), d.in(5), d.in(7)]).toEqual([1, 1, 1, 0, 0, DRDY | DSC]);
    await d.command(0xec);
    expect([d.irq.level, d.alternate()]).toEqual([true, DRDY | DSC | DRQ]);
    expect(d.in(7)).toBe(DRDY | DSC | DRQ);
    expect(d.irq.level).toBe(false);
    const words = d.words(256);
    expect(d.in(7)).toBe(DRDY | DSC);
    expect(text(words.slice(27, 47)).trim()).toBe("QEMU HARDDISK");
    expect(text(words.slice(10, 20)).trim()).toBe("S1");
    expect([words[60], words[61], words[100], words[83]! & 0x7400]).toEqual([2048, 0, 2048, 0x7400]);
    // SMART and security are not there, and refused.
    expect(words[82]! & 3).toBe(0);
    await d.command(0xb0);
    expect([d.in(7), d.in(1)]).toEqual([DRDY | DSC | ERR, 4]);
  });

  it("reads sectors, one interrupt each, by LBA, by LBA48, and by cylinder, head and sector", async () => {
    const d = disk();
    await d.command(0x20, { lba: 3, count: 2 });
    expect(d.irq.level).toBe(true);
    d.in(7);
    expect(d.words(256)[0]).toBe(0x0403);
    expect(d.irq.level).toBe(true);
    expect(d.in(7) & DRQ).toBe(DRQ);
    expect(d.words(256)[1]).toBe(0x0706);
    expect([d.irq.level, d.in(7), d.in(2), d.in(3)]).toEqual([false, DRDY | DSC, 0, 4]);
    // LBA48: the upper bytes first.
    d.out(6, 0xe0);
    d.out(2, 0, 1);
    d.out(3, 0, 5);
    d.out(4, 0, 0);
    d.out(5, 0, 0);
    d.out(7, 0x24);
    await d.settle();
    d.in(7);
    expect(d.words(256)[0]).toBe(0x0605);
    // Sector 64 is cylinder 0, head 1, sector 2.
    d.out(6, 0xa1);
    d.out(2, 1);
    d.out(3, 2);
    d.out(7, 0x20);
    await d.settle();
    expect(d.words(256)[0]).toBe(0x4140);
  });

  it("reads and writes several sectors between two interrupts", async () => {
    const d = disk();
    await d.command(0xc6, { count: 8 });
    d.in(7);
    d.irq.rises = 0;
    await d.command(0xc4, { lba: 0, count: 12 });
    d.in(7);
    d.words(8 * 256);
    expect(d.irq.rises).toBe(2);
    d.in(7);
    d.words(4 * 256);
    expect([d.irq.rises, d.in(7)]).toEqual([2, DRDY | DSC]);
    await d.command(0xc5, { lba: 100, count: 8 });
    expect([d.irq.level, d.in(7)]).toEqual([false, DRDY | DSC | DRQ]);
    d.writeWords(Array.from({ length: 8 * 256 }, (_, i) => i & 0xffff));
    expect(d.in(7)).toBe(BSY);
    await d.settle();
    expect([d.irq.level, d.in(7)]).toEqual([true, DRDY | DSC]);
    expect([...d.image.bytes.subarray(100 * 512 + 510, 100 * 512 + 514)]).toEqual([0xff, 0, 0, 1]);
    await d.command(0xc6, { count: 3 });
    expect(d.in(7) & ERR).toBe(ERR);
    await d.command(0xc6, { count: 0 });
    await d.command(0xc4);
    expect([d.in(7) & ERR, d.in(1)]).toEqual([ERR, 4]);
  });

  it("moves data by DMA, through the regions of a table", async () => {
    const d = disk();
    await d.command(0xc8, { lba: 2, count: 4 });
    expect(d.alternate()).toBe(BSY);
    d.startDma(true, [
      [0x1000, 512],
      [0x3000, 1536],
    ]);
    await d.settle();
    expect([d.irq.level, d.master.read(2, 1) & 7, d.in(7), d.irq.level]).toEqual([true, 4, DRDY | DSC, false]);
    expect([d.memory.bytes[0x1000], d.memory.bytes[0x3000], d.memory.bytes[0x3000 + 1535]]).toEqual([2, 3, (5 + 0xff) & 0xff]);
    d.master.write(2, 4, 1);
    expect(d.master.read(2, 1) & 7).toBe(0);
    d.master.write(0, 0, 1);
    // The other way, the master first.
    d.memory.bytes.fill(0x77, 0x5000, 0x5000 + 1024);
    d.startDma(false, [[0x5000, 1024]]);
    expect(d.master.read(2, 1) & 1).toBe(1);
    await d.command(0xca, { lba: 200, count: 2 });
    expect([d.irq.level, d.master.read(2, 1) & 5]).toEqual([true, 4]);
    expect([...d.image.bytes.subarray(200 * 512 - 1, 200 * 512 + 1), d.image.bytes[202 * 512]]).toEqual([(199 + 0xff) & 0xff, 0x77, 202]);
  });

  it("moves nothing against the direction, nor without leave, nor past the table", async () => {
    const d = disk();
    d.startDma(false, [[0x1000, 512]]);
    await d.command(0xc8, { lba: 1 });
    expect([d.irq.level, d.memory.bytes[0x1000]]).toEqual([false, 0]);
    d.master.write(0, 0, 1);
    d.setEnabled(false);
    d.startDma(true, [[0x1000, 256]]);
    expect(d.memory.bytes[0x1000]).toBe(0);
    d.setEnabled(true);
    d.master.run();
    // The table has ended before the sector has.
    expect([d.memory.bytes[0x1000], d.irq.level, d.master.read(2, 1) & 1, d.alternate()]).toEqual([1, false, 0, BSY]);
    d.control(4);
    d.control(0);
    expect(d.in(7)).toBe(DRDY | DSC);
  });

  it("flushes when told to, and after each write without a cache", async () => {
    const d = disk();
    await d.command(0xe7);
    expect([d.image.flushes, d.in(7)]).toEqual([1, DRDY | DSC]);
    d.out(1, 0x82);
    await d.command(0xef);
    expect(d.image.flushes).toBe(2);
    await d.command(0x30, { lba: 1 });
    d.writeWords(Array.from({ length: 256 }, () => 0));
    await d.settle();
    expect([d.image.flushes, d.in(7)]).toEqual([3, DRDY | DSC]);
  });

  it("reports what is not on the disk, and what the host cannot do", async () => {
    const d = disk();
    await d.command(0x20, { lba: 2047, count: 2 });
    expect([d.in(7), d.in(1)]).toEqual([DRDY | DSC | ERR, 0x10]);
    d.image.broken = true;
    await d.command(0x20, { lba: 7 });
    expect([d.in(7), d.in(1), d.in(3)]).toEqual([DRDY | DSC | ERR, 0x40, 7]);
    await d.command(0x30, { lba: 7 });
    d.writeWords(Array.from({ length: 256 }, () => 0));
    await d.settle();
    expect([d.in(7) & ERR, d.in(1)]).toEqual([ERR, 4]);
  });

  it("forgets its command in a reset", async () => {
    const d = disk();
    d.out(7, 0x20);
    d.control(4);
    d.control(0);
    await d.settle();
    expect([d.in(7), d.irq.level]).toEqual([DRDY | DSC, false]);
    // With nIEN there are no interrupts.
    d.control(2);
    await d.command(0x20);
    expect([d.irq.level, d.alternate() & DRQ]).toEqual([false, DRQ]);
    d.control(0);
    expect(d.irq.level).toBe(true);
  });

  it("answers for a second that is missing with zeros", () => {
    const d = disk();
    d.out(6, 0xb0);
    expect([d.in(7), d.in(3), d.alternate()]).toEqual([0, 0, 0]);
    d.out(7, 0xec);
    expect(d.irq.level).toBe(false);
  });
});

describe("a CD-ROM drive", () => {
  const drive = (empty = false) => setUp((image) => [undefined, cdRom({ port: empty ? undefined : image, serialNumber: "C1" })]);
  type Drive = ReturnType<typeof drive>;
  const packet = async (d: Drive, bytes: readonly number[], o: { limit?: number; dma?: boolean } = {}) => {
    d.out(6, 0xb0);
    d.out(1, o.dma === true ? 1 : 0);
    d.out(4, (o.limit ?? 0x800) & 0xff);
    d.out(5, (o.limit ?? 0x800) >>> 8);
    d.out(7, 0xa0);
    expect([d.in(2), d.in(7) & (BSY | DRQ), d.irq.level]).toEqual([1, DRQ, false]);
    d.writeWords(Array.from({ length: 6 }, (_, i) => (bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8)));
    await d.settle();
  };
  /** All that the drive sends, block by block. */
  const answer = (d: Drive): number[] => {
    const bytes: number[] = [];
    while ((d.alternate() & DRQ) !== 0) {
      expect([d.irq.level, d.in(2)]).toEqual([true, 2]);
      d.in(7);
      const length = d.in(4) + 256 * d.in(5);
      for (let i = 0; i < length; i += 2) {
        const word = d.channel.commandBlock.read(0, 2);
        bytes.push(word & 0xff, ...(i + 1 < length ? [word >>> 8] : []));
      }
    }
    expect([d.irq.level, d.in(2)]).toEqual([true, 3]);
    return bytes;
  };

  it("is told apart by its signature", async () => {
    const d = drive();
    d.out(6, 0xb0);
    expect([d.in(4), d.in(5), d.in(7)]).toEqual([0x14, 0xeb, 0]);
    await d.command(0xec, { device: 0x10 });
    expect([d.in(7) & ERR, d.in(4), d.in(5)]).toEqual([ERR, 0x14, 0xeb]);
    await d.command(0xa1, { device: 0x10 });
    const words = d.words(256);
    expect([words[0], text(words.slice(27, 47)).trim()]).toEqual([0x85c0, "QEMU DVD-ROM"]);
    d.out(7, 0x08);
    expect([d.in(4), d.in(5), d.in(7)]).toEqual([0x14, 0xeb, 0]);
  });

  it("names itself, and its capacity", async () => {
    const d = drive();
    await packet(d, [0x12, 0, 0, 0, 36]);
    const inquiry = answer(d);
    expect([inquiry.length, inquiry[0], inquiry[1]]).toEqual([36, 5, 0x80]);
    expect(String.fromCharCode(...inquiry.slice(8, 32))).toBe("QEMU    QEMU DVD-ROM    ");
    await packet(d, [0x25]);
    expect(answer(d)).toEqual([0, 0, 1, 0xff, 0, 0, 8, 0]);
    await packet(d, [0]);
    expect(d.in(7)).toBe(DRDY | DSC);
  });

  it("reads blocks, no more at a time than there is room for, and by DMA", async () => {
    const d = drive();
    await packet(d, [0x28, 0, 0, 0, 0, 2, 0, 0, 2], { limit: 0x800 });
    d.irq.rises = 1;
    const bytes = answer(d);
    expect([bytes.length, d.irq.rises]).toEqual([4096, 3]);
    expect(bytes).toEqual([...d.image.bytes.subarray(4096, 8192)]);
    await packet(d, [0xa8, 0, 0, 0, 0, 3, 0, 0, 0, 1], { dma: true });
    d.startDma(true, [[0x8000, 2048]]);
    await d.settle();
    expect([d.irq.level, d.in(2), d.in(7)]).toEqual([true, 3, DRDY | DSC]);
    expect([...d.memory.bytes.subarray(0x8000, 0x8800)]).toEqual([...d.image.bytes.subarray(6144, 8192)]);
  });

  it("keeps sense data of what failed", async () => {
    const d = drive();
    const sense = async (...bytes: number[]) => {
      await packet(d, bytes);
      expect(d.in(7) & ERR).toBe(ERR);
      const key = d.in(1) >>> 4;
      await packet(d, [3, 0, 0, 0, 18]);
      const s = answer(d);
      expect(s[2]).toBe(key);
      return [s[2], s[12], s[13]];
    };
    expect(await sense(0x28, 0, 0, 0, 2, 0, 0, 0, 1)).toEqual([5, 0x21, 0]);
    expect(await sense(0xff)).toEqual([5, 0x20, 0]);
    d.image.broken = true;
    expect(await sense(0x28, 0, 0, 0, 0, 0, 0, 0, 1)).toEqual([3, 0x11, 0]);
    await packet(d, [3, 0, 0, 0, 18]);
    expect(answer(d)[2]).toBe(0);
  });

  it("has a table of contents, a configuration, a mode page", async () => {
    const d = drive();
    await packet(d, [0x43, 0, 0, 0, 0, 0, 0, 0, 100]);
    expect(answer(d)).toEqual([0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x16, 0xaa, 0, 0, 0, 2, 0]);
    await packet(d, [0x43, 2, 0, 0, 0, 0, 0xaa, 0, 100]);
    expect(answer(d).slice(-4)).toEqual([0, 0, 8, 62]);
    await packet(d, [0x46, 0, 0, 0, 0, 0, 0, 0, 8]);
    expect(answer(d)).toEqual([0, 0, 0, 0x24, 0, 0, 0, 8]);
    await packet(d, [0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 128]);
    expect(answer(d).slice(0, 10)).toEqual([0, 26, 1, 0, 0, 0, 0, 0, 0x2a, 18]);
    await packet(d, [0x1a, 0, 0x01, 0, 4]);
    expect(answer(d)).toEqual([11, 1, 0, 0]);
  });

  it("opens its tray unless that is forbidden, and says that the disc has come back", async () => {
    const d = drive();
    const event = async () => {
      await packet(d, [0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8]);
      return answer(d).slice(4, 6);
    };
    await packet(d, [0x1e, 0, 0, 0, 1]);
    await packet(d, [0x1b, 0, 0, 0, 2]);
    expect([d.in(7) & ERR, d.in(1) >>> 4]).toEqual([ERR, 5]);
    await packet(d, [0x1e, 0, 0, 0, 0]);
    await packet(d, [0x1b, 0, 0, 0, 2]);
    expect(d.in(7) & ERR).toBe(0);
    expect(await event()).toEqual([3, 1]);
    await packet(d, [0]);
    expect(d.in(1) >>> 4).toBe(2);
    await packet(d, [0x1b, 0, 0, 0, 3]);
    expect(await event()).toEqual([2, 2]);
    await packet(d, [0]);
    expect(d.in(1) >>> 4).toBe(6);
    await packet(d, [0]);
    expect(d.in(7) & ERR).toBe(0);
  });

  it("may be empty", async () => {
    const d = drive(true);
    await packet(d, [0x25]);
    expect([d.in(7) & ERR, d.in(1) >>> 4]).toEqual([ERR, 2]);
    await packet(d, [0x12, 0, 0, 0, 36]);
    expect(answer(d)).toHaveLength(36);
  });
});
