/**
 * Function 3 of the PIIX4 (290562, 7): power management with the ACPI registers at an address of I/O space that is programmed, and an SMBus
 * host with nothing on its bus. The general-purpose events are where QEMU has them, at port 0xafe0; ports 0xb2 and 0xb3 are how an operating
 * system speaks to the firmware.
 * Not modelled: sleeping states but S5 (soft off), device monitors, the clock control and timers of the chip.
 */
import { type Device, type DeviceWires, type IrqLine, lanes, type MmioDevice, type Timer } from "@tsemu/hw";
import { devfn, type PciBus } from "./bus.ts";
import { PciFunction, type PciRange, qemuSubsystem } from "./function.ts";
import { SmBusHost } from "./smbus-host.ts";

const PMBA = 0x40;
const DEVACTB = 0x58;
const PMREGMISC = 0x80;
const PMIOSE = 1;
const PM_SIZE = 64;
const SMBBA = 0x90;
const SMBHSTCFG = 0xd2;
export const pmTimerHz = 3_579_545;
const TIMER_BITS = 2 ** 24;
/** The status bit is set when the timer's highest bit changes. */
const HALF = 2 ** 23;
// PMSTS and PMEN
const TMR = 0x0001;
const PWRBTN = 0x0100;
const EVENTS = 0x0521;
const STATUS_BITS = 0x8d31;
// PMCNTRL
const SCI_EN = 1;
const SUS_EN = 1 << 13;
// GLBCTL
const GLBCTL = 0x28;
// Of DEVACTB: stores to port 0xb2 raise an SMI.
const APMC_EN = 1 << 25;
const ACPI_ENABLE = 0xf1;
const ACPI_DISABLE = 0xf0;

export interface Piix4PmOptions extends DeviceWires {
  readonly bus: PciBus;
  readonly slot: number;
  /** ISA request 9. */
  readonly sci: IrqLine;
  readonly smi: IrqLine;
  /** Does the CPU have system management mode? Otherwise the firmware is told that it is set up already, and leaves it alone. */
  readonly hasSmm: boolean;
  /** Soft off. */
  readonly onPowerOff: () => void;
}

export class Piix4Pm implements Device {
  readonly #o: Piix4PmOptions;
  readonly #function: PciFunction;
  readonly #smbus = new SmBusHost();
  readonly #overflow: Timer;
  #status = 0;
  #enable = 0;
  #control = 0;
  #globalControl = 0;
  /** The half of the timer's period up to which the status bit is right. */
  #seenHalf = 0;
  #apm = [0, 0];
  readonly #gpe = new Uint8Array(4);

  constructor(o: Piix4PmOptions) {
    this.#o = o;
    this.#overflow = o.clock.timer(() => this.#update());
    const fn = new PciFunction({ vendor: 0x8086, device: 0x7113, revision: 3, classCode: 0x06_8000, pin: 1, subsystem: qemuSubsystem });
    this.#function = fn;
    fn.define(0x06, 2, 0x0280);
    fn.define(PMBA, 4, 1, 0xffc0);
    for (let at = 0x44; at < 0x80; at++) fn.define(at, 1, 0, 0xff);
    fn.define(DEVACTB, 4, o.hasSmm ? 0 : APMC_EN, 0xffff_ffff);
    fn.define(0x5f, 1, 0x10, 0xff);
    fn.define(0x63, 1, 0x60, 0xff);
    fn.define(0x67, 1, 0x98, 0xff); // both serial ports are there
    fn.define(PMREGMISC, 1, 0, PMIOSE);
    fn.define(SMBBA, 4, 1, 0xfff0);
    fn.define(SMBHSTCFG, 1, 0, 0x0f);
    fn.fixedRanges = () => this.#ranges();
    o.bus.add(devfn(o.slot, 3), fn);
  }

  reset(): void {
    this.#status = this.#enable = this.#control = this.#globalControl = 0;
    this.#apm = [0, 0];
    this.#gpe.fill(0);
    this.#seenHalf = this.#half;
    this.#smbus.reset();
    this.#function.reset();
    this.#update();
  }

