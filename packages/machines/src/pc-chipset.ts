/** The chips of a PC's board as rows of its table name them: host bridge, bridge to ISA, power management, interrupt controllers, timers. */
import { assert } from "@tsemu/base";
import {
  debugConsole,
  debugExit,
  floppyKind,
  Hpet,
  I440fx,
  I82077,
  I8237Pair,
  I8254,
  IoApic,
  LocalApic,
  Mc146818,
  Ns16550,
  PciBus,
  type PciRange,
  Piix3,
  Piix4Pm,
  Port61,
  Port92,
} from "@tsemu/devices";
import { type IrqLine, type MmioDevice, orGate } from "@tsemu/hw";
import type { DeviceKind, DeviceInstance, MachineHost, MachineOptions, RamRange, Wire } from "./describe.ts";
import { byteWide } from "./pc-kinds.ts";

const KiB = 2 ** 10;
const MiB = 2 ** 20;
export const shadowSize = 256 * KiB;
const isaIrqs = 16;
const ioApicPins = 24;
/** Slot 1 has the PIIX3 with its IDE and power management. */
export const piixSlot = 1;
/** After the bridges and the graphics card. */
export const firstFreeSlot = 3;

/** Request n of the whole board: to both kinds of controllers. */
export const gsi = (n: number): Wire => ({ to: "gsi", input: n });

/** The part of a device's instance that is the chip itself. */
const chip = <T>(instance: DeviceInstance, kind: abstract new (...args: never[]) => T): T => {
  assert(instance.device instanceof kind, `internal error: the row is not a ${kind.name}`);
  return instance.device;
};

/** Input 0 is LINT0, input 1 LINT1. */
export const localApic: DeviceKind = {
  create({ wires, host, other }) {
    const device = new LocalApic({
      ...wires,
      intr: host.cpuIrq("intr", 0),
      nmi: host.cpuIrq("nmi", 0),
      smi: host.cpuIrq("smi", 0),
      acknowledgePic: () => other("pic").acknowledge!(),
      onEoi: (vector) => chip(other("ioapic"), IoApic).endOfInterrupt(vector),
    });
    return {
      device,
      mmio: [device],
      input: (n) => (n === 0 ? device.lint0 : device.lint1),
      acknowledge: () => device.acknowledge(),
      systemRegisters: device.systemRegisters,
      message: (address, data) => device.message(address, data),
    };
  },
};

export const ioApic: DeviceKind = {
  create({ wires, other }) {
    const device = new IoApic({
      ...wires,
      deliver: (message) => void chip(other("lapic"), LocalApic).deliver(message),
      acknowledgePic: () => other("pic").acknowledge!(),
    });
    const gates = Array.from({ length: ioApicPins }, (_, n) => orGate(device.input(n)));
    return { device, mmio: [device], input: (n) => gates[n]!() };
  },
};

/** The board's requests: the lower sixteen go to the 8259 pair, too. The interval timer's, 0, is on pin 2 of the I/O APIC. */
export const gsiSplitter: DeviceKind = {
  create({ other }) {
    return {
      device: { reset: () => {} },
      mmio: [],
      input: (n) => {
        const pic = n < isaIrqs ? other("pic").input!(n) : undefined;
        const apic = other("ioapic").input!(n === 0 ? 2 : n);
        return {
          set: (level) => {
            pic?.set(level);
            apic.set(level);
          },
        };
      },
    };
  },
};

/** Inputs 0 and 1: the interval timer's and the clock's lines, which lead through it. */
export const hpet: DeviceKind = {
  create({ wires, other }) {
    const device = new Hpet({ ...wires, irqs: (n) => other("gsi").input!(n) });
    return { device, mmio: [device], input: (n) => device.input(n) };
  },
};

/**
 * The PCI bus with the bridge to it. Regions: memory cycles that nobody else answers, the range of the display, I/O cycles, the ports of the
 * configuration mechanism. Input 0: the CPU is in system management mode.
 */
export const i440fx: DeviceKind = {
  create({ wires, host, options, ram, other }) {
    const pci = new PciBus((cycle) => host.log.log("guest_errors", () => `Invalid PCI ${cycle}`));
    const rom = host.memoryBlock(shadowSize);
    // The end of the firmware is below 1 MiB, too, where the CPU begins.
    const firmware = options.firmware?.subarray(-128 * KiB) ?? new Uint8Array(0);
    rom.bytes.set(firmware, shadowSize - firmware.length);
    const device = new I440fx({
      ...wires,
      bus: pci,
      ram,
      rom,
      map: () => host.mapVariable("pam", "over"),
      resetControl: () => chip(other("piix3"), Piix3).resetControl,
    });
    showMemory(pci, host);
    const window = (base: number): MmioDevice => ({
      read: (offset, size) => pci.memory.read(base + offset, size),
      write: (offset, value, size) => pci.memory.write(base + offset, value, size),
    });
    return { device, mmio: [pci.memory, window(0xa_0000), pci.io, device], input: () => device.smiActive, pci };
  },
};

