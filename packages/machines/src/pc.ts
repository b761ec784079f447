/**
 * A PC of the late nineties as QEMU's "pc" is: Intel 440FX host bridge, PIIX3 with IDE, PIIX4 power management. The firmware is SeaBIOS, or what else
 * -bios names. Addresses of ISA devices are the PC AT's; where PCI devices are is up to firmware.
 * Not modelled: USB, parallel ports, sound; system management mode; sleeping states but soft off.
 */
import {
  bootDevices,
  coprocessorError,
  debugPort,
  dmaControllers,
  firstFreeSlot,
  floppyController,
  gsi,
  gsiSplitter,
  hpet,
  i440fx,
  ioApic,
  isaSerial,
  localApic,
  pcClock,
  piix3,
  piix4Pm,
  port61,
  port92,
  shadowSize,
  ramMap,
} from "./pc-chipset.ts";
import { isX86ElfKernel } from "@tsemu/loader";
import { graphicsMemory, standardVga } from "./pc-graphics.ts";
import { bootPc, pcFwCfg } from "./pc-firmware.ts";
import { piixIde } from "./pc-ide.ts";
import { i8042, i8254, i8259Pair } from "./pc-kinds.ts";
import { virtioPci } from "./virtio-devices.ts";
import type { MachineDescription } from "./describe.ts";

const KiB = 2 ** 10;
const MiB = 2 ** 20;
const GiB = 2 ** 30;
const port = (base: number, size: number) => ({ base, size });

export interface PcOptions {
  /** Of the widest CPU that the program has. */
  readonly bits: 32 | 64;
  readonly cpus: readonly string[];
}

export const pc = ({ bits, cpus }: PcOptions): MachineDescription => ({
  name: "pc",
  description: "Standard PC (i440FX + PIIX, 1996) (default)",
  isDefault: true,
  target: bits === 64 ? "x86_64" : "i386",
  boot: bootPc,
  takesModules: (kernel) => kernel !== undefined && isX86ElfKernel(kernel),
  cpus,
  maxCpus: 1,
  ram: { base: 0, defaultBytes: 128 * MiB, maxBytes: 3840 * MiB, map: ramMap },
  holes: "zero",
  firmware: { base: 4 * GiB - 16 * MiB, size: 16 * MiB, atEnd: true, usual: "bios-256k.bin" },
  deviceMemory: shadowSize + graphicsMemory,
  virtioSlots: 32 - firstFreeSlot,
  virtioBus: "PCI",
  ideChannels: 2,
  floppyDrives: 2,
  bootDevices,
  defaultDrive: "ide",
  acknowledges: "lapic",
  systemRegisters: "lapic",
  display: "vga",
  keyboard: "i8042",
  powerButton: { to: "pm", input: 0 },
  devices: [
    {
      name: "pcihost",
      is: i440fx,
      at: [
        { base: 0, size: 2 ** 40, layer: "ground" },
        { base: 0xa_0000, size: 128 * KiB },
      ],
      // Before what lies in the space of ports.
      ports: [port(0, 64 * KiB), port(0xcf8, 8)],
    },
    { name: "lapic", is: localApic, at: [{ base: 0xfee0_0000, size: 4 * KiB }] },
    { name: "pic", is: i8259Pair, at: [], ports: [port(0x20, 2), port(0xa0, 2), port(0x4d0, 2)], irqs: [{ to: "lapic", input: 0 }] },
    { name: "ioapic", is: ioApic, at: [{ base: 0xfec0_0000, size: 4 * KiB }] },
    { name: "gsi", is: gsiSplitter, at: [] },
    { name: "hpet", is: hpet, at: [{ base: 0xfed0_0000, size: 1 * KiB }] },
    { name: "dma", is: dmaControllers, at: [], ports: [port(0x00, 16), port(0xc0, 32), port(0x80, 16)] },
    { name: "fdc", is: floppyController, at: [], ports: [port(0x3f0, 6), port(0x3f7, 1)], irqs: [gsi(6)] },
    { name: "vga", is: standardVga, at: [{ base: 0xa_0000, size: 128 * KiB }], ports: [port(0x3b0, 48), port(0x1ce, 3)] },
    { name: "piix3", is: piix3, at: [], irqs: Array.from({ length: 16 }, (_, n) => gsi(n)) },
    { name: "ide", is: piixIde(1, true), at: [], irqs: [gsi(14), gsi(15)] },
    { name: "pm", is: piix4Pm, at: [], ports: [port(0xb2, 2), port(0xafe0, 4)], irqs: [gsi(9)] },
    { name: "pit", is: i8254, at: [], ports: [port(0x40, 4)], irqs: [{ to: "hpet", input: 0 }] },
    { name: "i8042", is: i8042, at: [], ports: [port(0x60, 1), port(0x64, 1)], irqs: [gsi(1), gsi(12)], index: 0 },
    { name: "port61", is: port61, at: [], ports: [port(0x61, 1)] },
    { name: "rtc", is: pcClock, at: [], ports: [port(0x70, 2)], irqs: [{ to: "hpet", input: 1 }] },
    { name: "port92", is: port92, at: [], ports: [port(0x92, 1)] },
    { name: "ferr", is: coprocessorError, at: [], ports: [port(0xf0, 1)], irqs: [gsi(13)] },
    { name: "uart0", is: isaSerial, at: [], ports: [port(0x3f8, 8)], irqs: [gsi(4)], index: 0 },
    { name: "uart1", is: isaSerial, at: [], ports: [port(0x2f8, 8)], irqs: [gsi(3)], index: 1 },
    { name: "virtio", is: virtioPci(firstFreeSlot), at: [] },
    { name: "fwcfg", is: pcFwCfg, at: [], ports: [port(0x510, 2), port(0x514, 8)] },
    { name: "debug", is: debugPort, at: [], ports: [port(0x402, 1)] },
  ],
  cpuOutputs: { ferr: { to: "ferr", input: 0 }, smiact: { to: "pcihost", input: 0 } },
});
