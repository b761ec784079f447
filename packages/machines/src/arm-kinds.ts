/** The devices of ARM boards as rows of a table name them: how each is made, and its node for the device tree. */
import { FwCfg, fwCfgKey, GicV2, PflashCfi01, Pl011, Pl031, Pl061, Unimplemented, VirtioMmio } from "@tsemu/devices";
import { cells64, type FdtNode, type FdtValue, fdtNode } from "@tsemu/loader";
import type { DeviceKind, DeviceRow, Wire } from "./describe.ts";
import { virtioDevices } from "./virtio-devices.ts";

/** Phandles, the numbers of QEMU's virt. */
export const phandles = { clock: 0x8000, cpu0: 0x8001, intc: 0x8002, gpio: 0x8004 } as const;

const gicLines = 288;

/** Shared interrupt n of a GIC called "intc". */
export const spi = (n: number): Wire => ({ to: "intc", input: 32 + n });
export const edgeSpi = (n: number): Wire => ({ to: "intc", input: 32 + n, edge: true });
/** A private interrupt by its ID, 16 to 31. */
export const ppi = (id: number): Wire => ({ to: "intc", input: id });

export const gicV2: DeviceKind = {
  create({ wires, host, options }) {
    const gic = new GicV2({
      ...wires,
      interrupts: gicLines,
      cpus: Array.from({ length: options.cpuCount }, (_, cpu) => ({ irq: host.cpuIrq("irq", cpu), fiq: host.cpuIrq("fiq", cpu) })),
    });
    return {
      device: gic,
      mmio: [gic.distributor(0), gic.cpuInterface(0)],
      input: (n) => (n < 32 ? gic.ppi(0, n) : gic.spi(n - 32)),
    };
  },
  tree: (row) => [
    deviceNode("intc", row, {
      phandle: phandles.intc,
      compatible: "arm,cortex-a15-gic",
      ranges: true,
      "#size-cells": 2,
      "#address-cells": 2,
      "interrupt-controller": true,
      "#interrupt-cells": 3,
    }),
  ],
};

/** The two flash banks of virt; firmware takes the place of the first. */
export const pflash: DeviceKind = {
  create({ wires, row, options }) {
    const banks = row.at.map(({ size }, i) => new PflashCfi01({ ...wires, name: `${row.name}.${i}`, size, sectorSize: 256 * 1024 }));
    return {
      device: { reset: () => banks.forEach((bank) => bank.reset()) },
      mmio: options.firmware === undefined ? banks : [undefined, ...banks.slice(1)],
    };
  },
  tree: (row) => [deviceNode("flash", row, { "bank-width": 4, compatible: "cfi-flash" })],
};

export const pl011: DeviceKind = {
  create({ wires, host, row, irq }) {
    const uart = new Pl011({ ...wires, irq: irq(0), port: host.serial[row.index ?? 0] });
    return { device: uart, mmio: [uart] };
  },
  tree: (row) => [
    deviceNode("pl011", row, {
      compatible: ["arm,pl011", "arm,primecell"],
      clocks: [phandles.clock, phandles.clock],
      "clock-names": ["uartclk", "apb_pclk"],
    }),
  ],
};

export const pl031: DeviceKind = {
  create({ wires, host, irq }) {
    const rtc = new Pl031({ ...wires, irq: irq(0), wallClockSeconds: () => host.wallClockSeconds() });
    return { device: rtc, mmio: [rtc] };
  },
  tree: (row) => [
    deviceNode("pl031", row, { compatible: ["arm,pl031", "arm,primecell"], clocks: phandles.clock, "clock-names": "apb_pclk" }),
  ],
};

/** The GPIO block with virt's power key on line 3. */
export const pl061: DeviceKind = {
  create({ wires, irq }) {
    const gpio = new Pl061({ ...wires, irq: irq(0) });
    return { device: gpio, mmio: [gpio], input: (n) => gpio.input(n) };
  },
  tree: (row) => [
    deviceNode("pl061", row, {
      phandle: phandles.gpio,
      compatible: ["arm,pl061", "arm,primecell"],
      "#gpio-cells": 2,
      "gpio-controller": true,
      clocks: phandles.clock,
      "clock-names": "apb_pclk",
    }),
    fdtNode("gpio-keys", { compatible: "gpio-keys" }, [
      fdtNode("poweroff", { gpios: [phandles.gpio, 3, 0], "linux,code": 0x74, label: "GPIO Key Poweroff" }),
    ]),
  ],
};

/** Reads as zero, says in the log that it is missing. */
export const unimplemented: DeviceKind = {
  create({ wires }) {
    const device = new Unimplemented(wires);
    return { device, mmio: [device] };
  },
};

const u16 = (x: number): Uint8Array => Uint8Array.of(x & 0xff, x >>> 8);

export const fwCfg: DeviceKind = {
  create({ wires, host, options }) {
    const ramSize = new Uint8Array(8);
    new DataView(ramSize.buffer).setBigUint64(0, BigInt(options.ramBytes), true);
    const device = new FwCfg({
      ...wires,
      dma: host.dma,
      files: host.firmwareFiles ?? new Map(),
      items: new Map([
        [fwCfgKey.ramSize, ramSize],
        [fwCfgKey.cpuCount, u16(options.cpuCount)],
        [fwCfgKey.maxCpus, u16(options.cpuCount)],
      ]),
    });
    return { device, mmio: [device] };
  },
  tree: (row) => [deviceNode("fw-cfg", row, { compatible: "qemu,fw-cfg-mmio", "dma-coherent": true })],
};

/** How many transports a board has; devices are given to them from the last down, as QEMU does. */
export const virtioSlots = 32;

export const virtioMmio: DeviceKind = {
  create({ wires, host, row, irq }) {
    const device = virtioDevices(host)[virtioSlots - 1 - (row.index ?? 0)]?.();
    const transport = new VirtioMmio({ ...wires, irq: irq(0), dma: host.dma, device, legacy: host.modernVirtio !== true });
    return { device: transport, mmio: [transport] };
  },
  tree: (row) => [deviceNode("virtio_mmio", row, { compatible: "virtio,mmio", "dma-coherent": true })],
};

/** A node with the unit address, reg and interrupts of its row. */
export const deviceNode = (name: string, row: DeviceRow, properties: Readonly<Record<string, FdtValue>>): FdtNode =>
  fdtNode(`${name}@${row.at[0]!.base.toString(16)}`, {
    ...properties,
    reg: row.at.flatMap(({ base, size }) => [...cells64(base), ...cells64(size)]),
    ...(row.irqs === undefined ? {} : { interrupts: row.irqs.flatMap(gicInterrupt) }),
  });

/** The three cells of a GIC's interrupt: 0 for an SPI, its number, 1 for a rising edge or 4 for a high level. */
const gicInterrupt = (wire: Wire): number[] => [0, wire.input - 32, wire.edge === true ? 1 : 4];
