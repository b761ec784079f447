/** A hostile driver: random accesses to both channels' registers and bus masters, with both kinds of unit, and DMA all over memory. */
import { Logger } from "@tsemu/base";
import { FakeClock, FakeMemory, RecordedLine, SeededRandom } from "@tsemu/hw";
import { expect, it } from "vitest";
import { devfn, PciBus } from "../pci/bus.ts";
import { Piix4Ide } from "../pci/piix4-ide.ts";
import { ataDisk } from "./ata-disk.ts";
import { cdRom } from "./cd-rom.ts";

const MiB = 2 ** 20;
const memoryBytes = MiB;

const port = (fails: () => boolean) => ({
  size: MiB,
  readOnly: false,
  read: async (at: number, into: Uint8Array) => {
    if (at < 0 || at + into.length > MiB) throw new RangeError(`outside of the disk: ${at}`);
    if (fails()) throw new Error("broken");
  },
  write: async (at: number, from: Uint8Array) => {
    if (at < 0 || at + from.length > MiB) throw new RangeError(`outside of the disk: ${at}`);
  },
  flush: async () => {},
  close: async () => {},
});

/** Commands that move data come up often. */
const likely = [
  0x20, 0x24, 0x25, 0x29, 0x30, 0x34, 0x35, 0x39, 0xc4, 0xc5, 0xc6, 0xc8, 0xca, 0xa0, 0xa0, 0xa0, 0xa1, 0xec, 0xef, 0xe7, 0x91, 0x90,
];
const packets = [0x00, 0x03, 0x12, 0x1a, 0x1b, 0x1e, 0x25, 0x28, 0x43, 0x46, 0x4a, 0x51, 0x5a, 0xa8, 0xad, 0xbd, 0xbe];

it.each([1, 2, 3, 4])(
  "survives, seed %i",
  async (seed) => {
    const random = new SeededRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[random.next() % list.length]!;
    const bus = new PciBus();
    const memory = new FakeMemory(0, memoryBytes);
    random.fill(memory.bytes);
    const disk = port(() => random.next() % 16 === 0);
    const units = [
      ataDisk({ port: disk, serialNumber: "1" }),
      cdRom({ port: disk, serialNumber: "2" }),
      cdRom({ port: undefined, serialNumber: "3" }),
      ataDisk({ port: disk, serialNumber: "4" }),
    ];
    const irqs = [new RecordedLine(), new RecordedLine()] as const;
    const ide = new Piix4Ide({ name: "ide", clock: new FakeClock(), log: new Logger(), bus, slot: 1, dma: memory, units, irqs });
    const config = devfn(1, 1) << 8;
    const enable = (): void => {
      bus.writeConfig(config | 4, 7, 2);
      bus.writeConfig(config | 0x40, 0x8000_8000, 4);
      bus.writeConfig(config | 0x20, 0xc001, 4);
    };
    enable();
    const started = performance.now();
    for (let i = 0; i < 60_000; i++) {
      const base = pick([0x1f0, 0x170]);
      const size = pick([1, 1, 2, 4]);
      switch (random.next() % 12) {
        case 0:
          bus.io.write(base + 7, pick([random.next() & 0xff, pick(likely), pick(likely)]), 1);
          break;
        case 1:
          bus.io.write(base + (random.next() % 8), random.next() & 0xff, size);
          break;
        case 2:
          bus.io.write(base + 2, random.next() % 4 === 0 ? random.next() & 0xff : 1, 1);
          for (let n = 3; n < 6; n++) bus.io.write(base + n, random.next() % 2 === 0 ? 0 : random.next() & 0xff, 1);
          bus.io.write(base + 6, pick([0xe0, 0xf0, 0xa0, 0xb0]), 1);
          break;
        case 3: {
          // A packet, if one is wanted.
          const bytes = Uint8Array.from({ length: 12 }, () => (random.next() % 2 === 0 ? 0 : random.next()));
          bytes[0] = pick(packets);
          for (let n = 0; n < 12; n += 2) bus.io.write(base, bytes[n]! | (bytes[n + 1]! << 8), 2);
          break;
        }
        case 4:
        case 5:
          for (let n = random.next() % 700; n > 0; n--) bus.io.read(base, size);
          break;
        case 6:
          for (let n = random.next() % 300; n > 0; n--) bus.io.write(base, random.next(), 2);
          break;
        case 7:
          bus.io.write(0xc000 + pick([0, 8]) + 4, pick([random.next() % memoryBytes, random.next()]), 4);
          break;
        case 8:
          bus.io.write(0xc000 + (random.next() % 16), random.next(), size);
          break;
        case 9:
          bus.io.write(pick([0x3f6, 0x376]), random.next() % 4 === 0 ? random.next() & 0xff : 0, 1);
          break;
        case 10:
          if (random.next() % 64 === 0) {
            bus.writeConfig(config | (random.next() & 0xff), random.next(), size);
            enable();
          }
          break;
        default: {
          const value = bus.io.read(pick([base, 0xc000]) + (random.next() % 16), size);
          expect(Number.isInteger(value) && value >= 0 && value < 2 ** (8 * size)).toBe(true);
        }
      }
      if (i % 4 === 0) await Promise.resolve();
      if (i % 5000 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    expect(performance.now() - started).toBeLessThan(60_000);
    await new Promise((resolve) => setTimeout(resolve));
    ide.reset();
    expect(irqs.map((line) => line.level)).toEqual([false, false]);
    enable();
    for (const unit of [0xa0, 0xb0])
      for (const base of [0x1f0, 0x170]) {
        bus.io.write(base + 6, unit, 1);
        expect([0x50, 0]).toContain(bus.io.read(base + 7, 1));
      }
  },
  120_000,
);
