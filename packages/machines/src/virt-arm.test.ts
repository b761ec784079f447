import { type FdtNode, findNode, getCells, getString, parseFdt, serialiseFdt } from "@tsemu/loader";
import { describe, expect, it } from "vitest";
import { fakeHost } from "./fake-host.testing.ts";
import { expectedVirtTree } from "./virt-arm.qemu.testing.ts";
import { build, versatilepb, virtArm } from "./index.ts";

const MiB = 2 ** 20;

const options = { ramBytes: 256 * MiB, cpu: "cortex-a15", cpuCount: 1 };

/** One line a property, with its full path. */
const flatten = (node: FdtNode, path: string): string[] => [
  ...[...node.properties].map(([name, bytes]) => `${path}/${name} ${Buffer.from(bytes).toString("hex")}`.trimEnd()),
  ...node.children.flatMap((child) => flatten(child, `${path}/${child.name}`)),
];

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

  it("has flash at 0 unless firmware is there, and always at 64 MiB", () => {
    const host = fakeHost();
    build(virtArm, options, host);
    host.write(0, 0x98);
    expect(host.read(0x40)).toBe(0x51_0051);
    const withFirmware = fakeHost();
    build(virtArm, { ...options, firmware: new Uint8Array(16) }, withFirmware);
    expect(withFirmware.events).toContain("rom 0 64");
    expect(() => withFirmware.read(0)).toThrow("nothing at 0");
    withFirmware.write(0x0400_0000, 0x98);
    expect(withFirmware.read(0x0400_0040)).toBe(0x51_0051);
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

  it("gives disks to the transports from the last down", () => {
    const host = fakeHost();
    const port = { size: 512, readOnly: false, read: async () => {}, write: async () => {}, flush: async () => {}, close: async () => {} };
    host.drives.push({ port }, { port });
    host.nets.push({ port: { send: () => {}, attach: () => {} }, mac: new Uint8Array(6) });
    build(virtArm, options, host);
    const ids = Array.from({ length: 32 }, (_, i) => host.read(0x0a00_0008 + 0x200 * i));
    expect(ids.slice(28)).toEqual([0, 1, 2, 2]);
    expect(ids.slice(0, 28).every((id) => id === 0)).toBe(true);
    expect(host.read(0x0a00_3e04)).toBe(1);
    expect(() => build(versatilepb, { ...options, cpu: "arm926" }, host)).toThrow("No 'virtio-bus' bus found");
  });

  it("presses the power key on GPIO line 3", () => {
    const host = fakeHost();
    const machine = build(virtArm, options, host);
    host.write(0x0903_0408, 8);
    host.write(0x0903_0410, 8);
    machine.pressPowerButton();
    expect(host.read(0x0903_0000 + (8 << 2))).toBe(8);
    host.write(0x0903_041c, 8);
    host.clock.step(100e6);
    expect(host.read(0x0903_0000 + (8 << 2))).toBe(0);
    expect(host.read(0x0903_0418)).toBe(8);
  });

  it("has the properties of QEMU's tree for what it models", () => {
    const tree = build(virtArm, options, fakeHost()).deviceTree()!;
    const seeds = /rng-seed|kaslr-seed/;
    const ours = flatten(tree.root, "").filter((line) => !seeds.test(line));
    expect(ours.sort()).toEqual(expectedVirtTree.trim().split("\n"));
  });

  it("refuses what the board does not take", () => {
    expect(() => build(virtArm, { ...options, cpu: "arm926" }, fakeHost())).toThrow("CPU type arm926 not supported");
    expect(() => build(virtArm, { ...options, cpuCount: 9 }, fakeHost())).toThrow("Invalid SMP CPUs 9");
    expect(() => build(virtArm, { ...options, ramBytes: 4096 * MiB }, fakeHost())).toThrow("memory size must not exceed");
  });
});
