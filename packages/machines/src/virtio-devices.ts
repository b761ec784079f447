/** The virtio devices that the command line asks for, whatever they are connected by: disks first, then network cards, consoles, sources of entropy. */
import { VirtioBlk, VirtioConsole, type VirtioDevice, VirtioNet, VirtioPci, VirtioRng } from "@tsemu/devices";
import type { DeviceKind, MachineHost } from "./describe.ts";
import { pciInterrupt } from "./pc-chipset.ts";

export const virtioDevices = (host: MachineHost): (() => VirtioDevice)[] => [
  ...host.drives.map((drive) => () => new VirtioBlk(drive)),
  ...host.nets.map((net) => () => new VirtioNet(net)),
  ...(host.consoles ?? []).map((port) => () => new VirtioConsole(port)),
  ...Array.from({ length: host.rngs ?? 0 }, () => () => new VirtioRng(host.random)),
];

/** All of them on the bus of "pcihost", one a slot from this one on. */
export const virtioPci = (firstSlot: number): DeviceKind => ({
  create({ wires, host, other }) {
    const { message } = other("lapic");
    const transports = virtioDevices(host).map((make, i) => {
      const slot = firstSlot + i;
      const { to, input } = pciInterrupt(slot, 1);
      return new VirtioPci({
        ...wires,
        name: `${wires.name}${i}`,
        bus: other("pcihost").pci!,
        slot,
        irq: other(to).input!(input),
        dma: host.dma,
        device: make(),
        message: message!,
      });
    });
    return { device: { reset: () => transports.forEach((transport) => transport.reset()) }, mmio: [] };
  },
});
