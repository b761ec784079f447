/** The Generic Timer's physical and virtual timers (ARM DDI 0406C, B8) for a CPU without Hyp mode. Counts at CNTFRQ, as QEMU does at 62.5 MHz. */
import type { Clock, IrqLine, Timer } from "@tsemu/hw";
import type { CpuState } from "@tsemu/target";
import { c15 } from "../state.ts";

/** ns of one count: 62.5 MHz. */
const NS_PER_COUNT = 16;
export const COUNTER_FREQUENCY = 1e9 / NS_PER_COUNT;

const ENABLE = 1;
const IMASK = 2;
const ISTATUS = 4;

export type TimerName = "cntp" | "cntv";

export class GenericTimer {
  readonly #state: CpuState;
  readonly #clock: Clock;
  readonly #lines: Record<TimerName, IrqLine>;
  readonly #timers: Record<TimerName, Timer>;

  constructor(state: CpuState, clock: Clock, output: (name: string) => IrqLine) {
    this.#state = state;
    this.#clock = clock;
    this.#lines = { cntp: output("cntp"), cntv: output("cntv") };
    this.#timers = { cntp: clock.timer(() => this.update("cntp")), cntv: clock.timer(() => this.update("cntv")) };
  }

  #word(name: string): number {
    return this.#state.u32[c15[name]!.offset >> 2]!;
  }
  #set(name: string, value: number): void {
    this.#state.u32[c15[name]!.offset >> 2] = value;
  }

  /** A 64-bit register as a number; exact below 2^53, beyond which no counter gets. */
  #wide(name: string): number {
    return this.#word(name) + this.#word(`${name}h`) * 2 ** 32;
  }

  /** CNTPCT, or CNTVCT. */
  count(name: TimerName): number {
    const physical = Math.floor(this.#clock.now() / NS_PER_COUNT);
    return name === "cntp" ? physical : physical - this.#wide("cntvoff");
  }

  control(name: TimerName): number {
    const ctl = this.#word(`${name}_ctl`) & (ENABLE | IMASK);
    return (ctl & ENABLE) !== 0 && this.count(name) >= this.#wide(`${name}_cval`) ? ctl | ISTATUS : ctl;
  }
  setControl(name: TimerName, value: number): void {
    this.#set(`${name}_ctl`, value & (ENABLE | IMASK));
    this.update(name);
  }

  compareValue(name: TimerName): readonly [low: number, high: number] {
    return [this.#word(`${name}_cval`), this.#word(`${name}_cvalh`)];
  }
  setCompareValue(name: TimerName, low: number, high: number): void {
    this.#set(`${name}_cval`, low);
    this.#set(`${name}_cvalh`, high);
    this.update(name);
  }

  timerValue(name: TimerName): number {
    return (this.#wide(`${name}_cval`) - this.count(name)) >>> 0;
  }
  /** CompareValue = count + SignExtend(value). */
  setTimerValue(name: TimerName, value: number): void {
    const compare = this.count(name) + (value | 0);
    const high = Math.floor(compare / 2 ** 32);
    this.setCompareValue(name, (compare - high * 2 ** 32) >>> 0, high >>> 0);
  }

  /** Drives the interrupt line, and arms the clock for when it changes next. */
  update(name: TimerName): void {
    const ctl = this.#word(`${name}_ctl`);
    const timer = this.#timers[name];
    timer.disarm();
    if ((ctl & ENABLE) === 0) return this.#lines[name].set(false);
    const left = this.#wide(`${name}_cval`) - this.count(name);
    this.#lines[name].set(left <= 0 && (ctl & IMASK) === 0);
    if (left > 0 && left < 2 ** 52 / NS_PER_COUNT) timer.arm((Math.floor(this.#clock.now() / NS_PER_COUNT) + left) * NS_PER_COUNT);
  }
}
