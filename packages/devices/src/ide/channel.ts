/**
 * An IDE channel: a cable with at most two units, the ports through which it is reached, and its interrupt (ATA/ATAPI-7, volume 2, 8 and 9).
 * Without a unit everything reads as zero, and so does what a missing second unit would say: the first answers for it (9.16.1).
 */
import type { IrqLine, MmioDevice } from "@tsemu/hw";
import { control, register } from "./registers.ts";
import { type DmaRequest, type IdeUnit, selectsSecond } from "./unit.ts";

const EXECUTE_DEVICE_DIAGNOSTIC = 0x90;

export interface IdeChannelOptions {
  readonly units: readonly (IdeUnit | undefined)[];
  readonly irq: IrqLine;
  /** INTRQ has risen. */
  readonly onInterrupt: () => void;
  /** The selected unit has data for the bus master. */
  readonly onDmaRequest: () => void;
}

export class IdeChannel {
  readonly #o: IdeChannelOptions;
  readonly #units: readonly IdeUnit[];
  #second = false;
  #control = 0;
  #level = false;

  /** Eight bytes: 0x1f0 to 0x1f7 of a PC. */
  readonly commandBlock: MmioDevice = {
    read: (at, size) => (at === register.data ? (this.#selected?.readData(size) ?? 0) : bytewise(at, size, (n) => this.#read(n))),
    write: (at, value, size) => {
      if (at === register.data) this.#selected?.writeData(value, size);
      else for (let i = 0; i < size && at + i <= register.command; i++) this.#write(at + i, (value >>> (8 * i)) & 0xff);
    },
  };
  /** One byte, 0x3f6: the status that does not acknowledge; the control register. */
  readonly controlBlock: MmioDevice = {
    read: () => this.#selected?.status ?? 0,
    write: (_, value) => this.#writeControl(value & 0xff),
  };

  constructor(o: IdeChannelOptions) {
    this.#o = o;
    this.#units = o.units.filter((unit) => unit !== undefined);
    const cable = {
      interruptChanged: () => this.#drive(),
      dmaRequested: () => o.onDmaRequest(),
    };
    for (const unit of this.#units) unit.connect(cable);
  }

  reset(): void {
    this.#second = false;
    this.#control = 0;
    for (const unit of this.#units) unit.reset();
    this.#drive();
  }

  get dma(): DmaRequest | undefined {
    return this.#selected?.dma;
  }

  dmaMoved(): void {
    this.#selected?.dmaMoved();
  }

  get #selected(): IdeUnit | undefined {
    return this.#o.units[this.#second ? 1 : 0];
  }

  #drive(): void {
    const level = this.#selected?.interrupt === true && (this.#control & control.nIEN) === 0;
    if (level === this.#level) return;
    this.#level = level;
    if (level) this.#o.onInterrupt();
    this.#o.irq.set(level);
  }

  #read(n: number): number {
    const unit = this.#selected;
    if (unit === undefined || n > register.status) return 0;
    if (n !== register.status) return unit.readRegister(n, this.#control);
    unit.acknowledge();
    return unit.status;
  }

  #write(n: number, value: number): void {
    this.#control &= ~control.HOB;
    if (n === register.command) return this.#command(value);
    // Both units listen.
    for (const unit of this.#units) unit.writeRegister(n, value);
    if (n !== register.device) return;
    this.#second = selectsSecond(value);
    this.#drive();
  }

  #command(value: number): void {
    if (value !== EXECUTE_DEVICE_DIAGNOSTIC) return this.#selected?.writeCommand(value);
    for (const unit of this.#units) unit.writeCommand(value);
    this.#second = false;
    this.#drive();
  }

  #writeControl(value: number): void {
    const before = this.#control;
    this.#control = value;
    // While SRST is high the units are in reset, and begin anew when it falls.
    if ((value & control.SRST) !== 0)
      for (const unit of this.#units) {
        unit.abandon();
        unit.busy();
      }
    else if ((before & control.SRST) !== 0) {
      this.#second = false;
      for (const unit of this.#units) unit.reset();
    }
    this.#drive();
  }
}

const bytewise = (at: number, size: number, read: (n: number) => number): number => {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + read(at + i);
  return value;
};
