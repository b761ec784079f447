/**
 * High Precision Event Timers (IA-PC HPET specification 1.0a): a counter of 100 MHz with three comparators. In the legacy replacement mode the
 * first two take the places of the interval timer and of the clock, whose lines lead through here.
 * Not modelled: the counter's upper eleven bits (numbers are exact to 2^53), messages (FSB delivery).
 */
import { type Device, type DeviceWires, type IrqLine, lanes, merge, type MmioDevice, type Timer } from "@tsemu/hw";

const NS_PER_TICK = 10;
const PERIOD_FS = 10_000_000;
const ID = 0x8086_a201;
const timers = 3;
/** Which requests the comparators may raise: 2. */
const ROUTES = 0x4;
// General configuration
const ENABLE = 1;
const LEGACY = 2;
// Timer configuration
const LEVEL = 0x02;
const INTERRUPT = 0x04;
const PERIODIC = 0x08;
const CAN_BE_PERIODIC = 0x10;
const IS_64 = 0x20;
const SET_VALUE = 0x40;
const AS_32 = 0x100;
const WRITABLE = LEVEL | INTERRUPT | PERIODIC | AS_32 | 0x3e00;
const WRAP_32 = 2 ** 32;
const NEVER = 2 ** 53 - 1;
/** The shortest period in ticks: shorter ones would leave no time for anything else. */
const SHORTEST = 2000;

class Comparator {
  config = CAN_BE_PERIODIC | IS_64;
  /** The value to be met, and what is added to it each time. */
  value = NEVER;
  period = 0;
  readonly timer: Timer;

  constructor(timer: Timer) {
    this.timer = timer;
  }
}

export interface HpetOptions extends DeviceWires {
  /** System interrupt requests by number: what the timers drive when they are not in legacy mode, and 0 and 8 in it. */
  readonly irqs: (n: number) => IrqLine;
}

export class Hpet implements Device, MmioDevice {
  readonly #o: HpetOptions;
  readonly #comparators: readonly Comparator[];
  readonly #lines = new Map<number, IrqLine>();
  #config = 0;
  #status = 0;
  /** The counter when it was started, and when that was. */
  #count = 0;
  #started = 0;
  /** What the interval timer and the clock drive. */
  readonly #passed = [false, false];

  constructor(o: HpetOptions) {
    this.#o = o;
    this.#comparators = Array.from({ length: timers }, (_, n) => new Comparator(o.clock.timer(() => this.#met(n))));
  }

