/**
 * Random register accesses, of every size, to every device of every board: none may throw, hang or take the host's memory, and after a
 * reset the board is as it was when it was switched on.
 */
import type { BlockPort } from "@tsemu/hw";
import { SeededRandom } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { fakeHost } from "./fake-host.testing.ts";
import { build, type IdeOptions, type MachineDescription, malta, microvm, pc, versatilepb, virtArm } from "./index.ts";

const MiB = 2 ** 20;
const accesses = 20_000;
const seed = 20_260_101;
/** The bytes of a region whose every register is accessed in every size: the largest register file is that of the GIC's distributor. */
const swept = 0x1000;

class FastDisk implements BlockPort {
  readonly size = 1 * MiB;
  readonly readOnly = false;
  read = async (_: number, into: Uint8Array) => void into.fill(1);
  write = async () => {};
  flush = async () => {};
  close = async () => {};
}

interface Case {
  readonly board: string;
  readonly machine: MachineDescription;
  readonly cpu: string;
  readonly modernVirtio: boolean;
}
const cases: readonly Case[] = [
  { board: "malta", machine: malta({ bigEndian: false }), cpu: "24Kf", modernVirtio: false },
  { board: "malta, big-endian", machine: malta({ bigEndian: true }), cpu: "24Kf", modernVirtio: false },
  { board: "pc", machine: pc({ bits: 64, cpus: ["qemu64"] }), cpu: "qemu64", modernVirtio: false },
  { board: "microvm", machine: microvm({ bits: 64, cpus: ["qemu64"] }), cpu: "qemu64", modernVirtio: false },
  { board: "versatilepb", machine: versatilepb, cpu: "arm926", modernVirtio: false },
  { board: "virt, legacy virtio", machine: virtArm, cpu: "cortex-a15", modernVirtio: false },
  { board: "virt, modern virtio", machine: virtArm, cpu: "cortex-a15", modernVirtio: true },
];

const ideUnits: readonly (IdeOptions | undefined)[] = [
  { kind: "disk", port: new FastDisk() },
  { kind: "cdrom", port: new FastDisk() },
  { kind: "cdrom", port: undefined },
];

/** The board with every device that can be plugged in. */
const machineOf = ({ machine, cpu, modernVirtio }: Case) => {
  const host = fakeHost(machine.ram.base);
  if (machine.virtioSlots > 0) {
    host.drives.push({ port: new FastDisk(), serialNumber: "fuzz" });
    host.nets.push({ port: { send: () => {}, attach: () => {} }, mac: new Uint8Array(6) });
  }
  if (machine.nic !== undefined) host.nets.push({ port: { send: () => {}, attach: () => {} }, mac: new Uint8Array(6) });
  const ide = (machine.ideChannels ?? 0) > 0 ? { ide: ideUnits } : {};
  const extra = {
    ...ide,
    floppies: [new FastDisk(), undefined],
    ...(machine.virtioSlots > 0 ? { consoles: [host.serial[1]!], rngs: 1 } : {}),
  };
  const built = build(machine, { ramBytes: MiB, cpu, cpuCount: 1 }, { ...host, ...extra, modernVirtio });
  // Windows as large as the address space are looked at elsewhere: what is in them is there by itself, or on the bus.
  const regions = [...host.regions.filter(({ size }) => size < 2 ** 32), ...host.ports.filter(({ size }) => size < 0x1_0000)];
  return { host: { ...host, regions }, built };
};
type Host = ReturnType<typeof machineOf>["host"];
type Region = Host["regions"][number];

/** What outlives a reset, as on the real boards: non-volatile flags, the clock on its battery, the contents of flash memory and of the display's. */
const lasting: Readonly<Record<string, (offset: number, base: number) => boolean>> = {
  sysreg: (offset) => offset === 0x38 || offset === 0x24 || offset === 0x5c,
  rtc: (offset) => offset === 0 || offset === 8,
  flash: () => true,
  vga: (_, base) => base === 0xa_0000,
};

