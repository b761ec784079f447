/**
 * Real-time clock with memory: Motorola MC146818A, as PCs have it, with an index and a data port. Time and memory survive a reset, as with
 * the battery of the original. The time follows virtual time; while REGISTER B's SET bit is high it stands still.
 * Not modelled: daylight saving, the square wave.
 */
import type { Device, DeviceWires, IrqLine, MmioDevice, Timer } from "@tsemu/hw";

const register = {
  seconds: 0,
  secondsAlarm: 1,
  minutes: 2,
  minutesAlarm: 3,
  hours: 4,
  hoursAlarm: 5,
  weekday: 6,
  day: 7,
  month: 8,
  year: 9,
} as const;
const A = 10;
const B = 11;
const C = 12;
const D = 13;
const MEMORY = 128;
/** Where PCs keep the century. */
const CENTURY = 0x32;
// Register A
const UIP = 0x80;
// Register B
const SET = 0x80;
const PIE = 0x40;
const AIE = 0x20;
const UIE = 0x10;
const DM = 4;
const H24 = 2;
// Register C
const IRQF = 0x80;
const PF = 0x40;
const AF = 0x20;
const UF = 0x10;
const VRT = 0x80;
const second = 1e9;
/** An update takes 1984 us and is announced 244 us before (data sheet, table 5). */
const UPDATE_NS = 2_228_000;
/** The data sheet's divider of 32.768 kHz. */
const DIVIDER = 0x20;

export interface Mc146818Options extends DeviceWires {
  readonly irq: IrqLine;
  /** Seconds since 1970, with their fraction. */
  readonly wallClockSeconds: () => number;
  /** What a PC's setup has stored in its memory, by address. */
  readonly stored?: readonly (readonly [at: number, value: number])[];
}

export class Mc146818 implements Device, MmioDevice {
  readonly #o: Mc146818Options;
  readonly #memory = new Uint8Array(MEMORY);
  readonly #timer: Timer;
  #index = 0;
  /** ns since 1970 at time 0 of the virtual clock. */
  #epochNs: number;
  /** While the time stands still: the time, in seconds since 1970. */
  #standing: number | undefined;
  /** The last second and the last period that REGISTER C's flags know of. */
  #lastSecond = 0;
  #lastPeriod = 0;

  constructor(o: Mc146818Options) {
    this.#o = o;
    this.#timer = o.clock.timer(() => this.#update());
    // A second begins when the machine starts, as in QEMU: firmware and kernels wait for the next one, however the host's clock stands.
    this.#epochNs = Math.floor(o.wallClockSeconds()) * second - o.clock.now();
    this.#memory[A] = DIVIDER | 6;
    this.#memory[B] = H24;
    this.#memory[D] = VRT;
    for (const [at, value] of o.stored ?? []) this.#memory[at] = value;
    this.#catchUp();
  }

  /** Changes what is stored, as a PC's setup would. */
  store(at: number, value: number): void {
    this.#memory[at] = value;
  }

  read(offset: number): number {
    // The index is written only.
    if ((offset & 1) === 0) return 0xff;
    const index = this.#index;
    if (index <= register.year || index === CENTURY) return this.#readTime(index);
    if (index === A) return this.#memory[A]! | (this.#updating() ? UIP : 0);
    if (index === C) {
      this.#update();
      const flags = this.#memory[C]!;
      this.#memory[C] = 0;
      this.#update();
      return flags;
    }
    return this.#memory[index]!;
  }

  write(offset: number, value: number): void {
    if ((offset & 1) === 0) {
      this.#index = value & (MEMORY - 1);
      return;
    }
    const index = this.#index;
    if (index === C || index === D) return;
    if (index === A) {
      this.#update();
      this.#memory[A] = value & ~UIP;
      this.#catchUp();
    } else if (index === B) this.#writeB(value & 0xff);
    else if (index <= register.year && index !== register.secondsAlarm && index !== register.minutesAlarm && index !== register.hoursAlarm)
      this.#writeTime(index, value & 0xff);
    else if (index === CENTURY) this.#writeTime(index, value & 0xff);
    else this.#memory[index] = value;
    this.#update();
  }

  /** Interrupts are switched off; everything else is kept by the battery. */
  reset(): void {
    this.#index = 0;
    this.#memory[B]! &= ~(PIE | AIE | UIE);
    this.#memory[C] = 0;
    this.#catchUp();
    this.#update();
  }

