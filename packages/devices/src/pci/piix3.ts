/**
 * PCI-to-ISA bridge Intel 82371SB (PIIX3, 290550), function 0, as far as software sees it on a PC: routing of PCI interrupts, and the register
 * at port 0xcf9 that resets the machine. The edge/level registers are the interrupt controllers'.
 * Stored without effect: ISA timing, positive decoding, SMI sources. Function 1 (IDE) is piix4-ide.ts. Not modelled: function 2 (USB).
 */
import { type Device, type DeviceWires, type IrqLine, type MmioDevice } from "@tsemu/hw";
import { devfn, type PciBus } from "./bus.ts";
import { PciFunction, qemuSubsystem } from "./function.ts";
import { PirqRouter } from "./pirq-router.ts";

// Reset control: what kind of reset, and the bit that carries it out when it rises.
const SYSTEM_RESET = 2;
const RESET_CPU = 4;

export interface Piix3Options extends DeviceWires {
  readonly bus: PciBus;
  /** Its device number. */
  readonly slot: number;
  /** ISA interrupt requests 0 to 15. */
  readonly irqs: readonly IrqLine[];
  readonly onReset: () => void;
}

export class Piix3 implements Device {
  readonly #isa: PciFunction;
  readonly #router: PirqRouter;
  #resetControl = 0;
  /** Port 0xcf9. */
  readonly resetControl: MmioDevice;

  constructor(o: Piix3Options) {
    const isa = new PciFunction({
      vendor: 0x8086,
      device: 0x7000,
      revision: 0,
      classCode: 0x06_0100,
      multiFunction: true,
      subsystem: qemuSubsystem,
    });
    this.#isa = isa;
    isa.define(0x04, 2, 0x0007, 0x0008);
    isa.define(0x06, 2, 0x0200);
    isa.define(0x4c, 1, 0x4d, 0xff); // IORT
    isa.define(0x4e, 2, 0x0003, 0xffff); // XBCS
    isa.define(0x69, 1, 0x02, 0xfe); // TOM
    isa.define(0x70, 1, 0x80, 0xff); // MBIRQ0
    isa.define(0x76, 2, 0x0c0c, 0x8f8f); // MBDMA
    isa.define(0x78, 2, 0x0002, 0xffff); // PCSC
    isa.define(0x80, 1, 0, 0xff); // APICBASE
    isa.define(0x82, 1, 0, 0x0f); // DLC
    isa.define(0xa0, 1, 0x08, 0xff); // SMICNTL
    isa.define(0xa2, 6, 0, 2 ** 48 - 1); // SMIEN, SEE
    isa.define(0xa8, 1, 0x0f, 0xff); // FTMR
    isa.define(0xaa, 2, 0, 0xffff); // SMIREQ
    isa.define(0xac, 3, 0, 0xff_ffff); // CTLTMR, CTHTMR
    this.#router = new PirqRouter(isa, o.irqs);
    isa.onWrite = () => this.#router.route();
    o.bus.add(devfn(o.slot, 0), isa);
    this.resetControl = {
      read: () => this.#resetControl,
      write: (_, value) => {
        const rises = (value & ~this.#resetControl & RESET_CPU) !== 0;
        this.#resetControl = value & (SYSTEM_RESET | RESET_CPU);
        if (rises) o.onReset();
      },
    };
  }

  reset(): void {
    this.#resetControl = 0;
    this.#isa.reset();
  }

  /** PIRQA to PIRQD. */
  pirq(n: number): IrqLine {
    return this.#router.input(n);
  }
}
