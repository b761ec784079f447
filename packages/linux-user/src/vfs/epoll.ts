/**
 * epoll: files that are watched, and a list of those that may be ready. A file gets onto the list when its wait queue is woken; who waits
 * goes through the list and asks each. What is still ready stays on the list, unless it is watched for changes only (EPOLLET).
 */
import { fail } from "../errno.ts";
import { WaitQueue } from "../wait-queue.ts";
import { AnonymousFile } from "./anonymous-file.ts";
import { O, POLL } from "./constants.ts";
import type { Caller, OpenFile } from "./types.ts";

export const EPOLL = { EXCLUSIVE: 1 << 28, WAKEUP: 1 << 29, ONESHOT: 1 << 30, ET: 1 << 31 } as const;

/** How it is watched, and not what for; all that stays of an item's events when ONESHOT has fired. */
const PRIVATE = EPOLL.EXCLUSIVE | EPOLL.WAKEUP | EPOLL.ONESHOT | EPOLL.ET;
const ALWAYS = POLL.ERR | POLL.HUP;
/** Watching each other goes no deeper, so that it ends. */
const DEEPEST = 5;

interface Item {
  readonly file: OpenFile;
  readonly fd: number;
  events: number;
  /** 8 bytes of the program's. */
  data: Uint8Array;
  leave(): void;
}

export interface EpollResult {
  readonly events: number;
  readonly data: Uint8Array;
}

const has = (events: number, bit: number): boolean => (events & bit) !== 0;

export class EpollFile extends AnonymousFile {
  readonly #items = new Map<number, Item[]>();
  readonly #ready = new Set<Item>();
  readonly #changed = new WaitQueue();

  constructor(nowNs: bigint) {
    super("[eventpoll]", O.RDWR, nowNs);
  }

  #find(fd: number, file: OpenFile): Item | undefined {
    return this.#items.get(fd)?.find((item) => item.file === file);
  }

  /** How many files deep the watching goes. */
  #depth(): number {
    let deepest = 0;
    for (const { file } of this.#all()) if (file instanceof EpollFile) deepest = Math.max(deepest, file.#depth());
    return deepest + 1;
  }

  #reaches(other: OpenFile): boolean {
    if (this === other) return true;
    return this.#all().some(({ file }) => file instanceof EpollFile && file.#reaches(other));
  }

  #all(): Item[] {
    return [...this.#items.values()].flat();
  }

  add(fd: number, file: OpenFile, events: number, data: Uint8Array, caller: Caller): void {
    if (file === this) return fail("EINVAL");
    if (!file.isPollable) return fail("EPERM");
    if (this.#find(fd, file) !== undefined) return fail("EEXIST");
    if (file instanceof EpollFile) {
      if (has(events, EPOLL.EXCLUSIVE)) return fail("EINVAL");
      if (file.#reaches(this) || file.#depth() >= DEEPEST) return fail("ELOOP");
    }
    const leave: (() => void)[] = [];
    const item: Item = { file, fd, events: events | ALWAYS, data, leave: () => leave.forEach((out) => out()) };
    leave.push(
      file.readiness.add((woken) => {
        // Changes that it was not asked about are none, or EPOLLET would tell of them.
        if ((woken & item.events) !== 0) this.#mayBeReady(item);
      }),
      file.onClosed(() => this.#forget(item)),
    );
    this.#items.set(fd, [...(this.#items.get(fd) ?? []), item]);
    this.#look(item, caller);
  }

  modify(fd: number, file: OpenFile, events: number, data: Uint8Array, caller: Caller): void {
    const item = this.#find(fd, file) ?? fail("ENOENT");
    if (has(item.events, EPOLL.EXCLUSIVE) || has(events, EPOLL.EXCLUSIVE)) return fail("EINVAL");
    item.events = events | ALWAYS;
    item.data = data;
    this.#look(item, caller);
  }

  remove(fd: number, file: OpenFile): void {
    this.#forget(this.#find(fd, file) ?? fail("ENOENT"));
  }

  #forget(item: Item): void {
    item.leave();
    this.#ready.delete(item);
    const rest = (this.#items.get(item.fd) ?? []).filter((other) => other !== item);
    if (rest.length === 0) this.#items.delete(item.fd);
    else this.#items.set(item.fd, rest);
  }

  protected override close(): void {
    for (const item of this.#all()) item.leave();
    this.#items.clear();
    this.#ready.clear();
  }

  /** None once it has fired: it waits to be set anew, whatever happens. */
  #wanted({ events }: Item): number {
    return events & ~PRIVATE;
  }

  #look(item: Item, caller: Caller): void {
    if ((item.file.poll(caller) & this.#wanted(item)) !== 0) this.#mayBeReady(item);
  }

  #mayBeReady(item: Item): void {
    if (this.#wanted(item) === 0) return;
    this.#ready.add(item);
    this.#changed.wake(POLL.IN | POLL.RDNORM);
  }

  /** Up to so many files that are ready now. */
  collect(most: number, caller: Caller): EpollResult[] {
    const results: EpollResult[] = [];
    for (const item of Array.from(this.#ready)) {
      if (results.length === most) break;
      this.#ready.delete(item);
      const events = item.file.poll(caller) & this.#wanted(item);
      if (events === 0) continue;
      results.push({ events, data: item.data });
      if (has(item.events, EPOLL.ONESHOT)) item.events &= PRIVATE;
      else if (!has(item.events, EPOLL.ET)) this.#ready.add(item);
    }
    return results;
  }

  override poll(caller: Caller): number {
    for (const item of this.#ready) if ((item.file.poll(caller) & this.#wanted(item)) !== 0) return POLL.IN | POLL.RDNORM;
    return 0;
  }

  override get readiness(): WaitQueue {
    return this.#changed;
  }

  override expectReadiness(): void {
    for (const { file, events } of this.#all()) if ((events & (POLL.IN | POLL.RDNORM)) !== 0) file.expectReadiness();
  }
}
