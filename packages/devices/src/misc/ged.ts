/**
 * QEMU's generic event device (docs/specs/acpi_hw_reduced_hotplug) for ACPI without its usual hardware: the power button as an event, and the
 * registers by which the system switches itself off and resets itself (ACPI 6.4, 4.8.3.7 and 4.8.3.6).
 *
 *   events  0  which have happened, 32 bits; reading forgets them
 *   system  0  sleep control: a store with SLP_EN and a sleep type; 1 sleep status; 2 reset: a store of its value
 */
import type { Device, DeviceWires, IrqLine, MmioDevice } from "@tsemu/hw";

export const gedEvents = { powerDown: 2 } as const;
export const gedSleepType = { softOff: 5 } as const;
export const GED_RESET = 0x42;
const SLP_EN = 0x20;
const SLP_TYP_SHIFT = 2;

export interface GedOptions extends DeviceWires {
  /** An edge for each event. */
  readonly irq: IrqLine;
  readonly onPowerOff: () => void;
  readonly onReset: () => void;
}

export class Ged implements Device {
  readonly #o: GedOptions;
  #events = 0;

  constructor(o: GedOptions) {
    this.#o = o;
  }

  reset(): void {
    this.#events = 0;
    this.#o.irq.set(false);
  }

  get powerButton(): IrqLine {
    return {
      set: (level) => {
        if (!level) return;
        this.#events |= gedEvents.powerDown;
        this.#o.irq.set(true);
        this.#o.irq.set(false);
      },
    };
  }

  readonly events: MmioDevice = {
    read: (offset) => {
      if (offset !== 0) return 0;
      const events = this.#events;
      this.#events = 0;
      return events;
    },
    write: () => {},
  };

  readonly system: MmioDevice = {
    read: () => 0,
    write: (offset, value) => {
      if (offset === 0 && (value & SLP_EN) !== 0 && ((value >>> SLP_TYP_SHIFT) & 7) === gedSleepType.softOff) this.#o.onPowerOff();
      if (offset === 2 && (value & 0xff) === GED_RESET) this.#o.onReset();
    },
  };
}
