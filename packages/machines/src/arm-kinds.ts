/** The devices of ARM boards as rows of a table name them: how each is made, and its node for the device tree. */
import { GicV2, Pl011 } from "@tsemu/devices";
import { cells64, type FdtNode, type FdtValue, fdtNode } from "@tsemu/loader";
import type { DeviceKind, DeviceRow, Wire } from "./describe.ts";

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

/** A node with the unit address, reg and interrupts of its row. */
export const deviceNode = (name: string, row: DeviceRow, properties: Readonly<Record<string, FdtValue>>): FdtNode =>
  fdtNode(`${name}@${row.at[0]!.base.toString(16)}`, {
    ...properties,
    reg: row.at.flatMap(({ base, size }) => [...cells64(base), ...cells64(size)]),
    ...(row.irqs === undefined ? {} : { interrupts: row.irqs.flatMap(gicInterrupt) }),
  });

/** The three cells of a GIC's interrupt: 0 for an SPI, its number, 1 for a rising edge or 4 for a high level. */
const gicInterrupt = (wire: Wire): number[] => [0, wire.input - 32, wire.edge === true ? 1 : 4];
