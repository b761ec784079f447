import { alignUp, assert, UserError } from "@tsemu/base";
import { type FrameSource, KeyPresses } from "@tsemu/devices";
import { type IrqLine, type MemoryBlock, unconnected } from "@tsemu/hw";
import type { FdtTree } from "@tsemu/loader";
import type { SystemRegisters } from "@tsemu/target";
import type { DeviceInstance, MachineDescription, MachineHost, MachineOptions, Wire } from "./describe.ts";
import { fdtFromMachine } from "./fdt-from-machine.ts";

export interface BuiltMachine {
  readonly description: MachineDescription;
  readonly options: MachineOptions;
  device(name: string): DeviceInstance;
  /** The line that an output of the CPU drives: cntp, cntv, cnthp, cntps, pmu. Leads nowhere on boards without it. */
  cpuOutput(name: string): IrqLine;
  /** The interrupt acknowledge cycle of CPU 0, on boards whose interrupt controller is asked for a vector. */
  acknowledgeInterrupt(): number;
  readonly systemRegisters: SystemRegisters | undefined;
  /** What its display shows, if it has one. */
  readonly display: FrameSource | undefined;
  /** Somebody to press keys, if it has a keyboard. */
  readonly keys: KeyPresses | undefined;
  /** Every device back to its state at power-on. */
  reset(): void;
  /** Presses the power button, if the board has one. */
  pressPowerButton(): void;
  /** The board's own device tree with fresh seeds, or undefined if it has none. */
  deviceTree(): FdtTree | undefined;
}

const buttonNs = 100e6;

/** Makes the devices of a board, maps them and RAM, and connects their wires. */
export const build = (machine: MachineDescription, options: MachineOptions, host: MachineHost): BuiltMachine => {
  check(machine, options, host);
  let ram: MemoryBlock | undefined;
  for (const { base, size, alias } of machine.ram.map?.(options.ramBytes) ?? [{ base: machine.ram.base, size: options.ramBytes }]) {
    if (alias !== undefined) host.mapAlias(base, size, alias, "ram");
    else {
      const block = host.mapRam(base, size, "ram");
      ram ??= block;
    }
  }
  const place = firmwarePlace(machine, options);
  if (place !== undefined && options.firmware !== undefined) host.mapRom(place.base, place.size, options.firmware, "firmware");
  const instances = new Map<string, DeviceInstance>();
  const lineOf = (wire: Wire | undefined): IrqLine => {
    if (wire === undefined) return unconnected;
    const line = instances.get(wire.to)?.input?.(wire.input);
    assert(line !== undefined, `${machine.name}: no input ${wire.input} on ${wire.to}`);
    return line;
  };
  const device = (name: string): DeviceInstance => {
    const instance = instances.get(name);
    assert(instance !== undefined, `${machine.name}: no device ${name}`);
    return instance;
  };
  for (const row of machine.devices) {
    const wires = { name: row.name, clock: host.clock, log: host.log };
    const instance = row.is.create({ row, wires, host, machine, options, ram: ram!, irq: (n) => lineOf(row.irqs?.[n]), other: device });
    const ports = row.ports ?? [];
    assert(instance.mmio.length === row.at.length + ports.length, `${machine.name}: ${row.name} has ${instance.mmio.length} regions`);
    row.at.forEach(({ base, size, layer }, i) => {
      const region = instance.mmio[i];
      if (region !== undefined) host.mapMmio(base, size, region, row.name, layer);
    });
    ports.forEach(({ base, size }, i) => {
      const region = instance.mmio[row.at.length + i];
      if (region !== undefined) host.mapIo(base, size, region, row.name);
    });
    instances.set(row.name, instance);
  }
  const acknowledge = machine.acknowledges === undefined ? undefined : device(machine.acknowledges).acknowledge;
  const keyboard = machine.keyboard === undefined ? undefined : device(machine.keyboard).keyboard;
  const keys = keyboard === undefined ? undefined : new KeyPresses(host.clock, keyboard);
  const button = machine.powerButton === undefined ? undefined : lineOf(machine.powerButton);
  const release = host.clock.timer(() => button?.set(false));
  return {
    description: machine,
    options,
    device,
    cpuOutput: (name) => lineOf(machine.cpuOutputs[name]),
    acknowledgeInterrupt: acknowledge === undefined ? () => 0 : () => acknowledge(),
    systemRegisters: machine.systemRegisters === undefined ? undefined : device(machine.systemRegisters).systemRegisters,
    display: machine.display === undefined ? undefined : device(machine.display).display,
    keys,
    reset: () => {
      keys?.reset();
      release.disarm();
      button?.set(false);
      // What drives a wire before what it leads to: an edge that a reset makes is not to be remembered.
      for (const instance of [...instances.values()].reverse()) instance.device.reset();
    },
    pressPowerButton: () => {
      button?.set(true);
      release.arm(host.clock.now() + buttonNs);
    },
    deviceTree: () => fdtFromMachine({ machine, options, random: host.random }),
  };
};

/** The ROM that the firmware of these options is. */
export const firmwarePlace = ({ firmware }: MachineDescription, o: MachineOptions): { base: number; size: number } | undefined => {
  if (firmware === undefined || o.firmware === undefined) return undefined;
  if (firmware.atEnd !== true) return firmware;
  const size = alignUp(o.firmware.length, 4096);
  return { base: firmware.base + firmware.size - size, size };
};

const check = (machine: MachineDescription, o: MachineOptions, host: MachineHost): void => {
  const virtioDevices =
    host.drives.length + (machine.nic === undefined ? host.nets.length : 0) + (host.consoles?.length ?? 0) + (host.rngs ?? 0);
  if (virtioDevices > machine.virtioSlots) {
    throw new UserError(`No 'virtio-bus' bus found for device: machine '${machine.name}' has ${machine.virtioSlots}`);
  }
  if (!machine.cpus.includes(o.cpu)) throw new UserError(`${machine.name}: CPU type ${o.cpu} not supported`);
  if (o.cpuCount < 1 || o.cpuCount > machine.maxCpus) {
    throw new UserError(`Invalid SMP CPUs ${o.cpuCount}. The max CPUs supported by machine '${machine.name}' is ${machine.maxCpus}`);
  }
  if (o.ramBytes <= 0 || o.ramBytes > machine.ram.maxBytes) {
    throw new UserError(tooMuchRam(machine, o.ramBytes));
  }
  if (o.firmware !== undefined && (machine.firmware === undefined || o.firmware.length > machine.firmware.size)) {
    throw new UserError("could not load the firmware image");
  }
};

export const tooMuchRam = ({ name, ram }: MachineDescription, bytes: number): string =>
  ram.tooMuch?.(bytes / 2 ** 20) ?? `${name}: memory size must not exceed ${ram.maxBytes / 2 ** 20}MB`;
