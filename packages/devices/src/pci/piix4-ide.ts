/**
 * Function 1 of the PIIX4 (290562, 5), and of the PIIX3: two IDE channels at their places on the ISA bus, with bus masters at an address that is programmed.
 * Timings can be written and change nothing.
 */
import { type Device, type DeviceWires, type DmaPort, type IrqLine, type MmioDevice } from "@tsemu/hw";
import { IdeBusMaster } from "../ide/bus-master.ts";
import { IdeChannel } from "../ide/channel.ts";
import type { IdeUnit } from "../ide/unit.ts";
import { devfn, type PciBus } from "./bus.ts";
import { pciCommand, PciFunction, type PciRange, qemuSubsystem } from "./function.ts";

const COMMAND = 0x04;
const IDETIM = 0x40;
const DECODE = 0x8000;
const masterBytes = 8;
const places = [
  { command: 0x1f0, control: 0x3f6 },
  { command: 0x170, control: 0x376 },
] as const;

export interface Piix4IdeOptions extends DeviceWires {
  readonly bus: PciBus;
  readonly slot: number;
  /** The PIIX3's, which has no UltraDMA. */
  readonly piix3?: boolean;
  readonly dma: DmaPort;
  /** Of both channels: master and slave. */
  readonly units: readonly (IdeUnit | undefined)[];
  /** ISA interrupt requests 14 and 15. */
  readonly irqs: readonly [IrqLine, IrqLine];
}

export class Piix4Ide implements Device {
  readonly #function: PciFunction;
  readonly #channels: readonly { readonly channel: IdeChannel; readonly master: IdeBusMaster }[];

  constructor(o: Piix4IdeOptions) {
    const fn = new PciFunction({
      vendor: 0x8086,
      device: o.piix3 === true ? 0x7010 : 0x7111,
      revision: 0,
      classCode: 0x01_0180,
      ...(o.piix3 === true ? { subsystem: qemuSubsystem } : {}),
    });
    this.#function = fn;
    fn.define(0x06, 2, 0x0280);
    fn.define(IDETIM, 4, 0, 0xf3ff_f3ff);
    fn.define(0x44, 1, 0, 0xff); // SIDETIM
    if (o.piix3 !== true) {
      fn.define(0x48, 1, 0, 0x0f); // UDMACTL
      fn.define(0x4a, 2, 0, 0x3333); // UDMATIM
    }
    const enabled = (): boolean => (fn.get(COMMAND, 2) & pciCommand.master) !== 0;
    this.#channels = o.irqs.map((irq, n) => {
      const master = new IdeBusMaster({ dma: o.dma, enabled });
      const channel = new IdeChannel({
        units: o.units.slice(2 * n, 2 * n + 2),
        irq,
        onInterrupt: () => master.interrupted(),
        onDmaRequest: () => master.run(),
      });
      master.connect(channel);
      return { channel, master };
    });
    const masters: MmioDevice = {
      read: (at, size) => this.#channels[at >>> 3]!.master.read(at % masterBytes, size),
      write: (at, value, size) => this.#channels[at >>> 3]!.master.write(at % masterBytes, value, size),
    };
    fn.addBar(4, "io", 2 * masterBytes, masters);
    fn.fixedRanges = () => this.#fixedRanges();
    // A transfer that was not allowed may go on.
    fn.onWrite = () => this.#channels.forEach(({ master }) => master.run());
    o.bus.add(devfn(o.slot, 1), fn);
  }

  reset(): void {
    this.#function.reset();
    for (const { channel, master } of this.#channels) {
      master.reset();
      channel.reset();
    }
  }

  #fixedRanges(): PciRange[] {
    if ((this.#function.get(COMMAND, 2) & pciCommand.io) === 0) return [];
    return this.#channels.flatMap(({ channel }, n): PciRange[] => {
      if ((this.#function.get(IDETIM + 2 * n, 2) & DECODE) === 0) return [];
      const { command, control } = places[n]!;
      return [
        { kind: "io", base: command, size: 8, device: channel.commandBlock },
        { kind: "io", base: control, size: 1, device: channel.controlBlock },
      ];
    });
  }
}