  get #nowNs(): number {
    return this.#epochNs + this.#o.clock.now();
  }

  /** Seconds since 1970. */
  #seconds(): number {
    return this.#standing ?? Math.floor(this.#nowNs / second);
  }

  #updating(): boolean {
    return this.#standing === undefined && this.#nowNs % second >= second - UPDATE_NS;
  }

  // ---- the time in the registers' format

  #encode(value: number): number {
    return (this.#memory[B]! & DM) !== 0 ? value : (Math.floor(value / 10) << 4) | (value % 10);
  }

  #decode(value: number): number {
    return (this.#memory[B]! & DM) !== 0 ? value : (value >>> 4) * 10 + (value & 0xf);
  }

  #encodeHours(hours: number): number {
    if ((this.#memory[B]! & H24) !== 0) return this.#encode(hours);
    return this.#encode(hours % 12 === 0 ? 12 : hours % 12) | (hours >= 12 ? 0x80 : 0);
  }

  #decodeHours(value: number): number {
    if ((this.#memory[B]! & H24) !== 0) return this.#decode(value);
    return (this.#decode(value & 0x7f) % 12) + ((value & 0x80) !== 0 ? 12 : 0);
  }

  #readTime(index: number): number {
    const date = new Date(this.#seconds() * 1000);
    switch (index) {
      case register.seconds:
        return this.#encode(date.getUTCSeconds());
      case register.minutes:
        return this.#encode(date.getUTCMinutes());
      case register.hours:
        return this.#encodeHours(date.getUTCHours());
      case register.weekday:
        return this.#encode(date.getUTCDay() + 1);
      case register.day:
        return this.#encode(date.getUTCDate());
      case register.month:
        return this.#encode(date.getUTCMonth() + 1);
      case register.year:
        return this.#encode(date.getUTCFullYear() % 100);
      case CENTURY:
        return this.#encode(Math.floor(date.getUTCFullYear() / 100));
      default:
        return this.#memory[index]!;
    }
  }

  /** One register of the time; the others stay. Values out of range run over, as a date does. */
  #writeTime(index: number, value: number): void {
    const date = new Date(this.#seconds() * 1000);
    const number = this.#decode(value);
    const fullYear = date.getUTCFullYear();
    if (index === register.seconds) date.setUTCSeconds(number);
    else if (index === register.minutes) date.setUTCMinutes(number);
    else if (index === register.hours) date.setUTCHours(this.#decodeHours(value));
    else if (index === register.day) date.setUTCDate(number);
    else if (index === register.month) date.setUTCMonth(number - 1);
    else if (index === register.year) date.setUTCFullYear(fullYear - (fullYear % 100) + number);
    else if (index === CENTURY) date.setUTCFullYear(number * 100 + (fullYear % 100));
    // The weekday follows from the date.
    const seconds = date.getTime() / 1000;
    if (this.#standing !== undefined) this.#standing = seconds;
    else this.#epochNs += (seconds - this.#seconds()) * second;
  }

  #writeB(value: number): void {
    this.#update();
    const old = this.#memory[B]!;
    if ((value & SET) !== 0) this.#standing ??= this.#seconds();
    else if (this.#standing !== undefined) {
      this.#epochNs += (this.#standing - Math.floor(this.#nowNs / second)) * second;
      this.#standing = undefined;
    }
    // SET also switches the update's interrupt off.
    this.#memory[B] = (value & SET) !== 0 ? value & ~UIE : value;
    if (((old ^ value) & SET) !== 0) this.#catchUp();
  }

  // ---- flags and interrupts

  /** ns of the periodic interrupt's period, 0: none. */
  #periodNs(): number {
    const rate = this.#memory[A]! & 0xf;
    if ((this.#memory[A]! & 0x70) !== DIVIDER || rate === 0) return 0;
    // Rates 1 and 2 are those of 8 and 9.
    const shift = rate <= 2 ? rate + 6 : rate - 1;
    return (2 ** shift * second) / 32_768;
  }

  /** Nothing that came before counts. */
  #catchUp(): void {
    this.#lastSecond = this.#seconds();
    const period = this.#periodNs();
    this.#lastPeriod = period === 0 ? 0 : Math.floor(this.#nowNs / period);
  }

  #alarmMatches(seconds: number): boolean {
    const date = new Date(seconds * 1000);
    const match = (index: number, value: number): boolean => this.#memory[index]! >= 0xc0 || this.#memory[index] === value;
    return (
      match(register.secondsAlarm, this.#encode(date.getUTCSeconds())) &&
      match(register.minutesAlarm, this.#encode(date.getUTCMinutes())) &&
      match(register.hoursAlarm, this.#encodeHours(date.getUTCHours()))
    );
  }

  /** Brings the flags up to date and the line, and sets the timer for what comes next. */
  #update(): void {
    let flags = this.#memory[C]! & ~IRQF;
    const now = this.#seconds();
    if (this.#standing === undefined && now !== this.#lastSecond) {
      flags |= UF;
      // Of a long time only the last day matters.
      for (let s = Math.max(this.#lastSecond + 1, now - 86_400); (flags & AF) === 0 && s <= now; s++)
        if (this.#alarmMatches(s)) flags |= AF;
    }
    this.#lastSecond = now;
    const period = this.#periodNs();
    const count = period === 0 ? 0 : Math.floor(this.#nowNs / period);
    if (period !== 0 && count !== this.#lastPeriod) flags |= PF;
    this.#lastPeriod = count;
    const enabled = this.#memory[B]! & (PIE | AIE | UIE);
    const asserted = (flags & enabled) !== 0;
    this.#memory[C] = flags | (asserted ? IRQF : 0);
    this.#o.irq.set(asserted);
    let next = Number.POSITIVE_INFINITY;
    if ((enabled & (AIE | UIE)) !== 0 && this.#standing === undefined) next = (now + 1) * second;
    if ((enabled & PIE) !== 0 && period !== 0) next = Math.min(next, (count + 1) * period);
    if (next === Number.POSITIVE_INFINITY) this.#timer.disarm();
    // At least 1 us from now: sums of this size are not exact to the ns.
    else this.#timer.arm(Math.max(Math.ceil(next - this.#epochNs), this.#o.clock.now() + 1000));
  }
}
