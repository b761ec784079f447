import { hex32 } from "@tsemu/base";
import type { Device, DeviceWires, MmioDevice } from "@tsemu/hw";

/** The place of a chip that is not modelled: reads give zero, every access is logged as `unimp`. */
export class Unimplemented implements Device, MmioDevice {
  readonly #wires: DeviceWires;

  constructor(wires: DeviceWires) {
    this.#wires = wires;
  }

  read(offset: number, size: number): number {
    this.#wires.log.log("unimp", () => `${this.#wires.name}: unimplemented device read (size ${size}, offset ${hex32(offset)})`);
    return 0;
  }

  write(offset: number, value: number, size: number): void {
    this.#wires.log.log(
      "unimp",
      () => `${this.#wires.name}: unimplemented device write (size ${size}, offset ${hex32(offset)}, value ${hex32(value)})`,
    );
  }

  reset(): void {}
}
