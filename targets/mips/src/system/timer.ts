/** Count and Compare: a counter that goes up all the time, and an interrupt when it meets a value. */
import type { Timer } from "@tsemu/hw";
import type { MipsCpu } from "../mips-cpu.ts";
import { CAUSE } from "./cp0-bits.ts";

/** Ticks of Count in 25 ns: 160 MHz, half of the clock of QEMU's Malta. */
const TICKS = 4;
const PER_NS = 25;

export class CountTimer {
  readonly #cpu: MipsCpu;
  readonly #timer: Timer;

  constructor(cpu: MipsCpu) {
    this.#cpu = cpu;
    this.#timer = cpu.env.clock.timer(() => this.#met());
  }

  get #stopped(): boolean {
    return (this.#cpu.word("cause") & CAUSE.DC) !== 0;
  }

  #ticks(): number {
    return Math.floor((this.#cpu.env.clock.now() * TICKS) / PER_NS);
  }

  /** Count, as it is now. While Cause.DC is set `count_base` is it; otherwise what it was at time 0. */
  count(): number {
    const base = this.#cpu.word("count_base");
    return this.#stopped ? base : (base + this.#ticks()) % 2 ** 32;
  }

  setCount(value: number): void {
    const ticks = this.#stopped ? 0 : this.#ticks() % 2 ** 32;
    this.#cpu.setWord("count_base", (value - ticks) >>> 0);
    this.#arm();
  }

  /** Also ends the interrupt. */
  setCompare(value: number): void {
    this.#cpu.setWord("compare", value);
    this.#cpu.setTimerPending(false);
    this.#arm();
  }

  /** Count and Cause are about to be read: whoever watches them sees the interrupt as soon as it is due, not between two blocks. */
  poll(): void {
    if (this.#timer.armed && this.#cpu.env.clock.now() >= this.#deadline) this.#met();
  }
  #deadline = 0;

  /** Before Cause.DC may change: Count is kept across it. */
  beforeStop(): void {
    this.#kept = this.count();
  }
  #kept = 0;

  /** After it. */
  update(): void {
    this.setCount(this.#kept);
  }

  #arm(): void {
    if (this.#stopped) {
      this.#timer.disarm();
      return;
    }
    const left = (this.#cpu.word("compare") - this.count()) >>> 0 || 2 ** 32;
    this.#deadline = Math.ceil(((this.#ticks() + left) * PER_NS) / TICKS);
    this.#timer.arm(this.#deadline);
  }

  #met(): void {
    this.#cpu.setTimerPending(true);
    this.#arm();
  }

  reset(): void {
    this.#arm();
  }
}
