/** The open files of a process by their numbers. Threads share one table; fork copies it. */
import { fail } from "../errno.ts";
import type { OpenFile } from "./types.ts";

interface Entry {
  readonly file: OpenFile;
  closeOnExec: boolean;
}

export class Descriptors {
  #entries: (Entry | undefined)[] = [];
  /** No number below is free. */
  #lowestFree = 0;
  /** Tasks that use the table. */
  users = 1;

  /** Fails with EBADF. */
  get(fd: number): OpenFile {
    return this.#entries[fd]?.file ?? fail("EBADF");
  }

  find(fd: number): OpenFile | undefined {
    return this.#entries[fd]?.file;
  }

  entry(fd: number): Entry {
    return this.#entries[fd] ?? fail("EBADF");
  }

  get all(): readonly (readonly [fd: number, file: OpenFile])[] {
    return this.#entries.flatMap((entry, fd) => (entry === undefined ? [] : [[fd, entry.file] as const]));
  }

  /** Told of every file that a descriptor of is closed: once the process has locks. */
  onClosed: ((file: OpenFile) => void) | undefined;

  #closed(entry: Entry | undefined): ReturnType<OpenFile["release"]> {
    if (entry === undefined) return undefined;
    this.onClosed?.(entry.file);
    return entry.file.release();
  }

  /** Gives an open file the lowest free number from `lowest` on. The table takes over the caller's use of it. */
  add(file: OpenFile, limit: number, closeOnExec = false, lowest = 0): number {
    let fd = Math.max(lowest, this.#lowestFree);
    while (this.#entries[fd] !== undefined) fd++;
    if (lowest <= this.#lowestFree) this.#lowestFree = fd;
    if (fd >= limit) {
      void file.release();
      return fail("EMFILE");
    }
    this.#entries[fd] = { file, closeOnExec };
    return fd;
  }

  /** Puts an open file at a number; what was there is closed. */
  put(fd: number, file: OpenFile, closeOnExec: boolean): void {
    const old = this.#entries[fd];
    this.#entries[fd] = { file, closeOnExec };
    void this.#closed(old);
  }

  close(fd: number): ReturnType<OpenFile["release"]> {
    const entry = this.#entries[fd] ?? fail("EBADF");
    this.#entries[fd] = undefined;
    this.#lowestFree = Math.min(this.#lowestFree, fd);
    return this.#closed(entry);
  }

  copy(): Descriptors {
    const copy = new Descriptors();
    copy.#entries = this.#entries.map((entry) =>
      entry === undefined ? undefined : { file: entry.file.retain(), closeOnExec: entry.closeOnExec },
    );
    return copy;
  }

  /** One task less; the last closes everything. */
  leave(): void {
    if (--this.users > 0) return;
    for (const entry of this.#entries) void this.#closed(entry);
    this.#entries = [];
    this.#lowestFree = 0;
  }

  closeOnExec(): void {
    this.#entries.forEach((entry, fd) => {
      if (entry?.closeOnExec === true) void this.close(fd);
    });
  }
}
