/** The graphics card of a PC. */
import { StandardVga } from "@tsemu/devices";
import type { MemoryBlock, MmioDevice } from "@tsemu/hw";
import type { DeviceKind, MachineHost } from "./describe.ts";

const MiB = 2 ** 20;
const videoBytes = 16 * MiB;
const romBytes = 64 * 1024;
/** What cards have of their own. */
export const graphicsMemory = videoBytes + romBytes;
const slot = 2;
const romName = "vgabios-stdvga.bin";
const nobody: MmioDevice = { read: (_, size) => 2 ** (8 * size) - 1, write: () => {} };

/** Regions: the range of memory below 1 MiB, the ports of a VGA, those of the Bochs extension. */
export const standardVga: DeviceKind = {
  create({ wires, host, other }) {
    if (host.graphics === "none") return { device: { reset: () => {} }, mmio: [nobody, nobody, nobody] };
    const device = new StandardVga({
      ...wires,
      bus: other("pcihost").pci!,
      slot,
      memory: host.memoryBlock(videoBytes),
      rom: romOf(host),
    });
    return { device, mmio: [device.window, device.ports, device.vbePorts], display: device };
  },
};

const romOf = (host: MachineHost): MemoryBlock | undefined => {
  const bytes = host.romFile?.(romName)?.subarray(0, romBytes);
  if (bytes === undefined) return undefined;
  const block = host.memoryBlock(romBytes);
  block.bytes.set(bytes);
  return block;
};
