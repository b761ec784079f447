/**
 * PCI-to-ISA bridge Intel 82371AB (PIIX4, 290562): routing of PCI interrupts in function 0, and as much of the power management in function 3
 * as switching off needs: the ACPI registers at an address of I/O space that is programmed, with their timer.
 * Function 1 (IDE) is piix4-ide.ts. Not modelled: function 2 (USB), SMBus, SMI and SCI, general-purpose events, DMA, distributed DMA, positive decoding of ISA
 * devices (which the board has at their usual places).
 */
import { type Device, type DeviceWires, type IrqLine, lanes, type MmioDevice } from "@tsemu/hw";
import { devfn, type PciBus } from "./bus.ts";
import { PciFunction } from "./function.ts";
import { PirqRouter } from "./pirq-router.ts";

const TOM = 0x69;
const PMBA = 0x40;
const PMREGMISC = 0x80;
const PMIOSE = 1;
const PM_SIZE = 64;
const pmTimerHz = 3_579_545;
// PMCNTRL
const SUS_EN = 1 << 13;

export interface Piix4Options extends DeviceWires {
  readonly bus: PciBus;
  /** Its device number. */
  readonly slot: number;
  /** ISA interrupt requests 0 to 15. */
  readonly irqs: readonly IrqLine[];
  /** Soft off. */
  readonly onPowerOff: () => void;
}

export class Piix4 implements Device {
  readonly #o: Piix4Options;
  readonly #isa: PciFunction;
  readonly #power: PciFunction;
  readonly #router: PirqRouter;
  #status = 0;
  #enable = 0;
  #control = 0;

  constructor(o: Piix4Options) {
    this.#o = o;
    this.#isa = new PciFunction({ vendor: 0x8086, device: 0x7110, revision: 0, classCode: 0x06_0100, multiFunction: true });
    const isa = this.#isa;
    isa.define(0x04, 2, 0x0007, 0x0008);
    isa.define(0x06, 2, 0x0280);
    isa.define(0x4c, 1, 0x4d, 0xff); // IORT
    isa.define(0x4e, 2, 0x0003, 0xffff); // XBCS
    isa.define(0x64, 1, 0x10, 0xff); // SERIRQC
    isa.define(TOM, 1, 0x02, 0xfe);
    isa.define(0x76, 2, 0x0c0c, 0x8f8f); // MBDMA
    isa.define(0x82, 1, 0x02, 0x0f); // DLC
    isa.define(0xb0, 4, 0, 0xffff_ffff); // GENCFG
    this.#router = new PirqRouter(isa, o.irqs);
    isa.onWrite = () => this.#router.route();
    this.#power = new PciFunction({ vendor: 0x8086, device: 0x7113, revision: 0, classCode: 0x06_8000 });
    const power = this.#power;
    power.define(0x06, 2, 0x0280);
    power.define(PMBA, 4, 1, 0xffc0);
    power.define(PMREGMISC, 1, 0, PMIOSE);
    power.define(0x90, 4, 1, 0xfff0); // SMBBA
    power.define(0xd2, 1, 0, 0x0f); // SMBHSTCFG
    const registers: MmioDevice = {
      read: (at, size) => this.#readPower(at, size),
      write: (at, value, size) => this.#writePower(at, value, size),
    };
    power.fixedRanges = () =>
      (power.get(PMREGMISC, 1) & PMIOSE) === 0 ? [] : [{ kind: "io", base: power.get(PMBA, 4) & 0xffc0, size: PM_SIZE, device: registers }];
    o.bus.add(devfn(o.slot, 0), isa);
    o.bus.add(devfn(o.slot, 3), power);
  }

  reset(): void {
    this.#status = this.#enable = this.#control = 0;
    this.#isa.reset();
    this.#power.reset();
  }

  /** PIRQA to PIRQD. */
  pirq(n: number): IrqLine {
    return this.#router.input(n);
  }

  // ---- PMSTS, PMEN, PMCNTRL, PMTMR (7.2)

  #word(at: number): number {
    switch (at & ~3) {
      case 0:
        return this.#status | (this.#enable << 16);
      case 4:
        return this.#control;
      case 8:
        return Math.floor((this.#o.clock.now() * pmTimerHz) / 1e9) % 2 ** 24;
      default:
        return 0;
    }
  }

  #readPower(at: number, size: number): number {
    return lanes(this.#word(at), at, size);
  }

  #writePower(at: number, value: number, size: number): void {
    for (let i = 0; i < size; i++) this.#writePowerByte(at + i, (value >>> (8 * i)) & 0xff);
  }

  #writePowerByte(at: number, byte: number): void {
    const shift = 8 * (at & 1);
    const merged = (old: number): number => (old & ~(0xff << shift)) | (byte << shift);
    switch (at & ~1) {
      case 0:
        // Ones clear.
        this.#status &= ~(byte << shift);
        break;
      case 2:
        this.#enable = merged(this.#enable) & 0x0521;
        break;
      case 4:
        this.#writeControl(merged(this.#control));
        break;
      default:
        this.#o.log.log("unimp", () => `${this.#o.name}: power management register 0x${at.toString(16)} is not implemented`);
    }
  }

  #writeControl(value: number): void {
    // The suspend enable bit is written only.
    this.#control = value & 0x1c03;
    if ((value & SUS_EN) === 0) return;
    const type = (value >>> 10) & 7;
    if (type === 0) this.#o.onPowerOff();
    else this.#o.log.log("unimp", () => `${this.#o.name}: suspend type ${type} is not implemented`);
  }
}
