import { Logger } from "@tsemu/base";
import { type MmioDevice, FakeCharPort, FakeClock, FakeMemory, RecordedLine, SeededRandom } from "@tsemu/hw";
import { findNode, getCells, getString, parseFdt, serialiseFdt } from "@tsemu/loader";
import { describe, expect, it } from "vitest";
import { build, virtArm } from "./index.ts";

const MiB = 2 ** 20;

export const fakeHost = () => {
  const lines = { irq: new RecordedLine(), fiq: new RecordedLine() };
  const regions: { base: number; size: number; device: MmioDevice; name: string }[] = [];
  const clock = new FakeClock();
  const serial = [new FakeCharPort(), new FakeCharPort(), new FakeCharPort(), new FakeCharPort()];
  const events: string[] = [];
  const at = (pa: number) => {
    const region = regions.find((r) => pa >= r.base && pa < r.base + r.size);
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
    mapRom: (base: number, size: number) => void events.push(`rom ${base.toString(16)} ${size / MiB}`),
    cpuIrq: (name: "irq" | "fiq") => lines[name],
    drives: [],
    nets: [],
    wallClockSeconds: () => 1_600_000_000,
    shutdown: (reason: string) => void events.push(`shutdown ${reason}`),
    reset: () => void events.push("reset"),
  };
};

const options = { ramBytes: 256 * MiB, cpu: "cortex-a15", cpuCount: 1 };

describe("virt", () => {
  it("delivers the UART's interrupt as SPI 1 and the timer's as PPI 30", () => {
    const host = fakeHost();
    const machine = build(virtArm, options, host);
    expect(host.events).toEqual(["ram 40000000 256"]);
    host.write(0x0800_0000, 1);
    host.write(0x0800_0100, 1 << 30);
    host.write(0x0800_0104, 1 << 1);
    host.write(0x0801_0004, 0xff);
    host.write(0x0801_0000, 1);
    host.write(0x0900_0038, 0x10);
    host.serial[0]!.type("x");
    expect(host.lines.irq.level).toBe(true);
    expect(host.read(0x0801_000c)).toBe(33);
    expect(host.read(0x0900_0000)).toBe(0x78);
    host.write(0x0801_0010, 33);
    expect(host.lines.irq.level).toBe(false);
    machine.cpuOutput("cntp").set(true);
    expect(host.read(0x0801_000c)).toBe(30);
    machine.reset();
    expect(host.read(0x0801_0000)).toBe(0);
  });

  it("describes itself to Linux", () => {
    const tree = parseFdt(serialiseFdt(build(virtArm, options, fakeHost()).deviceTree()!));
    expect(getCells(findNode(tree, "/memory@40000000")!, "reg")).toEqual([0, 0x4000_0000, 0, 0x1000_0000]);
    expect(getCells(findNode(tree, "/timer")!, "interrupts")).toEqual([1, 13, 0x104, 1, 14, 0x104, 1, 11, 0x104, 1, 10, 0x104]);
    expect(getCells(findNode(tree, "/pl011@9000000")!, "interrupts")).toEqual([0, 1, 4]);
    expect(getCells(findNode(tree, "/intc@8000000")!, "reg")).toEqual([0, 0x800_0000, 0, 0x1_0000, 0, 0x801_0000, 0, 0x1_0000]);
    const console = getString(findNode(tree, "/chosen")!, "stdout-path")!;
    expect(findNode(tree, console)).toBeDefined();
    expect(findNode(tree, "/chosen")!.properties.get("rng-seed")!.length).toBe(32);
  });

  it("refuses what the board does not take", () => {
    expect(() => build(virtArm, { ...options, cpu: "arm926" }, fakeHost())).toThrow("CPU type arm926 not supported");
    expect(() => build(virtArm, { ...options, cpuCount: 9 }, fakeHost())).toThrow("Invalid SMP CPUs 9");
    expect(() => build(virtArm, { ...options, ramBytes: 4096 * MiB }, fakeHost())).toThrow("RAM");
  });
});
