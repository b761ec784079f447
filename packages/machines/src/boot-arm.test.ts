import { fdtNode, fdtTree, findNode, getCells, getString, parseFdt, serialiseFdt } from "@tsemu/loader";
import { expect, it } from "vitest";
import { fakeHost } from "./fake-host.testing.ts";
import { bootArm, build, versatilepb, virtArm } from "./index.ts";

const MiB = 2 ** 20;
const kernel = { name: "zImage", bytes: new Uint8Array(1000) };
const virt = (firmware?: Uint8Array) => build(virtArm, { ramBytes: 256 * MiB, cpu: "cortex-a15", cpuCount: 1, firmware }, fakeHost());
const versatile = () => build(versatilepb, { ramBytes: 64 * MiB, cpu: "arm926", cpuCount: 1 }, fakeHost());

it("boots virt with its own tree, its seeds new each time", () => {
  const machine = virt();
  const trees = [0, 1].map(() => {
    const image = bootArm(machine, { kernel, commandLine: "quiet" });
    expect(image.entry).toBe(0x4000_0000);
    return parseFdt(image.parts.find((p) => p.what === "device tree")!.bytes);
  });
  const chosen = trees.map((tree) => findNode(tree, "/chosen")!);
  expect(getString(chosen[0]!, "bootargs")).toBe("quiet");
  expect(getCells(chosen[0]!, "rng-seed")).not.toEqual(getCells(chosen[1]!, "rng-seed"));
});

it("boots versatilepb with a given tree, whose memory it corrects, or with ATAGS", () => {
  const bytes = serialiseFdt(
    fdtTree(fdtNode("", { "#address-cells": 1, "#size-cells": 1 }, [fdtNode("memory", { device_type: "memory", reg: [0, 0x800_0000] })])),
  );
  const image = bootArm(versatile(), { kernel, dtb: { name: "pb.dtb", bytes } });
  const tree = parseFdt(image.parts.find((p) => p.what === "device tree")!.bytes);
  expect(tree.root.children.filter((n) => n.name.startsWith("memory")).map((n) => getCells(n, "reg"))).toEqual([[0, 64 * MiB]]);
  expect(bootArm(versatile(), { kernel }).parts.some((p) => p.what === "ATAGS")).toBe(true);
});

it("starts firmware at the reset vector with the tree at the RAM base", () => {
  const image = bootArm(virt(new Uint8Array(100)), {});
  expect([image.entry, image.parts[0]!.pa]).toEqual([0, 0x4000_0000]);
  expect(() => bootArm(virt(), { commandLine: "x" })).toThrow("-append/-initrd only allowed with -kernel option");
  expect(() => bootArm(virt(), { kernel, dtb: kernel })).toThrow("not a device tree blob");
});