/** Memory on the bus is seen by the CPU as memory. */
const showMemory = (pci: PciBus, host: MachineHost): void => {
  const map = host.mapVariable("pci-memory", "beneath");
  let shown = "";
  pci.onDecode = (ranges) => {
    const memory = ranges.filter((range): range is PciRange & { memory: object } => range.memory !== undefined);
    const key = memory.map(({ base, size }) => `${base}+${size}`).join();
    if (key === shown) return;
    shown = key;
    map.set(
      memory.map(({ base, size, memory: { block, writable } }) => {
        const whole = { block, offset: 0 };
        return { pa: base, size, reads: whole, writes: writable ? whole : undefined };
      }),
    );
  };
};

/** Inputs 0 to 3: PIRQA to PIRQD. */
export const piix3: DeviceKind = {
  create({ wires, host, irq, other }) {
    const irqs = Array.from({ length: isaIrqs }, (_, n) => irq(n));
    const device = new Piix3({ ...wires, bus: other("pcihost").pci!, slot: piixSlot, irqs, onReset: () => host.reset() });
    const gates = Array.from({ length: 4 }, (_, n) => orGate(device.pirq(n)));
    return { device, mmio: [], input: (n) => gates[n & 3]!() };
  },
};

/** The line for an interrupt pin (1: INTA) of a slot. */
export const pciInterrupt = (slot: number, pin: number): Wire => ({ to: "piix3", input: (slot - 1 + pin - 1) & 3 });

/** Power management. Regions: the two ports to the firmware, the general-purpose events. Input 0: the power button. */
export const piix4Pm: DeviceKind = {
  create({ wires, host, irq, other }) {
    const device = new Piix4Pm({
      ...wires,
      bus: other("pcihost").pci!,
      slot: piixSlot,
      sci: irq(0),
      smi: host.cpuIrq("smi", 0),
      hasSmm: false,
      onPowerOff: () => host.shutdown("guest-shutdown"),
    });
    return { device, mmio: [byteWide(device.apm), byteWide(device.generalEvents)], input: () => device.powerButton };
  },
};

export const port92: DeviceKind = {
  create({ host }) {
    const device = new Port92({ a20: host.cpuIrq("a20", 0), onReset: () => host.reset() });
    return { device, mmio: [byteWide(device)] };
  },
};

/** With the counter of the row "pit". */
export const port61: DeviceKind = {
  create({ wires, other }) {
    const device = new Port61({ clock: wires.clock, timer: chip(other("pit"), I8254) });
    return { device, mmio: [byteWide(device)] };
  },
};

/** The coprocessor's error line, which stays high until somebody stores to its port. Input 0: FERR of the CPU. */
export const coprocessorError: DeviceKind = {
  create({ irq }) {
    const line: IrqLine = irq(0);
    return {
      device: { reset: () => line.set(false) },
      mmio: [{ read: () => 0xff, write: () => line.set(false) }],
      input: () => ({
        set: (level) => {
          if (level) line.set(true);
        },
      }),
    };
  },
};

/** Both controllers. Regions: the first one's registers, the second's, the pages. */
export const dmaControllers: DeviceKind = {
  create({ host }) {
    const device = new I8237Pair(host.dma);
    return { device, mmio: device.ports.map((ports) => byteWide(ports)) };
  },
};

/** On channel 2 of the row "dma". There is none without an image: firmware would wait for drives. Regions: ports 0x3f0 to 0x3f5, port 0x3f7. */
export const floppyController: DeviceKind = {
  create({ wires, host, irq, other }) {
    const drives = host.floppies ?? [];
    if (drives.every((drive) => drive === undefined)) return { device: { reset: () => {} }, mmio: [undefined, undefined] };
    const device = new I82077({ ...wires, irq: irq(0), dma: chip(other("dma"), I8237Pair).channel(2), drives });
    const last: MmioDevice = { read: () => device.read(7), write: (_, value) => device.write(7, value) };
    return { device, mmio: [byteWide(device), byteWide(last)] };
  },
};

/** A serial port that is there only if something is connected to it. */
export const isaSerial: DeviceKind = {
  create({ wires, host, row, irq }) {
    const port = host.serial[row.index ?? 0];
    if (port === undefined) return { device: { reset: () => {} }, mmio: [undefined] };
    const device = new Ns16550({ ...wires, irq: irq(0), port });
    return { device, mmio: [byteWide(device)] };
  },
};

