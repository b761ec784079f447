import { Logger } from "@tsemu/base";
import { FakeClock, FakeMemory, RecordedLine, SeededRandom } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { devfn, PciBus } from "../pci/bus.ts";
import { VirtioRng } from "./rng.ts";
import { VirtioPci } from "./transport-pci.ts";

const RAM = 0x10_0000;
const IO = 0xc000;
const TABLE = 0xfeb0_0000;
/** Beyond 4 GiB: an address of 64 bits. */
const MODERN = 2 ** 32 + 0x10_0000;
const size = 8;

const setUp = () => {
  const bus = new PciBus();
  const memory = new FakeMemory(RAM, 0x1_0000);
  const irq = new RecordedLine();
  const messages: number[][] = [];
  const wires = { name: "rng", clock: new FakeClock(), log: new Logger() };
  const device = new VirtioRng(new SeededRandom(1));
  const message = (...args: number[]): void => void messages.push(args);
  const virtio = new VirtioPci({ ...wires, bus, slot: 4, irq, dma: memory, device, message });
  virtio.reset();
  const config = (at: number, width = 4): number => bus.readConfig((devfn(4, 0) << 8) | at, width);
  const setConfig = (at: number, value: number, width = 4): void => bus.writeConfig((devfn(4, 0) << 8) | at, value, width);
  setConfig(0x10, IO);
  setConfig(0x14, TABLE);
  setConfig(0x20, MODERN % 2 ** 32);
  setConfig(0x24, 1);
  setConfig(4, 7, 2);
  const view = new DataView(memory.bytes.buffer);
  /** One request for 16 bytes. */
  const request = (available: number): void => {
    view.setBigUint64(0, BigInt(RAM + 0x8000), true);
    view.setUint32(8, 16, true);
    view.setUint16(12, 2, true);
    view.setUint16(available - RAM + 2, 1, true);
  };
  const filled = (): boolean => memory.bytes.subarray(0x8000, 0x8010).some((byte) => byte !== 0);
  return { bus, irq, messages, config, setConfig, request, filled };
};

/** Sets up queue 0 as a driver of version 1 does. */
const startModern = ({ bus, request }: ReturnType<typeof setUp>): void => {
  const write = (at: number, value: number, width: number): void => bus.memory.write(MODERN + at, value, width);
  write(0x14, 0, 1);
  write(0x14, 3, 1);
  write(0x08, 1, 4);
  write(0x0c, 1, 4);
  write(0x14, 0xb, 1);
  expect(bus.memory.read(MODERN + 0x14, 1)).toBe(0xb);
  write(0x16, 0, 2);
  write(0x18, size, 2);
  write(0x20, RAM, 4);
  write(0x28, RAM + 0x400, 4);
  write(0x30, RAM + 0x800, 4);
  write(0x1c, 1, 2);
  write(0x14, 0xf, 1);
  request(RAM + 0x400);
};

describe("virtio over PCI", () => {
  it("is a transitional device with capabilities for version 1", () => {
    const { config } = setUp();
    expect([config(0), config(8), config(0x2c)]).toEqual([0x1005_1af4, 0x00ff_0000, 0x0004_1af4]);
    const found: number[][] = [];
    for (let at = config(0x34, 1); at !== 0; at = config(at + 1, 1))
      found.push(config(at, 1) === 9 ? [config(at + 3, 1), config(at + 4, 1), config(at + 8)] : [config(at, 1)]);
    expect(found).toEqual([[0x11], [5, 0, 0], [2, 4, 0x3000], [4, 4, 0x2000], [3, 4, 0x1000], [1, 4, 0]]);
  });

  it("serves a driver of version 1, with the pin", () => {
    const t = setUp();
    startModern(t);
    t.bus.memory.write(MODERN + 0x3000, 0, 2);
    expect([t.filled(), t.irq.level]).toEqual([true, true]);
    expect([t.bus.memory.read(MODERN + 0x1000, 1), t.irq.level, t.bus.memory.read(MODERN + 0x1000, 1)]).toEqual([1, false, 0]);
    // Not with the pin switched off.
    t.setConfig(4, 0x407, 2);
    expect(t.config(4, 2)).toBe(0x407);
    t.bus.memory.write(MODERN + 0x14, 0, 1);
    expect(t.bus.memory.read(MODERN + 0x14, 1)).toBe(0);
  });

  it("sends messages instead, and keeps those that are masked", () => {
    const t = setUp();
    t.setConfig(0x9a, 0x8000, 2);
    t.bus.memory.write(TABLE + 16, 0xfee0_0000, 4);
    t.bus.memory.write(TABLE + 24, 0x41, 4);
    startModern(t);
    t.bus.memory.write(MODERN + 0x1a, 1, 2);
    expect(t.bus.memory.read(MODERN + 0x1a, 2)).toBe(1);
    t.bus.memory.write(MODERN + 0x3000, 0, 2);
    expect([t.irq.level, t.messages, t.bus.memory.read(TABLE + 0x800, 4)]).toEqual([false, [], 2]);
    t.bus.memory.write(TABLE + 28, 0, 4);
    expect([t.messages, t.bus.memory.read(TABLE + 0x800, 4)]).toEqual([[[0xfee0_0000, 0x41]], 0]);
    // A vector that there is not.
    t.bus.memory.write(MODERN + 0x1a, 7, 2);
    expect(t.bus.memory.read(MODERN + 0x1a, 2)).toBe(0xffff);
  });

  it("refuses a driver that does not say which version it is", () => {
    const { bus } = setUp();
    bus.memory.write(MODERN + 0x14, 0xb, 1);
    expect(bus.memory.read(MODERN + 0x14, 1)).toBe(3);
  });

  it("serves a driver of before, at ports", () => {
    const t = setUp();
    const { io } = t.bus;
    io.write(IO + 0x12, 3, 1);
    io.write(IO + 0x0e, 0, 2);
    const largest = io.read(IO + 0x0c, 2);
    expect(largest).toBeGreaterThan(0);
    io.write(IO + 8, RAM / 4096, 4);
    io.write(IO + 0x12, 7, 1);
    t.request(RAM + 16 * largest);
    io.write(IO + 0x10, 0, 2);
    expect([t.filled(), t.irq.level, io.read(IO + 0x13, 1), t.irq.level]).toEqual([true, true, 1, false]);
    io.write(IO + 8, 0, 4);
    expect(io.read(IO + 0x12, 1)).toBe(0);
  });

  it("is reached through configuration space, too", () => {
    const { config, setConfig } = setUp();
    setConfig(0x84 + 4, 4, 1);
    setConfig(0x84 + 8, 0x14);
    setConfig(0x84 + 12, 1);
    setConfig(0x84 + 16, 3, 1);
    expect(config(0x84 + 16, 1)).toBe(3);
  });
});
