/** inotify: files that are watched, and a queue of what happened to them, which is read as records. */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { stringBytes } from "../mm/user-access.ts";
import { WaitQueue } from "../wait-queue.ts";
import { AnonymousFile } from "./anonymous-file.ts";
import { O, POLL } from "./constants.ts";
import { type FileEvent, IN, type Notifications, type Watcher } from "./notifications.ts";
import type { Caller, IoctlMemory } from "./types.ts";

/** struct inotify_event without the name: descriptor, mask, cookie, length. */
const HEADER = 16;
const MOST_EVENTS = 16_384;
const FIONREAD = 0x541b;
/** Told whether they were asked for or not. */
const ALWAYS = IN.IGNORED | IN.Q_OVERFLOW;

interface Queued extends FileEvent {
  readonly wd: number;
}

class Watch implements Watcher {
  readonly wd: number;
  readonly key: string;
  mask: number;
  readonly #tell: (watch: Watch, event: FileEvent) => void;

  constructor(wd: number, key: string, mask: number, tell: (watch: Watch, event: FileEvent) => void) {
    this.wd = wd;
    this.key = key;
    this.mask = mask;
    this.#tell = tell;
  }

  event(event: FileEvent): void {
    this.#tell(this, event);
  }
}

export class InotifyFile extends AnonymousFile {
  readonly #notifications: Notifications;
  readonly #little: boolean;
  readonly #watches = new Map<number, Watch>();
  readonly #changed = new WaitQueue();
  #queue: Queued[] = [];
  #lastWd = 0;

  constructor(notifications: Notifications, flags: number, littleEndian: boolean, nowNs: bigint) {
    super("inotify", O.RDONLY | (flags & O.NONBLOCK), nowNs);
    this.#notifications = notifications;
    this.#little = littleEndian;
  }

  get watchCount(): number {
    return this.#watches.size;
  }

  /** Watches a file, or changes what its watch is about; returns the watch's number. */
  add(key: string, mask: number): number {
    const old = [...this.#watches.values()].find((watch) => watch.key === key);
    if (old !== undefined) {
      if ((mask & IN.MASK_CREATE) !== 0) return fail("EEXIST");
      old.mask = (mask & IN.MASK_ADD) !== 0 ? old.mask | mask : mask;
      return old.wd;
    }
    const watch = new Watch(++this.#lastWd, key, mask, (from, event) => this.#event(from, event));
    this.#watches.set(watch.wd, watch);
    this.#notifications.watch(key, watch);
    return watch.wd;
  }

  remove(wd: number): void {
    const watch = this.#watches.get(wd) ?? fail("EINVAL");
    this.#event(watch, { mask: IN.IGNORED, name: "", cookie: 0 });
  }

  #event(watch: Watch, event: FileEvent): void {
    const { mask } = event;
    if ((mask & watch.mask & 0xfff) === 0 && (mask & ALWAYS) === 0) return;
    this.#put({ ...event, wd: watch.wd });
    if ((mask & IN.IGNORED) !== 0) this.#drop(watch);
    else if ((watch.mask & IN.ONESHOT) !== 0) {
      this.#put({ wd: watch.wd, mask: IN.IGNORED, name: "", cookie: 0 });
      this.#drop(watch);
    }
  }

  #drop(watch: Watch): void {
    this.#watches.delete(watch.wd);
    this.#notifications.forget(watch.key, watch);
  }

  #put(event: Queued): void {
    const last = this.#queue.at(-1);
    // The same again says nothing new.
    if (last !== undefined && last.mask === event.mask && last.wd === event.wd && last.name === event.name) return;
    if (this.#queue.length > MOST_EVENTS) return;
    this.#queue.push(this.#queue.length === MOST_EVENTS ? { wd: -1, mask: IN.Q_OVERFLOW, name: "", cookie: 0 } : event);
    this.#changed.wake(POLL.IN | POLL.RDNORM);
  }

  #record({ wd, mask, cookie, name }: Queued): Uint8Array {
    const length = name === "" ? 0 : Math.ceil((name.length + 1) / HEADER) * HEADER;
    const bytes = new Uint8Array(HEADER + length);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, wd, this.#little);
    view.setUint32(4, mask, this.#little);
    view.setUint32(8, cookie, this.#little);
    view.setUint32(12, length, this.#little);
    bytes.set(stringBytes(name), HEADER);
    return bytes;
  }

  override read(into: Uint8Array, caller: Caller): Awaitable<number> {
    if (this.#queue.length > 0) return this.#take(into);
    return this.isNonBlocking ? fail("EAGAIN") : this.#waitAndTake(into, caller);
  }

  async #waitAndTake(into: Uint8Array, caller: Caller): Promise<number> {
    while (this.#queue.length === 0) await caller.wait([this.#changed]);
    return this.#take(into);
  }

  /** As many as fit. */
  #take(into: Uint8Array): number {
    let at = 0;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const bytes = this.#record(next);
      if (at + bytes.length > into.length) break;
      into.set(bytes, at);
      at += bytes.length;
      this.#queue.shift();
    }
    return at === 0 ? fail("EINVAL") : at;
  }

  override ioctl(request: number, argument: number, memory: IoctlMemory): number {
    if (request !== FIONREAD) return fail("ENOTTY");
    memory.setU32(
      argument,
      this.#queue.reduce((sum, event) => sum + this.#record(event).length, 0),
    );
    return 0;
  }

  protected override close(): void {
    for (const watch of Array.from(this.#watches.values())) this.#drop(watch);
  }

  override poll(): number {
    return this.#queue.length > 0 ? POLL.IN | POLL.RDNORM : 0;
  }

  override get readiness(): WaitQueue {
    return this.#changed;
  }
}
