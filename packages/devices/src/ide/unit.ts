/**
 * One of the two devices on an IDE cable, as far as disks and CD-ROMs are alike: the registers, and the protocols by which data passes, PIO
 * and DMA (ATA/ATAPI-7, volume 2, 11). What commands mean is IdeCommands'. All of the host's work is asynchronous: meanwhile the unit is busy.
 * Not modelled: overlapped and queued commands, the time that a drive takes.
 */
import { control, device, error, register, status } from "./registers.ts";

/** The command set of a unit. */
export interface IdeCommands {
  /** Count, LBA low, mid and high after a reset: what kind of unit it is. */
  readonly signature: readonly number[];
  readonly statusAfterReset: number;
  /** Executes a command: the registers are the unit's, and it is busy. */
  execute(command: number): void;
  reset(): void;
}

/** The data of a DMA transfer that waits for the bus master. */
export interface DmaRequest {
  readonly toMemory: boolean;
  readonly bytes: Uint8Array;
  position: number;
  readonly next: () => void;
}

interface PioTransfer {
  readonly toHost: boolean;
  readonly bytes: Uint8Array;
  readonly block: number;
  position: number;
  /** Told how long a block is before it is offered. */
  readonly onBlock: ((length: number) => void) | undefined;
  readonly next: () => void;
}

export interface PioOptions {
  /** Bytes between two interrupts; the whole if not given. */
  readonly block?: number;
  /** Whether the first block is announced with an interrupt. */
  readonly interrupt: boolean;
  readonly onBlock?: (length: number) => void;
}

/** What a unit tells its channel. */
export interface IdeCable {
  interruptChanged(): void;
  dmaRequested(): void;
}

export class IdeUnit {
  /** What was written last, and before that: wide values are written in two turns (LBA48). */
  readonly current = new Uint8Array(8);
  readonly previous = new Uint8Array(8);
  status = 0;
  error = 0;
  /** INTRQ, before nIEN. */
  interrupt = false;
  dma: DmaRequest | undefined;
  readonly #commands: IdeCommands;
  #cable: IdeCable = { interruptChanged: () => {}, dmaRequested: () => {} };
  #pio: PioTransfer | undefined;
  /** Counts resets: what was begun before the last one must not touch the guest any more. */
  #generation = 0;

  constructor(commands: (unit: IdeUnit) => IdeCommands) {
    this.#commands = commands(this);
    this.reset();
  }

  connect(cable: IdeCable): void {
    this.#cable = cable;
  }

  /** Power-on, SRST. */
  reset(): void {
    this.abandon();
    this.current.fill(0);
    this.previous.fill(0);
    this.#commands.reset();
    this.sign();
    this.status = this.#commands.statusAfterReset;
    this.error = 1; // diagnostic code: no error
    this.#setInterrupt(false);
  }

  /** Ends transfers without a trace. */
  abandon(): void {
    this.#generation++;
    this.#pio = undefined;
    this.dma = undefined;
  }

