/**
 * MIPS Malta with a CoreLV card: MD00048, Malta User's Manual, and MD00047 for the card; the memory map is the one that YAMON and QEMU's "malta"
 * program into the system controller. It has no device tree of its own: kernels bring one.
 * Not modelled: USB, display, PCI slots, the SMBus; firmware (-bios).
 */
import { swap32 } from "@tsemu/base";
import { Gt64120, MaltaFpga, Ns16550, Pcnet, PciBus, PflashCfi01, Piix4 } from "@tsemu/devices";
import type { MmioDevice } from "@tsemu/hw";
import { bootMalta, lowRam } from "./boot-malta.ts";
import type { DeviceKind, MachineDescription, RamRange } from "./describe.ts";
import { piixIde } from "./pc-ide.ts";
import { i8042, i8254, i8259Pair, isaIrq, mc146818, ns16550 } from "./pc-kinds.ts";

const KiB = 2 ** 10;
const MiB = 2 ** 20;
const PCI_IO = 0x1800_0000;
const port = (number: number, size: number) => ({ base: PCI_IO + number, size });

/** Board and core card in REVISION: a Malta, a CoreLV. */
const REVISION = 0x420;

/** All of RAM is at 0x80000000. The first 256 MiB are at 0 too, and from 0x20000000 on, past the I/O space, what is behind 512 MiB. */
const ramMap = (bytes: number): RamRange[] => {
  const [high, lowBytes, past] = [0x8000_0000, Math.min(bytes, lowRam), 512 * MiB];
  const rest = bytes - lowBytes;
  return [
    { base: 0, size: lowBytes },
    ...(rest > 0 ? [{ base: high + lowBytes, size: rest }] : []),
    { base: high, size: lowBytes, alias: 0 },
    ...(bytes > past ? [{ base: past, size: bytes - past, alias: high + past }] : []),
  ];
};
/** The first one is what the board comes with. */
const cpus32 = ["24Kf", "24Kc", "4Kc", "34Kf", "74Kf"];
const cpus64 = ["20Kc", "5Kc", "5KEc", "MIPS64R2-generic"];

export interface MaltaOptions {
  /** Of the widest CPU that the board takes; 32 unless told. */
  readonly bits?: 32 | 64;
  readonly bigEndian: boolean;
}

/** Registers, PCI I/O, PCI memory in two windows that are mapped one to one. */
const gt64120 = (bigEndian: boolean): DeviceKind => ({
  create({ wires, row, other }) {
    const pci = new PciBus();
    const device = new Gt64120({ ...wires, bus: pci, bigEndian, acknowledge: () => other("pic").acknowledge!() });
    const window = (base: number): MmioDevice => ({
      read: (offset, size) => pci.memory.read(base + offset, size),
      write: (offset, value, size) => pci.memory.write(base + offset, value, size),
    });
    return { device, mmio: [device, pci.io, window(row.at[2]!.base), window(row.at[3]!.base)], pci };
  },
});

const piix4: DeviceKind = {
  create({ wires, host, irq, other }) {
    const device = new Piix4({
      ...wires,
      bus: other("pcihost").pci!,
      slot: 10,
      irqs: Array.from({ length: 16 }, (_, n) => irq(n)),
      onPowerOff: () => host.shutdown("guest-shutdown"),
    });
    return { device, mmio: [], input: (n) => device.pirq(n) };
  },
};

/** The network card on the board, in slot 11; on PIRQB. */
const pcnet: DeviceKind = {
  create({ wires, host, irq, other }) {
    const [net] = host.nets;
    if (net === undefined) return { device: { reset: () => {} }, mmio: [] };
    return { device: new Pcnet({ ...wires, ...net, bus: other("pcihost").pci!, slot: 11, dma: host.dma, irq: irq(0) }), mmio: [] };
  },
};

/** Words as the processor has them in its registers; the bus is little-endian. */
const processorOrder = (device: MmioDevice, bigEndian: boolean): MmioDevice =>
  bigEndian
    ? {
        read: (offset, size) => (size === 4 ? swap32(device.read(offset, 4)) : device.read(offset ^ (4 - size), size)),
        write: (offset, value, size) =>
          size === 4 ? device.write(offset, swap32(value), 4) : device.write(offset ^ (4 - size), value, size),
      }
    : device;

