/** What a PC's firmware reads from the firmware configuration device: sizes, tables, the kernel of -kernel. */
import { assert } from "@tsemu/base";
import { FwCfg, fwCfgKey } from "@tsemu/devices";
import type { DeviceWires } from "@tsemu/hw";
import {
  type BootImage,
  elfBootRom,
  isMultiboot,
  isX86ElfKernel,
  linuxBootRom,
  loadX86ElfKernel,
  loadX86Kernel,
  type NamedFile,
  type X86KernelPart,
} from "@tsemu/loader";
import { pcAcpi } from "./acpi/pc-tables.ts";
import { type AcpiFiles, acpiFileNames } from "./acpi/tables.ts";
import { smbios } from "./acpi/smbios.ts";
import type { BuiltMachine } from "./build.ts";
import type { BootFiles, DeviceKind, MachineHost, MachineOptions } from "./describe.ts";
import { firstFreeSlot, splitRam } from "./pc-chipset.ts";

/** Numbered items of PCs alone. */
const pcKey = { irq0Override: 0x8002, e820: 0x8003 } as const;
/** Where firmware puts the power management's registers; it has not done so yet when the tables' sizes are asked for. */
const usualPmBase = 0x600;
const e820Kinds = { ram: 1 } as const;
const serialPorts = [
  { port: 0x3f8, irq: 4 },
  { port: 0x2f8, irq: 3 },
] as const;

const word = (value: number, size: 2 | 4 | 8): Uint8Array => {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = Math.floor(value / 2 ** (8 * i));
  return bytes;
};

/** Which sleeping states there are, by number: none but soft off (5), of type 0. */
const systemStates = Uint8Array.of(0, 0, 0, 0, 0, 0x80);

const e820 = ({ ramBytes }: MachineOptions): Uint8Array => {
  const { low, high } = splitRam(ramBytes);
  const entries = [{ base: 0, size: low }, ...(high > 0 ? [{ base: 2 ** 32, size: high }] : [])];
  return Uint8Array.from(entries.flatMap(({ base, size }) => [...word(base, 8), ...word(size, 8), ...word(e820Kinds.ram, 4)]));
};

/** What firmware tries first, by the names that Open Firmware would give them; `devices` with their boot indexes. */
export const bootOrder = (
  o: MachineOptions,
  devices: readonly { readonly bootIndex: number | undefined; readonly name: string }[],
): Uint8Array => {
  const indexed = devices.filter(({ bootIndex }) => bootIndex !== undefined).toSorted((a, b) => a.bootIndex! - b.bootIndex!);
  const names = [...indexed.map(({ name }) => name), ...(o.boot?.strict === true ? ["HALT"] : [])];
  return new TextEncoder().encode(names.length === 0 ? "" : `${names.join("\n")}\0`);
};

/** Disks on IDE and on virtio. */
const pcBootOrder = (o: MachineOptions, host: MachineHost): Uint8Array =>
  bootOrder(o, [
    ...(host.ide ?? []).map((unit, n) => ({ bootIndex: unit?.bootIndex, name: `/pci@i0cf8/ide@1,1/drive@${n >> 1}/disk@${n & 1}` })),
    ...host.drives.map(({ bootIndex }, n) => ({ bootIndex, name: `/pci@i0cf8/scsi@${(firstFreeSlot + n).toString(16)}/disk@0,0` })),
  ]);

/** What of the firmware's files differs from board to board. */
interface BoardFiles {
  readonly product: string;
  readonly acpi: AcpiFiles;
  readonly bootOrder: Uint8Array;
}

/** The serial ports that are there. */
export const serialPortsOf = (host: MachineHost) => serialPorts.filter((_, n) => host.serial[n] !== undefined);

