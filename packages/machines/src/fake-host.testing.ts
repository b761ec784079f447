/** The engine and the host of a machine, for tests: regions in a list, lines and streams recorded. */
import { Logger } from "@tsemu/base";
import { FakeCharPort, FakeClock, FakeMemory, type MapPart, type MmioDevice, RecordedLine, SeededRandom } from "@tsemu/hw";
import type { DriveOptions, NetOptions } from "./describe.ts";

const MiB = 2 ** 20;

export const fakeHost = (ramBase = 0x4000_0000) => {
  const dma = new FakeMemory(ramBase, MiB);
  const variables = new Map<string, readonly MapPart[]>();
  const variableCounts = new Map<string, number>();
  const lines = { irq: new RecordedLine(), fiq: new RecordedLine(), irq2: new RecordedLine() };
  /** By name, what else CPUs have. */
  const wires: Record<string, RecordedLine> = { ...lines };
  const regions: { base: number; size: number; device: MmioDevice; name: string }[] = [];
  const ports: typeof regions = [];
  const clock = new FakeClock();
  const serial = [new FakeCharPort(), new FakeCharPort(), new FakeCharPort(), new FakeCharPort()];
  const events: string[] = [];
  const find = (list: typeof regions, address: number) => {
    // Where ranges overlap the one added last is seen.
    const region = list.findLast((r) => address >= r.base && address < r.base + r.size);
    if (region === undefined) throw new Error(`nothing at ${address.toString(16)}`);
    return { device: region.device, offset: address - region.base };
  };
  const at = (pa: number) => find(regions, pa);
  const portAt = (port: number) => find(ports, port);
  return {
    lines,
    regions,
    ports,
    serial,
    events,
    read: (pa: number, size = 4) => at(pa).device.read(at(pa).offset, size),
    write: (pa: number, value: number, size = 4) => at(pa).device.write(at(pa).offset, value, size),
    clock,
    log: new Logger(),
    dma,
    random: new SeededRandom(1),
    mapMmio: (base: number, size: number, device: MmioDevice, name: string, layer?: string) => {
      if (layer === "ground") regions.unshift({ base, size, device, name });
      else regions.push({ base, size, device, name });
    },
    mapIo: (base: number, size: number, device: MmioDevice, name: string) => void ports.push({ base, size, device, name }),
    in: (port: number, size = 1) => portAt(port).device.read(portAt(port).offset, size),
    out: (port: number, value: number, size = 1) => portAt(port).device.write(portAt(port).offset, value, size),
    mapRam: (base: number, size: number) => {
      events.push(`ram ${base.toString(16)} ${size / MiB}`);
      return { size, bytes: dma.base === base ? dma.bytes : new Uint8Array(0) };
    },
    memoryBlock: (size: number) => ({ size, bytes: new Uint8Array(size) }),
    variables,
    /** Maps of the same name are numbered. */
    mapVariable: (name: string) => {
      const number = variableCounts.get(name) ?? 0;
      variableCounts.set(name, number + 1);
      return { set: (parts: readonly MapPart[]) => void variables.set(`${name} ${number}`, parts) };
    },
    mapAlias: (base: number, size: number, to: number) => void events.push(`alias ${base.toString(16)} ${size / MiB} ${to.toString(16)}`),
    mapRom: (base: number, size: number) => void events.push(`rom ${base.toString(16)} ${size / MiB}`),
    wires,
    cpuIrq: (name: string) => (wires[name] ??= new RecordedLine()),
    drives: [] as DriveOptions[],
    nets: [] as NetOptions[],
    wallClockSeconds: () => 1_600_000_000,
    shutdown: (reason: string) => void events.push(`shutdown ${reason}`),
    reset: () => void events.push("reset"),
  };
};
