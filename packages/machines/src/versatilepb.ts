/**
 * The ARM Versatile Platform Baseboard for the ARM926EJ-S: ARM DUI 0225D, as QEMU's "versatilepb". It has no device tree of its own:
 * a kernel gets the one of -dtb, or ATAGS.
 * Not modelled: what the table calls `missing`, and PCI.
 */
import { Pl061, Pl190, Sp804, VersatileSic, VersatileSysreg } from "@tsemu/devices";
import { pl011, pl031, unimplemented } from "./arm-kinds.ts";
import { bootArm } from "./boot-arm.ts";
import type { DeviceKind, DeviceRow, MachineDescription, Wire } from "./describe.ts";

const KiB = 2 ** 10;
const MiB = 2 ** 20;

const vic = (input: number): Wire => ({ to: "vic", input });
const sic = (input: number): Wire => ({ to: "sic", input });
const at = (base: number, size = 4 * KiB) => [{ base, size }];

const pl190: DeviceKind = {
  create({ wires, host }) {
    const device = new Pl190({ ...wires, irq: host.cpuIrq("irq", 0), fiq: host.cpuIrq("fiq", 0) });
    return { device, mmio: [device], input: (n) => device.input(n) };
  },
};

const versatileSic: DeviceKind = {
  create({ wires, irq }) {
    const device = new VersatileSic({ ...wires, outputs: Array.from({ length: 32 }, (_, n) => irq(n)) });
    return { device, mmio: [device], input: (n) => device.input(n) };
  },
};

const sysreg: DeviceKind = {
  create({ wires, host }) {
    const device = new VersatileSysreg({
      ...wires,
      id: 0x4100_7004, // a Versatile/PB
      processorIds: [0x0200_0000, 0xff00_0000], // an ARM926 core tile, no second tile
      onReset: () => host.reset(),
    });
    return { device, mmio: [device] };
  },
};

const sp804: DeviceKind = {
  create({ wires, irq }) {
    const device = new Sp804({ ...wires, irq: irq(0), frequencies: [1e6, 1e6] });
    return { device, mmio: [device] };
  },
};

const gpio: DeviceKind = {
  create({ wires, irq }) {
    const device = new Pl061({ ...wires, irq: irq(0) });
    return { device, mmio: [device], input: (n) => device.input(n) };
  },
};

const missing = (name: string, base: number, size?: number): DeviceRow => ({ name, is: unimplemented, at: at(base, size) });

// The FPGA's sources that the SIC can let through go to the same inputs of the VIC, all others to input 31.
const sicOutputs = Array.from({ length: 32 }, (_, n) => vic(n));

// A dual timer has one interrupt here: DUI 0225D, table 4-38.
export const versatilepb: MachineDescription = {
  name: "versatilepb",
  description: "ARM Versatile/PB (ARM926EJ-S)",
  target: "arm",
  boot: bootArm,
  cpus: ["arm926", "arm1176", "cortex-a7", "cortex-a8", "cortex-a9", "cortex-a15", "max"],
  maxCpus: 1,
  ram: { base: 0, defaultBytes: 128 * MiB, maxBytes: 256 * MiB },
  holes: "zero",
  boardId: 0x183,
  defaultDrive: "scsi",
  virtioSlots: 0,
  devices: [
    { name: "vic", is: pl190, at: at(0x1014_0000) },
    { name: "sic", is: versatileSic, at: at(0x1000_3000), irqs: sicOutputs },
    { name: "sysreg", is: sysreg, at: at(0x1000_0000) },
    missing("pci", 0x1000_1000),
    missing("i2c", 0x1000_2000),
    missing("aaci", 0x1000_4000),
    missing("mmc0", 0x1000_5000),
    missing("keyboard", 0x1000_6000),
    missing("mouse", 0x1000_7000),
    { name: "uart3", is: pl011, at: at(0x1000_9000), irqs: [sic(6)], index: 3 },
    missing("mmc1", 0x1000_b000),
    missing("ethernet", 0x1001_0000, 64 * KiB),
    missing("smc", 0x1010_0000),
    missing("mpmc", 0x1011_0000),
    missing("clcd", 0x1012_0000),
    missing("dmac", 0x1013_0000),
    missing("sysctl", 0x101e_0000),
    missing("watchdog", 0x101e_1000),
    { name: "timer01", is: sp804, at: at(0x101e_2000), irqs: [vic(4)] },
    { name: "timer23", is: sp804, at: at(0x101e_3000), irqs: [vic(5)] },
    { name: "gpio0", is: gpio, at: at(0x101e_4000), irqs: [vic(6)] },
    { name: "gpio1", is: gpio, at: at(0x101e_5000), irqs: [vic(7)] },
    { name: "gpio2", is: gpio, at: at(0x101e_6000), irqs: [vic(8)] },
    { name: "gpio3", is: gpio, at: at(0x101e_7000), irqs: [vic(9)] },
    { name: "rtc", is: pl031, at: at(0x101e_8000), irqs: [vic(10)] },
    missing("sci", 0x101f_0000),
    { name: "uart0", is: pl011, at: at(0x101f_1000), irqs: [vic(12)], index: 0 },
    { name: "uart1", is: pl011, at: at(0x101f_2000), irqs: [vic(13)], index: 1 },
    { name: "uart2", is: pl011, at: at(0x101f_3000), irqs: [vic(14)], index: 2 },
    missing("ssp", 0x101f_4000),
  ],
  cpuOutputs: {},
};
