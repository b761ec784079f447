/** timerfd: a timer whose expirations are read. */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { IntervalTimer } from "../interval-timer.ts";
import type { SettableClock } from "../posix-timer.ts";
import type { Kernel } from "../kernel.ts";
import { WaitQueue } from "../wait-queue.ts";
import { AnonymousFile } from "./anonymous-file.ts";
import { O, POLL } from "./constants.ts";
import type { Caller } from "./types.ts";

const SIZE = 8;

export class TimerFile extends AnonymousFile {
  readonly clock: SettableClock;
  readonly #timer: IntervalTimer;
  readonly #little: boolean;
  readonly #changed = new WaitQueue();
  #expirations = 0;

  constructor(kernel: Kernel, clock: SettableClock, flags: number) {
    super("[timerfd]", O.RDWR | (flags & O.NONBLOCK), kernel.realtimeNs());
    this.clock = clock;
    this.#little = kernel.abi.littleEndian;
    this.#timer = new IntervalTimer(clock, (times) => {
      this.#expirations += times;
      this.#changed.wake(POLL.IN);
    });
  }

  get setting(): IntervalTimer["setting"] {
    return this.#timer.setting;
  }

  /** `deadlineNs` undefined: off. */
  set(deadlineNs: number | undefined, intervalNs: number): void {
    this.#expirations = 0;
    if (deadlineNs === undefined) this.#timer.disarm();
    else this.#timer.arm(deadlineNs, intervalNs);
  }

  protected override close(): void {
    this.#timer.disarm();
  }

  override read(into: Uint8Array, caller: Caller): Awaitable<number> {
    if (into.length < SIZE) return fail("EINVAL");
    if (this.#expirations > 0) return this.#take(into);
    return this.isNonBlocking ? fail("EAGAIN") : this.#waitAndTake(into, caller);
  }

  async #waitAndTake(into: Uint8Array, caller: Caller): Promise<number> {
    while (this.#expirations === 0) await caller.wait([this.#changed]);
    return this.#take(into);
  }

  #take(into: Uint8Array): number {
    new DataView(into.buffer, into.byteOffset).setBigUint64(0, BigInt(this.#expirations), this.#little);
    this.#expirations = 0;
    return SIZE;
  }

  override poll(): number {
    return this.#expirations > 0 ? POLL.IN : 0;
  }

  override get readiness(): WaitQueue {
    return this.#changed;
  }
}
