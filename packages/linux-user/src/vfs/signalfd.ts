/** signalfd: signals that whoever reads has blocked, as records. */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { layOutSignalfdInfo } from "../signals/info.ts";
import type { SignalSet } from "../signals/signal-set.ts";
import type { WaitQueue } from "../wait-queue.ts";
import { AnonymousFile } from "./anonymous-file.ts";
import { O, POLL } from "./constants.ts";
import type { Caller } from "./types.ts";

const SIZE = 128;

export class SignalFile extends AnonymousFile {
  readonly #kernel: Kernel;
  set: SignalSet;

  constructor(kernel: Kernel, set: SignalSet, flags: number) {
    super("[signalfd]", O.RDWR | (flags & O.NONBLOCK), kernel.realtimeNs());
    this.#kernel = kernel;
    this.set = set;
  }

  override read(into: Uint8Array, caller: Caller): Awaitable<number> {
    if (into.length < SIZE) return fail("EINVAL");
    const n = this.#take(into, caller);
    if (n > 0) return n;
    return this.isNonBlocking ? fail("EAGAIN") : this.#waitAndTake(into, caller);
  }

  async #waitAndTake(into: Uint8Array, caller: Caller): Promise<number> {
    for (;;) {
      await caller.wait([this.#kernel.signalArrived]);
      const n = this.#take(into, caller);
      if (n > 0) return n;
    }
  }

  /** As many as there are and fit. */
  #take(into: Uint8Array, caller: Caller): number {
    let at = 0;
    while (at + SIZE <= into.length) {
      const info = caller.takeSignal(this.set);
      if (info === undefined) break;
      into.set(layOutSignalfdInfo(info, this.#kernel.abi), at);
      at += SIZE;
    }
    return at;
  }

  override poll(caller: Caller): number {
    return caller.pendingOf(this.set).isEmpty ? 0 : POLL.IN;
  }

  override get readiness(): WaitQueue {
    return this.#kernel.signalArrived;
  }
}
