/** Random register accesses, of every device of every board: none may throw, hang or take the host's memory. */
import type { BlockPort } from "@tsemu/hw";
import { SeededRandom } from "@tsemu/hw";
import { expect, it } from "vitest";
import { fakeHost } from "./fake-host.testing.ts";
import { build, type MachineDescription, versatilepb, virtArm } from "./index.ts";

const MiB = 2 ** 20;
const accesses = 20_000;
const seed = 20_260_101;

class FastDisk implements BlockPort {
  readonly size = 1 * MiB;
  readonly readOnly = false;
  busy = 0;
  read = async (_: number, into: Uint8Array) => void into.fill(1);
  write = async () => {};
  flush = async () => {};
  close = async () => {};
}

const cases: [string, MachineDescription, string, boolean][] = [
  ["versatilepb", versatilepb, "arm926", false],
  ["virt, legacy virtio", virtArm, "cortex-a15", false],
  ["virt, modern virtio", virtArm, "cortex-a15", true],
];

it.each(cases)("%s survives random accesses", async (_, machine, cpu, modernVirtio) => {
  const random = new SeededRandom(seed);
  const host = fakeHost();
  if (machine.virtioSlots > 0) {
    host.drives.push({ port: new FastDisk(), serialNumber: "fuzz" });
    host.nets.push({ port: { send: () => {}, attach: () => {} }, mac: new Uint8Array(6) });
  }
  const extra = machine.virtioSlots > 0 ? { consoles: [host.serial[1]!], rngs: 1 } : {};
  const built = build(machine, { ramBytes: MiB, cpu, cpuCount: 1 }, { ...host, ...extra, modernVirtio });
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
  for (const { device, size: length, name } of host.regions) {
    const started = performance.now();
    for (let i = 0; i < accesses; i++) {
      const size = pick([1, 2, 4, 4, 4]);
      // Mostly among the first registers: the larger part of most regions is empty.
      const offset = (random.next() % (random.next() % 4 === 0 ? length : Math.min(length, 0x140))) & ~(size - 1);
      if (random.next() % 2 === 0) {
        const result = device.read(offset, size);
        if (!Number.isInteger(result)) throw new Error(`${name}: read of offset ${offset} gave ${result}`);
      } else device.write(offset, value(), size);
      if (i % 64 === 0) host.clock.step(random.next() % 100_000);
      if (i % 1000 === 0) {
        await Promise.resolve();
        host.serial[random.next() % 4]!.type("text");
        for (const port of host.serial) {
          port.waiting.length = Math.min(port.waiting.length, 64);
          port.written.length = 0;
        }
      }
    }
    expect(performance.now() - started, `${name} took too long`).toBeLessThan(10_000);
  }
  built.reset();
  expect(host.lines.irq.level || host.lines.fiq.level, "all lines low after a reset").toBe(false);
});
