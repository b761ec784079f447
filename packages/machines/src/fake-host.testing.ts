/** The engine and the host of a machine, for tests: regions in a list, lines and streams recorded. */
import { Logger } from "@tsemu/base";
import { FakeCharPort, FakeClock, FakeMemory, type MmioDevice, RecordedLine, SeededRandom } from "@tsemu/hw";
import type { DriveOptions, NetOptions } from "./describe.ts";

const MiB = 2 ** 20;

export const fakeHost = () => {
  const lines = { irq: new RecordedLine(), fiq: new RecordedLine(), irq2: new RecordedLine() };
  const regions: { base: number; size: number; device: MmioDevice; name: string }[] = [];
  const clock = new FakeClock();
  const serial = [new FakeCharPort(), new FakeCharPort(), new FakeCharPort(), new FakeCharPort()];
  const events: string[] = [];
  const at = (pa: number) => {
    // Where ranges overlap the one added last is seen.
    const region = regions.findLast((r) => pa >= r.base && pa < r.base + r.size);
    if (region === undefined) throw new Error(`nothing at ${pa.toString(16)}`);
    return { device: region.device, offset: pa - region.base };
  };
  return {
    lines,
    regions,
    serial,
    events,
    read: (pa: number, size = 4) => at(pa).device.read(at(pa).offset, size),
    write: (pa: number, value: number, size = 4) => at(pa).device.write(at(pa).offset, value, size),
    clock,
    log: new Logger(),
    dma: new FakeMemory(0x4000_0000, MiB),
    random: new SeededRandom(1),
    mapMmio: (base: number, size: number, device: MmioDevice, name: string) => void regions.push({ base, size, device, name }),
    mapRam: (base: number, size: number) => void events.push(`ram ${base.toString(16)} ${size / MiB}`),
    mapAlias: (base: number, size: number, to: number) => void events.push(`alias ${base.toString(16)} ${size / MiB} ${to.toString(16)}`),
    mapRom: (base: number, size: number) => void events.push(`rom ${base.toString(16)} ${size / MiB}`),
    cpuIrq: (name: string) => lines[name as keyof typeof lines],
    drives: [] as DriveOptions[],
    nets: [] as NetOptions[],
    wallClockSeconds: () => 1_600_000_000,
    shutdown: (reason: string) => void events.push(`shutdown ${reason}`),
    reset: () => void events.push("reset"),
  };
};
