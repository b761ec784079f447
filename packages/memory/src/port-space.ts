/**
 * The space of I/O ports: 64 KiB beside the memory of a machine, in which every byte has an address of its own. What a device answers in one
 * access goes to it as it is; an access that only begins in its range is one access for each byte, as on the ISA bus.
 */
import { hex32, type Logger } from "@tsemu/base";
import type { MmioDevice } from "@tsemu/hw";
import type { IoSpace } from "@tsemu/target";

const PORTS = 0x1_0000;
const NOBODY = 0;

export interface PortRange {
  readonly name: string;
  readonly port: number;
  readonly size: number;
  readonly device: MmioDevice;
}

export class PortSpace implements IoSpace {
  readonly #log: Logger;
  /** By port: the number of its range, counted from 1. */
  readonly #owners = new Uint16Array(PORTS);
  readonly #ranges: PortRange[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Where ranges overlap, the one added last is seen. */
  add(name: string, port: number, size: number, device: MmioDevice): void {
    this.#ranges.push({ name, port, size, device });
    this.#owners.fill(this.#ranges.length, port, port + size);
  }

  get ranges(): readonly PortRange[] {
    return this.#ranges;
  }

  read(port: number, size: 1 | 2 | 4): number {
    const owner = this.#owners[port & 0xffff]!;
    if (size > 1 && !this.#isWhole(port, size, owner)) {
      let value = 0;
      for (let i = size - 1; i >= 0; i--) value = value * 256 + this.read((port + i) & 0xffff, 1);
      return value;
    }
    const ones = 2 ** (8 * size) - 1;
    if (owner === NOBODY) {
      this.#log.log("guest_errors", () => `Invalid read of ${size} bytes at port ${hex32(port & 0xffff)}`);
      return ones;
    }
    const range = this.#ranges[owner - 1]!;
    return (range.device.read((port & 0xffff) - range.port, size) & ones) >>> 0;
  }

  write(port: number, value: number, size: 1 | 2 | 4): void {
    const owner = this.#owners[port & 0xffff]!;
    if (size > 1 && !this.#isWhole(port, size, owner)) {
      for (let i = 0; i < size; i++) this.write((port + i) & 0xffff, (value >>> (8 * i)) & 0xff, 1);
      return;
    }
    if (owner === NOBODY) {
      this.#log.log("guest_errors", () => `Invalid write of ${size} bytes at port ${hex32(port & 0xffff)}`);
      return;
    }
    const range = this.#ranges[owner - 1]!;
    range.device.write((port & 0xffff) - range.port, size === 4 ? value >>> 0 : value & (2 ** (8 * size) - 1), size);
  }

  /** Does one range answer all of the access? Nobody is one, too. */
  #isWhole(port: number, size: number, owner: number): boolean {
    for (let i = 1; i < size; i++) if (this.#owners[(port + i) & 0xffff] !== owner) return false;
    return (port & 0xffff) + size <= PORTS;
  }
}
