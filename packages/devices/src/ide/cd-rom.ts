/**
 * A CD-ROM or DVD-ROM drive: ATA's PACKET command set around the packets of cd-packets.ts (ATA/ATAPI-7, volume 1, 6.24; MMC-3). The disc is an
 * image of 2048-byte blocks.
 */
import type { BlockPort } from "@tsemu/hw";
import { CdPackets } from "./cd-packets.ts";
import { identifyCdRom, setTransferMode, type TransferModes } from "./identify.ts";
import { error, interruptReason, register } from "./registers.ts";
import { type IdeCommands, IdeUnit } from "./unit.ts";

export interface CdRomOptions {
  /** The disc; the drive is empty without one. */
  readonly port: BlockPort | undefined;
  readonly serialNumber: string;
  readonly model?: string;
}

/** The unit for a cable. */
export const cdRom = (o: CdRomOptions): IdeUnit => new IdeUnit((unit) => new CdRom(o, unit));

const packetBytes = 12;
/** What a byte count limit of 0 means is not said; the largest even one. */
const MOST = 0xfffe;

class CdRom implements IdeCommands {
  readonly signature = [1, 1, 0x14, 0xeb];
  readonly statusAfterReset = 0;
  readonly #unit: IdeUnit;
  readonly #serialNumber: string;
  readonly #model: string;
  readonly #packets: CdPackets;
  readonly #modes: TransferModes = { multiword: undefined, ultra: undefined };
  #limit = MOST;

  constructor({ port, serialNumber, model = "QEMU DVD-ROM" }: CdRomOptions, unit: IdeUnit) {
    this.#unit = unit;
    this.#serialNumber = serialNumber;
    this.#model = model;
    this.#packets = new CdPackets(port, model, {
      wait: (work, then, failed) => unit.wait(work, then, failed),
      send: (bytes, then) => this.#send(bytes, then),
      done: () => this.#end(),
      fail: (key) => this.#check(key),
    });
  }

  reset(): void {
    this.#modes.multiword = undefined;
    this.#modes.ultra = 5;
    this.#packets.reset();
  }

  execute(command: number): void {
    const unit = this.#unit;
    switch (command) {
      case 0x08: // DEVICE RESET
        unit.abandon();
        this.reset();
        unit.sign();
        unit.error = 1;
        unit.status = this.statusAfterReset;
        return;
      case 0x90: // EXECUTE DEVICE DIAGNOSTIC
        unit.sign();
        unit.error = 1;
        unit.done();
        unit.status = this.statusAfterReset;
        return;
      case 0xa0:
        return this.#packet();
      case 0xa1: // IDENTIFY PACKET DEVICE
        return unit.send(
          identifyCdRom({ model: this.#model, serialNumber: this.#serialNumber, firmware: "2.5+", modes: this.#modes }),
          { interrupt: true },
          () => unit.done(false),
        );
      case 0xe0: // STANDBY, IDLE, SLEEP
      case 0xe1:
      case 0xe2:
      case 0xe3:
      case 0xe6:
        return unit.done();
      case 0xe5: // CHECK POWER MODE
        unit.set(register.count, 0xff);
        return unit.done();
      case 0xef: // SET FEATURES: transfer mode only
        if (unit.get(register.feature) === 3 && setTransferMode(this.#modes, unit.get(register.count))) return unit.done();
        return unit.abort();
      case 0xec: // IDENTIFY DEVICE, READ SECTORS: refused, with the signature
      case 0x20:
        unit.sign();
        return unit.abort();
      default:
        return unit.abort();
    }
  }

  #packet(): void {
    const unit = this.#unit;
    // The overlap bit is refused, as there is no queue.
    if ((unit.get(register.feature) & 2) !== 0) return unit.abort();
    // The registers say later how long each block is; blocks are even, but for the last.
    const limit = unit.get(register.lbaMid) + 256 * unit.get(register.lbaHigh);
    this.#limit = limit === 0 || limit === 0xffff ? MOST : Math.max(2, limit & ~1);
    unit.set(register.count, interruptReason.command);
    unit.receive(packetBytes, { interrupt: false }, (packet) => this.#packets.execute(packet));
  }

  get #useDma(): boolean {
    return (this.#unit.get(register.feature) & 1) !== 0;
  }

  #send(bytes: Uint8Array, then: () => void): void {
    const unit = this.#unit;
    if (this.#useDma) return unit.requestDma(true, bytes, then);
    unit.set(register.count, interruptReason.toHost);
    unit.send(
      bytes,
      { block: Math.min(this.#limit, bytes.length), interrupt: true, onBlock: (length) => this.#setByteCount(length) },
      then,
    );
  }

  #setByteCount(length: number): void {
    this.#unit.set(register.lbaMid, length);
    this.#unit.set(register.lbaHigh, length >>> 8);
  }

  #end(): void {
    this.#unit.set(register.count, interruptReason.command | interruptReason.toHost);
    this.#unit.done();
  }

  /** CHECK CONDITION: the sense key is in the error register. */
  #check(key: number): void {
    this.#unit.set(register.count, interruptReason.command | interruptReason.toHost);
    this.#unit.fail((key << 4) | error.ABRT);
  }
}
