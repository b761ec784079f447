/** The IDE units that the command line describes, as boards with the PIIX bridges have them. */
import { ataDisk, cdRom, type IdeUnit, Piix4Ide } from "@tsemu/devices";
import type { DeviceKind, IdeOptions } from "./describe.ts";

/** Units 0 to 3. */
const ideUnit = (o: IdeOptions | undefined, n: number): IdeUnit | undefined => {
  if (o === undefined) return undefined;
  const serialNumber = o.serialNumber ?? `QM${String(n + 1).padStart(5, "0")}`;
  if (o.kind === "cdrom") return cdRom({ port: o.port, serialNumber });
  return o.port === undefined ? undefined : ataDisk({ port: o.port, serialNumber });
};

/** In a slot of the bus of "pcihost": function 1 of the bridge to the ISA bus. */
export const piixIde = (slot: number, piix3: boolean): DeviceKind => ({
  create({ wires, host, irq, other }) {
    const units = Array.from({ length: 4 }, (_, n) => ideUnit(host.ide?.[n], n));
    const bus = other("pcihost").pci!;
    return { device: new Piix4Ide({ ...wires, bus, slot, piix3, dma: host.dma, units, irqs: [irq(0), irq(1)] }), mmio: [] };
  },
});
