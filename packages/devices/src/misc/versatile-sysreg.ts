/**
 * The system registers of the ARM Versatile boards: ARM DUI 0225D, 4.2. Identity, counters, flags, LEDs, and reset. What only
 * configures the board (oscillators, LCD power, DMA mapping) is stored to no effect.
 */
import { type Device, type DeviceWires, type MmioDevice, RegisterBank, type RegisterRow } from "@tsemu/hw";

const unlockKey = 0xa05f;
const resetBit = 1 << 8; // SYS_RESETCTL on the PB926: DUI 0225D, table 4-13

export interface VersatileSysregOptions extends DeviceWires {
  readonly id: number;
  readonly processorIds: readonly [number, number];
  /** The guest asks for a reset of the board. */
  readonly onReset: () => void;
}

export class VersatileSysreg implements Device, MmioDevice {
  readonly #clock: DeviceWires["clock"];
  readonly #onReset: () => void;
  #flags = 0;
  #nonVolatileFlags = 0;

  readonly registers: RegisterBank;

  constructor(o: VersatileSysregOptions) {
    this.#clock = o.clock;
    this.#onReset = o.onReset;
    const ticks = (hz: number) => () => Math.floor(this.#clock.now() / (1e9 / hz)) >>> 0;
    const guarded = (name: string, at: number, bits: number): Record<string, RegisterRow> => ({
      [name]: { at, bits, write: (_, old) => this.#keepIfLocked(name, old) },
    });
    this.registers = new RegisterBank(o, {
      SYS_ID: { at: 0x00, bits: 0, reset: o.id },
      SYS_SW: { at: 0x04, bits: 0 },
      SYS_LED: { at: 0x08 },
      ...guarded("SYS_OSC0", 0x0c, 0x7_ffff),
      ...guarded("SYS_OSC1", 0x10, 0x7_ffff),
      ...guarded("SYS_OSC2", 0x14, 0x7_ffff),
      ...guarded("SYS_OSC3", 0x18, 0x7_ffff),
      ...guarded("SYS_OSC4", 0x1c, 0x7_ffff),
      // Bit 16 would say "locked"; QEMU, which guests know, gives back what was written.
      SYS_LOCK: { at: 0x20, bits: 0xffff },
      SYS_100HZ: { at: 0x24, bits: 0, read: ticks(100) },
      SYS_CFGDATA1: { at: 0x28 },
      SYS_CFGDATA2: { at: 0x2c },
      SYS_FLAGSSET: { at: 0x30, bits: 0, read: () => this.#flags, write: (v) => (this.#flags |= v) },
      SYS_FLAGSCLR: { at: 0x34, bits: 0, read: () => 0, write: (v) => (this.#flags &= ~v) },
      SYS_NVFLAGSSET: { at: 0x38, bits: 0, read: () => this.#nonVolatileFlags, write: (v) => (this.#nonVolatileFlags |= v) },
      SYS_NVFLAGSCLR: { at: 0x3c, bits: 0, read: () => 0, write: (v) => (this.#nonVolatileFlags &= ~v) },
      SYS_RESETCTL: { at: 0x40, bits: 0x1ff, write: (v, old) => this.#resetControl(v, old) },
      SYS_PCICTL: { at: 0x44, bits: 0, reset: 1, write: () => {} },
      SYS_MCI: { at: 0x48, bits: 0 },
      SYS_FLASH: { at: 0x4c, bits: 1 },
      SYS_CLCD: { at: 0x50, bits: 0x3f, reset: 0x1f00 },
      SYS_CLCDSER: { at: 0x54 },
      SYS_BOOTCS: { at: 0x58 },
      SYS_24MHZ: { at: 0x5c, bits: 0, read: ticks(24e6) },
      SYS_MISC: { at: 0x60, bits: 0 },
      SYS_DMAPSR0: { at: 0x64, bits: 0x9f },
      SYS_DMAPSR1: { at: 0x68, bits: 0x9f },
      SYS_DMAPSR2: { at: 0x6c, bits: 0x9f },
      SYS_PROCID0: { at: 0x84, bits: 0, reset: o.processorIds[0] },
      SYS_PROCID1: { at: 0x88, bits: 0, reset: o.processorIds[1] },
    });
  }

  read(offset: number, size: number): number {
    return this.registers.read(offset, size);
  }

  write(offset: number, value: number, size: number): void {
    this.registers.write(offset, value, size);
  }

  /** The non-volatile flags outlive it. */
  reset(): void {
    this.registers.reset();
    this.#flags = 0;
  }

  get #locked(): boolean {
    return this.registers.get("SYS_LOCK") !== unlockKey;
  }

  #keepIfLocked(name: string, old: number): void {
    if (this.#locked) this.registers.set(name, old);
  }

  #resetControl(value: number, old: number): void {
    if (this.#locked) this.registers.set("SYS_RESETCTL", old);
    else if ((value & resetBit) !== 0) this.#onReset();
  }
}