/** Its registers, and the word in the boot ROM's range that says what the board is. */
const fpga = (bigEndian: boolean): DeviceKind => ({
  create({ wires, host }) {
    const device = new MaltaFpga({ ...wires, bigEndian, onReset: () => host.reset() });
    const revision: MmioDevice = { read: (offset) => REVISION >>> (8 * (offset & 3)), write: () => {} };
    return { device, mmio: [processorOrder(device, bigEndian), processorOrder(revision, bigEndian)] };
  },
});

/** A 16550 on an interrupt input of the CPU. Its registers are eight bytes apart, in the low byte of words. */
const cbusUart = (bigEndian: boolean): DeviceKind => ({
  create({ wires, host, row }) {
    const device = new Ns16550({ ...wires, irq: host.cpuIrq("irq2", 0), port: host.serial[row.index ?? 0] });
    const words: MmioDevice = {
      read: (offset) => device.read(offset >>> 3),
      write: (offset, value) => device.write(offset >>> 3, value & 0xff),
    };
    return { device, mmio: [processorOrder(words, bigEndian)] };
  },
});

const flash: DeviceKind = {
  create({ wires, row }) {
    const device = new PflashCfi01({ ...wires, size: row.at[0]!.size, sectorSize: 64 * KiB });
    return { device, mmio: [device] };
  },
};

export const malta = ({ bits = 32, bigEndian }: MaltaOptions): MachineDescription => ({
  name: "malta",
  description: "MIPS Malta Core LV (default)",
  isDefault: true,
  target: `mips${bits === 64 ? "64" : ""}${bigEndian ? "" : "el"}`,
  boot: bootMalta(bits, bigEndian),
  cpus: bits === 64 ? [...cpus64, ...cpus32] : cpus32,
  maxCpus: 1,
  ram: {
    base: 0,
    defaultBytes: 128 * MiB,
    maxBytes: 2048 * MiB,
    map: ramMap,
    tooMuch: (megabytes) => `Too much memory for this machine: ${megabytes}MB, maximum 2048MB`,
  },
  // The system controller answers everywhere.
  holes: "zero",
  virtioSlots: 0,
  ideChannels: 2,
  nic: { model: "pcnet", most: 1, isDefault: true },
  defaultDrive: "ide",
  keyboard: "i8042",
  devices: [
    // Before what lies in its I/O space.
    {
      name: "pcihost",
      is: gt64120(bigEndian),
      at: [
        { base: 0x1be0_0000, size: 4 * KiB },
        { base: PCI_IO, size: 2 * MiB },
        { base: 0x1000_0000, size: 128 * MiB },
        { base: 0x1820_0000, size: 60 * MiB },
      ],
    },
    { name: "pic", is: i8259Pair, at: [port(0x20, 2), port(0xa0, 2), port(0x4d0, 2)] },
    { name: "piix4", is: piix4, at: [], irqs: Array.from({ length: 16 }, (_, n) => isaIrq(n)) },
    { name: "ide", is: piixIde(10, false), at: [], irqs: [isaIrq(14), isaIrq(15)] },
    { name: "pcnet", is: pcnet, at: [], irqs: [{ to: "piix4", input: 1 }] },
    { name: "pit", is: i8254, at: [port(0x40, 4)], irqs: [isaIrq(0)] },
    { name: "i8042", is: i8042, at: [port(0x60, 1), port(0x64, 1)], irqs: [isaIrq(1), isaIrq(12)] },
    { name: "rtc", is: mc146818, at: [port(0x70, 2)], irqs: [isaIrq(8)] },
    { name: "uart0", is: ns16550, at: [port(0x3f8, 8)], irqs: [isaIrq(4)], index: 0 },
    { name: "uart1", is: ns16550, at: [port(0x2f8, 8)], irqs: [isaIrq(3)], index: 1 },
    { name: "flash", is: flash, at: [{ base: 0x1e00_0000, size: 4 * MiB }] },
    {
      name: "fpga",
      is: fpga(bigEndian),
      at: [
        { base: 0x1f00_0000, size: 1 * MiB },
        { base: 0x1fc0_0010, size: 4 },
      ],
    },
    { name: "uart2", is: cbusUart(bigEndian), at: [{ base: 0x1f00_0900, size: 0x40 }], index: 2 },
  ],
  cpuOutputs: {},
});
