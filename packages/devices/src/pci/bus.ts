/** A PCI bus: functions by device and function number, and what its masters' cycles reach. What nobody answers reads as all ones. */
import type { Device, MmioDevice } from "@tsemu/hw";
import type { PciFunction, PciRange } from "./function.ts";

export const devfn = (device: number, fn: number): number => (device << 3) | fn;
const ones = (size: number): number => (size === 4 ? 0xffff_ffff : 2 ** (8 * size) - 1);

export class PciBus implements Device {
  readonly #functions = new Map<number, PciFunction>();
  #ranges: readonly PciRange[] | undefined;
  readonly #unclaimed: (cycle: string) => void;
  /** Told what the functions decode whenever that may have changed. */
  onDecode: (ranges: readonly PciRange[]) => void = () => {};
  /** I/O and memory cycles, by address. */
  readonly io: MmioDevice = this.#space("io");
  readonly memory: MmioDevice = this.#space("memory");

  /** Told of cycles that nobody answers. */
  constructor(unclaimed: (cycle: string) => void = () => {}) {
    this.#unclaimed = unclaimed;
  }

  add(number: number, fn: PciFunction): void {
    this.#functions.set(number, fn);
    fn.onWrite = chained(fn.onWrite, () => {
      this.#ranges = undefined;
      this.onDecode(this.#decoded());
    });
  }

  #space(kind: "io" | "memory"): MmioDevice {
    const find = (address: number): PciRange | undefined =>
      this.#decoded().find((range) => range.kind === kind && address >= range.base && address < range.base + range.size);
    const unclaimed = (cycle: string): void => this.#unclaimed(cycle);
    return {
      read(address, size) {
        const range = find(address);
        if (range !== undefined) return range.device.read(address - range.base, size);
        unclaimed(`read of ${size} bytes at ${kind} address 0x${address.toString(16)}`);
        return ones(size);
      },
      write(address, value, size) {
        const range = find(address);
        if (range !== undefined) range.device.write(address - range.base, value, size);
        else unclaimed(`write of ${size} bytes at ${kind} address 0x${address.toString(16)}`);
      },
    };
  }

  #decoded(): readonly PciRange[] {
    return (this.#ranges ??= [...this.#functions.values()].flatMap((fn) => fn.ranges()));
  }

  /** A configuration cycle as mechanism #1 has its address (PCI 2.2, 3.2.2.3): bus, device, function, register. Bridges there are none. */
  readConfig(address: number, size: number): number {
    return this.#at(address)?.read(address & 0xff, size) ?? ones(size);
  }

  writeConfig(address: number, value: number, size: number): void {
    this.#at(address)?.write(address & 0xff, value, size);
  }

  /** Does a function answer configuration cycles at this address? */
  has(address: number): boolean {
    return this.#at(address) !== undefined;
  }

  #at(address: number): PciFunction | undefined {
    return (address & 0xff_0000) === 0 ? this.#functions.get((address >>> 8) & 0xff) : undefined;
  }

  reset(): void {
    for (const fn of this.#functions.values()) fn.reset();
  }
}

const chained = (first: () => void, second: () => void) => (): void => {
  first();
  second();
};
