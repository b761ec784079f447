/**
 * ARM Dual-Timer Module (SP804): ARM DDI 0271D. Two down-counters, 16 or 32 bits, free-running, periodic or one-shot, with a
 * prescaler of 1, 16 or 256. The count is computed from virtual time when asked for; a timer is armed only for the interrupt.
 * Not modelled: integration test registers.
 */
import { type Device, type DeviceWires, type IrqLine, type MmioDevice, orGate, primeCellIds, RegisterBank, type Timer } from "@tsemu/hw";

// TimerXControl, 3.2.3
const OneShot = 1 << 0;
const Size32 = 1 << 1;
const IntEnable = 1 << 5;
const Periodic = 1 << 6;
const Enable = 1 << 7;
const prescalers = [1, 16, 256, 256] as const; // 3 is undefined: as 2

export interface Sp804Options extends DeviceWires {
  /** TIMINTC: both timers' interrupt. */
  readonly irq: IrqLine;
  /** TIMCLK of each timer, in Hz. */
  readonly frequencies: readonly [number, number];
}

export class Sp804 implements Device, MmioDevice {
  readonly #timers: readonly [Counter, Counter];
  readonly #ids: RegisterBank;

  constructor(o: Sp804Options) {
    const input = orGate(o.irq);
    this.#timers = [
      new Counter({ ...o, name: `${o.name}.1` }, o.frequencies[0], input()),
      new Counter({ ...o, name: `${o.name}.2` }, o.frequencies[1], input()),
    ];
    this.#ids = new RegisterBank(o, primeCellIds([0x04, 0x18, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]));
  }

  read(offset: number, size: number): number {
    return this.#bank(offset).read(offset < 0x40 ? offset & 0x1f : offset, size);
  }

  write(offset: number, value: number, size: number): void {
    this.#bank(offset).write(offset < 0x40 ? offset & 0x1f : offset, value, size);
  }

  reset(): void {
    for (const timer of this.#timers) timer.reset();
  }

  #bank(offset: number): RegisterBank {
    return offset < 0x40 ? this.#timers[offset < 0x20 ? 0 : 1].registers : this.#ids;
  }
}

class Counter {
  readonly registers: RegisterBank;
  readonly #clock: DeviceWires["clock"];
  readonly #clockNs: number;
  readonly #irq: IrqLine;
  readonly #timer: Timer;
  /** While enabled the count was #value at #since; while disabled it is #value. */
  #value = 0xffff_ffff;
  #since = 0;
  #expired = false;

  constructor(wires: DeviceWires, frequency: number, irq: IrqLine) {
    this.#clock = wires.clock;
    this.#clockNs = 1e9 / frequency;
    this.#irq = irq;
    this.#timer = wires.clock.timer(() => this.#expire());
    this.registers = new RegisterBank(wires, {
      TimerLoad: { at: 0x00, write: (v) => this.#restart(v) },
      TimerValue: { at: 0x04, bits: 0, read: () => this.#count(this.registers.get("TimerControl")), write: () => {} },
      TimerControl: { at: 0x08, bits: 0xef, reset: IntEnable, write: (_, old) => this.#setControl(old) },
      TimerIntClr: { at: 0x0c, bits: 0, read: () => 0, write: () => this.#setExpired(false) },
      TimerRIS: { at: 0x10, bits: 0, read: () => (this.#expired ? 1 : 0) },
      TimerMIS: { at: 0x14, bits: 0, read: () => (this.#interrupting ? 1 : 0) },
      // Reads as TimerLoad; a write changes what will be reloaded and leaves the count alone.
      TimerBGLoad: {
        at: 0x18,
        read: () => this.registers.get("TimerLoad"),
        write: (v) => this.#setReload(v),
      },
    });
  }

  reset(): void {
    this.registers.reset();
    this.#value = 0xffff_ffff;
    this.#timer.disarm();
    this.#setExpired(false);
  }

  get #interrupting(): boolean {
    return this.#expired && (this.registers.get("TimerControl") & IntEnable) !== 0;
  }

  #range(control: number): number {
    return (control & Size32) !== 0 ? 2 ** 32 : 2 ** 16;
  }

  /** Ticks from one zero to the next. A load of 0 would interrupt at every tick, and so it does. */
  #period(control: number): number {
    if ((control & Periodic) === 0) return this.#range(control);
    return Math.max(1, this.registers.get("TimerLoad") % this.#range(control));
  }

  #tickNs(control: number): number {
    return this.#clockNs * prescalers[((control >>> 2) & 3) as 0 | 1 | 2 | 3];
  }

  #count(control: number): number {
    const range = this.#range(control);
    const start = this.#value % range;
    if ((control & Enable) === 0) return start;
    const elapsed = Math.floor((this.#clock.now() - this.#since) / this.#tickNs(control));
    if (elapsed < start) return start - elapsed;
    if ((control & OneShot) !== 0) return 0;
    const period = this.#period(control);
    return (period - ((elapsed - start) % period)) % range;
  }

  #restart(value: number): void {
    this.#value = value;
    this.#since = this.#clock.now();
    // A count of 0 is reached at once (3.2.1).
    if (value % this.#range(this.registers.get("TimerControl")) === 0 && this.#enabled) this.#setExpired(true);
    this.#arm();
  }

  #setReload(value: number): void {
    this.#freeze(this.registers.get("TimerControl"));
    this.registers.set("TimerLoad", value);
    this.#arm();
  }

  #setControl(old: number): void {
    this.#freeze(old);
    this.#arm();
    this.#irq.set(this.#interrupting);
  }

  /** Makes the present count the new start, as counted under the given control value. */
  #freeze(control: number): void {
    this.#value = this.#count(control);
    this.#since = this.#clock.now();
  }

  get #enabled(): boolean {
    return (this.registers.get("TimerControl") & Enable) !== 0;
  }

  #arm(): void {
    const control = this.registers.get("TimerControl");
    const start = this.#value % this.#range(control);
    if (!this.#enabled || ((control & OneShot) !== 0 && start === 0)) {
      this.#timer.disarm();
      return;
    }
    const elapsed = (this.#clock.now() - this.#since) / this.#tickNs(control);
    const period = this.#period(control);
    // The first zero after now: zeros that passed unserved count as one.
    let zero = start;
    if (elapsed >= start) zero += (Math.floor((elapsed - start) / period) + 1) * period;
    this.#timer.arm(this.#since + Math.ceil(zero * this.#tickNs(control)));
  }

  #expire(): void {
    this.#setExpired(true);
    const control = this.registers.get("TimerControl");
    if ((control & OneShot) !== 0) this.#freeze(control);
    this.#arm();
  }

  #setExpired(expired: boolean): void {
    this.#expired = expired;
    this.#irq.set(this.#interrupting);
  }
}
