/** The devices of PCs, which other boards have too, as rows of a table name them. They have registers of one byte. */
import { I8042, I8254, I8259Pair, keyBytes, Mc146818, Ns16550, Ps2Keyboard, Ps2Mouse } from "@tsemu/devices";
import { type MmioDevice, orGate } from "@tsemu/hw";
import type { DeviceKind, Wire } from "./describe.ts";

/** Interrupt request n of the 8259 pair, which is called "pic". */
export const isaIrq = (n: number): Wire => ({ to: "pic", input: n });

/** Larger accesses are accesses to one register after the other. */
export const byteWide = (device: MmioDevice): MmioDevice => ({
  read(offset, size) {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (device.read(offset + i, 1) & 0xff);
    return value;
  },
  write(offset, value, size) {
    for (let i = 0; i < size; i++) device.write(offset + i, (value >>> (8 * i)) & 0xff, 1);
  },
});

/** First chip, second chip, edge/level registers. Several devices may share an input. */
export const i8259Pair: DeviceKind = {
  create({ wires, host, row, irq }) {
    const device = new I8259Pair({ ...wires, irq: row.irqs === undefined ? host.cpuIrq("irq", 0) : irq(0) });
    const gates = Array.from({ length: 16 }, (_, n) => orGate(device.input(n)));
    return {
      device,
      mmio: device.ports.map((port) => byteWide(port)),
      input: (n) => gates[n]!(),
      acknowledge: () => device.acknowledge(),
    };
  },
};

export const i8254: DeviceKind = {
  create({ wires, irq }) {
    const device = new I8254({ ...wires, irq: irq(0) });
    return { device, mmio: [byteWide(device)] };
  },
};

export const mc146818: DeviceKind = {
  create({ wires, host, irq }) {
    const device = new Mc146818({ ...wires, irq: irq(0), wallClockSeconds: () => host.wallClockSeconds() });
    return { device, mmio: [byteWide(device)] };
  },
};

export const ns16550: DeviceKind = {
  create({ wires, host, row, irq }) {
    const device = new Ns16550({ ...wires, irq: irq(0), port: host.serial[row.index ?? 0] });
    return { device, mmio: [byteWide(device)] };
  },
};

/** Ports 0x60 and 0x64, with a keyboard and a mouse. With an index, it is the number of the CPU whose address line 20 it gates. */
export const i8042: DeviceKind = {
  create({ wires, host, irq, row }) {
    const a20 = row.index === undefined ? undefined : host.cpuIrq("a20", row.index);
    const keyboard = new Ps2Keyboard();
    const device = new I8042({
      ...wires,
      keyboard,
      mouse: new Ps2Mouse(),
      irqs: [irq(0), irq(1)],
      onReset: () => host.reset(),
      ...(a20 === undefined ? {} : { onA20: (open: boolean) => a20.set(open) }),
    });
    const at = (register: number): MmioDevice => ({
      read: () => device.read(register),
      write: (_, value) => device.write(register, value),
    });
    return { device, mmio: [at(0), at(1)], keyboard: { key: (name, down) => keyboard.key(...keyBytes(name, down)) } };
  },
};