  #ranges(): PciRange[] {
    const fn = this.#function;
    const ranges: PciRange[] = [];
    if ((fn.get(PMREGMISC, 1) & PMIOSE) !== 0)
      ranges.push({ kind: "io", base: fn.get(PMBA, 4) & 0xffc0, size: PM_SIZE, device: this.#registers });
    if ((fn.get(SMBHSTCFG, 1) & 1) !== 0) ranges.push({ kind: "io", base: fn.get(SMBBA, 4) & 0xfff0, size: 16, device: this.#smbus });
    return ranges;
  }

  /** High: the power button is pressed. */
  get powerButton(): IrqLine {
    return {
      set: (level) => {
        if (!level) return;
        this.#status |= PWRBTN;
        this.#update();
      },
    };
  }

  // ---- the timer and the interrupt

  get #ticks(): number {
    return Math.floor((this.#o.clock.now() * pmTimerHz) / 1e9);
  }

  get #half(): number {
    return Math.floor(this.#ticks / HALF);
  }

  /** Brings the timer's status bit up to date, and drives the interrupt. */
  #update(): void {
    const half = this.#half;
    if (half !== this.#seenHalf) this.#status |= TMR;
    this.#seenHalf = half;
    const events = this.#status & this.#enable & EVENTS;
    const general = (this.#gpe[0]! & this.#gpe[2]!) | (this.#gpe[1]! & this.#gpe[3]!);
    this.#o.sci.set((this.#control & SCI_EN) !== 0 && (events !== 0 || general !== 0));
    if ((this.#enable & TMR) !== 0 && (this.#status & TMR) === 0) this.#overflow.arm(Math.ceil(((half + 1) * HALF * 1e9) / pmTimerHz));
    else this.#overflow.disarm();
  }

  // ---- PMSTS, PMEN, PMCNTRL, PMTMR, GLBCTL (7.2)

  readonly #registers: MmioDevice = {
    read: (at, size) => {
      let value = 0;
      // The timer does not move while its bytes are read.
      const words = [at & ~3, (at & ~3) + 4].map((word) => this.#word(word));
      for (let i = size - 1; i >= 0; i--) value = value * 256 + lanes(words[((at & 3) + i) >>> 2]!, at + i, 1);
      return value;
    },
    write: (at, value, size) => {
      for (let i = 0; i < size; i++) this.#writeByte(at + i, (value >>> (8 * i)) & 0xff);
      this.#update();
    },
  };

  #word(at: number): number {
    switch (at) {
      case 0x00:
        this.#update();
        return this.#status | (this.#enable << 16);
      case 0x04:
        return this.#control;
      case 0x08:
        return this.#ticks % TIMER_BITS;
      case GLBCTL:
        return this.#globalControl;
      default:
        return 0;
    }
  }

  #writeByte(at: number, byte: number): void {
    const shift = 8 * (at & 1);
    const merged = (old: number): number => (old & ~(0xff << shift)) | (byte << shift);
    switch (at & ~1) {
      case 0x00:
        // Ones clear.
        this.#status &= ~((byte << shift) & STATUS_BITS);
        break;
      case 0x02:
        this.#enable = merged(this.#enable) & EVENTS;
        break;
      case 0x04:
        this.#writeControl(merged(this.#control));
        break;
      default:
        if (at >= GLBCTL && at < GLBCTL + 4) {
          const place = 8 * (at - GLBCTL);
          this.#globalControl = ((this.#globalControl & ~(0xff << place)) | (byte << place)) >>> 0;
        } else if (at < 0x08 || at >= 0x0c) {
          this.#o.log.log("unimp", () => `${this.#o.name}: power management register 0x${at.toString(16)} is not implemented`);
        }
    }
  }

  #writeControl(value: number): void {
    // The suspend enable bit is written only.
    this.#control = value & 0x1c07;
    if ((value & SUS_EN) === 0) return;
    const type = (value >>> 10) & 7;
    if (type === 0) this.#o.onPowerOff();
    else this.#o.log.log("unimp", () => `${this.#o.name}: suspend type ${type} is not implemented`);
  }

  /** Ports 0xb2, where a store asks the firmware for something, and 0xb3. */
  readonly apm: MmioDevice = {
    read: (offset) => this.#apm[offset & 1]!,
    write: (offset, value) => {
      this.#apm[offset & 1] = value & 0xff;
      if ((offset & 1) !== 0) return;
      // What the firmware's handler would do for these two.
      if (value === ACPI_ENABLE) this.#control |= SCI_EN;
      else if (value === ACPI_DISABLE) this.#control &= ~SCI_EN;
      else if (this.#o.hasSmm && (this.#function.get(DEVACTB, 4) & APMC_EN) !== 0) {
        this.#o.smi.set(true);
        this.#o.smi.set(false);
      }
      this.#update();
    },
  };

  /** General-purpose events: two bytes of status, two that enable them. Nothing raises one. */
  readonly generalEvents: MmioDevice = {
    read: (offset) => this.#gpe[offset & 3]!,
    write: (offset, value) => {
      if ((offset & 2) === 0) this.#gpe[offset & 3]! &= ~value;
      else this.#gpe[offset & 3] = value;
      this.#update();
    },
  };
}