/** Every register's value, in order; reading may itself change some. */
const registersOf = (host: Host): string[] =>
  host.regions.flatMap(({ device, size, name, base }) =>
    Array.from({ length: Math.ceil(Math.min(size, swept) / 4) }, (_, i) => {
      const width = Math.min(4, size - 4 * i) as 1 | 2 | 4;
      const value = device.read(4 * i, width) >>> 0;
      return lasting[name]?.(4 * i, base) === true ? "" : `${name} ${(base + 4 * i).toString(16)}: ${value.toString(16)}`;
    }),
  );

describe.each(cases)("$board", (which) => {
  const random = new SeededRandom(seed);
  const { host, built } = machineOf(which);
  random.fill(host.dma.bytes);
  const pick = <T>(list: readonly T[]): T => list[random.next() % list.length]!;
  // Values that reach somewhere: anything, a small number, one bit, an address or page number of RAM.
  const value = (): number =>
    pick([
      random.next(),
      random.next() % 16,
      (1 << (random.next() % 32)) >>> 0,
      0x4000_0000 + (random.next() % MiB),
      0x4_0000 + (random.next() % 256),
    ]);
  const access = ({ device, name }: Region, offset: number, size: number, write: boolean): void => {
    if (write) return device.write(offset, size === 4 ? value() : value() % 2 ** (8 * size), size);
    const result = device.read(offset, size);
    if (!Number.isInteger(result)) throw new Error(`${name}: read of ${size} bytes at ${offset} gave ${result}`);
  };
  const letTimePass = async (): Promise<void> => {
    await Promise.resolve();
    host.serial[random.next() % 4]!.type("text");
    for (const port of host.serial) {
      port.waiting.length = Math.min(port.waiting.length, 64);
      port.written.length = 0;
    }
  };
  const within = async (region: Region, work: () => Promise<void>): Promise<void> => {
    const started = performance.now();
    await work();
    expect(performance.now() - started, `${region.name} took too long`).toBeLessThan(10_000);
  };

  it("survives every register in every size, from one end of a region to the other", async () => {
    for (const region of host.regions)
      await within(region, async () => {
        const ends = [0, Math.max(0, region.size - swept)];
        for (const start of ends)
          for (const size of [1, 2, 4])
            for (let offset = start; offset + size <= Math.min(region.size, start + swept); offset += size) {
              access(region, offset, size, false);
              access(region, offset, size, true);
              if (offset % 64 === 0) host.clock.step(random.next() % 10_000);
            }
        await letTimePass();
      });
  });

  it("survives random accesses", async () => {
    for (const region of host.regions)
      await within(region, async () => {
        for (let i = 0; i < accesses; i++) {
          const size = pick([1, 2, 4, 4, 4]);
          if (size > region.size) continue;
          // Mostly among the first registers: the larger part of most regions is empty.
          const offset = (random.next() % (random.next() % 4 === 0 ? region.size : Math.min(region.size, 0x140))) & ~(size - 1);
          access(region, offset, size, random.next() % 2 === 0);
          if (i % 64 === 0) host.clock.step(random.next() % 100_000);
          if (i % 1000 === 0) await letTimePass();
        }
      });
  });

  it("survives accesses that go from device to device", async () => {
    for (let i = 0; i < 2 * accesses; i++) {
      const region = pick(host.regions);
      const size = pick([1, 2, 4, 4]);
      if (size > region.size) continue;
      access(region, (random.next() % Math.min(region.size, 0x200)) & ~(size - 1), size, random.next() % 3 !== 0);
      if (i % 64 === 0) host.clock.step(random.next() % 1_000_000);
      if (i % 1000 === 0) await letTimePass();
    }
  });

  it("is as new after a reset", async () => {
    // Work that was begun ends before it, and nobody types any more.
    host.clock.step(1e9);
    await letTimePass();
    for (const port of host.serial) port.waiting.length = 0;
    built.reset();
    expect(host.lines.irq.level || host.lines.fiq.level, "all lines low after a reset").toBe(false);
    const fresh = machineOf(which);
    fresh.host.clock.step(host.clock.now());
    expect(registersOf(host)).toEqual(registersOf(fresh.host));
    expect(host.lines.irq.level || host.lines.fiq.level).toBe(false);
  });
});
