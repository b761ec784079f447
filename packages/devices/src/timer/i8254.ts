/**
 * Programmable interval timer: Intel 8254 (231164), clocked with the 1.193182 MHz of PCs. Counter 0 has an interrupt line; counter 2's gate and
 * output are for whoever has a speaker. A counter starts with the write of its count, not a clock later.
 * Not modelled: counting in BCD (logged), the gates of counters 0 and 1, which are wired high.
 */
import type { Device, DeviceWires, IrqLine, MmioDevice, Timer } from "@tsemu/hw";

export const pitHz = 1_193_182;
const TICKS_PER_NS = pitHz / 1e9;
/** Which byte comes next: the two of RW = 3. */
type Half = "low" | "high";

class Counter {
  mode = 0;
  /** RW of the control word: 1 low byte, 2 high byte, 3 low then high. */
  access = 3;
  /** 1 to 65536. */
  count = 65536;
  /** The tick at which it was loaded. */
  start = 0;
  /** A count has been written since the control word. */
  loaded = false;
  gate = true;
  /** Ticks counted when the gate went low. */
  stopped: number | undefined;
  #written: number | undefined;
  #nextRead: Half = "low";
  #latched: number[] = [];
  #status: number | undefined;

  /** Ticks since the start. */
  elapsed(tick: number): number {
    return this.stopped ?? tick - this.start;
  }

  value(tick: number): number {
    const ticks = this.elapsed(tick);
    const { count, mode } = this;
    if (mode === 3) return (count - ((2 * ticks) % count)) & 0xfffe;
    if (mode === 2) return (count - (ticks % count)) & 0xffff;
    return (count - ticks) & 0xffff;
  }

  output(tick: number): boolean {
    if (!this.loaded) return this.mode !== 0;
    const ticks = this.elapsed(tick);
    const { count } = this;
    switch (this.mode) {
      case 0:
        return ticks >= count;
      case 1:
        return ticks >= count;
      case 2:
        return ticks % count !== count - 1;
      case 3:
        return ticks % count < Math.ceil(count / 2);
      default:
        return ticks !== count;
    }
  }

  /** Ticks until the output changes next, counted from `tick`; Infinity: never. */
  untilChange(tick: number): number {
    if (!this.loaded || this.stopped !== undefined) return Number.POSITIVE_INFINITY;
    const ticks = this.elapsed(tick);
    const { count } = this;
    const phase = ticks % count;
    switch (this.mode) {
      case 0:
      case 1:
        return ticks < count ? count - ticks : Number.POSITIVE_INFINITY;
      case 2:
        return phase < count - 1 ? count - 1 - phase : 1;
      case 3:
        return phase < Math.ceil(count / 2) ? Math.ceil(count / 2) - phase : count - phase;
      default:
        return ticks < count ? count - ticks : ticks === count ? 1 : Number.POSITIVE_INFINITY;
    }
  }

  control(word: number): void {
    this.access = (word >>> 4) & 3;
    const mode = (word >>> 1) & 7;
    // Modes 6 and 7 are 2 and 3.
    this.mode = mode > 5 ? mode - 4 : mode;
    this.loaded = false;
    this.#written = undefined;
    this.#nextRead = "low";
    this.#latched = [];
    this.#status = undefined;
  }

