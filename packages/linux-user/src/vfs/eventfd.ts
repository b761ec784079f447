/** eventfd: a number that is added to and waited for. */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { WaitQueue } from "../wait-queue.ts";
import { AnonymousFile } from "./anonymous-file.ts";
import { O, POLL } from "./constants.ts";
import type { Caller } from "./types.ts";

const MOST = 0xffff_ffff_ffff_fffen;
const SIZE = 8;

export class EventFile extends AnonymousFile {
  #count: bigint;
  readonly #semaphore: boolean;
  readonly #little: boolean;
  readonly #changed = new WaitQueue();

  /** `semaphore`: each read takes 1 and not everything. */
  constructor(count: number, semaphore: boolean, flags: number, littleEndian: boolean, nowNs: bigint) {
    super("[eventfd]", O.RDWR | (flags & O.NONBLOCK), nowNs);
    this.#count = BigInt(count);
    this.#semaphore = semaphore;
    this.#little = littleEndian;
  }

  override read(into: Uint8Array, caller: Caller): Awaitable<number> {
    if (into.length < SIZE) return fail("EINVAL");
    if (this.#count > 0n) return this.#take(into);
    return this.isNonBlocking ? fail("EAGAIN") : this.#waitAndTake(into, caller);
  }

  async #waitAndTake(into: Uint8Array, caller: Caller): Promise<number> {
    while (this.#count === 0n) await caller.wait([this.#changed]);
    return this.#take(into);
  }

  #take(into: Uint8Array): number {
    const taken = this.#semaphore ? 1n : this.#count;
    this.#count -= taken;
    new DataView(into.buffer, into.byteOffset).setBigUint64(0, taken, this.#little);
    this.#changed.wake(POLL.OUT | POLL.WRNORM);
    return SIZE;
  }

  override write(from: Uint8Array, caller: Caller): Awaitable<number> {
    if (from.length < SIZE) return fail("EINVAL");
    const added = new DataView(from.buffer, from.byteOffset).getBigUint64(0, this.#little);
    if (added > MOST) return fail("EINVAL");
    if (added <= MOST - this.#count) return this.#add(added);
    return this.isNonBlocking ? fail("EAGAIN") : this.#waitAndAdd(added, caller);
  }

  async #waitAndAdd(added: bigint, caller: Caller): Promise<number> {
    while (added > MOST - this.#count) await caller.wait([this.#changed]);
    return this.#add(added);
  }

  #add(added: bigint): number {
    this.#count += added;
    this.#changed.wake(POLL.IN | POLL.RDNORM);
    return SIZE;
  }

  override poll(): number {
    return (this.#count > 0n ? POLL.IN | POLL.RDNORM : 0) | (this.#count < MOST ? POLL.OUT | POLL.WRNORM : 0);
  }

  override get readiness(): WaitQueue {
    return this.#changed;
  }
}
