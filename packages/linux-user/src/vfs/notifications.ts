/**
 * What inotify watches, and telling it: whatever opens, reads, writes, changes or names files says so here. A watched file is known by
 * its device and number, so that it does not matter which way leads to it. What others do to the host's files is not noticed.
 */
import { andThen, type Awaitable } from "../awaitable.ts";
import { Errno } from "../errno.ts";
import { S } from "./constants.ts";
import type { Location } from "./path.ts";
import type { Inode, OpenFile, Stat } from "./types.ts";

export const IN = {
  ACCESS: 1,
  MODIFY: 2,
  ATTRIB: 4,
  CLOSE_WRITE: 8,
  CLOSE_NOWRITE: 0x10,
  OPEN: 0x20,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  Q_OVERFLOW: 0x4000,
  IGNORED: 0x8000,
  ONLYDIR: 0x0100_0000,
  DONT_FOLLOW: 0x0200_0000,
  EXCL_UNLINK: 0x0400_0000,
  MASK_CREATE: 0x1000_0000,
  MASK_ADD: 0x2000_0000,
  ISDIR: 0x4000_0000,
  ONESHOT: 0x8000_0000,
} as const;

export interface FileEvent {
  readonly mask: number;
  /** The same for the two halves of a move. */
  readonly cookie: number;
  /** Of a file in the directory that is watched; "": the watched file itself. */
  readonly name: string;
}

/** Whoever watches; asked for each event of a file that it watches. */
export interface Watcher {
  event(event: FileEvent): void;
}

/** A file that something happens to: in a directory, under a name, where it is known. */
export type Place = Pick<Location, "path" | "parent">;

export const fileKey = ({ dev, ino }: Pick<Stat, "dev" | "ino">): string => `${dev}:${ino}`;

const nameIn = ({ path }: Place): string => path.slice(path.lastIndexOf("/") + 1);

export class Notifications {
  readonly #watchers = new Map<string, Set<Watcher>>();
  #lastCookie = 0;
  readonly #isOpen: (key: string, but: OpenFile | undefined) => boolean;

  /** `isOpen`: whether any process has the file open, but for that one. */
  constructor(isOpen: (key: string, but: OpenFile | undefined) => boolean) {
    this.#isOpen = isOpen;
  }

  /** Nobody watches anything. */
  get isEmpty(): boolean {
    return this.#watchers.size === 0;
  }

  watch(key: string, watcher: Watcher): void {
    const set = this.#watchers.get(key) ?? new Set();
    set.add(watcher);
    this.#watchers.set(key, set);
  }

  forget(key: string, watcher: Watcher): void {
    const set = this.#watchers.get(key);
    set?.delete(watcher);
    if (set?.size === 0) this.#watchers.delete(key);
  }

  nextCookie(): number {
    return ++this.#lastCookie;
  }

  #send(stat: Stat, mask: number, name: string, cookie = 0): void {
    for (const watcher of Array.from(this.#watchers.get(fileKey(stat)) ?? [])) watcher.event({ mask, name, cookie });
  }

  /** To those who watch a directory: something about a name in it. */
  inDirectory(directory: Inode, name: string, mask: number, cookie = 0): Awaitable<void> {
    if (this.isEmpty) return;
    return quietly(() => andThen(directory.stat(), (stat) => this.#send(stat, mask, name, cookie)));
  }

  /** To those who watch the directory that it is in, and those who watch it itself. */
  about(what: Pick<Inode, "stat">, place: Place | undefined, mask: number): Awaitable<void> {
    if (this.isEmpty) return;
    return quietly(() =>
      andThen(what.stat(), (stat) => {
        const all = (stat.mode & S.IFMT) === S.IFDIR ? mask | IN.ISDIR : mask;
        const own = (): void => this.#send(stat, all, "");
        if (place?.parent === undefined) return own();
        return andThen(place.parent.inode.stat(), (parent) => {
          this.#send(parent, all, nameIn(place));
          own();
        });
      }),
    );
  }

  /** To those who watch the file, and nobody else. */
  self(stat: Stat, mask: number): void {
    this.#send(stat, mask, "");
  }

  /** The same as `about` for an open file, after an operation that moved bytes if its result is more than 0. */
  after(file: OpenFile, mask: number, result: Awaitable<number>): Awaitable<number> {
    if (this.isEmpty || file.at === undefined) return result;
    return andThen(result, (n) => (n > 0 ? andThen(this.about(file, file.at, mask), () => n) : n));
  }

  /** Nobody has the open file any more; it still answers. */
  closed(file: OpenFile): Awaitable<void> {
    if (this.isEmpty) return;
    return quietly(() =>
      andThen(file.stat(), (stat) =>
        andThen(this.about({ stat: () => stat }, file.at, file.isWritable ? IN.CLOSE_WRITE : IN.CLOSE_NOWRITE), () =>
          this.#gone(stat, file),
        ),
      ),
    );
  }

  /** One name less; `before` is what the file was. */
  unlinked(before: Stat): void {
    const isDirectory = (before.mode & S.IFMT) === S.IFDIR;
    if (isDirectory || before.nlink <= 1) this.#gone({ ...before, nlink: 0 }, undefined);
  }

  #gone(stat: Stat, but: OpenFile | undefined): void {
    const watchers = this.#watchers.get(fileKey(stat));
    if (watchers === undefined || stat.nlink > 0 || this.#isOpen(fileKey(stat), but)) return;
    for (const watcher of Array.from(watchers)) {
      watcher.event({ mask: IN.DELETE_SELF, name: "", cookie: 0 });
      watcher.event({ mask: IN.IGNORED, name: "", cookie: 0 });
    }
  }
}

/** A file that is gone meanwhile has nothing to tell. */
function quietly(act: () => Awaitable<void>): Awaitable<void> {
  const overlook = (error: unknown): void => {
    if (!(error instanceof Errno)) throw error;
  };
  try {
    const result = act();
    return result instanceof Promise ? result.catch(overlook) : result;
  } catch (error) {
    return overlook(error);
  }
}