export const x86FwCfg = (wires: DeviceWires, o: MachineOptions, host: MachineHost, board: BoardFiles): FwCfg => {
  const { low, high } = splitRam(o.ramBytes);
  const { product, acpi } = board;
  const described = smbios({ product, version: "pc", cpuCount: o.cpuCount, lowBytes: low, highBytes: high });
  return new FwCfg({
    ...wires,
    dma: host.dma,
    files: new Map([
      ["bootorder", board.bootOrder],
      ["etc/boot-fail-wait", word((o.boot?.rebootTimeout ?? -1) >>> 0, 4)],
      ...(o.boot?.splashTime === undefined ? [] : [["etc/boot-menu-wait", word(o.boot.splashTime, 2)] as const]),
      ["etc/e820", e820(o)],
      ["etc/system-states", systemStates],
      ["etc/smbios/smbios-tables", described.tables],
      ["etc/smbios/smbios-anchor", described.anchor],
      [acpiFileNames.rsdp, acpi.rsdp],
      [acpiFileNames.tables, acpi.tables],
      [acpiFileNames.loader, acpi.loader],
      ...(host.firmwareFiles ?? []),
    ]),
    items: new Map([
      [fwCfgKey.uuid, new Uint8Array(16)],
      [fwCfgKey.ramSize, word(o.ramBytes, 8)],
      [fwCfgKey.noGraphic, word(host.noGraphic === true ? 1 : 0, 2)],
      [fwCfgKey.cpuCount, word(o.cpuCount, 2)],
      [fwCfgKey.maxCpus, word(o.cpuCount, 2)],
      [fwCfgKey.bootMenu, word(o.boot?.menu === true ? 1 : 0, 2)],
      [pcKey.irq0Override, word(1, 4)],
      [pcKey.e820, new Uint8Array(4)],
    ]),
  });
};

/** Regions: selector and data, DMA. */
export const pcFwCfg: DeviceKind = {
  create({ wires, host, options }) {
    const acpi = pcAcpi({
      pciMemory: Math.max(splitRam(options.ramBytes).low, 0x8000_0000),
      cpuCount: options.cpuCount,
      pmBase: usualPmBase,
      serialPorts: serialPortsOf(host),
    });
    const device = x86FwCfg(wires, options, host, { product: "PC (i440FX + PIIX3)", acpi, bootOrder: pcBootOrder(options, host) });
    return { device, mmio: device.ports };
  },
};

interface BootParts {
  readonly kernel: X86KernelPart;
  readonly initrd: X86KernelPart | undefined;
  readonly commandLine: X86KernelPart;
  readonly setup: X86KernelPart | undefined;
  readonly rom: Uint8Array;
}

/** The parts of a kernel, as the numbered items for them have them, and the ROM that starts it. */
const bootParts = (kernel: NamedFile, o: BootFiles, ramBytes: number): BootParts => {
  if (!isX86ElfKernel(kernel)) return { ...loadX86Kernel({ ...o, kernel, ramBytes }), rom: linuxBootRom() };
  const first = o.commandLine === undefined || o.commandLine === "" ? "" : ` ${o.commandLine}`;
  const commandLine = isMultiboot(kernel) ? `${kernel.name}${first}` : first.trimStart();
  const parts = loadX86ElfKernel({ kernel, modules: o.modules ?? [], commandLine, ramBytes });
  return { kernel: parts.kernel, initrd: parts.modules, commandLine: parts.information, setup: undefined, rom: elfBootRom(parts.rom) };
};

/** The firmware starts at the reset vector; a kernel is what it boots from. */
export const bootPc = (machine: BuiltMachine, o: BootFiles): BootImage => {
  if (o.kernel !== undefined) {
    const fwCfg = machine.device("fwcfg").device;
    assert(fwCfg instanceof FwCfg, "internal error: fwcfg");
    const { low } = splitRam(machine.options.ramBytes);
    const { kernel, initrd, commandLine, setup, rom } = bootParts(o.kernel, o, low);
    const item = (part: X86KernelPart | undefined, address: number, size: number, data: number): void => {
      fwCfg.set(address, word(part?.address ?? 0, 4));
      fwCfg.set(size, word(part?.bytes.length ?? 0, 4));
      fwCfg.set(data, part?.bytes ?? new Uint8Array(0));
    };
    item(kernel, fwCfgKey.kernelAddress, fwCfgKey.kernelSize, fwCfgKey.kernelData);
    item(initrd, fwCfgKey.initrdAddress, fwCfgKey.initrdSize, fwCfgKey.initrdData);
    item(commandLine, fwCfgKey.commandLineAddress, fwCfgKey.commandLineSize, fwCfgKey.commandLineData);
    item(setup, fwCfgKey.setupAddress, fwCfgKey.setupSize, fwCfgKey.setupData);
    fwCfg.setFile("genroms/linuxboot.bin", rom);
    const order = new TextDecoder().decode(fwCfg.file("bootorder"));
    const name = "/rom@genroms/linuxboot.bin";
    // It was done before the last reset, too.
    if (!order.startsWith(name)) fwCfg.setFile("bootorder", new TextEncoder().encode(`${name}${order === "" ? "\0" : `\n${order}`}`));
  }
  return { parts: [], entry: 0, registers: [], fromReset: true };
};
