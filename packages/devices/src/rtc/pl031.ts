/**
 * ARM PrimeCell Real Time Clock (PL031): ARM DDI 0224C. A counter of seconds that starts at the wall clock's time and then follows
 * virtual time; it survives a reset, as the battery-backed original would. As on QEMU it cannot be stopped: RTCCR reads as 1.
 */
import { type Device, type DeviceWires, type IrqLine, type MmioDevice, primeCellIds, RegisterBank, type Timer } from "@tsemu/hw";

const second = 1e9;

export interface Pl031Options extends DeviceWires {
  readonly irq: IrqLine;
  /** Seconds since 1970. */
  readonly wallClockSeconds: () => number;
}

export class Pl031 implements Device, MmioDevice {
  readonly #irq: IrqLine;
  readonly #clock: DeviceWires["clock"];
  readonly #alarm: Timer;
  /** The counter less the seconds of virtual time. */
  #offset: number;

  readonly registers: RegisterBank;

  constructor(o: Pl031Options) {
    this.#irq = o.irq;
    this.#clock = o.clock;
    this.#offset = Math.floor(o.wallClockSeconds()) - this.#uptime();
    this.#alarm = o.clock.timer(() => this.#raise(1));
    this.registers = new RegisterBank(o, {
      RTCDR: { at: 0x00, bits: 0, read: () => this.#count() },
      RTCMR: { at: 0x04, write: () => this.#setAlarm() },
      RTCLR: { at: 0x08, write: (v) => this.#load(v) },
      RTCCR: { at: 0x0c, bits: 0, reset: 1, write: () => {} },
      RTCIMSC: { at: 0x10, bits: 1, write: () => this.#update() },
      RTCRIS: { at: 0x14, bits: 0 },
      RTCMIS: { at: 0x18, bits: 0, read: () => this.registers.get("RTCRIS") & this.registers.get("RTCIMSC") },
      RTCICR: { at: 0x1c, bits: 0, write: (v) => this.#raise(this.registers.get("RTCRIS") & ~v) },
      ...primeCellIds([0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]),
    });
  }

  read(offset: number, size: number): number {
    return this.registers.read(offset, size);
  }

  write(offset: number, value: number, size: number): void {
    this.registers.write(offset, value, size);
  }

  reset(): void {
    this.registers.reset();
    this.#alarm.disarm();
    this.#update();
  }

  #uptime(): number {
    return Math.floor(this.#clock.now() / second);
  }

  #count(): number {
    return (this.#offset + this.#uptime()) >>> 0;
  }

  #load(value: number): void {
    this.#offset = value - this.#uptime();
    this.#setAlarm();
  }

  /** The counter wraps, so every match value lies at most 2^32 - 1 seconds ahead; one that is reached now fires now. */
  #setAlarm(): void {
    const seconds = (this.registers.get("RTCMR") - this.#count()) >>> 0;
    if (seconds === 0) {
      this.#alarm.disarm();
      this.#raise(1);
    } else this.#alarm.arm((this.#uptime() + seconds) * second);
  }

  #raise(raw: number): void {
    this.registers.set("RTCRIS", raw);
    this.#update();
  }

  #update(): void {
    this.#irq.set((this.registers.get("RTCRIS") & this.registers.get("RTCIMSC")) !== 0);
  }
}