export const debugPort: DeviceKind = {
  create({ host }) {
    const { debugConsole: port, debugExit: exit } = host;
    if (exit !== undefined) host.mapIo(exit.port, exit.size, debugExit(exit.exit), "isa-debug-exit");
    return { device: { reset: () => {} }, mmio: [port === undefined ? undefined : byteWide(debugConsole(port))] };
  },
};

/** The clock, with what the firmware looks for in its memory. */
export const pcClock: DeviceKind = {
  create({ wires, host, irq, options }) {
    const device = new Mc146818({
      ...wires,
      irq: irq(0),
      wallClockSeconds: () => host.wallClockSeconds(),
      stored: setupMemory(options, host),
    });
    const { once, order = usualOrder } = options.boot ?? {};
    let resets = 0;
    const reset = (): void => {
      device.reset();
      // Power-on is the first.
      if (once !== undefined && ++resets === 2) for (const [at, value] of bootOrder(order)) device.store(at, value);
    };
    return { device: { reset }, mmio: [byteWide(device)] };
  },
};

/** Places of the clock's memory, by what SeaBIOS and others call them. */
const cmos = {
  floppies: 0x10,
  disks: 0x12,
  equipment: 0x14,
  base: 0x15,
  extended: 0x17,
  extendedToo: 0x30,
  above16: 0x34,
  boot3: 0x38,
} as const;
const cmosToo = { translation: 0x39, boot12: 0x3d, above4g: 0x5b, cpus: 0x5f } as const;
/** A coprocessor, a PS/2 mouse. */
const EQUIPMENT = 0x06;
/** What firmware is to boot from, as letters of -boot. */
const bootNumbers: Readonly<Record<string, number>> = { a: 1, b: 1, c: 2, d: 3, n: 4, o: 4, p: 4 };
export const bootDevices = { letters: Object.keys(bootNumbers).join(""), most: 3 };
const usualOrder = "cad";

const bootOrder = (letters: string): [number, number][] => {
  const [first = 0, second = 0, third = 0] = [...letters].map((letter) => bootNumbers[letter]!);
  return [
    [cmos.boot3, third << 4],
    [cmosToo.boot12, (second << 4) | first],
  ];
};
/** Of disks that have more cylinders than a PC of old could name: logical blocks. */
const LBA_ASSISTED = 1;
const largestPlain = 1024 * 16 * 63 * 512;

const setupMemory = (o: MachineOptions, host: MachineHost): [number, number][] => {
  const { low, high } = splitRam(o.ramBytes);
  const words = (at: number, value: number): [number, number][] => [
    [at, value & 0xff],
    [at + 1, (value >>> 8) & 0xff],
  ];
  const extended = Math.min(0xffff, Math.max(0, low / KiB - 1024));
  const above16 = Math.min(0xffff, Math.max(0, (low - 16 * MiB) / (64 * KiB)));
  const above4g = high / (64 * KiB);
  const units = host.ide ?? [];
  const isDisk = (n: number): boolean => units[n]?.kind === "disk" && units[n]?.port !== undefined;
  const kindOf = (n: number): number => (host.floppies?.[n] === undefined ? 0 : floppyKind(host.floppies[n].size));
  const floppies = (host.floppies ?? []).filter((port) => port !== undefined).length;
  // The first bit, and how many more than one.
  const floppyEquipment = floppies === 0 ? 0 : 1 | ((floppies - 1) << 6);
  const translation = [0, 1, 2, 3].reduce(
    (bits, n) => bits | (isDisk(n) && units[n]!.port!.size > largestPlain ? LBA_ASSISTED << (2 * n) : 0),
    0,
  );
  return [
    [cmos.floppies, kindOf(0) * 16 + kindOf(1)],
    [cmos.disks, (isDisk(0) ? 0xf0 : 0) | (isDisk(1) ? 0x0f : 0)],
    [cmos.equipment, EQUIPMENT | floppyEquipment],
    ...words(cmos.base, 640),
    ...words(cmos.extended, extended),
    ...words(cmos.extendedToo, extended),
    ...words(cmos.above16, above16),
    ...bootOrder(o.boot?.once ?? o.boot?.order ?? usualOrder),
    [cmosToo.translation, translation],
    ...words(cmosToo.above4g, above4g & 0xffff),
    [cmosToo.above4g + 2, above4g >>> 16],
    [cmosToo.cpus, o.cpuCount - 1],
  ];
};

/** Of RAM that would reach into the last 512 MiB below 4 GiB, what is behind 3 GiB lies above 4 GiB. */
export const splitRam = (bytes: number): { low: number; high: number } => {
  const low = bytes >= 3584 * MiB ? 3072 * MiB : bytes;
  return { low, high: bytes - low };
};

export const ramMap = (bytes: number): RamRange[] => {
  const { low, high } = splitRam(bytes);
  return [{ base: 0, size: low }, ...(high > 0 ? [{ base: 2 ** 32, size: high }] : [])];
};