  /** Puts the signature into the registers. */
  sign(): void {
    this.current.set(this.#commands.signature, register.count);
    this.current[register.device] = 0;
  }

  get(n: number): number {
    return this.current[n]!;
  }

  set(n: number, value: number): void {
    this.current[n] = value;
  }

  // ---- the guest's accesses

  readRegister(n: number, controlBits: number): number {
    if (n === register.error) return this.error;
    return (controlBits & control.HOB) === 0 ? this.current[n]! : this.previous[n]!;
  }

  writeRegister(n: number, value: number): void {
    // What is written in the middle of a command would change what it says about itself (7.1).
    if ((this.status & (status.BSY | status.DRQ)) !== 0) return;
    this.previous[n] = this.current[n]!;
    this.current[n] = n === register.device ? value | 0xa0 : value;
  }

  writeCommand(command: number): void {
    const deviceReset = 0x08;
    if ((this.status & (status.BSY | status.DRQ)) !== 0 && command !== deviceReset) return;
    this.#setInterrupt(false);
    this.error = 0;
    this.busy();
    this.#commands.execute(command);
  }

  acknowledge(): void {
    this.#setInterrupt(false);
  }

  readData(size: number): number {
    const t = this.#pio;
    if (t === undefined || !t.toHost) return 0;
    let value = 0;
    const end = Math.min(this.#blockEnd(t), t.position + size);
    for (let i = 0; t.position < end; i++) value += t.bytes[t.position++]! * 2 ** (8 * i);
    this.#advanced(t);
    return value;
  }

  writeData(value: number, size: number): void {
    const t = this.#pio;
    if (t === undefined || t.toHost) return;
    const end = Math.min(this.#blockEnd(t), t.position + size);
    for (let i = 0; t.position < end; i++) t.bytes[t.position++] = value >>> (8 * i);
    this.#advanced(t);
  }

  // ---- what command sets do

  busy(): void {
    this.status = status.BSY;
  }

  /** The command is over. */
  done(interrupt = true): void {
    this.status = status.DRDY | status.DSC;
    if (interrupt) this.#setInterrupt(true);
  }

  fail(bits: number): void {
    this.error = bits;
    this.status = status.DRDY | status.DSC | status.ERR;
    this.#setInterrupt(true);
  }

  abort(): void {
    this.fail(error.ABRT);
  }

  /** Waits for the host. `failed` is told of an error of its; without it the command fails. */
  wait(work: Promise<void>, then: () => void, failed = (): void => this.fail(error.UNC | error.ABRT)): void {
    const generation = this.#generation;
    const guarded = (next: () => void) => (): void => {
      if (generation === this.#generation) next();
    };
    work.then(guarded(then), guarded(failed));
  }

  /** Offers the bytes at the data register. `then`: when all have been read. */
  send(bytes: Uint8Array, o: PioOptions, then: () => void): void {
    this.#begin({ toHost: true, bytes, block: o.block ?? bytes.length, position: 0, onBlock: o.onBlock, next: then }, o.interrupt);
  }

  /** Takes that many bytes at the data register. */
  receive(length: number, o: PioOptions, then: (bytes: Uint8Array) => void): void {
    const bytes = new Uint8Array(length);
    const finish = (): void => then(bytes);
    this.#begin({ toHost: false, bytes, block: o.block ?? length, position: 0, onBlock: o.onBlock, next: finish }, o.interrupt);
  }

  /** Asks the bus master to take the bytes to memory, or to fill them from there. */
  requestDma(toMemory: boolean, bytes: Uint8Array, then: () => void): void {
    this.dma = { toMemory, bytes, position: 0, next: then };
    this.#cable.dmaRequested();
  }

  /** The bus master has moved them all. */
  dmaMoved(): void {
    const next = this.dma?.next;
    this.dma = undefined;
    next?.();
  }

  #begin(transfer: PioTransfer, interrupt: boolean): void {
    this.#pio = transfer;
    this.#offerBlock(transfer, interrupt);
  }

  #offerBlock(t: PioTransfer, interrupt: boolean): void {
    t.onBlock?.(this.#blockEnd(t) - t.position);
    this.status = status.DRDY | status.DSC | status.DRQ;
    if (interrupt) this.#setInterrupt(true);
  }

  #blockEnd(t: PioTransfer): number {
    return Math.min(t.bytes.length, (Math.floor(t.position / t.block) + 1) * t.block);
  }

  #advanced(t: PioTransfer): void {
    if (t.position === t.bytes.length) {
      this.#pio = undefined;
      this.busy();
      t.next();
    } else if (t.position % t.block === 0) this.#offerBlock(t, true);
  }

  #setInterrupt(level: boolean): void {
    this.interrupt = level;
    this.#cable.interruptChanged();
  }
}

/** Whether the device register selects the second unit. */
export const selectsSecond = (value: number): boolean => (value & device.DEV) !== 0;
