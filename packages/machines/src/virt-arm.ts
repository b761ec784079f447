/**
 * QEMU's "virt" board (QEMU 7.2, system/arm/virt in its manual): no hardware that ever existed, made for virtio. The device tree
 * that the guest gets is printed from this table. PSCI is the CPU's: by HVC.
 * With -bios the image is read-only memory in place of the first flash bank. Not modelled: PCIe, GICv2m, the platform bus.
 */
import { type FdtNode, fdtNode } from "@tsemu/loader";
import { edgeSpi, fwCfg, gicV2, pflash, phandles, pl011, pl031, pl061, ppi, spi, virtioMmio, virtioSlots } from "./arm-kinds.ts";
import { bootArm } from "./boot-arm.ts";
import type { MachineDescription, TreeContext } from "./describe.ts";

const KiB = 2 ** 10;
const MiB = 2 ** 20;

const tree = ({ options, random }: TreeContext): FdtNode => {
  const seed = (bytes: number): Uint8Array => {
    const value = new Uint8Array(bytes);
    random.fill(value);
    return value;
  };
  const cpus = Array.from({ length: options.cpuCount }, (_, i) =>
    fdtNode(`cpu@${i}`, {
      phandle: phandles.cpu0 + 0x100 * i,
      reg: i,
      ...(options.cpuCount > 1 ? { "enable-method": "psci" } : {}),
      // QEMU's `max` says it is a Cortex-A57, on 32-bit ARM too.
      compatible: `arm,${options.cpu === "max" ? "cortex-a57" : options.cpu}`,
      device_type: "cpu",
    }),
  );
  // Each timer interrupt: PPI, number (ID - 16), a mask of CPUs and "level high".
  const timer = (id: number): number[] => [1, id - 16, (((1 << options.cpuCount) - 1) << 8) | 4];
  return fdtNode(
    "",
    {
      "interrupt-parent": phandles.intc,
      model: "linux,dummy-virt",
      "#size-cells": 2,
      "#address-cells": 2,
      compatible: "linux,dummy-virt",
    },
    [
      fdtNode("psci", {
        migrate: 0x8400_0005,
        cpu_on: 0x8400_0003,
        cpu_off: 0x8400_0002,
        cpu_suspend: 0x8400_0001,
        method: "hvc",
        compatible: ["arm,psci-1.0", "arm,psci-0.2", "arm,psci"],
      }),
      fdtNode("cpus", { "#size-cells": 0, "#address-cells": 1 }, cpus),
      fdtNode("timer", {
        interrupts: [...timer(29), ...timer(30), ...timer(27), ...timer(26)],
        "always-on": true,
        compatible: "arm,armv7-timer",
      }),
      fdtNode("apb-pclk", {
        phandle: phandles.clock,
        "clock-output-names": "clk24mhz",
        "clock-frequency": 24_000_000,
        "#clock-cells": 0,
        compatible: "fixed-clock",
      }),
      fdtNode("chosen", { "stdout-path": "/pl011@9000000", "rng-seed": seed(32), "kaslr-seed": seed(8) }),
    ],
  );
};

export const virtArm: MachineDescription = {
  name: "virt",
  description: "QEMU 7.2 ARM Virtual Machine",
  target: "arm",
  boot: bootArm,
  cpus: ["cortex-a15", "cortex-a7", "max"],
  maxCpus: 1,
  ram: { base: 0x4000_0000, defaultBytes: 128 * MiB, maxBytes: 3072 * MiB },
  holes: "abort",
  firmware: { base: 0, size: 64 * MiB },
  virtioSlots,
  devices: [
    {
      name: "intc",
      is: gicV2,
      at: [
        { base: 0x0800_0000, size: 64 * KiB },
        { base: 0x0801_0000, size: 64 * KiB },
      ],
    },
    {
      name: "flash",
      is: pflash,
      at: [
        { base: 0, size: 64 * MiB },
        { base: 64 * MiB, size: 64 * MiB },
      ],
    },
    { name: "uart0", is: pl011, at: [{ base: 0x0900_0000, size: 4 * KiB }], irqs: [spi(1)], index: 0 },
    { name: "rtc", is: pl031, at: [{ base: 0x0901_0000, size: 4 * KiB }], irqs: [spi(2)] },
    { name: "fw_cfg", is: fwCfg, at: [{ base: 0x0902_0000, size: 0x18 }] },
    { name: "gpio", is: pl061, at: [{ base: 0x0903_0000, size: 4 * KiB }], irqs: [spi(7)] },
    ...Array.from({ length: virtioSlots }, (_, i) => ({
      name: `virtio${i}`,
      is: virtioMmio,
      at: [{ base: 0x0a00_0000 + 0x200 * i, size: 0x200 }],
      irqs: [edgeSpi(16 + i)],
      index: i,
    })),
  ],
  powerButton: { to: "gpio", input: 3 },
  cpuOutputs: { cntps: ppi(29), cntp: ppi(30), cntv: ppi(27), cnthp: ppi(26), pmu: ppi(23) },
  tree,
};
