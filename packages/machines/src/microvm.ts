/**
 * QEMU's "microvm": a PC without PCI, with virtio devices over MMIO, the interrupt controllers, timers and serial ports of a PC, and ACPI
 * without its usual hardware. The firmware is SeaBIOS's build for it.
 * Not modelled: the second I/O APIC, PCI Express, USB. There is a port 61 for the interval timer's counter 2, which QEMU's has not.
 */
import { Ged, VirtioMmio } from "@tsemu/devices";
import { isX86ElfKernel } from "@tsemu/loader";
import { microvmAcpi } from "./acpi/microvm-tables.ts";
import type { DeviceKind, MachineDescription } from "./describe.ts";
import { bootDevices, debugPort, gsi, gsiSplitter, ioApic, isaSerial, localApic, pcClock, port61, ramMap } from "./pc-chipset.ts";
import { bootOrder, bootPc, serialPortsOf, x86FwCfg } from "./pc-firmware.ts";
import { i8254, i8259Pair } from "./pc-kinds.ts";
import { virtioDevices } from "./virtio-devices.ts";

const KiB = 2 ** 10;
const MiB = 2 ** 20;
const GiB = 2 ** 30;
const port = (base: number, size: number) => ({ base, size });

const virtioSlots = 8;
const virtioSize = 512;
const slot = (n: number) => ({ base: 0xfeb0_0000 + virtioSize * n, size: virtioSize, irq: 16 + n });
const ged = { events: 0xfea0_0000, system: 0xfea0_0200, irq: 9 };
/** Disks and cards take the slots from the last one on. */
const slotOf = (n: number): number => virtioSlots - 1 - n;

const virtioMmio: DeviceKind = {
  create({ wires, host, row, irq }) {
    const device = virtioDevices(host)[slotOf(row.index ?? 0)]?.();
    const transport = new VirtioMmio({ ...wires, irq: irq(0), dma: host.dma, device, legacy: host.modernVirtio !== true });
    return { device: transport, mmio: [transport] };
  },
};

/** Regions: events, the system's state. Input 0: the power button. */
const gedKind: DeviceKind = {
  create({ wires, host, irq }) {
    const device = new Ged({
      ...wires,
      irq: irq(0),
      onPowerOff: () => host.shutdown("guest-shutdown"),
      onReset: () => host.reset(),
    });
    return { device, mmio: [device.events, device.system], input: () => device.powerButton };
  },
};

const fwCfg: DeviceKind = {
  create({ wires, host, options }) {
    const acpi = microvmAcpi({
      cpuCount: options.cpuCount,
      ged,
      virtio: Array.from({ length: virtioSlots }, (_, n) => slot(n)),
      serialPorts: serialPortsOf(host),
    });
    const disks = host.drives.map(({ bootIndex }, n) => ({
      bootIndex,
      name: `/virtio-mmio@${slot(slotOf(n)).base.toString(16).padStart(16, "0")}/disk@0,0`,
    }));
    const device = x86FwCfg(wires, options, host, { product: "microvm", acpi, bootOrder: bootOrder(options, disks) });
    return { device, mmio: device.ports };
  },
};

/** With ACPI's reduced hardware Linux looks for no timer to measure the TSC by, and stops without its frequency, if it is not told. */
const tscFrequency = "tsc_early_khz=1000000";

/** The firmware lies below 1 MiB in RAM, too. */
const bootMicrovm: MachineDescription["boot"] = (machine, files) => {
  const firmware = machine.options.firmware?.subarray(-128 * KiB) ?? new Uint8Array(0);
  const { kernel, commandLine = "" } = files;
  const isLinux = kernel !== undefined && !isX86ElfKernel(kernel) && !commandLine.includes("tsc_early_khz=");
  const told = isLinux ? { ...files, commandLine: `${commandLine} ${tscFrequency}`.trimStart() } : files;
  return { ...bootPc(machine, told), parts: [{ what: "firmware", pa: MiB - firmware.length, bytes: firmware }] };
};

export interface MicrovmOptions {
  /** Of the widest CPU that the program has. */
  readonly bits: 32 | 64;
  readonly cpus: readonly string[];
}

export const microvm = ({ bits, cpus }: MicrovmOptions): MachineDescription => ({
  name: "microvm",
  description: "microvm (i386)",
  target: bits === 64 ? "x86_64" : "i386",
  boot: bootMicrovm,
  takesModules: (kernel) => kernel !== undefined && isX86ElfKernel(kernel),
  cpus,
  maxCpus: 1,
  ram: { base: 0, defaultBytes: 128 * MiB, maxBytes: 3840 * MiB, map: ramMap },
  holes: "zero",
  firmware: { base: 4 * GiB - 16 * MiB, size: 16 * MiB, atEnd: true, usual: "bios-microvm.bin" },
  virtioSlots,
  bootDevices,
  acknowledges: "lapic",
  systemRegisters: "lapic",
  powerButton: { to: "ged", input: 0 },
  devices: [
    { name: "lapic", is: localApic, at: [{ base: 0xfee0_0000, size: 4 * KiB }] },
    { name: "pic", is: i8259Pair, at: [], ports: [port(0x20, 2), port(0xa0, 2), port(0x4d0, 2)], irqs: [{ to: "lapic", input: 0 }] },
    { name: "ioapic", is: ioApic, at: [{ base: 0xfec0_0000, size: 4 * KiB }] },
    { name: "gsi", is: gsiSplitter, at: [] },
    { name: "pit", is: i8254, at: [], ports: [port(0x40, 4)], irqs: [gsi(0)] },
    { name: "port61", is: port61, at: [], ports: [port(0x61, 1)] },
    { name: "rtc", is: pcClock, at: [], ports: [port(0x70, 2)], irqs: [gsi(8)] },
    { name: "uart0", is: isaSerial, at: [], ports: [port(0x3f8, 8)], irqs: [gsi(4)], index: 0 },
    { name: "uart1", is: isaSerial, at: [], ports: [port(0x2f8, 8)], irqs: [gsi(3)], index: 1 },
    ...Array.from({ length: virtioSlots }, (_, n) => ({
      name: `virtio${n}`,
      is: virtioMmio,
      at: [{ base: slot(n).base, size: virtioSize }],
      irqs: [gsi(slot(n).irq)],
      index: n,
    })),
    {
      name: "ged",
      is: gedKind,
      at: [
        { base: ged.events, size: 4 },
        { base: ged.system, size: 4 },
      ],
      irqs: [gsi(ged.irq)],
    },
    { name: "fwcfg", is: fwCfg, at: [], ports: [port(0x510, 2), port(0x514, 8)] },
    { name: "debug", is: debugPort, at: [], ports: [port(0x402, 1)] },
  ],
  cpuOutputs: {},
});