  latch(tick: number): void {
    if (this.#latched.length > 0) return;
    const value = this.value(tick);
    this.#latched = this.access === 1 ? [value & 0xff] : this.access === 2 ? [value >>> 8] : [value & 0xff, value >>> 8];
  }

  latchStatus(tick: number): void {
    this.#status ??= (this.output(tick) ? 0x80 : 0) | (this.loaded ? 0 : 0x40) | (this.access << 4) | (this.mode << 1);
  }

  read(tick: number): number {
    if (this.#status !== undefined) {
      const status = this.#status;
      this.#status = undefined;
      return status;
    }
    const latched = this.#latched.shift();
    if (latched !== undefined) return latched;
    const value = this.value(tick);
    if (this.access === 1) return value & 0xff;
    if (this.access === 2) return value >>> 8;
    const half = this.#nextRead;
    this.#nextRead = half === "low" ? "high" : "low";
    return half === "low" ? value & 0xff : value >>> 8;
  }

  /** True if it has a new count. */
  write(value: number, tick: number): boolean {
    if (this.access === 3 && this.#written === undefined) {
      this.#written = value;
      return false;
    }
    const count = this.access === 1 ? value : this.access === 2 ? value << 8 : this.#written! | (value << 8);
    this.#written = undefined;
    // A period of one tick is none in modes 2 and 3 (the data sheet forbids it): two.
    this.count = count === 0 ? 65536 : count === 1 && (this.mode === 2 || this.mode === 3) ? 2 : count;
    this.start = tick;
    if (!this.gate) this.stopped = 0;
    this.loaded = true;
    return true;
  }

  setGate(gate: boolean, tick: number): void {
    if (gate === this.gate) return;
    this.gate = gate;
    if (!gate) {
      // Modes 1 and 5 are started by the gate and go on without it.
      if (this.mode !== 1 && this.mode !== 5) this.stopped = this.elapsed(tick);
      return;
    }
    // A rising gate starts again, but for modes 0 and 4, which go on.
    const counted = this.mode === 0 || this.mode === 4 ? (this.stopped ?? 0) : 0;
    this.stopped = undefined;
    this.start = tick - counted;
  }
}

export interface I8254Options extends DeviceWires {
  /** Output of counter 0. */
  readonly irq: IrqLine;
}

export class I8254 implements Device, MmioDevice {
  readonly #o: I8254Options;
  readonly #timer: Timer;
  #counters = [new Counter(), new Counter(), new Counter()];
  /** The tick up to which the line is right. */
  #seen = 0;

  constructor(o: I8254Options) {
    this.#o = o;
    this.#timer = o.clock.timer(() => this.#update());
    this.reset();
  }

  #tick(): number {
    return Math.floor(this.#o.clock.now() * TICKS_PER_NS);
  }

  read(offset: number): number {
    const which = offset & 3;
    // The control word cannot be read.
    return which === 3 ? 0 : this.#counters[which]!.read(this.#tick());
  }

  write(offset: number, value: number): void {
    const tick = this.#tick();
    const which = offset & 3;
    if (which < 3) {
      if (this.#counters[which]!.write(value & 0xff, tick) && which === 0) this.#restart();
      return;
    }
    const select = (value >>> 6) & 3;
    if (select === 3) {
      this.#counters.forEach((counter, n) => {
        if ((value & (2 << n)) === 0) return;
        if ((value & 0x10) === 0) counter.latchStatus(tick);
        if ((value & 0x20) === 0) counter.latch(tick);
      });
      return;
    }
    const counter = this.#counters[select]!;
    if ((value & 0x30) === 0) return counter.latch(tick);
    if ((value & 1) !== 0) this.#o.log.log("unimp", () => `${this.#o.name}: counting in BCD is not implemented`);
    counter.control(value);
    if (select === 0) this.#restart();
  }

  /** The gate of counter 2. */
  setGate2(level: boolean): void {
    this.#counters[2]!.setGate(level, this.#tick());
  }

  get output2(): boolean {
    return this.#counters[2]!.output(this.#tick());
  }

  reset(): void {
    this.#counters = [new Counter(), new Counter(), new Counter()];
    this.#counters[2]!.gate = false;
    this.#timer.disarm();
    this.#seen = this.#tick();
    this.#o.irq.set(false);
  }

  /** Counter 0 begins anew: only now does its line change. */
  #restart(): void {
    this.#seen = this.#tick();
    this.#update();
  }

  /** Drives the line as it is now; a rise that has come and gone meanwhile is made up for. */
  #update(): void {
    const counter = this.#counters[0]!;
    const tick = this.#tick();
    const level = counter.output(tick);
    if (level && counter.untilChange(this.#seen) + this.#seen < tick) this.#o.irq.set(false);
    else if (!level && this.#roseSince(counter, tick)) this.#o.irq.set(true);
    this.#o.irq.set(level);
    this.#seen = tick;
    const next = counter.untilChange(tick);
    if (next === Number.POSITIVE_INFINITY) this.#timer.disarm();
    else this.#timer.arm(Math.ceil((tick + next) / TICKS_PER_NS));
  }

  #roseSince(counter: Counter, tick: number): boolean {
    const first = this.#seen + counter.untilChange(this.#seen);
    return first < tick && (counter.output(first) || first + counter.untilChange(first) < tick);
  }
}