  reset(): void {
    this.#config = this.#status = this.#count = 0;
    for (const c of this.#comparators) {
      c.config = CAN_BE_PERIODIC | IS_64;
      c.value = NEVER;
      c.period = 0;
      c.timer.disarm();
    }
    this.#drivePassed();
    for (const line of this.#lines.values()) line.set(false);
  }

  /** The inputs for the interval timer's line (0) and the clock's (1). */
  input(n: number): IrqLine {
    return {
      set: (level) => {
        this.#passed[n] = level;
        this.#drivePassed();
      },
    };
  }

  #drivePassed(): void {
    if ((this.#config & LEGACY) !== 0) return;
    this.#line(0).set(this.#passed[0]!);
    this.#line(8).set(this.#passed[1]!);
  }

  #line(n: number): IrqLine {
    let line = this.#lines.get(n);
    if (line === undefined) this.#lines.set(n, (line = this.#o.irqs(n)));
    return line;
  }

  get #counter(): number {
    if ((this.#config & ENABLE) === 0) return this.#count;
    return (this.#count + Math.floor((this.#o.clock.now() - this.#started) / NS_PER_TICK)) % 2 ** 53;
  }

  #route(n: number): IrqLine | undefined {
    if ((this.#config & LEGACY) !== 0 && n < 2) return this.#line(n === 0 ? 0 : 8);
    const to = (this.#comparators[n]!.config >>> 9) & 0x1f;
    return to < 24 ? this.#line(to) : undefined;
  }

  #met(n: number): void {
    const c = this.#comparators[n]!;
    const now = this.#counter;
    if ((c.config & PERIODIC) !== 0 && c.period > 0) {
      const wraps = (c.config & AS_32) !== 0;
      const behind = wraps ? ((now % WRAP_32) - c.value) | 0 : now - c.value;
      if (behind >= 0) c.value += (Math.floor(behind / c.period) + 1) * c.period;
      if (wraps) c.value %= WRAP_32;
    }
    const level = (c.config & LEVEL) !== 0;
    if (level) this.#status |= 1 << n;
    if ((c.config & INTERRUPT) !== 0) {
      const line = this.#route(n);
      line?.set(true);
      if (!level) line?.set(false);
    }
    if ((c.config & PERIODIC) !== 0) this.#schedule(n, Math.max(1, SHORTEST - c.period), now);
    else if ((c.config & AS_32) !== 0) this.#schedule(n, 1);
  }

  /** `least`: ticks from now at the least. Time goes on meanwhile: what was ahead of `now` may be past when this returns, and comes at once. */
  #schedule(n: number, least = 0, now = this.#counter): void {
    const c = this.#comparators[n]!;
    if ((this.#config & ENABLE) === 0) return c.timer.disarm();
    let ticks = c.value - now;
    // The lower half comes round again; a value that has passed of the whole never does.
    if ((c.config & AS_32) !== 0) ticks = (((c.value - now) % WRAP_32) + WRAP_32) % WRAP_32;
    if (ticks < 0) return c.timer.disarm();
    if ((c.config & AS_32) !== 0 && least === 1 && ticks === 0) ticks = WRAP_32;
    if (c.value === NEVER && (c.config & AS_32) === 0) return c.timer.disarm();
    c.timer.arm(this.#started + (now - this.#count + Math.max(ticks, least)) * NS_PER_TICK);
  }

  // ---- registers: two words each

  read(offset: number, size: number): number {
    return lanes(this.#word(offset & 0x3fc), offset, size);
  }

  #word(at: number): number {
    switch (at) {
      case 0x000:
        return ID;
      case 0x004:
        return PERIOD_FS;
      case 0x010:
        return this.#config;
      case 0x020:
        return this.#status;
      case 0x0f0:
        return this.#counter % WRAP_32;
      case 0x0f4:
        return Math.floor(this.#counter / WRAP_32);
      default:
    }
    const c = this.#comparators[(at - 0x100) >> 5];
    if (at < 0x100 || c === undefined) return 0;
    switch (at & 0x1f) {
      case 0x00:
        return c.config;
      case 0x04:
        return ROUTES;
      case 0x08:
        return c.value === NEVER ? 0xffff_ffff : c.value % WRAP_32;
      case 0x0c:
        return c.value === NEVER ? 0xffff_ffff : Math.floor(c.value / WRAP_32);
      default:
        return 0;
    }
  }

  write(offset: number, value: number, size: number): void {
    const at = offset & 0x3fc;
    const word = merge(this.#word(at), offset, value, size);
    switch (at) {
      case 0x010:
        return this.#configure(word);
      case 0x020:
        return this.#acknowledge(value >>> 0);
      case 0x0f0:
        return this.#setCounter(highOf(this.#counter) + word);
      case 0x0f4:
        return this.#setCounter((this.#counter % WRAP_32) + limited(word));
      default:
    }
    const n = (at - 0x100) >> 5;
    const c = this.#comparators[n];
    if (at < 0x100 || c === undefined) return;
    if ((at & 0x1f) === 0) this.#configureTimer(n, word);
    else if ((at & 0x1f) === 8) this.#setValue(n, (old) => highOf(old) + word);
    else if ((at & 0x1f) === 0xc) this.#setValue(n, (old) => (old % WRAP_32) + limited(word));
  }

  #configure(value: number): void {
    const counter = this.#counter;
    this.#config = value & (ENABLE | LEGACY);
    this.#count = counter;
    this.#started = this.#o.clock.now();
    this.#drivePassed();
    for (let n = 0; n < timers; n++) this.#schedule(n, 1);
  }

  #setCounter(value: number): void {
    this.#count = value;
    this.#started = this.#o.clock.now();
    for (let n = 0; n < timers; n++) this.#schedule(n, 1);
  }

  #acknowledge(bits: number): void {
    for (let n = 0; n < timers; n++) {
      if (((bits & this.#status) >>> n) % 2 === 0) continue;
      this.#status &= ~(1 << n);
      this.#route(n)?.set(false);
    }
  }

  #configureTimer(n: number, value: number): void {
    const c = this.#comparators[n]!;
    if ((c.config & LEVEL) !== 0 && (value & (LEVEL | INTERRUPT)) !== (LEVEL | INTERRUPT)) this.#acknowledge(1 << n);
    c.config = (value & (WRITABLE | SET_VALUE)) | CAN_BE_PERIODIC | IS_64;
    if ((value & AS_32) !== 0) {
      c.value %= WRAP_32;
      c.period %= WRAP_32;
    }
    this.#schedule(n, 1);
  }

  /** In periodic mode a write sets the period, and the value too if it was announced. */
  #setValue(n: number, change: (old: number) => number): void {
    const c = this.#comparators[n]!;
    const fresh = (old: number): number => change(old === NEVER ? 0 : old) % ((c.config & AS_32) !== 0 ? WRAP_32 : 2 ** 53);
    if ((c.config & PERIODIC) !== 0) {
      c.period = fresh(c.period);
      if ((c.config & SET_VALUE) === 0) {
        this.#schedule(n, 1);
        return;
      }
    }
    c.value = fresh(c.value);
    c.config &= ~SET_VALUE;
    this.#schedule(n, 1);
  }
}

const highOf = (value: number): number => value - (value % WRAP_32);
const limited = (high: number): number => (high % 2 ** 21) * WRAP_32;
